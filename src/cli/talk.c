/*
 * talk.c - what is said on stderr: to people, in sentences that tell what to do.
 */
#include <stdio.h>

#include "cli/cli.h"

void
cli_say(const struct cli *cli, const char *format, ...)
{
	va_list list;

	if (cli->quiet)
		return;
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

enum cli_status
cli_fail(enum cli_status status, const char *format, ...)
{
	va_list list;

	fputs("scimlet: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
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
		return cli_fail(CLI_REFUSED, "This login may not do that (%s). "
		    "Use the login that ran `scimlet init`, or a member of scim_owner.", message);
	return cli_fail(troubles[outcome].status, "%s%s%s", troubles[outcome].sentence,
	    message[0] != '\0' ? " PostgreSQL: " : state[0] != '\0' ? " SQLSTATE: " : "",
	    message[0] != '\0' ? message : state);
}
