/*
 * init.c - `scimlet init` and `scimlet migrate`.
 */
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "store/migrate.h"

/* A migration may rewrite a large table. */
#define MIGRATION_MICROSECONDS ((int64_t)24 * 3600 * 1000000)
/* When others hold what a migration needs: how often, and how long those who queued behind it get. */
#define ATTEMPTS 5
#define PAUSE_MICROSECONDS 500000

static void
report_schema(const struct cli *cli, const struct migration_report *report)
{
	for (int i = report->from; i < report->to; i++)
		cli_say(cli, "Applied %s.", sql_migrations[i].name);
	if (report->to < sql_schema_version())
		cli_say(cli, "The schema is at version %d of %d. `scimlet migrate` goes on; with the last "
		    "migration come views, functions and rights, and only then this version of Scimlet "
		    "works.", report->to, sql_schema_version());
	else if (report->from == report->to)
		cli_say(cli, "The schema was at version %d already; its definitions are renewed.",
		    report->to);
	else if (report->from == 0)
		cli_say(cli, "The schema was created, version %d.", report->to);
	else
		cli_say(cli, "The schema went from version %d to %d; its definitions are renewed.",
		    report->from, report->to);
}

static enum cli_status
failed(const struct cli *cli, const struct migration_report *report)
{
	if (cli->error.reason == REASON_SCHEMA_MISMATCH)
		return cli_fail(CLI_WRONG_SCHEMA, "The schema is version %d, this program knows only "
		    "%d; nothing was changed. Install the newer Scimlet.", report->from,
		    sql_schema_version());
	return cli_store_failed(cli);
}

static enum cli_status
migrate_to(struct cli *cli, int last, struct migration_report *report)
{
	pg_set_deadline(cli->session.pg, clock_microseconds() + MIGRATION_MICROSECONDS);
	for (int attempt = 1; !store_migrate(&cli->session, last, report); attempt++) {
		if (!text_is_set(report->blocker))
			return failed(cli, report);
		if (attempt == ATTEMPTS)
			return cli_fail(CLI_REFUSED, "Others hold what has to be changed, and nothing was "
			    "changed, in %d attempts. In the way is %.*s. Let it end, or end it with SELECT "
			    "pg_terminate_backend(...), and run this again.", ATTEMPTS,
			    TEXT_FORMAT(report->blocker));
		if (attempt == 1)
			cli_say(cli, "Waiting for %.*s; trying again, %d times at most.",
			    TEXT_FORMAT(report->blocker), ATTEMPTS - 1);
		usleep(PAUSE_MICROSECONDS);
	}
	return CLI_DONE;
}

/* Which roles the schema has, and what is in it; the session can be told apart from them. */
static void
report_made(const struct cli *cli, const struct pg_rows *before, const struct pg_rows *after)
{
	struct text owner = pg_text(after, 0, MADE_OWNER), roles = pg_text(after, 0, MADE_ROLES);

	if (text_equal(owner, TEXT("scim_owner")))
		cli_say(cli, "Roles: %.*s%s.", TEXT_FORMAT(roles),
		    text_equal(roles, pg_text(before, 0, MADE_ROLES)) ? ", which were there" : "");
	else
		cli_say(cli, "No roles of its own: this login may not make or use them, and everything "
		    "belongs to %.*s.", TEXT_FORMAT(owner));
	cli_say(cli, "Schema scim, owned by %.*s: %ld tables, %ld views, %ld functions.",
	    TEXT_FORMAT(owner), pg_number(after, 0, MADE_TABLES), pg_number(after, 0, MADE_VIEWS),
	    pg_number(after, 0, MADE_FUNCTIONS));
}

enum cli_status
cli_init(struct cli *cli)
{
	struct migration_report report = { 0, 0, TEXT_NONE };
	struct pg_rows *before, *after;
	enum cli_status status;

	if (!store_init_made(&cli->session, &before))
		return cli_store_failed(cli);
	status = migrate_to(cli, sql_schema_version(), &report);
	if (status != CLI_DONE)
		return status;
	if (!store_init_made(&cli->session, &after))
		return cli_store_failed(cli);
	report_made(cli, before, after);
	report_schema(cli, &report);
	if (report.from == 0)
		cli_say(cli, "Next: `scimlet org create KEY`, then `scimlet token create KEY`.");
	return CLI_DONE;
}

/* The migrations from version on to last, as rows. */
static enum cli_status
list_missing(struct cli *cli, int version, int last)
{
	static const struct cli_column columns[] = {
		{ "version", CLI_NUMBER }, { "migration", CLI_TEXT },
	};
	size_t count = version < last ? (size_t)(last - version) : 0;
	struct text *cells = arena_array(cli->session.arena, count * COUNT_OF(columns), sizeof(*cells));

	for (size_t i = 0; i < count; i++) {
		cells[2 * i] = arena_format(cli->session.arena, "%zu", (size_t)version + i + 1);
		cells[2 * i + 1] = text_of(sql_migrations[(size_t)version + i].name);
	}
	cli_print_table(cli, &(struct cli_table){ columns, COUNT_OF(columns), count, cells });
	if (count == 0)
		cli_say(cli, "The schema is at version %d; only its definitions would be renewed.", version);
	else
		cli_say(cli, "The schema is at version %d. Nothing was changed; without --dry-run these are "
		    "applied.", version);
	return count == 0 ? CLI_DONE : CLI_PENDING;
}

/* *last becomes the number of --to, or the newest there is. */
static enum cli_status
read_last(const struct cli *cli, int version, int *last)
{
	struct text to = cli->options[CLI_TO];
	long number;

	*last = sql_schema_version();
	if (!text_is_set(to))
		return CLI_DONE;
	if (!text_to_long(to, &number) || number < version || number > *last)
		return cli_fail(CLI_USAGE, "--to cannot be \"%.*s\": the schema is at version %d, and this "
		    "program knows those up to %d. Migrations are not undone.", TEXT_FORMAT(to), version,
		    *last);
	*last = (int)number;
	return CLI_DONE;
}

enum cli_status
cli_migrate(struct cli *cli)
{
	struct migration_report report = { 0, 0, TEXT_NONE };
	int version, last;
	enum cli_status status;

	if (!store_schema_version(&cli->session, &version))
		return cli_store_failed(cli);
	if (version == 0)
		return cli_fail(CLI_WRONG_SCHEMA,
		    "This database has no Scimlet schema. Run `scimlet init`.");
	if (version > sql_schema_version()) {
		report.from = version;
		cli->error.reason = REASON_SCHEMA_MISMATCH;
		return failed(cli, &report);
	}
	status = read_last(cli, version, &last);
	if (status != CLI_DONE)
		return status;
	if (text_is_set(cli->options[CLI_DRY_RUN]))
		return list_missing(cli, version, last);
	status = migrate_to(cli, last, &report);
	if (status == CLI_DONE)
		report_schema(cli, &report);
	return status;
}
