/*
 * import_report.c - what an import says: the changes of a dry run, counts.
 */
#include <stdio.h>

#include "cli/changes.h"
#include "cli/import_run.h"
#include "json/read.h"

/* How many changes a dry run shows of each kind, and is told of to choose from; with --verbose all. */
#define SHOWN 10
#define SHOWN_MOST 1000
#define ALL 5000000L

/* What it does */

static bool
tells(const struct import *import)
{
	return import->dry_run;
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
	bool is_group = text_equal(pg_text(rows, row, IMPORT_TYPE), TEXT("Group"));
	struct text name = cli_harmless(import->rows, pg_text(rows, row, IMPORT_SUBJECT));
	struct buffer *out = is_group ? &import->group_changes : &import->changes;
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
	buffer_format(out, "      %c %s%.*s\n", sign, is_group ? "group " : "", TEXT_FORMAT(name));
	cli_append_changes(import->rows, out, pg_text(rows, row, IMPORT_CHANGES));
	if (import->verbose) {
		fwrite(buffer_text(out).start, 1, out->length, stdout);
		out->length = 0;
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

void
import_note_rows(struct import *import, const struct pg_rows *rows)
{
	for (int row = 0; row < pg_count(rows) - 1; row++) {
		if (text_equal(pg_text(rows, row, IMPORT_ACTION), TEXT("refused")))
			note_refusal(import, rows, row);
		else
			note_change(import, rows, row);
	}
}

void
import_note_counts(struct import *import, struct text counts)
{
	import->counts.length = 0;
	buffer_append(&import->counts, counts);
}

long
import_tell_limit(const struct import *import)
{
	return !tells(import) ? 0 : import->verbose ? ALL : SHOWN_MOST;
}

long
import_count(const struct import *import, const char *name)
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

void
import_print_summary(struct import *import)
{
	printf("%.*s: %ld records read\n", TEXT_FORMAT(import->cli->session.org),
	    import->run.records);
	for (size_t i = 0; i < COUNT_OF(count_lines); i++) {
		long number = import_count(import, count_lines[i].name);

		if (number > 0 || is_always_shown(count_lines[i].name))
			printf(count_lines[i].line, number);
		if (strcmp(count_lines[i].name, "User.manager") == 0)
			fwrite(buffer_text(&import->changes).start, 1, import->changes.length, stdout);
		/* Their members are what changes of most, also of new ones. */
		if (strcmp(count_lines[i].name, "removed") == 0)
			fwrite(buffer_text(&import->group_changes).start, 1,
			    import->group_changes.length, stdout);
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
		    "%ld", import_count(import, count_lines[i].name)) };
	properties[count++] = (struct cli_property){ .column = { "missing", CLI_NUMBER },
	    .value = arena_format(import->rows, "%ld", import->missing) };
	cli_print_properties(import->cli, properties, count);
}

static bool
found_work(const struct import *import)
{
	for (size_t i = 0; i < COUNT_OF(count_lines); i++)
		if (count_lines[i].is_work && import_count(import, count_lines[i].name) > 0)
			return true;
	return false;
}

enum cli_status
import_report(struct import *import)
{
	long refused = import_count(import, "refused");

	progress_end(&import->progress);
	if (import->cli->output == CLI_TABLE)
		import_print_summary(import);
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
	if (found_work(import))
		cli_say(import->cli, "To take back all that changed since it began: scimlet undo %.*s --since %.*s",
		    TEXT_FORMAT(import->cli->session.org), TEXT_FORMAT(import->started));
	return refused > 0 ? CLI_SOME_FAILED : CLI_DONE;
}

