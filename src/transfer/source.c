/*
 * source.c - the table of formats, opening one, reading from it.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/fatal.h"
#include "json/read.h"
#include "scim/resource.h"
#include "transfer/input.h"

/* What is looked at to know a format. */
#define FIRST_BYTES 4096

const struct source_format *const source_formats[] = {
	&source_scim, &source_jsonl, &source_ldif, &source_csv, NULL
};

const struct source_format *
source_format_find(struct text name)
{
	for (size_t i = 0; source_formats[i] != NULL; i++)
		if (text_equal_nocase(text_of(source_formats[i]->name), name))
			return source_formats[i];
	return NULL;
}

static const struct source_format *
recognise(struct source *source, const char *path)
{
	struct text first;

	for (size_t i = 0; source_formats[i] != NULL; i++)
		if (text_ends(text_of(path), text_of(source_formats[i]->extension)))
			return source_formats[i];
	first = input_peek(&source->input, FIRST_BYTES);
	for (size_t i = 0; source_formats[i] != NULL; i++)
		if (source_formats[i]->recognises != NULL && source_formats[i]->recognises(first))
			return source_formats[i];
	return NULL;
}

static struct text
format_names(struct arena *arena)
{
	struct text names = TEXT("");

	for (size_t i = 0; source_formats[i] != NULL; i++)
		names = ARENA_JOIN(arena, names, i > 0 ? TEXT(", ") : TEXT(""),
		    text_of(source_formats[i]->name));
	return names;
}

/* Excel's "Unicode text" would be read as columns of nonsense. */
static bool
check_encoding(struct source *source, struct text *sentence)
{
	struct text first = input_peek(&source->input, 3);

	if (text_equal(first, TEXT("\xef\xbb\xbf")))
		source->input.at += 3;
	if (!text_starts(first, TEXT("\xff\xfe")) && !text_starts(first, TEXT("\xfe\xff")))
		return true;
	*sentence = TEXT("The file is UTF-16. Save it as UTF-8.");
	return false;
}

static bool
begin(struct arena *arena, struct source *source, const char *path, struct text *sentence)
{
	if (!check_encoding(source, sentence))
		return false;
	if (source->format == NULL)
		source->format = recognise(source, path);
	if (source->format == NULL) {
		*sentence = arena_format(arena, "What the file is cannot be told from its name. "
		    "Say it with --format: %.*s.", TEXT_FORMAT(format_names(arena)));
		return false;
	}
	if (source->options->map_count > 0 && !source->format->takes_maps) {
		*sentence = arena_format(arena, "Files of the format %s have no columns: leave out --map.",
		    source->format->name);
		return false;
	}
	return source->format->begin == NULL || source->format->begin(source, sentence);
}

struct source *
source_open(struct arena *arena, const char *path, const struct source_format *format,
    const struct source_options *options, struct text *sentence)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		fatal("out of memory");
	source->format = format;
	source->options = options;
	source->input.line = 1;
	source->input.file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (source->input.file == NULL) {
		*sentence = arena_format(arena, "The file cannot be opened: %s.", strerror(errno));
		free(source);
		return NULL;
	}
	*sentence = TEXT_NONE;
	if (begin(arena, source, path, sentence))
		return source;
	*sentence = arena_copy(arena, *sentence);
	source_close(source);
	return NULL;
}

void
source_close(struct source *source)
{
	if (source == NULL)
		return;
	if (source->state != NULL && source->format->end != NULL)
		source->format->end(source);
	if (source->input.file != NULL && source->input.file != stdin)
		fclose(source->input.file);
	free(source->input.bytes);
	free(source);
}

enum source_step
source_next(struct source *source, struct arena *arena, struct source_record *record)
{
	enum source_step step;

	*record = (struct source_record){ .line = source->input.line, .reference = TEXT_NONE,
	    .subject = TEXT_NONE, .sentence = TEXT_NONE };
	step = source->format->next(source, arena, record);
	/* An end that is none: a disk's fault must not look like a shorter file. */
	if (step == SOURCE_END && source->input.failed)
		return source_break(arena, record, "The file cannot be read any further.");
	return step;
}

bool
source_skip(struct source *source, uint64_t records)
{
	if (source->format->skip == NULL)
		return false;
	source->format->skip(source, records);
	return true;
}

void
source_when_waiting(struct source *source, void (*waiting)(void *context), void *context)
{
	source->input.waiting = waiting;
	source->input.context = context;
}

const struct source_format *
source_format_of(const struct source *source)
{
	return source->format;
}

uint64_t
source_position(const struct source *source)
{
	return source->input.before + source->input.at;
}

uint64_t
source_passed_over(const struct source *source)
{
	return source->passed_over;
}

enum source_step
source_reject(struct arena *arena, struct source_record *record, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	record->sentence = arena_format_list(arena, format, list);
	va_end(list);
	return SOURCE_REJECT;
}

enum source_step
source_break(struct arena *arena, struct source_record *record, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	record->sentence = arena_format_list(arena, format, list);
	va_end(list);
	return SOURCE_BROKEN;
}

static bool
lists_group(const struct json_value *resource)
{
	const struct json_value *schemas = scim_member(resource, TEXT("schemas"));
	const struct json_value *type =
	    scim_member(scim_member(resource, TEXT("meta")), TEXT("resourceType"));

	if (json_is_string(type, TEXT("Group")))
		return true;
	if (schemas == NULL || schemas->kind != JSON_ARRAY)
		return type == NULL && scim_member(resource, TEXT("members")) != NULL;
	return scim_message_is(resource, TEXT(SCIM_GROUP_URN));
}

/* Who or what it is about, for a rejection. */
static struct text
subject_of(const struct json_value *resource)
{
	static const char *const names[] = { "userName", "displayName", "externalId", "id" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct json_value *value = scim_member(resource, text_of(names[i]));

		if (value != NULL && value->kind == JSON_STRING && value->text.length > 0)
			return value->text;
	}
	return TEXT_NONE;
}

enum source_step
source_take_json(struct arena *arena, struct json_value *resource, struct source_record *record)
{
	const struct json_value *id = scim_member(resource, TEXT("id"));

	if (resource->kind != JSON_OBJECT)
		return source_reject(arena, record, "A record is a JSON object.");
	record->type = lists_group(resource) ? &scim_group_type : &scim_user_type;
	record->resource = resource;
	record->subject = subject_of(resource);
	if (id != NULL && id->kind == JSON_STRING && id->text.length > 0)
		record->reference = id->text;
	return SOURCE_RECORD;
}

enum source_step
source_read_json(struct arena *arena, struct text json, struct source_record *record)
{
	struct json_trouble trouble;
	struct json_value *resource;

	if (!json_read(arena, json, &resource, &trouble))
		return source_reject(arena, record, "It is no JSON that can be used: %s (character %zu).",
		    trouble.what, trouble.offset + 1);
	return source_take_json(arena, resource, record);
}
