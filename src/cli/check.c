/*
 * check.c - `scimlet check`: does the data keep its promises?
 */
#include "cli/cli.h"
#include "scim/token.h"
#include "store/check.h"
#include "store/organization.h"

static bool
is_there(struct cli *cli, enum cli_status *status)
{
	struct pg_rows *rows;

	*status = CLI_DONE;
	if (cli->argument_count == 0)
		return true;
	cli->session.org = cli->arguments[0];
	if (!scim_is_org_key(cli->session.org))
		*status = cli_no_organization(cli);
	else if (!store_organization_show(&cli->session, &rows))
		*status = cli_store_failed(cli);
	else if (pg_count(rows) == 0)
		*status = cli_no_organization(cli);
	return *status == CLI_DONE;
}

enum cli_status
cli_check(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "promise", CLI_TEXT }, { "org", CLI_TEXT }, { "relation", CLI_TEXT },
		{ "id", CLI_TEXT }, { "sentence", CLI_TEXT },
	};
	enum cli_status status;
	struct pg_rows *rows;
	struct cli_table table;

	if (!is_there(cli, &status))
		return status;
	if (!store_check(&cli->session, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	if (table.row_count == 0) {
		cli_say(cli, "Every promise of the data is kept.");
		return CLI_DONE;
	}
	cli_say(cli, "%zu rows do not keep what is promised, at most 1,000 are named of a kind.",
	    table.row_count);
	return CLI_SOME_FAILED;
}
