/*
 * path.c - any bytes as a PATCH path: never a crash, and what is accepted
 * names something.
 */
#include <stdint.h>

#include "base/fatal.h"
#include "scim/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct path *path)
{
	if (path->ref.attribute == NULL && !scim_schema_is_extension(path->ref.schema))
		fatal("a path to nothing");
	if (path->ref.sub != NULL &&
	    scim_sub_attribute(path->ref.attribute, path->ref.sub->name) != path->ref.sub)
		fatal("a sub-attribute of something else");
	if (path->filter != NULL && !path->ref.attribute->multi_valued)
		fatal("a filter on a single value");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	struct scim_error error;
	struct path path;

	if (scim_path_parse(arena, &scim_user_type, (struct text){ (const char *)data, size },
	    &path, &error))
		check(&path);
	arena_destroy(arena);
	return 0;
}
