/*
 * scim_token.c - the form of tokens, and what is refused before any SQL.
 *
 * The CRC-32 values in base 62 and the SHA-256 were computed with Python's
 * zlib and hashlib.
 */
#include "scim/token.h"
#include "unit/tap.h"

#define SECRET "0123456789012345678901234567890123456789012"
#define GOOD "sclt_acme_" SECRET "0uxtc5"

static void
test_keys(void)
{
	static const struct {
		const char *key;
		bool fine;
	} rows[] = {
		{ "acme", true }, { "a1", true }, { "0-", true }, { "a-b-c", true }, { "a--", true },
		{ "123456789012345678901234567890123456789012345678901234567890123", true },
		{ "1234567890123456789012345678901234567890123456789012345678901234", false },
		{ "a", false }, { "", false }, { "-a", false }, { "Acme", false }, { "a_b", false },
		{ "a.b", false }, { "a b", false }, { "a'", false }, { "*", false }, { "ä", false },
		{ "a/", false }, { "a:", false }, { "a`", false }, { "a{", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		is_number(scim_is_org_key(text_of(rows[i].key)), rows[i].fine, "key \"%s\"",
		    rows[i].key);
	ok(!scim_is_org_key(TEXT_NONE), "no key");
	ok(!scim_is_org_key((struct text){ "a\0b", 3 }), "a key with a NUL");
}

static bool
read_header(const char *header, struct text *org, enum reason *reason)
{
	struct scim_error error = { .reason = REASON_NONE };
	struct text token;
	bool fine = scim_token_read(text_of(header), &token, org, &error);

	*reason = error.reason;
	return fine;
}

static void
test_accepted(void)
{
	static const char *const headers[] = {
		"Bearer " GOOD, "bearer " GOOD, "BEARER " GOOD, "Bearer   " GOOD, "Bearer " GOOD " \t",
	};

	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		struct text org;
		enum reason reason;

		ok(read_header(headers[i], &org, &reason), "\"%s\" is read", headers[i]);
		is_text(org, TEXT("acme"), "its organization");
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *header;
		enum reason reason;
	} rows[] = {
		{ NULL, REASON_AUTH_MISSING }, { "", REASON_AUTH_MISSING },
		{ "Bearer", REASON_AUTH_MALFORMED }, { "Bearer ", REASON_AUTH_MALFORMED },
		{ GOOD, REASON_AUTH_MALFORMED }, { "Basic " GOOD, REASON_AUTH_MALFORMED },
		{ "Bearer\t" GOOD, REASON_AUTH_MALFORMED },
		{ "Bearer " GOOD "x", REASON_AUTH_MALFORMED },
		{ "Bearer \"" GOOD "\"", REASON_AUTH_MALFORMED },
		{ "Bearer " GOOD ", Bearer " GOOD, REASON_AUTH_MALFORMED },
		{ "Bearer sclt_acme_" SECRET "0uxtcq", REASON_AUTH_MALFORMED },
		{ "Bearer sclt_acmf_" SECRET "0uxtc5", REASON_AUTH_MALFORMED },
		{ "Bearer SCLT_acme_" SECRET "0uxtc5", REASON_AUTH_MALFORMED },
		{ "Bearer sclt_acme_0uxtc5", REASON_AUTH_MALFORMED },
		{ "Bearer sclt_acme-" SECRET "0uxtc5", REASON_AUTH_MALFORMED },
		{ "Bearer sclt_", REASON_AUTH_MALFORMED },
		/* The check fits, the organization is none. */
		{ "Bearer sclt_Acme_" SECRET "4HUsiP", REASON_AUTH_MALFORMED },
		{ "Bearer sclt_a_" SECRET "07pfmi", REASON_AUTH_MALFORMED },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text org;
		enum reason reason;

		ok(!read_header(rows[i].header, &org, &reason), "\"%s\" is refused",
		    rows[i].header != NULL ? rows[i].header : "(none)");
		is_number(reason, rows[i].reason, "for that reason");
	}
}

/* One letter wrong anywhere is noticed: CRC-32 finds all errors of up to 32 bits in a row. */
static void
test_each_letter_counts(void)
{
	char header[] = "Bearer " GOOD;
	size_t missed = 0;

	for (size_t i = strlen("Bearer "); i < sizeof(header) - 1; i++) {
		char kept = header[i];
		struct text org;
		enum reason reason;

		header[i] = kept == 'x' ? 'y' : 'x';
		missed += read_header(header, &org, &reason);
		header[i] = kept;
	}
	is_number(missed, 0, "every wrong letter is noticed");
}

static void
test_digest(struct arena *arena)
{
	is_text(scim_token_digest(arena, TEXT(GOOD)),
	    TEXT("e42b11898f9447d605bbadbf9bf83b838bce2c19fe5ba0f944e4c317b7583a67"),
	    "SHA-256 of the whole token");
	is_text(scim_token_digest(arena, TEXT("abc")),
	    TEXT("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
	    "FIPS 180-2 B.1");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_keys();
	test_accepted();
	test_refused();
	test_each_letter_counts();
	test_digest(arena);
	arena_destroy(arena);
	return tap_done();
}
