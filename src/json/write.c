/*
 * write.c - JSON as it is told, comma by comma.
 */
#include "base/fatal.h"
#include "json/write.h"

struct json_writer
json_writer(struct buffer *buffer)
{
	return (struct json_writer){ .buffer = buffer };
}

/*
 * A comma before each element but the first; a member's value follows its
 * name.  The buffer may have been emptied since, but not between these two.
 */
static void
separate(struct json_writer *writer)
{
	struct buffer *buffer = writer->buffer;

	if (writer->started[writer->depth] &&
	    (buffer->length == 0 || buffer->start[buffer->length - 1] != ':'))
		buffer_append_byte(buffer, ',');
	writer->started[writer->depth] = true;
}

static void
begin(struct json_writer *writer, char bracket)
{
	separate(writer);
	if (++writer->depth == JSON_WRITE_DEPTH)
		fatal("JSON nested too deeply to write");
	writer->started[writer->depth] = false;
	buffer_append_byte(writer->buffer, bracket);
}

static void
end(struct json_writer *writer, char bracket)
{
	if (writer->depth-- == 0)
		fatal("JSON closed more often than opened");
	buffer_append_byte(writer->buffer, bracket);
}

void
json_begin_object(struct json_writer *writer)
{
	begin(writer, '{');
}

void
json_end_object(struct json_writer *writer)
{
	end(writer, '}');
}

void
json_begin_array(struct json_writer *writer)
{
	begin(writer, '[');
}

void
json_end_array(struct json_writer *writer)
{
	end(writer, ']');
}

void
json_name(struct json_writer *writer, struct text name)
{
	separate(writer);
	json_quote(writer->buffer, name);
	buffer_append_byte(writer->buffer, ':');
}

void
json_write_string(struct json_writer *writer, struct text text)
{
	separate(writer);
	json_quote(writer->buffer, text);
}

void
json_write_number(struct json_writer *writer, long number)
{
	separate(writer);
	buffer_append_number(writer->buffer, number);
}

void
json_write_raw(struct json_writer *writer, struct text json)
{
	separate(writer);
	buffer_append(writer->buffer, json);
}

void
json_write_boolean(struct json_writer *writer, bool boolean)
{
	json_write_raw(writer, boolean ? TEXT("true") : TEXT("false"));
}

void
json_write_null(struct json_writer *writer)
{
	json_write_raw(writer, TEXT("null"));
}

static void
write_items(struct json_writer *writer, const struct json_value *value)
{
	json_begin_array(writer);
	for (size_t i = 0; i < value->count; i++)
		json_write_value(writer, value->items[i]);
	json_end_array(writer);
}

static void
write_members(struct json_writer *writer, const struct json_value *value)
{
	json_begin_object(writer);
	for (size_t i = 0; i < value->count; i++) {
		json_name(writer, value->members[i].name);
		json_write_value(writer, value->members[i].value);
	}
	json_end_object(writer);
}

void
json_write_value(struct json_writer *writer, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_NULL:
		json_write_null(writer);
		break;
	case JSON_BOOLEAN:
		json_write_boolean(writer, value->boolean);
		break;
	case JSON_NUMBER:
		json_write_raw(writer, value->text);
		break;
	case JSON_STRING:
		json_write_string(writer, value->text);
		break;
	case JSON_ARRAY:
		write_items(writer, value);
		break;
	case JSON_OBJECT:
		write_members(writer, value);
		break;
	}
}

void
json_member_string(struct json_writer *writer, struct text name, struct text text)
{
	json_name(writer, name);
	json_write_string(writer, text);
}

void
json_member_number(struct json_writer *writer, struct text name, long number)
{
	json_name(writer, name);
	json_write_number(writer, number);
}

void
json_member_boolean(struct json_writer *writer, struct text name, bool boolean)
{
	json_name(writer, name);
	json_write_boolean(writer, boolean);
}

static struct text
escape_of(char byte)
{
	switch (byte) {
	case '"':
		return TEXT("\\\"");
	case '\\':
		return TEXT("\\\\");
	case '\n':
		return TEXT("\\n");
	case '\r':
		return TEXT("\\r");
	case '\t':
		return TEXT("\\t");
	default:
		return TEXT_NONE;
	}
}

static void
append_escaped(struct buffer *buffer, char byte)
{
	static const char hex[] = "0123456789abcdef";
	struct text escape = escape_of(byte);

	if (text_is_set(escape)) {
		buffer_append(buffer, escape);
		return;
	}
	buffer_append(buffer, TEXT("\\u00"));
	buffer_append_byte(buffer, hex[(unsigned char)byte >> 4]);
	buffer_append_byte(buffer, hex[byte & 15]);
}

void
json_quote(struct buffer *buffer, struct text text)
{
	size_t from = 0;

	buffer_append_byte(buffer, '"');
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.start[i];

		if (byte >= 0x20 && byte != '"' && byte != '\\')
			continue;
		buffer_append(buffer, (struct text){ text.start + from, i - from });
		append_escaped(buffer, text.start[i]);
		from = i + 1;
	}
	if (from < text.length)
		buffer_append(buffer, text_after(text, from));
	buffer_append_byte(buffer, '"');
}

struct text
json_to_text(struct arena *arena, const struct json_value *value)
{
	struct buffer buffer = { 0 };
	struct json_writer writer = json_writer(&buffer);
	struct text text;

	json_write_value(&writer, value);
	text = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}
