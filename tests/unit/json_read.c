/*
 * json_read.c - what is JSON and what is not, and what becomes of it.
 */
#include "json/read.h"
#include "json/write.h"
#include "unit/tap.h"

static const char *const good[] = {
	"{}", "{\"a\":[]}", " { \"a\" : 1 } \n", "{\"a\":-0}", "{\"a\":1.10}", "{\"a\":1e5}",
	"{\"a\":1E+5}", "{\"a\":9223372036854775807}", "{\"a\":-9223372036854775808}",
	"{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"}",
	"{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}", "{\"a\":[null,true,false,{},[]]}",
	"{\"a\":1e308}", "{\"a\":\"\x7f\"}", "{\"\":1}",
};

/* Each with the byte at which reading must stop. */
static const struct {
	const char *text;
	size_t length, offset;
} bad[] = {
#define BAD(text, offset) { text, sizeof(text) - 1, offset }
	BAD("", 0), BAD("  ", 2), BAD("null", 0), BAD("12", 0), BAD("[]", 0), BAD("\"a\"", 0),
	BAD("{\"a\":1,}", 7), BAD("{\"a\":[1,]}", 8), BAD("{'a':1}", 1), BAD("{a:1}", 1),
	BAD("{\"a\":NaN}", 5), BAD("{\"a\":-Infinity}", 6), BAD("{\"a\":Infinity}", 5),
	BAD("{\"a\":True}", 5), BAD("{\"a\":tru}", 5), BAD("{\"a\":01}", 6), BAD("{\"a\":1.}", 7),
	BAD("{\"a\":.5}", 5), BAD("{\"a\":+1}", 5), BAD("{\"a\":1e}", 7), BAD("{\"a\":0x10}", 6),
	BAD("{\"a\":\"x\ny\"}", 7), BAD("{\"a\":\"x\ty\"}", 7), BAD("{\"a\":\"\\x\"}", 7),
	BAD("{\"a\":\"\\u12\"}", 10), BAD("{\"a\":\"\\ud800\"}", 12), BAD("{\"a\":\"\\udc00\"}", 12),
	BAD("{\"a\":\"\\ud800\\u0041\"}", 18), BAD("{\"a\":\"\\u0000\"}", 12),
	BAD("{\"a\\u0000b\":1}", 9), BAD("{\"a\":\"x\0y\"}", 7),
	BAD("{\"a\":1}\0{\"b\":2}", 7), BAD("{\"a\":1}x", 7), BAD("{\"a\":1} {}", 8),
	BAD("{\"a\":1 /* c */}", 7), BAD("{\"a\":1//c\n}", 6), BAD("\xef\xbb\xbf{}", 0),
	BAD("{\"a\":\"\xc0\xaf\"}", 6), BAD("{\"a\":\"\xed\xa0\x80\"}", 6), BAD("{\"a\":\"\xff\"}", 6),
	BAD("{\"a\":\"\xc3", 6), BAD("{\"a\":\"x", 7), BAD("{\"a\":", 5), BAD("{\"a\"", 4), BAD("{", 1),
	BAD("{\"a\":99999999999999999999999}", 28), BAD("{\"a\":1e400}", 10),
	BAD("{\"a\":1e100000}", 13), BAD("{\"a\":9223372036854775808}", 24),
	BAD("{\"a\":1,\"a\":2}", 7), BAD("{\"a\":1,\"A\":2}", 7), BAD("{\"a\":1,\"\\u0061\":2}", 7),
	BAD("{\"b\":0,\"x\":{\"b\":1,\"c\":{\"b\":1}, \"B\":1}}", 31),
#undef BAD
};

static void
test_accepted(struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct json_trouble trouble = { 0, "nothing" };
		struct json_value *value;

		ok(json_read(arena, text_of(good[i]), &value, &trouble), "%s is read (%s at %zu)",
		    good[i], trouble.what, trouble.offset);
	}
}

static void
test_refused(struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct json_trouble trouble = { 0, "nothing" };
		struct text text = { bad[i].text, bad[i].length };
		struct json_value *value;

		if (ok(!json_read(arena, text, &value, &trouble), "refused: row %zu", i))
			is_number(trouble.offset, bad[i].offset, "row %zu: %s", i, trouble.what);
	}
}

/* A text of `open` repeated count times, then `inner`, then `close` as often. */
static struct text
repeat(struct arena *arena, struct text head, struct text unit, size_t count, struct text tail)
{
	struct buffer buffer = { 0 };
	struct text text;

	buffer_append(&buffer, head);
	for (size_t i = 0; i < count; i++)
		buffer_append(&buffer, unit);
	buffer_append(&buffer, tail);
	text = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return text;
}

static bool
reads(struct arena *arena, struct text text)
{
	struct json_trouble trouble;
	struct json_value *value;

	return json_read(arena, text, &value, &trouble);
}

static struct text
nested(struct arena *arena, size_t depth)
{
	struct text open = repeat(arena, TEXT("{\"a\":"), TEXT("["), depth - 1, TEXT(""));

	return repeat(arena, open, TEXT("]"), depth - 1, TEXT("}"));
}

static struct text
members(struct arena *arena, size_t count)
{
	struct text text = TEXT("{\"x\":1");

	for (size_t i = 1; i < count; i++)
		text = arena_format(arena, "%s,\"m%zu\":1", text.start, i);
	return arena_format(arena, "%s}", text.start);
}

static void
test_limits(struct arena *arena)
{
	struct text tail = TEXT("\"}"), head = TEXT("{\"a\":\"");

	ok(reads(arena, nested(arena, JSON_DEPTH_MAX)), "depth at the limit");
	ok(!reads(arena, nested(arena, JSON_DEPTH_MAX + 1)), "depth over the limit");
	ok(reads(arena, repeat(arena, head, TEXT("x"), JSON_STRING_MAX, tail)), "string at the limit");
	ok(!reads(arena, repeat(arena, head, TEXT("x"), JSON_STRING_MAX + 1, tail)), "string over it");
	ok(reads(arena, repeat(arena, TEXT("{\"a\":[1"), TEXT(",1"), JSON_ITEMS_MAX - 1, TEXT("]}"))),
	    "items at the limit");
	ok(!reads(arena, repeat(arena, TEXT("{\"a\":[1"), TEXT(",1"), JSON_ITEMS_MAX, TEXT("]}"))),
	    "items over it");
	ok(reads(arena, members(arena, JSON_MEMBERS_MAX)), "members at the limit");
	ok(!reads(arena, members(arena, JSON_MEMBERS_MAX + 1)), "members over it");
	ok(!reads(arena, repeat(arena, TEXT("{\"a\":"), TEXT("["), 1000000, TEXT(""))),
	    "a million open brackets");
}

/* What a DBA wrote past the limits for clients must still be readable, or nobody could repair it. */
static void
test_stored(struct arena *arena)
{
	static const char *const stored[] = {
		"{\"title\": \"a\", \"TITLE\": \"b\"}", "{\"n\": 1e400}",
		"{\"n\": 99999999999999999999999}",
	};
	struct json_value *value;

	for (size_t i = 0; i < COUNT_OF(stored); i++) {
		ok(!reads(arena, text_of(stored[i])), "row %zu: not from a client", i);
		ok(json_read_stored(arena, text_of(stored[i]), &value), "row %zu: but when stored", i);
	}
	ok(json_read_stored(arena, nested(arena, 500), &value), "500 deep");
	ok(json_to_text(arena, value).length == nested(arena, 500).length, "and written again");
	ok(!json_read_stored(arena, nested(arena, 5000), &value), "5,000 deep is too deep");
	ok(json_read_stored(arena, repeat(arena, TEXT("{\"a\":\""), TEXT("x"), JSON_STRING_MAX + 9,
	    TEXT("\"}")), &value), "a long string");
}

static void
test_round_trip(struct arena *arena)
{
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{ "{ \"b\" : [1, 2.50, -3e2], \"a\":\"\\u00e9\\\"\\n\" }",
		    "{\"b\":[1,2.50,-3e2],\"a\":\"\xc3\xa9\\\"\\n\"}" },
		{ "{\"a\":{\"b\":{}},\"c\":[],\"d\":null,\"e\":true,\"f\":false}",
		    "{\"a\":{\"b\":{}},\"c\":[],\"d\":null,\"e\":true,\"f\":false}" },
		{ "{\"a\":\"\\u0001\\ud83d\\ude00\"}", "{\"a\":\"\\u0001\xf0\x9f\x98\x80\"}" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct json_trouble trouble;
		struct json_value *value, *again;

		if (!ok(json_read(arena, text_of(rows[i].text), &value, &trouble), "read %zu", i))
			continue;
		is_text(json_to_text(arena, value), text_of(rows[i].printed), "printed %zu", i);
		ok(json_read(arena, json_to_text(arena, value), &again, &trouble) &&
		    json_equal(value, again), "read again %zu", i);
		ok(json_equal(value, json_copy(arena, value)), "copied %zu", i);
	}
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_accepted(arena);
	test_refused(arena);
	test_limits(arena);
	test_round_trip(arena);
	test_stored(arena);
	arena_destroy(arena);
	return tap_done();
}
