/*
 * guard.c - the statements of the guard and of undo, a transaction each.
 */
#include "base/clock.h"
#include "store/guard.h"

/* The people of a large organization take their time. */
#define UNDO_MICROSECONDS 600000000

struct task {
	enum statement statement;
	const struct text *parameters;
	const char *before;             /* a command, or NULL */
	struct pg_rows *rows;
};

static bool
work(struct session *session, void *context)
{
	struct task *task = context;

	if (task->before != NULL)
		pg_queue_command(session->pg, task->before);
	return session_run_and_commit(session, task->statement, task->parameters, &task->rows);
}

bool
store_guard_list(struct session *session, struct pg_rows **rows)
{
	struct task task = { .statement = STATEMENT_GUARD_LIST };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, work, &task);
	*rows = task.rows;
	return fine;
}

bool
store_guard_release(struct session *session, struct text interval, struct pg_rows **rows)
{
	struct task task = {
		.statement = STATEMENT_GUARD_RELEASE,
		.parameters = PG_PARAMETERS(session->org, interval),
	};
	bool fine = session_transact(session, work, &task);

	*rows = task.rows;
	return fine;
}

bool
store_undo(struct session *session, const struct undo *undo, struct pg_rows **rows)
{
	struct task task = {
		.statement = STATEMENT_UNDO,
		.parameters = PG_PARAMETERS(session->org, undo->ago, undo->since, undo->token,
		    undo->dry_run ? TEXT("t") : TEXT("f")),
		.before = "SET LOCAL statement_timeout = 0",
	};
	bool fine;

	pg_set_deadline(session->pg, clock_microseconds() + UNDO_MICROSECONDS);
	fine = session_transact(session, work, &task);
	*rows = task.rows;
	return fine;
}
