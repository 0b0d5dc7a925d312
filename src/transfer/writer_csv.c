/*
 * writer_csv.c - people as comma-separated values, in the columns that csv.c reads.
 *
 * The columns are those that anybody has a value for: everybody is looked at
 * once before the first row.  A field cannot hold a second element of the same
 * type, blanks at its ends, or a group's name with a semicolon in it: such
 * values are left out, and noted.
 */
#include <stdlib.h>

#include "json/read.h"
#include "scim/schema.h"
#include "transfer/writer.h"

/* csv.c reads 1,000, and id and groups are among them. */
#define COLUMNS_MAX 990
/* Attributes of one schema; there are fewer. */
#define SCHEMA 100
#define ENTERPRISE 2

struct csv_column {
	size_t place;           /* of the attribute: SCHEMA times that of its schema, and its own */
	struct text type;       /* of the element; unset: it has none, or there are no elements */
	size_t sub;             /* of the attribute's parts */
};

struct cell {
	struct csv_column column;
	struct text value;
};

struct cells {
	struct writer *writer;
	struct arena *arena;
	struct cell *cells;
	size_t count, capacity;
};

static const struct schema *const schemas[] = {
	&scim_common_schema, &scim_user_schema, &scim_enterprise_schema,
};

static const struct attribute *
attribute_at(size_t place)
{
	return &schemas[place / SCHEMA]->attributes[place % SCHEMA];
}

void
writer_csv_field(struct buffer *out, struct text text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.length; i++)
		quoted = quoted || strchr(",\"\r\n", text.start[i]) != NULL;
	if (quoted)
		buffer_append_byte(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] == '"')
			buffer_append_byte(out, '"');
		buffer_append_byte(out, text.start[i]);
	}
	if (quoted)
		buffer_append_byte(out, '"');
}

/* csv.c trims fields, and takes an empty one for nothing. */
static bool
can_be_field(struct text text)
{
	return text.length > 0 && text_trim(text).length == text.length;
}

/* --- what a person has ------------------------------------------------------ */

static bool
text_of_scalar(const struct json_value *value, struct text *text)
{
	if (value->kind == JSON_BOOLEAN)
		*text = value->boolean ? TEXT("true") : TEXT("false");
	else if (value->kind == JSON_STRING)
		*text = value->text;
	else
		return false;
	return can_be_field(*text);
}

static void
add_cell(struct cells *cells, struct csv_column column, const struct json_value *value)
{
	struct text text;

	if (value == NULL)
		return;
	if (!text_of_scalar(value, &text)) {
		writer_leave_out(cells->writer, attribute_at(column.place)->name);
		return;
	}
	if (cells->count == cells->capacity) {
		struct cell *wider;

		cells->capacity = cells->capacity == 0 ? 32 : cells->capacity * 2;
		wider = arena_array(cells->arena, cells->capacity, sizeof(*wider));
		if (cells->count > 0)
			memcpy(wider, cells->cells, cells->count * sizeof(*wider));
		cells->cells = wider;
	}
	cells->cells[cells->count++] = (struct cell){ column, text };
}

static void
add_parts(struct cells *cells, struct csv_column column, const struct json_value *object)
{
	const struct attribute *attribute = attribute_at(column.place);

	for (column.sub = 0; column.sub < attribute->sub_count; column.sub++) {
		struct text name = attribute->sub_attributes[column.sub].name;

		if (!text_equal(name, TEXT("type")))
			add_cell(cells, column, json_get(object, name));
	}
}

/*
 * "emails.home" names the element of that type: a type with a dot in it, or
 * called like a part of an email, cannot be told from others.
 */
static bool
can_be_type(const struct attribute *attribute, struct text type)
{
	return can_be_field(type) && text_find_byte(type, '.') == type.length &&
	    scim_sub_attribute(attribute, type) == NULL;
}

static bool
type_of_element(const struct attribute *attribute, const struct json_value *element,
    struct text *type)
{
	const struct json_value *value = json_get(element, TEXT("type"));

	*type = TEXT_NONE;
	if (value == NULL)
		return element->kind == JSON_OBJECT;
	*type = value->text;
	return value->kind == JSON_STRING && can_be_type(attribute, *type);
}

/* Is it the first element of its type? */
static bool
is_first(const struct json_value *list, size_t index, struct text type)
{
	for (size_t i = 0; i < index; i++) {
		const struct json_value *other = json_get(list->items[i], TEXT("type"));

		if (other == NULL ? !text_is_set(type) : json_is_string(other, type))
			return false;
	}
	return true;
}

static void
add_elements(struct cells *cells, struct csv_column column, const struct json_value *list)
{
	const struct attribute *attribute = attribute_at(column.place);

	for (size_t i = 0; list->kind == JSON_ARRAY && i < list->count; i++) {
		if (type_of_element(attribute, list->items[i], &column.type) &&
		    is_first(list, i, column.type))
			add_parts(cells, column, list->items[i]);
		else
			writer_leave_out(cells->writer, attribute->name);
	}
}

static void
add_attribute(struct cells *cells, size_t place, const struct json_value *container)
{
	const struct attribute *attribute = attribute_at(place);
	const struct json_value *value = json_get(container, attribute->name);
	struct csv_column column = { place, TEXT_NONE, 0 };

	if (value == NULL)
		return;
	if (attribute->multi_valued)
		add_elements(cells, column, value);
	else if (attribute->type == TYPE_COMPLEX)
		add_parts(cells, column, value);
	else
		add_cell(cells, column, value);
}

static int
compare_columns(const void *left, const void *right)
{
	const struct csv_column *a = left, *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (text_is_set(a->type) != text_is_set(b->type))
		return text_is_set(b->type) ? -1 : 1;
	if (!text_equal(a->type, b->type))
		return text_compare(a->type, b->type);
	return a->sub == b->sub ? 0 : a->sub < b->sub ? -1 : 1;
}

/* All the values of a person, in the order of columns. */
static struct cells
cells_of(struct writer *writer, struct arena *arena, const struct json_value *resource)
{
	struct cells cells = { .writer = writer, .arena = arena };

	for (size_t i = 0; i < COUNT_OF(schemas); i++) {
		const struct json_value *container =
		    i == ENTERPRISE ? json_get(resource, schemas[i]->urn) : resource;

		for (size_t j = 0; j < schemas[i]->count; j++)
			if (schemas[i] != &scim_common_schema ||
			    text_equal(schemas[i]->attributes[j].name, TEXT("externalId")))
				add_attribute(&cells, i * SCHEMA + j, container);
	}
	if (cells.count > 0)
		qsort(cells.cells, cells.count, sizeof(*cells.cells), compare_columns);
	return cells;
}

/* --- columns ---------------------------------------------------------------- */

/* Where the column is or would be. */
static size_t
find_column(const struct writer *writer, const struct csv_column *column, bool *found)
{
	size_t low = 0, high = writer->column_count;

	*found = false;
	while (low < high && !*found) {
		size_t middle = low + (high - low) / 2;
		int order = compare_columns(column, &writer->columns[middle]);

		*found = order == 0;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *found ? high : low;
}

static void
note_column(struct writer *writer, struct csv_column column)
{
	bool found;
	size_t at = find_column(writer, &column, &found);

	if (found || writer->column_count == COLUMNS_MAX)
		return;
	if (writer->columns == NULL)
		writer->columns = arena_array(writer->arena, COLUMNS_MAX, sizeof(*writer->columns));
	memmove(writer->columns + at + 1, writer->columns + at,
	    (writer->column_count++ - at) * sizeof(*writer->columns));
	if (text_is_set(column.type))
		column.type = arena_copy(writer->arena, column.type);
	writer->columns[at] = column;
}

static void
survey(struct writer *writer, struct arena *arena, const struct written_person *person)
{
	struct cells cells = cells_of(writer, arena, writer_resource(arena, writer, person));

	for (size_t i = 0; i < cells.count; i++)
		note_column(writer, cells.cells[i].column);
}

static void
write_column_name(struct writer *writer, const struct csv_column *column)
{
	const struct attribute *attribute = attribute_at(column->place);
	struct buffer name = { 0 };

	buffer_append(&name, attribute->name);
	if (text_is_set(column->type)) {
		buffer_append_byte(&name, '.');
		buffer_append(&name, column->type);
	}
	if (attribute->type == TYPE_COMPLEX &&
	    !text_equal(attribute->sub_attributes[column->sub].name, TEXT("value"))) {
		buffer_append_byte(&name, '.');
		buffer_append(&name, attribute->sub_attributes[column->sub].name);
	}
	writer_csv_field(&writer->out, buffer_text(&name));
	buffer_release(&name);
}

static void
begin(struct writer *writer, long total)
{
	/* What the survey noted as left out will be noted again. */
	writer->left_out = 0;
	buffer_clear(&writer->left_out_names);
	(void)total;
	if (!writer->canonical)
		buffer_append(&writer->out, TEXT("id,"));
	for (size_t i = 0; i < writer->column_count; i++) {
		if (i > 0)
			buffer_append_byte(&writer->out, ',');
		write_column_name(writer, &writer->columns[i]);
	}
	/* Nobody is there: still a file that can be read. */
	if (writer->column_count == 0)
		buffer_append(&writer->out, TEXT("userName"));
	if (writer->groups_of_people)
		buffer_append(&writer->out, TEXT(",groups"));
	buffer_append(&writer->out, TEXT("\r\n"));
}

/* --- rows ------------------------------------------------------------------- */

static struct text
joined_groups(struct writer *writer, struct arena *arena, struct text groups)
{
	struct json_value *names;
	struct text joined = TEXT("");

	if (!text_is_set(groups) || !json_read_stored(arena, groups, &names))
		return joined;
	for (size_t i = 0; i < names->count; i++) {
		struct text name = names->items[i]->text;

		if (can_be_field(name) && text_find_byte(name, ';') == name.length)
			joined = ARENA_JOIN(arena, joined, joined.length > 0 ? TEXT(";") : TEXT(""), name);
		else
			writer_leave_out(writer, TEXT("groups"));
	}
	return joined;
}

static void
write_cells(struct writer *writer, const struct cells *cells)
{
	size_t next = 0;

	for (size_t i = 0; i < writer->column_count; i++) {
		if (i > 0)
			buffer_append_byte(&writer->out, ',');
		if (next < cells->count &&
		    compare_columns(&cells->cells[next].column, &writer->columns[i]) == 0)
			writer_csv_field(&writer->out, cells->cells[next++].value);
	}
}

/* Those beyond COLUMNS_MAX; write_cells() would wait for their column for ever. */
static void
drop_columnless(struct writer *writer, struct cells *cells)
{
	size_t kept = 0;

	for (size_t i = 0; i < cells->count; i++) {
		bool found;

		(void)find_column(writer, &cells->cells[i].column, &found);
		if (found)
			cells->cells[kept++] = cells->cells[i];
		else
			writer_leave_out(writer, attribute_at(cells->cells[i].column.place)->name);
	}
	cells->count = kept;
}

static void
write_row(struct writer *writer, struct arena *arena, const struct written_person *person)
{
	struct cells cells = cells_of(writer, arena, writer_resource(arena, writer, person));

	drop_columnless(writer, &cells);
	if (!writer->canonical) {
		buffer_append(&writer->out, person->id);
		buffer_append_byte(&writer->out, ',');
	}
	write_cells(writer, &cells);
	if (writer->groups_of_people) {
		buffer_append_byte(&writer->out, ',');
		writer_csv_field(&writer->out, joined_groups(writer, arena, person->groups));
	}
	buffer_append(&writer->out, TEXT("\r\n"));
}

static void
end(struct writer *writer)
{
	(void)writer;
}

const struct writer_format writer_csv = {
	.name = "csv", .survey = survey, .begin = begin, .person = write_row, .end = end,
};
