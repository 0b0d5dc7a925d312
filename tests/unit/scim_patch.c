/*
 * scim_patch.c - PATCH messages change resources: tests/case/patch.case, and
 * tests/case/quirk.case for what identity providers send beside the standard.
 */
#include "scim/patch.h"
#include "scim/resource.h"
#include "unit/case.h"

struct state {
	struct arena *arena;
	const struct resource_type *type;
	struct json_value *resource;
	struct patch_options options;
};

static bool
direct(void *data, struct text name, struct text rest)
{
	struct state *state = data;

	if (text_equal(name, TEXT("user")) || text_equal(name, TEXT("group"))) {
		state->type = text_equal(name, TEXT("user")) ? &scim_user_type : &scim_group_type;
		state->resource = case_json(state->arena, rest);
		return true;
	}
	state->options.replace_without_target_creates = text_equal(rest, TEXT("create"));
	return text_equal(name, TEXT("replace_without_target"));
}

/* The operations on members, which are not applied: " add a b", " remove [...]", " set". */
static bool
show_members(struct state *state, const struct patch *patch, struct buffer *out,
    struct scim_error *error)
{
	static const char *const names[] = {
		[MEMBERS_ADD] = "add", [MEMBERS_REMOVE] = "remove", [MEMBERS_SET] = "set",
	};
	struct patch_members members;

	for (size_t i = 0; i < patch->count; i++) {
		if (!scim_patch_is_members(&patch->operations[i]))
			continue;
		if (!scim_patch_members(state->arena, &patch->operations[i], &members, error))
			return false;
		buffer_format(out, " %s", names[members.change]);
		for (size_t k = 0; k < members.count; k++)
			buffer_format(out, " %.*s", TEXT_FORMAT(members.ids[k]));
		if (members.filter != NULL)
			buffer_format(out, " [%.*s]",
			    TEXT_FORMAT(scim_filter_print(state->arena, members.filter)));
	}
	return true;
}

static bool
apply(struct state *state, const struct json_value *body, struct buffer *out,
    struct scim_error *error)
{
	struct json_value *result;
	struct patch *patch;

	if (!scim_patch_read(state->arena, state->type, body, &state->options, &patch, error) ||
	    !scim_patch_apply(state->arena, state->type, patch, &state->options,
	    state->resource, &result, error))
		return false;
	/* Of what the resources of the cases do not have. */
	json_remove(result, TEXT("schemas"));
	if (json_equal(result, state->resource))
		buffer_append(out, TEXT("unchanged"));
	else
		buffer_append(out, json_to_text(state->arena, result));
	return show_members(state, patch, out, error);
}

/* One operation, a list of them after "Operations: ", or a whole message after "message: ". */
static struct json_value *
read_message(struct arena *arena, struct text input)
{
	struct text list = TEXT("Operations: "), message = TEXT("message: ");

	if (text_starts(input, message))
		return case_json(arena, text_after(input, message.length));
	if (text_starts(input, list))
		return case_json(arena, arena_format(arena, "{\"Operations\":%.*s}",
		    TEXT_FORMAT(text_after(input, list.length))));
	return case_json(arena, arena_format(arena, "{\"Operations\":[%.*s]}", TEXT_FORMAT(input)));
}

static void
run(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct text before = json_to_text(state->arena, state->resource);
	struct scim_error error;

	if (!apply(state, read_message(state->arena, input), out, &error)) {
		buffer_clear(out);
		case_error(out, &error);
	}
	if (!text_equal(before, json_to_text(state->arena, state->resource)))
		buffer_append(out, TEXT(", and the resource itself was changed"));
}

/* A message with so many operations, each of which sets the title. */
static bool
reads_operations(struct arena *arena, size_t count, struct patch **patch, struct scim_error *error)
{
	struct json_value *body = json_new_object(arena), *list = json_new_array(arena);
	struct patch_options options = { 0 };

	for (size_t i = 0; i < count; i++)
		json_append(arena, list, case_json(arena,
		    TEXT("{\"op\":\"add\",\"path\":\"title\",\"value\":\"t\"}")));
	json_set(arena, body, TEXT("Operations"), list);
	return scim_patch_read(arena, &scim_user_type, body, &options, patch, error);
}

static void
test_limit(struct arena *arena)
{
	struct scim_error error;
	struct patch *patch;

	ok(reads_operations(arena, SCIM_PATCH_OPERATIONS_MAX, &patch, &error),
	    "so many operations are read");
	is_number(patch->count, SCIM_PATCH_OPERATIONS_MAX, "and all of them");
	ok(!reads_operations(arena, SCIM_PATCH_OPERATIONS_MAX + 1, &patch, &error) &&
	    error.reason == REASON_PATCH_SYNTAX, "one more is refused");
}

/* schemas follows what the operations did to extensions (RFC 7644 3.5.2). */
static void
test_schemas(struct arena *arena)
{
	static const struct {
		const char *operation, *schemas;
	} steps[] = {
		{ "{\"op\":\"add\",\"value\":\"d\","
		  "\"path\":\"" SCIM_ENTERPRISE_URN ":department\"}",
		  "[\"" SCIM_USER_URN "\",\"" SCIM_ENTERPRISE_URN "\"]" },
		{ "{\"op\":\"remove\",\"path\":\"" SCIM_ENTERPRISE_URN ":department\"}",
		  "[\"" SCIM_USER_URN "\"]" },
	};
	struct json_value *resource = case_json(arena, TEXT("{\"userName\":\"u\"}"));
	struct patch_options options = { 0 };

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct text operation = text_of(steps[i].operation);
		struct scim_error error;
		struct patch *patch;

		ok(scim_patch_read(arena, &scim_user_type, read_message(arena, operation), &options,
		    &patch, &error) && scim_patch_apply(arena, &scim_user_type, patch, &options,
		    resource, &resource, &error), "step %zu", i);
		is_text(json_to_text(arena, json_get(resource, TEXT("schemas"))),
		    text_of(steps[i].schemas), "schemas after step %zu", i);
	}
}

static const struct attribute thing_attributes[] = {
	{ .name = { "serial", 6 }, .type = TYPE_STRING, .mutability = IMMUTABLE },
};
static const struct schema thing_schema = {
	.urn = { "urn:example:Thing", 17 }, .attributes = thing_attributes, .count = 1,
};
static const struct schema *const no_extensions[] = { NULL };
static const struct resource_type thing_type = {
	.name = { "Thing", 5 }, .schema = &thing_schema, .extensions = no_extensions,
};

/* An immutable attribute takes its first value and keeps it (RFC 7644 3.5.2). */
static void
test_immutable(struct arena *arena)
{
	static const struct {
		const char *before, *operation;
		bool done;
	} steps[] = {
		{ "{}", "{\"op\":\"add\",\"path\":\"serial\",\"value\":\"a\"}", true },
		{ "{\"serial\":\"a\"}",
		  "{\"op\":\"add\",\"path\":\"serial\",\"value\":\"a\"}", true },
		{ "{\"serial\":\"a\"}",
		  "{\"op\":\"replace\",\"value\":{\"serial\":\"b\"}}", false },
		{ "{\"serial\":\"a\"}", "{\"op\":\"remove\",\"path\":\"serial\"}", false },
	};
	struct patch_options options = { 0 };

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct json_value *result;
		struct scim_error error;
		struct patch *patch;
		bool done = scim_patch_read(arena, &thing_type,
		    read_message(arena, text_of(steps[i].operation)), &options, &patch, &error) &&
		    scim_patch_apply(arena, &thing_type, patch, &options,
		    case_json(arena, text_of(steps[i].before)), &result, &error);

		is_number(done, steps[i].done, "%s on %s", steps[i].operation, steps[i].before);
		if (done)
			is_text(json_get(result, TEXT("serial"))->text, TEXT("a"), "it is a");
		else
			is_number(error.reason, REASON_ATTRIBUTE_IMMUTABLE, "it is immutable");
	}
}

/* Operations cannot make a list longer than a body can. */
static void
test_values_limit(struct arena *arena)
{
	struct json_value *resource = json_new_object(arena), *roles = json_new_array(arena);
	struct json_value *result;
	struct patch_options options = { 0 };
	struct scim_error error;
	struct patch *patch;

	for (size_t i = 0; i < SCIM_VALUES_MAX; i++) {
		struct json_value *role = json_new_object(arena);

		json_set(arena, role, TEXT("value"),
		    json_new_string(arena, arena_format(arena, "%zu", i)));
		json_append(arena, roles, role);
	}
	json_set(arena, resource, TEXT("roles"), roles);
	ok(scim_patch_read(arena, &scim_user_type, read_message(arena,
	    TEXT("{\"op\":\"add\",\"path\":\"roles\",\"value\":\"one more\"}")), &options,
	    &patch, &error), "the message is read");
	ok(!scim_patch_apply(arena, &scim_user_type, patch, &options, resource, &result, &error) &&
	    error.reason == REASON_ATTRIBUTE_TOO_MANY, "one more is too many");
}

int
main(void)
{
	static const char *const files[] = { "tests/case/patch.case", "tests/case/quirk.case" };
	struct arena *arena;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct state state = { .arena = arena_create(), .options.id = TEXT("i-1") };
		struct case_suite suite = { direct, run, &state };

		case_run(&suite, case_file(state.arena, files[i]));
		arena_destroy(state.arena);
	}
	arena = arena_create();
	test_limit(arena);
	test_schemas(arena);
	test_immutable(arena);
	test_values_limit(arena);
	arena_destroy(arena);
	return tap_done();
}
