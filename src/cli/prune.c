/*
 * prune.c - `scimlet prune`: retention.
 */
#include "cli/time.h"
#include "store/note.h"

static bool
is_nothing(const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows); row++)
		if (pg_number(rows, row, 1) != 0)
			return false;
	return true;
}

/* What the settings say is for cron; more than that is a person's will. */
static enum cli_status
read_question(struct cli *cli, struct pruning *pruning)
{
	struct text given = cli->options[CLI_OLDER_THAN];
	struct cli_time time;

	pruning->dry_run = text_is_set(cli->options[CLI_DRY_RUN]);
	if (!text_is_set(given))
		return CLI_DONE;
	if (!cli_read_time(cli, CLI_OLDER_THAN, NULL, &time))
		return CLI_USAGE;
	pruning->age = time.span;
	pruning->before = time.moment;
	return pruning->dry_run ? CLI_DONE : cli_confirm(cli, TEXT_NONE,
	    "Log and history of every organization that are older than %.*s go, whatever keep_log and "
	    "keep_audit say. Nothing brings them back, and what is older can no longer be undone. "
	    "`--dry-run` counts them.", TEXT_FORMAT(given));
}

enum cli_status
cli_prune(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "what", CLI_TEXT }, { "number", CLI_NUMBER },
	};
	struct pruning pruning = { .age = TEXT_NONE, .before = TEXT_NONE };
	enum cli_status status = read_question(cli, &pruning);
	struct pg_rows *rows;
	struct cli_table table;

	if (status != CLI_DONE)
		return status;
	if (!store_prune(&cli->session, &pruning, &rows))
		return strcmp(pg_sqlstate(cli->session.pg), "22023") == 0 ?
		    cli_fail(CLI_USAGE, "--older-than is a time to come: nothing is older than that.") :
		    cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	if (!pruning.dry_run)
		return CLI_DONE;
	cli_say(cli, "Nothing was removed. Without --dry-run it is.");
	return is_nothing(rows) ? CLI_DONE : CLI_PENDING;
}
