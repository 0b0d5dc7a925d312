/*
 * guard.c - the statements of the guard and of undo, a transaction each.
 */
#include "store/guard.h"

/* The people of a large organization take their time. */
#define UNDO_MICROSECONDS 600000000

bool
store_guard_list(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_GUARD_LIST, NULL, rows);
}

bool
store_guard_release(struct session *session, struct text span, struct text until,
    struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_GUARD_RELEASE,
	    PG_PARAMETERS(session->org, span, until), rows);
}

bool
store_undo(struct session *session, const struct undo *undo, struct pg_rows **rows)
{
	return session_long_statement(session, UNDO_MICROSECONDS, false, STATEMENT_UNDO,
	    PG_PARAMETERS(session->org, undo->ago, undo->since, undo->token,
	    undo->dry_run ? TEXT("t") : TEXT("f")), rows);
}
