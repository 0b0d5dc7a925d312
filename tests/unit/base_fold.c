/*
 * base_fold.c - folding of single characters and of whole words.
 *
 * Every expected value is what PostgreSQL 15 with ICU 72 answers to
 * replace(lower(normalize(value, NFKC) COLLATE "und-x-icu"), 'ς', 'σ').
 */
#include "base/compiler.h"
#include "base/fold.h"
#include "unit/tap.h"

static const struct {
	const char *value, *folded, *why;
} rows[] = {
	{ "", "", "nothing" },
	{ "bjensen@example.com", "bjensen@example.com", "small letters" },
	{ "BJensen@Example.COM", "bjensen@example.com", "capital letters" },
	{ "[@`{_^}~", "[@`{_^}~", "neighbours of the letters" },
	{ "\x7f\x01 \t", "\x7f\x01 \t", "control characters stay" },
	{ "Ärger", "ärger", "Latin-1" },
	{ "STRASSE", "strasse", "two letters stay two" },
	{ "Straße", "straße", "lower case, not case folding: sharp s stays" },
	{ "\xe1\xba\x9e", "ß", "the capital sharp s" },
	{ "E\xcc\x81", "é", "what can be composed is composed" },
	{ "e\xcc\xa3\xcc\x82", "ệ", "two marks" },
	{ "e\xcc\x82\xcc\xa3", "ệ", "two marks in another order" },
	{ "\xe2\x84\xaa", "k", "the Kelvin sign" },
	{ "\xe2\x84\xab", "å", "the Angstrom sign" },
	{ "Ａｄｍｉｎ＠ｘ．ｏｒｇ", "admin@x.org", "full width" },
	{ "\xef\xbd\xb6\xef\xbe\x9e", "ガ", "half width" },
	{ "\xef\xac\x81x", "fix", "a ligature" },
	{ "\xe2\x85\xa7", "viii", "a Roman numeral" },
	{ "x\xc2\xb2", "x2", "a superscript" },
	{ "a\xc2\xa0" "b", "a b", "a no-break space" },
	{ "ΟΔΥΣΣΕΥΣ", "οδυσσευσ", "a capital sigma at the end" },
	{ "ὀδυσσεύς", "ὀδυσσεύσ", "a small one" },
	{ "Σ ΑΣ. ΣΑ", "σ ασ. σα", "sigmas anywhere" },
	{ "\xc4\xb0stanbul", "i\xcc\x87stanbul", "the one letter that becomes two characters" },
	{ "I\xcc\x87", "i\xcc\x87", "the same, not composed" },
	{ "\xc4\xb1", "\xc4\xb1", "the dotless i is another letter" },
	{ "ДЖЕЙН", "джейн", "Cyrillic" },
	{ "\xf0\x90\x90\x80", "\xf0\x90\x90\xa8", "letters beyond the BMP" },
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "한", "Hangul" },
	{ "שלום", "שלום", "letters without case" },
	{ "a\xe2\x80\x8d" "b", "a\xe2\x80\x8d" "b", "joiners stay" },
	{ "a\xc2\xad" "b", "a\xc2\xad" "b", "soft hyphens stay" },
};

static void
test_table(struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		is_text(base_fold(arena, text_of(rows[i].value)), text_of(rows[i].folded), "%s",
		    rows[i].why);
}

/* What is folded stays as it is: the unique index relies on it. */
static void
test_fixpoint(struct arena *arena)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text once = base_fold(arena, text_of(rows[i].value));

		is_text(base_fold(arena, once), once, "%s: folded twice", rows[i].why);
	}
}

static void
test_views(struct arena *arena)
{
	struct text plain = TEXT("plain"), composed = TEXT("\xc3\xa9"), part = TEXT("ABCDEF");

	ok(base_fold(arena, plain).start == plain.start, "what does not change is not copied");
	ok(base_fold(arena, composed).start == composed.start, "also beyond ASCII");
	is_text(base_fold(arena, text_first(part, 3)), TEXT("abc"), "texts need not end in NUL");
	is_text(base_fold(arena, text_first(TEXT("\xc3\x89\xc3\x89"), 2)), TEXT("\xc3\xa9"),
	    "also beyond ASCII");
	is_text(part, TEXT("ABCDEF"), "the value itself is not changed");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_table(arena);
	test_fixpoint(arena);
	test_views(arena);
	arena_destroy(arena);
	return tap_done();
}
