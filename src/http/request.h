/*
 * request.h - one HTTP request, checked and decoded, its body still unread.
 *
 * Of what a client can set, only the headers named here are looked at; no
 * other HTTP_* parameter is ever trusted.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/query.h"
#include "http/transport.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_OTHER
};

#define HTTP_BODY_MICROSECONDS ((int64_t)10 * 1000 * 1000)

/*
 * Texts live until the transport finishes or the arena is reset, whichever
 * comes first.  A header that was not sent, or sent empty, is unset.
 */
struct http_request {
	struct http_transport *transport;
	struct arena *arena;
	enum http_method method;
	struct text method_name;
	struct text mount;           /* raw: "" or "/..."; see http/route.h */
	struct text *segments;
	size_t segment_count;
	struct http_query *query;
	size_t query_count;
	struct text authorization;
	struct text accept, content_type, content_encoding;
	struct text if_match, if_none_match;
	struct text user_agent;
	struct text remote_addr, server_addr, server_port;
	struct text unique_id;       /* of Apache's mod_unique_id */
	bool https;
	long content_length;         /* -1: unknown, which says nothing about there being a body */
	int64_t body_microseconds;   /* how long reading the body may take as a whole */
};

/*
 * Reads parameters, never the body: authentication comes first, so that a
 * stranger's slow body holds no worker.  Even on false everything but route
 * and query is filled, enough to answer and to log.  A header that came twice
 * is refused (400): lighttpd passes "X-A" and "X_A" as the same parameter.
 */
bool http_request_read(struct http_transport *transport, struct arena *arena,
    struct http_request *request, struct http_error *error) MUST_CHECK;

/*
 * Reads the body to its end, with or without a Content-Length: 413 beyond
 * limit bytes (before the first byte if announced), 415 if compressed, 408 when
 * it takes longer than request->body_microseconds, 400 when it was cut.
 * The body lives in the request's arena.
 */
bool http_request_body(struct http_request *request, size_t limit, struct text *body,
    struct http_error *error) MUST_CHECK;

/*
 * The first query parameter of this name, or unset.  Case does not count: some
 * clients write "startindex".
 */
struct text http_request_query(const struct http_request *request, struct text name);

#endif
