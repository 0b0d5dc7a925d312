/*
 * decode.h - percent-encoding (RFC 3986 2.1).
 */
#ifndef HTTP_DECODE_H
#define HTTP_DECODE_H

#include "base/arena.h"
#include "http/error.h"

enum http_decode {
	HTTP_DECODE_PATH,
	HTTP_DECODE_QUERY    /* '+' means a space, as HTML forms and most SCIM clients write it */
};

/*
 * Decodes one segment, name or value.  Returns raw itself when nothing is
 * encoded, else memory of the arena.  Refuses (400) bad escapes, NUL, which
 * PostgreSQL cannot hold, and what is not UTF-8.
 */
bool http_decode(struct arena *arena, struct text raw, enum http_decode place,
    struct text *decoded, struct http_error *error) MUST_CHECK;

#endif
