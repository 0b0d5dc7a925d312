/*
 * patch.c - reads PATCH messages into operations on single attributes.
 */
#include "scim/patch.h"
#include "scim/resource.h"

#define PATCH_URN "urn:ietf:params:scim:api:messages:2.0:PatchOp"

static const char *const op_names[] = {
	[PATCH_ADD] = "add",
	[PATCH_REPLACE] = "replace",
	[PATCH_REMOVE] = "remove",
};

struct reader {
	struct arena *arena;
	const struct resource_type *type;
	const struct patch_options *options;
	struct patch *patch;
	size_t capacity;
	struct scim_error *error;
};

static bool
fail_value(struct reader *reader, enum patch_op op, struct text why)
{
	return scim_fail(reader->error, REASON_PATCH_VALUE, text_of(op_names[op]), why);
}

static void
append(struct reader *reader, const struct patch_operation *operation)
{
	struct patch *patch = reader->patch;

	if (patch->count == reader->capacity) {
		struct patch_operation *wider;

		reader->capacity = reader->capacity == 0 ? 8 : reader->capacity * 2;
		wider = arena_array(reader->arena, reader->capacity, sizeof(*wider));
		if (patch->count > 0)
			memcpy(wider, patch->operations, patch->count * sizeof(*wider));
		patch->operations = wider;
	}
	patch->operations[patch->count++] = *operation;
}

/* As with an extension's, the URN of the resource's own schema stands for all its attributes. */
static bool
read_path(struct reader *reader, struct text text, struct path *path)
{
	if (!text_equal_nocase(text, reader->type->schema->urn))
		return scim_path_parse(reader->arena, reader->type, text, path, reader->error);
	*path = (struct path){ .ref.schema = reader->type->schema, .text = text };
	return true;
}

/* What may be changed */

static bool
is_named(struct attribute_ref ref, const char *name)
{
	return ref.schema == NULL && text_equal(ref.attribute->name, text_of(name));
}

static bool
is_read_only(struct attribute_ref ref)
{
	return ref.attribute->mutability == READ_ONLY ||
	    (ref.sub != NULL && ref.sub->mutability == READ_ONLY);
}

/*
 * "schemas" follows from the attributes by itself (RFC 7644 3.5.2: clients
 * modify it implicitly), and passwords are accepted without being kept.
 */
static bool
is_passed_over(struct attribute_ref ref)
{
	return ref.attribute->mutability == WRITE_ONLY || is_named(ref, "schemas");
}

static bool
check_removal(struct reader *reader, const struct path *path)
{
	struct attribute_ref ref = path->ref;

	if (ref.attribute == NULL)
		return ref.schema != reader->type->schema ||
		    scim_fail(reader->error, REASON_ATTRIBUTE_READ_ONLY, path->text);
	if (ref.sub == NULL && ref.attribute->required)
		return scim_fail(reader->error, REASON_ATTRIBUTE_REMOVE_REQUIRED,
		    scim_ref_name(reader->arena, ref));
	return true;
}

/* RFC 7644 3.5.2: an operation that does not fit the attribute's mutability is an error. */
static bool
check_mutability(struct reader *reader, const struct patch_operation *operation)
{
	struct attribute_ref ref = operation->path.ref;

	if (operation->op == PATCH_REMOVE && !check_removal(reader, &operation->path))
		return false;
	if (ref.attribute != NULL && is_read_only(ref))
		return scim_fail(reader->error, REASON_ATTRIBUTE_READ_ONLY,
		    scim_ref_name(reader->arena, ref));
	return true;
}

/* Values without a path, whose keys are paths */

static bool read_keys(struct reader *reader, enum patch_op op, const struct schema *schema,
    const struct json_value *value);

/* Okta and authentik repeat the id; one that differs was meant for another resource. */
static bool
check_id(struct reader *reader, const struct json_value *value)
{
	if (value->kind == JSON_STRING && text_equal_nocase(value->text, reader->options->id))
		return true;
	return scim_fail(reader->error, REASON_ATTRIBUTE_READ_ONLY, TEXT("id"));
}

/* A whole extension by its URN; as with other complex values, what is not named stays. */
static bool
read_whole_schema(struct reader *reader, struct patch_operation *operation)
{
	const struct schema *schema = operation->path.ref.schema;
	const struct json_value *value = operation->value;

	if (value->kind == JSON_OBJECT)
		return read_keys(reader, operation->op, schema, value);
	if (!scim_is_unassigned(value))
		return fail_value(reader, operation->op,
		    TEXT("a whole schema must be a JSON object"));
	if (operation->op == PATCH_REPLACE && schema != reader->type->schema) {
		operation->op = PATCH_REMOVE;
		append(reader, operation);
	}
	return true;
}

/* As in bodies, unknown and read-only attributes are ignored; a broken filter is not. */
static bool
read_key(struct reader *reader, enum patch_op op, struct text key, struct json_value *value)
{
	struct patch_operation operation = { .op = op, .value = value };
	struct attribute_ref *ref = &operation.path.ref;

	if (!read_path(reader, key, &operation.path))
		return text_find_byte(key, '[') == key.length;
	if (ref->attribute == NULL)
		return read_whole_schema(reader, &operation);
	if (is_named(*ref, "id"))
		return check_id(reader, value);
	if (!is_read_only(*ref) && !is_passed_over(*ref))
		append(reader, &operation);
	return true;
}

/* schema NULL: the resource's own keys. */
static bool
read_keys(struct reader *reader, enum patch_op op, const struct schema *schema,
    const struct json_value *value)
{
	for (size_t i = 0; i < value->count; i++) {
		struct text key = value->members[i].name;

		if (schema != NULL)
			key = arena_format(reader->arena, "%.*s:%.*s", TEXT_FORMAT(schema->urn),
			    TEXT_FORMAT(key));
		if (!read_key(reader, op, key, value->members[i].value))
			return false;
	}
	return true;
}

static bool
read_without_path(struct reader *reader, enum patch_op op, const struct json_value *value)
{
	if (op == PATCH_REMOVE)
		return scim_fail(reader->error, REASON_PATCH_PATH_MISSING);
	if (value->kind != JSON_OBJECT)
		return fail_value(reader, op, TEXT("without a path it must be a JSON object"));
	return read_keys(reader, op, NULL, value);
}

/* Operations with a path */

static bool
read_with_path(struct reader *reader, struct patch_operation *operation, struct text path)
{
	if (!read_path(reader, path, &operation->path))
		return false;
	if (!check_mutability(reader, operation))
		return false;
	if (operation->path.ref.attribute == NULL && operation->op != PATCH_REMOVE)
		return read_whole_schema(reader, operation);
	if (operation->path.ref.attribute == NULL || !is_passed_over(operation->path.ref))
		append(reader, operation);
	return true;
}

static bool
read_op(struct reader *reader, const struct json_value *item, enum patch_op *op)
{
	const struct json_value *value = scim_member(item, TEXT("op"));

	if (value == NULL || value->kind != JSON_STRING)
		return scim_fail(reader->error, REASON_PATCH_SYNTAX,
		    TEXT("every operation needs an \"op\""));
	for (size_t i = 0; i < COUNT_OF(op_names); i++)
		if (text_equal_nocase(value->text, text_of(op_names[i]))) {
			*op = (enum patch_op)i;
			return true;
		}
	return scim_fail(reader->error, REASON_PATCH_SYNTAX,
	    TEXT("\"op\" must be \"add\", \"replace\" or \"remove\""));
}

static bool
read_operation(struct reader *reader, const struct json_value *item)
{
	const struct json_value *path = scim_member(item, TEXT("path"));
	struct patch_operation operation = { .value = scim_member(item, TEXT("value")) };

	if (!read_op(reader, item, &operation.op))
		return false;
	if (operation.op != PATCH_REMOVE && operation.value == NULL)
		return fail_value(reader, operation.op, TEXT("it is missing"));
	if (path == NULL || path->kind == JSON_NULL || json_is_string(path, TEXT("")))
		return read_without_path(reader, operation.op, operation.value);
	if (path->kind != JSON_STRING)
		return scim_fail(reader->error, REASON_PATCH_PATH, TEXT(""),
		    TEXT("it must be a string"));
	return read_with_path(reader, &operation, path->text);
}

static bool
check_schemas(const struct json_value *body, struct scim_error *error)
{
	return scim_message_is(body, TEXT(PATCH_URN)) ||
	    scim_fail(error, REASON_PATCH_SYNTAX, TEXT("\"schemas\" must name " PATCH_URN));
}

static bool
find_operations(const struct json_value *body, const struct json_value **operations,
    struct scim_error *error)
{
	*operations = scim_member(body, TEXT("Operations"));
	if (*operations == NULL || (*operations)->kind != JSON_ARRAY || (*operations)->count == 0)
		return scim_fail(error, REASON_PATCH_SYNTAX,
		    TEXT("\"Operations\" must be a list of at least one operation"));
	if ((*operations)->count > SCIM_PATCH_OPERATIONS_MAX)
		return scim_fail(error, REASON_PATCH_SYNTAX,
		    TEXT("more than 1000 operations; send them in parts"));
	return check_schemas(body, error);
}

bool
scim_patch_read(struct arena *arena, const struct resource_type *type,
    const struct json_value *body, const struct patch_options *options, struct patch **patch,
    struct scim_error *error)
{
	struct reader reader = { .arena = arena, .type = type, .options = options, .error = error };
	const struct json_value *operations;

	reader.patch = *patch = arena_new(arena, struct patch);
	if (!find_operations(body, &operations, error))
		return false;
	for (size_t i = 0; i < operations->count; i++)
		if (!read_operation(&reader, operations->items[i]))
			return false;
	return true;
}

const struct json_value *
scim_patch_listed(const struct patch_operation *operation)
{
	const struct json_value *wrapped;

	if (operation->value == NULL || operation->value->kind == JSON_NULL)
		return NULL;
	wrapped = scim_member(operation->value, operation->path.ref.attribute->name);
	return wrapped != NULL ? wrapped : operation->value;
}

/* Members */

bool
scim_patch_is_members(const struct patch_operation *operation)
{
	return scim_is_members(operation->path.ref);
}

static bool
read_ids(struct arena *arena, const struct patch_operation *operation,
    const struct json_value *value, struct patch_members *members, struct scim_error *error)
{
	struct json_value *list;

	if (!scim_value_read(arena, operation->path.ref, false, value, &list, error))
		return false;
	if (list == NULL)
		return true;
	members->ids = arena_array(arena, list->count, sizeof(*members->ids));
	for (size_t i = 0; i < list->count; i++) {
		const struct json_value *id = json_get(list->items[i], TEXT("value"));

		if (id == NULL)
			return scim_fail(error, REASON_ATTRIBUTE_REQUIRED, TEXT("members.value"));
		members->ids[members->count++] = id->text;
	}
	return true;
}

/* members[value eq "id"], the only filter that names a member who need not be one yet. */
static bool
is_one_id(const struct filter *filter)
{
	return filter->kind == FILTER_COMPARE && filter->op == OPERATOR_EQ &&
	    filter->literal.kind == LITERAL_STRING &&
	    text_equal(filter->ref.sub->name, TEXT("value"));
}

static void
take_id(struct arena *arena, const struct filter *filter, struct patch_members *members)
{
	members->ids = arena_array(arena, 1, sizeof(*members->ids));
	members->ids[members->count++] = filter->literal.text;
}

static bool
read_filtered(struct arena *arena, const struct patch_operation *operation,
    struct patch_members *members, struct scim_error *error)
{
	const struct filter *filter = operation->path.filter;

	if (operation->op == PATCH_REPLACE)
		return scim_fail(error, REASON_ATTRIBUTE_IMMUTABLE, operation->path.text);
	if (is_one_id(filter))
		take_id(arena, filter, members);
	else if (operation->op == PATCH_ADD)
		return scim_fail(error, REASON_PATCH_NO_TARGET, operation->path.text);
	else
		members->filter = filter;
	return true;
}

bool
scim_patch_members(struct arena *arena, const struct patch_operation *operation,
    struct patch_members *members, struct scim_error *error)
{
	static const enum members_change changes[] = {
		[PATCH_ADD] = MEMBERS_ADD,
		[PATCH_REPLACE] = MEMBERS_SET,
		[PATCH_REMOVE] = MEMBERS_REMOVE,
	};
	const struct json_value *value = operation->value;

	*members = (struct patch_members){ .change = changes[operation->op] };
	if (operation->path.ref.sub != NULL)
		return scim_fail(error, REASON_ATTRIBUTE_IMMUTABLE,
		    scim_ref_name(arena, operation->path.ref));
	if (operation->path.filter != NULL)
		return read_filtered(arena, operation, members, error);
	if (operation->op == PATCH_REMOVE && (value = scim_patch_listed(operation)) == NULL) {
		members->change = MEMBERS_SET;
		return true;
	}
	return read_ids(arena, operation, value, members, error);
}
