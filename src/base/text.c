/*
 * text.c - comparing, searching and checking texts.
 */
#include <limits.h>
#include <stdint.h>

#include "base/text.h"

static char
lower_ascii(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool
text_equal_nocase(struct text a, struct text b)
{
	return a.length == b.length && text_starts_nocase(a, b);
}

bool
text_starts_nocase(struct text text, struct text prefix)
{
	if (text.length < prefix.length)
		return false;
	for (size_t i = 0; i < prefix.length; i++)
		if (text.start[i] != prefix.start[i] &&
		    lower_ascii(text.start[i]) != lower_ascii(prefix.start[i]))
			return false;
	return true;
}

int
text_compare(struct text a, struct text b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common == 0 ? 0 : memcmp(a.start, b.start, common);

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

bool
text_starts(struct text text, struct text prefix)
{
	return text.length >= prefix.length && text_equal(text_first(text, prefix.length), prefix);
}

bool
text_ends(struct text text, struct text suffix)
{
	return text.length >= suffix.length &&
	    text_equal(text_after(text, text.length - suffix.length), suffix);
}

size_t
text_find_byte(struct text text, char byte)
{
	const char *found = text.length == 0 ? NULL : memchr(text.start, byte, text.length);

	return found != NULL ? (size_t)(found - text.start) : text.length;
}

size_t
text_find(struct text text, struct text needle)
{
	for (size_t i = 0; i + needle.length <= text.length; i++)
		if (text_starts(text_after(text, i), needle))
			return i;
	return text.length;
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

struct text
text_trim(struct text text)
{
	while (text.length > 0 && is_blank(text.start[0]))
		text = text_after(text, 1);
	while (text.length > 0 && is_blank(text.start[text.length - 1]))
		text.length--;
	return text;
}

bool
text_to_long(struct text text, long *number)
{
	bool negative = text.length > 0 && text.start[0] == '-';
	long sum = 0;

	if (negative)
		text = text_after(text, 1);
	if (text.length == 0)
		return false;
	/* Summed up below zero, where there is room for one more than above. */
	for (size_t i = 0; i < text.length; i++) {
		int digit = text.start[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (sum == LONG_MIN || __builtin_mul_overflow(sum, 10L, &sum) ||
		    __builtin_sub_overflow(sum, (long)digit, &sum))
			sum = LONG_MIN;
	}
	if (negative)
		*number = sum;
	else
		*number = sum == LONG_MIN ? LONG_MAX : -sum;
	return true;
}

/* The length of the well-formed sequence at the start of text, or 0 (Unicode table 3-7). */
static size_t
utf8_sequence(struct text text)
{
	static const struct {
		unsigned char first, last, second_from, second_to, length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *byte = (const unsigned char *)text.start;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (byte[0] < forms[i].first || byte[0] > forms[i].last)
			continue;
		if (text.length < forms[i].length || byte[1] < forms[i].second_from ||
		    byte[1] > forms[i].second_to)
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if (byte[j] < 0x80 || byte[j] > 0xbf)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* Eight bytes at a time: nearly all that comes is ASCII. */
static size_t
ascii_prefix(struct text text)
{
	const uint64_t high_bits = 0x8080808080808080;
	uint64_t word;
	size_t at = 0;

	for (; text.length - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text.start + at, sizeof(word));
		if ((word & high_bits) != 0)
			break;
	}
	while (at < text.length && (unsigned char)text.start[at] < 0x80)
		at++;
	return at;
}

size_t
text_utf8_prefix(struct text text)
{
	size_t at = ascii_prefix(text);

	while (at < text.length) {
		size_t length = utf8_sequence(text_after(text, at));

		if (length == 0)
			break;
		at += length;
		at += ascii_prefix(text_after(text, at));
	}
	return at;
}

static bool
is_hex(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

bool
text_is_uuid(struct text text)
{
	if (text.length != 36)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text.start[i] != '-' : !is_hex(text.start[i]))
			return false;
	}
	return true;
}
