/*
 * vectors.c - the shared PATCH and filter vectors (tests/conformance/vectors),
 * without a server.
 */
#include "scim/match.h"
#include "scim/patch.h"
#include "scim/resource.h"
#include "unit/case.h"

/* Vectors that we answer otherwise, and why. */
static const struct {
	const char *id, *why;
} decided[] = {
	{ "f061", "a number cannot be equal to a string: refused, not answered with nothing" },
	{ "f192", "a filter on password is refused as any other broken one: invalidFilter" },
};

static const char *
decision(struct text id)
{
	for (size_t i = 0; i < COUNT_OF(decided); i++)
		if (text_equal(id, text_of(decided[i].id)))
			return decided[i].why;
	return NULL;
}

/* Does the vector turn out as it says, or otherwise where we decided so? */
static void
judge(const struct json_value *vector, const char *subject, bool good, struct text got)
{
	struct text id = json_get(vector, TEXT("id"))->text;
	const char *why = decision(id);

	if (!ok(good == (why == NULL), "%.*s %.*s%s%s", TEXT_FORMAT(id),
	    TEXT_FORMAT(json_get(vector, text_of(subject))->text),
	    why != NULL ? ", otherwise: " : "", why != NULL ? why : ""))
		printf("#   got %.*s\n", TEXT_FORMAT(got));
}

static struct text
member_text(const struct json_value *object, struct text name)
{
	const struct json_value *value = json_get(object, name);

	return value != NULL && value->kind == JSON_STRING ? value->text : TEXT("");
}

static const struct resource_type *
vector_type(const struct json_value *vector)
{
	return text_equal(member_text(vector, TEXT("resourceType")), TEXT("Group")) ?
	    &scim_group_type : &scim_user_type;
}

/* The file is an array, and documents of SCIM are objects. */
static const struct json_value *
read_vectors(struct arena *arena, const char *name)
{
	struct text file = case_file(arena, name);

	return json_get(case_json(arena, arena_format(arena, "{\"vectors\":%.*s}",
	    TEXT_FORMAT(file))), TEXT("vectors"));
}

/* PATCH */

/* Does the list have the id, and where? */
static bool
find_id(const struct json_value *list, struct text id, size_t *at)
{
	for (*at = 0; *at < list->count; ++*at)
		if (json_is_string(json_get(list->items[*at], TEXT("value")), id))
			return true;
	return false;
}

/* What store/ does in rows. */
static void
change_members(struct arena *arena, const struct patch_members *change, struct json_value *list)
{
	size_t at;

	if (change->change == MEMBERS_SET)
		list->count = 0;
	for (size_t i = 0; i < change->count; i++) {
		bool found = find_id(list, change->ids[i], &at);

		if (change->change == MEMBERS_REMOVE && found)
			json_remove_item(list, at);
		if (change->change != MEMBERS_REMOVE && !found) {
			struct json_value *member = json_new_object(arena);

			json_set(arena, member, TEXT("value"),
			    json_new_string(arena, change->ids[i]));
			json_append(arena, list, member);
		}
	}
}

static bool
apply_members(struct arena *arena, const struct patch *patch, struct json_value *resource,
    struct scim_error *error)
{
	struct json_value *list = json_get(resource, TEXT("members"));

	if (list == NULL) {
		list = json_new_array(arena);
		json_set(arena, resource, TEXT("members"), list);
	}
	for (size_t i = 0; i < patch->count; i++) {
		struct patch_members change;

		if (!scim_patch_is_members(&patch->operations[i]))
			continue;
		if (!scim_patch_members(arena, &patch->operations[i], &change, error))
			return false;
		change_members(arena, &change, list);
	}
	return true;
}

static bool
apply_vector(struct arena *arena, const struct json_value *vector, struct json_value **result,
    struct scim_error *error)
{
	static const struct patch_options options = { .id = { "@ID", 3 } };
	const struct resource_type *type = vector_type(vector);
	struct json_value *before;
	struct patch *patch;

	return scim_resource_read(arena, type, json_get(vector, TEXT("before")), NULL, &before,
	        error) &&
	    scim_patch_read(arena, type, json_get(vector, TEXT("patch")), &options, &patch,
	        error) &&
	    scim_patch_apply(arena, type, patch, &options, before, result, error) &&
	    apply_members(arena, patch, *result, error);
}

/* Without what servers may add or leave out: primary false, "active" not asked for. */
static struct json_value *
comparable(struct arena *arena, const struct json_value *value, bool with_active)
{
	struct json_value *copy = json_copy(arena, value);

	if (!with_active)
		json_remove(copy, TEXT("active"));
	for (size_t i = copy->kind == JSON_OBJECT ? copy->count : 0; i-- > 0;) {
		struct json_member *member = &copy->members[i];

		member->value = comparable(arena, member->value, true);
		if (json_is_unassigned(member->value) ||
		    (text_equal(member->name, TEXT("primary")) && !member->value->boolean))
			json_remove(copy, member->name);
	}
	for (size_t i = 0; copy->kind == JSON_ARRAY && i < copy->count; i++)
		copy->items[i] = comparable(arena, copy->items[i], true);
	return copy;
}

static bool
is_wanted(struct arena *arena, const struct json_value *want, const struct json_value *got)
{
	bool with_active = json_get(want, TEXT("active")) != NULL;

	return json_equal(comparable(arena, want, with_active),
	    comparable(arena, got, with_active));
}

static bool
is_wanted_error(const struct json_value *want, const struct scim_error *error)
{
	const struct json_value *also = json_get(want, TEXT("alsoAccept"));
	struct text type = scim_reason_type(error->reason);

	if (scim_reason_status(error->reason) != 400)
		return false;
	for (size_t i = 0; also != NULL && i < also->count; i++)
		if (json_is_string(also->items[i], type))
			return true;
	return json_is_string(json_get(want, TEXT("scimType")), type);
}

static void
test_patch(struct arena *arena, const struct json_value *vector)
{
	const struct json_value *after = json_get(vector, TEXT("after"));
	const struct json_value *also = json_get(vector, TEXT("alsoAccept"));
	struct json_value *result = NULL;
	struct buffer got = { 0 };
	struct scim_error error;
	bool good;

	if (apply_vector(arena, vector, &result, &error)) {
		good = (after != NULL && is_wanted(arena, after, result)) ||
		    (also != NULL && is_wanted(arena, also, result));
		buffer_append(&got, json_to_text(arena, result));
	} else {
		good = after == NULL && is_wanted_error(json_get(vector, TEXT("error")), &error);
		case_error(&got, &error);
	}
	judge(vector, "name", good, buffer_text(&got));
	buffer_release(&got);
}

/* Filters */

/* The resource with what the server adds, as far as the vector says it. */
static bool
read_resource(struct arena *arena, const struct json_value *vector, struct json_value **resource,
    struct scim_error *error)
{
	static const char *const added[] = { "id", "meta", "groups" };
	const struct json_value *body = json_get(vector, TEXT("resource"));

	if (!scim_resource_read(arena, vector_type(vector), body, NULL, resource, error))
		return false;
	for (size_t i = 0; i < COUNT_OF(added); i++) {
		struct json_value *value = json_get(body, text_of(added[i]));

		if (value != NULL)
			json_set(arena, *resource, text_of(added[i]), value);
	}
	return true;
}

/* A vector of syntax may name attributes that no schema of ours has. */
static bool
is_right_refusal(const struct json_value *vector, const struct scim_error *error)
{
	const struct json_value *want = json_get(vector, TEXT("error"));

	if (json_get(vector, TEXT("valid"))->boolean)
		return error->reason == REASON_FILTER_ATTRIBUTE &&
		    json_is_string(json_get(vector, TEXT("kind")), TEXT("syntax"));
	return want == NULL || is_wanted_error(want, error);
}

static void
test_filter(struct arena *arena, const struct json_value *vector)
{
	const struct json_value *matches = json_get(vector, TEXT("matches"));
	struct json_value *resource;
	struct buffer got = { 0 };
	struct scim_error error;
	struct filter *filter;
	bool good;

	if (!scim_filter_parse(arena, vector_type(vector),
	    json_get(vector, TEXT("filter"))->text, &filter, &error)) {
		good = is_right_refusal(vector, &error);
		case_error(&got, &error);
	} else if (matches == NULL) {
		good = json_get(vector, TEXT("valid"))->boolean;
		buffer_append(&got, scim_filter_print(arena, filter));
	} else if (!read_resource(arena, vector, &resource, &error)) {
		good = false;
		case_error(&got, &error);
	} else {
		good = scim_match(arena, filter, resource) == matches->boolean;
		buffer_append(&got, scim_filter_print(arena, filter));
	}
	judge(vector, "filter", good, buffer_text(&got));
	buffer_release(&got);
}

int
main(void)
{
	struct arena *arena = arena_create();
	const struct json_value *patches = read_vectors(arena,
	    "tests/conformance/vectors/patch.json");
	const struct json_value *filters = read_vectors(arena,
	    "tests/conformance/vectors/filters.json");

	for (size_t i = 0; i < patches->count; i++)
		test_patch(arena, patches->items[i]);
	for (size_t i = 0; i < filters->count; i++)
		test_filter(arena, filters->items[i]);
	arena_destroy(arena);
	return tap_done();
}
