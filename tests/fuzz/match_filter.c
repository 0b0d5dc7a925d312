/*
 * match_filter.c - says which resources fulfil a filter in memory, so that a
 * test can hold that against what the database found.
 *
 * Standard input, a JSON object a line: {"resources": [...]} once, in the form
 * in which the service answers them; then {"type": "User", "filter": "..."}.
 * Each filter is answered by a line: a 0 or 1 for each resource of its type,
 * in their order, or "refused".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "json/read.h"
#include "scim/match.h"

static struct json_value *
read_line(struct arena *arena, const char *line, size_t length)
{
	struct json_trouble trouble;
	struct json_value *value;

	if (!json_read(arena, (struct text){ line, length }, &value, &trouble))
		fatal("%s at byte %zu", trouble.what, trouble.offset);
	return value;
}

static const struct resource_type *
type_of(const struct json_value *resource)
{
	const struct json_value *name = json_get(json_get(resource, TEXT("meta")),
	    TEXT("resourceType"));

	return name != NULL ? scim_type_find(name->text) : NULL;
}

static void
answer(struct arena *arena, const struct json_value *resources, const struct json_value *question)
{
	const struct resource_type *type = scim_type_find(json_get(question, TEXT("type"))->text);
	struct text text = json_get(question, TEXT("filter"))->text;
	struct scim_error error;
	struct filter *filter;

	if (!scim_filter_parse(arena, type, text, &filter, &error)) {
		puts("refused");
		return;
	}
	for (size_t i = 0; i < resources->count; i++)
		if (type_of(resources->items[i]) == type)
			putchar(scim_match(arena, filter, resources->items[i]) ? '1' : '0');
	putchar('\n');
}

int
main(void)
{
	struct arena *kept = arena_create(), *arena = arena_create();
	const struct json_value *resources = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		if (resources == NULL) {
			char *copy = arena_string(kept, (struct text){ line, (size_t)length });

			resources = json_get(read_line(kept, copy, (size_t)length), TEXT("resources"));
		} else {
			answer(arena, resources, read_line(arena, line, (size_t)length));
			fflush(stdout);
			arena_reset(arena);
		}
	}
	free(line);
	arena_destroy(arena);
	arena_destroy(kept);
	return ferror(stdin) ? EXIT_FAILURE : EXIT_SUCCESS;
}
