/*
 * import_run.c - an import from its beginning to its end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "cli/import_run.h"
#include "cli/rejects.h"

static volatile sig_atomic_t interrupted;

static void
interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

bool
import_interrupted(void)
{
	return interrupted;
}

static struct sigaction before;

void
import_hear(void)
{
	struct sigaction action = { .sa_handler = interrupt };

	sigaction(SIGINT, &action, &before);
}

void
import_hear_no_more(void)
{
	sigaction(SIGINT, &before, NULL);
}

bool
import_stop(struct import *import, enum cli_status status)
{
	progress_end(&import->progress);
	import->status = status;
	return false;
}

bool
import_store_failed(struct import *import)
{
	progress_end(&import->progress);
	import->cli->partly = import->begun && !import->dry_run;
	import->status = cli_store_failed(import->cli);
	if (import->begun && !import->dry_run)
		cli_say(import->cli, "At least %ld records are in. Go on with the same command and --resume.",
		    import->run.records);
	return false;
}

bool
import_take_break(struct import *import)
{
	if (!interrupted)
		return true;
	progress_end(&import->progress);
	if (import->dry_run)
		cli_say(import->cli, "Interrupted. Nothing was written.");
	else
		cli_say(import->cli, "Interrupted after %ld records, which are imported. Go on with the "
		    "same command and --resume.", import->run.records);
	return import_stop(import, CLI_INTERRUPTED);
}

/* Rows and copies of a round trip live until the next one. */
static void
begin_trip(struct import *import)
{
	struct session *session = &import->cli->session;

	arena_reset(import->rows);
	session->arena = import->rows;
	pg_set_arena(session->pg, import->rows);
}

bool
import_is_taken(struct import *import)
{
	struct pg_rows *rows;

	progress_end(&import->progress);
	begin_trip(import);
	if (!store_organization_show(&import->cli->session, &rows))
		return import_store_failed(import);
	if (pg_count(rows) == 0)
		return import_stop(import, cli_fail(CLI_NOT_FOUND, "The organization \"%.*s\" was deleted "
		    "meanwhile, and with it what was imported.", TEXT_FORMAT(import->cli->session.org)));
	return import_stop(import, cli_fail(CLI_REFUSED, "Another import into \"%.*s\" is running.",
	    TEXT_FORMAT(import->cli->session.org)));
}

/* After the people */

/* Returns the action of the last row, which has the counts. */
static struct text
note_piece(struct import *import, const struct pg_rows *rows)
{
	int last = pg_count(rows) - 1;

	import_note_rows(import, rows);
	import_note_counts(import, pg_text(rows, last, IMPORT_CHANGES));
	return pg_text(rows, last, IMPORT_ACTION);
}

static bool
settle(struct import *import)
{
	struct pg_rows *rows;
	struct text last;

	do {
		if (!import_take_break(import))
			return false;
		begin_trip(import);
		if (!store_import_next(&import->cli->session, &import->run, import_tell_limit(import), &rows))
			return import_store_failed(import);
		if (pg_count(rows) == 0)
			return import_is_taken(import);
		last = note_piece(import, rows);
		progress_show_piece(&import->progress, import->run.records,
		    pg_text(rows, pg_count(rows) - 1, IMPORT_SUBJECT));
	} while (!text_equal(last, TEXT("finished")));
	return true;
}

/* The file was imported all the same, as the summary shows. */
static bool
nobody_deactivated(struct import *import, const char *why)
{
	progress_end(&import->progress);
	if (import->cli->output == CLI_TABLE)
		import_print_summary(import);
	return import_stop(import, cli_fail(CLI_REFUSED, "%s: %s", import->dry_run ?
	    "Nothing was done, and nobody would be deactivated" :
	    "The file was imported, but nobody was deactivated", why));
}

static bool
too_many(struct import *import, struct text outcome, struct text number)
{
	if (text_equal(outcome, TEXT("rejected")))
		return nobody_deactivated(import, "records were rejected, and who is missing could be in one "
		    "of them. Correct them, and import again.");
	return nobody_deactivated(import, arena_format(import->rows, "%.*s people are not in it, more "
	    "than --max-deactivate %.*s allows.%s", TEXT_FORMAT(number),
	    TEXT_FORMAT(import->cli->options[CLI_MAX_DEACTIVATE]), import->dry_run ? "" :
	    " With --resume and a larger number it goes on from here.").start);
}

/* Protected people stay as they are, and are named. */
static void
name_protected(struct import *import, const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows); row++)
		if (text_equal(pg_text(rows, row, IMPORT_ACTION), TEXT("protected")))
			cli_say(import->cli, "%.*s is not in the file, is protected, and was left alone.",
			    TEXT_FORMAT(cli_harmless(import->rows, pg_text(rows, row, IMPORT_SUBJECT))));
}

static long
people_in_file(struct import *import)
{
	return import_count(import, "User.create") + import_count(import, "User.revive") +
	    import_count(import, "User.update") + import_count(import, "User.same");
}

static bool
deactivate_missing(struct import *import)
{
	struct pg_rows *rows;
	struct text outcome;

	if (!text_is_set(import->cli->options[CLI_DEACTIVATE_MISSING]))
		return true;
	/* What a broken export leaves behind must not lock everybody out. */
	if (people_in_file(import) == 0)
		return nobody_deactivated(import, "there is no person in it, so everybody would be.");
	begin_trip(import);
	if (!store_import_deactivate(&import->cli->session, &import->run,
	    import->cli->options[CLI_MAX_DEACTIVATE], &rows))
		return import_store_failed(import);
	outcome = pg_text(rows, pg_count(rows) - 1, IMPORT_ACTION);
	if (!text_equal(outcome, TEXT("counts")))
		return too_many(import, outcome, pg_text(rows, pg_count(rows) - 1, IMPORT_CHANGES));
	progress_end(&import->progress);
	name_protected(import, rows);
	(void)note_piece(import, rows);
	import->deactivated = true;
	return true;
}

/* Rejects */

/* A line each: LINE, subject and sentence parted by tabs. */
static void
write_rejects_page(struct import *import, FILE *file, const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows); row++)
		fprintf(file, "%.*s\t%.*s\t%.*s\n", TEXT_FORMAT(pg_text(rows, row, 0)),
		    TEXT_FORMAT(cli_harmless(import->rows, pg_text(rows, row, 2))),
		    TEXT_FORMAT(cli_harmless(import->rows, pg_text(rows, row, 3))));
}

static bool
write_rejects_to(struct import *import, FILE *file)
{
	char line[32] = "-1", place[200] = "";
	struct pg_rows *rows;
	int count;

	do {
		begin_trip(import);
		if (!store_import_rejects(&import->cli->session, &import->run, text_of(line),
		    text_of(place), &rows))
			return import_store_failed(import);
		write_rejects_page(import, file, rows);
		count = pg_count(rows);
		if (count > 0) {
			snprintf(line, sizeof(line), "%.*s", TEXT_FORMAT(pg_text(rows, count - 1, 0)));
			snprintf(place, sizeof(place), "%.*s", TEXT_FORMAT(pg_text(rows, count - 1, 1)));
		}
	} while (count > 0);
	return true;
}

static bool
write_rejects(struct import *import)
{
	struct rejects rejects;

	if (import_count(import, "refused") == 0 || (import->dry_run && !import->explicit_rejects))
		return true;
	/* No record is read any more, so that nothing empties that arena. */
	if (rejects_begin(import->records, import->rejects, &rejects) &&
	    rejects_end(&rejects, write_rejects_to(import, rejects.file)))
		return true;
	return import->status != CLI_DONE ? false : import_stop(import, cli_fail(CLI_SOME_FAILED,
	    "The rejected records cannot be written to %s: %s. They are in scim.import_rejects.",
	    import->rejects, strerror(errno)));
}

/* The whole */

static bool
not_begun(struct import *import, enum import_outcome outcome)
{
	static const char *const sentences[] = {
		[IMPORT_LOCKED] = "Another import into \"%.*s\" is running.",
		[IMPORT_NOTHING] = "There is no import into \"%.*s\" that was broken off: leave out --resume.",
		[IMPORT_OTHER_FILE] = "The import into \"%.*s\" that was broken off was of another file, or "
		    "the file has changed since: begin anew without --resume.",
		[IMPORT_OTHER_OPTIONS] = "The import into \"%.*s\" that was broken off had another --format, "
		    "--match or --map: use the same, or begin anew without --resume.",
	};

	if (outcome == IMPORT_NO_ORGANIZATION)
		return import_stop(import, cli_no_organization(import->cli));
	return import_stop(import, cli_fail(CLI_REFUSED, sentences[outcome],
	    TEXT_FORMAT(import->cli->session.org)));
}

static bool
begin(struct import *import)
{
	enum import_outcome outcome;

	if (!store_import_begin(&import->cli->session, import->input->name, import->input->digest,
	    import->options,
	    import->resume, &import->run, &outcome))
		return import_store_failed(import);
	if (outcome != IMPORT_BEGUN && outcome != IMPORT_RESUMED)
		return not_begun(import, outcome);
	import->begun = true;
	if (outcome == IMPORT_RESUMED)
		cli_say(import->cli, "Going on after %ld records.", import->run.records);
	return true;
}

bool
import_run(void *context)
{
	struct import *import = context;

	if (!begin(import) || !import_skip_records(import) || !import_read_records(import) || !settle(import) ||
	    !write_rejects(import) || !deactivate_missing(import))
		return false;
	begin_trip(import);
	return store_import_end(&import->cli->session, &import->run, &import->missing, &import->started) ||
	    import_store_failed(import);
}
