/*
 * scim_project.c - what attributes and excludedAttributes leave of a resource:
 * tests/case/project.case, and the questions that callers ask.
 */
#include "scim/project.h"
#include "unit/case.h"

struct state {
	struct arena *arena;
	const struct resource_type *type;
	struct json_value *resource;
};

static bool
direct(void *data, struct text name, struct text rest)
{
	struct state *state = data;

	state->type = text_equal(name, TEXT("user")) ? &scim_user_type : &scim_group_type;
	state->resource = case_json(state->arena, rest);
	return text_equal(name, TEXT("user")) || text_equal(name, TEXT("group"));
}

/* The value of one parameter of "a=x&b=y". */
static struct text
parameter(struct text query, struct text name)
{
	while (query.length > 0) {
		size_t end = text_find_byte(query, '&');
		struct text one = text_first(query, end);

		if (text_starts(one, name))
			return text_after(one, name.length);
		query = text_after(query, end < query.length ? end + 1 : end);
	}
	return TEXT_NONE;
}

static bool
read_query(struct arena *arena, const struct resource_type *type, struct text query,
    struct projection **projection, struct scim_error *error)
{
	return scim_projection_read(arena, type, parameter(query, TEXT("attributes=")),
	    parameter(query, TEXT("excludedAttributes=")), projection, error);
}

static void
run(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct projection *projection;
	struct scim_error error;

	if (!read_query(state->arena, state->type, input, &projection, &error))
		case_error(out, &error);
	else if (scim_project(state->arena, state->type, projection, state->resource) ==
	    state->resource)
		buffer_append(out, TEXT("everything"));
	else
		buffer_append(out, json_to_text(state->arena, scim_project(state->arena,
		    state->type, projection, state->resource)));
}

/* Each query, and whether it wants userName, groups, password; whether it only excludes groups. */
static void
test_questions(struct arena *arena)
{
	static const struct {
		const char *query;
		bool name, groups, only_groups;
	} questions[] = {
		{ "", true, true, false },
		{ "attributes=userName", true, false, false },
		{ "attributes=groups.value", false, true, false },
		{ "attributes=" SCIM_USER_URN, true, true, false },
		{ "attributes=" SCIM_ENTERPRISE_URN, false, false, false },
		{ "attributes=password", false, false, false },
		{ "excludedAttributes=groups", true, false, true },
		{ "excludedAttributes=GROUPS,urn:x,groups", true, false, true },
		{ "excludedAttributes=groups,title", true, false, false },
		{ "excludedAttributes=groups.display", true, true, false },
		{ "excludedAttributes=" SCIM_USER_URN, false, false, false },
	};
	struct attribute_ref name = { 0 }, groups = { 0 }, password = { 0 };
	size_t known_until;

	ok(scim_attribute_resolve(&scim_user_type, TEXT("userName"), &name, &known_until) &&
	    scim_attribute_resolve(&scim_user_type, TEXT("groups"), &groups, &known_until) &&
	    scim_attribute_resolve(&scim_user_type, TEXT("password"), &password, &known_until),
	    "attributes are found");
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		const char *query = questions[i].query;
		struct projection *projection = NULL;
		struct scim_error error;

		ok(read_query(arena, &scim_user_type, text_of(query), &projection, &error),
		    "\"%s\" is read", query);
		is_number(scim_projection_wants(projection, name.attribute), questions[i].name,
		    "wants userName: %s", query);
		is_number(scim_projection_wants(projection, groups.attribute), questions[i].groups,
		    "wants groups: %s", query);
		is_number(scim_projection_only_excludes(projection, groups.attribute),
		    questions[i].only_groups, "only excludes groups: %s", query);
		ok(!scim_projection_wants(projection, password.attribute), "no password: %s",
		    query);
	}
}

/* The array of a SearchRequest becomes the list of a query (RFC 7644 3.4.3). */
static void
test_names(struct arena *arena)
{
	static const struct {
		const char *body, *list;
	} lists[] = {
		{ "{\"a\":[\"userName\",\"\",\"name.givenName\"]}", "userName,,name.givenName," },
		{ "{\"a\":\"userName,emails\"}", "userName,emails" },
		{ "{\"a\":[]}", "" }, { "{\"a\":null}", "" }, { "{}", "" },
		{ "{\"a\":[\"userName\",7]}", NULL }, { "{\"a\":{\"b\":1}}", NULL },
		{ "{\"a\":true}", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct json_value *body = case_json(arena, text_of(lists[i].body));
		struct scim_error error;
		struct text list;
		bool good = scim_projection_names(arena, json_get(body, TEXT("a")), &list, &error);

		is_number(good, lists[i].list != NULL, "%s is a list of names", lists[i].body);
		if (good)
			is_text(list, text_of(lists[i].list), "%s", lists[i].body);
		else
			is_number(scim_reason_status(error.reason), 400, "%s", lists[i].body);
	}
}

int
main(void)
{
	struct state state = { .arena = arena_create() };
	struct case_suite suite = { direct, run, &state };

	case_run(&suite, case_file(state.arena, "tests/case/project.case"));
	test_questions(state.arena);
	test_names(state.arena);
	arena_destroy(state.arena);
	return tap_done();
}
