/*
 * patch.h - PATCH (RFC 7644 3.5.2): reading the message, changing a resource.
 */
#ifndef SCIM_PATCH_H
#define SCIM_PATCH_H

#include "json/value.h"
#include "scim/path.h"

#define SCIM_PATCH_OPERATIONS_MAX 1000

enum patch_op {
	PATCH_ADD,
	PATCH_REPLACE,
	PATCH_REMOVE,
};

/*
 * One change of one attribute.  A path-less operation, or one on a whole
 * schema, was split into one per key of its value, so there is always a path;
 * only the removal of a whole extension has no path.ref.attribute.  No
 * operation is on what cannot be changed: those were refused or passed over.
 */
struct patch_operation {
	enum patch_op op;
	struct path path;
	const struct json_value *value;     /* as sent; NULL: none */
};

struct patch {
	struct patch_operation *operations;
	size_t count;
};

struct patch_options {
	struct text id;         /* the target's: a different one in a value is refused */
	bool replace_without_target_creates;    /* the setting replace_without_target */
};

/*
 * Reads a PatchOp message.  Values of path-less operations are read like
 * bodies: what is read-only or unknown in them is passed over.  Errors: 400
 * invalidSyntax, invalidPath, invalidFilter, invalidValue, noTarget, mutability.
 */
bool scim_patch_read(struct arena *arena, const struct resource_type *type,
    const struct json_value *body, const struct patch_options *options, struct patch **patch,
    struct scim_error *error) MUST_CHECK;

/*
 * Does the operation concern the group's members?  Those are not applied in
 * memory: store/ turns them into changes of rows, in their order.
 */
bool scim_patch_is_members(const struct patch_operation *operation);

enum members_change {
	MEMBERS_ADD,        /* those with these ids, if they are not there */
	MEMBERS_REMOVE,     /* those with these ids, or those that fulfil the filter */
	MEMBERS_SET,        /* exactly these ids; none: removes all */
};

/* What an operation on members does to the rows. */
struct patch_members {
	enum members_change change;
	struct text *ids;               /* as sent, may repeat, may be no id of ours */
	size_t count;
	const struct filter *filter;    /* MEMBERS_REMOVE only; NULL: the ids decide */
};

/*
 * Reads the members of such an operation.  Only whole members can be added and
 * removed, their sub-attributes are immutable (RFC 7643 4.2, 8.7.1).  Removing
 * who is no member is no error.  Errors: 400 invalidValue, noTarget, mutability.
 */
bool scim_patch_members(struct arena *arena, const struct patch_operation *operation,
    struct patch_members *members, struct scim_error *error) MUST_CHECK;

/*
 * Applies all operations but those on members to a copy of the canonical
 * resource, in order, each seeing the ones before.  On false nothing is
 * changed; on true *result is canonical and json_equal() tells whether
 * anything changed.  Errors: 400 noTarget, invalidValue, mutability.
 */
bool scim_patch_apply(struct arena *arena, const struct resource_type *type,
    const struct patch *patch, const struct patch_options *options,
    const struct json_value *resource, struct json_value **result,
    struct scim_error *error) MUST_CHECK;

/*
 * The value list of a "remove" on a whole multi-valued attribute, as Entra ID
 * and Okta send it: only the listed values are to go.  Salesforce wraps it once
 * more, {"members": [...]}.  NULL: there is none, and all are to go.
 */
const struct json_value *scim_patch_listed(const struct patch_operation *operation);

#endif
