/*
 * response.h - answers: status, a fixed set of headers, a body.
 *
 * Always an explicit Status line: without it Apache evaluates If-Match itself
 * (strongly, so it refuses every weak one) and turns Location into a redirect.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/request.h"

enum http_header {
	HTTP_CONTENT_TYPE,       /* application/scim+json if unset */
	HTTP_LOCATION,
	HTTP_CONTENT_LOCATION,
	HTTP_ETAG,
	HTTP_ALLOW,
	HTTP_WWW_AUTHENTICATE,
	HTTP_RETRY_AFTER,
	HTTP_REQUEST_ID,
	HTTP_HEADER_COUNT
};

struct http_response {
	int status;                                  /* one of RFC 9110 15 */
	struct text headers[HTTP_HEADER_COUNT];      /* unset ones are not sent */
	struct text body;
};

/*
 * Sends the whole answer with its Content-Length.  204 and 304 have no body,
 * HEAD sends only its length.  Control characters in header values are left
 * out.  If the client has gone, transport->broken says so afterwards.
 */
void http_response_send(struct http_request *request, const struct http_response *response);

/*
 * An answer of unknown size: begin (ignores response->body), any number of
 * writes, end.  Without a Content-Length the client cannot see a crash half
 * way, so use it only for what is too large to hold.  When complete is false
 * the web server is made to break the connection off.
 */
void http_response_begin(struct http_request *request, const struct http_response *response);
void http_response_write(struct http_request *request, struct text text);
void http_response_end(struct http_request *request, bool complete);

/* The reason phrase of a status, or "". */
const char *http_reason(int status);

#endif
