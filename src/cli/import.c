/*
 * import.c - `scimlet import`: people and groups out of a file.
 *
 * The file is read once, record by record; what is read goes to the database
 * in batches, each a transaction that also moves the mark from which --resume
 * goes on.  --dry-run does the same in one transaction that is taken back.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "cli/choice.h"
#include "cli/import_run.h"
#include "cli/rejects.h"
#include "json/write.h"

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

	import->records = arena_create();
	import->rows = arena_create();
	batches_begin(&import->batches);
	import_hear();
	if (import->dry_run ? store_import_try(&import->cli->session, import_run, import) :
	    import_run(import))
		import->status = import_report(import);
	import_hear_no_more();
	import->cli->session.arena = arena;
	batches_end(&import->batches);
	batch_release(&import->batch);
	buffer_release(&import->changes);
	buffer_release(&import->group_changes);
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

	import.batch = (struct batch){ .records.match = cli->options[CLI_MATCH],
		.names.by_address = text_equal(cli->options[CLI_MATCH], TEXT("email")) };
	import.batches = (struct batches){ .session = &cli->session, .run = &import.run,
		.one_by_one = import.dry_run, .context = &import };
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
