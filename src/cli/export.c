/*
 * export.c - `scimlet export`: people and groups to stdout.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "store/export.h"
#include "transfer/writer.h"

#define PIECE 65536     /* bytes that are worth a write */

struct export {
	struct cli *cli;
	struct writer writer;
	struct export_count count;
	bool terminal;          /* stdout is one, and shows what would steer it by its number */
	bool altered;           /* it did */
	bool failed;            /* stdout takes no more */
};

static void
write_bytes(struct export *export, struct text bytes)
{
	struct buffer shown = { 0 };

	if (export->terminal) {
		export->altered |= !cli_append_harmless(&shown, bytes, true);
		bytes = buffer_text(&shown);
	}
	export->failed = fwrite(bytes.start, 1, bytes.length, stdout) != bytes.length;
	buffer_release(&shown);
}

/* Hands on what is there once it is worth it; the buffer begins anew. */
static bool
write_out(struct export *export, size_t worth)
{
	struct buffer *out = &export->writer.out;

	if (out->length == 0 || out->length < worth)
		return true;
	write_bytes(export, buffer_text(out));
	out->length = 0;
	return !export->failed;
}

static struct written_person
written(const struct export_person *person)
{
	return (struct written_person){ person->id, person->created, person->last_modified,
		person->resource, person->manager, person->groups, person->active };
}

static bool
survey_person(void *context, struct arena *arena, const struct export_person *person)
{
	struct export *export = context;
	const struct written_person row = written(person);

	export->writer.format->survey(&export->writer, arena, &row);
	return true;
}

static bool
begin(void *context, const struct export_count *count)
{
	struct export *export = context;

	export->count = *count;
	export->writer.format->begin(&export->writer, count->people + count->groups);
	return true;
}

static bool
write_person(void *context, struct arena *arena, const struct export_person *person)
{
	struct export *export = context;
	const struct written_person row = written(person);

	export->writer.format->person(&export->writer, arena, &row);
	return write_out(export, PIECE);
}

static bool
begin_group(void *context, const struct export_group *group)
{
	struct export *export = context;
	const struct written_group row = { group->id, group->created, group->last_modified,
		group->display_name, group->external_id };

	export->writer.format->group(&export->writer, &row);
	return true;
}

static bool
write_member(void *context, const struct export_member *member)
{
	struct export *export = context;
	const struct written_member row = { member->id, member->type, member->name };

	export->writer.format->member(&export->writer, &row);
	return write_out(export, PIECE);
}

static bool
end_group(void *context)
{
	struct export *export = context;

	export->writer.format->group_end(&export->writer);
	return write_out(export, PIECE);
}

/* Says what the file does not hold; exit 1 then, for scripts that count on all of it. */
static enum cli_status
tell(struct export *export)
{
	const struct writer *writer = &export->writer;
	long beyond = writer->groups_of_people ? export->count.groups - export->count.plain_groups : 0;
	enum cli_status status = CLI_DONE;

	if (export->altered)
		cli_say(export->cli, "This terminal shows some characters by their number, as \\u{1B}; a "
		    "file or a pipe gets them as they are.");
	if (writer->left_out > 0)
		status = cli_fail(CLI_SOME_FAILED, "%ld people have values that this file cannot hold and "
		    "that were left out, in: %.*s.%s", writer->left_out,
		    TEXT_FORMAT(buffer_text(&writer->left_out_names)),
		    writer->format->has_groups ? "" : " jsonl and scim hold all of SCIM.");
	if (beyond > 0)
		status = cli_fail(CLI_SOME_FAILED, "%ld groups have no people, groups as members or an "
		    "externalId, which this file cannot hold. jsonl and scim do.", beyond);
	return status;
}

static enum cli_status
run(struct export *export)
{
	struct cli *cli = export->cli;
	const struct writer *writer = &export->writer;
	const struct export_reader reader = {
		begin, writer->format->survey != NULL ? survey_person : NULL, write_person, begin_group,
		write_member, end_group, export, writer->format->has_groups, writer->groups_of_people,
	};

	switch (store_export(&cli->session, &reader)) {
	case EXPORT_DONE:
		break;
	case EXPORT_NO_ORGANIZATION:
		return cli_no_organization(cli);
	case EXPORT_STOPPED:
		return CLI_SOME_FAILED;         /* main says that stdout failed */
	case EXPORT_FAILED:
		return cli_store_failed(cli);
	}
	export->writer.format->end(&export->writer);
	return write_out(export, 0) ? tell(export) : CLI_SOME_FAILED;
}

enum cli_status
cli_export(struct cli *cli)
{
	struct text name = cli->options[CLI_FORMAT];
	const struct writer_format *format =
	    writer_format_find(text_is_set(name) ? name : TEXT("jsonl"));
	struct export export = { .cli = cli, .terminal = isatty(STDOUT_FILENO) };
	enum cli_status status;

	if (cli->output != CLI_TABLE)
		return cli_fail(CLI_USAGE, "-o is for tables; the form of an export is its --format: %.*s.",
		    TEXT_FORMAT(writer_format_names(cli->session.arena)));
	if (format == NULL)
		return cli_fail(CLI_USAGE, "There is no format \"%.*s\" to write: %.*s.",
		    TEXT_FORMAT(name), TEXT_FORMAT(writer_format_names(cli->session.arena)));
	if (text_is_set(cli->options[CLI_GROUPS]) && format->has_groups)
		return cli_fail(CLI_USAGE, "%s holds groups anyway: --groups is for csv.", format->name);
	export.writer = writer_create(format);
	export.writer.canonical = text_is_set(cli->options[CLI_CANONICAL]);
	export.writer.groups_of_people = text_is_set(cli->options[CLI_GROUPS]);
	status = run(&export);
	writer_release(&export.writer);
	return status;
}
