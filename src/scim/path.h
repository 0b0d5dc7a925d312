/*
 * path.h - PATCH paths (RFC 7644 3.5.2, figure 7).
 */
#ifndef SCIM_PATH_H
#define SCIM_PATH_H

#include "scim/filter.h"

struct path {
	struct attribute_ref ref;   /* emails[type eq "work"].value: { User, emails, value } */
	struct filter *filter;      /* on the elements of ref.attribute; NULL: none */
	struct text text;           /* as written */
};

/*
 * Parses a whole path.  Unknown attributes and broken syntax are 400
 * invalidPath, a bad filter in brackets is 400 invalidFilter; both say where.
 * An extension URN alone gives a ref without attribute.
 */
bool scim_path_parse(struct arena *arena, const struct resource_type *type, struct text text,
    struct path *path, struct scim_error *error) MUST_CHECK;

#endif
