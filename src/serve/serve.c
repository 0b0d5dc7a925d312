/*
 * serve.c - the story of a request.
 */
#include <stdio.h>
#include <stdlib.h>

#include <malloc.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fatal.h"
#include "serve/exchange.h"
#include "serve/note.h"
#include "serve/serve.h"

/* After a request that needed more, memory is given back to the system. */
#define TRIM_BYTES ((size_t)1024 * 1024)

/* The guard counts removals of so long. */
#define GUARD_SECONDS 3600

struct server {
	struct arena *arena;
	struct buffer body, log;
	struct pg *pg;
	char *database;             /* the conninfo that pg was made with */
	unsigned char salt[8];
	unsigned long requests;
	struct note_budgets budgets;
};

struct server *
serve_open(void)
{
	struct server *server = calloc(1, sizeof(*server));
	unsigned int seed;

	if (server == NULL)
		fatal("out of memory");
	server->arena = arena_create();
	digest_random(server->salt, sizeof(server->salt));
	/* Workers that met in a deadlock must not wait the same time (store/session.c). */
	digest_random(&seed, sizeof(seed));
	srandom(seed);
	return server;
}

void
serve_close(struct server *server)
{
	pg_destroy(server->pg);
	free(server->database);
	buffer_release(&server->body);
	buffer_release(&server->log);
	arena_destroy(server->arena);
	free(server);
}

/* The setting can come with the request (SetEnv in .htaccess); mostly it is always the same. */
static struct pg *
database_of(struct server *server, struct http_transport *transport)
{
	struct text conninfo = http_transport_setting(transport, TEXT("SCIMLET_DATABASE"));

	if (server->pg != NULL && text_equal(text_of(server->database),
	    text_is_set(conninfo) ? conninfo : TEXT("")))
		return server->pg;
	pg_destroy(server->pg);
	free(server->database);
	server->database = text_is_set(conninfo) ? strndup(conninfo.start, conninfo.length) : strdup("");
	if (server->database == NULL)
		fatal("out of memory");
	server->pg = pg_create(text_of(server->database));
	return server->pg;
}

static void
name_request(struct server *server, struct exchange *exchange)
{
	unsigned long number = server->requests++;

	for (size_t i = 0; i < sizeof(server->salt); i++) {
		static const char hex[] = "0123456789abcdef";

		exchange->request_id[2 * i] = hex[server->salt[i] >> 4];
		exchange->request_id[2 * i + 1] = hex[server->salt[i] & 15];
	}
	for (int i = 31; i >= 16; i--, number >>= 4)
		exchange->request_id[i] = "0123456789abcdef"[number & 15];
	exchange->response.headers[HTTP_REQUEST_ID] = text_of(exchange->request_id);
}

/* Has the address a path behind scheme and authority? */
static bool
has_path(struct text url)
{
	size_t scheme = text_find(url, TEXT("://"));
	struct text rest = scheme < url.length ? text_after(url, scheme + 3) : url;

	return text_find_byte(rest, '/') < rest.length;
}

/* The port, unless it is the scheme's own. */
static struct text
port_part(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;

	if (!text_is_set(request->server_port) ||
	    text_equal(request->server_port, request->https ? TEXT("443") : TEXT("80")))
		return TEXT("");
	return ARENA_JOIN(exchange->arena, TEXT(":"), request->server_port);
}

/* The address that the server itself is bound to. */
static struct text
bound_url(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	struct text address = text_is_set(request->server_addr) ? request->server_addr : TEXT("localhost");
	bool ipv6 = text_find_byte(address, ':') < address.length;

	return ARENA_JOIN(exchange->arena, request->https ? TEXT("https://") : TEXT("http://"),
	    ipv6 ? TEXT("[") : TEXT(""), address, ipv6 ? TEXT("]") : TEXT(""), port_part(exchange));
}

/*
 * Addresses never come from the Host header, which the client chooses: from
 * the setting, or from the address that the server itself is bound to.
 */
static struct text
public_url(struct exchange *exchange)
{
	struct text url = http_transport_setting(exchange->request.transport,
	    TEXT("SCIMLET_PUBLIC_URL"));

	while (url.length > 0 && url.start[url.length - 1] == '/')
		url.length--;
	if (url.length == 0)
		url = bound_url(exchange);
	if (has_path(url))
		return url;
	return ARENA_JOIN(exchange->arena, url, exchange->request.mount);
}

/* Always true: it stands in the story where the address is known and not yet used. */
static bool
find_base(struct exchange *exchange)
{
	exchange->base = public_url(exchange);
	if (text_is_set(exchange->org_in_path))
		exchange->base = ARENA_JOIN(exchange->arena, exchange->base, TEXT("/"),
		    exchange->org_in_path);
	return true;
}

static bool
read_request(struct exchange *exchange, struct http_transport *transport)
{
	struct http_error error;

	return http_request_read(transport, exchange->arena, &exchange->request, &error) ||
	    body_http_error(exchange, &error);
}

/* {2} of guard.stopped: when one more may be removed, within its hour (sql/function/guard.sql). */
static struct text
seconds_of_guard(const struct scim_error *error, struct arena *arena)
{
	long seconds;

	if (!text_is_set(error->arguments[2]) || !text_to_long(error->arguments[2], &seconds) ||
	    seconds > GUARD_SECONDS)
		seconds = GUARD_SECONDS;
	return arena_format(arena, "%ld", seconds > 0 ? seconds : 1);
}

/* RFC 7644 3.12: every error is a SCIM message, whatever its cause. */
static void
answer_error(struct exchange *exchange)
{
	struct text *headers = exchange->response.headers;
	int status = scim_reason_status(exchange->error.reason);

	exchange->response.status = status;
	headers[HTTP_ETAG] = headers[HTTP_CONTENT_LOCATION] = headers[HTTP_LOCATION] = TEXT_NONE;
	headers[HTTP_CONTENT_TYPE] = TEXT_NONE;
	if (status == 401)
		headers[HTTP_WWW_AUTHENTICATE] = TEXT("Bearer realm=\"SCIM\"");
	if (status == 503)
		headers[HTTP_RETRY_AFTER] = TEXT("5");
	if (exchange->error.reason == REASON_GUARD_STOPPED)
		headers[HTTP_RETRY_AFTER] = seconds_of_guard(&exchange->error, exchange->arena);
	buffer_clear(exchange->body);
	scim_error_write(&exchange->error, exchange->body);
}

static void
respond(struct exchange *exchange, bool fine)
{
	/* What has been sent of a large answer cannot be taken back, only be broken off. */
	if (exchange->streaming) {
		http_response_write(&exchange->request, buffer_text(exchange->body));
		http_response_end(&exchange->request, fine);
		return;
	}
	if (!fine)
		answer_error(exchange);
	exchange->response.body = buffer_text(exchange->body);
	http_response_send(&exchange->request, &exchange->response);
}

/* Texts of others go into the log without quotes and control characters. */
static void
log_text(struct buffer *log, const char *text)
{
	for (; *text != '\0'; text++)
		buffer_append_byte(log, *text < ' ' || *text == '"' || *text == 0x7f ? '?' : *text);
}

static struct text
org_of(const struct exchange *exchange)
{
	if (text_is_set(exchange->session.org))
		return exchange->session.org;
	return text_is_set(exchange->org_in_path) ? exchange->org_in_path : TEXT("-");
}

struct session_request
exchange_request(const struct exchange *exchange)
{
	return (struct session_request){
		.id = text_of(exchange->request_id),
		.token = exchange->caller.token_id,
		.address = exchange->request.remote_addr,
		.agent = exchange->request.user_agent,
		.method = exchange->request.method_name,
		.route = operation_route(exchange),
		.started = exchange->started,
	};
}

static void
log_part(struct buffer *log, const char *name, struct text value)
{
	buffer_append(log, text_of(name));
	buffer_append(log, value);
}

static void
log_number(struct buffer *log, const char *name, long number)
{
	buffer_append(log, text_of(name));
	buffer_append_number(log, number);
}

/* Only names of ours and figures: never a token, a body, a filter, an id. */
static void
log_request(struct server *server, struct exchange *exchange)
{
	static const char *const methods[] = {
		[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
		[HTTP_METHOD_OTHER] = "other",
	};
	int64_t spent = clock_microseconds() - exchange->started;
	enum pg_outcome outcome = exchange->session.outcome;

	buffer_clear(&server->log);
	log_part(&server->log, "event=request id=", text_of(exchange->request_id));
	log_part(&server->log, " org=", org_of(exchange));
	log_part(&server->log, " method=", text_of(methods[exchange->request.method]));
	log_part(&server->log, " route=", operation_route(exchange));
	log_number(&server->log, " status=", exchange->response.status);
	log_number(&server->log, " ms=", (long)(spent / 1000));
	buffer_append_byte(&server->log, '.');
	for (long unit = 100; unit > 0; unit /= 10)
		buffer_append_byte(&server->log, (char)('0' + spent / unit % 10));
	log_number(&server->log, " sql=", pg_statements(server->pg));
	if (exchange->error.reason != REASON_NONE)
		log_part(&server->log, " reason=", scim_reason_code(exchange->error.reason));
	if (outcome != PG_FINE) {
		buffer_format(&server->log, " sqlstate=%s constraint=%s database=\"",
		    pg_sqlstate(server->pg), pg_constraint(server->pg));
		log_text(&server->log, pg_message(server->pg));
		buffer_append_byte(&server->log, '"');
	}
	http_transport_log(exchange->request.transport, buffer_text(&server->log));
}

/* Always true.  What is written from now on is written in the name of this request. */
static bool
tell_session(struct exchange *exchange)
{
	exchange->log = exchange_request(exchange);
	exchange->session.request = &exchange->log;
	return true;
}

static void
begin(struct server *server, struct http_transport *transport, struct exchange *exchange)
{
	exchange->started = clock_microseconds();
	exchange->arena = server->arena;
	exchange->body = &server->body;
	buffer_clear(&server->body);
	name_request(server, exchange);
	exchange->session = (struct session){
		.arena = server->arena,
		.pg = database_of(server, transport),
		.error = &exchange->error,
	};
	pg_begin_request(exchange->session.pg, server->arena);
	pg_set_deadline(exchange->session.pg, exchange->started + DATABASE_MICROSECONDS);
}

static void
end(struct server *server)
{
	bool large = server->body.capacity > TRIM_BYTES || arena_size(server->arena) > TRIM_BYTES;

	arena_reset(server->arena);
	buffer_clear(&server->body);
	if (large)
		malloc_trim(0);
}

void
serve_request(struct server *server, struct http_transport *transport)
{
	struct exchange exchange = { 0 };
	bool fine;

	begin(server, transport, &exchange);
	fine = read_request(&exchange, transport) &&
	    operation_find(&exchange) &&
	    find_base(&exchange) &&
	    authenticate(&exchange) &&
	    tell_session(&exchange) &&
	    exchange.operation->serve(&exchange);
	if (!fine)
		refusal_note(&exchange);
	respond(&exchange, fine);
	log_request(server, &exchange);
	note_all(&exchange, &server->budgets);
	end(server);
}
