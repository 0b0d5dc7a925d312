/*
 * migrate.c - migrations and definitions, in order, under one lock.
 *
 * The files come from sql/ and run as they stand, all that are missing in one
 * transaction; each migration ends by writing its number.
 */
#include "store/catalogue.h"
#include "store/migrate.h"

/* Any number, so long as all processes that migrate agree on it. */
#define LOCK "7322654371"

/*
 * With roles of their own the schema and all in it belong to scim_owner, who
 * cannot log in; in one-role mode to whoever is connected (sql/role.sql).
 */
static const char as_owner[] =
    "DO $$ BEGIN"
    " IF EXISTS (SELECT FROM pg_catalog.pg_namespace"
    " WHERE nspname = 'scim' AND nspowner = pg_catalog.to_regrole('scim_owner')) THEN"
    " EXECUTE 'SET LOCAL ROLE scim_owner';"
    " END IF; END $$;";

static const char unlock[] = "SELECT pg_catalog.pg_advisory_unlock(" LOCK ")";

static bool
run(struct session *session, const char *script)
{
	session->outcome = pg_script(session->pg, script);
	if (session->outcome == PG_FINE)
		return true;
	pg_rollback(session->pg);
	return scim_fail(session->error, session->outcome == PG_DOWN || session->outcome == PG_LOST ?
	    REASON_DATABASE_DOWN : REASON_INTERNAL);
}

static void
append_all(struct buffer *script, const struct sql_text *texts)
{
	for (; texts->name != NULL; texts++)
		buffer_append(script, text_of(texts->text));
}

/*
 * All that is missing in one transaction: whoever looks sees the old schema
 * with its definitions or the new one with its own, whatever happens to us.
 * Definitions speak of relations that the last migrations make.
 */
static bool
run_at_once(struct session *session, int from, int last, const struct sql_text *renewals)
{
	struct buffer script = { 0 };
	bool fine;

	buffer_format(&script, "BEGIN; %s", as_owner);
	append_all(&script, sql_locks);
	/* Others wait: bodies are checked where nobody does, when the schema is new. */
	if (from > 0)
		buffer_append(&script, TEXT("SET LOCAL check_function_bodies = off;"));
	for (; from < last; from++)
		buffer_append(&script, text_of(sql_migrations[from].text));
	if (last == sql_schema_version()) {
		append_all(&script, renewals);
		catalogue_append(&script);
		append_all(&script, sql_definitions);
	}
	buffer_append(&script, TEXT("; COMMIT"));
	buffer_append_byte(&script, '\0');
	fine = run(session, script.start);
	buffer_release(&script);
	return fine;
}

/* Other columns than those of an older version: CREATE OR REPLACE refuses. */
static bool
cannot_replace(const struct session *session)
{
	static const char view[] = "42P16", function[] = "42P13";

	return strcmp(pg_sqlstate(session->pg), view) == 0 ||
	    strcmp(pg_sqlstate(session->pg), function) == 0;
}

/* In place, so that rights and what others made stay as they are; if that cannot be, by making way. */
static bool
run_missing(struct session *session, int from, int last)
{
	static const struct sql_text in_place[] = { { NULL, 0, NULL } };

	if (run_at_once(session, from, last, in_place))
		return true;
	if (!cannot_replace(session))
		return false;
	if (run_at_once(session, from, last, sql_renewals))
		return true;
	return cannot_replace(session) && run(session, sql_obstacles[0].text);
}

bool
store_schema_version(struct session *session, int *version)
{
	struct pg_rows *rows = pg_queue(session->pg, STATEMENT_HEALTH, NULL);

	*version = 0;
	session->outcome = pg_run(session->pg);
	if (session->outcome == PG_FINE) {
		*version = (int)pg_number(rows, 0, 0);
		return true;
	}
	/* The schema or its table does not exist; but 42501 is a schema that we may not read. */
	if (session->outcome == PG_SCHEMA && strcmp(pg_sqlstate(session->pg), "42501") != 0) {
		session->outcome = PG_FINE;
		return true;
	}
	return scim_fail(session->error, REASON_DATABASE_DOWN);
}

/*
 * What would take long in the transaction, outside of any: what fails midway is
 * done by the next attempt, and an older program works with it.
 */
static bool
prepare(struct session *session, int from, int last)
{
	struct arena *arena = session->arena;
	struct pg_rows *commands = pg_queue(session->pg, STATEMENT_MIGRATE_PREPARE,
	    PG_PARAMETERS(arena_format(arena, "%d", from), arena_format(arena, "%d", last)));

	session->outcome = pg_run(session->pg);
	if (session->outcome != PG_FINE)
		return scim_fail(session->error, REASON_DATABASE_DOWN);
	for (int i = 0; i < pg_count(commands); i++)
		if (!run(session, arena_string(arena, pg_text(commands, i, 0))))
			return false;
	return true;
}

static bool
apply_missing(struct session *session, int last, struct migration_report *report)
{
	if (!store_schema_version(session, &report->from))
		return false;
	report->to = report->from;
	if (report->from > sql_schema_version())
		return scim_fail(session->error, REASON_SCHEMA_MISMATCH);
	/* Also for an upgrade: a role may have come since. */
	if (!run(session, sql_roles[0].text) || !prepare(session, report->from, last) ||
	    !run_missing(session, report->from, last))
		return false;
	if (last > report->from)
		report->to = last;
	return true;
}

/* Not 23503, which is a conflict, too: a migration that breaks a rule does so again. */
static bool
is_locked_out(const struct session *session)
{
	return session->outcome == PG_CONFLICT && strncmp(pg_sqlstate(session->pg), "23", 2) != 0;
}

/* Leaves the session's outcome and message as they are: they tell of the failure. */
static struct text
find_blocker(struct session *session)
{
	struct pg_rows *rows = pg_queue(session->pg, STATEMENT_MIGRATE_BLOCKER, NULL);

	if (pg_run(session->pg) == PG_FINE && pg_count(rows) > 0)
		return pg_text(rows, 0, 0);
	return TEXT("a process that ended meanwhile");
}

bool
store_migrate(struct session *session, int last, struct migration_report *report)
{
	bool fine;

	report->blocker = TEXT_NONE;
	/* Migrations take the time they need; for what they lock, lock.sql sets a bound. */
	if (!run(session, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
	    " SET lock_timeout = 0; SELECT pg_catalog.pg_advisory_lock(" LOCK ");"
	    " SET lock_timeout = '2s'"))
		return false;
	fine = apply_missing(session, last, report);
	if (!fine && is_locked_out(session))
		report->blocker = find_blocker(session);
	if (!fine) {
		(void)pg_script(session->pg, unlock);
		return false;
	}
	return run(session, unlock);
}

bool
store_init_made(struct session *session, struct pg_rows **rows)
{
	*rows = pg_queue(session->pg, STATEMENT_INIT_MADE, NULL);
	session->outcome = pg_run(session->pg);
	if (session->outcome == PG_FINE)
		return true;
	return scim_fail(session->error, session->outcome == PG_DOWN || session->outcome == PG_LOST ?
	    REASON_DATABASE_DOWN : REASON_INTERNAL);
}
