/*
 * scim_resource.c - bodies become canonical resources: tests/case/resource.case,
 * limits, and attribute types that no standard schema uses.
 */
#include "scim/resource.h"
#include "unit/case.h"

struct state {
	struct arena *arena;
	const struct resource_type *type;
	const struct json_value *current;
};

/* A schema with what RFC 7643 knows and User and Group lack. */
static const struct attribute thing_attributes[] = {
	{ .name = { "serial", 6 }, .type = TYPE_STRING, .mutability = IMMUTABLE },
	{ .name = { "count", 5 }, .type = TYPE_INTEGER },
	{ .name = { "ratio", 5 }, .type = TYPE_DECIMAL },
	{ .name = { "since", 5 }, .type = TYPE_DATETIME },
	{ .name = { "labels", 6 }, .type = TYPE_STRING, .multi_valued = true },
};
static const struct schema thing_schema = {
	.urn = { "urn:example:Thing", 17 }, .attributes = thing_attributes,
	.count = COUNT_OF(thing_attributes),
};
static const struct schema *const no_extensions[] = { NULL };
static const struct resource_type thing_type = {
	.name = { "Thing", 5 }, .schema = &thing_schema, .extensions = no_extensions,
};

static bool
direct(void *data, struct text name, struct text rest)
{
	static const struct resource_type *const types[] = {
		&scim_user_type, &scim_group_type, &thing_type,
	};
	struct state *state = data;

	state->current = NULL;
	if (text_equal(name, TEXT("current")))
		state->current = case_json(state->arena, rest);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (text_equal(types[i]->name, rest))
			state->type = types[i];
	return text_equal(name, TEXT("current")) || text_equal(name, TEXT("type"));
}

static void
run(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct json_value *resource;
	struct scim_error error;

	if (scim_resource_read(state->arena, state->type, case_json(state->arena, input),
	    state->current, &resource, &error))
		buffer_append(out, json_to_text(state->arena, resource));
	else
		case_error(out, &error);
}

/* A body with one attribute of so many letters. */
static bool
reads_length(struct arena *arena, const char *name, size_t length, struct scim_error *error)
{
	struct json_value *body = json_new_object(arena), *resource;
	char *letters = arena_alloc(arena, length + 1);

	memset(letters, 'a', length);
	json_set(arena, body, TEXT("userName"), json_new_string(arena, TEXT("a")));
	json_set(arena, body, text_of(name),
	    json_new_string(arena, (struct text){ letters, length }));
	return scim_resource_read(arena, &scim_user_type, body, NULL, &resource, error);
}

static void
test_lengths(struct arena *arena)
{
	static const struct {
		const char *name;
		size_t longest;
	} limits[] = {
		{ "userName", 1024 }, { "externalId", 1024 }, { "displayName", 1024 },
		{ "title", 65536 }, { "profileUrl", 65536 },
	};
	struct scim_error error;

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		ok(reads_length(arena, limits[i].name, limits[i].longest, &error),
		    "%s of %zu bytes is read", limits[i].name, limits[i].longest);
		ok(!reads_length(arena, limits[i].name, limits[i].longest + 1, &error) &&
		    error.reason == REASON_ATTRIBUTE_TOO_LONG,
		    "%s of one byte more is too long", limits[i].name);
		is_text(error.arguments[0], text_of(limits[i].name), "the error names it");
	}
}

/* So many values {"value": "0"}, {"value": "1"}, ... of one attribute. */
static bool
reads_count(struct arena *arena, struct attribute_ref ref, size_t count, struct scim_error *error)
{
	struct json_value *list = json_new_array(arena), *canonical;

	for (size_t i = 0; i < count; i++)
		json_append(arena, list,
		    json_new_string(arena, arena_format(arena, "%zu", i)));
	return scim_value_read(arena, ref, false, list, &canonical, error) &&
	    canonical->count == count;
}

static void
test_counts(struct arena *arena)
{
	struct attribute_ref roles = { 0 }, members = { 0 };
	struct scim_error error;
	size_t known_until;

	ok(scim_attribute_resolve(&scim_user_type, TEXT("roles"), &roles, &known_until) &&
	    scim_attribute_resolve(&scim_group_type, TEXT("members"), &members, &known_until),
	    "attributes are found");
	ok(reads_count(arena, roles, SCIM_VALUES_MAX, &error), "so many roles are read");
	ok(!reads_count(arena, roles, SCIM_VALUES_MAX + 1, &error) &&
	    error.reason == REASON_ATTRIBUTE_TOO_MANY, "one more is too many");
	ok(reads_count(arena, members, 50000, &error), "members are not limited by that");
}

/* What a statement of a DBA may have left in a document is put right when it is next written. */
static void
test_finish(struct arena *arena)
{
	struct json_value *resource = case_json(arena, TEXT("{\"emails\":[],\"title\":\"t\","
	    "\"schemas\":[\"urn:x\"],\"name\":{\"givenName\":\"g\",\"familyName\":\"f\"},"
	    "\"userName\":\"u\",\"" SCIM_ENTERPRISE_URN "\":{}}"));

	scim_resource_finish(arena, &scim_user_type, resource);
	is_text(json_to_text(arena, resource), TEXT("{\"schemas\":[\"" SCIM_USER_URN "\"],"
	    "\"userName\":\"u\",\"name\":{\"familyName\":\"f\",\"givenName\":\"g\"},"
	    "\"title\":\"t\"}"), "finished: in order, nothing unassigned, schemas recomputed");
}

/* "data" of a bulk operation can be anything. */
static void
test_shape(struct arena *arena)
{
	struct json_value *resource;
	struct scim_error error;

	ok(!scim_resource_read(arena, &scim_user_type, json_new_array(arena), NULL, &resource,
	    &error) && error.reason == REASON_BODY_SHAPE, "a list is no resource");
}

static void
test_names(struct arena *arena)
{
	static const char *const names[] = {
		"externalId", "userName", "name.familyName", SCIM_ENTERPRISE_URN ":department",
		SCIM_ENTERPRISE_URN ":manager.value",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct text name = text_of(names[i]);
		struct attribute_ref ref;
		size_t known_until;

		ok(scim_attribute_resolve(&scim_user_type, name, &ref, &known_until),
		    "%.*s exists", TEXT_FORMAT(name));
		is_text(scim_ref_name(arena, ref), name, "and is called so");
	}
}

int
main(void)
{
	struct state state = { .arena = arena_create(), .type = &scim_user_type };
	struct case_suite suite = { direct, run, &state };

	case_run(&suite, case_file(state.arena, "tests/case/resource.case"));
	test_lengths(state.arena);
	test_counts(state.arena);
	test_finish(state.arena);
	test_shape(state.arena);
	test_names(state.arena);
	arena_destroy(state.arena);
	return tap_done();
}
