/*
 * condition.h - If-Match and If-None-Match (RFC 9110 13.1).
 */
#ifndef HTTP_CONDITION_H
#define HTTP_CONDITION_H

#include <stdbool.h>

#include "base/text.h"

/*
 * True when header ("*" or a list of entity-tags) names etag, the current
 * entity-tag of an existing resource, as W/"3" or "3".
 *
 * Compares weakly for both headers: RFC 7644 3.14 has clients send weak tags
 * in If-Match.  "3-gzip", "3-br" and "3-deflate", which mod_deflate makes of
 * "3", are the same.  A malformed list matches nothing.
 */
bool http_condition_matches(struct text header, struct text etag);

#endif
