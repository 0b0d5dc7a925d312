/*
 * project.h - attributes and excludedAttributes (RFC 7644 3.4.2.5, 3.9).
 */
#ifndef SCIM_PROJECT_H
#define SCIM_PROJECT_H

#include "json/value.h"
#include "scim/error.h"
#include "scim/schema.h"

struct projection;      /* NULL: everything that is stored; the document can pass through as text */

/*
 * From the two comma separated lists of a query (TEXT_NONE: not given).  Both
 * at once is 400 invalidValue; unknown names are ignored, so that "attributes"
 * with nothing else leaves what is always returned.
 */
bool scim_projection_read(struct arena *arena, const struct resource_type *type,
    struct text attributes, struct text excluded, struct projection **projection,
    struct scim_error *error) MUST_CHECK;

/*
 * The comma separated list of a SearchRequest's array of names (RFC 7644
 * 3.4.3); one string will do.  names NULL gives TEXT_NONE.  400 invalidSyntax
 * for anything else.
 */
bool scim_projection_names(struct arena *arena, const struct json_value *names,
    struct text *list, struct scim_error *error) MUST_CHECK;

/* Would any part of this attribute be shown?  (So that SQL need not compute groups or members.) */
bool scim_projection_wants(const struct projection *projection, const struct attribute *attribute);

/* Would this sub-attribute of it be shown? */
bool scim_projection_wants_sub(const struct projection *projection,
    const struct attribute *attribute, const struct attribute *sub);

/*
 * Is all that it does to leave out this attribute?  Who leaves it out already
 * need not project: Entra ID reads groups with excludedAttributes=members.
 */
bool scim_projection_only_excludes(const struct projection *projection,
    const struct attribute *attribute);

/*
 * The resource as it is to be shown, with id, meta, groups and all already in
 * it.  What is not changed is shared with the resource, not copied.
 */
struct json_value *scim_project(struct arena *arena, const struct resource_type *type,
    const struct projection *projection, const struct json_value *resource);

#endif
