/*
 * talk.c - what is said on stderr: to people, in sentences that tell what to do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"
#include "cli/cli.h"

/* Names of others stand in sentences. */
static void
print(const char *format, va_list list)
{
	struct buffer said = { 0 };
	char *sentence;

	if (vasprintf(&sentence, format, list) < 0)
		fatal("out of memory");
	(void)cli_append_harmless(&said, text_of(sentence), false);
	fprintf(stderr, "%.*s", TEXT_FORMAT(buffer_text(&said)));
	free(sentence);
	buffer_release(&said);
}

void
cli_say(const struct cli *cli, const char *format, ...)
{
	va_list list;

	if (cli->quiet)
		return;
	va_start(list, format);
	print(format, list);
	va_end(list);
	fputc('\n', stderr);
}

void
cli_note(const struct cli *cli, const char *format, ...)
{
	va_list list;

	if (!cli->verbose)
		return;
	va_start(list, format);
	print(format, list);
	va_end(list);
	fputc('\n', stderr);
}

enum cli_status
cli_fail(enum cli_status status, const char *format, ...)
{
	va_list list;

	fputs("scimlet: ", stderr);
	va_start(list, format);
	print(format, list);
	va_end(list);
	fputc('\n', stderr);
	return status;
}

static bool
is_agreed(struct text answer, struct text typed)
{
	if (text_is_set(typed))
		return text_equal(answer, typed);
	return text_equal(answer, TEXT("y")) || text_equal(answer, TEXT("yes"));
}

/* The answer of somebody at the terminal; the end of the input is no. */
static bool
ask(struct text typed)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool agreed;

	if (text_is_set(typed))
		fprintf(stderr, " Type %.*s to go on: ", TEXT_FORMAT(typed));
	else
		fputs(" Go on? [y/N] ", stderr);
	length = getline(&line, &size, stdin);
	agreed = length > 0 && is_agreed(text_trim((struct text){ line,
	    (size_t)length - (line[length - 1] == '\n') }), typed);
	free(line);
	return agreed;
}

/* Whoever answers must have seen the question. */
static bool
is_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static enum cli_status
confirm(const struct cli *cli, struct text typed, const char *question, va_list list)
{
	if (text_is_set(cli->options[CLI_YES]))
		return CLI_DONE;
	print(question, list);
	if (!is_terminal()) {
		fputc('\n', stderr);
		return cli_fail(CLI_USAGE, "Nothing was changed: without a terminal to ask at, it needs "
		    "--yes.");
	}
	return ask(typed) ? CLI_DONE : cli_fail(CLI_REFUSED, "Nothing was changed.");
}

enum cli_status
cli_confirm(const struct cli *cli, struct text typed, const char *question, ...)
{
	enum cli_status status;
	va_list list;

	va_start(list, question);
	status = confirm(cli, typed, question, list);
	va_end(list);
	return status;
}

enum cli_status
cli_confirm_here(const struct cli *cli, const char *question, ...)
{
	enum cli_status status = CLI_DONE;
	va_list list;

	va_start(list, question);
	if (is_terminal())
		status = confirm(cli, TEXT_NONE, question, list);
	va_end(list);
	return status;
}

enum cli_status
cli_no_organization(const struct cli *cli)
{
	return cli_fail(CLI_NOT_FOUND, "There is no organization \"%.*s\". "
	    "See `scimlet org list`, or make it with `scimlet org create`.",
	    TEXT_FORMAT(cli->session.org));
}

/* Migrations end their own transactions, so that the outcome may be that of a later step. */
static enum pg_outcome
outcome_of(const struct cli *cli)
{
	if (cli->session.outcome != PG_FINE)
		return cli->session.outcome;
	if (cli->error.reason == REASON_SCHEMA_MISMATCH)
		return PG_SCHEMA;
	return cli->error.reason == REASON_DATABASE_DOWN ? PG_DOWN : PG_FINE;
}

enum cli_status
cli_store_failed(const struct cli *cli)
{
	static const struct {
		enum cli_status status;
		const char *sentence;
	} troubles[] = {
		[PG_FINE] = { CLI_REFUSED, "The database refuses it; nothing was changed." },
		[PG_UNIQUE] = { CLI_REFUSED, "There is one already; nothing was changed." },
		[PG_CHECK] = { CLI_REFUSED, "The database refuses it; nothing was changed." },
		[PG_CONFLICT] = { CLI_UNREACHABLE,
		    "The database is too busy; nothing was changed. Try again." },
		[PG_DOWN] = { CLI_UNREACHABLE, "The database cannot be reached. "
		    "Say where it is: --dsn, SCIMLET_DATABASE, or libpq's PGHOST, PGDATABASE ..." },
		[PG_BUSY] = { CLI_UNREACHABLE,
		    "The database took too long; nothing was changed. Try again." },
		[PG_SCHEMA] = { CLI_WRONG_SCHEMA,
		    "The schema is not the one this program knows. Run `scimlet migrate`." },
		[PG_LOST] = { CLI_UNREACHABLE, "The connection to the database was lost. "
		    "See whether the change is there before you try again." },
		[PG_BROKEN] = { CLI_REFUSED, "The database refuses it; nothing was changed." },
	};
	const struct session *session = &cli->session;
	const char *message = pg_message(session->pg), *state = pg_sqlstate(session->pg);
	enum pg_outcome outcome = outcome_of(cli);

	if (strcmp(state, "42501") == 0)
		return cli_fail(CLI_REFUSED, "This login may not do that (%s). Use the login that ran "
		    "`scimlet init`, or a member of scim_owner%s.", message,
		    strstr(message, "for view ") != NULL ? " or, as this only reads, of scim_reader" : "");
	if (strcmp(state, "25006") == 0)
		return cli_fail(CLI_UNREACHABLE, "This database can only be read; nothing was changed. It is a "
		    "standby, or default_transaction_read_only is on: name the primary in --dsn or "
		    "SCIMLET_DATABASE. PostgreSQL: %s", message);
	return cli_fail(troubles[outcome].status, "%s%s%s", troubles[outcome].sentence,
	    message[0] != '\0' ? " PostgreSQL: " : state[0] != '\0' ? " SQLSTATE: " : "",
	    message[0] != '\0' ? message : state);
}
