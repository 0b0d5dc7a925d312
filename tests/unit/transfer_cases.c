/*
 * transfer_cases.c - LDIF and ListResponses as text cases, and names of LDAP.
 *
 * An input is the file, with \n for its line ends; what comes out is a record
 * for each, parted by " | ".  "@format ldif" says what it is, "@map a=b" adds
 * a map, "@map" alone forgets them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "transfer/dn.h"
#include "transfer/source.h"
#include "unit/case.h"

#define MAPS_MAX 4

struct state {
	struct arena *arena;
	struct text format;
	struct source_map maps[MAPS_MAX];
	struct source_options options;
};

static char path[] = "/tmp/scimlet-cases-XXXXXX";

static void
write_file(struct text text)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(text.start, 1, text.length, file) != text.length ||
	    fclose(file) != 0)
		ok(false, "a file can be written");
}

/* \n, \r, \0, \\, \xhh */
static struct text
unescape(struct arena *arena, struct text text)
{
	char *bytes = arena_alloc(arena, text.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		char byte = text.start[i];

		if (byte == '\\' && i + 1 < text.length) {
			byte = text.start[++i];
			if (byte == 'x' && i + 2 < text.length) {
				byte = (char)strtol(arena_string(arena,
				    text_first(text_after(text, i + 1), 2)), NULL, 16);
				i += 2;
			} else {
				byte = byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == '0' ? '\0' : byte;
			}
		}
		bytes[length++] = byte;
	}
	return (struct text){ bytes, length };
}

static void
print_record(struct buffer *out, enum source_step step, const struct source_record *record)
{
	struct json_writer writer = json_writer(out);

	buffer_format(out, "%zu ", record->line);
	if (step != SOURCE_RECORD) {
		buffer_format(out, "%s %.*s: %.*s", step == SOURCE_REJECT ? "refused" : "broken",
		    TEXT_FORMAT(record->subject), TEXT_FORMAT(record->sentence));
		return;
	}
	buffer_format(out, "%.*s ", TEXT_FORMAT(record->type->name));
	if (text_is_set(record->reference))
		buffer_format(out, "%.*s ", TEXT_FORMAT(record->reference));
	json_write_value(&writer, record->resource);
}

static void
print_all(struct state *state, struct source *source, struct buffer *out)
{
	struct source_record record;
	enum source_step step;

	while ((step = source_next(source, state->arena, &record)) != SOURCE_END) {
		if (out->length > 0)
			buffer_append(out, TEXT(" | "));
		print_record(out, step, &record);
		if (step == SOURCE_BROKEN)
			return;
	}
	if (source_passed_over(source) > 0)
		buffer_format(out, "%spassed over %ld", out->length > 0 ? " | " : "",
		    (long)source_passed_over(source));
	if (out->length == 0)
		buffer_append(out, TEXT("nothing"));
}

static void
run_source(void *context, struct text input, struct buffer *out)
{
	struct state *state = context;
	const struct source_format *format =
	    text_is_set(state->format) ? source_format_find(state->format) : NULL;
	struct text sentence;
	struct source *source;

	write_file(unescape(state->arena, input));
	source = source_open(state->arena, path, format, &state->options, &sentence);
	if (source == NULL) {
		buffer_format(out, "cannot: %.*s", TEXT_FORMAT(sentence));
		return;
	}
	if (format == NULL)
		buffer_format(out, "%s", source_format_of(source)->name);
	else
		print_all(state, source, out);
	source_close(source);
}

static bool
direct(void *context, struct text name, struct text rest)
{
	struct state *state = context;
	size_t equal = text_find_byte(rest, '=');

	if (text_equal(name, TEXT("format"))) {
		state->format = rest.length > 0 ? rest : TEXT_NONE;
		return true;
	}
	if (!text_equal(name, TEXT("map")))
		return false;
	if (rest.length == 0)
		state->options.map_count = 0;
	else
		state->maps[state->options.map_count++] =
		    (struct source_map){ text_first(rest, equal), text_after(rest, equal + 1) };
	return true;
}

static void
run_dn(void *context, struct text input, struct buffer *out)
{
	struct state *state = context;
	struct text normal = dn_normal(state->arena, input);

	buffer_append(out, normal);
	is_text(dn_normal(state->arena, normal), normal, "the normal form of %.*s is its own",
	    TEXT_FORMAT(input));
}

static bool
no_directive(void *context, struct text name, struct text rest)
{
	(void)context;
	(void)name;
	(void)rest;
	return false;
}

int
main(void)
{
	struct state state = { .arena = arena_create(), .format = TEXT_NONE };
	const struct case_suite sources = { direct, run_source, &state };
	const struct case_suite names = { no_directive, run_dn, &state };
	int file = mkstemp(path);

	ok(file >= 0 && close(file) == 0, "there is a place for files");
	state.options = (struct source_options){ state.maps, 0 };
	case_run(&sources, case_file(state.arena, "tests/case/ldif.case"));
	state.format = TEXT_NONE;
	state.options.map_count = 0;
	case_run(&sources, case_file(state.arena, "tests/case/list.case"));
	case_run(&names, case_file(state.arena, "tests/case/dn.case"));
	unlink(path);
	arena_destroy(state.arena);
	return tap_done();
}
