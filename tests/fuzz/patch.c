/*
 * patch.c - any JSON as a PATCH of any JSON: never a crash, and what comes out
 * is canonical, that is, reads as itself.
 *
 * Input: one byte that chooses the resource type and the option, then an object
 * with "before" and "patch", as in tests/conformance/vectors/patch.json.
 */
#include <stdint.h>

#include "base/fatal.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/patch.h"
#include "scim/resource.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_canonical(struct arena *arena, const struct resource_type *type,
    const struct json_value *result)
{
	struct text text = json_to_text(arena, result);
	struct json_value *again;
	struct scim_error error;

	if (!scim_resource_read(arena, type, result, NULL, &again, &error))
		fatal("it is refused, reason %d: %.*s", error.reason, TEXT_FORMAT(text));
	if (!text_equal(json_to_text(arena, again), text))
		fatal("it reads as another: %.*s", TEXT_FORMAT(text));
}

static void
check_members(struct arena *arena, const struct patch *patch)
{
	for (size_t i = 0; i < patch->count; i++) {
		struct patch_members members;
		struct scim_error error;

		if (scim_patch_is_members(&patch->operations[i]) &&
		    scim_patch_members(arena, &patch->operations[i], &members, &error) &&
		    members.filter != NULL && members.change != MEMBERS_REMOVE)
			fatal("a filter on what is not removed");
	}
}

static void
check_patch(struct arena *arena, const struct resource_type *type, bool creates,
    const struct json_value *vector)
{
	struct patch_options options = { TEXT("1"), creates };
	struct json_value *before = json_get(vector, TEXT("before")), *result;
	struct json_value *body = json_get(vector, TEXT("patch"));
	struct scim_error error;
	struct patch *patch;

	if (before == NULL || body == NULL ||
	    !scim_resource_read(arena, type, before, NULL, &before, &error) ||
	    !scim_patch_read(arena, type, body, &options, &patch, &error))
		return;
	check_members(arena, patch);
	if (scim_patch_apply(arena, type, patch, &options, before, &result, &error))
		check_canonical(arena, type, result);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { (const char *)data + 1, size - 1 };
	struct json_trouble trouble;
	struct json_value *vector;
	struct arena *arena;

	if (size == 0)
		return 0;
	arena = arena_create();
	if (json_read(arena, text, &vector, &trouble))
		check_patch(arena, data[0] & 1 ? &scim_group_type : &scim_user_type,
		    (data[0] & 2) != 0, vector);
	arena_destroy(arena);
	return 0;
}
