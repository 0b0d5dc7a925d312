/*
 * erase.c - one transaction that erases; and VACUUM FULL, which is in none.
 */
#include "base/clock.h"
#include "store/erase.h"

/* It reads the log and the audit of the organization. */
#define ERASE_MICROSECONDS ((int64_t)3600 * 1000000)
#define VACUUM_MICROSECONDS ((int64_t)24 * 3600 * 1000000)
/* The step of erase_tables.sql that is for superusers. */
#define ERASE_STATISTICS 4

static bool
run(struct session *session, bool read_only, enum statement statement, struct text person,
    struct pg_rows **rows)
{
	return session_long_statement(session, ERASE_MICROSECONDS, read_only, statement,
	    PG_PARAMETERS(session->org, person), rows);
}

bool
store_erase_meant(struct session *session, struct text person, struct erase_meant *meant)
{
	struct pg_rows *rows;

	if (!run(session, true, STATEMENT_ERASE_MEANT, person, &rows))
		return false;
	meant->organization_known = pg_boolean(rows, 0, 0);
	meant->number = pg_number(rows, 0, 1);
	meant->ids = pg_text(rows, 0, 2);
	return true;
}

bool
store_erase(struct session *session, struct text person, struct pg_rows **rows)
{
	return run(session, false, STATEMENT_ERASE, person, rows);
}

/* The command was made by the database from the names in its own catalog. */
static bool
rewrite(struct session *session, struct text command)
{
	session->outcome = pg_script(session->pg, ARENA_JOIN(session->arena, command, TEXT("")).start);
	if (session->outcome == PG_FINE)
		return true;
	return scim_fail(session->error, session->outcome == PG_DOWN || session->outcome == PG_LOST ?
	    REASON_DATABASE_DOWN : REASON_INTERNAL);
}

bool
store_erase_vacuum(struct session *session, int *tables, bool *statistics)
{
	struct pg_rows *rows;

	if (!session_statement(session, true, STATEMENT_ERASE_TABLES, NULL, &rows))
		return false;
	pg_set_deadline(session->pg, clock_microseconds() + VACUUM_MICROSECONDS);
	session->outcome = pg_script(session->pg, "SET statement_timeout = 0; SET lock_timeout = 0");
	if (session->outcome != PG_FINE)
		return scim_fail(session->error, REASON_DATABASE_DOWN);
	*tables = 0;
	for (int row = 0; row < pg_count(rows); row++) {
		if (!rewrite(session, pg_text(rows, row, 0)))
			return false;
		*tables += pg_boolean(rows, row, 2);
	}
	*statistics = pg_number(rows, pg_count(rows) - 1, 1) == ERASE_STATISTICS;
	return true;
}
