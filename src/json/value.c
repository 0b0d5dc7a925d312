/*
 * value.c - building, changing and comparing JSON trees.
 */
#include "base/fatal.h"
#include "json/value.h"

static struct json_value *
new_value(struct arena *arena, enum json_kind kind)
{
	struct json_value *value = arena_new(arena, struct json_value);

	value->kind = kind;
	return value;
}

struct json_value *
json_new_null(struct arena *arena)
{
	return new_value(arena, JSON_NULL);
}

struct json_value *
json_new_boolean(struct arena *arena, bool boolean)
{
	struct json_value *value = new_value(arena, JSON_BOOLEAN);

	value->boolean = boolean;
	return value;
}

struct json_value *
json_new_string(struct arena *arena, struct text text)
{
	struct json_value *value = new_value(arena, JSON_STRING);

	value->text = text;
	return value;
}

struct json_value *
json_new_number(struct arena *arena, struct text text)
{
	struct json_value *value = new_value(arena, JSON_NUMBER);

	value->text = text;
	return value;
}

struct json_value *
json_new_array(struct arena *arena)
{
	return new_value(arena, JSON_ARRAY);
}

struct json_value *
json_new_object(struct arena *arena)
{
	return new_value(arena, JSON_OBJECT);
}

static struct json_member *
find_member(const struct json_value *value, struct text name)
{
	if (value == NULL || value->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < value->count; i++)
		if (text_equal(value->members[i].name, name))
			return &value->members[i];
	return NULL;
}

struct json_value *
json_get(const struct json_value *value, struct text name)
{
	struct json_member *member = find_member(value, name);

	return member != NULL ? member->value : NULL;
}

/* Room for one more element of the given size behind the count there are. */
static void *
grow(struct arena *arena, struct json_value *value, void *elements, size_t size)
{
	size_t capacity;
	void *wider;

	if (value->count < value->capacity)
		return elements;
	capacity = value->capacity == 0 ? 8 : value->capacity * 2;
	wider = arena_array(arena, capacity, size);
	if (value->count > 0)
		memcpy(wider, elements, value->count * size);
	value->capacity = capacity;
	return wider;
}

void
json_set(struct arena *arena, struct json_value *object, struct text name,
    struct json_value *value)
{
	struct json_member *member = find_member(object, name);

	if (object->kind != JSON_OBJECT)
		fatal("json_set on a value of kind %d", object->kind);
	if (member == NULL) {
		object->members = grow(arena, object, object->members, sizeof(*object->members));
		member = &object->members[object->count++];
		member->name = name;
	}
	member->value = value;
}

bool
json_remove(struct json_value *object, struct text name)
{
	struct json_member *member = find_member(object, name);

	if (member == NULL)
		return false;
	object->count--;
	memmove(member, member + 1,
	    (size_t)(&object->members[object->count] - member) * sizeof(*member));
	return true;
}

void
json_append(struct arena *arena, struct json_value *array, struct json_value *item)
{
	if (array->kind != JSON_ARRAY)
		fatal("json_append on a value of kind %d", array->kind);
	array->items = grow(arena, array, array->items, sizeof(*array->items));
	array->items[array->count++] = item;
}

void
json_remove_item(struct json_value *array, size_t index)
{
	if (array->kind != JSON_ARRAY || index >= array->count)
		fatal("json_remove_item %zu of %zu", index, array->count);
	array->count--;
	memmove(&array->items[index], &array->items[index + 1],
	    (array->count - index) * sizeof(*array->items));
}

struct json_value *
json_copy(struct arena *arena, const struct json_value *value)
{
	struct json_value *copy = new_value(arena, value->kind);

	copy->boolean = value->boolean;
	copy->text = value->text;
	if (value->kind == JSON_ARRAY)
		for (size_t i = 0; i < value->count; i++)
			json_append(arena, copy, json_copy(arena, value->items[i]));
	if (value->kind == JSON_OBJECT)
		for (size_t i = 0; i < value->count; i++)
			json_set(arena, copy, value->members[i].name,
			    json_copy(arena, value->members[i].value));
	return copy;
}

static bool
same_members(const struct json_value *a, const struct json_value *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct json_value *other = json_get(b, a->members[i].name);

		if (other == NULL || !json_equal(a->members[i].value, other))
			return false;
	}
	return true;
}

bool
json_equal(const struct json_value *a, const struct json_value *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	switch (a->kind) {
	case JSON_NULL:
		return true;
	case JSON_BOOLEAN:
		return a->boolean == b->boolean;
	case JSON_NUMBER:
	case JSON_STRING:
		return text_equal(a->text, b->text);
	case JSON_ARRAY:
		for (size_t i = 0; i < a->count; i++)
			if (!json_equal(a->items[i], b->items[i]))
				return false;
		return true;
	case JSON_OBJECT:
		return same_members(a, b);
	}
	return false;
}

bool
json_is_unassigned(const struct json_value *value)
{
	return value == NULL || value->kind == JSON_NULL ||
	    ((value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) && value->count == 0);
}

bool
json_is_string(const struct json_value *value, struct text text)
{
	return value != NULL && value->kind == JSON_STRING && text_equal(value->text, text);
}
