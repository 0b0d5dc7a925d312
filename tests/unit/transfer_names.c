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
	bool by_address;
	enum names_relation relation;       /* where managers are named by userName */
	const char *what;
} cases[] = {
	{ "{\"userName\": \"ann\"}", NULL, "{\"userName\": \"joe\"}", false, NAMES_STRANGE, "two strangers" },
	{ "{\"userName\": \"ann\"}", NULL, "{\"userName\": \"ANN\"}", false, NAMES_MEETING, "one userName" },
	{ "{\"userName\": \"stra\xc3\x9f" "e\"}", NULL, "{\"userName\": \"STRA\xe1\xba\x9e" "E\"}", false, NAMES_MEETING, "without case beyond ASCII" },
	{ "{\"userName\": \"ann\", \"externalId\": \"7\"}", NULL, "{\"userName\": \"joe\", \"externalId\": \"7\"}", false, NAMES_MEETING, "one externalId" },
	{ "{\"externalId\": \"7\"}", NULL, "{\"userName\": \"joe\"}", false, NAMES_STRANGE, "no userName" },
	{ "{\"userName\": \"ann\", \"emails\": [{\"value\": \"a@x\"}]}", NULL, "{\"userName\": \"joe\", \"emails\": [{\"value\": \"b@x\"}, {\"value\": \"A@x\"}]}", true, NAMES_MEETING, "one address among several" },
	{ "{\"userName\": \"ann\", \"emails\": [{\"value\": \"a@x\"}]}", NULL, "{\"userName\": \"joe\", \"emails\": [{\"value\": \"a@x\"}]}", false, NAMES_STRANGE, "an address that tells nobody" },
	{ "{\"userName\": \"ann\"}", NULL, ENTERPRISE("Ann"), false, NAMES_LEANING, "a manager by userName" },
	{ "{\"userName\": \"ann\", \"externalId\": \"7\"}", NULL, ENTERPRISE("7"), false, NAMES_MEETING, "a manager by externalId" },
	{ "{\"userName\": \"ann\"}", "r1", ENTERPRISE("r1"), false, NAMES_MEETING, "a manager by reference" },
	{ "{\"userName\": \"ann\"}", "r1", ENTERPRISE("r2"), false, NAMES_STRANGE, "a manager from elsewhere" },
	/* Who comes later cannot be found by who came earlier, together or apart. */
	{ ENTERPRISE("ann"), NULL, "{\"userName\": \"ann\"}", false, NAMES_STRANGE, "a manager who comes later" },
	{ "{\"userName\": 1, \"emails\": \"a@x\"}", NULL, "{\"userName\": 1, \"emails\": [1, {}]}", true, NAMES_STRANGE, "what is no name" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct names earlier = { .by_address = cases[i].by_address };
		struct names later = { .by_address = cases[i].by_address };

		add(&earlier, &scim_user_type, cases[i].earlier, cases[i].reference);
		add(&later, &scim_user_type, cases[i].later, NULL);
		ok(names_relate(&earlier, &later, NAME_USER_NAME) == cases[i].relation, "%s", cases[i].what);
		names_clear(&earlier);
		ok(names_relate(&earlier, &later, NAME_USER_NAME) == NAMES_STRANGE, "%s: not any more",
		    cases[i].what);
		names_release(&earlier);
		names_release(&later);
	}
}

static void
test_groups(void)
{
	struct names earlier = { 0 }, later = { 0 };

	ok(names_relate(&earlier, &later, NAME_USER_NAME) == NAMES_STRANGE, "nobody");
	add(&earlier, &scim_group_type, "{\"displayName\": \"ann\", \"externalId\": \"ann\"}", "ann");
	add(&later, &scim_user_type, "{\"userName\": \"ann\"}", NULL);
	ok(names_relate(&earlier, &later, NAME_USER_NAME) == NAMES_STRANGE, "a group is no person");
	names_release(&earlier);
	names_release(&later);
}

static const struct {
	const char *resources[2];
	const char *references[2];
	enum name_kind style;
	const char *what;
} styles[] = {
	{ { "{\"userName\": \"ann\", \"externalId\": \"7\"}", ENTERPRISE("ann") }, { "r1", "r2" }, NAME_USER_NAME, "by userName" },
	{ { "{\"userName\": \"ann\", \"externalId\": \"7\"}", ENTERPRISE("7") }, { "r1", "r2" }, NAME_EXTERNAL_ID, "by externalId" },
	{ { "{\"userName\": \"ann\", \"externalId\": \"7\"}", ENTERPRISE("r1") }, { "r1", "r2" }, NAME_REFERENCE, "by reference" },
	{ { "{\"userName\": \"ann\", \"externalId\": \"7\"}", ENTERPRISE("x") }, { "r1", "r2" }, NAME_REFERENCE, "not at all, with references" },
	{ { "{\"userName\": \"ann\", \"externalId\": \"7\"}", ENTERPRISE("x") }, { NULL, NULL }, NAME_EXTERNAL_ID, "not at all, with externalIds" },
	{ { "{\"userName\": \"ann\"}", ENTERPRISE("x") }, { NULL, NULL }, NAME_USER_NAME, "not at all" },
};

static void
test_styles(void)
{
	for (size_t i = 0; i < COUNT_OF(styles); i++) {
		struct names names = { 0 };

		for (size_t j = 0; j < 2; j++)
			add(&names, &scim_user_type, styles[i].resources[j], styles[i].references[j]);
		is_number(names_style(&names), styles[i].style, "managers are named %s", styles[i].what);
		names_release(&names);
	}
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
	ok(names_relate(&earlier, &later, NAME_USER_NAME) == NAMES_STRANGE, "%d and %d others", MANY, MANY);
	for (int i = 0; i < MANY; i++) {
		struct names one = { 0 };

		if (i % 1000 != 7)
			continue;
		snprintf(resource, sizeof(resource), "{\"userName\": \"person.%d@example.com\"}", i);
		add(&one, &scim_user_type, resource, NULL);
		wrong += names_relate(&earlier, &one, NAME_REFERENCE) != NAMES_MEETING ||
		    names_relate(&one, &earlier, NAME_REFERENCE) != NAMES_MEETING ||
		    names_relate(&later, &one, NAME_REFERENCE) != NAMES_STRANGE;
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
	test_styles();
	test_many();
	arena_destroy(arena);
	return tap_done();
}
