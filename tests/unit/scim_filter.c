/*
 * scim_filter.c - limits of filters, and what text cases cannot hold.
 */
#include "base/buffer.h"
#include "scim/filter.h"
#include "unit/tap.h"

static struct text
repeat(struct arena *arena, struct text head, struct text unit, int count, struct text tail)
{
	struct buffer buffer = { 0 };
	struct text text;

	buffer_append(&buffer, head);
	for (int i = 0; i < count; i++)
		buffer_append(&buffer, unit);
	buffer_append(&buffer, tail);
	text = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}

static enum reason
parse(struct arena *arena, struct text text)
{
	struct scim_error error = { .reason = REASON_NONE };
	struct filter *filter;

	if (scim_filter_parse(arena, &scim_user_type, text, &filter, &error))
		return REASON_NONE;
	return error.reason;
}

/* count levels of brackets around one term */
static struct text
nested(struct arena *arena, struct text open, int count)
{
	struct text opened = repeat(arena, TEXT(""), open, count, TEXT("title pr"));

	return repeat(arena, opened, TEXT(")"), count, TEXT(""));
}

static void
test_depth(struct arena *arena)
{
	is_number(parse(arena, nested(arena, TEXT("("), SCIM_FILTER_DEPTH_MAX)), REASON_NONE,
	    "as many brackets as allowed");
	is_number(parse(arena, nested(arena, TEXT("("), SCIM_FILTER_DEPTH_MAX + 1)),
	    REASON_FILTER_TOO_COMPLEX, "one more");
	is_number(parse(arena, nested(arena, TEXT("not ("), SCIM_FILTER_DEPTH_MAX)), REASON_NONE,
	    "as many nots as allowed");
	is_number(parse(arena, repeat(arena, TEXT(""), TEXT("not("), 2000, TEXT(""))),
	    REASON_FILTER_TOO_COMPLEX, "an attack with brackets");
	is_number(parse(arena, repeat(arena, TEXT("(title pr)"), TEXT(" or (title pr)"), 100,
	    TEXT(""))), REASON_NONE, "brackets side by side are no depth");
}

static void
test_nodes(struct arena *arena)
{
	/* n terms need n - 1 joints */
	int joints = SCIM_FILTER_NODES_MAX / 2 - 1;

	is_number(parse(arena, repeat(arena, TEXT("title pr"), TEXT(" or title pr"), joints,
	    TEXT(""))), REASON_NONE, "as many terms as allowed");
	is_number(parse(arena, repeat(arena, TEXT("title pr"), TEXT(" or title pr"), joints + 1,
	    TEXT(""))), REASON_FILTER_TOO_COMPLEX, "one more");
}

static void
test_length(struct arena *arena)
{
	int rest = SCIM_FILTER_MAX - (int)(sizeof("title eq \"\"") - 1);

	is_number(parse(arena, repeat(arena, TEXT("title eq \""), TEXT("x"), rest, TEXT("\""))),
	    REASON_NONE, "as many bytes as allowed");
	is_number(parse(arena, repeat(arena, TEXT("title eq \""), TEXT("x"), rest + 1, TEXT("\""))),
	    REASON_FILTER_TOO_COMPLEX, "one more");
}

static void
refused_at(struct arena *arena, struct text text, const char *character, const char *what)
{
	struct scim_error error = { .reason = REASON_NONE };
	struct filter *filter;

	ok(!scim_filter_parse(arena, &scim_user_type, text, &filter, &error), "%s is refused",
	    what);
	is_number(error.reason, REASON_FILTER_SYNTAX, "%s: as syntax", what);
	is_text(error.arguments[0], text_of(character), "%s: where", what);
}

static void
test_bytes(struct arena *arena)
{
	refused_at(arena, TEXT(""), "1", "nothing");
	refused_at(arena, TEXT("title eq \"a\xff\""), "12", "what is not UTF-8");
	refused_at(arena, TEXT("title eq \"\xed\xa0\x80\""), "11", "a surrogate in UTF-8");
	refused_at(arena, TEXT("title eq \"a\0b\""), "12", "a NUL");
	refused_at(arena, TEXT("title eq \"a\nb\""), "12", "a raw newline in a string");
	refused_at(arena, TEXT("title eq \"\\ud800\""), "17", "half a surrogate pair");
}

/* What a PATCH path hands over: places are counted from the path's start. */
static void
test_element(struct arena *arena)
{
	struct attribute_ref emails = { &scim_user_schema, NULL, NULL };
	struct scim_error error = { .reason = REASON_NONE };
	struct filter *filter;

	emails.attribute = scim_attribute_find(scim_user_schema.attributes, scim_user_schema.count,
	    TEXT("emails"));
	ok(scim_filter_parse_element(arena, &scim_user_type, emails, TEXT("type eq \"work\""), 7,
	    &filter, &error), "an element's filter");
	is_number(filter->kind, FILTER_COMPARE, "it is a comparison");
	is_text(filter->ref.sub->name, TEXT("type"), "of the sub-attribute");
	ok(filter->ref.attribute == emails.attribute, "of the owner");
	is_number(filter->at, 8, "where it stands in the path");
	ok(!scim_filter_parse_element(arena, &scim_user_type, emails, TEXT("type is"), 7, &filter,
	    &error), "a bad one");
	is_text(error.arguments[0], TEXT("13"), "and where");
	ok(!scim_filter_parse_element(arena, &scim_user_type, emails, TEXT("userName pr"), 7,
	    &filter, &error), "attributes of the resource are unknown in brackets");
}

static void
test_places(struct arena *arena)
{
	struct scim_error error;
	struct filter *filter;

	ok(scim_filter_parse(arena, &scim_user_type, TEXT("(title eq \"\xc3\xa9\") or name pr"),
	    &filter, &error), "a filter");
	is_number(filter->at, 2, "or begins where its left side does");
	is_number(filter->left->at, 2, "the left side");
	is_number(filter->right->at, 19, "the right side, in characters");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_depth(arena);
	test_nodes(arena);
	test_length(arena);
	test_bytes(arena);
	test_element(arena);
	test_places(arena);
	arena_destroy(arena);
	return tap_done();
}
