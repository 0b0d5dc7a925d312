/*
 * value.h - a JSON value as a tree in an arena, which can be changed.
 *
 * Members keep the order in which they were set; names are compared byte for
 * byte (scim/resource.h makes them canonical first).  A number keeps its text
 * as written, so that nothing is rounded on the way through.
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum json_kind {
	JSON_NULL,
	JSON_BOOLEAN,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_member {
	struct text name;
	struct json_value *value;
};

struct json_value {
	enum json_kind kind;
	bool boolean;                   /* JSON_BOOLEAN */
	struct text text;               /* JSON_STRING: unescaped; JSON_NUMBER: as written */
	size_t count, capacity;         /* of items or members */
	union {
		struct json_value **items;      /* JSON_ARRAY */
		struct json_member *members;    /* JSON_OBJECT */
	};
};

/* New values; the text is not copied and must live as long as the arena. */
struct json_value *json_new_null(struct arena *arena);
struct json_value *json_new_boolean(struct arena *arena, bool boolean);
struct json_value *json_new_string(struct arena *arena, struct text text);
struct json_value *json_new_number(struct arena *arena, struct text text);
struct json_value *json_new_array(struct arena *arena);
struct json_value *json_new_object(struct arena *arena);

/* The member's value, or NULL when there is none or value is no object. */
struct json_value *json_get(const struct json_value *value, struct text name);
/* Replaces the member in its place, or adds it at the end. */
void json_set(struct arena *arena, struct json_value *object, struct text name,
    struct json_value *value);
/* True when there was such a member. */
bool json_remove(struct json_value *object, struct text name);
void json_append(struct arena *arena, struct json_value *array, struct json_value *item);
void json_remove_item(struct json_value *array, size_t index);

struct json_value *json_copy(struct arena *arena, const struct json_value *value);
/* Members in any order, items in order; numbers equal when their texts are. */
bool json_equal(const struct json_value *a, const struct json_value *b);
/* RFC 7643 2.5: null, [] and {} (and NULL) are unassigned. */
bool json_is_unassigned(const struct json_value *value);
bool json_is_string(const struct json_value *value, struct text text);

#endif
