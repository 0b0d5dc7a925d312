/*
 * refusal.c - a row of the request log for each request, and each operation of
 * a bulk, that was refused.
 *
 * It is written before the answer is sent, so that who reads the answer finds
 * the row.  Where the database cannot be reached the line of the server's log
 * stands for it.
 */
#include "base/clock.h"
#include "scim/resource.h"
#include "serve/bulk.h"

/* The client waits for it. */
#define LOG_MICROSECONDS 2000000

static struct text
string_of(const struct json_value *value)
{
	return value != NULL && value->kind == JSON_STRING && value->text.length > 0 ? value->text : TEXT_NONE;
}

/* The primary address, else the first. */
static struct text
email_of(const struct json_value *emails)
{
	struct text first = TEXT_NONE;

	if (emails == NULL || emails->kind != JSON_ARRAY)
		return TEXT_NONE;
	for (size_t i = 0; i < emails->count; i++) {
		const struct json_value *primary = scim_member(emails->items[i], TEXT("primary"));
		struct text value = string_of(scim_member(emails->items[i], TEXT("value")));

		if (primary != NULL && primary->kind == JSON_BOOLEAN && primary->boolean)
			return value;
		if (!text_is_set(first))
			first = value;
	}
	return first;
}

struct log_subject
refusal_subject(const struct json_value *body, const struct resource_type *type)
{
	struct log_subject subject = {
		.email = email_of(scim_member(body, TEXT("emails"))),
		.external_id = string_of(scim_member(body, TEXT("externalId"))),
	};

	subject.name = string_of(scim_member(body, type == &scim_group_type ? TEXT("displayName") :
	    TEXT("userName")));
	if (!text_is_set(subject.name))
		subject.name = subject.email;
	if (!text_is_set(subject.name))
		subject.name = subject.external_id;
	return subject;
}

static struct text
action_of(enum http_method method, const struct resource_type *type, enum reason reason)
{
	if (reason == REASON_ACTION_DEACTIVATE_OFF)
		return TEXT("deactivate");
	if (method == HTTP_GET || method == HTTP_HEAD)
		return TEXT("read");
	if (type == NULL)
		return TEXT("call");
	if (reason == REASON_GUARD_STOPPED && method != HTTP_DELETE)
		return TEXT("deactivate");
	return method == HTTP_POST ? TEXT("create") : method == HTTP_DELETE ? TEXT("delete") :
	    method == HTTP_PUT || method == HTTP_PATCH ? TEXT("update") : TEXT("call");
}

static void
fill(struct log_refusal *refusal, enum http_method method, const struct resource_type *type,
    struct text id, const struct scim_error *error)
{
	refusal->action = action_of(method, type, error->reason);
	refusal->resource_type = type == &scim_user_type ? TEXT("User") :
	    type == &scim_group_type ? TEXT("Group") : TEXT_NONE;
	/* A POST in a bulk has the id of what it was to make. */
	refusal->id = method != HTTP_POST && text_is_uuid(id) ? id : TEXT_NONE;
	refusal->error = error;
}

/* Without a database there is no row; after COMMIT_UNKNOWN nobody knows which one is true. */
static bool
can_be_logged(const struct exchange *exchange)
{
	enum pg_outcome outcome = exchange->session.outcome;

	return text_is_set(exchange->caller.token_id) && outcome != PG_DOWN && outcome != PG_LOST &&
	    outcome != PG_SCHEMA && exchange->error.reason != REASON_COMMIT_UNKNOWN;
}

/* With a session of its own: the error and the outcome of the request stay what they are. */
static void
write_rows(struct exchange *exchange, const struct log_refusal *refusals, size_t count)
{
	struct session session = exchange->session;
	struct session_request request = exchange_request(exchange);
	struct scim_error error = { 0 };

	session.request = &request;
	session.error = &error;
	pg_set_deadline(session.pg, clock_microseconds() + LOG_MICROSECONDS);
	if (!store_log_refusals(&session, refusals, count))
		exchange->refusal_not_noted = true;
}

void
refusal_note(struct exchange *exchange)
{
	const struct operation *operation = exchange->operation;
	struct log_refusal refusal = { .subject = exchange->sent };

	if (!can_be_logged(exchange))
		return;
	fill(&refusal, operation->item == ITEM_SEARCH ? HTTP_GET : exchange->request.method,
	    operation->type, exchange->id, &exchange->error);
	write_rows(exchange, &refusal, 1);
}

void
refusal_note_bulk(const struct bulk_run *run)
{
	struct log_refusal *refusals = arena_array(run->exchange->arena, run->bulk.count,
	    sizeof(*refusals));
	size_t count = 0;

	if (!can_be_logged(run->exchange))
		return;
	for (size_t i = 0; i < run->bulk.count; i++) {
		const struct bulk_operation *operation = &run->bulk.operations[i];
		const struct scim_error *error = run->outcomes[i].error;

		if (error == NULL || error->reason == REASON_COMMIT_UNKNOWN)
			continue;
		refusals[count].subject = run->sent[i];
		fill(&refusals[count++], bulk_method(operation->method), operation->type,
		    operation->id, error);
	}
	if (count > 0)
		write_rows(run->exchange, refusals, count);
}
