/*
 * check.c - one statement, one transaction.
 */
#include "store/check.h"

/* It reads everything, some of it several times. */
#define CHECK_MICROSECONDS ((int64_t)6 * 3600 * 1000000)

bool
store_check(struct session *session, struct pg_rows **rows)
{
	return session_long_statement(session, CHECK_MICROSECONDS, true, STATEMENT_CHECK,
	    PG_PARAMETERS(session->org), rows);
}
