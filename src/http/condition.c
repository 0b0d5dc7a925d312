/*
 * condition.c - lists of entity-tags.
 */
#include "base/compiler.h"
#include "http/condition.h"

/* RFC 9110 8.8.3: etagc is "!", or %x23 and above except DEL. */
static bool
is_etag_byte(char byte)
{
	return byte == '!' || ((unsigned char)byte >= 0x23 && byte != 0x7f);
}

/* Takes one entity-tag off the front of rest and gives what stands between its quotes. */
static bool
take_tag(struct text *rest, struct text *opaque)
{
	size_t length = 0;

	if (text_starts(*rest, TEXT("W/")))
		*rest = text_after(*rest, 2);
	if (!text_starts(*rest, TEXT("\"")))
		return false;
	*rest = text_after(*rest, 1);
	while (length < rest->length && is_etag_byte(rest->start[length]))
		length++;
	if (length == rest->length || rest->start[length] != '"')
		return false;
	*opaque = text_first(*rest, length);
	*rest = text_after(*rest, length + 1);
	return true;
}

static bool
same_tag(struct text sent, struct text current)
{
	static const char *const suffixes[] = { "-gzip", "-br", "-deflate" };

	if (text_equal(sent, current))
		return true;
	for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
		struct text suffix = text_of(suffixes[i]);

		if (text_ends(sent, suffix) &&
		    text_equal(text_first(sent, sent.length - suffix.length), current))
			return true;
	}
	return false;
}

bool
http_condition_matches(struct text header, struct text etag)
{
	struct text current, sent, rest = text_trim(header);
	bool matches = false;

	if (text_equal(rest, TEXT("*")))
		return true;
	if (!take_tag(&etag, &current) || etag.length > 0)
		return false;
	while (rest.length > 0) {
		/* RFC 9110 5.6.1.2: empty list elements are to be ignored. */
		if (rest.start[0] != ',') {
			if (!take_tag(&rest, &sent))
				return false;
			matches |= same_tag(sent, current);
			rest = text_trim(rest);
			if (rest.length > 0 && rest.start[0] != ',')
				return false;
		}
		rest = text_trim(text_after(rest, rest.length > 0 ? 1 : 0));
	}
	return matches;
}
