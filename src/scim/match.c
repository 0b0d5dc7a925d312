/*
 * match.c - the truth of a filter about one resource.
 *
 * An attribute that has several values, or stands in several elements, is
 * looked at value by value; the first that fulfils the term decides (RFC 7644
 * 3.4.2.2).  Where there is no value, only "ne" is fulfilled.
 */
#include <stdlib.h>

#include "base/fold.h"
#include "scim/datetime.h"
#include "scim/match.h"

/* What names mean: those of a resource, or, in brackets, of one element. */
struct scope {
	struct arena *arena;
	const struct json_value *resource;
	const struct json_value *element;
};

/* One comparison, its literal made ready. */
struct comparison {
	struct arena *arena;
	const struct attribute *attribute;
	enum filter_operator op;
	const struct filter_literal *literal;
	struct text wanted;
};

static bool matches(const struct scope *scope, const struct filter *filter);

/* The value of ref.attribute in the resource. */
static const struct json_value *
attribute_value(const struct scope *scope, struct attribute_ref ref)
{
	const struct json_value *container = scope->resource;

	if (scim_schema_is_extension(ref.schema))
		container = json_get(container, ref.schema->urn);
	return json_get(container, ref.attribute->name);
}

/* The values to look through: a list's items, or the one value. */
static size_t
value_count(const struct json_value *value)
{
	if (value == NULL)
		return 0;
	return value->kind == JSON_ARRAY ? value->count : 1;
}

static const struct json_value *
value_at(const struct json_value *value, size_t index)
{
	return value->kind == JSON_ARRAY ? value->items[index] : value;
}

/* RFC 7644 table 3: "non-empty or non-null", for complex ones "a non-empty node". */
static bool
is_present(const struct json_value *value)
{
	if (json_is_unassigned(value))
		return false;
	if (value->kind == JSON_STRING)
		return value->text.length > 0;
	if (value->kind == JSON_ARRAY) {
		for (size_t i = 0; i < value->count; i++)
			if (is_present(value->items[i]))
				return true;
		return false;
	}
	if (value->kind == JSON_OBJECT) {
		for (size_t i = 0; i < value->count; i++)
			if (is_present(value->members[i].value))
				return true;
		return false;
	}
	return true;
}

static bool
order_fits(int order, enum filter_operator op)
{
	switch (op) {
	case OPERATOR_EQ:
		return order == 0;
	case OPERATOR_NE:
		return order != 0;
	case OPERATOR_GT:
		return order > 0;
	case OPERATOR_GE:
		return order >= 0;
	case OPERATOR_LT:
		return order < 0;
	case OPERATOR_LE:
		return order <= 0;
	case OPERATOR_CO:
	case OPERATOR_SW:
	case OPERATOR_EW:
		break;
	}
	return false;
}

static bool
text_fits(struct text text, enum filter_operator op, struct text wanted)
{
	if (op == OPERATOR_CO)
		return text_find(text, wanted) < text.length;
	if (op == OPERATOR_SW)
		return text_starts(text, wanted);
	if (op == OPERATOR_EW)
		return text_ends(text, wanted);
	return order_fits(text_compare(text, wanted), op);
}

static bool
number_fits(const struct comparison *comparison, struct text text)
{
	double number = strtod(arena_string(comparison->arena, text), NULL);
	double wanted = strtod(arena_string(comparison->arena, comparison->wanted), NULL);

	return order_fits((number > wanted) - (number < wanted), comparison->op);
}

/* RFC 7643 2.2: strings are compared as caseExact says. */
static struct text
comparable(struct arena *arena, const struct attribute *attribute, struct text text)
{
	return attribute->case_exact ? text : base_fold(arena, text);
}

static bool
value_fits(const struct comparison *comparison, const struct json_value *value)
{
	struct text text = value->text;

	switch (comparison->literal->kind) {
	case LITERAL_NULL:
		return false;
	case LITERAL_BOOLEAN:
		return value->kind == JSON_BOOLEAN &&
		    order_fits(value->boolean - comparison->literal->boolean, comparison->op);
	case LITERAL_NUMBER:
		return value->kind == JSON_NUMBER && number_fits(comparison, text);
	case LITERAL_DATETIME:
		return value->kind == JSON_STRING &&
		    scim_datetime_read(comparison->arena, text, &text) &&
		    text_fits(text, comparison->op, comparison->wanted);
	case LITERAL_STRING:
		return value->kind == JSON_STRING &&
		    text_fits(comparable(comparison->arena, comparison->attribute, text),
		    comparison->op, comparison->wanted);
	}
	return false;
}

/* The part of one value that the term is about: itself, or a sub-attribute. */
static const struct json_value *
part_of(const struct json_value *value, struct attribute_ref ref)
{
	return ref.sub != NULL ? json_get(value, ref.sub->name) : value;
}

static struct comparison
prepare(const struct scope *scope, const struct filter *filter)
{
	const struct attribute *leaf = scim_ref_leaf(filter->ref);
	struct comparison comparison = { scope->arena, leaf, filter->op, &filter->literal,
		filter->literal.text };

	if (filter->literal.kind == LITERAL_STRING)
		comparison.wanted = comparable(scope->arena, leaf, comparison.wanted);
	return comparison;
}

/* The values that a term looks through. */
static const struct json_value *
values_of(const struct scope *scope, struct attribute_ref ref)
{
	return scope->element != NULL ? scope->element : attribute_value(scope, ref);
}

static bool
matches_comparison(const struct scope *scope, const struct filter *filter)
{
	struct comparison comparison = prepare(scope, filter);
	const struct json_value *values = values_of(scope, filter->ref);
	bool absence_fits = filter->op == OPERATOR_NE;

	for (size_t i = 0; i < value_count(values); i++) {
		const struct json_value *part = part_of(value_at(values, i), filter->ref);

		if (is_present(part) ? value_fits(&comparison, part) : absence_fits)
			return true;
	}
	return value_count(values) == 0 && absence_fits;
}

static bool
matches_presence(const struct scope *scope, const struct filter *filter)
{
	const struct json_value *values = values_of(scope, filter->ref);

	for (size_t i = 0; i < value_count(values); i++)
		if (is_present(part_of(value_at(values, i), filter->ref)))
			return true;
	return false;
}

/* RFC 7644 table 5: what stands in brackets must hold for one and the same value. */
static bool
matches_element(const struct scope *scope, const struct filter *filter)
{
	const struct json_value *values = attribute_value(scope, filter->ref);
	struct scope inner = *scope;

	for (size_t i = 0; i < value_count(values); i++) {
		inner.element = value_at(values, i);
		if (matches(&inner, filter->left))
			return true;
	}
	return false;
}

static bool
matches(const struct scope *scope, const struct filter *filter)
{
	switch (filter->kind) {
	case FILTER_AND:
		return matches(scope, filter->left) && matches(scope, filter->right);
	case FILTER_OR:
		return matches(scope, filter->left) || matches(scope, filter->right);
	case FILTER_NOT:
		return !matches(scope, filter->left);
	case FILTER_COMPARE:
		return matches_comparison(scope, filter);
	case FILTER_PRESENT:
		return matches_presence(scope, filter);
	case FILTER_ELEMENT:
		return matches_element(scope, filter);
	}
	return false;
}

bool
scim_match(struct arena *arena, const struct filter *filter, const struct json_value *resource)
{
	struct scope scope = { arena, resource, NULL };

	return matches(&scope, filter);
}

bool
scim_match_element(struct arena *arena, const struct filter *filter,
    const struct json_value *element)
{
	struct scope scope = { arena, NULL, element };

	return matches(&scope, filter);
}
