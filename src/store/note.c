/*
 * note.c - one statement, one transaction each.
 */
#include "base/clock.h"
#include "store/note.h"

/* A log that was never pruned takes its time. */
#define PRUNE_MICROSECONDS 600000000

struct task {
	enum statement statement;
	const struct text *parameters;
	struct pg_rows *rows;
};

static bool
work(struct session *session, void *context)
{
	struct task *task = context;

	return session_run_and_commit(session, task->statement, task->parameters, &task->rows);
}

static bool
run(struct session *session, struct task *task)
{
	session->read_only = session->snapshot = session->nested = false;
	return session_transact(session, work, task);
}

bool
store_note_refused(struct session *session, struct text address, struct text reason,
    struct text agent)
{
	struct task task = { STATEMENT_REFUSED_CALLER,
		PG_PARAMETERS(session->org, address, reason, agent), NULL };

	return run(session, &task);
}

bool
store_note_lookup(struct session *session, struct text value, struct text attribute,
    struct text agent)
{
	struct task task = { STATEMENT_LOOKUP,
		PG_PARAMETERS(session->org, value, attribute, agent), NULL };

	return run(session, &task);
}

bool
store_history(struct session *session, struct text person, struct pg_rows **rows)
{
	struct task task = { STATEMENT_HISTORY, PG_PARAMETERS(session->org, person), NULL };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, work, &task);
	*rows = task.rows;
	return fine;
}

bool
store_prune(struct session *session, struct pg_rows **rows)
{
	struct task task = { STATEMENT_PRUNE, NULL, NULL };
	bool fine;

	pg_set_deadline(session->pg, clock_microseconds() + PRUNE_MICROSECONDS);
	fine = run(session, &task);
	*rows = task.rows;
	return fine;
}
