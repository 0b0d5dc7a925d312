/*
 * note.c - one statement, one transaction each.
 */
#include "store/note.h"

/* A log that was never pruned takes its time. */
#define PRUNE_MICROSECONDS 600000000

bool
store_note_refused(struct session *session, struct text address, struct text reason,
    struct text agent)
{
	struct pg_rows *rows;

	return session_statement(session, false, STATEMENT_REFUSED_CALLER,
	    PG_PARAMETERS(session->org, address, reason, agent), &rows);
}

bool
store_note_lookup(struct session *session, struct text value, struct text attribute,
    struct text agent)
{
	struct pg_rows *rows;

	return session_statement(session, false, STATEMENT_LOOKUP,
	    PG_PARAMETERS(session->org, value, attribute, agent), &rows);
}

bool
store_history(struct session *session, struct text person, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_HISTORY,
	    PG_PARAMETERS(session->org, person), rows);
}

bool
store_prune(struct session *session, const struct pruning *pruning, struct pg_rows **rows)
{
	return session_long_statement(session, PRUNE_MICROSECONDS, pruning->dry_run, STATEMENT_PRUNE,
	    PG_PARAMETERS(pruning->age, pruning->before, pruning->dry_run ? TEXT("t") : TEXT("f")), rows);
}
