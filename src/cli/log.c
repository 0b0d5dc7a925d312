/*
 * log.c - `scimlet log`: what was asked, and what became of it.
 */
#include "cli/choice.h"
#include "cli/log.h"
#include "cli/time.h"

#define LIMIT_MOST 100000

const struct cli_column cli_log_columns[LOG_COLUMNS] = {
	{ "at", CLI_TEXT }, { "result", CLI_TEXT }, { "action", CLI_TEXT }, { "subject", CLI_TEXT },
	{ "sentence", CLI_TEXT }, { "status", CLI_NUMBER }, { "reason", CLI_TEXT },
	{ "request_id", CLI_TEXT },
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

enum cli_status
cli_log(struct cli *cli)
{
	struct log_question question = {
		.result = cli->options[CLI_RESULT],
		.subject = cli->options[CLI_SUBJECT],
		.reason = cli->options[CLI_REASON],
		.limit = text_is_set(cli->options[CLI_LIMIT]) ? cli->options[CLI_LIMIT] : TEXT("100"),
	};
	struct cli_table table;
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
	table = cli_table_of(cli, cli_log_columns, LOG_COLUMNS, rows);
	cli_print_table(cli, &table);
	return CLI_DONE;
}
