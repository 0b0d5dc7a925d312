/*
 * apply.c - applies PATCH operations to a resource in memory (RFC 7644 3.5.2.1
 * to 3.5.2.3).
 *
 * Everything here changes a copy: an error may leave it half changed, as
 * nobody will see it.
 */
#include "base/fold.h"
#include "scim/match.h"
#include "scim/patch.h"
#include "scim/resource.h"

/* One operation on its way. */
struct change {
	struct arena *arena;
	const struct patch_operation *operation;
	bool creates;                   /* is a filter that matches nothing to make an element? */
	struct json_value *container;   /* the object in which the attribute stands */
	struct scim_error *error;
};

static const struct attribute *
changed_attribute(const struct change *change)
{
	return change->operation->path.ref.attribute;
}

/* Single values */

/* What must have a value cannot be unassigned (RFC 7644 3.5.2.2: "mutability" for "remove"). */
static bool
clear_attribute(struct change *change)
{
	const struct attribute *attribute = changed_attribute(change);
	enum reason reason = change->operation->op == PATCH_REMOVE ?
	    REASON_ATTRIBUTE_REMOVE_REQUIRED : REASON_ATTRIBUTE_REQUIRED;

	if (attribute->required)
		return scim_fail(change->error, reason, attribute->name);
	json_remove(change->container, attribute->name);
	return true;
}

/* RFC 7644 3.5.2: "add" may give an immutable attribute its first value; then it stays. */
static bool
check_immutable(struct change *change, struct attribute_ref ref, const struct json_value *present,
    const struct json_value *wanted)
{
	const struct attribute *leaf = ref.sub != NULL ? ref.sub : ref.attribute;

	if (leaf->mutability != IMMUTABLE || present == NULL ||
	    (wanted != NULL && json_equal(present, wanted)))
		return true;
	return scim_fail(change->error, REASON_ATTRIBUTE_IMMUTABLE,
	    scim_ref_name(change->arena, ref));
}

static bool
is_changed(const struct json_value *before, const struct json_value *after)
{
	return before == NULL || after == NULL ? before != after : !json_equal(before, after);
}

/* Sets a sub-attribute; an unassigned value removes it. */
static bool
set_sub(struct change *change, struct json_value *object, const struct attribute *sub,
    const struct json_value *value)
{
	struct attribute_ref ref = change->operation->path.ref;
	struct json_value *present = json_get(object, sub->name), *canonical;

	ref.sub = sub;
	if (!scim_value_read(change->arena, ref, false, value, &canonical, change->error) ||
	    !check_immutable(change, ref, present, canonical))
		return false;
	/* A manager's $ref must not point to the one before. */
	if (text_equal(sub->name, TEXT("value")) && is_changed(present, canonical))
		json_remove(object, TEXT("$ref"));
	if (canonical != NULL)
		json_set(change->arena, object, sub->name, canonical);
	else
		json_remove(object, sub->name);
	return true;
}

/* RFC 7644 3.5.2.3: sub-attributes that the value does not name are left unchanged. */
static bool
merge_object(struct change *change, struct json_value *object, const struct json_value *value)
{
	const struct attribute *attribute = changed_attribute(change);

	for (size_t i = 0; i < attribute->sub_count; i++) {
		const struct attribute *sub = &attribute->sub_attributes[i];
		const struct json_value *given = scim_member(value, sub->name);

		if (given != NULL && sub->mutability != READ_ONLY &&
		    !set_sub(change, object, sub, given))
			return false;
	}
	return true;
}

/* The value may also be a bare string, which stands for the sub-attribute "value". */
static bool
merge_value(struct change *change, struct json_value *object)
{
	const struct json_value *value = change->operation->value;
	struct json_value *canonical;

	if (value->kind == JSON_OBJECT)
		return merge_object(change, object, value);
	if (!scim_value_read(change->arena, change->operation->path.ref, true, value, &canonical,
	    change->error))
		return false;
	if (canonical == NULL)
		object->count = 0;
	return canonical == NULL || merge_object(change, object, canonical);
}

static bool
change_sub(struct change *change, struct json_value *object)
{
	const struct attribute *sub = change->operation->path.ref.sub;
	const struct json_value *value = change->operation->value;

	return set_sub(change, object, sub,
	    change->operation->op == PATCH_REMOVE ? NULL : value);
}

static bool
change_complex(struct change *change)
{
	struct text name = changed_attribute(change)->name;
	struct json_value *object = json_get(change->container, name);
	bool good;

	if (object == NULL)
		object = json_new_object(change->arena);
	good = change->operation->path.ref.sub != NULL ? change_sub(change, object) :
	    merge_value(change, object);
	if (!good)
		return false;
	if (object->count == 0)
		return clear_attribute(change);
	json_set(change->arena, change->container, name, object);
	return true;
}

/* Simple ones, and all of a complex one when it is removed. */
static bool
change_single(struct change *change)
{
	struct attribute_ref ref = change->operation->path.ref;
	struct json_value *present = json_get(change->container, ref.attribute->name);
	struct json_value *canonical = NULL;
	bool removes = change->operation->op == PATCH_REMOVE;

	if (ref.sub != NULL || (ref.attribute->type == TYPE_COMPLEX && !removes))
		return change_complex(change);
	if (!removes && !scim_value_read(change->arena, ref, false, change->operation->value,
	    &canonical, change->error))
		return false;
	if (!check_immutable(change, ref, present, canonical))
		return false;
	if (canonical == NULL)
		return clear_attribute(change);
	json_set(change->arena, change->container, ref.attribute->name, canonical);
	return true;
}

/* The primary value */

static struct json_value *
primary_of(const struct json_value *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct json_value *primary = json_get(list->items[i], TEXT("primary"));

		if (primary != NULL && primary->boolean)
			return list->items[i];
	}
	return NULL;
}

/*
 * RFC 7644 3.5.2: a value that was set primary makes the others not primary.
 * Two that were set by the same operation contradict each other.
 */
static bool
settle_primary(struct change *change, const struct json_value *list, struct json_value *former)
{
	struct text primary = TEXT("primary");
	struct json_value *chosen = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct json_value *flag = json_get(list->items[i], primary);

		if (flag == NULL || !flag->boolean || list->items[i] == former)
			continue;
		if (chosen != NULL)
			return scim_fail(change->error, REASON_ATTRIBUTE_PRIMARY,
			    changed_attribute(change)->name);
		chosen = list->items[i];
	}
	if (chosen != NULL && former != NULL)
		json_set(change->arena, former, primary, json_new_boolean(change->arena, false));
	return true;
}

/* Puts a changed list into its place; without values the attribute is unassigned. */
static bool
store_list(struct change *change, struct json_value *list, struct json_value *former)
{
	struct attribute_ref ref = { change->operation->path.ref.schema,
		changed_attribute(change), NULL };

	if (list->count == 0)
		return clear_attribute(change);
	if (list->count > SCIM_VALUES_MAX && change->operation->op != PATCH_REMOVE)
		return scim_fail(change->error, REASON_ATTRIBUTE_TOO_MANY,
		    scim_ref_name(change->arena, ref),
		    arena_format(change->arena, "%d", SCIM_VALUES_MAX));
	if (!settle_primary(change, list, former))
		return false;
	json_set(change->arena, change->container, ref.attribute->name, list);
	return true;
}

/* Whole multi-valued attributes */

static void
add_member_values(struct arena *arena, struct json_value *object, const struct json_value *more)
{
	for (size_t i = 0; i < more->count; i++)
		json_set(arena, object, more->members[i].name, more->members[i].value);
}

/* RFC 7644 3.5.2.1: a value that is there already is not added again. */
static void
add_element(struct change *change, struct json_value *list, struct json_value *element)
{
	for (size_t i = 0; i < list->count; i++)
		if (scim_same_value(list->items[i], element)) {
			add_member_values(change->arena, list->items[i], element);
			return;
		}
	json_append(change->arena, list, element);
}

/* Without case where the attribute has none, as a filter would compare. */
static bool
is_same_text(struct change *change, const struct attribute *sub, const struct json_value *a,
    const struct json_value *b)
{
	if (b == NULL || json_equal(a, b))
		return b != NULL;
	return a->kind == JSON_STRING && b->kind == JSON_STRING && !sub->case_exact &&
	    text_equal(base_fold(change->arena, a->text), base_fold(change->arena, b->text));
}

/* Only value and type identify an element; other sub-attributes count where there is no value. */
static bool
is_listed(struct change *change, const struct json_value *element,
    const struct json_value *listed)
{
	bool has_value = json_get(listed, TEXT("value")) != NULL;

	for (size_t i = 0; i < listed->count; i++) {
		struct text name = listed->members[i].name;
		const struct attribute *sub = scim_sub_attribute(changed_attribute(change), name);

		if (has_value && !text_equal(name, TEXT("value")) &&
		    !text_equal(name, TEXT("type")))
			continue;
		if (!is_same_text(change, sub, listed->members[i].value, json_get(element, name)))
			return false;
	}
	return true;
}

/* Entra ID removes values by listing them, where RFC 7644 3.5.2.2 has a filter. */
static bool
remove_listed(struct change *change, struct json_value *list, const struct json_value *value)
{
	struct json_value *former = primary_of(list), *listed;

	if (!scim_value_read(change->arena, change->operation->path.ref, false, value, &listed,
	    change->error))
		return false;
	for (size_t i = 0; listed != NULL && i < listed->count; i++)
		for (size_t k = list->count; k-- > 0;)
			if (is_listed(change, list->items[k], listed->items[i]))
				json_remove_item(list, k);
	return store_list(change, list, former);
}

static bool
remove_list(struct change *change, struct json_value *list)
{
	const struct json_value *value = scim_patch_listed(change->operation);

	if (value != NULL && list != NULL)
		return remove_listed(change, list, value);
	return clear_attribute(change);
}

static bool
change_list(struct change *change)
{
	struct json_value *list = json_get(change->container, changed_attribute(change)->name);
	struct json_value *former = primary_of(list), *values;

	if (change->operation->op == PATCH_REMOVE)
		return remove_list(change, list);
	if (!scim_value_read(change->arena, change->operation->path.ref, false,
	    change->operation->value, &values, change->error))
		return false;
	if (change->operation->op == PATCH_REPLACE)
		return values == NULL ? clear_attribute(change) : store_list(change, values, NULL);
	if (values == NULL)
		return true;
	if (list == NULL)
		return store_list(change, values, NULL);
	for (size_t i = 0; i < values->count; i++)
		add_element(change, list, values->items[i]);
	return store_list(change, list, former);
}

/* Elements of multi-valued attributes */

/* Nothing but labels: what is left of a telephone number when its value is removed. */
static bool
is_hollow(const struct json_value *element)
{
	for (size_t i = 0; i < element->count; i++)
		if (!text_equal(element->members[i].name, TEXT("type")) &&
		    !text_equal(element->members[i].name, TEXT("primary")))
			return false;
	return true;
}

static bool
replace_element(struct change *change, struct json_value **element)
{
	return scim_value_read(change->arena, change->operation->path.ref, true,
	    change->operation->value, element, change->error);
}

/* *element becomes NULL when it is to go. */
static bool
change_element(struct change *change, struct json_value **element)
{
	enum patch_op op = change->operation->op;
	bool whole = change->operation->path.ref.sub == NULL;
	bool had_value = json_get(*element, TEXT("value")) != NULL;

	if (whole && op == PATCH_REMOVE) {
		*element = NULL;
		return true;
	}
	if (whole && op == PATCH_REPLACE)
		return replace_element(change, element);
	if (whole && scim_is_unassigned(change->operation->value))
		return true;
	if (!(whole ? merge_value(change, *element) : change_sub(change, *element)))
		return false;
	if (had_value && is_hollow(*element))
		*element = NULL;
	return true;
}

static bool
is_selected(const struct change *change, const struct json_value *element)
{
	const struct filter *filter = change->operation->path.filter;

	return filter == NULL || scim_match_element(change->arena, filter, element);
}

/*
 * Changes the elements that the path selects and keeps the others.  Selected
 * ones that become what the first became would only repeat it (RFC 7643 2.4).
 */
static bool
change_selected(struct change *change, const struct json_value *list, struct json_value *kept,
    bool *selected)
{
	const struct json_value *first = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct json_value *element = list->items[i];
		bool matches = is_selected(change, element);

		*selected = *selected || matches;
		if (matches && !change_element(change, &element))
			return false;
		if (element == NULL ||
		    (matches && first != NULL && scim_same_value(first, element)))
			continue;
		json_append(change->arena, kept, element);
		if (matches && first == NULL)
			first = element;
	}
	return true;
}

static struct json_value *
literal_value(struct arena *arena, const struct filter_literal *literal)
{
	switch (literal->kind) {
	case LITERAL_NULL:
		return json_new_null(arena);
	case LITERAL_BOOLEAN:
		return json_new_boolean(arena, literal->boolean);
	case LITERAL_NUMBER:
		return json_new_number(arena, literal->text);
	case LITERAL_STRING:
	case LITERAL_DATETIME:
		return json_new_string(arena, literal->text);
	}
	return NULL;
}

/* The eq terms joined by "and" say what an element must be like; with "or" nothing does. */
static bool
set_from_filter(struct change *change, const struct filter *filter, struct json_value *element)
{
	if (filter->kind == FILTER_AND)
		return set_from_filter(change, filter->left, element) &&
		    set_from_filter(change, filter->right, element);
	if (filter->kind == FILTER_OR)
		return false;
	if (filter->kind != FILTER_COMPARE || filter->op != OPERATOR_EQ || filter->ref.sub == NULL)
		return true;
	return set_sub(change, element, filter->ref.sub,
	    literal_value(change->arena, &filter->literal));
}

static bool
fail_target(struct change *change)
{
	return scim_fail(change->error, REASON_PATCH_NO_TARGET, change->operation->path.text);
}

/* Entra ID adds emails[type eq "work"].value and expects the element to be made. */
static bool
create_element(struct change *change, struct json_value *list)
{
	const struct path *path = &change->operation->path;
	struct json_value *element = json_new_object(change->arena);
	bool fits;
	size_t labels;

	if (path->filter != NULL &&
	    (!set_from_filter(change, path->filter, element) || element->count == 0))
		return fail_target(change);
	labels = element->count;
	fits = is_selected(change, element);
	if (!(path->ref.sub != NULL ? change_sub(change, element) : merge_value(change, element)))
		return false;
	/* What other terms than eq ask for must have come about by itself or by the value. */
	if (!fits && !is_selected(change, element))
		return fail_target(change);
	if (element->count > 0 && (element->count > labels || !is_hollow(element)))
		json_append(change->arena, list, element);
	return true;
}

static bool
change_elements(struct change *change)
{
	const struct path *path = &change->operation->path;
	struct json_value *list = json_get(change->container, path->ref.attribute->name);
	struct json_value *former = primary_of(list), *kept = json_new_array(change->arena);
	bool selected = false;

	if (list != NULL && !change_selected(change, list, kept, &selected))
		return false;
	if (!selected && path->filter != NULL && !change->creates)
		return fail_target(change);
	if (!selected && change->operation->op != PATCH_REMOVE &&
	    !create_element(change, kept))
		return false;
	return store_list(change, kept, former);
}

/* Whole operations */

/* What is added as emails.value is one more element, not a new value for all there are. */
static bool
add_bare_value(struct change *change)
{
	struct patch_operation operation = *change->operation;

	operation.path.ref.sub = NULL;
	change->operation = &operation;
	return change_list(change);
}

static bool
adds_bare_value(const struct patch_operation *operation)
{
	const struct path *path = &operation->path;

	return operation->op == PATCH_ADD && path->filter == NULL && path->ref.sub != NULL &&
	    text_equal(path->ref.sub->name, TEXT("value"));
}

static bool
change_attribute(struct change *change)
{
	const struct path *path = &change->operation->path;

	if (!path->ref.attribute->multi_valued)
		return change_single(change);
	if (adds_bare_value(change->operation))
		return add_bare_value(change);
	if (path->filter != NULL || path->ref.sub != NULL)
		return change_elements(change);
	return change_list(change);
}

static bool
apply_operation(struct change *change, const struct resource_type *type,
    struct json_value *resource)
{
	struct attribute_ref ref = change->operation->path.ref;

	if (ref.attribute == NULL) {
		json_remove(resource, ref.schema->urn);
		return true;
	}
	change->container = scim_resource_container(resource, type, ref.schema);
	if (change->container == NULL) {
		change->container = json_new_object(change->arena);
		json_set(change->arena, resource, ref.schema->urn, change->container);
	}
	return change_attribute(change);
}

/* Drops what repeats the element at index; if that was the primary one, this is now. */
static void
drop_repeated(struct arena *arena, struct json_value *list, size_t index)
{
	struct json_value *kept = list->items[index];

	for (size_t i = list->count; i-- > index + 1;) {
		const struct json_value *primary = json_get(list->items[i], TEXT("primary"));

		if (!scim_same_value(kept, list->items[i]))
			continue;
		if (primary != NULL && primary->boolean)
			json_set(arena, kept, TEXT("primary"), json_new_boolean(arena, true));
		json_remove_item(list, i);
	}
}

/*
 * Changed sub-attributes can have made elements equal, which are then one (RFC
 * 7643 2.4).  Done once for all operations, as it looks at all pairs.
 */
static void
unite_elements(struct arena *arena, const struct schema *schema, struct json_value *container)
{
	for (size_t i = 0; i < schema->count; i++) {
		struct json_value *list = json_get(container, schema->attributes[i].name);

		if (list == NULL || list->kind != JSON_ARRAY)
			continue;
		for (size_t k = 0; k < list->count; k++)
			drop_repeated(arena, list, k);
	}
}

static bool
changes_elements(const struct patch_operation *operation)
{
	const struct attribute *attribute = operation->path.ref.attribute;

	return attribute != NULL && attribute->multi_valued &&
	    (operation->path.filter != NULL || operation->path.ref.sub != NULL);
}

bool
scim_patch_apply(struct arena *arena, const struct resource_type *type,
    const struct patch *patch, const struct patch_options *options,
    const struct json_value *resource, struct json_value **result, struct scim_error *error)
{
	struct json_value *copy = json_copy(arena, resource);
	bool elements_changed = false;

	for (size_t i = 0; i < patch->count; i++) {
		const struct patch_operation *operation = &patch->operations[i];
		struct change change = { .arena = arena, .operation = operation, .error = error };

		if (scim_patch_is_members(operation))
			continue;
		change.creates = operation->op == PATCH_ADD || (operation->op == PATCH_REPLACE &&
		    options->replace_without_target_creates);
		if (!apply_operation(&change, type, copy))
			return false;
		elements_changed = elements_changed || changes_elements(operation);
	}
	if (elements_changed)
		unite_elements(arena, type->schema, copy);
	scim_resource_finish(arena, type, copy);
	*result = copy;
	return true;
}
