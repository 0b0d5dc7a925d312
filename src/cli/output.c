/*
 * output.c - tables for people, tabs for pipes, JSON and CSV for programs.
 */
#include <stdio.h>
#include <unistd.h>

#include <utf8proc.h>

#include "cli/cli.h"
#include "json/write.h"
#include "transfer/writer.h"

#define GAP 2

struct cli_table
cli_table_of(struct cli *cli, const struct cli_column *columns, size_t count,
    const struct pg_rows *rows)
{
	size_t row_count = (size_t)pg_count(rows);
	struct text *cells = arena_array(cli->session.arena, row_count * count, sizeof(*cells));

	for (size_t i = 0; i < row_count * count; i++)
		cells[i] = pg_text(rows, (int)(i / count), (int)(i % count));
	return (struct cli_table){ columns, count, row_count, cells };
}

static struct text
shown(struct cli *cli, enum cli_kind kind, struct text value)
{
	if (!text_is_set(value))
		return TEXT("");
	if (kind == CLI_BOOLEAN)
		return text_equal(value, TEXT("t")) ? TEXT("on") : TEXT("off");
	/* CSV is data: it is for programs, to the byte. */
	return cli->output == CLI_CSV ? value : cli_harmless(cli->session.arena, value);
}

/* Columns of a terminal that the text takes. */
static size_t
width_of(struct text text)
{
	size_t width = 0;

	while (text.length > 0) {
		utf8proc_int32_t character;
		utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text.start,
		    (utf8proc_ssize_t)text.length, &character);

		if (length <= 0)
			break;
		width += (size_t)utf8proc_charwidth(character);
		text = text_after(text, (size_t)length);
	}
	return width;
}

/* Row 0 is the heading. */
static struct text
cell(struct cli *cli, const struct cli_table *table, size_t row, size_t column)
{
	if (row == 0)
		return text_of(table->columns[column].name);
	return shown(cli, table->columns[column].kind,
	    table->cells[(row - 1) * table->column_count + column]);
}

/* These three write the rows from that one on; row 0 is the heading. */
static void
write_tabs(struct cli *cli, const struct cli_table *table, size_t from, struct buffer *out)
{
	for (size_t row = from; row <= table->row_count; row++) {
		for (size_t column = 0; column < table->column_count; column++) {
			if (column > 0)
				buffer_append_byte(out, '\t');
			buffer_append(out, cell(cli, table, row, column));
		}
		buffer_append_byte(out, '\n');
	}
}

static size_t
column_width(struct cli *cli, const struct cli_table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row <= table->row_count; row++) {
		size_t width = width_of(cell(cli, table, row, column));

		if (width > widest)
			widest = width;
	}
	return widest;
}

static void
write_padded(struct buffer *out, struct text text, size_t width, bool to_the_right)
{
	size_t blanks = width - width_of(text);

	if (!to_the_right)
		buffer_append(out, text);
	while (blanks-- > 0)
		buffer_append_byte(out, ' ');
	if (to_the_right)
		buffer_append(out, text);
}

/* Columns are at least as wide as widths says, which then says how wide they are. */
static void
write_aligned(struct cli *cli, const struct cli_table *table, size_t from, size_t *widths,
    struct buffer *out)
{
	for (size_t column = 0; column < table->column_count; column++) {
		size_t width = column_width(cli, table, column);

		if (width > widths[column])
			widths[column] = width;
	}
	for (size_t row = from; row <= table->row_count; row++) {
		for (size_t column = 0; column < table->column_count; column++) {
			write_padded(out, cell(cli, table, row, column), widths[column],
			    table->columns[column].kind == CLI_NUMBER);
			if (column + 1 < table->column_count)
				write_padded(out, TEXT(""), GAP, false);
		}
		while (out->start[out->length - 1] == ' ')
			out->length--;
		buffer_append_byte(out, '\n');
	}
}

/* RFC 4180 2: lines end in CR LF. */
static void
write_csv(struct cli *cli, const struct cli_table *table, size_t from, struct buffer *out)
{
	for (size_t row = from; row <= table->row_count; row++) {
		for (size_t column = 0; column < table->column_count; column++) {
			if (column > 0)
				buffer_append_byte(out, ',');
			writer_csv_field(out, cell(cli, table, row, column));
		}
		buffer_append(out, TEXT("\r\n"));
	}
}

static void
write_json_list(struct json_writer *writer, struct text list)
{
	json_begin_array(writer);
	while (list.length > 0) {
		size_t comma = text_find_byte(list, ',');

		json_write_string(writer, text_first(list, comma));
		list = text_after(list, comma < list.length ? comma + 1 : comma);
	}
	json_end_array(writer);
}

static void
write_json_member(struct json_writer *writer, const struct cli_column *column, struct text value)
{
	json_name(writer, text_of(column->name));
	if (!text_is_set(value))
		json_write_null(writer);
	else if (column->kind == CLI_NUMBER || column->kind == CLI_RAW)
		json_write_raw(writer, value);
	else if (column->kind == CLI_BOOLEAN)
		json_write_boolean(writer, text_equal(value, TEXT("t")));
	else if (column->kind == CLI_LIST)
		write_json_list(writer, value);
	else
		json_write_string(writer, value);
}

static void
write_json_row(struct json_writer *writer, const struct cli_table *table, size_t row)
{
	json_begin_object(writer);
	for (size_t column = 0; column < table->column_count; column++)
		write_json_member(writer, &table->columns[column],
		    table->cells[row * table->column_count + column]);
	json_end_object(writer);
}

static void
write_json(const struct cli_table *table, struct buffer *out)
{
	struct json_writer writer = json_writer(out);

	json_begin_array(&writer);
	for (size_t row = 0; row < table->row_count; row++)
		write_json_row(&writer, table, row);
	json_end_array(&writer);
	buffer_append_byte(out, '\n');
}

static void
print(struct buffer *out)
{
	fwrite(out->start, 1, out->length, stdout);
	buffer_release(out);
}

static void
write_lines(struct cli *cli, const struct cli_table *table, size_t from, size_t *widths,
    struct buffer *out)
{
	if (cli->output == CLI_CSV)
		write_csv(cli, table, from, out);
	else if (isatty(STDOUT_FILENO))
		write_aligned(cli, table, from, widths, out);
	else
		write_tabs(cli, table, from, out);
}

void
cli_print_table(struct cli *cli, const struct cli_table *table)
{
	struct buffer out = { 0 };

	if (cli->output == CLI_JSON)
		write_json(table, &out);
	else
		write_lines(cli, table, 0, arena_array(cli->session.arena, table->column_count,
		    sizeof(size_t)), &out);
	print(&out);
}

/* An array that is opened with the first row and not closed yet; or an object a line. */
static void
write_json_part(struct cli_stream *stream, const struct cli_table *table, struct buffer *out)
{
	for (size_t row = 0; row < table->row_count; row++) {
		struct json_writer writer = json_writer(out);

		if (!stream->lines)
			buffer_append_byte(out, stream->rows > 0 ? ',' : '[');
		write_json_row(&writer, table, row);
		if (stream->lines)
			buffer_append_byte(out, '\n');
		stream->rows++;
	}
}

void
cli_stream_rows(struct cli *cli, struct cli_stream *stream, const struct cli_table *table)
{
	struct buffer out = { 0 };

	if (cli->output == CLI_JSON) {
		write_json_part(stream, table, &out);
	} else {
		write_lines(cli, table, stream->headed ? 1 : 0, stream->widths, &out);
		stream->headed = true;
		stream->rows += table->row_count;
	}
	print(&out);
}

void
cli_stream_end(struct cli *cli, struct cli_stream *stream)
{
	if (cli->output == CLI_JSON && !stream->lines)
		fputs(stream->rows > 0 ? "]\n" : "[]\n", stdout);
}

static void
print_json_object(const struct cli_property *properties, size_t count)
{
	struct buffer out = { 0 };
	struct json_writer writer = json_writer(&out);

	json_begin_object(&writer);
	for (size_t i = 0; i < count; i++)
		if (text_is_set(properties[i].json)) {
			json_name(&writer, text_of(properties[i].column.name));
			json_write_raw(&writer, properties[i].json);
		} else {
			write_json_member(&writer, &properties[i].column, properties[i].value);
		}
	json_end_object(&writer);
	buffer_append_byte(&out, '\n');
	print(&out);
}

void
cli_print_properties(struct cli *cli, const struct cli_property *properties, size_t count)
{
	enum { PROPERTY, VALUE, DEFAULT, MEANING, COLUMNS };
	static const struct cli_column columns[COLUMNS] = {
		[PROPERTY] = { "property", CLI_TEXT }, [VALUE] = { "value", CLI_TEXT },
		[DEFAULT] = { "default", CLI_TEXT }, [MEANING] = { "meaning", CLI_TEXT },
	};
	struct text *cells;

	if (cli->output == CLI_JSON) {
		print_json_object(properties, count);
		return;
	}
	cells = arena_array(cli->session.arena, count * COLUMNS, sizeof(*cells));
	for (size_t i = 0; i < count; i++) {
		struct text *row = cells + i * COLUMNS;

		row[PROPERTY] = text_of(properties[i].column.name);
		row[VALUE] = shown(cli, properties[i].column.kind, properties[i].value);
		row[DEFAULT] = text_of(properties[i].standard);
		row[MEANING] = text_of(properties[i].meaning);
	}
	cli_print_table(cli, &(struct cli_table){ columns, COLUMNS, count, cells });
}
