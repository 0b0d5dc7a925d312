/*
 * column.c - names of columns, and fields as values of a resource.
 */
#include "base/buffer.h"
#include "transfer/column.h"

static struct text
take_word(struct text *rest)
{
	size_t dot = text_find_byte(*rest, '.');
	struct text word = text_first(*rest, dot);

	*rest = text_after(*rest, dot < rest->length ? dot + 1 : dot);
	return word;
}

/* Attributes that are objects are named by what a field can hold of them. */
static bool
settle(struct column *column)
{
	struct attribute_ref *ref = &column->ref;

	if (ref->attribute == NULL || ref->attribute->mutability == READ_ONLY ||
	    ref->attribute->mutability == WRITE_ONLY ||
	    text_equal(ref->attribute->name, TEXT("schemas")))
		return false;
	if (ref->attribute->type == TYPE_COMPLEX && ref->sub == NULL)
		ref->sub = scim_sub_attribute(ref->attribute, TEXT("value"));
	column->kind = COLUMN_ATTRIBUTE;
	return ref->attribute->type != TYPE_COMPLEX || ref->sub != NULL;
}

/* "emails.work", "addresses.work.locality": the element of this type. */
static bool
resolve_typed(struct text name, struct column *column)
{
	struct text rest = name;
	const struct attribute *attribute = scim_attribute_find(scim_user_schema.attributes,
	    scim_user_schema.count, take_word(&rest));

	if (attribute == NULL || !attribute->multi_valued ||
	    scim_sub_attribute(attribute, TEXT("type")) == NULL || rest.length == 0)
		return false;
	column->ref = (struct attribute_ref){ &scim_user_schema, attribute, NULL };
	column->type = take_word(&rest);
	if (rest.length > 0) {
		column->ref.sub = scim_sub_attribute(attribute, rest);
		if (column->ref.sub == NULL)
			return false;
	}
	return column->type.length > 0 && settle(column);
}

/* department, manager: those of the enterprise extension without their schema. */
static bool
resolve_enterprise(struct text name, struct column *column)
{
	struct text rest = name;

	column->ref = (struct attribute_ref){ .schema = &scim_enterprise_schema };
	column->ref.attribute = scim_attribute_find(scim_enterprise_schema.attributes,
	    scim_enterprise_schema.count, take_word(&rest));
	if (column->ref.attribute == NULL)
		return false;
	if (rest.length > 0) {
		column->ref.sub = scim_sub_attribute(column->ref.attribute, rest);
		if (column->ref.sub == NULL)
			return false;
	}
	return settle(column);
}

bool
column_resolve(struct text name, struct column *column)
{
	size_t known;

	column->kind = COLUMN_LEFT_OUT;
	column->type = TEXT_NONE;
	if (name.length == 0)
		return true;
	if (text_equal_nocase(name, TEXT("groups")))
		column->kind = COLUMN_GROUPS;
	else if (text_equal_nocase(name, TEXT("id")))
		column->kind = COLUMN_REFERENCE;
	if (column->kind != COLUMN_LEFT_OUT)
		return true;
	if (scim_attribute_resolve(&scim_user_type, name, &column->ref, &known) && settle(column))
		return true;
	return resolve_typed(name, column) || resolve_enterprise(name, column);
}

static void
append_names(struct buffer *names, const struct attribute *attributes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct attribute *attribute = &attributes[i];
		bool typed = attribute->multi_valued &&
		    scim_sub_attribute(attribute, TEXT("type")) != NULL;

		if (attribute->mutability == READ_ONLY || attribute->mutability == WRITE_ONLY)
			continue;
		buffer_format(names, "%.*s", TEXT_FORMAT(attribute->name));
		if (typed)
			buffer_append(names, TEXT(".TYPE"));
		else if (attribute->type == TYPE_COMPLEX)
			buffer_append(names, TEXT(".PART"));
		buffer_append(names, TEXT(", "));
	}
}

struct text
column_names(struct arena *arena)
{
	struct buffer names = { 0 };
	struct text text;

	append_names(&names, scim_user_schema.attributes, scim_user_schema.count);
	append_names(&names, scim_enterprise_schema.attributes, scim_enterprise_schema.count);
	buffer_append(&names, TEXT("externalId, groups, id"));
	text = arena_copy(arena, buffer_text(&names));
	buffer_release(&names);
	return text;
}

bool
column_equal(const struct column *a, const struct column *b)
{
	return a->kind == b->kind && a->kind != COLUMN_LEFT_OUT &&
	    (a->kind != COLUMN_ATTRIBUTE || (scim_ref_equal(a->ref, b->ref) &&
	    text_equal(a->type, b->type)));
}

static struct json_value *
object_in(struct arena *arena, struct json_value *object, struct text name)
{
	struct json_value *inner = json_get(object, name);

	if (inner == NULL || inner->kind != JSON_OBJECT) {
		inner = json_new_object(arena);
		json_set(arena, object, name, inner);
	}
	return inner;
}

/* The element of this type; made when it is not there. */
static struct json_value *
element_in(struct arena *arena, struct json_value *object, struct text name, struct text type)
{
	struct json_value *list = json_get(object, name), *element;

	if (list == NULL || list->kind != JSON_ARRAY) {
		list = json_new_array(arena);
		json_set(arena, object, name, list);
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct json_value *known = json_get(list->items[i], TEXT("type"));

		if (known == NULL ? !text_is_set(type) : json_is_string(known, type))
			return list->items[i];
	}
	element = json_new_object(arena);
	if (text_is_set(type))
		json_set(arena, element, TEXT("type"), json_new_string(arena, type));
	json_append(arena, list, element);
	return element;
}

/* Empty: the file says that there is nothing, unless another column says what. */
static void
put_empty(struct arena *arena, struct json_value *object, const struct column *column)
{
	struct attribute_ref ref = column->ref;

	if (ref.sub != NULL && !ref.attribute->multi_valued) {
		object = object_in(arena, object, ref.attribute->name);
		json_set(arena, object, ref.sub->name, json_new_null(arena));
	} else if (json_get(object, ref.attribute->name) == NULL) {
		json_set(arena, object, ref.attribute->name, json_new_null(arena));
	}
}

void
column_put(struct arena *arena, struct json_value *resource, const struct column *column,
    struct text value)
{
	struct attribute_ref ref = column->ref;
	struct json_value *object = resource;

	if (scim_schema_is_extension(ref.schema))
		object = object_in(arena, resource, ref.schema->urn);
	if (value.length == 0) {
		put_empty(arena, object, column);
		return;
	}
	if (ref.attribute->multi_valued)
		object = element_in(arena, object, ref.attribute->name, column->type);
	else if (ref.sub != NULL)
		object = object_in(arena, object, ref.attribute->name);
	json_set(arena, object, ref.sub != NULL ? ref.sub->name : ref.attribute->name,
	    json_new_string(arena, value));
}
