/*
 * text.h - strings that carry their length.
 *
 * A text is a view: it owns nothing and need not end in NUL.  start may be
 * NULL, which means "absent" and differs from "" (see text_is_set).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *start;
	size_t length;
};

/* A text of a string literal. */
#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })
#define TEXT_NONE ((struct text){ NULL, 0 })

/* For printf: printf("%.*s", TEXT_FORMAT(text)). */
#define TEXT_FORMAT(text) (int)(text).length, (text).start != NULL ? (text).start : ""

static inline struct text
text_of(const char *string)
{
	return (struct text){ string, string != NULL ? strlen(string) : 0 };
}

static inline bool
text_is_set(struct text text)
{
	return text.start != NULL;
}

static inline bool
text_equal(struct text a, struct text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.start, b.start, a.length) == 0);
}

/* The rest of a text after its first count bytes; count must not exceed it. */
static inline struct text
text_after(struct text text, size_t count)
{
	return (struct text){ text.start + count, text.length - count };
}

static inline struct text
text_first(struct text text, size_t count)
{
	return (struct text){ text.start, count };
}

/* ASCII only: SCIM's attribute names, operators and URNs (RFC 7643 2.1). */
bool text_equal_nocase(struct text a, struct text b);
bool text_starts_nocase(struct text text, struct text prefix);
/* Orders by bytes, shorter first among equal prefixes: <0, 0, >0. */
int text_compare(struct text a, struct text b);
bool text_starts(struct text text, struct text prefix);
bool text_ends(struct text text, struct text suffix);
/* The offset of the first such byte or needle, or text.length when there is none. */
size_t text_find_byte(struct text text, char byte);
size_t text_find(struct text text, struct text needle);
/* Without leading and trailing spaces and tabs. */
struct text text_trim(struct text text);
/*
 * Parses a whole decimal number with an optional minus sign; one that a long
 * cannot hold becomes the nearest that it can.  False on anything else.
 */
bool text_to_long(struct text text, long *number);
/* How many leading bytes are well-formed UTF-8 (RFC 3629: no overlongs, no surrogates). */
size_t text_utf8_prefix(struct text text);

static inline bool
text_is_utf8(struct text text)
{
	return text_utf8_prefix(text) == text.length;
}

/* True for the 8-4-4-4-12 form of a UUID in lower case: our ids, which are case-exact (RFC 7643 3.1). */
bool text_is_uuid(struct text text);

#endif
