/*
 * base.c - texts, memory, buffers, digests.
 */
#include <limits.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "unit/tap.h"

static void
test_comparing(void)
{
	const struct text none = TEXT_NONE;

	ok(!text_is_set(none) && text_is_set(TEXT("")), "absent differs from empty");
	ok(!text_is_set(text_of(NULL)), "the text of NULL is absent");
	ok(text_equal(none, TEXT("")), "but as bytes they are equal");
	ok(text_equal_nocase(TEXT("userName"), TEXT("USERNAME")), "letters without case");
	ok(!text_equal_nocase(TEXT("a@"), TEXT("a`")), "only letters have a case");
	ok(!text_equal_nocase(TEXT("Ä"), TEXT("ä")), "only those of ASCII");
	ok(!text_equal_nocase(TEXT("abc"), TEXT("ab")), "of one length");
	ok(text_starts(TEXT("abc"), TEXT("ab")) && !text_starts(TEXT("a"), TEXT("ab")), "starts");
	ok(!text_starts(TEXT("Abc"), TEXT("ab")), "starts, with case");
	ok(text_starts_nocase(TEXT("Bearer x"), TEXT("bearer ")), "starts, without case");
	ok(text_ends(TEXT("abc"), TEXT("bc")) && !text_ends(TEXT("c"), TEXT("bc")), "ends");
	ok(text_ends(TEXT("abc"), TEXT("")), "everything ends in nothing");
}

static void
test_order(void)
{
	ok(text_compare(TEXT("a"), TEXT("b")) < 0, "a < b");
	ok(text_compare(TEXT("b"), TEXT("aa")) > 0, "b > aa");
	ok(text_compare(TEXT("a"), TEXT("aa")) < 0, "the shorter one first");
	ok(text_compare(TEXT("a"), TEXT("a")) == 0, "a = a");
	ok(text_compare(TEXT("z"), TEXT("\xc3\xa4")) < 0, "bytes have no sign");
	ok(text_compare(TEXT_NONE, TEXT("a")) < 0, "nothing comes first");
}

static void
test_finding(void)
{
	is_number(text_find_byte(TEXT("a/b/c"), '/'), 1, "the first of two");
	is_number(text_find_byte(TEXT("abc"), '/'), 3, "none");
	is_number(text_find_byte(TEXT_NONE, '/'), 0, "none in nothing");
	is_number(text_find_byte((struct text){ "a\0b", 3 }, 'b'), 2, "behind a NUL");
	is_number(text_find(TEXT("http://x"), TEXT("://")), 4, "a needle");
	is_number(text_find(TEXT("aab"), TEXT("ab")), 1, "after a false start");
	is_number(text_find(TEXT("ab"), TEXT("abc")), 2, "a needle that is too long");
	is_text(text_trim(TEXT(" \t a b \t")), TEXT("a b"), "blanks around");
	is_text(text_trim(TEXT(" \t ")), TEXT(""), "nothing but blanks");
	is_text(text_trim(TEXT("\na\n")), TEXT("\na\n"), "line ends are no blanks");
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		bool fine;
		long number;
	} rows[] = {
		{ "0", true, 0 }, { "-0", true, 0 }, { "007", true, 7 }, { "-12", true, -12 },
		{ "9223372036854775807", true, LONG_MAX }, { "9223372036854775808", true, LONG_MAX },
		{ "-9223372036854775808", true, LONG_MIN }, { "-9223372036854775809", true, LONG_MIN },
		{ "99999999999999999999999999", true, LONG_MAX },
		{ "", false, 0 }, { "-", false, 0 }, { "+1", false, 0 }, { " 1", false, 0 },
		{ "1 ", false, 0 }, { "1.0", false, 0 }, { "--1", false, 0 }, { "1e3", false, 0 },
		{ "99999999999999999999x", false, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		long number = 0;

		is_number(text_to_long(text_of(rows[i].text), &number), rows[i].fine,
		    "\"%s\" is a number or not", rows[i].text);
		if (rows[i].fine)
			is_number(number, rows[i].number, "its value");
	}
}

/* The rows of Unicode table 3-7 and what lies just outside of them. */
static void
test_utf8(void)
{
	static const struct {
		const char *text;
		size_t prefix;
	} rows[] = {
		{ "abc", 3 }, { "\x7f", 1 }, { "a\x80", 1 }, { "\xbf", 0 },
		{ "\xc0\xaf", 0 }, { "\xc1\xbf", 0 }, { "\xc2\x80", 2 }, { "\xdf\xbf", 2 },
		{ "\xc2", 0 }, { "\xc2\x7f", 0 }, { "\xc2\xc0", 0 },
		{ "\xe0\x9f\xbf", 0 }, { "\xe0\xa0\x80", 3 }, { "\xe2\x82\xac", 3 }, { "\xe2\x82", 0 },
		{ "\xed\x9f\xbf", 3 }, { "\xed\xa0\x80", 0 }, { "\xee\x80\x80", 3 },
		{ "\xf0\x8f\xbf\xbf", 0 }, { "\xf0\x90\x80\x80", 4 }, { "\xf0\x9f\x98\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 }, { "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 }, { "ab\xe2\x82\xac" "c\xff", 6 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		is_number(text_utf8_prefix(text_of(rows[i].text)), rows[i].prefix,
		    "row %zu: so many bytes are UTF-8", i);
	/* ASCII is read eight bytes at a time: the bad byte, or the euro before it, at each place of a word. */
	for (size_t at = 0; at <= 17; at++) {
		char bytes[] = "aaaaaaaaaaaaaaaaaaaaaaaaa";

		bytes[at] = '\xff';
		is_number(text_utf8_prefix(text_of(bytes)), (long)at, "a bad byte at %zu", at);
		memcpy(bytes + at, "\xe2\x82\xac", 3);
		is_number(text_utf8_prefix(text_of(bytes)), (long)sizeof(bytes) - 1, "a euro at %zu", at);
		bytes[at + 3] = '\x80';
		is_number(text_utf8_prefix(text_of(bytes)), (long)at + 3, "a bad byte behind it");
	}
	ok(text_is_utf8((struct text){ "a\0b", 3 }), "a NUL is a character");
	ok(!text_is_utf8(text_first(TEXT("\xe2\x82\xac"), 2)), "the length ends the text");
}

static void
test_uuids(void)
{
	ok(text_is_uuid(TEXT("0189abcd-ef01-2345-6789-abcdefabcdef")), "our form");
	ok(!text_is_uuid(TEXT("0189abcd-ef01-2345-6789-ABCDEFabcdef")), "upper case is not ours");
	ok(!text_is_uuid(TEXT("0189abcd-ef01-2345-6789-abcdefabcde")), "too short");
	ok(!text_is_uuid(TEXT("0189abcd-ef01-2345-6789-abcdefabcdef0")), "too long");
	ok(!text_is_uuid(TEXT("0189abcdeef01-2345-6789-abcdefabcdef")), "a dash is missing");
	ok(!text_is_uuid(TEXT("0189abcg-ef01-2345-6789-abcdefabcdef")), "no digit");
	ok(!text_is_uuid(TEXT("{189abcd-ef01-2345-6789-abcdefabcde}")), "braces");
	ok(!text_is_uuid(TEXT("")), "nothing");
}

static int released;

static void
note_release(void *thing)
{
	released = released * 10 + *(const int *)thing;
}

static void
test_arena(struct arena *arena)
{
	static const int one = 1, two = 2;
	size_t before = arena_size(arena);
	char *large = arena_alloc(arena, 1000000), *small = arena_alloc(arena, 3);

	ok(large[0] == 0 && large[999999] == 0, "memory is zeroed");
	is_number((uintptr_t)small % _Alignof(max_align_t), 0, "and aligned");
	ok(arena_size(arena) >= before + 1000000, "large blocks count");
	is_text(arena_format(arena, "%d-%s", 7, "x"), TEXT("7-x"), "formatted");
	ok(arena_string(arena, text_first(TEXT("abc"), 2))[2] == '\0', "strings end in NUL");
	is_number(arena_copy(arena, TEXT_NONE).length, 0, "a copy of nothing");
	arena_defer(arena, note_release, (void *)(uintptr_t)&one);
	arena_defer(arena, note_release, (void *)(uintptr_t)&two);
	arena_reset(arena);
	is_number(released, 21, "what was deferred runs once, newest first");
	is_number(arena_size(arena), before, "a reset gives back all but the first block");
	arena_reset(arena);
	is_number(released, 21, "and not again");
}

static void
test_buffer(void)
{
	struct buffer buffer = { 0 };

	is_text(buffer_text(&buffer), TEXT(""), "an empty buffer");
	buffer_append(&buffer, TEXT("ab"));
	buffer_append(&buffer, TEXT_NONE);
	buffer_append_byte(&buffer, '|');
	buffer_append_number(&buffer, LONG_MIN);
	buffer_append_byte(&buffer, '|');
	buffer_append_number(&buffer, 0);
	buffer_format(&buffer, "|%s|", "x");
	is_text(buffer_text(&buffer), TEXT("ab|-9223372036854775808|0|x|"), "what was appended");
	for (int i = 0; i < 100000; i++)
		buffer_append(&buffer, TEXT("0123456789abcdef"));
	is_number(buffer.length, 28 + 1600000, "it grows");
	ok(text_ends(buffer_text(&buffer), TEXT("f0123456789abcdef")), "and keeps what is in it");
	buffer_clear(&buffer);
	is_number(buffer.capacity, 0, "much memory is given back");
	buffer_append(&buffer, TEXT("y"));
	buffer_clear(&buffer);
	ok(buffer.capacity > 0 && buffer.length == 0, "little memory is kept");
	buffer_release(&buffer);
	ok(buffer.start == NULL, "released");
}

static void
test_digests(void)
{
	static const unsigned char empty[DIGEST_SIZE] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
		0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
		0xb8, 0x55 };
	unsigned char digest[DIGEST_SIZE], first[16] = { 0 }, second[16] = { 0 };

	digest_sha256(TEXT(""), digest);
	ok(memcmp(digest, empty, sizeof(digest)) == 0, "SHA-256 of nothing");
	ok(digest_crc32(TEXT("123456789")) == 0xcbf43926, "the check value of CRC-32");
	ok(digest_crc32(TEXT("")) == 0, "CRC-32 of nothing");
	digest_random(first, sizeof(first));
	digest_random(second, sizeof(second));
	ok(memcmp(first, second, sizeof(first)) != 0, "randomness does not repeat itself");
}

static void
test_clock(void)
{
	int64_t before = clock_microseconds();

	ok(before > 0 && clock_microseconds() >= before, "the clock does not go back");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_comparing();
	test_order();
	test_finding();
	test_numbers();
	test_utf8();
	test_uuids();
	test_arena(arena);
	test_buffer();
	test_digests();
	test_clock();
	arena_destroy(arena);
	return tap_done();
}
