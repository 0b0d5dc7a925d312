/*
 * undo.c - `scimlet undo`: people, groups and memberships as they were.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/time.h"
#include "store/guard.h"

static bool
is_empty(const struct pg_rows *rows)
{
	return !text_is_set(pg_text(rows, 0, UNDO_ACTION));
}

/* What hinders all of it comes as a row of its own kind, before or without any other. */
static bool
is_hindered(const struct pg_rows *rows, struct text by)
{
	return text_equal(pg_text(rows, 0, UNDO_ACTION), by);
}

static enum cli_status
report(struct cli *cli, const struct undo *undo, const struct pg_rows *rows)
{
	if (is_hindered(rows, TEXT("collision")))
		return cli_fail(CLI_REFUSED, "Nothing was undone: names that were free then are taken now. "
		    "Rename who has them, and repeat.");
	if (is_empty(rows))
		cli_say(cli, "Nothing has changed since then: there is nothing to undo.");
	else if (undo->dry_run)
		cli_say(cli, "Nothing was done yet. Without --dry-run it is.");
	else
		cli_say(cli, "Done. The audit tells of it as of every change, so it can be undone, too.");
	return undo->dry_run && !is_empty(rows) ? CLI_PENDING : CLI_DONE;
}

static const char *
sign_of(struct text action)
{
	return text_equal(action, TEXT("restored")) ? "+" : text_equal(action, TEXT("removed")) ? "-" : "~";
}

/* As a dry run of import tells it: a line each, and below it what becomes of each attribute. */
static void
print_lines(struct cli *cli, const struct pg_rows *rows)
{
	struct arena *arena = cli->session.arena;

	for (int row = 0; row < pg_count(rows); row++) {
		struct text action = pg_text(rows, row, UNDO_ACTION), detail = pg_text(rows, row, UNDO_DETAIL);
		struct buffer changes = { 0 };

		printf("  %s %-8.*s %s%.*s%s%.*s\n", sign_of(action), TEXT_FORMAT(action),
		    text_equal(pg_text(rows, row, UNDO_RESOURCE_TYPE), TEXT("Group")) ? "group " : "",
		    TEXT_FORMAT(cli_harmless(arena, pg_text(rows, row, UNDO_NAME))),
		    text_is_set(detail) ? "  " : "", TEXT_FORMAT(cli_harmless(arena, detail)));
		cli_append_changes(arena, &changes, pg_text(rows, row, UNDO_CHANGES));
		fwrite(buffer_text(&changes).start, 1, changes.length, stdout);
		buffer_release(&changes);
	}
}

static void
print(struct cli *cli, const struct pg_rows *rows)
{
	static const struct cli_column columns[UNDO_SINCE] = {
		[UNDO_ACTION] = { "action", CLI_TEXT },
		[UNDO_RESOURCE_TYPE] = { "resource", CLI_TEXT },
		[UNDO_ID] = { "id", CLI_TEXT },
		[UNDO_NAME] = { "name", CLI_TEXT },
		[UNDO_DETAIL] = { "detail", CLI_TEXT },
		[UNDO_CHANGES] = { "changes", CLI_RAW },
	};
	struct cli_table table;

	if (cli->output == CLI_TABLE && isatty(STDOUT_FILENO)) {
		if (!is_empty(rows))
			print_lines(cli, rows);
		return;
	}
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	if (is_empty(rows))
		table.row_count = 0;
	cli_print_table(cli, &table);
}

static long
count_of(const struct pg_rows *rows, struct text action)
{
	long count = 0;

	for (int row = 0; row < pg_count(rows); row++)
		count += text_equal(pg_text(rows, row, UNDO_ACTION), action);
	return count;
}

static enum cli_status
no_token(const struct cli *cli)
{
	return cli_fail(CLI_NOT_FOUND, "%.*s has no token \"%.*s\", or more than one whose id begins so. "
	    "Give an id of `scimlet token list %.*s`, or its first characters, at least 4.",
	    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(cli->options[CLI_TOKEN]),
	    TEXT_FORMAT(cli->session.org));
}

static enum cli_status
run(struct cli *cli, const struct undo *undo, struct pg_rows **rows)
{
	if (!store_undo(&cli->session, undo, rows))
		return strcmp(pg_sqlstate(cli->session.pg), "22023") == 0 ? no_token(cli) :
		    cli_store_failed(cli);
	if (pg_count(*rows) == 0)
		return cli_no_organization(cli);
	if (is_hindered(*rows, TEXT("expired")))
		return cli_fail(CLI_REFUSED, "Nothing was undone: the audit is complete only from "
		    "%.*s on (keep_audit, prune --older-than). Give a later --since.",
		    TEXT_FORMAT(pg_text(*rows, 0, UNDO_DETAIL)));
	return CLI_DONE;
}

static bool
is_nothing_to_ask(const struct pg_rows *rows)
{
	return is_empty(rows) || is_hindered(rows, TEXT("collision"));
}

/* Asks about what would be done now.  From then on the time is fixed: "2h" moves on while somebody thinks. */
static enum cli_status
confirm(struct cli *cli, struct undo *undo)
{
	struct undo rehearsal = *undo;
	struct pg_rows *rows;
	enum cli_status status;

	rehearsal.dry_run = true;
	status = run(cli, &rehearsal, &rows);
	if (status != CLI_DONE || is_nothing_to_ask(rows))
		return status;
	undo->ago = TEXT_NONE;
	undo->since = arena_copy(cli->session.arena, pg_text(rows, 0, UNDO_SINCE));
	return cli_confirm(cli, TEXT_NONE, "%.*s goes back to how it was at %.*s. People and groups "
	    "restored: %ld, changed: %ld, removed: %ld; groups whose members change: %ld. `--dry-run` "
	    "names them.",
	    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(undo->since), count_of(rows, TEXT("restored")),
	    count_of(rows, TEXT("changed")), count_of(rows, TEXT("removed")),
	    count_of(rows, TEXT("members")));
}

enum cli_status
cli_undo(struct cli *cli)
{
	struct cli_time since;
	struct undo undo = {
		.token = cli->options[CLI_TOKEN],
		.dry_run = text_is_set(cli->options[CLI_DRY_RUN]),
	};
	struct pg_rows *rows;
	enum cli_status status = CLI_DONE;

	if (!cli_read_time(cli, CLI_SINCE, NULL, &since))
		return CLI_USAGE;
	undo.ago = since.span;
	undo.since = since.moment;
	if (!undo.dry_run && !text_is_set(cli->options[CLI_YES]))
		status = confirm(cli, &undo);
	if (status == CLI_DONE)
		status = run(cli, &undo, &rows);
	if (status != CLI_DONE)
		return status;
	print(cli, rows);
	return report(cli, &undo, rows);
}
