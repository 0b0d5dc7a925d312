/*
 * cursor.c - seal and payload, in base64 for URLs (RFC 4648 5) without padding.
 */
#include "base/digest.h"
#include "scim/cursor.h"

/* Half of HMAC-SHA-256 is enough (RFC 2104 5), and addresses should be short. */
#define SEAL_SIZE 16

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct text
encode(struct arena *arena, struct text bytes)
{
	char *text = arena_alloc(arena, bytes.length * 4 / 3 + 2), *end = text;
	unsigned long pending = 0;
	int bits = 0;

	for (size_t i = 0; i < bytes.length; i++) {
		pending = (pending << 8 | (unsigned char)bytes.start[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*end++ = digits[pending >> (bits - 6) & 63];
	}
	if (bits > 0)
		*end++ = digits[pending << (6 - bits) & 63];
	return (struct text){ text, (size_t)(end - text) };
}

static bool
decode(struct arena *arena, struct text text, struct text *bytes)
{
	char *start = arena_alloc(arena, text.length + 1), *end = start;
	unsigned long pending = 0;
	int bits = 0;

	for (size_t i = 0; i < text.length; i++) {
		const char *digit = memchr(digits, text.start[i], sizeof(digits) - 1);

		if (digit == NULL)
			return false;
		pending = (pending << 6 | (unsigned long)(digit - digits)) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*end++ = (char)(pending >> bits & 0xff);
		}
	}
	*bytes = (struct text){ start, (size_t)(end - start) };
	/* One cursor, one spelling: the bits behind the last byte are zero. */
	return text_equal(encode(arena, *bytes), text);
}

/* The question counts by its digest, so that it cannot run into the payload. */
static void
make_seal(struct arena *arena, const struct cursor_bond *bond, struct text payload,
    unsigned char seal[DIGEST_SIZE])
{
	char *sealed = arena_alloc(arena, DIGEST_SIZE + payload.length);

	digest_sha256(bond->question, (unsigned char *)sealed);
	memcpy(sealed + DIGEST_SIZE, payload.start, payload.length);
	digest_hmac_sha256(bond->key, (struct text){ sealed, DIGEST_SIZE + payload.length }, seal);
}

struct text
scim_cursor_write(struct arena *arena, const struct cursor_bond *bond,
    const struct list_place *place)
{
	struct text payload = arena_format(arena, "%lld\n%ld\n%.*s\n%.*s%s%.*s",
	    (long long)bond->now + SCIM_CURSOR_SECONDS, bond->count,
	    TEXT_FORMAT(place->created), TEXT_FORMAT(place->id),
	    text_is_set(place->key) ? "\n" : "", TEXT_FORMAT(place->key));
	char *bytes = arena_alloc(arena, SEAL_SIZE + payload.length);
	unsigned char seal[DIGEST_SIZE];

	make_seal(arena, bond, payload, seal);
	memcpy(bytes, seal, SEAL_SIZE);
	memcpy(bytes + SEAL_SIZE, payload.start, payload.length);
	return encode(arena, (struct text){ bytes, SEAL_SIZE + payload.length });
}

/* Takes what stands before the next newline; unset when nothing is left. */
static struct text
take_line(struct text *rest)
{
	struct text line = text_first(*rest, text_find_byte(*rest, '\n'));

	*rest = line.length < rest->length ? text_after(*rest, line.length + 1) : TEXT_NONE;
	return line;
}

/* The payload is our own, for its seal is good. */
static bool
read_payload(const struct cursor_bond *bond, struct text payload, struct list_place *place,
    struct scim_error *error)
{
	long expires = 0, count = 0;

	if (!text_to_long(take_line(&payload), &expires) ||
	    !text_to_long(take_line(&payload), &count))
		return scim_fail(error, REASON_CURSOR_INVALID);
	if (expires <= bond->now)
		return scim_fail(error, REASON_CURSOR_EXPIRED);
	if (count != bond->count)
		return scim_fail(error, REASON_COUNT_INVALID,
		    TEXT("it must stay the same while a list is read by cursor"));
	place->created = take_line(&payload);
	place->id = take_line(&payload);
	place->key = payload;
	return true;
}

bool
scim_cursor_read(struct arena *arena, const struct cursor_bond *bond, struct text cursor,
    struct list_place *place, struct scim_error *error)
{
	unsigned char seal[DIGEST_SIZE];
	struct text bytes, payload;

	if (!decode(arena, cursor, &bytes) || bytes.length < SEAL_SIZE)
		return scim_fail(error, REASON_CURSOR_INVALID);
	payload = text_after(bytes, SEAL_SIZE);
	make_seal(arena, bond, payload, seal);
	if (!digest_is_equal(seal, bytes.start, SEAL_SIZE))
		return scim_fail(error, REASON_CURSOR_INVALID);
	return read_payload(bond, payload, place, error);
}
