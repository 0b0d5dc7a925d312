/*
 * names.c - sets of hashes: what two sets share is all that is ever asked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/fold.h"
#include "transfer/names.h"

#define FIRST_SIZE 1024

/* FNV-1a.  Who makes names collide makes an import slower, and nothing else. */
static uint64_t
hash(struct text text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.length; i++)
		value = (value ^ (unsigned char)text.start[i]) * UINT64_C(0x100000001b3);
	return value != 0 ? value : 1;
}

/* The slot of the value, or the free one where it belongs. */
static uint64_t *
find(const struct name_set *set, uint64_t value)
{
	size_t at = (size_t)(value ^ value >> 32) & (set->size - 1);

	while (set->slots[at] != 0 && set->slots[at] != value)
		at = (at + 1) & (set->size - 1);
	return &set->slots[at];
}

static void
grow(struct name_set *set)
{
	struct name_set larger = { .size = set->size > 0 ? set->size * 2 : FIRST_SIZE };

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		fatal("out of memory");
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			*find(&larger, set->slots[i]) = set->slots[i];
	larger.count = set->count;
	free(set->slots);
	*set = larger;
}

static void
put(struct name_set *set, struct arena *arena, struct text name)
{
	uint64_t value, *slot;

	if (!text_is_set(name))
		return;
	if (set->count * 2 >= set->size)
		grow(set);
	value = hash(base_fold(arena, name));
	slot = find(set, value);
	set->count += *slot == 0;
	*slot = value;
}

static struct text
string_of(const struct json_value *value)
{
	return value != NULL && value->kind == JSON_STRING ? value->text : TEXT_NONE;
}

void
names_add(struct names *names, struct arena *arena, const struct source_record *record,
    const struct json_value *resource)
{
	const struct json_value *emails = names->by_address ? json_get(resource, TEXT("emails")) : NULL;

	if (record->type != &scim_user_type)
		return;
	put(&names->own[NAME_REFERENCE], arena, record->reference);
	put(&names->own[NAME_EXTERNAL_ID], arena, string_of(json_get(resource, TEXT("externalId"))));
	put(&names->own[NAME_USER_NAME], arena, string_of(json_get(resource, TEXT("userName"))));
	for (size_t i = 0; emails != NULL && emails->kind == JSON_ARRAY && i < emails->count; i++)
		put(&names->own[NAME_ADDRESS], arena, string_of(json_get(emails->items[i], TEXT("value"))));
	put(&names->mentioned, arena, string_of(json_get(json_get(json_get(resource,
	    TEXT(SCIM_ENTERPRISE_URN)), TEXT("manager")), TEXT("value"))));
}

/* How many of the one are in the other. */
static size_t
shared(const struct name_set *one, const struct name_set *other)
{
	size_t number = 0;

	for (size_t i = 0; one->count > 0 && i < other->size; i++)
		number += other->slots[i] != 0 && *find(one, other->slots[i]) != 0;
	return number;
}

enum names_relation
names_relate(const struct names *earlier, const struct names *later, enum name_kind kind)
{
	for (size_t i = 0; i < NAME_KINDS; i++) {
		for (size_t j = 0; j < NAME_KINDS; j++)
			if (shared(&earlier->own[i], &later->own[j]) > 0)
				return NAMES_MEETING;
		if (i != kind && shared(&earlier->own[i], &later->mentioned) > 0)
			return NAMES_MEETING;
	}
	return shared(&earlier->own[kind], &later->mentioned) > 0 ? NAMES_LEANING : NAMES_STRANGE;
}

enum name_kind
names_style(const struct names *names)
{
	enum name_kind best = names->own[NAME_REFERENCE].count > 0 ? NAME_REFERENCE :
	    names->own[NAME_EXTERNAL_ID].count > 0 ? NAME_EXTERNAL_ID : NAME_USER_NAME;
	size_t most = 0;

	for (enum name_kind kind = NAME_REFERENCE; kind <= NAME_USER_NAME; kind++) {
		size_t number = shared(&names->own[kind], &names->mentioned);

		if (number > most)
			best = kind;
		most = number > most ? number : most;
	}
	return best;
}

static void
clear(struct name_set *set)
{
	if (set->count > 0)
		memset(set->slots, 0, set->size * sizeof(*set->slots));
	set->count = 0;
}

void
names_clear(struct names *names)
{
	for (size_t i = 0; i < NAME_KINDS; i++)
		clear(&names->own[i]);
	clear(&names->mentioned);
}

void
names_release(struct names *names)
{
	for (size_t i = 0; i < NAME_KINDS; i++)
		free(names->own[i].slots);
	free(names->mentioned.slots);
	*names = (struct names){ .by_address = names->by_address };
}
