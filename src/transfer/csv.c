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
#include "transfer/input.h"

/* A field cannot hold more than a string of SCIM, so it is not kept beyond that. */
#define FIELD_MAX 65536
#define COLUMNS_MAX 1000
#define NAMES_MAX 2048

enum column_kind {
	COLUMN_LEFT_OUT,
	COLUMN_ATTRIBUTE,
	COLUMN_GROUPS,
	COLUMN_REFERENCE,
};

struct column {
	struct text name;               /* as the header has it */
	enum column_kind kind;
	struct attribute_ref ref;       /* sub: the sub-attribute that the field is, or NULL */
	struct text type;               /* of a multi-valued attribute's element, or TEXT_NONE */
};

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

	return (struct text){ csv->bytes.start + from, csv->ends[index] - from };
}

/* The header */

static struct text
take_word(struct text *rest)
{
	size_t dot = text_find_byte(*rest, '.');
	struct text word = text_first(*rest, dot);

	*rest = text_after(*rest, dot < rest->length ? dot + 1 : dot);
	return word;
}

/* Attributes that are objects are named by what a field can hold of them. */
static bool
settle(struct column *column)
{
	struct attribute_ref *ref = &column->ref;

	if (ref->attribute == NULL || ref->attribute->mutability == READ_ONLY ||
	    ref->attribute->mutability == WRITE_ONLY ||
	    text_equal(ref->attribute->name, TEXT("schemas")))
		return false;
	if (ref->attribute->type == TYPE_COMPLEX && ref->sub == NULL)
		ref->sub = scim_sub_attribute(ref->attribute, TEXT("value"));
	column->kind = COLUMN_ATTRIBUTE;
	return ref->attribute->type != TYPE_COMPLEX || ref->sub != NULL;
}

/* "emails.work", "addresses.work.locality": the element of this type. */
static bool
resolve_typed(struct text name, struct column *column)
{
	struct text rest = name;
	const struct attribute *attribute = scim_attribute_find(scim_user_schema.attributes,
	    scim_user_schema.count, take_word(&rest));

	if (attribute == NULL || !attribute->multi_valued ||
	    scim_sub_attribute(attribute, TEXT("type")) == NULL || rest.length == 0)
		return false;
	column->ref = (struct attribute_ref){ &scim_user_schema, attribute, NULL };
	column->type = take_word(&rest);
	if (rest.length > 0) {
		column->ref.sub = scim_sub_attribute(attribute, rest);
		if (column->ref.sub == NULL)
			return false;
	}
	return column->type.length > 0 && settle(column);
}

/* department, manager: those of the enterprise extension without their schema. */
static bool
resolve_enterprise(struct text name, struct column *column)
{
	struct text rest = name;

	column->ref = (struct attribute_ref){ .schema = &scim_enterprise_schema };
	column->ref.attribute = scim_attribute_find(scim_enterprise_schema.attributes,
	    scim_enterprise_schema.count, take_word(&rest));
	if (column->ref.attribute == NULL)
		return false;
	if (rest.length > 0) {
		column->ref.sub = scim_sub_attribute(column->ref.attribute, rest);
		if (column->ref.sub == NULL)
			return false;
	}
	return settle(column);
}

static bool
resolve(struct text name, struct column *column)
{
	size_t known;

	column->kind = COLUMN_LEFT_OUT;
	column->type = TEXT_NONE;
	if (name.length == 0)
		return true;
	if (text_equal_nocase(name, TEXT("groups")))
		column->kind = COLUMN_GROUPS;
	else if (text_equal_nocase(name, TEXT("id")))
		column->kind = COLUMN_REFERENCE;
	if (column->kind != COLUMN_LEFT_OUT)
		return true;
	if (scim_attribute_resolve(&scim_user_type, name, &column->ref, &known) && settle(column))
		return true;
	return resolve_typed(name, column) || resolve_enterprise(name, column);
}

static struct text
mapped_name(const struct source_options *options, struct text column)
{
	for (size_t i = 0; i < options->map_count; i++)
		if (text_equal_nocase(options->maps[i].column, column))
			return options->maps[i].attribute;
	return column;
}

static void
append_names(struct buffer *names, const struct attribute *attributes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct attribute *attribute = &attributes[i];
		bool typed = attribute->multi_valued &&
		    scim_sub_attribute(attribute, TEXT("type")) != NULL;

		if (attribute->mutability == READ_ONLY || attribute->mutability == WRITE_ONLY)
			continue;
		buffer_format(names, "%.*s", TEXT_FORMAT(attribute->name));
		if (typed)
			buffer_append(names, TEXT(".TYPE"));
		else if (attribute->type == TYPE_COMPLEX)
			buffer_append(names, TEXT(".PART"));
		buffer_append(names, TEXT(", "));
	}
}

static struct text
what_can_be_mapped(struct arena *arena)
{
	struct buffer names = { 0 };
	struct text text;

	append_names(&names, scim_user_schema.attributes, scim_user_schema.count);
	append_names(&names, scim_enterprise_schema.attributes, scim_enterprise_schema.count);
	buffer_append(&names, TEXT("externalId, groups, id"));
	text = arena_copy(arena, buffer_text(&names));
	buffer_release(&names);
	return text;
}

static bool
same_place(const struct column *a, const struct column *b)
{
	return a->kind == b->kind && a->kind != COLUMN_LEFT_OUT &&
	    (a->kind != COLUMN_ATTRIBUTE || (scim_ref_equal(a->ref, b->ref) &&
	    text_equal(a->type, b->type)));
}

static bool
read_column(struct csv *csv, const struct source_options *options, struct column *column,
    struct text *sentence)
{
	struct text name = mapped_name(options, column->name);

	if (!text_is_utf8(column->name))
		*sentence = TEXT("The names of the columns are not UTF-8. Save the file as UTF-8.");
	else if (!resolve(name, column))
		*sentence = arena_format(csv->arena, "The column \"%.*s\" is no attribute of people. "
		    "Say what it is with --map '%.*s=ATTRIBUTE', or leave it out with --map '%.*s='. "
		    "There are: %.*s.", TEXT_FORMAT(name), TEXT_FORMAT(column->name),
		    TEXT_FORMAT(column->name), TEXT_FORMAT(what_can_be_mapped(csv->arena)));
	for (struct column *other = csv->columns; other < column; other++)
		if (!text_is_set(*sentence) && same_place(other, column))
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
object_in(struct arena *arena, struct json_value *object, struct text name)
{
	struct json_value *inner = json_get(object, name);

	if (inner == NULL || inner->kind != JSON_OBJECT) {
		inner = json_new_object(arena);
		json_set(arena, object, name, inner);
	}
	return inner;
}

/* The element of this type; made when it is not there. */
static struct json_value *
element_in(struct arena *arena, struct json_value *object, struct text name, struct text type)
{
	struct json_value *list = json_get(object, name), *element;

	if (list == NULL || list->kind != JSON_ARRAY) {
		list = json_new_array(arena);
		json_set(arena, object, name, list);
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct json_value *known = json_get(list->items[i], TEXT("type"));

		if (known == NULL ? !text_is_set(type) : json_is_string(known, type))
			return list->items[i];
	}
	element = json_new_object(arena);
	if (text_is_set(type))
		json_set(arena, element, TEXT("type"), json_new_string(arena, type));
	json_append(arena, list, element);
	return element;
}

/* Empty: the file says that there is nothing, unless another column says what. */
static void
put_empty(struct arena *arena, struct json_value *object, const struct column *column)
{
	struct attribute_ref ref = column->ref;

	if (ref.sub != NULL && !ref.attribute->multi_valued) {
		object = object_in(arena, object, ref.attribute->name);
		json_set(arena, object, ref.sub->name, json_new_null(arena));
	} else if (json_get(object, ref.attribute->name) == NULL) {
		json_set(arena, object, ref.attribute->name, json_new_null(arena));
	}
}

static void
put_field(struct arena *arena, struct json_value *resource, const struct column *column,
    struct text value)
{
	struct attribute_ref ref = column->ref;
	struct json_value *object = resource;

	if (scim_schema_is_extension(ref.schema))
		object = object_in(arena, resource, ref.schema->urn);
	if (value.length == 0) {
		put_empty(arena, object, column);
		return;
	}
	if (ref.attribute->multi_valued)
		object = element_in(arena, object, ref.attribute->name, column->type);
	else if (ref.sub != NULL)
		object = object_in(arena, object, ref.attribute->name);
	json_set(arena, object, ref.sub != NULL ? ref.sub->name : ref.attribute->name,
	    json_new_string(arena, value));
}

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
			put_field(arena, record->resource, column, value);
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
	.name = "csv", .extension = ".csv", .takes_maps = true, .recognises = recognises,
	.begin = begin, .next = next, .end = end,
};
