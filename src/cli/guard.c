/*
 * guard.c - `scimlet guard ...`: the guard against mass removal.
 */
#include "cli/time.h"
#include "store/guard.h"

enum cli_status
cli_guard_list(struct cli *cli)
{
	static const struct cli_column columns[GUARD_COLUMNS] = {
		[GUARD_ORG] = { "org", CLI_TEXT },
		[GUARD_STATE] = { "state", CLI_TEXT },
		[GUARD_STOPPED] = { "stopped", CLI_TEXT },
		[GUARD_REFUSED] = { "refused", CLI_NUMBER },
		[GUARD_RELEASED_UNTIL] = { "released_until", CLI_TEXT },
		[GUARD_RELEASED_BY] = { "released_by", CLI_TEXT },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_guard_list(&cli->session, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	if (table.row_count == 0)
		cli_say(cli, "The guard has not stopped anybody.");
	return CLI_DONE;
}

enum cli_status
cli_guard_release(struct cli *cli)
{
	struct cli_time span;
	struct pg_rows *rows;

	if (!cli_read_time(cli, CLI_FOR, "1h", &span))
		return CLI_USAGE;
	pg_tell_everything(cli->session.pg);
	if (!store_guard_release(&cli->session, span.span, span.moment, &rows))
		return strcmp(pg_sqlstate(cli->session.pg), "22023") == 0 ?
		    cli_fail(CLI_USAGE, "%s", pg_message(cli->session.pg)) : cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	cli_say(cli, "%ld removals had been refused. Until %.*s all pass; the identity provider tries "
	    "again by itself.", pg_number(rows, 0, 0), TEXT_FORMAT(pg_text(rows, 0, 1)));
	return CLI_DONE;
}
