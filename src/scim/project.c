/*
 * project.c - which attributes of a resource are shown.
 */
#include "scim/project.h"
#include "scim/resource.h"

struct projection {
	bool excludes;                  /* the list is excludedAttributes */
	struct attribute_ref *refs;     /* each once, so there cannot be many */
	size_t count, capacity;
};

/* Reading the lists */

static bool
has_ref(const struct projection *projection, struct attribute_ref ref)
{
	for (size_t i = 0; i < projection->count; i++)
		if (scim_ref_equal(projection->refs[i], ref))
			return true;
	return false;
}

static void
append_ref(struct arena *arena, struct projection *projection, struct attribute_ref ref)
{
	if (projection->count == projection->capacity) {
		struct attribute_ref *wider;

		projection->capacity = projection->capacity == 0 ? 8 : projection->capacity * 2;
		wider = arena_array(arena, projection->capacity, sizeof(*wider));
		if (projection->count > 0)
			memcpy(wider, projection->refs, projection->count * sizeof(*wider));
		projection->refs = wider;
	}
	projection->refs[projection->count++] = ref;
}

static void
read_names(struct arena *arena, const struct resource_type *type, struct text list,
    struct projection *projection)
{
	while (list.length > 0) {
		size_t comma = text_find_byte(list, ',');
		struct attribute_ref ref;
		size_t known_until;

		if (scim_attribute_resolve(type, text_trim(text_first(list, comma)), &ref,
		    &known_until) && !has_ref(projection, ref))
			append_ref(arena, projection, ref);
		list = text_after(list, comma < list.length ? comma + 1 : comma);
	}
}

bool
scim_projection_read(struct arena *arena, const struct resource_type *type,
    struct text attributes, struct text excluded, struct projection **projection,
    struct scim_error *error)
{
	struct projection *read = arena_new(arena, struct projection);
	bool selects = text_trim(attributes).length > 0;

	*projection = NULL;
	read->excludes = text_trim(excluded).length > 0;
	if (selects && read->excludes)
		return scim_fail(error, REASON_REQUEST_QUERY, TEXT("excludedAttributes"),
		    TEXT("it cannot be used together with \"attributes\""));
	read_names(arena, type, selects ? attributes : excluded, read);
	if (selects || read->count > 0)
		*projection = read;
	return true;
}

/* The names' length with a comma behind each; 0 when one of them is no string. */
static size_t
joined_length(const struct json_value *names)
{
	size_t length = 0;

	for (size_t i = 0; i < names->count; i++) {
		if (names->items[i]->kind != JSON_STRING)
			return 0;
		length += names->items[i]->text.length + 1;
	}
	return length;
}

static struct text
join_names(struct arena *arena, const struct json_value *names, size_t length)
{
	char *list = arena_alloc(arena, length), *end = list;

	for (size_t i = 0; i < names->count; i++) {
		struct text name = names->items[i]->text;

		if (name.length > 0)
			memcpy(end, name.start, name.length);
		end += name.length;
		*end++ = ',';
	}
	return (struct text){ list, length };
}

bool
scim_projection_names(struct arena *arena, const struct json_value *names, struct text *list,
    struct scim_error *error)
{
	size_t length;

	*list = TEXT_NONE;
	if (json_is_unassigned(names))
		return true;
	if (names->kind == JSON_STRING) {
		*list = names->text;
		return true;
	}
	length = names->kind == JSON_ARRAY ? joined_length(names) : 0;
	if (length == 0)
		return scim_fail(error, REASON_BODY_SHAPE,
		    TEXT("attribute names must be a list of strings"));
	*list = join_names(arena, names, length);
	return true;
}

/* What the lists say about one attribute */

static bool
is_of(const struct schema *schema, const struct attribute *attribute)
{
	return schema != NULL && attribute >= schema->attributes &&
	    attribute < schema->attributes + schema->count;
}

/* Is the attribute named as a whole, by itself or with its whole schema? */
static bool
names_whole(const struct projection *projection, const struct attribute *attribute)
{
	for (size_t i = 0; i < projection->count; i++) {
		struct attribute_ref ref = projection->refs[i];

		if (ref.attribute == NULL ? is_of(ref.schema, attribute) :
		    ref.attribute == attribute && ref.sub == NULL)
			return true;
	}
	return false;
}

/* Is this sub-attribute named, or any when sub is NULL? */
static bool
names_part(const struct projection *projection, const struct attribute *attribute,
    const struct attribute *sub)
{
	for (size_t i = 0; i < projection->count; i++) {
		struct attribute_ref ref = projection->refs[i];

		if (ref.attribute == attribute && ref.sub != NULL &&
		    (sub == NULL || ref.sub == sub))
			return true;
	}
	return false;
}

/* RFC 7643 2.2 "returned": always and never are stronger than any list. */
bool
scim_projection_wants(const struct projection *projection, const struct attribute *attribute)
{
	if (attribute->returned == RETURNED_ALWAYS || attribute->returned == RETURNED_NEVER)
		return attribute->returned == RETURNED_ALWAYS;
	if (projection == NULL || projection->excludes)
		return attribute->returned == RETURNED_DEFAULT &&
		    (projection == NULL || !names_whole(projection, attribute));
	return names_whole(projection, attribute) || names_part(projection, attribute, NULL);
}

bool
scim_projection_only_excludes(const struct projection *projection,
    const struct attribute *attribute)
{
	return projection != NULL && projection->excludes && projection->count == 1 &&
	    projection->refs[0].attribute == attribute && projection->refs[0].sub == NULL;
}

static bool
wants_sub(const struct projection *projection, const struct attribute *attribute,
    const struct attribute *sub)
{
	if (sub->returned == RETURNED_ALWAYS || sub->returned == RETURNED_NEVER)
		return sub->returned == RETURNED_ALWAYS;
	if (projection->excludes)
		return sub->returned == RETURNED_DEFAULT && !names_part(projection, attribute, sub);
	if (names_part(projection, attribute, sub))
		return true;
	return sub->returned == RETURNED_DEFAULT && names_whole(projection, attribute);
}

bool
scim_projection_wants_sub(const struct projection *projection, const struct attribute *attribute,
    const struct attribute *sub)
{
	return projection == NULL || wants_sub(projection, attribute, sub);
}

/* Filtering */

static struct json_value *
project_object(struct arena *arena, const struct projection *projection,
    const struct attribute *attribute, const struct json_value *object)
{
	struct json_value *shown = json_new_object(arena);

	for (size_t i = 0; i < object->count; i++) {
		const struct attribute *sub = scim_sub_attribute(attribute,
		    object->members[i].name);

		if (sub != NULL && wants_sub(projection, attribute, sub))
			json_set(arena, shown, sub->name, object->members[i].value);
	}
	return shown;
}

/* NULL when nothing of the value is left. */
static struct json_value *
project_value(struct arena *arena, const struct projection *projection,
    const struct attribute *attribute, struct json_value *value)
{
	struct json_value *shown = value;

	if (!names_part(projection, attribute, NULL))
		return value;
	if (value->kind == JSON_OBJECT)
		shown = project_object(arena, projection, attribute, value);
	if (value->kind == JSON_ARRAY) {
		shown = json_new_array(arena);
		for (size_t i = 0; i < value->count; i++) {
			struct json_value *element = project_value(arena, projection, attribute,
			    value->items[i]);

			if (element != NULL)
				json_append(arena, shown, element);
		}
	}
	return json_is_unassigned(shown) ? NULL : shown;
}

static void
project_member(struct arena *arena, const struct projection *projection,
    const struct attribute *attribute, struct json_value *value, struct json_value *shown)
{
	if (!scim_projection_wants(projection, attribute))
		return;
	value = project_value(arena, projection, attribute, value);
	if (value != NULL)
		json_set(arena, shown, attribute->name, value);
}

static void
project_extension(struct arena *arena, const struct projection *projection,
    const struct schema *schema, const struct json_value *container, struct json_value *shown)
{
	struct json_value *left = json_new_object(arena);

	for (size_t i = 0; container->kind == JSON_OBJECT && i < container->count; i++) {
		const struct attribute *attribute = scim_attribute_find(schema->attributes,
		    schema->count, container->members[i].name);

		if (attribute != NULL)
			project_member(arena, projection, attribute, container->members[i].value,
			    left);
	}
	if (left->count > 0)
		json_set(arena, shown, schema->urn, left);
}

static const struct attribute *
find_own(const struct resource_type *type, struct text name)
{
	const struct attribute *attribute = scim_attribute_find(type->schema->attributes,
	    type->schema->count, name);

	return attribute != NULL ? attribute : scim_attribute_find(scim_common_schema.attributes,
	    scim_common_schema.count, name);
}

struct json_value *
scim_project(struct arena *arena, const struct resource_type *type,
    const struct projection *projection, const struct json_value *resource)
{
	struct json_value *shown = json_new_object(arena);

	if (projection == NULL)
		return (struct json_value *)resource;
	for (size_t i = 0; i < resource->count; i++) {
		struct json_member member = resource->members[i];
		const struct attribute *attribute = find_own(type, member.name);
		const struct schema *schema = scim_type_schema(type, member.name);

		if (attribute != NULL)
			project_member(arena, projection, attribute, member.value, shown);
		else if (schema != NULL)
			project_extension(arena, projection, schema, member.value, shown);
	}
	return shown;
}
