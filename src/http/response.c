/*
 * response.c - the head of an answer, and its body.
 */
#include "http/response.h"

static const char *const header_names[HTTP_HEADER_COUNT] = {
	[HTTP_CONTENT_TYPE] = "Content-Type: ",
	[HTTP_LOCATION] = "Location: ",
	[HTTP_CONTENT_LOCATION] = "Content-Location: ",
	[HTTP_ETAG] = "ETag: ",
	[HTTP_ALLOW] = "Allow: ",
	[HTTP_WWW_AUTHENTICATE] = "WWW-Authenticate: ",
	[HTTP_RETRY_AFTER] = "Retry-After: ",
	[HTTP_REQUEST_ID] = "X-Request-Id: ",
};

const char *
http_reason(int status)
{
	/* RFC 9110 15; 428 and 429 are of RFC 6585. */
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 302, "Found" }, { 303, "See Other" }, { 304, "Not Modified" },
		{ 307, "Temporary Redirect" }, { 308, "Permanent Redirect" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
		{ 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
		{ 428, "Precondition Required" }, { 429, "Too Many Requests" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* A line break in a value would begin a header, or the body, of the client's choice. */
static void
append_value(struct buffer *head, struct text value)
{
	char *to = buffer_reserve(head, value.length);

	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.start[i] >= 0x20 && value.start[i] != 0x7f)
			*to++ = value.start[i];
	head->length = (size_t)(to - head->start);
}

static void
append_header(struct buffer *head, const char *name, struct text value)
{
	buffer_append(head, text_of(name));
	append_value(head, value);
	buffer_append(head, TEXT("\r\n"));
}

static bool
may_have_body(int status)
{
	return status != 204 && status != 304;
}

static void
build_head(struct buffer *head, const struct http_response *response)
{
	struct text type = response->headers[HTTP_CONTENT_TYPE];

	buffer_clear(head);
	buffer_append(head, TEXT("Status: "));
	buffer_append_number(head, response->status);
	buffer_append_byte(head, ' ');
	buffer_append(head, text_of(http_reason(response->status)));
	buffer_append(head, TEXT("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"));
	if (may_have_body(response->status))
		append_header(head, header_names[HTTP_CONTENT_TYPE],
		    text_is_set(type) ? type : TEXT("application/scim+json"));
	for (size_t i = HTTP_CONTENT_TYPE + 1; i < HTTP_HEADER_COUNT; i++)
		if (text_is_set(response->headers[i]))
			append_header(head, header_names[i], response->headers[i]);
}

void
http_response_send(struct http_request *request, const struct http_response *response)
{
	struct buffer *head = &request->transport->head;

	build_head(head, response);
	if (may_have_body(response->status)) {
		buffer_append(head, TEXT("Content-Length: "));
		buffer_append_number(head, (long)response->body.length);
		buffer_append(head, TEXT("\r\n"));
	}
	buffer_append(head, TEXT("\r\n"));
	http_transport_write(request->transport, buffer_text(head));
	if (may_have_body(response->status))
		http_response_write(request, response->body);
}

void
http_response_begin(struct http_request *request, const struct http_response *response)
{
	struct buffer *head = &request->transport->head;

	build_head(head, response);
	buffer_append(head, TEXT("\r\n"));
	http_transport_write(request->transport, buffer_text(head));
}

void
http_response_write(struct http_request *request, struct text text)
{
	if (request->method != HTTP_HEAD && text.length > 0)
		http_transport_write(request->transport, text);
}

void
http_response_end(struct http_request *request, bool complete)
{
	if (!complete)
		http_transport_abandon(request->transport);
}
