/*
 * query.h - the part of an address after '?'.
 */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "base/arena.h"
#include "http/error.h"

struct http_query {
	struct text name, value;     /* decoded */
};

/*
 * Splits and decodes "name=value&name&..." in its order; empty pieces are
 * skipped, a name alone has the value "".  At most 64 KiB and 256 parameters
 * (414, 400).  The result lives in the arena or points into raw.
 */
bool http_query_parse(struct arena *arena, struct text raw, struct http_query **query,
    size_t *count, struct http_error *error) MUST_CHECK;

#endif
