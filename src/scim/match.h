/*
 * match.h - evaluates a filter in memory; the same truth as store/plan.c in SQL.
 */
#ifndef SCIM_MATCH_H
#define SCIM_MATCH_H

#include "json/value.h"
#include "scim/filter.h"

/*
 * Does the canonical resource fulfil the filter?  ne matches an absent
 * attribute, pr is false for null, "" and [], a multi-valued attribute matches
 * when any value does, and emails.type ne "work" also when an element has no
 * type.  The arena is scratch for folded texts.
 */
bool scim_match(struct arena *arena, const struct filter *filter,
    const struct json_value *resource);

/* The same for one element of a multi-valued attribute and a filter in brackets. */
bool scim_match_element(struct arena *arena, const struct filter *filter,
    const struct json_value *element);

#endif
