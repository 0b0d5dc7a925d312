/*
 * token.c - recognizing and digesting tokens; sql/function/admin.sql makes them.
 */
#include "base/digest.h"
#include "scim/token.h"

#define PREFIX "sclt_"
#define RANDOM_DIGITS 43    /* 62^43 > 2^256 */
#define CHECK_DIGITS 6      /* 62^6 > 2^32 */

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Writes a big-endian number as that many base-62 digits; uses the bytes up. */
static void
write_base62(unsigned char *number, size_t bytes, char *digits, size_t count)
{
	while (count > 0) {
		unsigned int rest = 0;

		for (size_t i = 0; i < bytes; i++) {
			rest = rest << 8 | number[i];
			number[i] = (unsigned char)(rest / 62);
			rest %= 62;
		}
		digits[--count] = base62[rest];
	}
}

static void
write_check(struct text before, char digits[CHECK_DIGITS])
{
	uint32_t crc = digest_crc32(before);
	unsigned char number[4] = { (unsigned char)(crc >> 24), (unsigned char)(crc >> 16),
	    (unsigned char)(crc >> 8), (unsigned char)crc };

	write_base62(number, sizeof(number), digits, CHECK_DIGITS);
}

struct text
scim_token_digest(struct arena *arena, struct text token)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[DIGEST_SIZE];
	char *text = arena_alloc(arena, 2 * DIGEST_SIZE + 1);

	digest_sha256(token, digest);
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = hex[digest[i] >> 4];
		text[2 * i + 1] = hex[digest[i] & 15];
	}
	return (struct text){ text, 2 * DIGEST_SIZE };
}

bool
scim_is_org_key(struct text key)
{
	if (key.length < 2 || key.length > 63 || key.start[0] == '-')
		return false;
	for (size_t i = 0; i < key.length; i++) {
		char byte = key.start[i];

		if ((byte < 'a' || byte > 'z') && (byte < '0' || byte > '9') && byte != '-')
			return false;
	}
	return true;
}

static bool
is_well_formed(struct text token, struct text *org)
{
	const size_t secret = RANDOM_DIGITS + CHECK_DIGITS, prefix = sizeof(PREFIX) - 1;
	struct text before;
	char check[CHECK_DIGITS];

	/* The shortest organization key has two characters, and one more '_' follows it. */
	if (!text_starts(token, TEXT(PREFIX)) || token.length < prefix + 2 + 1 + secret)
		return false;
	*org = (struct text){ token.start + prefix, token.length - prefix - 1 - secret };
	if (!scim_is_org_key(*org) || org->start[org->length] != '_')
		return false;
	before = text_first(token, token.length - CHECK_DIGITS);
	write_check(before, check);
	return text_equal(text_after(token, before.length), (struct text){ check, CHECK_DIGITS });
}

bool
scim_token_read(struct text authorization, struct text *token, struct text *org,
    struct scim_error *error)
{
	const struct text scheme = TEXT("Bearer ");

	if (!text_is_set(authorization) || authorization.length == 0)
		return scim_fail(error, REASON_AUTH_MISSING);
	if (!text_starts_nocase(authorization, scheme))
		return scim_fail(error, REASON_AUTH_MALFORMED);
	*token = text_trim(text_after(authorization, scheme.length));
	return is_well_formed(*token, org) || scim_fail(error, REASON_AUTH_MALFORMED);
}
