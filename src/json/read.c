/*
 * read.c - a strict scan of the bytes, then json-c builds the tree.
 *
 * json-c accepts more than JSON even when told to be strict: NaN, 'a', raw
 * newlines in strings, lone surrogates, numbers it cannot hold, names that
 * occur twice (the last wins).  The scan refuses all that with the offset, and
 * counts the members of each object, so that a name lost in json-c is noticed.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "base/fatal.h"
#include "json/read.h"

/* Of a document from the database; one from a client has JSON_DEPTH_MAX. */
#define STORED_DEPTH_MAX 1000

/* Of all values of one text: bounds the memory of a hostile body. */
#define VALUES_MAX 1000000

struct object_seen {
	size_t offset;      /* of its opening brace */
	size_t members;
};

/* Where a member's name stands, quotes included. */
struct name_seen {
	size_t object, offset, length;
};

struct scan {
	struct arena *arena;
	struct text text;
	size_t at;
	int depth;
	size_t values;
	struct object_seen *objects;    /* in the order of their opening braces */
	size_t object_count, object_capacity;
	struct name_seen *names;        /* of all objects */
	size_t name_count, name_capacity;
	struct json_trouble *trouble;
};

static bool scan_value(struct scan *scan);

static bool
refuse(struct scan *scan, const char *what)
{
	scan->trouble->offset = scan->at;
	scan->trouble->what = what;
	return false;
}

/* The byte at the reading point, or -1 at the end. */
static int
peek(const struct scan *scan)
{
	return scan->at < scan->text.length ? (unsigned char)scan->text.start[scan->at] : -1;
}

static void
skip_space(struct scan *scan)
{
	int byte;

	while ((byte = peek(scan)) == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
		scan->at++;
}

static bool
scan_word(struct scan *scan, struct text word)
{
	if (!text_starts(text_after(scan->text, scan->at), word))
		return refuse(scan, "a value was expected");
	scan->at += word.length;
	return true;
}

static size_t
scan_digits(struct scan *scan)
{
	size_t from = scan->at;

	while (peek(scan) >= '0' && peek(scan) <= '9')
		scan->at++;
	return scan->at - from;
}

/* json-c would clamp an integer beyond 64 bits, and PostgreSQL would store 1e100000 in full. */
static bool
number_in_range(const char *digits, bool integer)
{
	char *end;

	errno = 0;
	if (!integer)
		return isfinite(strtod(digits, &end));
	(void)strtoll(digits, &end, 10);
	return errno != ERANGE;
}

static bool
scan_number(struct scan *scan)
{
	size_t from = scan->at;
	bool integer = true;
	char digits[64];

	if (peek(scan) == '-')
		scan->at++;
	if (peek(scan) == '0')
		scan->at++;
	else if (scan_digits(scan) == 0)
		return refuse(scan, "a digit was expected");
	if (peek(scan) == '.') {
		integer = false;
		scan->at++;
		if (scan_digits(scan) == 0)
			return refuse(scan, "a digit was expected after the point");
	}
	if (peek(scan) == 'e' || peek(scan) == 'E') {
		integer = false;
		scan->at++;
		if (peek(scan) == '+' || peek(scan) == '-')
			scan->at++;
		if (scan_digits(scan) == 0)
			return refuse(scan, "a digit was expected in the exponent");
	}
	if (scan->at - from >= sizeof(digits))
		return refuse(scan, "the number is too long");
	memcpy(digits, scan->text.start + from, scan->at - from);
	digits[scan->at - from] = '\0';
	if (!number_in_range(digits, integer))
		return refuse(scan, "the number is out of range");
	return true;
}

/* Four hexadecimal digits, or -1. */
static long
scan_hex(struct scan *scan)
{
	long number = 0;

	for (int i = 0; i < 4; i++, scan->at++) {
		int byte = peek(scan);

		if (byte >= '0' && byte <= '9')
			number = number * 16 + byte - '0';
		else if (byte >= 'a' && byte <= 'f')
			number = number * 16 + byte - 'a' + 10;
		else if (byte >= 'A' && byte <= 'F')
			number = number * 16 + byte - 'A' + 10;
		else
			return -1;
	}
	return number;
}

static bool
scan_unicode_escape(struct scan *scan)
{
	long unit = scan_hex(scan);

	if (unit < 0)
		return refuse(scan, "four hexadecimal digits were expected");
	if (unit == 0)
		return refuse(scan, "the character U+0000 cannot be stored");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return refuse(scan, "a surrogate without its pair");
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	if (!text_starts(text_after(scan->text, scan->at), TEXT("\\u")))
		return refuse(scan, "a surrogate without its pair");
	scan->at += 2;
	unit = scan_hex(scan);
	return (unit >= 0xdc00 && unit <= 0xdfff) || refuse(scan, "a surrogate without its pair");
}

static bool
scan_escape(struct scan *scan)
{
	int byte;

	scan->at++;
	byte = peek(scan);
	if (byte == 'u') {
		scan->at++;
		return scan_unicode_escape(scan);
	}
	if (byte <= 0 || strchr("\"\\/bfnrt", byte) == NULL)
		return refuse(scan, "an unknown escape in a string");
	scan->at++;
	return true;
}

static bool
scan_string(struct scan *scan)
{
	size_t from = ++scan->at;
	int byte;

	while ((byte = peek(scan)) != '"') {
		if (byte < 0)
			return refuse(scan, "the string does not end");
		if (byte < 0x20)
			return refuse(scan, "a control character in a string");
		if (byte != '\\')
			scan->at++;
		else if (!scan_escape(scan))
			return false;
	}
	if (scan->at - from > JSON_STRING_MAX)
		return refuse(scan, "the string is too long");
	scan->at++;
	return true;
}

/* Room for one more element behind count of them. */
static void *
grow(struct arena *arena, void *elements, size_t count, size_t *capacity, size_t size)
{
	void *wider;

	if (count < *capacity)
		return elements;
	*capacity = *capacity == 0 ? 16 : *capacity * 2;
	wider = arena_array(arena, *capacity, size);
	if (count > 0)
		memcpy(wider, elements, count * size);
	return wider;
}

static size_t
note_object(struct scan *scan)
{
	scan->objects = grow(scan->arena, scan->objects, scan->object_count,
	    &scan->object_capacity, sizeof(*scan->objects));
	scan->objects[scan->object_count].offset = scan->at;
	return scan->object_count++;
}

static void
note_name(struct scan *scan, size_t object, size_t offset)
{
	scan->names = grow(scan->arena, scan->names, scan->name_count, &scan->name_capacity,
	    sizeof(*scan->names));
	scan->names[scan->name_count++] =
	    (struct name_seen){ object, offset, scan->at - offset };
}

static bool
scan_member(struct scan *scan, size_t object)
{
	size_t offset;

	skip_space(scan);
	offset = scan->at;
	if (peek(scan) != '"')
		return refuse(scan, "a name in double quotes was expected");
	if (!scan_string(scan))
		return false;
	note_name(scan, object, offset);
	skip_space(scan);
	if (peek(scan) != ':')
		return refuse(scan, "a colon was expected");
	scan->at++;
	return scan_value(scan);
}

static bool
scan_object(struct scan *scan)
{
	size_t index = note_object(scan), members = 0;

	scan->at++;
	skip_space(scan);
	if (peek(scan) == '}') {
		scan->at++;
		return true;
	}
	for (;;) {
		if (++members > JSON_MEMBERS_MAX)
			return refuse(scan, "the object has too many members");
		if (!scan_member(scan, index))
			return false;
		skip_space(scan);
		if (peek(scan) == '}')
			break;
		if (peek(scan) != ',')
			return refuse(scan, "a comma or a closing brace was expected");
		scan->at++;
	}
	scan->at++;
	scan->objects[index].members = members;
	return true;
}

static bool
scan_array(struct scan *scan)
{
	size_t items = 0;

	scan->at++;
	skip_space(scan);
	if (peek(scan) == ']') {
		scan->at++;
		return true;
	}
	for (;;) {
		if (++items > JSON_ITEMS_MAX)
			return refuse(scan, "the array has too many items");
		if (!scan_value(scan))
			return false;
		skip_space(scan);
		if (peek(scan) == ']')
			break;
		if (peek(scan) != ',')
			return refuse(scan, "a comma or a closing bracket was expected");
		scan->at++;
	}
	scan->at++;
	return true;
}

static bool
scan_container(struct scan *scan)
{
	bool fine;

	if (scan->depth == JSON_DEPTH_MAX)
		return refuse(scan, "it is nested too deeply");
	scan->depth++;
	fine = peek(scan) == '{' ? scan_object(scan) : scan_array(scan);
	scan->depth--;
	return fine;
}

static bool
scan_value(struct scan *scan)
{
	skip_space(scan);
	if (++scan->values > VALUES_MAX)
		return refuse(scan, "there are too many values");
	switch (peek(scan)) {
	case '{':
	case '[':
		return scan_container(scan);
	case '"':
		return scan_string(scan);
	case 't':
		return scan_word(scan, TEXT("true"));
	case 'f':
		return scan_word(scan, TEXT("false"));
	case 'n':
		return scan_word(scan, TEXT("null"));
	case -1:
		return refuse(scan, "the text ends too early");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(scan);
	default:
		return refuse(scan, "a value was expected");
	}
}

/* A SCIM message is an object, so nothing else is accepted at the top. */
static bool
scan_text(struct scan *scan)
{
	skip_space(scan);
	if (peek(scan) != '{')
		return refuse(scan, peek(scan) < 0 ? "it is empty" : "an object was expected");
	if (!scan_value(scan))
		return false;
	skip_space(scan);
	return peek(scan) < 0 || refuse(scan, "there is more after the end");
}

static bool
check_utf8(struct scan *scan)
{
	size_t prefix = text_utf8_prefix(scan->text);

	if (prefix == scan->text.length)
		return true;
	scan->at = prefix;
	return refuse(scan, "the bytes are not UTF-8");
}

struct builder {
	struct arena *arena;
	const struct scan *scan;        /* NULL: of a document that was checked when it was stored */
	size_t object;          /* index of the next opening brace */
	struct json_trouble *trouble;
};

static bool build(struct builder *builder, struct json_object *source, struct json_value **value);

/* Names of SCIM differ by more than case (RFC 7643 2.1). */
static bool
name_is_new(const struct json_value *object, struct text name)
{
	for (size_t i = 0; i < object->count; i++)
		if (text_equal_nocase(object->members[i].name, name))
			return false;
	return true;
}

static struct json_object *
parse(struct text text, int depth)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth + 1);
	struct json_object *source;

	if (tokener == NULL)
		fatal("out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	source = json_tokener_parse_ex(tokener, text.start, (int)text.length);
	json_tokener_free(tokener);
	return source;
}

static struct text
source_text(struct arena *arena, struct json_object *source)
{
	struct text text = { json_object_get_string(source),
	    (size_t)json_object_get_string_len(source) };

	return arena_copy(arena, text);
}

/* A name as it reads without escapes. */
static struct text
plain_name(struct builder *builder, const struct name_seen *name)
{
	struct text quoted = { builder->scan->text.start + name->offset, name->length };
	struct json_object *list =
	    parse(ARENA_JOIN(builder->arena, TEXT("["), quoted, TEXT("]")), JSON_DEPTH_MAX);
	struct text plain = source_text(builder->arena, json_object_array_get_idx(list, 0));

	json_object_put(list);
	return plain;
}

/* json-c lost or will lose one of two names of this object: says where the second one stands. */
static bool
refuse_twice(struct builder *builder, size_t object)
{
	const struct scan *scan = builder->scan;
	struct json_value *seen = json_new_object(builder->arena);

	builder->trouble->offset = scan->objects[object].offset;
	builder->trouble->what = "a name occurs twice in the object (case does not count)";
	for (size_t i = 0; i < scan->name_count; i++) {
		struct text name;

		if (scan->names[i].object != object)
			continue;
		name = plain_name(builder, &scan->names[i]);
		if (!name_is_new(seen, name)) {
			builder->trouble->offset = scan->names[i].offset;
			return false;
		}
		json_set(builder->arena, seen, name, seen);
	}
	return false;
}

static bool
build_object(struct builder *builder, struct json_object *source, struct json_value **value)
{
	size_t index = builder->object++;
	struct json_value *object = *value = json_new_object(builder->arena);
	struct json_object_iter iterator;

	if (builder->scan != NULL &&
	    (size_t)json_object_object_length(source) != builder->scan->objects[index].members)
		return refuse_twice(builder, index);
	json_object_object_foreachC(source, iterator) {
		struct text name = arena_copy(builder->arena, text_of(iterator.key));
		struct json_value *member;

		if (builder->scan != NULL && !name_is_new(object, name))
			return refuse_twice(builder, index);
		if (!build(builder, iterator.val, &member))
			return false;
		json_set(builder->arena, object, name, member);
	}
	return true;
}

static bool
build_array(struct builder *builder, struct json_object *source, struct json_value **value)
{
	size_t count = json_object_array_length(source);

	*value = json_new_array(builder->arena);
	for (size_t i = 0; i < count; i++) {
		struct json_value *item;

		if (!build(builder, json_object_array_get_idx(source, i), &item))
			return false;
		json_append(builder->arena, *value, item);
	}
	return true;
}

static bool
build(struct builder *builder, struct json_object *source, struct json_value **value)
{
	struct arena *arena = builder->arena;

	switch (json_object_get_type(source)) {
	case json_type_null:
		*value = json_new_null(arena);
		return true;
	case json_type_boolean:
		*value = json_new_boolean(arena, json_object_get_boolean(source));
		return true;
	case json_type_int:
	case json_type_double:
		*value = json_new_number(arena,
		    arena_copy(arena, text_of(json_object_to_json_string(source))));
		return true;
	case json_type_string:
		*value = json_new_string(arena, source_text(arena, source));
		return true;
	case json_type_array:
		return build_array(builder, source, value);
	case json_type_object:
		return build_object(builder, source, value);
	}
	fatal("json-c type %d", (int)json_object_get_type(source));
}

bool
json_read(struct arena *arena, struct text text, struct json_value **value,
    struct json_trouble *trouble)
{
	struct scan scan = { .arena = arena, .text = text, .trouble = trouble };
	struct builder builder = { .arena = arena, .scan = &scan, .trouble = trouble };
	struct json_object *source;
	bool fine;

	if (!check_utf8(&scan) || !scan_text(&scan))
		return false;
	source = parse(text, JSON_DEPTH_MAX);
	if (source == NULL) {
		scan.at = 0;
		return refuse(&scan, "it cannot be read");
	}
	fine = build(&builder, source, value);
	json_object_put(source);
	return fine;
}

bool
json_read_stored(struct arena *arena, struct text text, struct json_value **value)
{
	struct builder builder = { .arena = arena };
	struct json_object *source = parse(text, STORED_DEPTH_MAX);
	bool fine = source != NULL && build(&builder, source, value);

	json_object_put(source);
	return fine;
}
