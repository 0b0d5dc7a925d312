/*
 * transfer_names.c - do two sets of records have to do with each other?
 */
#include "base/arena.h"
#include "json/read.h"
#include "transfer/names.h"
#include "unit/tap.h"

#define MANY 20000

static struct arena *arena;

static void
add(struct names *names, const struct resource_type *type, const char *resource, const char *reference)
{
	struct source_record record = { .type = type,
		.reference = reference != NULL ? text_of(reference) : TEXT_NONE };
	struct json_value *value;

	if (!json_read_stored(arena, text_of(resource), &value))
		ok(false, "%s is JSON", resource);
	else
		names_add(names, arena, &record, value);
}

#define ENTERPRISE(manager) "{\"userName\": \"zoe\", \"" SCIM_ENTERPRISE_URN "\": {\"manager\": {\"value\": \"" manager "\"}}}"

static const struct {
	const char *earlier, *reference, *later;
	bool by_address, meet;
	const char *what;
} cases[] = {
	{ "{\"userName\": \"ann\"}", NULL, "{\"userName\": \"joe\"}", false, false, "two strangers" },
	{ "{\"userName\": \"ann\"}", NULL, "{\"userName\": \"ANN\"}", false, true, "one userName" },
	{ "{\"userName\": \"stra\xc3\x9f" "e\"}", NULL, "{\"userName\": \"STRA\xe1\xba\x9e" "E\"}", false, true, "without case beyond ASCII" },
	{ "{\"userName\": \"ann\", \"externalId\": \"7\"}", NULL, "{\"userName\": \"joe\", \"externalId\": \"7\"}", false, true, "one externalId" },
	{ "{\"externalId\": \"7\"}", NULL, "{\"userName\": \"joe\"}", false, false, "no userName" },
	{ "{\"userName\": \"ann\", \"emails\": [{\"value\": \"a@x\"}]}", NULL, "{\"userName\": \"joe\", \"emails\": [{\"value\": \"b@x\"}, {\"value\": \"A@x\"}]}", true, true, "one address among several" },
	{ "{\"userName\": \"ann\", \"emails\": [{\"value\": \"a@x\"}]}", NULL, "{\"userName\": \"joe\", \"emails\": [{\"value\": \"a@x\"}]}", false, false, "an address that tells nobody" },
	{ "{\"userName\": \"ann\"}", NULL, ENTERPRISE("Ann"), false, true, "a manager by userName" },
	{ "{\"userName\": \"ann\", \"externalId\": \"7\"}", NULL, ENTERPRISE("7"), false, true, "a manager by externalId" },
	{ "{\"userName\": \"ann\"}", "r1", ENTERPRISE("r1"), false, true, "a manager by reference" },
	{ "{\"userName\": \"ann\"}", "r1", ENTERPRISE("r2"), false, false, "a manager from elsewhere" },
	/* Who comes later cannot be found by who came earlier, together or apart. */
	{ ENTERPRISE("ann"), NULL, "{\"userName\": \"ann\"}", false, false, "a manager who comes later" },
	{ "{\"userName\": 1, \"emails\": \"a@x\"}", NULL, "{\"userName\": 1, \"emails\": [1, {}]}", true, false, "what is no name" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct names earlier = { .by_address = cases[i].by_address };
		struct names later = { .by_address = cases[i].by_address };

		add(&earlier, &scim_user_type, cases[i].earlier, cases[i].reference);
		add(&later, &scim_user_type, cases[i].later, NULL);
		ok(names_meet(&earlier, &later) == cases[i].meet, "%s", cases[i].what);
		names_clear(&earlier);
		ok(!names_meet(&earlier, &later), "%s: not any more", cases[i].what);
		names_release(&earlier);
		names_release(&later);
	}
}

static void
test_groups(void)
{
	struct names earlier = { 0 }, later = { 0 };

	ok(!names_meet(&earlier, &later), "nobody");
	add(&earlier, &scim_group_type, "{\"displayName\": \"ann\", \"externalId\": \"ann\"}", "ann");
	add(&later, &scim_user_type, "{\"userName\": \"ann\"}", NULL);
	ok(!names_meet(&earlier, &later), "a group is no person");
	names_release(&earlier);
	names_release(&later);
}

/* One in many is found, wherever it is, and no other. */
static void
test_many(void)
{
	struct names earlier = { 0 }, later = { 0 };
	char resource[64];
	int wrong = 0;

	for (int i = 0; i < MANY; i++) {
		snprintf(resource, sizeof(resource), "{\"userName\": \"person.%d@example.com\"}", i);
		add(&earlier, &scim_user_type, resource, NULL);
		snprintf(resource, sizeof(resource), "{\"userName\": \"person.%d@example.org\"}", i);
		add(&later, &scim_user_type, resource, NULL);
	}
	ok(!names_meet(&earlier, &later), "%d and %d others", MANY, MANY);
	for (int i = 0; i < MANY; i++) {
		struct names one = { 0 };

		if (i % 1000 != 7)
			continue;
		snprintf(resource, sizeof(resource), "{\"userName\": \"person.%d@example.com\"}", i);
		add(&one, &scim_user_type, resource, NULL);
		wrong += !names_meet(&earlier, &one) || !names_meet(&one, &earlier) || names_meet(&later, &one);
		names_release(&one);
	}
	ok(wrong == 0, "each is found");
	names_release(&earlier);
	names_release(&later);
}

int
main(void)
{
	arena = arena_create();
	test_cases();
	test_groups();
	test_many();
	arena_destroy(arena);
	return tap_done();
}
