/*
 * decode.c - percent-encoding.
 */
#include "http/decode.h"

static int
hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Decodes text, which has been copied, in place. */
static bool
decode_in_place(char *bytes, size_t *length, bool plus_is_space)
{
	size_t to = 0;

	for (size_t from = 0; from < *length; from++) {
		char byte = bytes[from];

		if (byte == '+' && plus_is_space) {
			byte = ' ';
		} else if (byte == '%') {
			int high = from + 1 < *length ? hex_digit(bytes[from + 1]) : -1;
			int low = from + 2 < *length ? hex_digit(bytes[from + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			byte = (char)(high * 16 + low);
			from += 2;
		}
		bytes[to++] = byte;
	}
	*length = to;
	return true;
}

bool
http_decode(struct arena *arena, struct text raw, enum http_decode place, struct text *decoded,
    struct http_error *error)
{
	bool query = place == HTTP_DECODE_QUERY;
	enum http_error_kind kind = query ? HTTP_BAD_QUERY : HTTP_BAD_ADDRESS;
	bool plain = text_find_byte(raw, '%') == raw.length &&
	    (!query || text_find_byte(raw, '+') == raw.length);

	*decoded = raw;
	if (!plain) {
		char *copy = arena_string(arena, raw);

		if (!decode_in_place(copy, &decoded->length, query))
			return http_fail(error, 400, kind,
			    TEXT("The address has a '%' without two hexadecimal digits."));
		decoded->start = copy;
	}
	if (text_find_byte(*decoded, '\0') != decoded->length)
		return http_fail(error, 400, kind, TEXT("The address contains %00."));
	if (!text_is_utf8(*decoded))
		return http_fail(error, 400, kind, TEXT("The address is not UTF-8."));
	return true;
}
