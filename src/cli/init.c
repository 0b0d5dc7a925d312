/*
 * init.c - `scimlet init` and `scimlet migrate`.
 */
#include "base/clock.h"
#include "cli/cli.h"
#include "store/migrate.h"

/* A migration may rewrite a large table. */
#define MIGRATION_MICROSECONDS ((int64_t)24 * 3600 * 1000000)

static void
report_schema(const struct cli *cli, const struct migration_report *report)
{
	if (report->from == report->to)
		cli_say(cli, "The schema was at version %d already; its definitions are renewed.",
		    report->to);
	else if (report->from == 0)
		cli_say(cli, "The schema was created, version %d.", report->to);
	else
		cli_say(cli, "The schema went from version %d to %d.", report->from, report->to);
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

enum cli_status
cli_init(struct cli *cli)
{
	struct migration_report report = { 0, 0 };

	pg_set_deadline(cli->session.pg, clock_microseconds() + MIGRATION_MICROSECONDS);
	if (!store_migrate(&cli->session, &report))
		return failed(cli, &report);
	report_schema(cli, &report);
	if (report.from == 0)
		cli_say(cli, "Next: `scimlet org create KEY`, then `scimlet token create KEY`.");
	return CLI_DONE;
}

enum cli_status
cli_migrate(struct cli *cli)
{
	struct migration_report report = { 0, 0 };
	int version;

	if (!store_schema_version(&cli->session, &version))
		return cli_store_failed(cli);
	if (version == 0)
		return cli_fail(CLI_WRONG_SCHEMA,
		    "This database has no Scimlet schema. Run `scimlet init`.");
	pg_set_deadline(cli->session.pg, clock_microseconds() + MIGRATION_MICROSECONDS);
	if (!store_migrate(&cli->session, &report))
		return failed(cli, &report);
	report_schema(cli, &report);
	return CLI_DONE;
}
