/*
 * filter_print.c - filters as text, in the one form that all equal trees share.
 */
#include "base/fatal.h"
#include "json/write.h"
#include "scim/filter.h"

static void print(struct buffer *buffer, const struct filter *filter, bool within);

/* RFC 7644 3.10: attributes of extensions are written with the URN. */
static void
print_ref(struct buffer *buffer, struct attribute_ref ref)
{
	if (scim_schema_is_extension(ref.schema)) {
		buffer_append(buffer, ref.schema->urn);
		buffer_append_byte(buffer, ':');
	}
	buffer_append(buffer, ref.attribute->name);
	if (ref.sub == NULL)
		return;
	buffer_append_byte(buffer, '.');
	buffer_append(buffer, ref.sub->name);
}

static void
print_literal(struct buffer *buffer, const struct filter_literal *literal)
{
	switch (literal->kind) {
	case LITERAL_NULL:
		fatal("null in a filter");
	case LITERAL_BOOLEAN:
		buffer_append(buffer, literal->boolean ? TEXT("true") : TEXT("false"));
		break;
	case LITERAL_NUMBER:
		buffer_append(buffer, literal->text);
		break;
	case LITERAL_STRING:
	case LITERAL_DATETIME:
		json_quote(buffer, literal->text);
		break;
	}
}

static void
print_term(struct buffer *buffer, const struct filter *filter, bool within)
{
	if (within)
		buffer_append(buffer, filter->ref.sub->name);
	else
		print_ref(buffer, filter->ref);
	if (filter->kind == FILTER_PRESENT) {
		buffer_append(buffer, TEXT(" pr"));
		return;
	}
	buffer_append_byte(buffer, ' ');
	buffer_append(buffer, scim_operator_name(filter->op));
	buffer_append_byte(buffer, ' ');
	print_literal(buffer, &filter->literal);
}

static void
print_enclosed(struct buffer *buffer, const struct filter *filter, bool within)
{
	buffer_append_byte(buffer, '(');
	print(buffer, filter, within);
	buffer_append_byte(buffer, ')');
}

/* Brackets where reading would build another tree: chains grow to the left, "and" binds tighter. */
static void
print_operand(struct buffer *buffer, const struct filter *filter, bool brackets, bool within)
{
	if (brackets)
		print_enclosed(buffer, filter, within);
	else
		print(buffer, filter, within);
}

static void
print_join(struct buffer *buffer, const struct filter *filter, bool within)
{
	bool is_and = filter->kind == FILTER_AND;
	enum filter_kind left = filter->left->kind, right = filter->right->kind;

	print_operand(buffer, filter->left, is_and && left == FILTER_OR, within);
	buffer_append(buffer, is_and ? TEXT(" and ") : TEXT(" or "));
	print_operand(buffer, filter->right,
	    right == FILTER_OR || (is_and && right == FILTER_AND), within);
}

/* within: inside brackets, where sub-attributes stand alone. */
static void
print(struct buffer *buffer, const struct filter *filter, bool within)
{
	switch (filter->kind) {
	case FILTER_AND:
	case FILTER_OR:
		print_join(buffer, filter, within);
		break;
	case FILTER_NOT:
		buffer_append(buffer, TEXT("not "));
		print_enclosed(buffer, filter->left, within);
		break;
	case FILTER_COMPARE:
	case FILTER_PRESENT:
		print_term(buffer, filter, within);
		break;
	case FILTER_ELEMENT:
		print_ref(buffer, filter->ref);
		buffer_append_byte(buffer, '[');
		print(buffer, filter->left, true);
		buffer_append_byte(buffer, ']');
		break;
	}
}

struct text
scim_ref_print(struct arena *arena, struct attribute_ref ref)
{
	struct buffer buffer = { 0 };
	struct text text;

	print_ref(&buffer, ref);
	text = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}

struct text
scim_filter_print(struct arena *arena, const struct filter *filter)
{
	struct buffer buffer = { 0 };
	struct text text;

	print(&buffer, filter, false);
	text = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}
