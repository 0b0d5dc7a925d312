/*
 * list.c - SCIM's own form: a ListResponse (RFC 7644 3.4.2), several of them
 * one behind the other, an array of resources or of ListResponses, or
 * resources.
 *
 * The file may be larger than memory, so it is not read as one JSON text: the
 * bytes are followed through strings and brackets until a resource is whole,
 * and that is read.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/fatal.h"
#include "json/read.h"
#include "scim/resource.h"
#include "transfer/input.h"

#define LIST_RESPONSE "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define ERROR_MESSAGE "urn:ietf:params:scim:api:messages:2.0:Error"
/* Brackets whose kind is remembered; json_read() refuses what is nested deeper than half of it. */
#define BRACKETS_MAX 64

enum place {
	OUTSIDE,                /* of all lists: a resource or a list may begin */
	IN_RESOURCES,           /* of a ListResponse */
	BEHIND_RESOURCES,       /* its other members */
};

struct list {
	struct buffer text;     /* of the value that is being read, as far as it is kept */
	bool too_long;          /* it is not kept any more */
	enum place place;
	bool in_array;          /* one stands around all resources or lists */
	bool behind_element;    /* in the array, or in Resources: a comma comes first */
	long total, count;      /* the largest totalResults; the resources that came */
	size_t number;          /* of the record */
};

/* Reads on; what is in the way of the rest of the file is in the record. */
enum advance { WHOLE, ENDED, BROKEN };

static struct list *
state_of(struct source *source)
{
	return source->state;
}

static bool
begin(struct source *source, struct text *sentence)
{
	(void)sentence;
	source->state = calloc(1, sizeof(struct list));
	if (source->state == NULL)
		fatal("out of memory");
	return true;
}

static void
end(struct source *source)
{
	buffer_release(&state_of(source)->text);
	free(source->state);
}

/* --- bytes ------------------------------------------------------------------ */

static bool
is_space(int byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static int
byte_behind_space(struct source *source)
{
	int byte;

	do {
		byte = input_byte(&source->input);
	} while (is_space(byte));
	return byte;
}

static void
keep(struct list *list, int byte)
{
	if (list->text.length == SOURCE_RECORD_MAX)
		list->too_long = true;
	if (!list->too_long)
		buffer_append_byte(&list->text, (char)byte);
}

/* Puts back the byte that was taken last. */
static void
give_back(struct source *source)
{
	struct input *input = &source->input;

	input->at--;
	input->line -= input->bytes[input->at] == '\n';
}

static bool
unexpected(struct source *source, struct arena *arena, struct source_record *record, int byte,
    const char *wanted)
{
	size_t line = source->input.line;

	if (byte < 0)
		(void)source_break(arena, record, "The file ends in the middle of a list or a resource.");
	else if (byte > ' ' && byte < 0x7f)
		(void)source_break(arena, record, "Line %zu: %s was expected, not \"%c\". Nothing behind "
		    "it can be read.", line, wanted, byte);
	else
		(void)source_break(arena, record, "Line %zu: %s was expected, not the byte 0x%02x. Nothing "
		    "behind it can be read.", line, wanted, (unsigned int)byte);
	return false;
}

/* The opening quote was kept; the closing one is, too.  The byte, or -1 at the file's end. */
static int
keep_string(struct source *source)
{
	struct list *list = state_of(source);
	int byte;

	do {
		byte = input_byte(&source->input);
		keep(list, byte);
		if (byte == '\\') {
			keep(list, input_byte(&source->input));
			byte = ' ';
		}
	} while (byte >= 0 && byte != '"');
	return byte;
}

/* Behind the opening bracket of an object or array, which was kept, to the closing one. */
static bool
keep_brackets(struct source *source, struct arena *arena, struct source_record *record, int first)
{
	char closing[BRACKETS_MAX] = { first == '{' ? '}' : ']' };
	size_t depth = 1;

	while (depth > 0) {
		int byte = input_byte(&source->input);

		if (byte < 0)
			return unexpected(source, arena, record, byte, "");
		keep(state_of(source), byte);
		if (byte == '"' && keep_string(source) < 0)
			return unexpected(source, arena, record, -1, "");
		if (byte == '{' || byte == '[') {
			if (depth < BRACKETS_MAX)
				closing[depth] = byte == '{' ? '}' : ']';
			depth++;
		} else if (byte == '}' || byte == ']') {
			depth--;
			if (depth < BRACKETS_MAX && byte != closing[depth])
				return unexpected(source, arena, record, byte,
				    byte == ']' ? "A closing brace" : "A closing bracket");
		}
	}
	return true;
}

/* A value of which the first byte is given; behind it comes a comma or a bracket. */
static bool
keep_value(struct source *source, struct arena *arena, struct source_record *record, int byte)
{
	struct list *list = state_of(source);

	keep(list, byte);
	if (byte == '{' || byte == '[')
		return keep_brackets(source, arena, record, byte);
	if (byte == '"')
		return keep_string(source) >= 0 || unexpected(source, arena, record, -1, "");
	if (byte < 0 || byte == '}' || byte == ']' || byte == ',' || byte == ':')
		return unexpected(source, arena, record, byte, "A value");
	for (;;) {
		byte = input_byte(&source->input);
		if (byte < 0 || is_space(byte) || byte == ',' || byte == '}' || byte == ']')
			break;
		keep(list, byte);
	}
	if (byte >= 0)
		give_back(source);
	return true;
}

/* --- the members of a ListResponse ------------------------------------------- */

static void
clear_text(struct list *list)
{
	buffer_clear(&list->text);
	list->too_long = false;
}

/* The name of a member, and the first byte of its value behind the colon. */
static bool
read_name(struct source *source, struct arena *arena, struct source_record *record, int byte,
    struct text *name, int *first)
{
	struct list *list = state_of(source);
	size_t from = list->text.length;

	if (byte != '"')
		return unexpected(source, arena, record, byte, "A name in double quotes");
	keep(list, byte);
	if (keep_string(source) < 0)
		return unexpected(source, arena, record, -1, "");
	*name = list->too_long ? TEXT("") :
	    arena_copy(arena, text_after(buffer_text(&list->text), from));
	byte = byte_behind_space(source);
	if (byte != ':')
		return unexpected(source, arena, record, byte, "A colon");
	keep(list, byte);
	*first = byte_behind_space(source);
	return true;
}

static void
note_total(struct list *list, struct text name, size_t from)
{
	long total;

	if (!list->too_long && text_equal_nocase(name, TEXT("\"totalResults\"")) &&
	    text_to_long(text_after(buffer_text(&list->text), from), &total) && total > list->total)
		list->total = total;
}

/*
 * Members up to Resources, or to the end of the object, which is at hand then
 * as a whole.  byte is the first one of a member.
 */
static enum advance
read_members(struct source *source, struct arena *arena, struct source_record *record, int byte)
{
	struct list *list = state_of(source);
	struct text name;

	while (byte != '}') {
		size_t from;

		if (!read_name(source, arena, record, byte, &name, &byte))
			return BROKEN;
		if (text_equal_nocase(name, TEXT("\"Resources\"")) && byte == '[') {
			list->place = IN_RESOURCES;
			list->behind_element = false;
			return ENDED;
		}
		from = list->text.length;
		if (!keep_value(source, arena, record, byte))
			return BROKEN;
		note_total(list, name, from);
		byte = byte_behind_space(source);
		if (byte != ',' && byte != '}') {
			(void)unexpected(source, arena, record, byte, "A comma or a closing brace");
			return BROKEN;
		}
		keep(list, byte);
		if (byte == ',')
			byte = byte_behind_space(source);
	}
	return WHOLE;
}

static enum advance
read_object(struct source *source, struct arena *arena, struct source_record *record)
{
	struct list *list = state_of(source);
	int byte;

	clear_text(list);
	keep(list, '{');
	byte = byte_behind_space(source);
	if (byte == '}')
		keep(list, byte);
	return read_members(source, arena, record, byte);
}

/* The rest of a ListResponse is of no use but for totalResults. */
static enum advance
leave_list(struct source *source, struct arena *arena, struct source_record *record)
{
	struct list *list = state_of(source);
	int byte = byte_behind_space(source);

	clear_text(list);
	if (byte != ',' && byte != '}') {
		(void)unexpected(source, arena, record, byte, "A comma or a closing brace");
		return BROKEN;
	}
	list->place = OUTSIDE;
	list->behind_element = true;
	if (byte == ',' && read_members(source, arena, record, byte_behind_space(source)) == BROKEN)
		return BROKEN;
	return ENDED;
}

/* --- records ----------------------------------------------------------------- */

/* A whole object that was not in Resources: a resource, or a message. */
static enum source_step
take_object(struct source *source, struct arena *arena, struct source_record *record, bool *nothing)
{
	struct list *list = state_of(source);
	enum source_step step;
	const struct json_value *schemas, *detail;

	*nothing = false;
	list->count++;
	if (list->too_long)
		return source_reject(arena, record, "The resource has more than %d bytes.",
		    SOURCE_RECORD_MAX);
	step = source_read_json(arena, arena_copy(arena, buffer_text(&list->text)), record);
	schemas = step == SOURCE_RECORD ? scim_member(record->resource, TEXT("schemas")) : NULL;
	if (schemas == NULL)
		return step;
	if (scim_message_is(record->resource, TEXT(ERROR_MESSAGE))) {
		detail = scim_member(record->resource, TEXT("detail"));
		return source_break(arena, record, "This is an error that a server answered, no list of "
		    "resources: %.*s", TEXT_FORMAT(detail != NULL ? detail->text : TEXT_NONE));
	}
	/* RFC 7644 3.4.2: without results there need be no Resources. */
	*nothing = scim_message_is(record->resource, TEXT(LIST_RESPONSE));
	list->count -= *nothing;
	return step;
}

/* An element of Resources. */
static enum source_step
take_element(struct source *source, struct arena *arena, struct source_record *record, int byte)
{
	struct list *list = state_of(source);

	clear_text(list);
	if (!keep_value(source, arena, record, byte))
		return SOURCE_BROKEN;
	list->count++;
	if (list->too_long)
		return source_reject(arena, record, "The resource has more than %d bytes.",
		    SOURCE_RECORD_MAX);
	return source_read_json(arena, arena_copy(arena, buffer_text(&list->text)), record);
}

/* A page that looks like everything would make the people of the others seem to be gone. */
static enum source_step
end_file(struct source *source, struct arena *arena, struct source_record *record)
{
	const struct list *list = state_of(source);

	if (list->count >= list->total)
		return SOURCE_END;
	return source_break(arena, record, "The file has %ld resources, and says in totalResults that "
	    "there are %ld: the other pages are missing. Put all of them into one file, one behind "
	    "the other, or use `scimlet pull`.", list->count, list->total);
}

/*
 * The byte with which an element begins, where elements are parted by commas;
 * the closing bracket; or the file's end.
 */
static bool
next_element(struct source *source, struct arena *arena, struct source_record *record, int *byte)
{
	struct list *list = state_of(source);

	*byte = byte_behind_space(source);
	if (!list->behind_element || *byte == ']')
		return true;
	if (*byte != ',')
		return unexpected(source, arena, record, *byte, "A comma or a closing bracket");
	*byte = byte_behind_space(source);
	list->behind_element = false;
	return *byte != ']' || unexpected(source, arena, record, *byte, "A resource");
}

/* In Resources; *again: there was no record, and reading goes on. */
static enum source_step
next_in_list(struct source *source, struct arena *arena, struct source_record *record, bool *again)
{
	struct list *list = state_of(source);
	int byte;

	if (!next_element(source, arena, record, &byte))
		return SOURCE_BROKEN;
	if (byte == ']') {
		*again = true;
		list->place = BEHIND_RESOURCES;
		return leave_list(source, arena, record) == BROKEN ? SOURCE_BROKEN : SOURCE_END;
	}
	list->behind_element = true;
	return take_element(source, arena, record, byte);
}

static enum source_step
next_outside(struct source *source, struct arena *arena, struct source_record *record, bool *again)
{
	struct list *list = state_of(source);
	enum advance advance;
	int byte;

	if (!list->in_array)
		list->behind_element = false;
	if (!next_element(source, arena, record, &byte))
		return SOURCE_BROKEN;
	if (byte < 0 && !list->in_array)
		return end_file(source, arena, record);
	if ((byte == '[' && !list->in_array) || (byte == ']' && list->in_array)) {
		*again = true;
		list->in_array = byte == '[';
		list->behind_element = false;
		return SOURCE_END;
	}
	if (byte != '{') {
		(void)unexpected(source, arena, record, byte, "A list or a resource");
		return SOURCE_BROKEN;
	}
	list->behind_element = true;
	advance = read_object(source, arena, record);
	*again = advance == ENDED;
	return advance == BROKEN ? SOURCE_BROKEN : advance == ENDED ? SOURCE_END :
	    take_object(source, arena, record, again);
}

static enum source_step
next(struct source *source, struct arena *arena, struct source_record *record)
{
	enum source_step step;
	bool again;

	/* All of a list may stand in one line: resources are told apart by their number. */
	record->line = ++state_of(source)->number;
	do {
		again = false;
		step = state_of(source)->place == IN_RESOURCES ?
		    next_in_list(source, arena, record, &again) :
		    next_outside(source, arena, record, &again);
	} while (again && step != SOURCE_BROKEN);
	return step;
}

/* JSON that does not have a whole object in its first line: that would be JSON Lines. */
static bool
recognises(struct text first)
{
	struct text trimmed = first;

	while (trimmed.length > 0 && is_space((unsigned char)trimmed.start[0]))
		trimmed = text_after(trimmed, 1);
	if (text_starts(trimmed, TEXT("[")))
		return true;
	if (!text_starts(trimmed, TEXT("{")))
		return false;
	return text_find(first, TEXT(LIST_RESPONSE)) < first.length ||
	    text_find(first, TEXT("\"Resources\"")) < first.length ||
	    text_find_byte(text_first(trimmed, text_find_byte(trimmed, '\n')), ':') ==
	    text_find_byte(trimmed, '\n');
}

const struct source_format source_scim = {
	.name = "scim", .extension = ".json", .place = "resource", .recognises = recognises,
	.begin = begin, .next = next, .end = end,
};
