/*
 * log.c - `scimlet log`: what was asked, and what became of it.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/choice.h"
#include "cli/log.h"
#include "cli/time.h"

#define LIMIT_MOST 100000

const struct cli_column cli_log_columns[LOG_COLUMNS] = {
	[LOG_AT] = { "at", CLI_TEXT }, [LOG_RESULT] = { "result", CLI_TEXT },
	[LOG_ACTION] = { "action", CLI_TEXT }, [LOG_SUBJECT] = { "subject", CLI_TEXT },
	[LOG_SENTENCE] = { "sentence", CLI_TEXT }, [LOG_STATUS] = { "status", CLI_NUMBER },
	[LOG_REASON] = { "reason", CLI_TEXT }, [LOG_REQUEST_ID] = { "request_id", CLI_TEXT },
};

static bool
read_since(struct cli *cli, struct log_question *question)
{
	struct cli_time since;

	if (!text_is_set(cli->options[CLI_SINCE]))
		return true;
	if (!cli_read_time(cli, CLI_SINCE, NULL, &since))
		return false;
	question->interval = since.span;
	question->since = since.moment;
	return true;
}

static bool
read_result(struct text result)
{
	if (!text_is_set(result) || cli_is_choice(CLI_RESULT, result))
		return true;
	cli_fail(CLI_USAGE, "--result cannot be \"%.*s\": it is done, refused, ignored or failed.",
	    TEXT_FORMAT(result));
	return false;
}

static bool
read_limit(struct text limit)
{
	long number;

	if (text_to_long(limit, &number) && number > 0 && number <= LIMIT_MOST)
		return true;
	cli_fail(CLI_USAGE, "--limit cannot be \"%.*s\": it is a number from 1 to %d.",
	    TEXT_FORMAT(limit), LIMIT_MOST);
	return false;
}

/*
 * The code that may have been meant: nearly that one, or "name_taken" for
 * "user.name_taken".
 */
static struct text
nearest_reason(struct arena *arena, struct text given)
{
	struct text names[REASON_COUNT], near;
	size_t count = 0;

	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		names[count++] = scim_reason_code(reason);
	near = cli_nearest(arena, given, names, count);
	for (size_t i = 0; i < count && !text_is_set(near); i++) {
		struct text last = text_after(names[i], text_find_byte(names[i], '.'));

		if (text_equal(last, ARENA_JOIN(arena, TEXT("."), given)))
			near = names[i];
	}
	return near;
}

/* A code that the log does not have may be one that there is, and nothing happened, or a slip. */
static enum cli_status
check_reason(const struct cli *cli)
{
	struct text given = cli->options[CLI_REASON], near;

	if (!text_is_set(given) || text_equal(scim_reason_code(scim_reason_find(given)), given))
		return CLI_DONE;
	near = nearest_reason(cli->session.arena, given);
	if (text_is_set(near))
		return cli_fail(CLI_USAGE, "There is no reason \"%.*s\". Did you mean %.*s?",
		    TEXT_FORMAT(given), TEXT_FORMAT(near));
	return cli_fail(CLI_USAGE, "There is no reason \"%.*s\": `SELECT code, title FROM scim.reasons` lists "
	    "them.", TEXT_FORMAT(given));
}

/* For people: below who was refused, why, and by which words that is found again. */
static void
print_story(struct cli *cli, const struct pg_rows *rows)
{
	struct arena *arena = cli->session.arena;

	printf("%-24s  %-7s  %-10s  status  subject\n", "at", "result", "action");
	for (int row = 0; row < pg_count(rows); row++) {
		struct text reason = pg_text(rows, row, LOG_REASON), subject = pg_text(rows, row, LOG_SUBJECT);

		printf("%-24.*s  %-7.*s  %-10.*s  %6.*s  %.*s\n", TEXT_FORMAT(pg_text(rows, row, LOG_AT)),
		    TEXT_FORMAT(pg_text(rows, row, LOG_RESULT)), TEXT_FORMAT(pg_text(rows, row, LOG_ACTION)),
		    TEXT_FORMAT(pg_text(rows, row, LOG_STATUS)),
		    TEXT_FORMAT(cli_harmless(arena, text_is_set(subject) ? subject : TEXT("-"))));
		if (text_is_set(reason))
			printf("    %.*s\n    (%.*s, request %.*s)\n",
			    TEXT_FORMAT(cli_harmless(arena, pg_text(rows, row, LOG_SENTENCE))), TEXT_FORMAT(reason),
			    TEXT_FORMAT(pg_text(rows, row, LOG_REQUEST_ID)));
	}
}

static void
print(struct cli *cli, const struct pg_rows *rows)
{
	struct cli_table table;

	if (cli->output == CLI_TABLE && isatty(STDOUT_FILENO)) {
		print_story(cli, rows);
		return;
	}
	table = cli_table_of(cli, cli_log_columns, LOG_COLUMNS, rows);
	cli_print_table(cli, &table);
}

enum cli_status
cli_log(struct cli *cli)
{
	struct log_question question = {
		.result = cli->options[CLI_RESULT],
		.subject = cli->options[CLI_SUBJECT],
		.reason = cli->options[CLI_REASON],
		.limit = text_is_set(cli->options[CLI_LIMIT]) ? cli->options[CLI_LIMIT] : TEXT("100"),
	};
	struct pg_rows *rows;
	bool known;

	if (!read_since(cli, &question) || !read_result(question.result) ||
	    !read_limit(question.limit))
		return CLI_USAGE;
	if (!store_log_show(&cli->session, &question, &rows) ||
	    !store_organization_known(&cli->session, &known))
		return cli_store_failed(cli);
	if (!known)
		return cli_no_organization(cli);
	if (pg_count(rows) == 0 && check_reason(cli) != CLI_DONE)
		return CLI_USAGE;
	print(cli, rows);
	return CLI_DONE;
}
