/*
 * erase.c - `scimlet erase`: a person and all that was told of them.
 */
#include "cli/cli.h"
#include "store/erase.h"

/* Says what is left to do, or does it. */
static enum cli_status
rewrite_files(struct cli *cli)
{
	enum cli_status status;
	bool statistics;
	int tables;

	if (!text_is_set(cli->options[CLI_VACUUM])) {
		cli_say(cli, "Until the tables are rewritten their files still hold the bytes: repeat with "
		    "--vacuum when they can be locked for a while. Older backups, the WAL and the "
		    "server's own log keep what they have.");
		return CLI_DONE;
	}
	if (!store_erase_vacuum(&cli->session, &tables, &statistics)) {
		cli->partly = true;
		status = cli_store_failed(cli);
		cli_say(cli, "Not all tables were rewritten. Repeat the same command: it goes on with that.");
		return status;
	}
	cli_say(cli, "%d tables were rewritten.%s Older backups, the WAL and the server's own log keep "
	    "what they have.", tables, statistics ? "" : " What ANALYZE noted of them was not: have a "
	    "superuser do the same (scimlet erase ORG PERSON --vacuum).");
	return CLI_DONE;
}

/* --vacuum is done all the same: perhaps it was broken off after the person was gone. */
static enum cli_status
nobody(struct cli *cli)
{
	enum cli_status status = CLI_DONE;

	if (text_is_set(cli->options[CLI_VACUUM]))
		status = rewrite_files(cli);
	if (status != CLI_DONE)
		return status;
	return cli_fail(CLI_NOT_FOUND, "Nobody of \"%.*s\" is known as \"%.*s\", now or in the audit.",
	    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(cli->arguments[1]));
}

static enum cli_status
confirm(struct cli *cli, const struct erase_meant *meant)
{
	return cli_confirm(cli, cli->arguments[1], "\"%.*s\" of %.*s will be erased. People of that name, now and "
	    "before: %ld (%.*s); with them go their memberships and all that log and history tell of "
	    "them. Nothing brings them back.", TEXT_FORMAT(cli->arguments[1]),
	    TEXT_FORMAT(cli->session.org), meant->number, TEXT_FORMAT(meant->ids));
}

enum cli_status
cli_erase(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "what", CLI_TEXT }, { "number", CLI_NUMBER },
	};
	struct erase_meant meant;
	enum cli_status status;
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_erase_meant(&cli->session, cli->arguments[1], &meant))
		return cli_store_failed(cli);
	if (!meant.organization_known)
		return cli_no_organization(cli);
	if (meant.number == 0)
		return nobody(cli);
	status = confirm(cli, &meant);
	if (status != CLI_DONE)
		return status;
	pg_tell_everything(cli->session.pg);
	if (!store_erase(&cli->session, cli->arguments[1], &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	return rewrite_files(cli);
}
