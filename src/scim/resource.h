/*
 * resource.h - resources in canonical form.
 *
 * A canonical resource is a JSON object with the schema's own spelling of
 * names in the schema's order, values of the right types, no unassigned
 * values, and without what the server adds when it answers: id, meta, groups,
 * and, for groups, members are kept apart by the caller.  It is what the
 * column "resource" holds.
 */
#ifndef SCIM_RESOURCE_H
#define SCIM_RESOURCE_H

#include "json/value.h"
#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_STRING_MAX 65536   /* bytes of any string value */
#define SCIM_KEY_MAX 1024       /* bytes of userName, externalId, displayName: they are indexed */
#define SCIM_VALUES_MAX 1000    /* of a multi-valued attribute in the document, so not of members */

/*
 * Reads the body of a POST (current NULL) or PUT (current: the canonical
 * resource as it is).  Names in any case, "True" for true, a bare string for a
 * complex value and the like are understood; unknown and read-only attributes
 * are ignored (RFC 7644 3.3, 3.5.1).  A group's members stand in the result;
 * the caller moves them to their rows.  A person without "active" keeps the
 * current one.  Errors: 400 invalidSyntax, invalidValue, mutability.
 */
bool scim_resource_read(struct arena *arena, const struct resource_type *type,
    const struct json_value *body, const struct json_value *current,
    struct json_value **resource, struct scim_error *error) MUST_CHECK;

/*
 * Reads one attribute's value, as found in a body or PATCH, into canonical
 * form; *canonical is NULL when it is unassigned (null, "", [] or {}).  ref.sub
 * set: the value of that sub-attribute.  as_element: one element of a
 * multi-valued attribute.  In a list equal values are kept once and two
 * primary ones are refused (RFC 7643 2.4).
 */
bool scim_value_read(struct arena *arena, struct attribute_ref ref, bool as_element,
    const struct json_value *value, struct json_value **canonical,
    struct scim_error *error) MUST_CHECK;

/* Checks what only the whole resource can tell: that no required attribute is missing. */
bool scim_resource_check(const struct resource_type *type, const struct json_value *resource,
    struct scim_error *error) MUST_CHECK;

/*
 * Puts members in canonical order, drops what is unassigned, and recomputes
 * schemas: those of the extensions that have data (RFC 7643 3).
 */
void scim_resource_finish(struct arena *arena, const struct resource_type *type,
    struct json_value *resource);

/* Where a schema's attributes stand: the resource itself, or the extension's object, or NULL. */
struct json_value *scim_resource_container(const struct json_value *resource,
    const struct resource_type *type, const struct schema *schema);

/* The member of that name without case, as in what clients send; NULL when there is none. */
struct json_value *scim_member(const struct json_value *object, struct text name);
/* RFC 7643 2.5: null, [] and {}; and "", by which Entra ID clears values. */
bool scim_is_unassigned(const struct json_value *value);
/* "name.familyName"; attributes of extensions are qualified by their URN (RFC 7644 3.10). */
struct text scim_ref_name(struct arena *arena, struct attribute_ref ref);
/* A group's members, which are rows and no part of the document. */
bool scim_is_members(struct attribute_ref ref);
/* Are these elements the same value, that is, of equal value and type (RFC 7643 2.4)? */
bool scim_same_value(const struct json_value *a, const struct json_value *b);

/* Does a message say that it is this one?  One without schemas is believed (authentik). */
bool scim_message_is(const struct json_value *body, struct text urn);

#endif
