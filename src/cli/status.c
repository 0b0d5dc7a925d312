/*
 * status.c - `scimlet status`: how the identity providers are doing.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "scim/token.h"
#include "store/report.h"

static const struct cli_column connection_columns[STATUS_COLUMNS] = {
	{ "org", CLI_TEXT }, { "state", CLI_TEXT }, { "since", CLI_TEXT }, { "idp", CLI_TEXT },
	{ "last_call", CLI_TEXT }, { "last_write", CLI_TEXT }, { "last_refusal", CLI_TEXT },
	{ "people", CLI_NUMBER }, { "active", CLI_NUMBER }, { "suspended", CLI_NUMBER },
	{ "groups", CLI_NUMBER }, { "tokens_live", CLI_NUMBER }, { "attention", CLI_NUMBER },
};

static const struct cli_column matter_columns[MATTER_COLUMNS] = {
	{ "kind", CLI_TEXT }, { "code", CLI_TEXT }, { "state", CLI_TEXT }, { "at", CLI_TEXT },
	{ "sentence", CLI_TEXT }, { "next_step", CLI_TEXT },
};

/* One organization: its connection on stderr in a line, its milestones and matters as data. */
static enum cli_status
show_one(struct cli *cli, const struct pg_rows *connection)
{
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_status_matters(&cli->session, &rows))
		return cli_store_failed(cli);
	cli_say(cli, "%.*s is %.*s. People: %ld, groups: %ld, tokens that work: %ld.",
	    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(pg_text(connection, 0, 1)),
	    pg_number(connection, 0, 7), pg_number(connection, 0, 10), pg_number(connection, 0, 11));
	table = cli_table_of(cli, matter_columns, MATTER_COLUMNS, rows);
	cli_print_table(cli, &table);
	return CLI_DONE;
}

enum cli_status
cli_status_show(struct cli *cli)
{
	struct pg_rows *rows;
	struct cli_table table;

	if (cli->argument_count == 1) {
		cli->session.org = cli->arguments[0];
		if (!scim_is_org_key(cli->session.org))
			return cli_no_organization(cli);
	}
	if (!store_status_list(&cli->session, &rows))
		return cli_store_failed(cli);
	if (cli->argument_count == 1)
		return pg_count(rows) == 0 ? cli_no_organization(cli) : show_one(cli, rows);
	table = cli_table_of(cli, connection_columns, STATUS_COLUMNS, rows);
	cli_print_table(cli, &table);
	return CLI_DONE;
}
