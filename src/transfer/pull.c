/*
 * pull.c - which pages are asked for, and when a server is not believed.
 *
 * Servers lie: they give the same page for ever, promise more than they have,
 * or grow while they are read.  Everything here ends: a page must bring
 * somebody new, and there cannot be more than twice what was promised first.
 */
#include <stdlib.h>

#include "base/fatal.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/resource.h"
#include "transfer/input.h"
#include "transfer/pull.h"

#define PAGE 200                /* resources that are asked for at once */
#define TRIES 6                 /* of one request that is answered 429 or 5xx, or not at all */
#define WAIT_MAX 300            /* seconds that a server may ask us to wait */
/* While pages are read people come and go. */
#define GROWTH(total) (2 * (total) + 1000)

struct page {
	struct arena *arena;
	const struct json_value *resources;     /* NULL: none was read yet */
};

struct pull {
	struct pull_transport transport;
	bool begun, ended;
	bool by_cursor;
	const struct resource_type *type;       /* what is read now */
	long count;                     /* what is asked for: less where a page was too large */
	long given, promised, promised_first;   /* of this type; -1: nothing was promised yet */
	long number;                    /* records so far, of both types */
	long skip;                      /* of those that come first */
	struct arena *kept;             /* of the cursor */
	struct text cursor;
	struct page now, before;
	size_t at;                      /* the next resource of the page at hand */
};

static struct pull *
state_of(struct source *source)
{
	return source->state;
}

static bool
fail(struct source_record *record, struct text sentence)
{
	record->sentence = sentence;
	return false;
}

/* --- one request --------------------------------------------------------------- */

/* What a server says goes to a terminal. */
static struct text
harmless(struct arena *arena, struct text text)
{
	char *copy = arena_string(arena, text_first(text, text_utf8_prefix(text)));
	size_t length = strlen(copy) < 300 ? strlen(copy) : 300;

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f ||
		    ((unsigned char)copy[i] == 0xc2 && (unsigned char)copy[i + 1] < 0xa0))
			copy[i] = '?';
	return (struct text){ copy, text_utf8_prefix((struct text){ copy, length }) };
}

/* The detail of a SCIM error (RFC 7644 3.12), or nothing. */
static struct text
detail_of(struct arena *arena, struct text body)
{
	struct json_trouble trouble;
	struct json_value *message;
	const struct json_value *detail;

	if (body.length == 0 || !json_read(arena, body, &message, &trouble))
		return TEXT("");
	detail = scim_member(message, TEXT("detail"));
	if (detail == NULL || detail->kind != JSON_STRING)
		return TEXT("");
	return ARENA_JOIN(arena, TEXT(" It says: "), harmless(arena, detail->text));
}

/* A server that cannot be reached at all is told of at once. */
static bool
worth_another_try(const struct pull *pull, const struct pull_answer *answer)
{
	return answer->status == 429 || (answer->status >= 502 && answer->status <= 504) ||
	    (answer->status == 0 && !answer->lasting && pull->begun);
}

/* Asks until there is an answer that waiting would not change; false: the server wants too long a rest. */
static bool
ask(struct pull *pull, struct arena *arena, struct text target, struct pull_answer *answer,
    struct source_record *record)
{
	long pause = 1;

	for (int try = 1;; try++) {
		*answer = (struct pull_answer){ .retry_after = -1 };
		pull->transport.get(pull->transport.context, target, answer);
		if (!worth_another_try(pull, answer) || try == TRIES)
			return true;
		if (answer->retry_after > WAIT_MAX)
			return fail(record, arena_format(arena, "The server asks to be left alone for %ld "
			    "seconds (%d). Go on after that with --resume.", answer->retry_after,
			    answer->status));
		pull->transport.wait(pull->transport.context,
		    answer->retry_after >= 0 ? answer->retry_after : pause);
		pause *= 2;
	}
}

static bool
refuse_answer(struct arena *arena, struct text target, const struct pull_answer *answer,
    struct source_record *record)
{
	if (answer->status == 0)
		return fail(record, arena_copy(arena, answer->trouble));
	if (answer->status == 401)
		return fail(record, arena_format(arena, "The server does not accept the token (401).%.*s",
		    TEXT_FORMAT(detail_of(arena, answer->body))));
	return fail(record, arena_format(arena, "The server answered %d to %.*s.%.*s", answer->status,
	    TEXT_FORMAT(target), TEXT_FORMAT(detail_of(arena, answer->body))));
}

/* Only a server that says so knows cursors; one without a ServiceProviderConfig has pages. */
static bool
read_configuration(struct pull *pull, struct arena *arena, struct source_record *record)
{
	const struct text target = TEXT("/ServiceProviderConfig");
	struct pull_answer answer;
	struct json_trouble trouble;
	struct json_value *configuration;
	const struct json_value *cursor;

	if (!ask(pull, arena, target, &answer, record))
		return false;
	if (answer.status == 0 || answer.status == 401)
		return refuse_answer(arena, target, &answer, record);
	if (answer.status != 200 || answer.too_large ||
	    !json_read(arena, answer.body, &configuration, &trouble))
		return true;
	cursor = scim_member(scim_member(configuration, TEXT("pagination")), TEXT("cursor"));
	pull->by_cursor = cursor != NULL && cursor->kind == JSON_BOOLEAN && cursor->boolean;
	return true;
}

/* --- pages ----------------------------------------------------------------------- */

/* A cursor is any text (RFC 9865 2): in an address only what RFC 3986 2.3 leaves unreserved stands as it is. */
static struct text
escaped(struct arena *arena, struct text text)
{
	struct buffer out = { 0 };
	struct text result;

	for (size_t i = 0; i < text.length; i++) {
		char byte = text.start[i];

		if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		    (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL))
			buffer_append_byte(&out, byte);
		else
			buffer_format(&out, "%%%02X", (unsigned char)byte);
	}
	result = arena_copy(arena, buffer_text(&out));
	buffer_release(&out);
	return result;
}

static struct text
target_of(const struct pull *pull, struct arena *arena)
{
	struct text endpoint = pull->type->endpoint;

	if (!pull->by_cursor)
		return arena_format(arena, "%.*s?startIndex=%ld&count=%ld", TEXT_FORMAT(endpoint),
		    pull->given + 1, pull->count);
	/* The first page is asked for by a cursor without a value. */
	return arena_format(arena, "%.*s?cursor%s%.*s&count=%ld", TEXT_FORMAT(endpoint),
	    pull->cursor.length > 0 ? "=" : "", TEXT_FORMAT(escaped(arena, pull->cursor)), pull->count);
}

static bool
read_total(struct pull *pull, struct arena *arena, const struct json_value *list,
    struct source_record *record)
{
	const struct json_value *total = scim_member(list, TEXT("totalResults"));
	long number;

	if (total == NULL || total->kind != JSON_NUMBER || !text_to_long(total->text, &number) ||
	    number < 0) {
		/* With a cursor it may be left out (RFC 9865 2.1). */
		if (pull->by_cursor && total == NULL)
			return true;
		return fail(record, TEXT("What the server answers is no list: there is no totalResults in it."));
	}
	if (pull->promised_first < 0)
		pull->promised_first = number;
	pull->promised = number;
	if (number <= GROWTH(pull->promised_first))
		return true;
	return fail(record, arena_format(arena, "The server said first that there are %ld %.*ss, and now "
	    "that there are %ld. This is not believed.", pull->promised_first,
	    TEXT_FORMAT(pull->type->name), number));
}

static struct text
id_of(const struct json_value *resource)
{
	const struct json_value *id = scim_member(resource, TEXT("id"));

	return id != NULL && id->kind == JSON_STRING ? id->text : TEXT_NONE;
}

/* Was it on the page before?  When somebody is deleted meanwhile, others move to earlier pages, or later ones. */
static bool
was_before(const struct pull *pull, const struct json_value *resource)
{
	struct text id = id_of(resource);

	for (size_t i = 0; text_is_set(id) && pull->before.resources != NULL &&
	    i < pull->before.resources->count; i++)
		if (text_equal(id, id_of(pull->before.resources->items[i])))
			return true;
	return false;
}

static bool
check_news(const struct pull *pull, struct arena *arena, struct source_record *record)
{
	const struct json_value *resources = pull->now.resources;

	for (size_t i = 0; i < resources->count; i++)
		if (!was_before(pull, resources->items[i]))
			return true;
	return resources->count == 0 || fail(record, arena_format(arena, "The server gave the same page "
	    "of %.*ss twice, so there would be no end.", TEXT_FORMAT(pull->type->name)));
}

static bool
keep_cursor(struct pull *pull, struct arena *arena, const struct json_value *list,
    struct source_record *record)
{
	const struct json_value *next = scim_member(list, TEXT("nextCursor"));
	struct text cursor = next != NULL && next->kind == JSON_STRING ? next->text : TEXT("");

	if (cursor.length > 0 && text_equal(cursor, pull->cursor))
		return fail(record, arena_format(arena, "The server gave the same cursor twice, so there "
		    "would be no end of %.*ss.", TEXT_FORMAT(pull->type->name)));
	arena_reset(pull->kept);
	pull->cursor = arena_copy(pull->kept, cursor);
	return true;
}

static bool
take_page(struct pull *pull, const struct json_value *list, struct source_record *record)
{
	struct arena *arena = pull->now.arena;
	const struct json_value *resources = scim_member(list, TEXT("Resources"));

	if (resources != NULL && resources->kind != JSON_ARRAY && resources->kind != JSON_NULL)
		return fail(record, TEXT("What the server answers is no list: Resources is no array."));
	/* RFC 7644 3.4.2: none is the same as an empty one. */
	pull->now.resources = resources != NULL && resources->kind == JSON_ARRAY ? resources :
	    json_new_array(arena);
	pull->given += (long)pull->now.resources->count;
	return read_total(pull, arena, list, record) && check_news(pull, arena, record) &&
	    keep_cursor(pull, arena, list, record) &&
	    (pull->promised_first < 0 || pull->given <= GROWTH(pull->promised_first) ||
	    pull->now.resources->count == 0 ||
	    fail(record, arena_format(arena, "The server said that there are %ld %.*ss, and gave %ld so "
	    "far. This is not believed.", pull->promised_first, TEXT_FORMAT(pull->type->name),
	    pull->given)));
}

/* The page at hand becomes the one before. */
static void
turn_page(struct pull *pull)
{
	struct page old = pull->before;

	pull->before = pull->now;
	pull->now = old;
	arena_reset(pull->now.arena);
	pull->now.resources = NULL;
	pull->at = 0;
}

/* Fewer resources at once, when so many were more than is taken at once. */
static bool
halve(struct pull *pull, struct source_record *record, const char *what)
{
	pull->count /= 2;
	return pull->count > 0 || fail(record, arena_format(pull->now.arena,
	    "What the server answers cannot be read: %s.", what));
}

enum page_read { PAGE_READ, PAGE_TOO_LARGE, PAGE_BROKEN };

static enum page_read
read_page(struct pull *pull, struct source_record *record)
{
	struct arena *arena = pull->now.arena;
	struct text target = target_of(pull, arena);
	struct pull_answer answer;
	struct json_trouble trouble;
	struct json_value *list;

	if (!ask(pull, arena, target, &answer, record))
		return PAGE_BROKEN;
	/* Some servers have no groups. */
	if ((answer.status == 404 || answer.status == 501) && pull->type == &scim_group_type &&
	    pull->given == 0) {
		pull->now.resources = json_new_array(arena);
		pull->promised = 0;
		return PAGE_READ;
	}
	if (answer.status != 200 && !answer.too_large) {
		(void)refuse_answer(arena, target, &answer, record);
		return PAGE_BROKEN;
	}
	if (answer.too_large)
		return halve(pull, record, "it is too large") ? PAGE_TOO_LARGE : PAGE_BROKEN;
	if (!json_read(arena, arena_copy(arena, answer.body), &list, &trouble))
		return halve(pull, record, trouble.what) ? PAGE_TOO_LARGE : PAGE_BROKEN;
	return take_page(pull, list, record) ? PAGE_READ : PAGE_BROKEN;
}

static bool
next_page(struct pull *pull, struct source_record *record)
{
	enum page_read found;

	turn_page(pull);
	do {
		found = read_page(pull, record);
	} while (found == PAGE_TOO_LARGE);
	return found == PAGE_READ;
}

/* --- the walk -------------------------------------------------------------------- */

static void
begin_type(struct pull *pull, const struct resource_type *type)
{
	pull->type = type;
	pull->count = PAGE;
	pull->given = 0;
	pull->promised = pull->promised_first = -1;
	pull->cursor = TEXT("");
	pull->now.resources = pull->before.resources = NULL;
}

/* Is there nothing more of this type?  Broken: there should be. */
static bool
is_over(const struct pull *pull, struct source_record *record, bool *broken)
{
	bool empty = pull->now.resources->count == 0;
	struct arena *arena = pull->now.arena;

	if (pull->by_cursor ? pull->cursor.length > 0 && !empty : pull->given < pull->promised && !empty)
		return false;
	*broken = pull->promised > pull->given && !fail(record, arena_format(arena, "The server said "
	    "that there are %ld %.*ss, and gave %ld. Some are missing, so nothing can be told of them.",
	    pull->promised, TEXT_FORMAT(pull->type->name), pull->given));
	return true;
}

/* Of what is skipped, that which is more than there are people is groups. */
static void
begin_groups(struct pull *pull)
{
	long beyond = pull->skip > 0 && pull->given > pull->promised ? pull->given - pull->promised : 0;

	begin_type(pull, &scim_group_type);
	pull->given = beyond;
}

/* A page with something on it is at hand; false: it is over, or broken, then with a sentence. */
static bool
find_resource(struct pull *pull, struct source_record *record)
{
	bool broken = false;

	while (pull->now.resources == NULL || pull->at == pull->now.resources->count) {
		if (pull->now.resources != NULL && is_over(pull, record, &broken)) {
			if (broken || pull->type == &scim_group_type)
				return false;
			begin_groups(pull);
		}
		if (!next_page(pull, record))
			return false;
	}
	return true;
}

/* The next one that was not on the page before. */
static const struct json_value *
next_resource(struct pull *pull, struct source_record *record)
{
	while (find_resource(pull, record)) {
		const struct json_value *resource = pull->now.resources->items[pull->at++];

		if (!was_before(pull, resource))
			return resource;
	}
	return NULL;
}

static enum source_step
stop(struct pull *pull, struct arena *arena, struct source_record *record)
{
	pull->ended = true;
	if (!text_is_set(record->sentence))
		return SOURCE_END;
	/* The page's memory goes with the source. */
	record->sentence = arena_copy(arena, record->sentence);
	return SOURCE_BROKEN;
}

/* With cursors there is no other way to a place than through all that is before it. */
static bool
skip_by_cursor(struct pull *pull, struct source_record *record)
{
	for (long i = 0; i < pull->skip; i++)
		if (next_resource(pull, record) == NULL)
			return !text_is_set(record->sentence);
	return true;
}

static bool
begin(struct pull *pull, struct source_record *record)
{
	if (!read_configuration(pull, pull->now.arena, record))
		return false;
	pull->begun = true;
	if (pull->by_cursor)
		return skip_by_cursor(pull, record);
	pull->given = pull->skip;
	return true;
}

static enum source_step
next(struct source *source, struct arena *arena, struct source_record *record)
{
	struct pull *pull = state_of(source);
	const struct json_value *resource;
	enum source_step step;

	record->line = (size_t)pull->number + 1;
	if (pull->ended)
		return SOURCE_END;
	if (!pull->begun && !begin(pull, record))
		return stop(pull, arena, record);
	resource = next_resource(pull, record);
	if (resource == NULL)
		return stop(pull, arena, record);
	record->line = (size_t)++pull->number;
	/* Printed and read again, for the page's memory will be used for another page. */
	step = source_read_json(arena, json_to_text(arena, resource), record);
	/* Where it was found is surer than what it says. */
	record->type = pull->type;
	return step;
}

static void
skip(struct source *source, uint64_t records)
{
	state_of(source)->skip = state_of(source)->number = (long)records;
}

static void
end(struct source *source)
{
	struct pull *pull = state_of(source);

	arena_destroy(pull->kept);
	arena_destroy(pull->now.arena);
	arena_destroy(pull->before.arena);
	free(pull);
}

static const struct source_format format = {
	.name = "pull", .place = "resource", .next = next, .skip = skip, .end = end,
};

struct source *
pull_open(const struct pull_transport *transport)
{
	static const struct source_options none = { NULL, 0 };
	struct source *source = calloc(1, sizeof(*source));
	struct pull *pull = calloc(1, sizeof(*pull));

	if (source == NULL || pull == NULL)
		fatal("out of memory");
	pull->transport = *transport;
	pull->kept = arena_create();
	pull->now.arena = arena_create();
	pull->before.arena = arena_create();
	begin_type(pull, &scim_user_type);
	source->format = &format;
	source->options = &none;
	source->state = pull;
	return source;
}
