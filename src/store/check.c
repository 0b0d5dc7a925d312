/*
 * check.c - one statement, one transaction.
 */
#include "base/clock.h"
#include "store/check.h"

/* It reads everything, some of it several times. */
#define CHECK_MICROSECONDS ((int64_t)6 * 3600 * 1000000)

static bool
look(struct session *session, void *context)
{
	struct pg_rows **rows = context;

	pg_queue_command(session->pg, "SET LOCAL statement_timeout = 0");
	return session_run_and_commit(session, STATEMENT_CHECK, PG_PARAMETERS(session->org), rows);
}

bool
store_check(struct session *session, struct pg_rows **rows)
{
	pg_set_deadline(session->pg, clock_microseconds() + CHECK_MICROSECONDS);
	session->read_only = true;
	return session_transact(session, look, rows);
}
