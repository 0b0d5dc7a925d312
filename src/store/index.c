/*
 * index.c - registered first, filled in small steps, used last.
 */
#include <unistd.h>

#include "base/clock.h"
#include "store/index.h"

/* Each transaction has as long as a command; all of them take the time they need. */
#define STEP_MICROSECONDS 15000000
/* Longer than any request that still knows the index. */
#define REQUEST_SECONDS 10
/* How often a step is tried when people are being written all the time. */
#define STEP_ATTEMPTS 50

struct order {
	enum statement statement;
	const struct text *parameters;
	const char *before;             /* a command, or NULL */
	struct pg_rows *rows;
};

static bool
run_order(struct session *session, void *context)
{
	struct order *order = context;

	if (order->before != NULL)
		pg_queue_command(session->pg, order->before);
	/* Nobody else writes these rows (sql/function/protect.sql). */
	if (order->statement == STATEMENT_INDEX_FILL || order->statement == STATEMENT_INDEX_EMPTY)
		pg_queue_command(session->pg, "SET LOCAL scim.maintenance = 'on'");
	return session_run_and_commit(session, order->statement, order->parameters, &order->rows);
}

static bool
run(struct session *session, const char *before, enum statement statement,
    const struct text *parameters, struct pg_rows **rows)
{
	struct order order = { .statement = statement, .parameters = parameters, .before = before };
	bool fine;

	pg_set_deadline(session->pg, clock_microseconds() + STEP_MICROSECONDS);
	fine = session_transact(session, run_order, &order);
	*rows = order.rows;
	return fine;
}

bool
store_index_list(struct session *session, struct pg_rows **rows)
{
	session->read_only = true;
	return run(session, NULL, STATEMENT_INDEX_LIST, NULL, rows);
}

bool
store_index_of_org(struct session *session, bool *known, struct text *indexed)
{
	struct pg_rows *rows;

	session->read_only = true;
	if (!run(session, NULL, STATEMENT_INDEX_OF_ORG, PG_PARAMETERS(session->org), &rows))
		return false;
	*known = pg_boolean(rows, 0, 0);
	*indexed = pg_text(rows, 0, 1);
	return true;
}

/* Gives way before PostgreSQL looks for a deadlock, so that it is never a writer who fails. */
static bool
fill_step(struct session *session, const struct text *parameters, struct pg_rows **rows)
{
	for (int attempt = 1; attempt <= STEP_ATTEMPTS; attempt++) {
		if (run(session, "SET LOCAL lock_timeout = '200ms'", STATEMENT_INDEX_FILL, parameters,
		    rows))
			return true;
		if (session->outcome != PG_CONFLICT)
			return false;
	}
	return false;
}

static bool
fill(struct session *session, struct text org, struct text attribute, struct text path)
{
	struct text last_org = TEXT(""), last_id = TEXT("00000000-0000-0000-0000-000000000000");

	for (;;) {
		struct pg_rows *rows;

		if (!fill_step(session, PG_PARAMETERS(org, attribute, path, last_org, last_id), &rows))
			return false;
		if (pg_count(rows) == 0)
			return run(session, NULL, STATEMENT_INDEX_READY,
			    PG_PARAMETERS(org, attribute), &rows);
		last_org = pg_text(rows, 0, 0);
		last_id = pg_text(rows, 0, 1);
	}
}

bool
store_index_add(struct session *session, struct text org, struct text attribute,
    struct text path, enum index_result *result)
{
	struct pg_rows *rows;

	session->read_only = false;
	/* Waits for those who write people now, who cannot know of the index yet. */
	if (!run(session, "LOCK TABLE scim.users IN SHARE MODE", STATEMENT_INDEX_BEGIN,
	    PG_PARAMETERS(org, attribute, path), &rows))
		return false;
	*result = pg_count(rows) == 0 ? INDEX_NO_ORGANIZATION :
	    pg_boolean(rows, 0, 0) ? INDEX_ALREADY : INDEX_DONE;
	return *result != INDEX_DONE || fill(session, org, attribute, path);
}

bool
store_index_drop(struct session *session, struct text org, struct text attribute,
    enum index_result *result)
{
	struct pg_rows *rows;

	session->read_only = false;
	if (!run(session, NULL, STATEMENT_INDEX_DROP, PG_PARAMETERS(org, attribute), &rows))
		return false;
	*result = pg_count(rows) == 1 ? INDEX_DONE : INDEX_ALREADY;
	if (*result == INDEX_DONE && pg_boolean(rows, 0, 0))
		sleep(REQUEST_SECONDS);
	do {
		if (!run(session, NULL, STATEMENT_INDEX_EMPTY, PG_PARAMETERS(org, attribute), &rows))
			return false;
	} while (pg_affected(rows) > 0);
	return true;
}

/* Where there are three roles and this login may act as the responder. */
static const char as_responder[] =
    "DO $$ BEGIN"
    " IF pg_catalog.pg_has_role(pg_catalog.to_regrole('scim_service'), 'MEMBER') THEN"
    " EXECUTE 'SET LOCAL ROLE scim_service';"
    " END IF; END $$";

struct explanation {
	const struct plan *plan;
	bool analyze;
	struct pg_rows *rows;
};

static bool
run_explanation(struct session *session, void *context)
{
	struct explanation *explanation = context;
	const struct plan *plan = explanation->plan;

	pg_queue_command(session->pg, as_responder);
	explanation->rows = pg_queue_text(session->pg, ARENA_JOIN(session->arena,
	    explanation->analyze ? TEXT("EXPLAIN (ANALYZE, BUFFERS) ") : TEXT("EXPLAIN "),
	    plan->sql), plan->parameters, plan->count);
	return session_commit(session);
}

bool
store_explain(struct session *session, const struct plan *plan, bool analyze,
    struct pg_rows **rows)
{
	struct explanation explanation = { plan, analyze, NULL };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, run_explanation, &explanation);
	*rows = explanation.rows;
	return fine;
}
