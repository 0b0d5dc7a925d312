/*
 * transport.h - how requests reach the program and answers leave it.
 *
 * FastCGI and CGI give the same three things: parameters (RFC 3875 4.1), a
 * body to read and a stream to write.  One request at a time:
 * next, then read and write, then finish.
 */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

enum http_read {
	HTTP_READ_SOME,
	HTTP_READ_END,
	HTTP_READ_CUT,      /* the sender went away before the end */
	HTTP_READ_SLOW      /* the deadline passed */
};

struct http_transport;

struct http_transport_kind {
	bool (*next)(struct http_transport *transport);
	enum http_read (*read)(struct http_transport *transport, char *bytes, size_t size,
	    int64_t deadline, size_t *count);
	bool (*write)(struct http_transport *transport, struct text text);
	void (*log)(struct http_transport *transport, struct text line);
	void (*abandon)(struct http_transport *transport);
	void (*finish)(struct http_transport *transport);
};

struct http_transport {
	const struct http_transport_kind *kind;
	char *const *parameters;     /* "NAME=value" ... NULL; valid until finish */
	bool broken;                 /* the peer has gone: what is written goes nowhere */
	struct buffer head;          /* of the response; emptied by each */
};

/* Waits for a request; false when the process should end (asked to stop, or nothing more to come). */
bool http_transport_next(struct http_transport *transport);
/*
 * Reads at most size (> 0) bytes of the body.  deadline is a time of
 * clock_microseconds().  *count is above 0 with HTTP_READ_SOME only; after
 * any other answer nothing more can be read.
 */
enum http_read http_transport_read(struct http_transport *transport, char *bytes, size_t size,
    int64_t deadline, size_t *count);
/* Appends to the answer, or sets broken. */
void http_transport_write(struct http_transport *transport, struct text text);
/* One line, without its newline, into the log that the operator reads. */
void http_transport_log(struct http_transport *transport, struct text line);
/* Makes the web server see that the answer is not whole, where the transport can tell it. */
void http_transport_abandon(struct http_transport *transport);
/* Sends what was written and lets the unread rest of the body go; parameters are gone. */
void http_transport_finish(struct http_transport *transport);
/*
 * Reads away at most limit bytes of the body within the microseconds given;
 * true when its end was reached.
 */
bool http_transport_drain(struct http_transport *transport, size_t limit, int64_t microseconds);

/*
 * A setting of the operator: the parameter NAME (SetEnv, fastcgi.server),
 * else REDIRECT_NAME (what mod_rewrite and FallbackResource make of it), else
 * the environment; unset when it is empty everywhere.  Valid until finish.
 */
struct text http_transport_setting(const struct http_transport *transport, struct text name);

/* One line with time and process id to stderr, for where no web server adds them. */
void http_log_stderr(struct text line);

#endif
