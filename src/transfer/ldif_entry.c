/*
 * ldif_entry.c - lines unfolded, values decoded, entries parted.
 */
#include "base/buffer.h"
#include "transfer/ldif_entry.h"

/* SCIM's strings are smaller; photos are not wanted. */
#define VALUE_MAX (1024 * 1024)
#define ATTRIBUTES_MAX 200000

/* --- base64 (RFC 4648 4) ----------------------------------------------------- */

static int
base64_digit(char byte)
{
	const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = byte != '\0' ? strchr(digits, byte) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* False: it is no base64. */
static bool
decode_base64(struct arena *arena, struct text text, struct text *value)
{
	char *bytes = arena_alloc(arena, text.length / 4 * 3 + 1);
	size_t length = 0;

	if (text.length % 4 != 0)
		return false;
	for (size_t i = 0; i < text.length; i += 4) {
		bool last = i + 4 == text.length;
		int padding = last ? (text.start[i + 3] == '=') + (text.start[i + 2] == '=') : 0;
		unsigned int bits = 0;

		for (int j = 0; j < 4; j++) {
			int digit = j >= 4 - padding ? 0 : base64_digit(text.start[i + (size_t)j]);

			if (digit < 0)
				return false;
			bits = bits << 6 | (unsigned int)digit;
		}
		for (int j = 0; j < 3 - padding; j++)
			bytes[length++] = (char)(bits >> (16 - 8 * j));
	}
	*value = (struct text){ bytes, length };
	return true;
}

/* --- lines ------------------------------------------------------------------- */

static struct text
name_of(struct text line)
{
	size_t end = text_find_byte(line, ':'), option = text_find_byte(line, ';');

	return text_first(line, option < end ? option : end);
}

static bool
is_kept(const struct ldif_reader *reader, struct text line)
{
	struct text name = name_of(line);
	static const char *const always[] = {
		"dn", "version", "changetype", "control", "search", "result", "ref",
	};

	for (size_t i = 0; i < COUNT_OF(always); i++)
		if (text_equal_nocase(name, text_of(always[i])))
			return true;
	return text_find_byte(line, ':') == line.length || reader->wants(reader->context, name);
}

static void
keep(struct ldif_reader *reader, struct text piece)
{
	if (reader->line.length + piece.length > VALUE_MAX)
		reader->too_long = true;
	if (!reader->too_long)
		buffer_append(&reader->line, piece);
}

/* RFC 2849 note 2: a line that begins with one blank goes on where the one before ended. */
static enum input_line
read_continuations(struct source *source, struct ldif_reader *reader, bool kept)
{
	struct text piece;

	while (text_equal(input_peek(&source->input, 1), TEXT(" "))) {
		enum input_line found = input_line(&source->input, VALUE_MAX, &piece);

		if (found == INPUT_TOO_LONG)
			reader->too_long = true;
		else if (kept)
			keep(reader, text_after(piece, 1));
	}
	/* What nobody wants cannot be too long. */
	reader->too_long = reader->too_long && kept;
	return INPUT_LINE;
}

/* The next line that is no comment; an empty one parts entries. */
static enum input_line
read_line(struct source *source, struct ldif_reader *reader)
{
	struct text piece;
	bool kept;

	do {
		enum input_line found;

		reader->number = source->input.line;
		reader->too_long = false;
		buffer_clear(&reader->line);
		found = input_line(&source->input, SOURCE_RECORD_MAX, &piece);
		if (found == INPUT_END)
			return found;
		/* Whose line it is cannot be told any more; if nobody wants it, it does not matter. */
		if (found == INPUT_TOO_LONG)
			piece = TEXT("#");
		kept = is_kept(reader, piece);
		/* Without what is not wanted the name still tells that there was a line. */
		keep(reader, kept || piece.length == 0 ? piece :
		    text_first(piece, text_find_byte(piece, ':') + 1));
		(void)read_continuations(source, reader, kept);
	} while (text_starts(buffer_text(&reader->line), TEXT("#")));
	return INPUT_LINE;
}

/* --- entries ----------------------------------------------------------------- */

static void
add(struct arena *arena, struct ldif_entry *entry, struct ldif_attribute attribute)
{
	if (entry->count == entry->capacity) {
		struct ldif_attribute *wider;

		entry->capacity = entry->capacity == 0 ? 32 : entry->capacity * 2;
		wider = arena_array(arena, entry->capacity, sizeof(*wider));
		if (entry->count > 0)
			memcpy(wider, entry->attributes, entry->count * sizeof(*wider));
		entry->attributes = wider;
	}
	entry->attributes[entry->count++] = attribute;
}

static bool
refuse(struct ldif_reader *reader, struct arena *arena, struct source_record *record,
    const char *what)
{
	(void)source_reject(arena, record, "Line %zu: %s", reader->number, what);
	return false;
}

/* "name: value", "name:: base64", "name:< url"; with options behind the name. */
static bool
split(struct ldif_reader *reader, struct arena *arena, struct source_record *record,
    struct ldif_attribute *attribute)
{
	struct text line = arena_copy(arena, buffer_text(&reader->line));
	size_t colon = text_find_byte(line, ':');
	struct text rest;

	if (reader->too_long)
		return refuse(reader, arena, record, "the value is longer than 1 MiB.");
	if (line.start[0] == ' ')
		return refuse(reader, arena, record, "it begins with a blank, but there is no line that it "
		    "could continue.");
	if (colon == line.length)
		return refuse(reader, arena, record, "there is no colon behind an attribute's name.");
	attribute->name = name_of(line);
	attribute->options = text_first(line, colon);
	attribute->options = text_after(attribute->options,
	    attribute->name.length + (attribute->name.length < colon));
	rest = text_after(line, colon + 1);
	if (text_starts(rest, TEXT("<")) && reader->wants(reader->context, attribute->name))
		return refuse(reader, arena, record, "values that stand in another file (:<) are not read.");
	if (text_starts(rest, TEXT(":")))
		return decode_base64(arena, text_trim(text_after(rest, 1)), &attribute->value) ||
		    refuse(reader, arena, record, "the value behind :: is no base64.");
	attribute->value = text_trim(rest);
	return true;
}

static bool
check_change(struct ldif_reader *reader, struct arena *arena, struct source_record *record,
    struct text change)
{
	if (text_equal_nocase(change, TEXT("add")))
		return true;
	(void)source_reject(arena, record, "Line %zu: changetype is \"%.*s\". Only entries and "
	    "\"changetype: add\" are read, no changes.", reader->number, TEXT_FORMAT(change));
	return false;
}

/* Any line of an entry but its first. */
static bool
take_line(struct ldif_reader *reader, struct arena *arena, struct source_record *record,
    struct ldif_entry *entry)
{
	struct ldif_attribute attribute;

	if (!split(reader, arena, record, &attribute))
		return false;
	if (text_equal_nocase(attribute.name, TEXT("changetype")))
		return check_change(reader, arena, record, attribute.value);
	if (!reader->wants(reader->context, attribute.name))
		return true;
	if (entry->count == ATTRIBUTES_MAX)
		return refuse(reader, arena, record, "the entry has more than 200,000 values.");
	add(arena, entry, attribute);
	return true;
}

/* Lines up to the empty one; true while there are more of this entry. */
static bool
next_of_entry(struct source *source, struct ldif_reader *reader)
{
	reader->in_entry = reader->in_entry && read_line(source, reader) == INPUT_LINE &&
	    reader->line.length > 0;
	return reader->in_entry;
}

/* What stands before entries, or what ldapsearch puts behind them. */
enum preamble { IS_ENTRY, IS_OTHER, IS_FAULT };

static enum preamble
look_at_first(struct ldif_reader *reader, struct arena *arena, struct source_record *record,
    struct ldif_attribute *first)
{
	if (!split(reader, arena, record, first))
		return IS_FAULT;
	if (text_equal_nocase(first->name, TEXT("dn")))
		return IS_ENTRY;
	if (text_equal_nocase(first->name, TEXT("search")) ||
	    text_equal_nocase(first->name, TEXT("ref")) ||
	    (text_equal_nocase(first->name, TEXT("version")) && text_equal(first->value, TEXT("1"))))
		return IS_OTHER;
	(void)source_reject(arena, record, text_equal_nocase(first->name, TEXT("version")) ?
	    "Line %zu: only version 1 of LDIF is known." :
	    "Line %zu: an entry begins with \"dn:\".", reader->number);
	return IS_FAULT;
}

/* ldapsearch ends with "search: 2", "result: 0 Success"; another number means that entries are missing. */
static enum source_step
pass_over(struct source *source, struct ldif_reader *reader, struct arena *arena,
    struct source_record *record)
{
	struct ldif_attribute attribute;

	while (next_of_entry(source, reader)) {
		if (!split(reader, arena, record, &attribute) ||
		    !text_equal_nocase(attribute.name, TEXT("result")) ||
		    text_starts(attribute.value, TEXT("0 ")) || text_equal(attribute.value, TEXT("0")))
			continue;
		return source_break(arena, record, "Line %zu: the server ended with \"%.*s\", so entries "
		    "are missing.", reader->number, TEXT_FORMAT(attribute.value));
	}
	return SOURCE_END;
}

static enum source_step
read_entry(struct source *source, struct ldif_reader *reader, struct arena *arena,
    struct source_record *record, struct ldif_entry *entry)
{
	bool fine = true;

	while (next_of_entry(source, reader))
		fine = fine && take_line(reader, arena, record, entry);
	return fine ? SOURCE_RECORD : SOURCE_REJECT;
}

enum source_step
ldif_next(struct source *source, struct ldif_reader *reader, struct arena *arena,
    struct source_record *record, struct ldif_entry *entry)
{
	*entry = (struct ldif_entry){ .dn = TEXT_NONE };
	while (read_line(source, reader) == INPUT_LINE) {
		struct ldif_attribute first;
		enum preamble found;

		if (reader->line.length == 0)
			continue;
		record->line = reader->number;
		reader->in_entry = true;
		found = look_at_first(reader, arena, record, &first);
		if (found == IS_ENTRY) {
			entry->dn = record->subject = first.value;
			return read_entry(source, reader, arena, record, entry);
		}
		/* RFC 2849: the first entry may follow without an empty line. */
		if (found == IS_OTHER && text_equal_nocase(first.name, TEXT("version")))
			continue;
		if (found == IS_OTHER && pass_over(source, reader, arena, record) == SOURCE_BROKEN)
			return SOURCE_BROKEN;
		while (next_of_entry(source, reader))
			;
		if (found == IS_FAULT)
			return SOURCE_REJECT;
	}
	return SOURCE_END;
}

struct text
ldif_value(const struct ldif_entry *entry, struct text name, size_t n)
{
	for (size_t i = 0; i < entry->count; i++) {
		const struct ldif_attribute *attribute = &entry->attributes[i];

		if (text_equal_nocase(attribute->name, name) && attribute->value.length > 0 &&
		    !text_starts_nocase(attribute->options, TEXT("lang-")) && n-- == 0)
			return attribute->value;
	}
	return TEXT_NONE;
}
