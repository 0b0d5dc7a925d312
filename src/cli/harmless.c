/*
 * harmless.c - what others sent, for the eyes of people.
 *
 * A label, a name or a User-Agent comes from others: nothing of it may steer
 * the terminal, look like another row or column, be invisible, or move other
 * text about (U+202E shows "gpj.exe" as "exe.jpg").  Such characters are
 * shown by their number.
 */
#include <utf8proc.h>

#include "cli/cli.h"

static bool
is_blank(utf8proc_int32_t character)
{
	return character == '\t' || character == '\n' || character == '\r';
}

/* Controls, format characters, separators of lines and paragraphs. */
static bool
is_harmful(utf8proc_int32_t character)
{
	utf8proc_category_t category = utf8proc_category(character);

	return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
	    category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/* Where a line ends, in whole lines: LF, or CR LF. */
static bool
ends_line(struct text rest)
{
	return text_starts(rest, TEXT("\n")) || text_starts(rest, TEXT("\r\n"));
}

bool
cli_append_harmless(struct buffer *out, struct text value, bool lines)
{
	bool as_it_was = true;

	while (value.length > 0) {
		utf8proc_int32_t character;
		utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)value.start,
		    (utf8proc_ssize_t)value.length, &character);

		if (length <= 0) {
			length = 1;
			character = (unsigned char)value.start[0];
			buffer_format(out, "\\x{%02X}", (unsigned)character);
			as_it_was = false;
		} else if (lines && ends_line(value)) {
			length = value.start[0] == '\r' ? 2 : 1;
			buffer_append(out, text_first(value, (size_t)length));
		} else if (!lines && is_blank(character)) {
			buffer_append_byte(out, ' ');
		} else if (is_harmful(character)) {
			buffer_format(out, "\\u{%02X}", (unsigned)character);
			as_it_was = false;
		} else {
			buffer_append(out, text_first(value, (size_t)length));
		}
		value = text_after(value, (size_t)length);
	}
	return as_it_was;
}

struct text
cli_harmless(struct arena *arena, struct text value)
{
	struct buffer out = { 0 };
	struct text text;

	(void)cli_append_harmless(&out, value, false);
	text = arena_copy(arena, buffer_text(&out));
	buffer_release(&out);
	return text;
}
