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

struct trouble {
	enum cli_status status;
	bool undone;            /* it can be said that nothing was changed */
	const char *sentence;   /* without its full stop */
	const char *advice;
};

#define ANOTHER_CONNECTION "A pooler gives each transaction another connection to the database"
#define NO_POOLER "Name the server itself, or a pool that keeps it for the session (pgbouncer: pool_mode = session)."

/* Where more is known than the outcome says: SQLSTATE, or its beginning. */
static const struct {
	const char *state;
	struct trouble trouble;
} known_troubles[] = {
	{ "25006", { CLI_UNREACHABLE, true, "This database can only be read", "It is a standby, or "
	    "default_transaction_read_only is on: name the primary in --dsn or SCIMLET_DATABASE." } },
	/* Prepared statements that are there, or are not, in a connection that has just been made. */
	{ "42P05", { CLI_UNREACHABLE, true, ANOTHER_CONNECTION, NO_POOLER } },
	{ "26000", { CLI_UNREACHABLE, true, ANOTHER_CONNECTION, NO_POOLER } },
	{ "53100", { CLI_UNREACHABLE, true, "The disk of the database's server is full",
	    "Make room there, then try again." } },
	{ "53200", { CLI_UNREACHABLE, true, "The database's server is out of memory", "Try again later." } },
	{ "53400", { CLI_UNREACHABLE, true, "A limit that this login or database was given is too low for it",
	    "Have it raised (ALTER ROLE ... SET), or use another login." } },
	{ "57P05", { CLI_UNREACHABLE, true, "The server ended the connection, which had been idle for too "
	    "long", "Try again." } },
	{ "57P", { CLI_UNREACHABLE, true, "The server ended the connection", "Try again." } },
	{ "58", { CLI_UNREACHABLE, true, "The database's server is in trouble with its files",
	    "See its log." } },
};

static const struct trouble troubles[] = {
	[PG_FINE] = { CLI_REFUSED, true, "The database refuses it", "" },
	[PG_UNIQUE] = { CLI_REFUSED, true, "There is one already", "" },
	[PG_CHECK] = { CLI_REFUSED, true, "The database refuses it", "" },
	[PG_CONFLICT] = { CLI_UNREACHABLE, true, "The database is too busy", "Try again." },
	[PG_DOWN] = { CLI_UNREACHABLE, false, "The database cannot be reached", "Say where it is: --dsn, "
	    "SCIMLET_DATABASE, or libpq's PGHOST, PGDATABASE ..." },
	[PG_BUSY] = { CLI_UNREACHABLE, true, "The database took too long", "Try again." },
	[PG_SCHEMA] = { CLI_WRONG_SCHEMA, false, "The schema is not the one this program knows",
	    "Run `scimlet migrate`." },
	[PG_LOST] = { CLI_UNREACHABLE, false, "The connection to the database was lost",
	    "See whether the change is there before you try again." },
	[PG_BROKEN] = { CLI_REFUSED, true, "The database refuses it", "" },
};

/* The server was there, and said why it does not let us in: --dsn would be no help. */
static const struct trouble not_let_in = {
	CLI_UNREACHABLE, false, "The database's server refuses the connection", ""
};

static const struct trouble *
trouble_of(const struct cli *cli, const char *state, const char *message)
{
	enum pg_outcome outcome = outcome_of(cli);

	for (size_t i = 0; outcome != PG_LOST && i < COUNT_OF(known_troubles); i++)
		if (strncmp(state, known_troubles[i].state, strlen(known_troubles[i].state)) == 0)
			return &known_troubles[i].trouble;
	if (outcome == PG_DOWN && strstr(message, "FATAL: ") != NULL)
		return &not_let_in;
	return &troubles[outcome];
}

enum cli_status
cli_store_failed(const struct cli *cli)
{
	const struct session *session = &cli->session;
	const char *message = pg_message(session->pg), *state = pg_sqlstate(session->pg);
	const struct trouble *trouble = trouble_of(cli, state, message);

	if (strcmp(state, "42501") == 0)
		return cli_fail(CLI_REFUSED, "This login may not do that (%s). Use the login that ran "
		    "`scimlet init`, or a member of scim_owner%s.", message,
		    strstr(message, "for view ") != NULL ? " or, as this only reads, of scim_reader" : "");
	return cli_fail(trouble->status, "%s%s.%s%s%s%s", trouble->sentence,
	    trouble->undone && !cli->partly ? "; nothing was changed" : "",
	    trouble->advice[0] != '\0' ? " " : "", trouble->advice,
	    message[0] != '\0' ? " PostgreSQL: " : state[0] != '\0' ? " SQLSTATE: " : "",
	    message[0] != '\0' ? message : state);
}
