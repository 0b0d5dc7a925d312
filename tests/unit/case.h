/*
 * case.h - text cases: "# name", an input line, "=> what comes out".
 *
 * Lines that begin with "@" are directives, which hold until the next of the
 * same name.  Files are looked for in the source tree.
 */
#ifndef TESTS_UNIT_CASE_H
#define TESTS_UNIT_CASE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/error.h"
#include "unit/tap.h"

struct case_suite {
	/* Takes one "@name rest"; false when there is no such directive. */
	bool (*direct)(void *state, struct text name, struct text rest);
	void (*run)(void *state, struct text input, struct buffer *out);
	void *state;
};

/* The whole file, by its name in the source tree. */
__attribute__((unused)) static struct text
case_file(struct arena *arena, const char *name)
{
	const char *source = getenv("srcdir");
	struct text path = arena_format(arena, "%s/%s", source != NULL ? source : ".", name);
	FILE *file = fopen(path.start, "r");
	struct buffer read = { 0 };
	struct text whole;
	size_t count;

	while (file != NULL && (count = fread(buffer_reserve(&read, 65536), 1, 65536, file)) > 0)
		read.length += count;
	if (file != NULL)
		fclose(file);
	ok(read.length > 0, "%s can be read", path.start);
	whole = arena_copy(arena, buffer_text(&read));
	buffer_release(&read);
	return whole;
}

__attribute__((unused)) static struct json_value *
case_json(struct arena *arena, struct text text)
{
	struct json_trouble trouble;
	struct json_value *value;

	if (json_read(arena, arena_copy(arena, text), &value, &trouble))
		return value;
	ok(false, "JSON of a case: %s at %zu in %.*s", trouble.what, trouble.offset,
	    TEXT_FORMAT(text));
	return json_new_object(arena);
}

/* "400 invalidValue: the sentence" */
__attribute__((unused)) static void
case_error(struct buffer *out, const struct scim_error *error)
{
	struct text type = scim_reason_type(error->reason);

	buffer_append_number(out, scim_reason_status(error->reason));
	buffer_format(out, " %.*s: ", TEXT_FORMAT(type));
	scim_error_detail(error, out);
}

__attribute__((unused)) static struct text
case_line(struct text *rest)
{
	size_t end = text_find_byte(*rest, '\n');
	struct text line = text_first(*rest, end);

	*rest = text_after(*rest, end < rest->length ? end + 1 : end);
	return line;
}

__attribute__((unused)) static void
case_direct(const struct case_suite *suite, struct text line)
{
	size_t space = text_find_byte(line, ' ');
	struct text rest = text_after(line, space < line.length ? space + 1 : space);

	if (!suite->direct(suite->state, text_after(text_first(line, space), 1), rest))
		ok(false, "unknown directive: %.*s", TEXT_FORMAT(line));
}

__attribute__((unused)) static void
case_run(const struct case_suite *suite, struct text rest)
{
	struct text name = TEXT_NONE, input = TEXT_NONE;
	struct buffer out = { 0 };

	while (rest.length > 0) {
		struct text line = case_line(&rest);

		if (text_starts(line, TEXT("# "))) {
			name = text_after(line, 2);
		} else if (text_starts(line, TEXT("@"))) {
			case_direct(suite, line);
		} else if (text_starts(line, TEXT("=> "))) {
			buffer_clear(&out);
			suite->run(suite->state, input, &out);
			is_text(buffer_text(&out), text_after(line, 3), "%.*s | %.*s",
			    TEXT_FORMAT(name), TEXT_FORMAT(input));
		} else if (line.length > 0) {
			input = line;
		}
	}
	buffer_release(&out);
}

#endif
