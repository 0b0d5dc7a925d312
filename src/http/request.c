/*
 * request.c - from parameters to a request; reading the body.
 */
#include "base/clock.h"
#include "http/request.h"
#include "http/route.h"

#define BODY_FIRST_PIECE ((size_t)4096)

enum parameter {
	REQUEST_METHOD,
	REQUEST_URI,
	SCRIPT_NAME,
	PATH_INFO,
	CONTENT_LENGTH,
	CONTENT_TYPE,
	HTTPS,
	REQUEST_SCHEME,
	REMOTE_ADDR,
	SERVER_ADDR,
	SERVER_PORT,
	UNIQUE_ID,
	AUTHORIZATION,
	REDIRECT_AUTHORIZATION,
	ACCEPT,
	CONTENT_ENCODING,
	IF_MATCH,
	IF_NONE_MATCH,
	USER_AGENT,
	PARAMETER_COUNT
};

#define NAME(literal) { literal, sizeof(literal) - 1 }

static const struct text names[PARAMETER_COUNT] = {
	[REQUEST_METHOD] = NAME("REQUEST_METHOD"),
	[REQUEST_URI] = NAME("REQUEST_URI"),
	[SCRIPT_NAME] = NAME("SCRIPT_NAME"),
	[PATH_INFO] = NAME("PATH_INFO"),
	[CONTENT_LENGTH] = NAME("CONTENT_LENGTH"),
	[CONTENT_TYPE] = NAME("CONTENT_TYPE"),
	[HTTPS] = NAME("HTTPS"),
	[REQUEST_SCHEME] = NAME("REQUEST_SCHEME"),
	[REMOTE_ADDR] = NAME("REMOTE_ADDR"),
	[SERVER_ADDR] = NAME("SERVER_ADDR"),
	[SERVER_PORT] = NAME("SERVER_PORT"),
	[UNIQUE_ID] = NAME("UNIQUE_ID"),
	[AUTHORIZATION] = NAME("HTTP_AUTHORIZATION"),
	/* Where a RewriteRule's E=HTTP_AUTHORIZATION arrives. */
	[REDIRECT_AUTHORIZATION] = NAME("REDIRECT_HTTP_AUTHORIZATION"),
	[ACCEPT] = NAME("HTTP_ACCEPT"),
	[CONTENT_ENCODING] = NAME("HTTP_CONTENT_ENCODING"),
	[IF_MATCH] = NAME("HTTP_IF_MATCH"),
	[IF_NONE_MATCH] = NAME("HTTP_IF_NONE_MATCH"),
	[USER_AGENT] = NAME("HTTP_USER_AGENT"),
};

static const struct text method_names[] = {
	[HTTP_GET] = NAME("GET"),
	[HTTP_HEAD] = NAME("HEAD"),
	[HTTP_POST] = NAME("POST"),
	[HTTP_PUT] = NAME("PUT"),
	[HTTP_PATCH] = NAME("PATCH"),
	[HTTP_DELETE] = NAME("DELETE"),
	[HTTP_OPTIONS] = NAME("OPTIONS"),
};

static enum parameter
parameter_of(struct text name)
{
	size_t i = 0;

	while (i < PARAMETER_COUNT && !text_equal(names[i], name))
		i++;
	return (enum parameter)i;
}

/* One pass over the parameters; true unless a wanted one came twice. */
static bool
collect(char *const *parameters, struct text values[PARAMETER_COUNT])
{
	uint64_t lengths = 0;
	bool once = true;

	/* Most parameters are of no interest, and their length says so. */
	for (size_t i = 0; i < PARAMETER_COUNT; i++)
		lengths |= UINT64_C(1) << names[i].length;
	for (; *parameters != NULL; parameters++) {
		struct text entry = text_of(*parameters);
		size_t length = text_find_byte(entry, '=');
		enum parameter parameter;

		if (length >= 64 || (lengths >> length & 1) == 0)
			continue;
		parameter = parameter_of(text_first(entry, length));
		/* CGI cannot tell an empty header from none, so neither do we. */
		if (parameter == PARAMETER_COUNT || length + 1 >= entry.length)
			continue;
		once &= !text_is_set(values[parameter]);
		values[parameter] = text_after(entry, length + 1);
	}
	return once;
}

static enum http_method
method_of(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(method_names); i++)
		if (text_equal(method_names[i], name))
			return (enum http_method)i;
	return HTTP_METHOD_OTHER;
}

/* RFC 9110 8.6: digits only; the web server has refused contradicting ones. */
static bool
read_content_length(struct text value, long *length, struct http_error *error)
{
	*length = -1;
	if (!text_is_set(value))
		return true;
	if (!text_to_long(value, length) || *length < 0 || value.start[0] == '-') {
		*length = -1;
		return http_fail(error, 400, HTTP_BAD_HEADER,
		    TEXT("Content-Length is not a number."));
	}
	return true;
}

static void
fill(struct http_request *request, const struct text values[PARAMETER_COUNT])
{
	request->method_name = values[REQUEST_METHOD];
	request->method = method_of(values[REQUEST_METHOD]);
	request->authorization = text_is_set(values[AUTHORIZATION])
	    ? values[AUTHORIZATION] : values[REDIRECT_AUTHORIZATION];
	request->accept = values[ACCEPT];
	request->content_type = values[CONTENT_TYPE];
	request->content_encoding = values[CONTENT_ENCODING];
	request->if_match = values[IF_MATCH];
	request->if_none_match = values[IF_NONE_MATCH];
	request->user_agent = values[USER_AGENT];
	request->remote_addr = values[REMOTE_ADDR];
	request->server_addr = values[SERVER_ADDR];
	request->server_port = values[SERVER_PORT];
	request->unique_id = values[UNIQUE_ID];
	request->https = text_equal_nocase(values[HTTPS], TEXT("on")) ||
	    text_equal_nocase(values[REQUEST_SCHEME], TEXT("https"));
}

static bool
read_route(struct http_request *request, const struct text values[PARAMETER_COUNT],
    struct http_error *error)
{
	struct http_target target = {
		.uri = values[REQUEST_URI],
		.script_name = values[SCRIPT_NAME],
		.path_info = values[PATH_INFO],
		.base = http_transport_setting(request->transport, TEXT("SCIMLET_BASE")),
	};
	struct http_route route;

	if (!text_is_set(target.uri))
		return http_fail(error, 500, HTTP_BAD_SERVER,
		    TEXT("The web server does not pass REQUEST_URI."));
	if (!http_route_find(request->arena, &target, &route, error))
		return false;
	request->mount = route.mount;
	request->segments = route.segments;
	request->segment_count = route.segment_count;
	return http_query_parse(request->arena, route.query, &request->query,
	    &request->query_count, error);
}

bool
http_request_read(struct http_transport *transport, struct arena *arena,
    struct http_request *request, struct http_error *error)
{
	struct text values[PARAMETER_COUNT] = { { 0 } };
	bool once = collect(transport->parameters, values);

	*request = (struct http_request){
		.transport = transport,
		.arena = arena,
		.mount = TEXT(""),
		.body_microseconds = HTTP_BODY_MICROSECONDS,
	};
	fill(request, values);
	if (!read_content_length(values[CONTENT_LENGTH], &request->content_length, error))
		return false;
	if (!once)
		return http_fail(error, 400, HTTP_BAD_HEADER, TEXT("A header was sent twice."));
	return read_route(request, values, error);
}

static bool
fail_too_large(struct http_request *request, size_t limit, struct http_error *error)
{
	return http_fail(error, 413, HTTP_BODY_TOO_LARGE,
	    arena_format(request->arena, "The body is larger than %zu bytes.", limit));
}

static bool
fail_cut(struct http_error *error)
{
	return http_fail(error, 400, HTTP_BODY_CUT, TEXT("The body ended early."));
}

/* Makes room for at least one byte more, up to one above the limit, which tells "too large". */
static char *
grow(struct http_request *request, char *bytes, size_t length, size_t *capacity, size_t limit)
{
	size_t wanted = *capacity == 0 ? BODY_FIRST_PIECE : *capacity * 2;
	char *larger;

	if (*capacity == 0 && request->content_length >= 0)
		wanted = (size_t)request->content_length + 1;
	*capacity = wanted > limit + 1 ? limit + 1 : wanted;
	larger = arena_alloc(request->arena, *capacity);
	if (length > 0)
		memcpy(larger, bytes, length);
	return larger;
}

static bool
read_to_end(struct http_request *request, size_t limit, struct text *body,
    struct http_error *error)
{
	int64_t deadline = clock_microseconds() + request->body_microseconds;
	size_t length = 0, capacity = 0, count;
	enum http_read answer;
	char *bytes = NULL;

	do {
		if (length == capacity)
			bytes = grow(request, bytes, length, &capacity, limit);
		answer = http_transport_read(request->transport, bytes + length,
		    capacity - length, deadline, &count);
		length += count;
		if (length > limit)
			return fail_too_large(request, limit, error);
	} while (answer == HTTP_READ_SOME);
	*body = (struct text){ bytes, length };
	if (answer == HTTP_READ_SLOW)
		return http_fail(error, 408, HTTP_BODY_SLOW, TEXT("The body came too slowly."));
	return answer == HTTP_READ_END || fail_cut(error);
}

/* Bodies arrive as they were sent: no web server unpacks them for us. */
static bool
check_encoding(struct http_request *request, struct http_error *error)
{
	struct text encoding = text_trim(request->content_encoding);

	if (encoding.length == 0 || text_equal_nocase(encoding, TEXT("identity")))
		return true;
	if (!text_is_utf8(encoding))
		encoding = TEXT("?");
	return http_fail(error, 415, HTTP_BODY_ENCODED,
	    arena_format(request->arena, "Content-Encoding \"%.*s\" is not supported.",
		TEXT_FORMAT(encoding)));
}

bool
http_request_body(struct http_request *request, size_t limit, struct text *body,
    struct http_error *error)
{
	*body = TEXT("");
	if (!check_encoding(request, error))
		return false;
	if (request->content_length >= 0 && (size_t)request->content_length > limit)
		return fail_too_large(request, limit, error);
	if (!read_to_end(request, limit, body, error))
		return false;
	/* Else a request cut half way would be taken for a whole one. */
	if (request->content_length >= 0 && body->length != (size_t)request->content_length)
		return fail_cut(error);
	return true;
}

struct text
http_request_query(const struct http_request *request, struct text name)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (text_equal_nocase(request->query[i].name, name))
			return request->query[i].value;
	return TEXT_NONE;
}
