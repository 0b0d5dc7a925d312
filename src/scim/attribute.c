/*
 * attribute.c - from names as clients write them to rows of the schema tables.
 */
#include "scim/schema.h"

const struct attribute *
scim_attribute_find(const struct attribute *attributes, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

const struct attribute *
scim_sub_attribute(const struct attribute *attribute, struct text name)
{
	return scim_attribute_find(attribute->sub_attributes, attribute->sub_count, name);
}

const struct schema *
scim_schema_find(struct text urn)
{
	for (size_t i = 0; scim_schemas[i] != NULL; i++)
		if (text_equal_nocase(scim_schemas[i]->urn, urn))
			return scim_schemas[i];
	return NULL;
}

const struct resource_type *
scim_type_find(struct text name)
{
	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		if (text_equal_nocase(scim_resource_types[i]->name, name))
			return scim_resource_types[i];
	return NULL;
}

/* The resource type's schemas by number: its own, then the extensions, then NULL. */
static const struct schema *
schema_at(const struct resource_type *type, size_t index)
{
	return index == 0 ? type->schema : type->extensions[index - 1];
}

const struct schema *
scim_type_schema(const struct resource_type *type, struct text urn)
{
	const struct schema *schema;

	for (size_t i = 0; (schema = schema_at(type, i)) != NULL; i++)
		if (text_equal_nocase(schema->urn, urn))
			return schema;
	return NULL;
}

/*
 * The schema with whose URN the name begins.  The URN cannot be found by
 * looking for separators: "2.0" has a dot, URNs have colons, and so has what
 * follows.  Entra's inbound requests put a dot behind the URN, not a colon.
 */
static const struct schema *
schema_prefix(const struct resource_type *type, struct text name)
{
	const struct schema *schema;

	for (size_t i = 0; (schema = schema_at(type, i)) != NULL; i++) {
		size_t length = schema->urn.length;

		if (!text_starts_nocase(name, schema->urn))
			continue;
		if (name.length == length || name.start[length] == ':' || name.start[length] == '.')
			return schema;
	}
	return NULL;
}

/* Common attributes belong to every base schema (RFC 7643 3.1). */
static bool
find_attribute(const struct resource_type *type, const struct schema *schema, struct text name,
    struct attribute_ref *ref)
{
	ref->schema = schema;
	ref->attribute = scim_attribute_find(schema->attributes, schema->count, name);
	if (ref->attribute == NULL && schema == type->schema) {
		ref->schema = NULL;
		ref->attribute = scim_attribute_find(scim_common_schema.attributes,
		    scim_common_schema.count, name);
	}
	return ref->attribute != NULL;
}

/* attribute [ "." sub-attribute ], which starts at byte *known_until of what the client wrote. */
static bool
resolve_within(const struct resource_type *type, const struct schema *schema, struct text name,
    struct attribute_ref *ref, size_t *known_until)
{
	size_t dot = text_find_byte(name, '.');

	if (!find_attribute(type, schema, text_first(name, dot), ref))
		return false;
	if (dot == name.length) {
		*known_until += dot;
		return true;
	}
	*known_until += dot + 1;
	ref->sub = scim_sub_attribute(ref->attribute, text_after(name, dot + 1));
	if (ref->sub == NULL)
		return false;
	*known_until += ref->sub->name.length;
	return true;
}

bool
scim_attribute_resolve(const struct resource_type *type, struct text name,
    struct attribute_ref *ref, size_t *known_until)
{
	const struct schema *schema = schema_prefix(type, name);
	size_t urn_length;

	*ref = (struct attribute_ref){ .schema = schema };
	*known_until = 0;
	if (schema == NULL)
		return resolve_within(type, type->schema, name, ref, known_until);
	urn_length = schema->urn.length;
	*known_until = urn_length;
	if (name.length == urn_length)
		return true;
	*known_until = urn_length + 1;
	return resolve_within(type, schema, text_after(name, urn_length + 1), ref, known_until);
}

bool
scim_attribute_resolve_foreign(const struct resource_type *type, struct text name,
    struct attribute_ref *ref)
{
	size_t known_until;

	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		if (scim_resource_types[i] != type &&
		    scim_attribute_resolve(scim_resource_types[i], name, ref, &known_until))
			return true;
	return false;
}

bool
scim_ref_is_foreign(const struct resource_type *type, struct attribute_ref ref)
{
	return ref.schema != NULL && scim_type_schema(type, ref.schema->urn) == NULL;
}

bool
scim_schema_is_extension(const struct schema *schema)
{
	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		if (scim_resource_types[i]->schema == schema)
			return false;
	return schema != NULL;
}

bool
scim_ref_equal(struct attribute_ref a, struct attribute_ref b)
{
	return a.schema == b.schema && a.attribute == b.attribute && a.sub == b.sub;
}
