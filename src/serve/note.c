/*
 * note.c - what is noted after the answer was sent.
 */
#include "base/clock.h"
#include "serve/note.h"
#include "store/note.h"

/* So many notes an hour: of calls without a good token, and of people looked for in vain. */
#define REFUSED_AN_HOUR 600
#define LOOKUPS_AN_HOUR 100000
/* The next client waits for this worker. */
#define NOTE_MICROSECONDS 2000000

static void
log_not_noted(struct exchange *exchange, const char *event)
{
	struct text line = arena_format(exchange->arena, "event=%s id=%s sqlstate=%s", event,
	    exchange->request_id, pg_sqlstate(exchange->session.pg));

	http_transport_log(exchange->request.transport, line);
	exchange->session.outcome = PG_FINE;
}

static void
note_use(struct exchange *exchange)
{
	if (exchange->caller.use_is_stale &&
	    !store_note_use(&exchange->session, &exchange->caller, exchange->request.remote_addr,
	    exchange->request.user_agent))
		log_not_noted(exchange, "token_use_not_noted");
}

static void
note_walk(struct exchange *exchange)
{
	if (exchange->next_start_index > 0 &&
	    !store_list_anchor(&exchange->session, exchange->caller.token_id,
	    exchange->operation->type, exchange->next_start_index, &exchange->page))
		log_not_noted(exchange, "walk_not_noted");
}

/* FNV-1a: two that collide are noted once a minute together. */
static uint32_t
hash(uint32_t hash, struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.start[i]) * 16777619U;
	return (hash ^ 0xff) * 16777619U;
}

static uint32_t
hash_two(struct text first, struct text second)
{
	return hash(hash(2166136261U, first), second);
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

/* Whose token it was meant to be, only the address can tell. */
static void
note_refused(struct exchange *exchange, struct note_budget *budget)
{
	struct text reason = scim_reason_code(exchange->error.reason);
	struct text address = exchange->request.remote_addr;
	struct session session = exchange->session;
	struct scim_error error = { 0 };

	if (exchange->response.status != 401 || !text_is_set(exchange->org_in_path) ||
	    !may_note(budget, hash(hash_two(exchange->org_in_path, address), reason), REFUSED_AN_HOUR))
		return;
	session.org = arena_copy(exchange->arena, exchange->org_in_path);
	session.error = &error;
	if (!store_note_refused(&session, address, reason, exchange->request.user_agent))
		log_not_noted(exchange, "refused_caller_not_noted");
}

static void
note_lookup(struct exchange *exchange, struct note_budget *budget)
{
	if (text_is_set(exchange->looked_for) &&
	    may_note(budget, hash_two(exchange->session.org, exchange->looked_for),
	    LOOKUPS_AN_HOUR) &&
	    !store_note_lookup(&exchange->session, exchange->looked_for, exchange->looked_by,
	    exchange->request.user_agent))
		log_not_noted(exchange, "lookup_not_noted");
}

void
note_all(struct exchange *exchange, struct note_budgets *budgets)
{
	if (exchange->refusal_not_noted)
		log_not_noted(exchange, "refusal_not_noted");
	pg_set_deadline(exchange->session.pg, clock_microseconds() + NOTE_MICROSECONDS);
	note_use(exchange);
	note_walk(exchange);
	note_lookup(exchange, &budgets->lookups);
	note_refused(exchange, &budgets->refused);
}
