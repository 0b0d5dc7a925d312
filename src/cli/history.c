/*
 * history.c - `scimlet history`: what changed about a person, from the audit.
 */
#include "cli/cli.h"
#include "store/note.h"

void
cli_print_history(struct cli *cli, const struct pg_rows *rows)
{
	static const struct cli_column columns[] = {
		{ "at", CLI_TEXT }, { "action", CLI_TEXT }, { "who", CLI_TEXT }, { "name", CLI_TEXT },
		{ "changed", CLI_TEXT }, { "request", CLI_TEXT },
	};
	struct cli_table table = cli_table_of(cli, columns, COUNT_OF(columns), rows);

	cli_print_table(cli, &table);
}

enum cli_status
cli_history(struct cli *cli)
{
	struct pg_rows *rows;

	if (!store_history(&cli->session, cli->arguments[1], &rows))
		return strcmp(pg_sqlstate(cli->session.pg), "P0002") == 0 ? cli_no_organization(cli) :
		    cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_fail(CLI_NOT_FOUND, "Nothing is known to have happened to \"%.*s\". See "
		    "`scimlet why %.*s %.*s`.", TEXT_FORMAT(cli->arguments[1]),
		    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(cli->arguments[1]));
	cli_print_history(cli, rows);
	return CLI_DONE;
}
