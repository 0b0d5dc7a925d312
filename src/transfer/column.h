/*
 * column.h - what a column of CSV or an attribute of LDAP is in SCIM.
 */
#ifndef TRANSFER_COLUMN_H
#define TRANSFER_COLUMN_H

#include "json/value.h"
#include "scim/schema.h"

enum column_kind {
	COLUMN_LEFT_OUT,
	COLUMN_ATTRIBUTE,
	COLUMN_GROUPS,
	COLUMN_REFERENCE,
};

struct column {
	struct text name;               /* as the header has it */
	enum column_kind kind;
	struct attribute_ref ref;       /* sub: the sub-attribute that the field is, or NULL */
	struct text type;               /* of a multi-valued attribute's element, or TEXT_NONE */
};

/*
 * Finds what a name means: userName, name.givenName, emails.work (the value of
 * the email of that type), addresses.home.locality, department, groups, id.
 * "" means that the column is left out.  Sets all but column->name, and points
 * into name.  False: it is no attribute of people.
 */
bool column_resolve(struct text name, struct column *column) MUST_CHECK;
bool column_equal(const struct column *a, const struct column *b);
/* All the names that there are, for a sentence. */
struct text column_names(struct arena *arena);
/* Puts a field of a COLUMN_ATTRIBUTE into a person; "" empties the attribute. */
void column_put(struct arena *arena, struct json_value *resource, const struct column *column,
    struct text value);

#endif
