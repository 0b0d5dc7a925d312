/*
 * http_request.c - reading requests and writing answers, over a transport that
 * plays what a test says and keeps what it is given.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"

#include "unit/tap.h"

struct played {
	struct http_transport transport;
	const char *const *pieces;   /* of the body; after the last comes end */
	enum http_read end;
	size_t taken;
	struct buffer output;
	bool refuses, abandoned;
};

static enum http_read
play_read(struct http_transport *transport, char *bytes, size_t size, int64_t deadline,
    size_t *count)
{
	struct played *played = (struct played *)transport;
	struct text piece;

	if (clock_microseconds() > deadline)
		return HTTP_READ_SLOW;
	if (played->pieces == NULL || *played->pieces == NULL)
		return played->end;
	piece = text_after(text_of(*played->pieces), played->taken);
	*count = piece.length < size ? piece.length : size;
	memcpy(bytes, piece.start, *count);
	played->taken += *count;
	if (*count == piece.length) {
		played->pieces++;
		played->taken = 0;
	}
	return HTTP_READ_SOME;
}

static bool
play_write(struct http_transport *transport, struct text text)
{
	struct played *played = (struct played *)transport;

	buffer_append(&played->output, text);
	return !played->refuses;
}

static void
play_abandon(struct http_transport *transport)
{
	((struct played *)transport)->abandoned = true;
}

static const struct http_transport_kind kind = {
	.read = play_read,
	.write = play_write,
	.abandon = play_abandon,
};

static struct arena *arena;
static struct http_request request;
static struct http_error error;

static bool
read_request(struct played *played, const char *const *parameters)
{
	played->transport.kind = &kind;
	played->transport.parameters = (char *const *)parameters;
	arena_reset(arena);
	return http_request_read(&played->transport, arena, &request, &error);
}

static void
release(struct played *played)
{
	buffer_release(&played->output);
	buffer_release(&played->transport.head);
}

static void
test_fields(void)
{
	static const char *const parameters[] = {
		"FCGI_ROLE=RESPONDER", "REQUEST_METHOD=PATCH",
		"REQUEST_URI=/scim/v2/acme/Users/1?attributes=userName&count=2&attributes=x",
		"SCRIPT_NAME=/scim/v2", "PATH_INFO=/acme/Users/1", "CONTENT_LENGTH=12",
		"CONTENT_TYPE=application/scim+json", "HTTPS=on", "REMOTE_ADDR=192.0.2.1",
		"SERVER_ADDR=192.0.2.2", "SERVER_PORT=8443", "UNIQUE_ID=abc",
		"HTTP_AUTHORIZATION=Bearer t", "REDIRECT_HTTP_AUTHORIZATION=Bearer other",
		"HTTP_ACCEPT=*/*", "HTTP_CONTENT_ENCODING=", "HTTP_IF_MATCH=W/\"1\"",
		"HTTP_IF_NONE_MATCH=*", "HTTP_USER_AGENT=x=y", "HTTP_X_FORWARDED_HOST=evil", NULL,
	};
	struct played played = { 0 };

	ok(read_request(&played, parameters), "a whole request");
	is_number(request.method, HTTP_PATCH, "method");
	is_text(request.method_name, TEXT("PATCH"), "its name");
	is_text(request.mount, TEXT("/scim/v2"), "mount");
	is_number(request.segment_count, 3, "segments");
	is_text(request.segments[2], TEXT("1"), "the last of them");
	is_number(request.query_count, 3, "query");
	is_text(http_request_query(&request, TEXT("attributes")), TEXT("userName"), "first value");
	ok(!text_is_set(http_request_query(&request, TEXT("attribute"))), "not in the query");
	is_number(request.content_length, 12, "length");
	is_text(request.content_type, TEXT("application/scim+json"), "type");
	ok(request.https, "https");
	is_text(request.remote_addr, TEXT("192.0.2.1"), "client");
	is_text(request.server_addr, TEXT("192.0.2.2"), "server");
	is_text(request.server_port, TEXT("8443"), "port");
	is_text(request.unique_id, TEXT("abc"), "unique id");
	is_text(request.authorization, TEXT("Bearer t"), "authorization");
	is_text(request.accept, TEXT("*/*"), "accept");
	ok(!text_is_set(request.content_encoding), "an empty header is none");
	is_text(request.if_match, TEXT("W/\"1\""), "If-Match");
	is_text(request.if_none_match, TEXT("*"), "If-None-Match");
	is_text(request.user_agent, TEXT("x=y"), "User-Agent");
	release(&played);
}

static void
test_odd_parameters(void)
{
	static const struct {
		const char *name, *parameters[4];
		int status;                  /* 0: read */
	} cases[] = {
		{ "the least", { "REQUEST_URI=/v2/Users" }, 0 },
		{ "no REQUEST_URI", { "REQUEST_METHOD=GET" }, 500 },
		{ "a bad path", { "REQUEST_URI=/v2/%zz" }, 400 },
		{ "a bad query", { "REQUEST_URI=/v2/Users?%zz" }, 400 },
		{ "a header twice", { "REQUEST_URI=/v2/Users", "HTTP_IF_MATCH=a", "HTTP_IF_MATCH=b" },
		  400 },
		{ "a header that nobody reads twice",
		  { "REQUEST_URI=/v2/Users", "HTTP_X_A=a", "HTTP_X_A=b" }, 0 },
		{ "length 0", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=0" }, 0 },
		{ "length -0", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=-0" }, 400 },
		{ "length -1", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=-1" }, 400 },
		{ "length +1", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=+1" }, 400 },
		{ "length 0x10", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=0x10" }, 400 },
		{ "length 12a", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=12a" }, 400 },
		{ "length 2^64", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=18446744073709551616" },
		  0 },
		{ "an empty length", { "REQUEST_URI=/v2/Users", "CONTENT_LENGTH=" }, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct played played = { 0 };
		bool read = read_request(&played, cases[i].parameters);

		is_number(read ? 0 : error.status, cases[i].status, "%s", cases[i].name);
		ok(request.transport == &played.transport, "%s can be answered", cases[i].name);
	}
}

static void
test_redirects(void)
{
	static const char *const redirected[] = { "REQUEST_METHOD=get", "REQUEST_URI=/a/b/Users",
		"HTTP_AUTHORIZATION=", "REDIRECT_HTTP_AUTHORIZATION=Bearer r",
		"REDIRECT_SCIMLET_BASE=/a", "SCIMLET_BASEMENT=/x", "REQUEST_SCHEME=https", NULL };
	static const char *const both[] = { "REQUEST_URI=/a/b/Users", "REDIRECT_SCIMLET_BASE=/a",
		"SCIMLET_BASE=/a/b", NULL };
	static const char *const none[] = { "REQUEST_URI=/a/b/Users", "SCIMLET_BASE=", NULL };
	struct played played = { 0 };

	ok(read_request(&played, redirected), "after a rewrite");
	is_text(request.authorization, TEXT("Bearer r"), "the redirected Authorization");
	is_text(request.mount, TEXT("/a"), "the redirected setting");
	is_number(request.method, HTTP_METHOD_OTHER, "methods are case-sensitive");
	ok(request.https, "https by scheme");
	is_number(request.content_length, -1, "no length");
	ok(read_request(&played, both), "both names");
	is_text(request.mount, TEXT("/a/b"), "the plain name comes first");
	setenv("SCIMLET_BASE", "/a", 1);
	ok(read_request(&played, none), "an empty parameter");
	is_text(request.mount, TEXT("/a"), "the environment comes last");
	unsetenv("SCIMLET_BASE");
}

static void
test_bodies(void)
{
	static const struct {
		const char *name, *length, *encoding, *pieces[4];
		enum http_read end;
		const char *body;            /* NULL: refused */
		int status;
	} cases[] = {
		{ "none", "", "", { NULL }, HTTP_READ_END, "", 0 },
		{ "with its length", "5", "", { "he", "llo" }, HTTP_READ_END, "hello", 0 },
		{ "without a length", "", "", { "he", "l", "lo" }, HTTP_READ_END, "hello", 0 },
		{ "of the limit", "8", "", { "12345678" }, HTTP_READ_END, "12345678", 0 },
		{ "above the limit by its length", "9", "", { NULL }, HTTP_READ_CUT, NULL, 413 },
		{ "above all numbers", "18446744073709551617", "", { NULL }, HTTP_READ_CUT, NULL, 413 },
		{ "above the limit", "", "", { "1234", "56789" }, HTTP_READ_END, NULL, 413 },
		{ "above the limit, lying", "3", "", { "123", "456789" }, HTTP_READ_END, NULL, 413 },
		{ "longer than said", "3", "", { "1234" }, HTTP_READ_END, NULL, 400 },
		{ "shorter than said", "5", "", { "1234" }, HTTP_READ_END, NULL, 400 },
		{ "cut", "", "", { "1234" }, HTTP_READ_CUT, NULL, 400 },
		{ "slow", "", "", { "1234" }, HTTP_READ_SLOW, NULL, 408 },
		{ "not encoded", "2", " Identity ", { "ok" }, HTTP_READ_END, "ok", 0 },
		{ "compressed", "2", "gzip", { "ok" }, HTTP_READ_END, NULL, 415 },
		{ "compressed at last", "2", "identity, gzip", { "ok" }, HTTP_READ_END, NULL, 415 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char length[64], encoding[64];
		const char *parameters[] = { "REQUEST_URI=/", length, encoding, NULL };
		struct played played = { .pieces = cases[i].pieces, .end = cases[i].end };
		struct text body;
		bool read;

		snprintf(length, sizeof(length), "CONTENT_LENGTH=%s", cases[i].length);
		snprintf(encoding, sizeof(encoding), "HTTP_CONTENT_ENCODING=%s", cases[i].encoding);
		ok(read_request(&played, parameters), "a body %s: request", cases[i].name);
		read = http_request_body(&request, 8, &body, &error);
		is_number(read ? 0 : error.status, cases[i].status, "a body %s", cases[i].name);
		if (read && cases[i].body != NULL)
			is_text(body, text_of(cases[i].body), "a body %s: bytes", cases[i].name);
	}
}

static void
test_large_bodies(void)
{
	static const char *const parameters[] = { "REQUEST_URI=/", NULL };
	static char kilobyte[1025];
	const char *pieces[101] = { NULL };
	struct played played = { .pieces = pieces, .end = HTTP_READ_END };
	struct text body;

	memset(kilobyte, 'x', 1024);
	for (size_t i = 0; i < 100; i++)
		pieces[i] = kilobyte;
	ok(read_request(&played, parameters) &&
	    http_request_body(&request, 100 * 1024, &body, &error), "100 KiB without a length");
	is_number(body.length, 100 * 1024, "are all there");
	ok(body.start[0] == 'x' && body.start[body.length - 1] == 'x', "to both ends");
	played.pieces = pieces;
	ok(read_request(&played, parameters) &&
	    !http_request_body(&request, 100 * 1024 - 1, &body, &error), "a byte too many");
	is_text(error.sentence, TEXT("The body is larger than 102399 bytes."), "which is said");
	request.body_microseconds = -1;
	ok(!http_request_body(&request, 10, &body, &error), "no time left");
	is_number(error.status, 408, "is 408");
}

static void
test_drain(void)
{
	static const char *const pieces[] = { "1234", "5678", NULL };
	struct played played = {
		.pieces = pieces,
		.end = HTTP_READ_END,
		.transport.kind = &kind,
	};

	ok(!http_transport_drain(&played.transport, 4, 1000000), "drained up to a limit");
	ok(http_transport_drain(&played.transport, 5, 1000000), "drained to the end");
	played.end = HTTP_READ_CUT;
	ok(!http_transport_drain(&played.transport, 5, 1000000), "a cut is no end");
}

static void
test_responses(void)
{
	static const char *const get[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/", NULL };
	static const char *const head[] = { "REQUEST_METHOD=HEAD", "REQUEST_URI=/", NULL };
#define COMMON "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	static const struct {
		const char *name;
		const char *const *parameters;
		int status;
		const char *output;
	} cases[] = {
		{ "200", get, 200, "Status: 200 OK\r\n" COMMON
		  "Content-Type: application/scim+json\r\nLocation: /x\r\nX-Request-Id: r1\r\n"
		  "Content-Length: 2\r\n\r\n{}" },
		{ "HEAD", head, 200, "Status: 200 OK\r\n" COMMON
		  "Content-Type: application/scim+json\r\nLocation: /x\r\nX-Request-Id: r1\r\n"
		  "Content-Length: 2\r\n\r\n" },
		{ "204", get, 204, "Status: 204 No Content\r\n" COMMON
		  "Location: /x\r\nX-Request-Id: r1\r\n\r\n" },
		{ "304", get, 304, "Status: 304 Not Modified\r\n" COMMON
		  "Location: /x\r\nX-Request-Id: r1\r\n\r\n" },
		{ "a status without a phrase", get, 299, "Status: 299 \r\n" COMMON
		  "Content-Type: application/scim+json\r\nLocation: /x\r\nX-Request-Id: r1\r\n"
		  "Content-Length: 2\r\n\r\n{}" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct played played = { 0 };
		struct http_response response = {
			.status = cases[i].status,
			.headers = { [HTTP_LOCATION] = TEXT("/x"), [HTTP_REQUEST_ID] = TEXT("r1") },
			.body = TEXT("{}"),
		};

		ok(read_request(&played, cases[i].parameters), "%s: request", cases[i].name);
		http_response_send(&request, &response);
		is_text(buffer_text(&played.output), text_of(cases[i].output), "%s", cases[i].name);
		release(&played);
	}
}

static void
test_header_values(void)
{
	static const char *const get[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/", NULL };
	struct played played = { 0 };
	struct http_response response = {
		.status = 401,
		.headers = {
			[HTTP_CONTENT_TYPE] = TEXT("text/html"),
			[HTTP_WWW_AUTHENTICATE] = TEXT("Bearer\r\nX-Evil: 1\n\n<b>\x7f"),
		},
		.body = TEXT(""),
	};

	ok(read_request(&played, get), "request");
	http_response_send(&request, &response);
	is_text(buffer_text(&played.output), TEXT("Status: 401 Unauthorized\r\n" COMMON
	    "Content-Type: text/html\r\nWWW-Authenticate: BearerX-Evil: 1<b>\r\n"
	    "Content-Length: 0\r\n\r\n"), "a header cannot end before its time");
	release(&played);
}

static void
test_streams(void)
{
	static const char *const get[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/", NULL };
	struct played played = { 0 };
	struct http_response response = { .status = 200 };

	ok(read_request(&played, get), "request");
	http_response_begin(&request, &response);
	http_response_write(&request, TEXT("one "));
	http_response_write(&request, TEXT("two"));
	http_response_end(&request, true);
	is_text(buffer_text(&played.output), TEXT("Status: 200 OK\r\n" COMMON
	    "Content-Type: application/scim+json\r\n\r\none two"), "a streamed answer");
	ok(!played.abandoned && !played.transport.broken, "which is whole");
	http_response_end(&request, false);
	ok(played.abandoned && played.transport.broken, "one that is not is broken off");
	played.transport.broken = false;
	played.refuses = true;
	played.output.length = 0;
	http_response_write(&request, TEXT("a"));
	http_response_write(&request, TEXT("b"));
	ok(played.transport.broken, "a peer that has gone is noticed");
	is_text(buffer_text(&played.output), TEXT("a"), "and not written to again");
	release(&played);
}

int
main(void)
{
	arena = arena_create();
	test_fields();
	test_odd_parameters();
	test_redirects();
	test_bodies();
	test_large_bodies();
	test_drain();
	test_responses();
	test_header_values();
	test_streams();
	arena_destroy(arena);
	return tap_done();
}
