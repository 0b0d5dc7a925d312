/*
 * error.h - why a request cannot be read; serve/ words it as a SCIM error.
 */
#ifndef HTTP_ERROR_H
#define HTTP_ERROR_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/text.h"

enum http_error_kind {
	HTTP_BAD_ADDRESS,    /* the path is malformed, or names nothing of ours */
	HTTP_BAD_QUERY,
	HTTP_BAD_HEADER,
	HTTP_BODY_TOO_LARGE,
	HTTP_BODY_ENCODED,   /* a Content-Encoding that we do not read */
	HTTP_BODY_CUT,       /* the client or the web server went away */
	HTTP_BODY_SLOW,
	HTTP_BAD_SERVER      /* the web server or our own settings are at fault */
};

struct http_error {
	int status;              /* of RFC 9110 15 */
	enum http_error_kind kind;
	struct text sentence;    /* English, for the client; a literal or of the request's arena */
};

/* Fills error and returns false, to be returned in turn. */
static inline bool
http_fail(struct http_error *error, int status, enum http_error_kind kind, struct text sentence)
{
	*error = (struct http_error){ status, kind, sentence };
	return false;
}

#endif
