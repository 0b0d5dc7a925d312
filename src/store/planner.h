/*
 * planner.h - what the parts of the planner share; for store/plan*.c only.
 */
#ifndef STORE_PLANNER_H
#define STORE_PLANNER_H

#include "base/buffer.h"
#include "store/plan.h"

#define PARAMETERS_MAX (SCIM_FILTER_NODES_MAX * 4 * LIST_PARTS_MAX + 16)

/* A statement being written; $1 is the organization, the row looked at is called item. */
struct planner {
	struct arena *arena;
	const struct resource_type *type;
	struct buffer sql;
	struct text *parameters;    /* room for PARAMETERS_MAX: too much to clear for each statement */
	int count;
	struct text base;       /* the base address, */
	int base_number;        /* and its parameter once it was needed: PostgreSQL refuses unused ones */
	struct text indexed;    /* as in struct list_query */
};

/* How a value is compared. */
enum form {
	FORM_EXACT,             /* text, byte for byte */
	FORM_FOLDED,            /* text that holds scim.fold() of the value */
	FORM_TEXT,              /* text in any case: scim.fold() when it is compared */
	FORM_TIME,
};

/* Pieces of SQL. */
void planner_put(struct planner *planner, const char *sql);
/* Keeps a value apart and writes its $n. */
void planner_put_parameter(struct planner *planner, struct text value);
/* Writes a fixed piece in which {base} and {value} stand for parameters. */
void planner_put_template(struct planner *planner, const char *sql, struct text value);
/* Names of ours, which hold no quote. */
void planner_put_quoted(struct planner *planner, struct text name);

/* The FROM item that gives one row "element" for each element of a multi-valued attribute. */
void planner_put_elements(struct planner *planner, struct attribute_ref ref);
/* The value, or that of the element at hand, in the form in which it is compared. */
void planner_put_operand(struct planner *planner, struct attribute_ref ref, bool in_element);
enum form planner_form(const struct resource_type *type, struct attribute_ref ref, bool in_element);

/* The filter as a condition on item, or on the element at hand. */
void planner_put_filter(struct planner *planner, const struct filter *filter, bool in_element);

#endif
