/*
 * prune.c - `scimlet prune`: retention.
 */
#include "cli/cli.h"
#include "store/note.h"

static bool
is_nothing(const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows); row++)
		if (pg_number(rows, row, 1) != 0)
			return false;
	return true;
}

enum cli_status
cli_prune(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "what", CLI_TEXT }, { "number", CLI_NUMBER },
	};
	bool dry_run = text_is_set(cli->options[CLI_DRY_RUN]);
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_prune(&cli->session, dry_run, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	if (!dry_run)
		return CLI_DONE;
	cli_say(cli, "Nothing was removed. Without --dry-run it is.");
	return is_nothing(rows) ? CLI_DONE : CLI_PENDING;
}
