/*
 * filter.h - filters (RFC 7644 3.4.2.2) as trees of checked terms.
 *
 * A tree never holds an attribute that does not exist, an operator that cannot
 * be used with it, or a literal that does not fit it: planner and matcher need
 * not look again.  Some forms are gone, too: "x eq null" is not (x pr), "x ne
 * null" is x pr (RFC 7643 2.5: null and unassigned are the same), and brackets
 * on an attribute with a single value, name[...], are name pr and (...).
 */
#ifndef SCIM_FILTER_H
#define SCIM_FILTER_H

#include "base/arena.h"
#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_FILTER_MAX 8192        /* bytes */
#define SCIM_FILTER_DEPTH_MAX 32
#define SCIM_FILTER_NODES_MAX 256

enum filter_kind {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,         /* left */
	FILTER_COMPARE,     /* ref operator literal */
	FILTER_PRESENT,     /* ref pr */
	FILTER_ELEMENT,     /* ref [ left ]: one element of a multi-valued attribute fulfils left */
};

enum filter_operator {
	OPERATOR_EQ,
	OPERATOR_NE,
	OPERATOR_CO,
	OPERATOR_SW,
	OPERATOR_EW,
	OPERATOR_GT,
	OPERATOR_GE,
	OPERATOR_LT,
	OPERATOR_LE,
};

enum literal_kind {
	LITERAL_NULL,       /* never in a tree */
	LITERAL_BOOLEAN,
	LITERAL_NUMBER,     /* text as written, valid JSON number */
	LITERAL_STRING,     /* unescaped */
	LITERAL_DATETIME,   /* text is YYYY-MM-DDTHH:MM:SS.ffffffZ: sorts as it compares */
};

struct filter_literal {
	enum literal_kind kind;
	bool boolean;
	struct text text;
};

struct filter {
	enum filter_kind kind;
	struct filter *left, *right;
	/*
	 * Inside FILTER_ELEMENT too the whole reference stands here: in
	 * emails[type eq "work"] the inner ref is { User, emails, type }.  A
	 * complex attribute that was compared without sub-attribute has sub =
	 * its default sub-attribute, value; with pr it has none: emails pr.
	 */
	struct attribute_ref ref;
	enum filter_operator op;
	struct filter_literal literal;
	size_t at;          /* character (from 1) at which this term began */
};

/*
 * Parses a whole filter.  The tree lives in the arena and points into text,
 * which must outlive it.  Errors are 400 invalidFilter and say at which
 * character.
 */
bool scim_filter_parse(struct arena *arena, const struct resource_type *type, struct text text,
    struct filter **filter, struct scim_error *error) MUST_CHECK;

/*
 * The same for a query over several resource types: an attribute that only
 * another type has is accepted, and has no value here (RFC 7644 3.4.2.1).
 */
bool scim_filter_parse_any(struct arena *arena, const struct resource_type *type, struct text text,
    struct filter **filter, struct scim_error *error) MUST_CHECK;

/*
 * Parses a filter on the elements of one multi-valued attribute: what stands
 * in the brackets of a value path.  offset is added to reported characters.
 */
bool scim_filter_parse_element(struct arena *arena, const struct resource_type *type,
    struct attribute_ref owner, struct text text, size_t offset, struct filter **filter,
    struct scim_error *error) MUST_CHECK;

/* The canonical text: parsing it again gives an equal tree. */
struct text scim_filter_print(struct arena *arena, const struct filter *filter);

/* The canonical name of an attribute: that of an extension begins with the URN. */
struct text scim_ref_print(struct arena *arena, struct attribute_ref ref);

/* "eq", "ne", ... */
struct text scim_operator_name(enum filter_operator op);

#endif
