/*
 * http_echo.c - a responder that says what it was asked: everything below
 * serve/ in a program of its own, for tests and as the yardstick of benchmarks.
 *
 * Linked with gateway.c in place of serve/.  The query tells it what to do:
 * size=N answers N bytes instead, status=N, sleep=MILLISECONDS, stream=N writes N
 * pieces, cut breaks off in the middle of them, refuse answers 401 without
 * reading the body (as every GET), limit=N is the largest body, patience=MILLISECONDS
 * what reading it may take, log writes a line, crash dies.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "http/response.h"
#include "serve/serve.h"

#define BODY_LIMIT (1024 * 1024)

struct server {
	struct arena *arena;
	struct buffer body;
};

static long
number(const struct http_request *request, struct text name, long otherwise)
{
	long value;

	return text_to_long(http_request_query(request, name), &value) ? value : otherwise;
}

static bool
asked(const struct http_request *request, const char *name)
{
	return text_is_set(http_request_query(request, text_of(name)));
}

static void
describe(struct buffer *buffer, const struct http_request *request, struct text body)
{
	buffer_format(buffer, "process %ld\nmethod %.*s\nmount %.*s\n", (long)getpid(),
	    TEXT_FORMAT(request->method_name), TEXT_FORMAT(request->mount));
	for (size_t i = 0; i < request->segment_count; i++)
		buffer_format(buffer, "segment %.*s\n", TEXT_FORMAT(request->segments[i]));
	for (size_t i = 0; i < request->query_count; i++)
		buffer_format(buffer, "query %.*s=%.*s\n", TEXT_FORMAT(request->query[i].name),
		    TEXT_FORMAT(request->query[i].value));
	buffer_format(buffer, "authorization %.*s\ntype %.*s\nif-match %.*s\nbody %zu bytes\n",
	    TEXT_FORMAT(request->authorization), TEXT_FORMAT(request->content_type),
	    TEXT_FORMAT(request->if_match), body.length);
}

static void
send_error(struct server *server, struct http_request *request, const struct http_error *error)
{
	struct http_response response = { .status = error->status };

	buffer_format(&server->body, "error %d %.*s\n", (int)error->kind,
	    TEXT_FORMAT(error->sentence));
	response.body = buffer_text(&server->body);
	http_response_send(request, &response);
}

static void
send_stream(struct http_request *request, const struct http_response *response, long pieces)
{
	http_response_begin(request, response);
	for (long i = 0; i < pieces; i++)
		http_response_write(request, arena_format(request->arena, "piece %ld\n", i));
	http_response_end(request, !asked(request, "cut"));
}

static void
obey(struct http_request *request)
{
	if (asked(request, "log"))
		http_transport_log(request->transport, TEXT("a line of the echo"));
	if (asked(request, "crash"))
		raise(SIGKILL);
	request->body_microseconds =
	    number(request, TEXT("patience"), HTTP_BODY_MICROSECONDS / 1000) * 1000;
	usleep((useconds_t)number(request, TEXT("sleep"), 0) * 1000);
}

static void
fill(struct buffer *buffer, size_t size)
{
	memset(buffer_reserve(buffer, size), '.', size);
	buffer->length = size;
}

static void
answer(struct server *server, struct http_request *request)
{
	struct http_response response = {
		.status = (int)number(request, TEXT("status"), 200),
		.headers = { [HTTP_CONTENT_TYPE] = TEXT("text/plain") },
	};
	long size = number(request, TEXT("size"), 0), pieces = number(request, TEXT("stream"), -1);
	struct http_error error;
	struct text body = TEXT("");

	obey(request);
	if (asked(request, "refuse")) {
		response.status = 401;
	} else if (request->method != HTTP_GET && !http_request_body(request,
		(size_t)number(request, TEXT("limit"), BODY_LIMIT), &body, &error)) {
		send_error(server, request, &error);
		return;
	}
	if (pieces >= 0) {
		send_stream(request, &response, pieces);
		return;
	}
	if (size > 0)
		fill(&server->body, (size_t)size);
	else
		describe(&server->body, request, body);
	response.headers[HTTP_ETAG] = TEXT("W/\"1\"");
	response.body = buffer_text(&server->body);
	http_response_send(request, &response);
}

struct server *
serve_open(void)
{
	static struct server echo;

	echo.arena = arena_create();
	return &echo;
}

void
serve_request(struct server *server, struct http_transport *transport)
{
	struct http_request request;
	struct http_error error;

	arena_reset(server->arena);
	buffer_clear(&server->body);
	if (http_request_read(transport, server->arena, &request, &error))
		answer(server, &request);
	else
		send_error(server, &request, &error);
}

void
serve_close(struct server *server)
{
	buffer_release(&server->body);
	arena_destroy(server->arena);
}
