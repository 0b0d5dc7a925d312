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
#include "store/note.h"

/* So many notes an hour: of calls without a good token, and of people looked for in vain. */
#define REFUSED_AN_HOUR 600
#define LOOKUPS_AN_HOUR 100000
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
	struct note_budget lookups, refused;
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

/* The answer is out and does not depend on these; what goes wrong stands in the log. */
static void
log_not_noted(struct server *server, struct exchange *exchange, const char *event)
{
	buffer_clear(&server->log);
	buffer_format(&server->log, "event=%s id=%s sqlstate=%s", event, exchange->request_id,
	    pg_sqlstate(server->pg));
	http_transport_log(exchange->request.transport, buffer_text(&server->log));
	exchange->session.outcome = PG_FINE;
}

static void
note_use(struct server *server, struct exchange *exchange)
{
	if (exchange->caller.use_is_stale &&
	    !store_note_use(&exchange->session, &exchange->caller, exchange->request.remote_addr,
	    exchange->request.user_agent))
		log_not_noted(server, exchange, "token_use_not_noted");
}

static void
note_walk(struct server *server, struct exchange *exchange)
{
	if (exchange->next_start_index > 0 &&
	    !store_list_anchor(&exchange->session, exchange->caller.token_id,
	    exchange->operation->type, exchange->next_start_index, &exchange->page))
		log_not_noted(server, exchange, "walk_not_noted");
}

/* FNV-1a: two that collide are noted once a minute together. */
static uint32_t
hash(uint32_t hash, struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.start[i]) * 16777619U;
	return (hash ^ 0xff) * 16777619U;
}

/* A flood of calls must not become one of writes. */
static bool
may_note(struct note_budget *budget, uint32_t what, int an_hour)
{
	int64_t minute = clock_microseconds() / 60000000;

	if (minute / 60 != budget->hour)
		*budget = (struct note_budget){ .minute = minute, .hour = minute / 60 };
	if (minute != budget->minute) {
		budget->minute = minute;
		budget->count = 0;
	}
	for (int i = 0; i < budget->count; i++)
		if (budget->recent[i] == what)
			return false;
	if (budget->spent >= an_hour)
		return false;
	budget->spent++;
	if (budget->count < NOTES_REMEMBERED)
		budget->recent[budget->count++] = what;
	return true;
}

/* RFC 6750 3.1: whose token it was meant to be, only the address can tell. */
static void
note_refused(struct server *server, struct exchange *exchange)
{
	struct text reason = scim_reason_code(exchange->error.reason);
	struct text address = exchange->request.remote_addr;
	struct session session = exchange->session;
	struct scim_error error = { 0 };

	if (exchange->response.status != 401 || !text_is_set(exchange->org_in_path) ||
	    !may_note(&server->refused, hash(hash(hash(2166136261U, exchange->org_in_path), address),
	    reason), REFUSED_AN_HOUR))
		return;
	session.org = arena_copy(exchange->arena, exchange->org_in_path);
	session.error = &error;
	if (!store_note_refused(&session, address, reason, exchange->request.user_agent))
		log_not_noted(server, exchange, "refused_caller_not_noted");
}

static void
note_lookup(struct server *server, struct exchange *exchange)
{
	if (text_is_set(exchange->looked_for) &&
	    may_note(&server->lookups, hash(hash(2166136261U, exchange->session.org),
	    exchange->looked_for), LOOKUPS_AN_HOUR) &&
	    !store_note_lookup(&exchange->session, exchange->looked_for, exchange->looked_by,
	    exchange->request.user_agent))
		log_not_noted(server, exchange, "lookup_not_noted");
}

/* Always true.  What is written from now on is written in the name of this request. */
static bool
tell_session(struct exchange *exchange)
{
	exchange->log = (struct session_request){
		.id = text_of(exchange->request_id),
		.token = exchange->caller.token_id,
		.address = exchange->request.remote_addr,
		.agent = exchange->request.user_agent,
		.method = exchange->request.method_name,
		.route = operation_route(exchange),
		.started = exchange->started,
	};
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
	if (exchange.refusal_not_noted)
		log_not_noted(server, &exchange, "refusal_not_noted");
	note_use(server, &exchange);
	note_walk(server, &exchange);
	note_lookup(server, &exchange);
	note_refused(server, &exchange);
	end(server);
}
