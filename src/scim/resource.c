/*
 * resource.c - from what clients send to canonical resources.
 */
#include "scim/datetime.h"
#include "scim/resource.h"

/* What is indexed or compared as a whole, and so must be short. */
static const char *const key_names[] = { "userName", "externalId", "displayName" };

struct json_value *
scim_member(const struct json_value *object, struct text name)
{
	if (object == NULL || object->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->count; i++)
		if (text_equal_nocase(object->members[i].name, name))
			return object->members[i].value;
	return NULL;
}

bool
scim_is_unassigned(const struct json_value *value)
{
	return json_is_unassigned(value) || json_is_string(value, TEXT(""));
}

struct text
scim_ref_name(struct arena *arena, struct attribute_ref ref)
{
	bool qualified = scim_schema_is_extension(ref.schema);
	struct text urn = qualified ? ref.schema->urn : TEXT("");
	struct text sub = ref.sub != NULL ? ref.sub->name : TEXT("");

	return arena_format(arena, "%.*s%s%.*s%s%.*s", TEXT_FORMAT(urn), qualified ? ":" : "",
	    TEXT_FORMAT(ref.attribute->name), ref.sub != NULL ? "." : "", TEXT_FORMAT(sub));
}

bool
scim_is_members(struct attribute_ref ref)
{
	return ref.schema == &scim_group_schema && ref.attribute != NULL &&
	    text_equal(ref.attribute->name, TEXT("members"));
}

bool
scim_same_value(const struct json_value *a, const struct json_value *b)
{
	const struct json_value *value = json_get(a, TEXT("value"));
	const struct json_value *type = json_get(a, TEXT("type"));
	const struct json_value *other_value = json_get(b, TEXT("value"));
	const struct json_value *other_type = json_get(b, TEXT("type"));

	if (value == NULL || other_value == NULL)
		return json_equal(a, b);
	if (!json_equal(value, other_value))
		return false;
	if (type == NULL || other_type == NULL)
		return type == other_type;
	return json_equal(type, other_type);
}

struct json_value *
scim_resource_container(const struct json_value *resource, const struct resource_type *type,
    const struct schema *schema)
{
	if (schema == NULL || schema == type->schema)
		return (struct json_value *)resource;
	return json_get(resource, schema->urn);
}

/* Reading single values */

static const struct attribute *
leaf(struct attribute_ref ref)
{
	return ref.sub != NULL ? ref.sub : ref.attribute;
}

static bool
fail_type(struct arena *arena, struct attribute_ref ref, struct text wanted,
    struct scim_error *error)
{
	return scim_fail(error, REASON_ATTRIBUTE_TYPE, scim_ref_name(arena, ref), wanted);
}

static size_t
longest(struct attribute_ref ref)
{
	for (size_t i = 0; ref.sub == NULL && i < COUNT_OF(key_names); i++)
		if (text_equal(ref.attribute->name, text_of(key_names[i])))
			return SCIM_KEY_MAX;
	return SCIM_STRING_MAX;
}

/* C0, DEL and C1 (U+0080 to U+009F): RFC 8265 3.3 has none of them in a user name. */
static bool
has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.start[i];

		if (byte < 0x20 || byte == 0x7f)
			return true;
		if (byte == 0xc2 && i + 1 < text.length && (unsigned char)text.start[i + 1] < 0xa0)
			return true;
	}
	return false;
}

static bool
check_string(struct arena *arena, struct attribute_ref ref, struct text text,
    struct scim_error *error)
{
	size_t limit = longest(ref);

	if (text.length > limit)
		return scim_fail(error, REASON_ATTRIBUTE_TOO_LONG, scim_ref_name(arena, ref),
		    arena_format(arena, "%zu", limit));
	if (text_equal(leaf(ref)->name, TEXT("userName")) && has_control(text))
		return scim_fail(error, REASON_ATTRIBUTE_CHARACTERS, scim_ref_name(arena, ref),
		    TEXT("control characters"));
	return true;
}

/* Also references: identity providers send anything there, and it is given back as sent. */
static bool
read_string(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	if (value->kind != JSON_STRING)
		return fail_type(arena, ref, TEXT("a string"), error);
	*canonical = json_new_string(arena, value->text);
	return check_string(arena, ref, value->text, error);
}

/* Entra ID sends "True" and "False". */
static bool
read_boolean(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	bool yes = value->boolean;

	if (value->kind == JSON_STRING) {
		yes = text_equal_nocase(value->text, TEXT("true"));
		if (!yes && !text_equal_nocase(value->text, TEXT("false")))
			return fail_type(arena, ref, TEXT("true or false"), error);
	} else if (value->kind != JSON_BOOLEAN)
		return fail_type(arena, ref, TEXT("true or false"), error);
	*canonical = json_new_boolean(arena, yes);
	return true;
}

static bool
read_decimal(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	if (value->kind != JSON_NUMBER)
		return fail_type(arena, ref, TEXT("a number"), error);
	*canonical = json_new_number(arena, value->text);
	return true;
}

/* RFC 7643 2.3.4: no fraction and no exponent. */
static bool
read_integer(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	long number;

	if (value->kind != JSON_NUMBER || !text_to_long(value->text, &number))
		return fail_type(arena, ref, TEXT("a whole number"), error);
	*canonical = json_new_number(arena, value->text);
	return true;
}

static bool
read_datetime(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	struct text utc;

	if (value->kind != JSON_STRING || !scim_datetime_read(arena, value->text, &utc))
		return fail_type(arena, ref, TEXT("a dateTime such as 2026-01-31T12:00:00Z"),
		    error);
	*canonical = json_new_string(arena, value->text);
	return true;
}

static bool
is_base64_digit(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	    (byte >= '0' && byte <= '9') || byte == '+' || byte == '/' || byte == '-' ||
	    byte == '_';
}

/* RFC 4648 4 and 5; padding may be left out, but a single digit over makes no byte. */
static bool
is_base64(struct text text)
{
	size_t padding = 0, digits;

	while (padding < 2 && padding < text.length &&
	    text.start[text.length - 1 - padding] == '=')
		padding++;
	digits = text.length - padding;
	for (size_t i = 0; i < digits; i++)
		if (!is_base64_digit(text.start[i]))
			return false;
	return digits % 4 != 1 && (padding == 0 || text.length % 4 == 0);
}

static bool
read_binary(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	if (value->kind != JSON_STRING || !is_base64(value->text))
		return fail_type(arena, ref, TEXT("binary data in base64"), error);
	*canonical = json_new_string(arena, value->text);
	return check_string(arena, ref, value->text, error);
}

static bool
read_member(struct arena *arena, struct attribute_ref ref, const struct json_member *member,
    struct json_value *object, struct scim_error *error)
{
	struct json_value *canonical;

	ref.sub = scim_sub_attribute(ref.attribute, member->name);
	if (ref.sub == NULL || ref.sub->mutability == READ_ONLY)
		return true;
	if (!scim_value_read(arena, ref, false, member->value, &canonical, error))
		return false;
	if (canonical != NULL)
		json_set(arena, object, ref.sub->name, canonical);
	return true;
}

/* A bare string is the sub-attribute "value": so come Entra ID's managers and members. */
static bool
read_bare(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	struct json_member member = { TEXT("value"), (struct json_value *)value };

	if (scim_sub_attribute(ref.attribute, member.name) == NULL)
		return fail_type(arena, ref, TEXT("an object"), error);
	*canonical = json_new_object(arena);
	return read_member(arena, ref, &member, *canonical, error);
}

static bool
read_complex(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	if (value->kind == JSON_STRING)
		return read_bare(arena, ref, value, canonical, error);
	if (value->kind != JSON_OBJECT)
		return fail_type(arena, ref, TEXT("an object"), error);
	*canonical = json_new_object(arena);
	for (size_t i = 0; i < value->count; i++)
		if (!read_member(arena, ref, &value->members[i], *canonical, error))
			return false;
	if ((*canonical)->count == 0)
		*canonical = NULL;
	return true;
}

static bool (*const readers[])(struct arena *, struct attribute_ref, const struct json_value *,
    struct json_value **, struct scim_error *) = {
	[TYPE_STRING] = read_string,
	[TYPE_BOOLEAN] = read_boolean,
	[TYPE_DECIMAL] = read_decimal,
	[TYPE_INTEGER] = read_integer,
	[TYPE_DATETIME] = read_datetime,
	[TYPE_BINARY] = read_binary,
	[TYPE_REFERENCE] = read_string,
	[TYPE_COMPLEX] = read_complex,
};

/* Lists */

static struct json_value *
find_same(const struct json_value *list, const struct json_value *element)
{
	for (size_t i = 0; i < list->count; i++)
		if (scim_same_value(list->items[i], element))
			return list->items[i];
	return NULL;
}

/* Members are rows in the end, where each can be only once: they need no look at all the others. */
static bool
append_once(struct arena *arena, struct attribute_ref ref, struct json_value *list,
    struct json_value *element, struct scim_error *error)
{
	if (scim_is_members(ref)) {
		json_append(arena, list, element);
		return true;
	}
	if (find_same(list, element) != NULL)
		return true;
	if (list->count == SCIM_VALUES_MAX)
		return scim_fail(error, REASON_ATTRIBUTE_TOO_MANY, scim_ref_name(arena, ref),
		    arena_format(arena, "%d", SCIM_VALUES_MAX));
	json_append(arena, list, element);
	return true;
}

/* RFC 7643 2.4: the primary value true must appear no more than once. */
static bool
check_primary(struct arena *arena, struct attribute_ref ref, const struct json_value *list,
    struct scim_error *error)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct json_value *primary = json_get(list->items[i], TEXT("primary"));

		count += primary != NULL && primary->boolean;
	}
	if (count > 1)
		return scim_fail(error, REASON_ATTRIBUTE_PRIMARY, scim_ref_name(arena, ref));
	return true;
}

static bool
read_items(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value *list, struct scim_error *error)
{
	for (size_t i = 0; i < value->count; i++) {
		struct json_value *element;

		if (!scim_value_read(arena, ref, true, value->items[i], &element, error))
			return false;
		if (element != NULL && !append_once(arena, ref, list, element, error))
			return false;
	}
	return true;
}

/* A single value stands for a list of one. */
static bool
read_list(struct arena *arena, struct attribute_ref ref, const struct json_value *value,
    struct json_value **canonical, struct scim_error *error)
{
	struct json_value *items[] = { (struct json_value *)value };
	struct json_value one = { .kind = JSON_ARRAY, .count = 1, .items = items };
	struct json_value *list = json_new_array(arena);

	if (!read_items(arena, ref, value->kind == JSON_ARRAY ? value : &one, list, error) ||
	    !check_primary(arena, ref, list, error))
		return false;
	*canonical = list->count > 0 ? list : NULL;
	return true;
}

bool
scim_value_read(struct arena *arena, struct attribute_ref ref, bool as_element,
    const struct json_value *value, struct json_value **canonical, struct scim_error *error)
{
	*canonical = NULL;
	if (scim_is_unassigned(value))
		return true;
	if (ref.sub == NULL && ref.attribute->multi_valued && !as_element)
		return read_list(arena, ref, value, canonical, error);
	return readers[leaf(ref)->type](arena, ref, value, canonical, error);
}

/* Whole resources */

/* RFC 7644 3.3, 3.5.1: what the server decides is ignored in bodies; passwords are not kept. */
static bool
is_ignored(const struct attribute *attribute)
{
	return attribute->mutability == READ_ONLY || attribute->mutability == WRITE_ONLY ||
	    text_equal(attribute->name, TEXT("schemas"));
}

/* The attributes of one schema; stated is what refs say: NULL for the common ones. */
static bool
read_attributes(struct arena *arena, const struct schema *schema, const struct schema *stated,
    const struct json_value *body, struct json_value *container, struct scim_error *error)
{
	for (size_t i = 0; i < body->count; i++) {
		struct attribute_ref ref = { .schema = stated };
		struct json_value *canonical;

		ref.attribute = scim_attribute_find(schema->attributes, schema->count,
		    body->members[i].name);
		if (ref.attribute == NULL || is_ignored(ref.attribute))
			continue;
		if (!scim_value_read(arena, ref, false, body->members[i].value, &canonical, error))
			return false;
		if (canonical != NULL)
			json_set(arena, container, ref.attribute->name, canonical);
	}
	return true;
}

static bool
read_extension(struct arena *arena, const struct schema *schema, const struct json_value *body,
    struct json_value *resource, struct scim_error *error)
{
	const struct json_value *value = scim_member(body, schema->urn);
	struct json_value *container = json_new_object(arena);

	if (json_is_unassigned(value))
		return true;
	if (value->kind != JSON_OBJECT)
		return scim_fail(error, REASON_ATTRIBUTE_TYPE, schema->urn, TEXT("an object"));
	json_set(arena, resource, schema->urn, container);
	return read_attributes(arena, schema, schema, value, container, error);
}

/*
 * Which URNs are listed is not looked at: they are recomputed, and Entra ID
 * adds some of its own.
 */
static bool
check_schemas(const struct json_value *body, struct scim_error *error)
{
	const struct json_value *schemas = scim_member(body, TEXT("schemas"));
	bool good;

	if (schemas == NULL || schemas->kind == JSON_NULL)
		return true;
	good = schemas->kind == JSON_ARRAY && schemas->count > 0;
	for (size_t i = 0; good && i < schemas->count; i++)
		good = schemas->items[i]->kind == JSON_STRING;
	return good ||
	    scim_fail(error, REASON_BODY_SHAPE, TEXT("\"schemas\" must be a list of URNs"));
}

static bool
read_body(struct arena *arena, const struct resource_type *type, const struct json_value *body,
    struct json_value *resource, struct scim_error *error)
{
	if (body->kind != JSON_OBJECT)
		return scim_fail(error, REASON_BODY_SHAPE, TEXT("a resource is a JSON object"));
	if (!check_schemas(body, error) ||
	    !read_attributes(arena, &scim_common_schema, NULL, body, resource, error) ||
	    !read_attributes(arena, type->schema, type->schema, body, resource, error))
		return false;
	for (size_t i = 0; type->extensions[i] != NULL; i++)
		if (!read_extension(arena, type->extensions[i], body, resource, error))
			return false;
	return true;
}

/* RFC 7644 3.5.1: a PUT that does not say "active" must not let a suspended person in again. */
static void
keep_active(struct arena *arena, const struct json_value *current, struct json_value *resource)
{
	struct json_value *active = json_get(current, TEXT("active"));

	if (active != NULL && json_get(resource, TEXT("active")) == NULL)
		json_set(arena, resource, TEXT("active"), active);
}

/* RFC 7644 3.5.1: what is immutable and has a value must match; not named, it stays. */
static bool
keep_immutable(struct arena *arena, struct attribute_ref ref, const struct json_value *from,
    struct json_value *to, struct scim_error *error)
{
	struct json_value *present = json_get(from, ref.attribute->name);
	struct json_value *wanted = json_get(to, ref.attribute->name);

	if (ref.attribute->mutability != IMMUTABLE || present == NULL)
		return true;
	if (wanted != NULL && !json_equal(wanted, present))
		return scim_fail(error, REASON_ATTRIBUTE_IMMUTABLE, scim_ref_name(arena, ref));
	json_set(arena, to, ref.attribute->name, present);
	return true;
}

static bool
keep_present(struct arena *arena, const struct resource_type *type,
    const struct json_value *current, struct json_value *resource, struct scim_error *error)
{
	const struct schema *schema = type->schema;

	keep_active(arena, current, resource);
	for (size_t i = 0; current != NULL && i < schema->count; i++) {
		struct attribute_ref ref = { schema, &schema->attributes[i], NULL };

		if (!keep_immutable(arena, ref, current, resource, error))
			return false;
	}
	return true;
}

bool
scim_resource_read(struct arena *arena, const struct resource_type *type,
    const struct json_value *body, const struct json_value *current,
    struct json_value **resource, struct scim_error *error)
{
	*resource = json_new_object(arena);
	if (!read_body(arena, type, body, *resource, error) ||
	    !keep_present(arena, type, current, *resource, error))
		return false;
	scim_resource_finish(arena, type, *resource);
	return scim_resource_check(type, *resource, error);
}

bool
scim_resource_check(const struct resource_type *type, const struct json_value *resource,
    struct scim_error *error)
{
	for (size_t i = 0; i < type->schema->count; i++) {
		const struct attribute *attribute = &type->schema->attributes[i];

		if (attribute->required && json_is_unassigned(json_get(resource, attribute->name)))
			return scim_fail(error, REASON_ATTRIBUTE_REQUIRED, attribute->name);
	}
	return true;
}

/* Canonical order */

static void
take_member(struct arena *arena, struct json_value *from, struct json_value *to, struct text name)
{
	struct json_value *value = json_get(from, name);

	if (value != NULL && json_remove(from, name) && !json_is_unassigned(value))
		json_set(arena, to, name, value);
}

/* Moves an object's attributes, in the table's order; what is not in the table stays behind. */
static void
take_attributes(struct arena *arena, struct json_value *from, struct json_value *to,
    const struct attribute *attributes, size_t count);

static void
order_value(struct arena *arena, struct json_value *value, const struct attribute *attribute)
{
	struct json_value ordered = { .kind = JSON_OBJECT };

	if (value->kind == JSON_ARRAY)
		for (size_t i = 0; i < value->count; i++)
			order_value(arena, value->items[i], attribute);
	if (value->kind != JSON_OBJECT)
		return;
	take_attributes(arena, value, &ordered, attribute->sub_attributes, attribute->sub_count);
	*value = ordered;
}

static void
take_attributes(struct arena *arena, struct json_value *from, struct json_value *to,
    const struct attribute *attributes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json_value *value = json_get(from, attributes[i].name);

		if (value != NULL)
			order_value(arena, value, &attributes[i]);
		take_member(arena, from, to, attributes[i].name);
	}
}

static void
take_schema(struct arena *arena, struct json_value *from, struct json_value *to,
    const struct schema *schema)
{
	take_attributes(arena, from, to, schema->attributes, schema->count);
}

static void
take_extension(struct arena *arena, struct json_value *from, struct json_value *to,
    const struct schema *schema)
{
	struct json_value *container = json_get(from, schema->urn);
	struct json_value ordered = { .kind = JSON_OBJECT };

	if (container == NULL)
		return;
	take_schema(arena, container, &ordered, schema);
	*container = ordered;
	take_member(arena, from, to, schema->urn);
	if (container->count > 0)
		json_append(arena, json_get(to, TEXT("schemas")),
		    json_new_string(arena, schema->urn));
}

void
scim_resource_finish(struct arena *arena, const struct resource_type *type,
    struct json_value *resource)
{
	struct json_value ordered = { .kind = JSON_OBJECT };
	struct json_value *schemas = json_new_array(arena);

	json_append(arena, schemas, json_new_string(arena, type->schema->urn));
	json_set(arena, resource, TEXT("schemas"), schemas);
	take_schema(arena, resource, &ordered, &scim_common_schema);
	take_schema(arena, resource, &ordered, type->schema);
	for (size_t i = 0; type->extensions[i] != NULL; i++)
		take_extension(arena, resource, &ordered, type->extensions[i]);
	*resource = ordered;
}

bool
scim_message_is(const struct json_value *body, struct text urn)
{
	const struct json_value *schemas = scim_member(body, TEXT("schemas"));

	if (schemas == NULL || schemas->kind == JSON_NULL)
		return true;
	for (size_t i = 0; schemas->kind == JSON_ARRAY && i < schemas->count; i++)
		if (schemas->items[i]->kind == JSON_STRING &&
		    text_equal_nocase(schemas->items[i]->text, urn))
			return true;
	return false;
}
