/*
 * fold.c - folding by utf8proc so that it equals PostgreSQL's by ICU.
 */
#include <utf8proc.h>

#include "base/fatal.h"
#include "base/fold.h"

/* NFKC (Unicode Standard Annex 15); the text need not end in NUL. */
#define NFKC (UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT)

#define CAPITAL_I_WITH_DOT 0x0130
#define COMBINING_DOT_ABOVE 0x0307
#define FINAL_SIGMA 0x03c2
#define SIGMA 0x03c3

static bool
is_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.start[i] >= 0x80)
			return false;
	return true;
}

static struct text
fold_ascii(struct arena *arena, struct text value)
{
	char *folded;
	size_t capital = 0;

	while (capital < value.length && (value.start[capital] < 'A' || value.start[capital] > 'Z'))
		capital++;
	if (capital == value.length)
		return value;
	folded = arena_string(arena, value);
	for (size_t i = capital; i < value.length; i++)
		if (folded[i] >= 'A' && folded[i] <= 'Z')
			folded[i] = (char)(folded[i] + ('a' - 'A'));
	return (struct text){ folded, value.length };
}

/* The characters of value in NFKC; *count tells how many. */
static utf8proc_int32_t *
normalize(struct arena *arena, struct text value, utf8proc_ssize_t *count)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)value.start;
	utf8proc_ssize_t length = (utf8proc_ssize_t)value.length;
	utf8proc_ssize_t room = utf8proc_decompose(bytes, length, NULL, 0, NFKC);
	utf8proc_int32_t *characters;

	if (room < 0)
		fatal("folding: %s", utf8proc_errmsg(room));
	characters = arena_array(arena, (size_t)room + 1, sizeof(*characters));
	*count = utf8proc_decompose(bytes, length, characters, room, NFKC);
	*count = utf8proc_normalize_utf32(characters, *count, NFKC);
	if (*count < 0)
		fatal("folding: %s", utf8proc_errmsg(*count));
	return characters;
}

/* The one letter of the root locale whose lower case is two characters. */
static utf8proc_ssize_t
put_lower(utf8proc_int32_t character, utf8proc_uint8_t *to)
{
	utf8proc_ssize_t length;

	if (character == CAPITAL_I_WITH_DOT) {
		length = utf8proc_encode_char('i', to);
		return length + utf8proc_encode_char(COMBINING_DOT_ABOVE, to + length);
	}
	character = utf8proc_tolower(character);
	return utf8proc_encode_char(character == FINAL_SIGMA ? SIGMA : character, to);
}

struct text
base_fold(struct arena *arena, struct text value)
{
	utf8proc_int32_t *characters;
	utf8proc_uint8_t *bytes;
	utf8proc_ssize_t count;
	struct text folded = { NULL, 0 };

	if (is_ascii(value))
		return fold_ascii(arena, value);
	characters = normalize(arena, value, &count);
	bytes = arena_array(arena, (size_t)count + 1, 4);
	for (utf8proc_ssize_t i = 0; i < count; i++)
		folded.length += (size_t)put_lower(characters[i], bytes + folded.length);
	folded.start = (const char *)bytes;
	return text_equal(folded, value) ? value : folded;
}
