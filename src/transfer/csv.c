/*
 * csv.c - comma-separated values (RFC 4180): a person a row.
 *
 * The first row names the columns: attributes of SCIM, as userName,
 * name.givenName, emails.work (the value of the email of that type),
 * addresses.home.locality, department; groups, which are displayNames parted
 * by semicolons; id, how other rows name the person (manager).  An empty
 * field empties the attribute.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/fatal.h"
#include "transfer/column.h"
#include "transfer/input.h"

/* A field cannot hold more than a string of SCIM, so it is not kept beyond that. */
#define FIELD_MAX 65536
#define COLUMNS_MAX 1000
#define NAMES_MAX 2048

struct csv {
	struct arena *arena;            /* of the header, and of sentences about it */
	char separator;
	struct column *columns;
	size_t count;
	struct buffer bytes;            /* of the fields of a row, one behind the other */
	size_t *ends;                   /* where each field ends in bytes */
};

/* What hinders a row from being read; the rest of it is skipped. */
enum fault {
	FINE,
	TOO_LONG,
	TOO_MANY,
	QUOTE_INSIDE,
	BEHIND_QUOTE,
	NO_END,
};

struct row {
	size_t count;                   /* of fields */
	enum fault fault;
	size_t fault_field;             /* from 0 */
	size_t quote_line;              /* where the last quote began */
};

static struct csv *
state_of(struct source *source)
{
	return source->state;
}

static void
note_fault(struct row *row, enum fault fault)
{
	if (row->fault != FINE)
		return;
	row->fault = fault;
	row->fault_field = row->count;
}

static void
keep(struct csv *csv, struct row *row, int byte)
{
	size_t from = row->count > 0 ? csv->ends[row->count - 1] : 0;

	if (csv->bytes.length - from > FIELD_MAX)
		note_fault(row, TOO_LONG);
	if (row->fault == FINE)
		buffer_append_byte(&csv->bytes, (char)byte);
}

static void
end_field(struct csv *csv, struct row *row)
{
	if (row->count == COLUMNS_MAX)
		note_fault(row, TOO_MANY);
	else
		csv->ends[row->count++] = csv->bytes.length;
}

/* Behind the opening quote; returns what follows the closing one. */
static int
read_quoted(struct source *source, struct row *row)
{
	struct csv *csv = state_of(source);
	int byte;

	row->quote_line = source->input.line;
	for (;;) {
		byte = input_byte(&source->input);
		if (byte < 0) {
			row->fault = NO_END;
			return byte;
		}
		if (byte == '"') {
			byte = input_byte(&source->input);
			if (byte != '"')
				return byte;
		}
		keep(csv, row, byte);
	}
}

static bool
ends_field(const struct csv *csv, int byte)
{
	return byte < 0 || byte == '\n' || byte == csv->separator;
}

/* The first byte of a field is given; returns the one that ended it. */
static int
read_field(struct source *source, struct row *row, int byte)
{
	struct csv *csv = state_of(source);
	bool quoted = byte == '"', carriage = false;

	if (quoted)
		byte = read_quoted(source, row);
	while (!ends_field(csv, byte)) {
		/* A CR belongs to the end of the line, unless something follows. */
		if (carriage)
			keep(csv, row, '\r');
		carriage = byte == '\r';
		if (quoted && !carriage)
			note_fault(row, BEHIND_QUOTE);
		if (byte == '"')
			note_fault(row, QUOTE_INSIDE);
		if (!carriage)
			keep(csv, row, byte);
		byte = input_byte(&source->input);
	}
	if (carriage && byte == csv->separator)
		keep(csv, row, '\r');
	end_field(csv, row);
	return byte;
}

/* The next row with anything in it; false at the end of the file. */
static bool
read_row(struct source *source, size_t *line, struct row *row)
{
	struct csv *csv = state_of(source);
	int byte;

	do {
		*line = source->input.line;
		*row = (struct row){ .fault = FINE };
		buffer_clear(&csv->bytes);
		byte = input_byte(&source->input);
		if (byte < 0)
			return false;
		while ((byte = read_field(source, row, byte)) == csv->separator)
			byte = input_byte(&source->input);
	} while (row->count == 1 && csv->ends[0] == 0 && row->fault == FINE);
	return true;
}

static struct text
field(const struct csv *csv, size_t index)
{
	size_t from = index > 0 ? csv->ends[index - 1] : 0;

	return (struct text){ buffer_text(&csv->bytes).start + from, csv->ends[index] - from };
}

/* The header */

static struct text
mapped_name(const struct source_options *options, struct text column)
{
	for (size_t i = 0; i < options->map_count; i++)
		if (text_equal_nocase(options->maps[i].column, column))
			return options->maps[i].attribute;
	return column;
}

static bool
read_column(struct csv *csv, const struct source_options *options, struct column *column,
    struct text *sentence)
{
	struct text name = mapped_name(options, column->name);

	if (!text_is_utf8(column->name) || text_find_byte(column->name, '\0') < column->name.length)
		*sentence = TEXT("The names of the columns are not UTF-8. Save the file as UTF-8.");
	else if (!column_resolve(name, column))
		*sentence = arena_format(csv->arena, "The column \"%.*s\" is no attribute of people. "
		    "Say what it is with --map '%.*s=ATTRIBUTE', or leave it out with --map '%.*s='. "
		    "There are: %.*s.", TEXT_FORMAT(name), TEXT_FORMAT(column->name),
		    TEXT_FORMAT(column->name), TEXT_FORMAT(column_names(csv->arena)));
	for (struct column *other = csv->columns; other < column; other++)
		if (!text_is_set(*sentence) && column_equal(other, column))
			*sentence = arena_format(csv->arena, "The columns \"%.*s\" and \"%.*s\" are the "
			    "same attribute. Leave one of them out with --map '%.*s='.",
			    TEXT_FORMAT(other->name), TEXT_FORMAT(column->name),
			    TEXT_FORMAT(column->name));
	return !text_is_set(*sentence);
}

/* --map of a column that is not there is a mistake that would go unseen. */
static bool
check_maps(struct csv *csv, const struct source_options *options, struct text *sentence)
{
	for (size_t i = 0; i < options->map_count; i++) {
		bool found = false;

		for (size_t j = 0; j < csv->count; j++)
			found |= text_equal_nocase(csv->columns[j].name, options->maps[i].column);
		if (found)
			continue;
		*sentence = arena_format(csv->arena, "The file has no column \"%.*s\" to be mapped.",
		    TEXT_FORMAT(options->maps[i].column));
		return false;
	}
	return true;
}

static bool
read_header(struct source *source, struct text *sentence)
{
	struct csv *csv = state_of(source);
	struct row row;
	size_t line;

	if (!read_row(source, &line, &row) || row.fault != FINE) {
		*sentence = TEXT("The first row must name the columns, as in: "
		    "userName,name.givenName,name.familyName,emails.work");
		return false;
	}
	csv->columns = arena_array(csv->arena, row.count, sizeof(*csv->columns));
	csv->count = row.count;
	for (size_t i = 0; i < row.count; i++) {
		csv->columns[i].name = arena_copy(csv->arena, text_trim(field(csv, i)));
		if (!read_column(csv, source->options, &csv->columns[i], sentence))
			return false;
	}
	return check_maps(csv, source->options, sentence);
}

/* Spreadsheets of many countries part by semicolons; the header tells. */
static char
find_separator(struct text first)
{
	struct text header = text_first(first, text_find_byte(first, '\n'));

	if (text_find_byte(header, ',') < header.length)
		return ',';
	if (text_find_byte(header, ';') < header.length)
		return ';';
	return text_find_byte(header, '\t') < header.length ? '\t' : ',';
}

static bool
begin(struct source *source, struct text *sentence)
{
	struct csv *csv = calloc(1, sizeof(*csv));

	if (csv == NULL)
		fatal("out of memory");
	source->state = csv;
	csv->arena = arena_create();
	csv->ends = arena_array(csv->arena, COLUMNS_MAX, sizeof(*csv->ends));
	csv->separator = find_separator(input_peek(&source->input, NAMES_MAX));
	return read_header(source, sentence);
}

static void
end(struct source *source)
{
	struct csv *csv = state_of(source);

	buffer_release(&csv->bytes);
	arena_destroy(csv->arena);
	free(csv);
}

/* Rows */

static struct json_value *
read_groups(struct arena *arena, struct text value)
{
	struct json_value *groups = json_new_array(arena);

	while (value.length > 0) {
		size_t end = text_find_byte(value, ';');
		struct text name = text_trim(text_first(value, end));

		if (name.length > 0)
			json_append(arena, groups, json_new_string(arena, name));
		value = text_after(value, end < value.length ? end + 1 : end);
	}
	return groups;
}

static enum source_step
read_person(struct source *source, struct arena *arena, struct source_record *record)
{
	const struct csv *csv = state_of(source);

	record->type = &scim_user_type;
	record->resource = json_new_object(arena);
	for (size_t i = 0; i < csv->count; i++) {
		const struct column *column = &csv->columns[i];
		struct text value = column->kind == COLUMN_LEFT_OUT ? TEXT("") :
		    arena_copy(arena, text_trim(field(csv, i)));

		if (column->kind == COLUMN_ATTRIBUTE)
			column_put(arena, record->resource, column, value);
		else if (column->kind == COLUMN_GROUPS)
			record->groups = read_groups(arena, value);
		else if (column->kind == COLUMN_REFERENCE && value.length > 0)
			record->reference = value;
	}
	return source_take_json(arena, record->resource, record);
}

/* Columns of whoever leaves out the name of one: the number says which. */
static struct text
column_name(const struct csv *csv, size_t index)
{
	return index < csv->count ? csv->columns[index].name : TEXT("?");
}

static enum source_step
reject_row(struct source *source, struct arena *arena, struct source_record *record,
    const struct row *row)
{
	const struct csv *csv = state_of(source);
	struct text name = column_name(csv, row->fault_field);

	switch (row->fault) {
	case FINE:
		break;
	case TOO_LONG:
		return source_reject(arena, record, "The field \"%.*s\" has more than %d bytes.",
		    TEXT_FORMAT(name), FIELD_MAX);
	case TOO_MANY:
		return source_reject(arena, record, "The row has more than %d fields.", COLUMNS_MAX);
	case QUOTE_INSIDE:
		return source_reject(arena, record, "There is a quote inside the field \"%.*s\". Put the "
		    "whole field in quotes, and the quote twice.", TEXT_FORMAT(name));
	case BEHIND_QUOTE:
		return source_reject(arena, record, "There is something behind the closing quote of the "
		    "field \"%.*s\". A quote inside a quoted field is written twice.",
		    TEXT_FORMAT(name));
	case NO_END:
		return source_break(arena, record, "The quote that opens in line %zu is never closed, so "
		    "nothing behind it can be read.", row->quote_line);
	}
	return source_reject(arena, record, "The row has %zu fields, the header has %zu.", row->count,
	    csv->count);
}

/* PostgreSQL holds neither. */
static bool
check_text(const struct csv *csv, struct arena *arena, struct source_record *record)
{
	struct text bytes = buffer_text(&csv->bytes);

	if (text_find_byte(bytes, '\0') < bytes.length)
		(void)source_reject(arena, record, "The row has a NUL byte in it.");
	else if (!text_is_utf8(bytes))
		(void)source_reject(arena, record, "The row is not UTF-8 (the byte 0x%02x). Save the "
		    "file as UTF-8.", (unsigned char)bytes.start[text_utf8_prefix(bytes)]);
	return !text_is_set(record->sentence);
}

static enum source_step
next(struct source *source, struct arena *arena, struct source_record *record)
{
	struct csv *csv = state_of(source);
	struct row row;

	if (!read_row(source, &record->line, &row))
		return SOURCE_END;
	if (row.fault != FINE || row.count != csv->count)
		return reject_row(source, arena, record, &row);
	if (!check_text(csv, arena, record))
		return SOURCE_REJECT;
	return read_person(source, arena, record);
}

/* One line of words that are parted as columns are, one of them an attribute that people have. */
static bool
recognises(struct text first)
{
	struct text header = text_first(first, text_find_byte(first, '\n'));

	return text_find(header, TEXT("userName")) < header.length &&
	    text_find_byte(header, ':') == header.length && text_find_byte(header, '{') == header.length;
}

const struct source_format source_csv = {
	.name = "csv", .place = "line", .extension = ".csv", .takes_maps = true, .recognises = recognises,
	.begin = begin, .next = next, .end = end,
};
