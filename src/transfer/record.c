/*
 * record.c - canonical resources that also know what is to be emptied.
 */
#include "scim/resource.h"
#include "transfer/record.h"

static bool
can_be_emptied(const struct attribute *attribute)
{
	return attribute->mutability != READ_ONLY && attribute->mutability != WRITE_ONLY &&
	    !attribute->required && !text_equal(attribute->name, TEXT("active")) &&
	    !text_equal(attribute->name, TEXT("schemas"));
}

static struct json_value *
object_of(struct arena *arena, struct json_value *container, struct text name)
{
	struct json_value *object = json_get(container, name);

	if (object == NULL || object->kind != JSON_OBJECT) {
		object = json_new_object(arena);
		json_set(arena, container, name, object);
	}
	return object;
}

static bool
has_nulls(const struct json_value *value)
{
	if (value->kind != JSON_OBJECT)
		return scim_is_unassigned(value);
	if (value->count == 0)
		return true;
	for (size_t i = 0; i < value->count; i++)
		if (has_nulls(value->members[i].value))
			return true;
	return false;
}

/* Sets null in container what body says is empty. */
static void
keep_nulls(struct arena *arena, const struct attribute *attributes, size_t count,
    const struct json_value *body, struct json_value *container)
{
	for (size_t i = 0; body->kind == JSON_OBJECT && i < body->count; i++) {
		const struct json_value *value = body->members[i].value;
		const struct attribute *attribute =
		    scim_attribute_find(attributes, count, body->members[i].name);

		if (attribute == NULL || !can_be_emptied(attribute))
			continue;
		if (scim_is_unassigned(value))
			json_set(arena, container, attribute->name, json_new_null(arena));
		else if (!attribute->multi_valued && value->kind == JSON_OBJECT && has_nulls(value))
			keep_nulls(arena, attribute->sub_attributes, attribute->sub_count, value,
			    object_of(arena, container, attribute->name));
	}
}

bool
record_prepare(struct arena *arena, const struct source_record *record,
    struct json_value **resource, struct scim_error *error)
{
	const struct resource_type *type = record->type;

	if (!scim_resource_read(arena, type, record->resource, NULL, resource, error))
		return false;
	keep_nulls(arena, scim_common_schema.attributes, scim_common_schema.count, record->resource,
	    *resource);
	keep_nulls(arena, type->schema->attributes, type->schema->count, record->resource, *resource);
	for (size_t i = 0; type->extensions[i] != NULL; i++) {
		const struct schema *schema = type->extensions[i];
		const struct json_value *value = scim_member(record->resource, schema->urn);

		if (value != NULL && value->kind == JSON_OBJECT && has_nulls(value))
			keep_nulls(arena, schema->attributes, schema->count, value,
			    object_of(arena, *resource, schema->urn));
	}
	return true;
}
