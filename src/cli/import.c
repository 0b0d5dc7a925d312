/*
 * import.c - `scimlet import`: people and groups out of a file.
 *
 * The file is read once, record by record; what is read goes to the database
 * in batches, each a transaction that also moves the mark from which --resume
 * goes on.  --dry-run does the same in one transaction that is taken back.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "cli/choice.h"
#include "cli/import.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "json/read.h"
#include "store/import.h"
#include "transfer/record.h"

/* Of a batch: whichever is reached first. */
#define BATCH_RECORDS 5000
#define BATCH_BYTES (4 * 1024 * 1024)
/* How many changes a dry run shows of each kind. */
#define SHOWN 10

struct import {
	struct cli *cli;
	const struct import_input *input;
	struct text options;
	const char *rejects;                    /* the file for them */
	bool dry_run, verbose, resume, explicit_rejects;
	struct source *source;
	struct import_run run;
	struct import_batch batch;
	struct arena *records;          /* reset after each record */
	struct arena *rows;             /* reset after each round trip */
	struct progress progress;
	struct buffer changes, refusals, counts;        /* what is shown at the end */
	long changes_shown, refusals_shown;
	long missing;
	bool deactivated;
	enum cli_status status;
};

static volatile sig_atomic_t interrupted;

static void
interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static bool
stop(struct import *import, enum cli_status status)
{
	progress_end(&import->progress);
	import->status = status;
	return false;
}

static bool
store_failed(struct import *import)
{
	progress_end(&import->progress);
	return stop(import, cli_store_failed(import->cli));
}

/* What is shown */

static bool
tells(const struct import *import)
{
	return import->dry_run;
}

static void
append_value(struct buffer *out, const struct json_value *value)
{
	struct json_writer writer = json_writer(out);

	if (value == NULL || value->kind == JSON_NULL)
		buffer_append(out, TEXT("none"));
	else
		json_write_value(&writer, value);
}

/* {"title": ["a", "b"]} as lines: title "a" -> "b" */
static void
append_changes(struct import *import, struct buffer *out, struct text changes)
{
	struct json_value *object;

	if (!text_is_set(changes) || !json_read_stored(import->rows, changes, &object))
		return;
	for (size_t i = 0; i < object->count; i++) {
		const struct json_member *member = &object->members[i];

		if (member->value->kind != JSON_ARRAY || member->value->count != 2)
			continue;
		buffer_format(out, "          %-12.*s ", TEXT_FORMAT(member->name));
		append_value(out, member->value->items[0]);
		buffer_append(out, TEXT(" -> "));
		append_value(out, member->value->items[1]);
		buffer_append_byte(out, '\n');
	}
}

static void
note_change(struct import *import, const struct pg_rows *rows, int row)
{
	static const struct {
		const char *action;
		char sign;
	} signs[] = {
		{ "create", '+' }, { "revive", '+' }, { "update", '~' }, { "manager", '~' },
		{ "members", '~' }, { "deactivate", '-' }, { "protected", '=' },
	};
	struct text action = pg_text(rows, row, IMPORT_ACTION);
	struct text type = pg_text(rows, row, IMPORT_TYPE);
	struct text name = cli_harmless(import->rows, pg_text(rows, row, IMPORT_SUBJECT));
	char sign = '~';

	if (!tells(import) || (!import->verbose && import->changes_shown >= SHOWN))
		return;
	/* Without --verbose a name alone says nothing that the count does not. */
	if (!import->verbose && text_equal(action, TEXT("create")))
		return;
	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (text_equal(action, text_of(signs[i].action)))
			sign = signs[i].sign;
	import->changes_shown++;
	buffer_format(&import->changes, "      %c %s%.*s\n", sign,
	    text_equal(type, TEXT("Group")) ? "group " : "", TEXT_FORMAT(name));
	append_changes(import, &import->changes, pg_text(rows, row, IMPORT_CHANGES));
	if (import->verbose) {
		fwrite(buffer_text(&import->changes).start, 1, import->changes.length, stdout);
		import->changes.length = 0;
	}
}

static void
note_refusal(struct import *import, const struct pg_rows *rows, int row)
{
	if (!tells(import) || (!import->verbose && import->refusals_shown >= SHOWN))
		return;
	import->refusals_shown++;
	buffer_format(&import->refusals, "      ! %s %.*s %.*s: %.*s\n", source_format_of(import->source)->place,
	    TEXT_FORMAT(pg_text(rows, row, IMPORT_LINE)),
	    TEXT_FORMAT(cli_harmless(import->rows, pg_text(rows, row, IMPORT_SUBJECT))),
	    TEXT_FORMAT(cli_harmless(import->rows, pg_text(rows, row, IMPORT_SENTENCE))));
	if (import->verbose) {
		fwrite(buffer_text(&import->refusals).start, 1, import->refusals.length, stdout);
		import->refusals.length = 0;
	}
}

/* The rows of a round trip; returns the action of the last, which has the counts. */
static struct text
note_rows(struct import *import, const struct pg_rows *rows)
{
	int last = pg_count(rows) - 1;

	for (int row = 0; row < last; row++) {
		if (text_equal(pg_text(rows, row, IMPORT_ACTION), TEXT("refused")))
			note_refusal(import, rows, row);
		else
			note_change(import, rows, row);
	}
	import->counts.length = 0;
	buffer_append(&import->counts, pg_text(rows, last, IMPORT_CHANGES));
	return pg_text(rows, last, IMPORT_ACTION);
}

static long
tell_limit(const struct import *import)
{
	return !tells(import) ? 0 : import->verbose ? BATCH_RECORDS * 1000L : 1000;
}

static long
count_of(const struct import *import, const char *name)
{
	struct json_value *counts;
	const struct json_value *value;
	long number = 0;

	if (import->counts.length == 0 ||
	    !json_read_stored(import->rows, buffer_text(&import->counts), &counts))
		return 0;
	value = json_get(counts, text_of(name));
	return value != NULL && text_to_long(value->text, &number) ? number : 0;
}

/* Records into batches */

/* Rows and copies of a round trip live until the next one. */
static void
begin_trip(struct import *import)
{
	struct session *session = &import->cli->session;

	arena_reset(import->rows);
	session->arena = import->rows;
	pg_set_arena(session->pg, import->rows);
}

static bool
lost_lock(struct import *import)
{
	progress_end(&import->progress);
	return stop(import, cli_fail(CLI_REFUSED, "Another import into \"%.*s\" is running.",
	    TEXT_FORMAT(import->cli->session.org)));
}

static bool
send_batch(struct import *import)
{
	struct pg_rows *rows;

	if (import->batch.count == 0)
		return true;
	begin_trip(import);
	import->batch.tell = tell_limit(import);
	if (!store_import_batch(&import->cli->session, &import->run, &import->batch, &rows))
		return store_failed(import);
	if (pg_count(rows) == 0)
		return lost_lock(import);
	(void)note_rows(import, rows);
	store_import_clear(&import->batch);
	return true;
}

static void
reject(struct import *import, const struct source_record *record, const struct scim_error *error)
{
	store_import_reject(&import->batch, record->line,
	    record->type == &scim_group_type ? TEXT("Group") : TEXT("User"), record->subject, error);
}

static void
add(struct import *import, const struct source_record *record)
{
	struct json_value *resource;
	struct scim_error error;

	if (!record_prepare(import->records, record, &resource, &error))
		reject(import, record, &error);
	else
		store_import_add(&import->batch, record->line, record->type->name,
		    json_to_text(import->records, resource), record->reference, record->groups);
}

static bool
broken(struct import *import, const struct source_record *record)
{
	progress_end(&import->progress);
	return stop(import, cli_fail(CLI_REFUSED, "%.*s, %s %zu: %.*s%s%s",
	    TEXT_FORMAT(import->input->name), source_format_of(import->source)->place, record->line,
	    TEXT_FORMAT(record->sentence), import->dry_run ? "" : " The records before it are imported. ",
	    import->dry_run ? "" : import->input->broken));
}

/* One record; *more false at the end. */
static bool
take_record(struct import *import, bool *more)
{
	struct source_record record;
	struct scim_error error;

	arena_reset(import->records);
	switch (source_next(import->source, import->records, &record)) {
	case SOURCE_RECORD:
		add(import, &record);
		break;
	case SOURCE_REJECT:
		(void)scim_fail(&error, REASON_IMPORT_UNREADABLE, record.sentence);
		reject(import, &record, &error);
		break;
	case SOURCE_END:
		*more = false;
		break;
	case SOURCE_BROKEN:
		/* What was read well so far goes in. */
		return send_batch(import) && broken(import, &record);
	}
	return true;
}

static bool
is_full(const struct import *import)
{
	return import->batch.count >= BATCH_RECORDS || import->batch.rows.length >= BATCH_BYTES ||
	    import->batch.rejects.length >= BATCH_BYTES;
}

static bool
take_break(struct import *import)
{
	if (!interrupted)
		return true;
	progress_end(&import->progress);
	if (import->dry_run)
		cli_say(import->cli, "Interrupted. Nothing was written.");
	else
		cli_say(import->cli, "Interrupted after %ld records, which are imported. Go on with the "
		    "same command and --resume.", import->run.records);
	return stop(import, CLI_INTERRUPTED);
}

static bool
read_records(struct import *import)
{
	bool more = true;

	while (more) {
		while (more && !is_full(import) && !interrupted)
			if (!take_record(import, &more))
				return false;
		if (!take_break(import) || !send_batch(import))
			return false;
		progress_show(&import->progress, source_position(import->source), import->run.records);
	}
	return true;
}

/* --resume: what was done with is read again, and that is all. */
static bool
skip_records(struct import *import)
{
	struct source_record record;

	bool skipped = import->run.records > 0 &&
	    source_skip(import->source, (uint64_t)import->run.records);

	for (long i = 0; !skipped && i < import->run.records; i++) {
		enum source_step step;

		arena_reset(import->records);
		step = source_next(import->source, import->records, &record);
		if (step == SOURCE_END || step == SOURCE_BROKEN)
			break;
	}
	progress_skipped(&import->progress, source_position(import->source), import->run.records);
	return take_break(import);
}

/* After the people */

static bool
settle(struct import *import)
{
	struct pg_rows *rows;
	struct text last;

	do {
		if (!take_break(import))
			return false;
		begin_trip(import);
		if (!store_import_next(&import->cli->session, &import->run, tell_limit(import), &rows))
			return store_failed(import);
		last = note_rows(import, rows);
		progress_show(&import->progress, source_position(import->source), import->run.records);
	} while (!text_equal(last, TEXT("finished")));
	return true;
}

static void print_summary(struct import *import);

/* The file was imported all the same, as the summary shows. */
static bool
nobody_deactivated(struct import *import, const char *why)
{
	progress_end(&import->progress);
	if (import->cli->output == CLI_TABLE)
		print_summary(import);
	return stop(import, cli_fail(CLI_REFUSED, "%s: %s", import->dry_run ?
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
	    "than --max-deactivate %.*s allows.", TEXT_FORMAT(number),
	    TEXT_FORMAT(import->cli->options[CLI_MAX_DEACTIVATE])).start);
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
	return count_of(import, "User.create") + count_of(import, "User.revive") +
	    count_of(import, "User.update") + count_of(import, "User.same");
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
		return store_failed(import);
	outcome = pg_text(rows, pg_count(rows) - 1, IMPORT_ACTION);
	if (!text_equal(outcome, TEXT("counts")))
		return too_many(import, outcome, pg_text(rows, pg_count(rows) - 1, IMPORT_CHANGES));
	progress_end(&import->progress);
	name_protected(import, rows);
	(void)note_rows(import, rows);
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
			return store_failed(import);
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

	if (count_of(import, "refused") == 0 || (import->dry_run && !import->explicit_rejects))
		return true;
	/* No record is read any more, so that nothing empties that arena. */
	if (rejects_begin(import->records, import->rejects, &rejects) &&
	    rejects_end(&rejects, write_rejects_to(import, rejects.file)))
		return true;
	return import->status != CLI_DONE ? false : stop(import, cli_fail(CLI_SOME_FAILED,
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
		return stop(import, cli_no_organization(import->cli));
	return stop(import, cli_fail(CLI_REFUSED, sentences[outcome],
	    TEXT_FORMAT(import->cli->session.org)));
}

static bool
begin(struct import *import)
{
	enum import_outcome outcome;

	if (!store_import_begin(&import->cli->session, import->input->name, import->input->digest,
	    import->options,
	    import->resume, &import->run, &outcome))
		return store_failed(import);
	if (outcome != IMPORT_BEGUN && outcome != IMPORT_RESUMED)
		return not_begun(import, outcome);
	if (outcome == IMPORT_RESUMED)
		cli_say(import->cli, "Going on after %ld records.", import->run.records);
	return true;
}

static bool
run_import(void *context)
{
	struct import *import = context;

	if (!begin(import) || !skip_records(import) || !read_records(import) || !settle(import) ||
	    !write_rejects(import) || !deactivate_missing(import))
		return false;
	begin_trip(import);
	return store_import_end(&import->cli->session, &import->run, &import->missing) ||
	    store_failed(import);
}

/* What it comes to */

static const struct {
	const char *name, *line;
	bool is_work;           /* that a dry run has found */
} count_lines[] = {
	{ "User.create", "  + create      %8ld\n", true },
	{ "User.revive", "  + come back   %8ld\n", true },
	{ "User.update", "  ~ change      %8ld\n", true },
	{ "User.manager", "  ~ manager     %8ld\n", true },
	{ "User.deactivate", "  - deactivate  %8ld\n", true },
	{ "User.same", "  = same        %8ld\n", false },
	{ "Group.create", "  + groups      %8ld\n", true },
	{ "Group.update", "  ~ groups      %8ld\n", true },
	{ "Group.same", "  = groups      %8ld\n", false },
	{ "added", "  + members     %8ld\n", true },
	{ "removed", "  - members     %8ld\n", true },
	{ "refused", "  ! rejected    %8ld\n", false },
};

static bool
is_always_shown(const char *name)
{
	return strcmp(name, "User.create") == 0 || strcmp(name, "User.update") == 0 ||
	    strcmp(name, "User.same") == 0;
}

static void
print_summary(struct import *import)
{
	printf("%.*s: %ld records read\n", TEXT_FORMAT(import->cli->session.org),
	    import->run.records);
	for (size_t i = 0; i < COUNT_OF(count_lines); i++) {
		long number = count_of(import, count_lines[i].name);

		if (number > 0 || is_always_shown(count_lines[i].name))
			printf(count_lines[i].line, number);
		if (strcmp(count_lines[i].name, "User.manager") == 0)
			fwrite(buffer_text(&import->changes).start, 1, import->changes.length, stdout);
	}
	fwrite(buffer_text(&import->refusals).start, 1, import->refusals.length, stdout);
	if (import->missing > 0 && !import->deactivated)
		printf("  - missing     %8ld   left alone (use --deactivate-missing)\n",
		    import->missing);
}

static void
print_counts(struct import *import)
{
	struct cli_property *properties = arena_array(import->rows, COUNT_OF(count_lines) + 2,
	    sizeof(*properties));
	size_t count = 0;

	properties[count++] = (struct cli_property){ .column = { "records", CLI_NUMBER },
	    .value = arena_format(import->rows, "%ld", import->run.records) };
	for (size_t i = 0; i < COUNT_OF(count_lines); i++)
		properties[count++] = (struct cli_property){
		    .column = { count_lines[i].name, CLI_NUMBER }, .value = arena_format(import->rows,
		    "%ld", count_of(import, count_lines[i].name)) };
	properties[count++] = (struct cli_property){ .column = { "missing", CLI_NUMBER },
	    .value = arena_format(import->rows, "%ld", import->missing) };
	cli_print_properties(import->cli, properties, count);
}

static bool
found_work(const struct import *import)
{
	for (size_t i = 0; i < COUNT_OF(count_lines); i++)
		if (count_lines[i].is_work && count_of(import, count_lines[i].name) > 0)
			return true;
	return false;
}

static enum cli_status
report(struct import *import)
{
	long refused = count_of(import, "refused");

	progress_end(&import->progress);
	if (import->cli->output == CLI_TABLE)
		print_summary(import);
	else
		print_counts(import);
	if (refused > 0 && (!import->dry_run || import->explicit_rejects))
		cli_say(import->cli, "The rejected records are in %s: line, whom, why.", import->rejects);
	if (source_passed_over(import->source) > 0)
		cli_say(import->cli, "%llu entries are neither people nor groups, and were passed over.",
		    (unsigned long long)source_passed_over(import->source));
	if (import->dry_run)
		cli_say(import->cli, "Nothing was written. Run again without --dry-run to apply.");
	if (import->dry_run && found_work(import))
		return CLI_PENDING;
	return refused > 0 ? CLI_SOME_FAILED : CLI_DONE;
}

/* What is asked for */

static enum cli_status
check_options(const struct cli *cli)
{
	struct text match = cli->options[CLI_MATCH], most = cli->options[CLI_MAX_DEACTIVATE];
	long number;

	if (text_is_set(match) && !cli_is_choice(CLI_MATCH, match))
		return cli_fail(CLI_USAGE, "--match is external_id, user_name or email.");
	if (text_is_set(most) && (!text_to_long(most, &number) || number < 0))
		return cli_fail(CLI_USAGE, "--max-deactivate is a number.");
	if (text_is_set(cli->options[CLI_DEACTIVATE_MISSING]) != text_is_set(most))
		return cli_fail(CLI_USAGE, "--deactivate-missing needs --max-deactivate N, which is for it: "
		    "if more than N people are not in the file, nobody is deactivated.");
	if (text_is_set(cli->options[CLI_RESUME]) && text_is_set(cli->options[CLI_DRY_RUN]))
		return cli_fail(CLI_USAGE, "--resume and --dry-run do not go together.");
	return CLI_DONE;
}

/* Before the file is looked at, which may be large. */
static enum cli_status
check_organization(struct cli *cli)
{
	struct pg_rows *rows;

	if (!store_organization_show(&cli->session, &rows))
		return cli_store_failed(cli);
	return pg_count(rows) == 0 ? cli_no_organization(cli) : CLI_DONE;
}

enum cli_status
cli_import_check(struct cli *cli)
{
	enum cli_status status = check_options(cli);

	return status == CLI_DONE ? check_organization(cli) : status;
}

static enum cli_status
read_maps(struct cli *cli, struct source_options *options)
{
	struct source_map *maps = arena_array(cli->session.arena, cli->map_count, sizeof(*maps));

	for (size_t i = 0; i < cli->map_count; i++) {
		struct text map = cli->maps[i];
		size_t equal = text_find_byte(map, '=');

		if (equal == map.length || equal == 0)
			return cli_fail(CLI_USAGE, "--map is COLUMN=ATTRIBUTE, or COLUMN= to leave it out.");
		maps[i] = (struct source_map){ text_first(map, equal), text_after(map, equal + 1) };
	}
	*options = (struct source_options){ maps, cli->map_count };
	return CLI_DONE;
}

static struct text
options_text(const struct import *import)
{
	const struct cli *cli = import->cli;
	struct buffer buffer = { 0 };
	struct json_writer writer = json_writer(&buffer);
	struct text text;

	json_begin_object(&writer);
	json_member_string(&writer, TEXT("format"), text_of(source_format_of(import->source)->name));
	if (text_is_set(cli->options[CLI_MATCH]))
		json_member_string(&writer, TEXT("match"), cli->options[CLI_MATCH]);
	if (!text_is_set(import->input->digest))
		json_member_string(&writer, TEXT("from"), import->input->name);
	json_name(&writer, TEXT("map"));
	json_begin_array(&writer);
	for (size_t i = 0; i < cli->map_count; i++)
		json_write_string(&writer, cli->maps[i]);
	json_end_array(&writer);
	json_end_object(&writer);
	text = arena_copy(cli->session.arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}

static void
name_rejects(struct import *import)
{
	struct text name = import->cli->options[CLI_REJECTS];

	import->explicit_rejects = text_is_set(name);
	import->rejects = arena_string(import->cli->session.arena,
	    text_is_set(name) ? name : import->input->rejects);
}

static enum cli_status
run_all(struct import *import)
{
	struct arena *arena = import->cli->session.arena;
	struct sigaction action = { .sa_handler = interrupt }, before;

	import->records = arena_create();
	import->rows = arena_create();
	import->batch.match = import->cli->options[CLI_MATCH];
	sigaction(SIGINT, &action, &before);
	if (import->dry_run ? store_import_try(&import->cli->session, run_import, import) :
	    run_import(import))
		import->status = report(import);
	sigaction(SIGINT, &before, NULL);
	import->cli->session.arena = arena;
	store_import_release(&import->batch);
	buffer_release(&import->changes);
	buffer_release(&import->refusals);
	buffer_release(&import->counts);
	arena_destroy(import->records);
	/* Rows of the connection may still be there. */
	arena_destroy(import->rows);
	pg_set_arena(import->cli->session.pg, arena);
	return import->status;
}

enum cli_status
cli_import_from(struct cli *cli, const struct import_input *input)
{
	struct import import = {
		.cli = cli,
		.input = input,
		.source = input->source,
		.dry_run = text_is_set(cli->options[CLI_DRY_RUN]),
		.verbose = cli->verbose,
		.resume = text_is_set(cli->options[CLI_RESUME]),
	};

	import.options = options_text(&import);
	name_rejects(&import);
	import.status = rejects_check(import.rejects, arena_string(cli->session.arena, input->name));
	if (import.status != CLI_DONE)
		return import.status;
	import.progress = progress_begin(cli, "Importing", input->size);
	return run_all(&import);
}

/* Files */

/* SHA-256 and size of a regular file; a pipe has neither. */
static enum cli_status
measure(struct cli *cli, const char *path, struct import_input *input)
{
	unsigned char digest[DIGEST_SIZE];
	struct buffer hex = { 0 };
	struct stat status;
	FILE *file;

	if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
		return CLI_DONE;
	file = fopen(path, "rb");
	if (file == NULL || !digest_sha256_file(file, digest)) {
		if (file != NULL)
			fclose(file);
		return cli_fail(CLI_NOT_FOUND, "%s cannot be read: %s.", path, strerror(errno));
	}
	fclose(file);
	for (size_t i = 0; i < sizeof(digest); i++)
		buffer_format(&hex, "%02x", digest[i]);
	input->digest = arena_copy(cli->session.arena, buffer_text(&hex));
	buffer_release(&hex);
	input->size = (uint64_t)status.st_size;
	return CLI_DONE;
}

static enum cli_status
open_source(struct cli *cli, const char *path, const struct source_options *options,
    struct import_input *input)
{
	struct text name = cli->options[CLI_FORMAT], sentence;
	const struct source_format *format = text_is_set(name) ? source_format_find(name) : NULL;

	if (text_is_set(name) && format == NULL)
		return cli_fail(CLI_USAGE, "There is no format \"%.*s\". See `scimlet import --help`.",
		    TEXT_FORMAT(name));
	input->source = source_open(cli->session.arena, path, format, options, &sentence);
	return input->source != NULL ? CLI_DONE :
	    cli_fail(CLI_USAGE, "%s: %.*s", path, TEXT_FORMAT(sentence));
}

enum cli_status
cli_import(struct cli *cli)
{
	struct arena *arena = cli->session.arena;
	const char *path = arena_string(arena, cli->arguments[1]);
	struct import_input input = {
		.name = cli->arguments[1], .digest = TEXT_NONE,
		.rejects = strcmp(path, "-") == 0 ? TEXT("import.rejects") :
		    ARENA_JOIN(arena, text_of(path), TEXT(".rejects")),
		.broken = "Correct the file and import it again.",
	};
	struct source_options options;
	enum cli_status status = cli_import_check(cli);

	if (status == CLI_DONE)
		status = read_maps(cli, &options);
	if (status == CLI_DONE)
		status = measure(cli, path, &input);
	if (status == CLI_DONE)
		status = open_source(cli, path, &options, &input);
	if (status != CLI_DONE)
		return status;
	status = cli_import_from(cli, &input);
	source_close(input.source);
	return status;
}
