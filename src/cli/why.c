/*
 * why.c - `scimlet why`: the answer in sentences, for people; all of it as rows for programs.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "store/why.h"

static const struct cli_column columns[WHY_HERE] = {
	[WHY_ORDINAL] = { "ordinal", CLI_NUMBER }, [WHY_AT] = { "at", CLI_TEXT },
	[WHY_VERDICT] = { "verdict", CLI_BOOLEAN }, [WHY_CODE] = { "code", CLI_TEXT },
	[WHY_SENTENCE] = { "sentence", CLI_TEXT }, [WHY_NEXT_STEP] = { "next_step", CLI_TEXT },
	[WHY_EVIDENCE] = { "evidence", CLI_RAW },
};

/* What others sent stands in sentences: nothing of it may steer the terminal. */
static void
print_line(struct cli *cli, const char *before, struct text line)
{
	printf("%s%.*s\n", before, TEXT_FORMAT(cli_harmless(cli->session.arena, line)));
}

static void
print_story(struct cli *cli, const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows); row++) {
		struct text step = pg_text(rows, row, WHY_NEXT_STEP);

		print_line(cli, row == 0 ? "" : "  ", pg_text(rows, row, WHY_SENTENCE));
		if (row == 0 && text_is_set(step))
			print_line(cli, "  Next: ", step);
		if (row == 0 && pg_count(rows) > 1)
			printf("Behind it, newest first:\n");
	}
}

enum cli_status
cli_why(struct cli *cli)
{
	struct pg_rows *rows;

	if (!store_why(&cli->session, cli->arguments[1], &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	if (cli->output == CLI_TABLE) {
		print_story(cli, rows);
	} else {
		struct cli_table table = cli_table_of(cli, columns, WHY_HERE, rows);

		cli_print_table(cli, &table);
	}
	return pg_boolean(rows, 0, WHY_HERE) ? CLI_DONE : CLI_NOT_FOUND;
}
