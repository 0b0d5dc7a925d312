/*
 * scim_cursor.c - cursors: what goes in comes out, and nothing else is believed.
 *
 * The cursor written out below was made with Python's hmac, hashlib and base64.
 */
#include "base/digest.h"
#include "scim/cursor.h"
#include "unit/tap.h"

#define CREATED TEXT("2026-01-02T03:04:05.678Z")
#define ID TEXT("0b8e8a5e-0d5f-4c58-9a3e-0a4f5e7d9c11")
#define NOW 1767323045

static struct cursor_bond
bond(void)
{
	return (struct cursor_bond){ TEXT("0123456789abcdef0123456789abcdef"),
	    TEXT("acme\nUser\nuserName sw \"p\""), 50, NOW };
}

/* The reason for which a cursor is refused under a bond; REASON_NONE: it is not. */
static enum reason
read_cursor(struct arena *arena, struct cursor_bond under, struct text cursor,
    struct list_place *place)
{
	struct scim_error error = { .reason = REASON_NONE };

	*place = (struct list_place){ TEXT_NONE, TEXT_NONE, TEXT_NONE };
	if (scim_cursor_read(arena, &under, cursor, place, &error))
		return REASON_NONE;
	return error.reason;
}

static enum reason
reason_of(struct arena *arena, struct cursor_bond under, struct text cursor)
{
	struct list_place place;

	return read_cursor(arena, under, cursor, &place);
}

static struct text
write_cursor(struct arena *arena, struct text key)
{
	const struct cursor_bond under = bond();
	const struct list_place place = { key, CREATED, ID };

	return scim_cursor_write(arena, &under, &place);
}

static bool
is_unreserved(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
		    text.start[i]) == NULL)
			return false;
	return text.length > 0;
}

static void
test_places(struct arena *arena)
{
	const struct text keys[] = { TEXT_NONE, TEXT(""), TEXT("p"), TEXT("pq"), TEXT("pqr"),
	    TEXT("two\nlines\n"), TEXT("\xc3\xa9\xf0\x9f\x98\x80"), TEXT("2026-01-02 03:04:05+00") };

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct text cursor = write_cursor(arena, keys[i]);
		struct list_place place;

		ok(is_unreserved(cursor), "only unreserved characters (RFC 3986 2.3)");
		is_number(read_cursor(arena, bond(), cursor, &place), REASON_NONE, "it is read");
		is_text(place.created, CREATED, "created");
		is_text(place.id, ID, "id");
		is_text(place.key, keys[i], "the sort key");
		is_number(text_is_set(place.key), text_is_set(keys[i]), "or that there is none");
	}
}

static void
test_another_implementation(struct arena *arena)
{
	is_text(write_cursor(arena, TEXT("jane")), TEXT("j_ik4lewLAiZl1VocmIv_TE3NjczMjY2NDUKNTAKMjAyNi0wMS0wMlQwMzowNDow"
	    "NS42NzhaCjBiOGU4YTVlLTBkNWYtNGM1OC05YTNlLTBhNGY1ZTdkOWMxMQpqYW5l"), "as Python writes it");
}

static void
test_changes(struct arena *arena)
{
	struct text cursor = write_cursor(arena, TEXT("pqr"));
	char *changed = arena_alloc(arena, cursor.length + 2);
	size_t believed = 0;

	memcpy(changed, cursor.start, cursor.length);
	for (size_t i = 0; i < cursor.length; i++) {
		changed[i] = cursor.start[i] == 'A' ? 'B' : 'A';
		believed += reason_of(arena, bond(), (struct text){ changed, cursor.length }) !=
		    REASON_CURSOR_INVALID;
		changed[i] = cursor.start[i];
	}
	is_number(believed, 0, "every changed character is noticed");
	for (size_t length = 0; length < cursor.length; length++)
		believed += reason_of(arena, bond(), text_first(cursor, length)) !=
		    REASON_CURSOR_INVALID;
	is_number(believed, 0, "and every cut");
	changed[cursor.length] = 'A';
	is_number(reason_of(arena, bond(), (struct text){ changed, cursor.length + 1 }),
	    REASON_CURSOR_INVALID, "and what was added");
}

static void
test_bonds(struct arena *arena)
{
	struct text cursor = write_cursor(arena, TEXT("p"));
	struct cursor_bond other = bond();

	other.key = TEXT("0123456789abcdef0123456789abcdeF");
	is_number(reason_of(arena, other, cursor), REASON_CURSOR_INVALID, "another key");
	other = bond();
	other.question = TEXT("acme\nUser\nuserName sw \"q\"");
	is_number(reason_of(arena, other, cursor), REASON_CURSOR_INVALID, "another question");
	other = bond();
	other.count = 51;
	is_number(reason_of(arena, other, cursor), REASON_COUNT_INVALID, "another count");
	other = bond();
	other.now += SCIM_CURSOR_SECONDS - 1;
	is_number(reason_of(arena, other, cursor), REASON_NONE, "its last second");
	other.now++;
	is_number(reason_of(arena, other, cursor), REASON_CURSOR_EXPIRED, "one second later");
	other.count = 51;
	is_number(reason_of(arena, other, cursor), REASON_CURSOR_EXPIRED,
	    "a client is told of the first cause");
}

/* RFC 4231 4.3 */
static void
test_hmac(void)
{
	static const unsigned char second[] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a,
	    0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
	    0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 };
	unsigned char digest[DIGEST_SIZE];

	digest_hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), digest);
	ok(digest_is_equal(digest, second, sizeof(second)), "RFC 4231 test case 2");
	digest[31] ^= 1;
	ok(!digest_is_equal(digest, second, sizeof(second)), "one bit of difference is seen");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_places(arena);
	test_another_implementation(arena);
	test_changes(arena);
	test_bonds(arena);
	test_hmac();
	arena_destroy(arena);
	return tap_done();
}
