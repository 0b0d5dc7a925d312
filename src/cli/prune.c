/*
 * prune.c - `scimlet prune`: retention.
 */
#include "cli/cli.h"
#include "store/note.h"

enum cli_status
cli_prune(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "what", CLI_TEXT }, { "number", CLI_NUMBER },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_prune(&cli->session, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	return CLI_DONE;
}
