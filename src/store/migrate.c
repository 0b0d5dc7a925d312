/*
 * migrate.c - migrations and definitions, in order, under one lock.
 *
 * The files come from sql/ and run as they stand; each migration ends by
 * writing its number, so that it and its number are there together or not at all.
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

static bool
run_all(struct session *session, const struct sql_text *texts)
{
	struct buffer script = { 0 };
	bool fine;

	buffer_format(&script, "BEGIN; %s", as_owner);
	if (texts == sql_definitions)
		catalogue_append(&script);
	for (; texts->name != NULL; texts++)
		buffer_append(&script, text_of(texts->text));
	buffer_append(&script, TEXT("; COMMIT"));
	buffer_append_byte(&script, '\0');
	fine = run(session, script.start);
	buffer_release(&script);
	return fine;
}

static bool
apply(struct session *session, const struct sql_text *migration)
{
	const struct sql_text one[] = { *migration, { NULL, 0, NULL } };

	return run_all(session, one);
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

static bool
apply_missing(struct session *session, int last, struct migration_report *report)
{
	if (!store_schema_version(session, &report->from))
		return false;
	report->to = report->from;
	if (report->from > sql_schema_version())
		return scim_fail(session->error, REASON_SCHEMA_MISMATCH);
	/* Also for an upgrade: a role may have come since. */
	if (!run(session, sql_roles[0].text))
		return false;
	while (report->to < last) {
		if (!apply(session, &sql_migrations[report->to]))
			return false;
		report->to++;
	}
	/* Definitions speak of relations that the last migrations make. */
	return report->to < sql_schema_version() || run_all(session, sql_definitions);
}

bool
store_migrate(struct session *session, int last, struct migration_report *report)
{
	bool fine;

	/* Migrations take the time they need; what they lock, others should not wait for long. */
	if (!run(session, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
	    " SET lock_timeout = 0; SELECT pg_catalog.pg_advisory_lock(" LOCK ");"
	    " SET lock_timeout = '2s'"))
		return false;
	fine = apply_missing(session, last, report);
	return run(session, "SELECT pg_catalog.pg_advisory_unlock(" LOCK ")") && fine;
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
