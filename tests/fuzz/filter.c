/*
 * filter.c - any bytes as a filter: never a crash, and what is accepted reads
 * the same again after printing.
 *
 * Input: one byte that chooses the resource type, then the filter.
 */
#include <stdint.h>

#include "base/fatal.h"
#include "json/read.h"
#include "scim/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same_literal(const struct filter_literal *a, const struct filter_literal *b)
{
	return a->kind == b->kind && a->boolean == b->boolean && text_equal(a->text, b->text);
}

static bool
same_tree(const struct filter *a, const struct filter *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->kind == b->kind && scim_ref_equal(a->ref, b->ref) && a->op == b->op &&
	    same_literal(&a->literal, &b->literal) && same_tree(a->left, b->left) &&
	    same_tree(a->right, b->right);
}

static void
check_printing(struct arena *arena, const struct resource_type *type, const struct filter *filter)
{
	struct text printed = scim_filter_print(arena, filter);
	struct scim_error error;
	struct filter *again;

	/* Names written out can make a filter longer than it was. */
	if (printed.length > SCIM_FILTER_MAX)
		return;
	if (!scim_filter_parse(arena, type, printed, &again, &error))
		fatal("printed, it is refused: %.*s", TEXT_FORMAT(printed));
	if (!same_tree(filter, again))
		fatal("printed, it is another: %.*s", TEXT_FORMAT(printed));
}

/* The answer does not matter, only that not (x) is its opposite. */
static void
check_matching(struct arena *arena, struct filter *filter)
{
	static const char resource[] = "{\"userName\":\"x\",\"active\":true,\"emails\":["
	    "{\"type\":\"work\",\"value\":\"x\"},{}],"
	    "\"meta\":{\"created\":\"2011-05-13T04:42:34Z\"}}";
	struct filter negation = { .kind = FILTER_NOT, .left = filter };
	struct json_trouble trouble;
	struct json_value *value;

	if (!json_read(arena, text_of(resource), &value, &trouble))
		fatal("%s", trouble.what);
	if (scim_match(arena, filter, value) == scim_match(arena, &negation, value))
		fatal("a filter and its opposite are equally true");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	const struct resource_type *type;
	struct scim_error error;
	struct filter *filter;

	if (size > 0) {
		type = data[0] % 2 == 0 ? &scim_user_type : &scim_group_type;
		if (scim_filter_parse(arena, type,
		    (struct text){ (const char *)data + 1, size - 1 }, &filter, &error)) {
			check_printing(arena, type, filter);
			check_matching(arena, filter);
		}
	}
	arena_destroy(arena);
	return 0;
}
