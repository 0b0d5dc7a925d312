/*
 * transfer_pull.c - which pages of another server are asked for, and that
 * every server, however it lies, comes to an end.
 *
 * The server is a function; what is asked, waited for and read is written
 * down, and compared.
 */
#include "base/buffer.h"
#include "json/write.h"
#include "transfer/pull.h"
#include "unit/tap.h"

#define CONFIGURATION "/ServiceProviderConfig"
#define REQUESTS_MAX 200

struct server {
	void (*answer)(struct server *server, struct text target, struct pull_answer *answer);
	struct buffer asked, body;
	int requests;
	long people, groups;            /* it has */
	long most;                      /* it gives at once */
	int state;                      /* of a story */
};

static long
number_behind(struct text target, const char *name)
{
	size_t at = text_find(target, text_of(name));
	long number = 0;

	for (at += strlen(name); at < target.length && target.start[at] >= '0' &&
	    target.start[at] <= '9'; at++)
		number = number * 10 + target.start[at] - '0';
	return number;
}

/* Resources from .. to, numbered from 1. */
static void
list(struct server *server, struct text target, long total, long from, long to, const char *more)
{
	bool users = text_starts(target, TEXT("/Users"));

	buffer_clear(&server->body);
	buffer_format(&server->body, "{\"totalResults\":%ld%s,\"Resources\":[", total, more);
	for (long i = from; i <= to; i++)
		buffer_format(&server->body, "%s{\"id\":\"%ld\",\"%s\":\"%ld\"}", i > from ? "," : "", i,
		    users ? "userName" : "displayName", i);
	buffer_append(&server->body, TEXT("]}"));
}

static void
give(struct server *server, struct pull_answer *answer, int status)
{
	answer->status = status;
	answer->body = buffer_text(&server->body);
}

static void
say(struct server *server, struct pull_answer *answer, int status, const char *body)
{
	buffer_clear(&server->body);
	buffer_append(&server->body, text_of(body));
	give(server, answer, status);
}

/* A server that does everything right, by startIndex. */
static void
honest(struct server *server, struct text target, struct pull_answer *answer)
{
	long start = number_behind(target, "startIndex="), count = number_behind(target, "count=");
	long total = text_starts(target, TEXT("/Users")) ? server->people : server->groups;
	long last = start + (count < server->most ? count : server->most) - 1;

	if (text_equal(target, TEXT(CONFIGURATION))) {
		say(server, answer, 404, "");
		return;
	}
	list(server, target, total, start, last < total ? last : total, "");
	give(server, answer, 200);
}

/* By cursor: the cursor is the last number that was given, and a character to be escaped. */
static void
with_cursor(struct server *server, struct text target, struct pull_answer *answer)
{
	long total = text_starts(target, TEXT("/Users")) ? server->people : server->groups;
	long from = number_behind(target, "cursor=") + 1, to = from + server->most - 1;
	char more[40] = "";

	if (text_equal(target, TEXT(CONFIGURATION))) {
		say(server, answer, 200, "{\"pagination\":{\"cursor\":true,\"index\":true}}");
		return;
	}
	if (to < total)
		snprintf(more, sizeof(more), ",\"nextCursor\":\"%ld/\"", to);
	list(server, target, total, from, to < total ? to : total, more);
	give(server, answer, 200);
}

static void
same_page(struct server *server, struct text target, struct pull_answer *answer)
{
	list(server, target, 100, 1, 3, "");
	give(server, answer, text_equal(target, TEXT(CONFIGURATION)) ? 404 : 200);
}

static void
same_cursor(struct server *server, struct text target, struct pull_answer *answer)
{
	if (text_equal(target, TEXT(CONFIGURATION))) {
		with_cursor(server, target, answer);
		return;
	}
	server->state++;
	list(server, target, 100, server->state, server->state, ",\"nextCursor\":\"x\"");
	give(server, answer, 200);
}

/* New people and another cursor for ever. */
static void
endless_cursor(struct server *server, struct text target, struct pull_answer *answer)
{
	char more[40];

	if (text_equal(target, TEXT(CONFIGURATION))) {
		with_cursor(server, target, answer);
		return;
	}
	snprintf(more, sizeof(more), ",\"nextCursor\":\"%d\"", ++server->state);
	list(server, target, 3, server->state * 100L, server->state * 100L + 99, more);
	give(server, answer, 200);
}

static void
promises_more(struct server *server, struct text target, struct pull_answer *answer)
{
	long start = number_behind(target, "startIndex=");

	list(server, target, 10, start, start < 4 ? 4 : start - 1, "");
	give(server, answer, text_equal(target, TEXT(CONFIGURATION)) ? 404 : 200);
}

/* The total is always more than was given. */
static void
grows(struct server *server, struct text target, struct pull_answer *answer)
{
	long start = number_behind(target, "startIndex=");

	list(server, target, start + 200, start, start + 99, "");
	give(server, answer, text_equal(target, TEXT(CONFIGURATION)) ? 404 : 200);
}

/* Somebody who was on the first page is gone before the second is asked for; somebody came, too. */
static void
moves(struct server *server, struct text target, struct pull_answer *answer)
{
	long start = number_behind(target, "startIndex=");

	if (text_starts(target, TEXT("/Groups")))
		list(server, target, 0, 1, 0, "");
	else if (start == 1)
		list(server, target, 4, 1, 2, "");
	else
		list(server, target, 4, 2, 4, "");
	give(server, answer, text_equal(target, TEXT(CONFIGURATION)) ? 404 : 200);
}

/* 429, 503, no answer, then as it should be. */
static void
busy(struct server *server, struct text target, struct pull_answer *answer)
{
	static const struct pull_answer troubles[] = {
		{ .status = 429, .retry_after = 7 }, { .status = 503, .retry_after = -1 },
		{ .status = 0, .retry_after = -1, .trouble = { "gone", 4 } },
	};

	if (text_starts(target, TEXT("/Users")) && server->state < 3)
		*answer = troubles[server->state++];
	else
		honest(server, target, answer);
}

static void
always_busy(struct server *server, struct text target, struct pull_answer *answer)
{
	if (text_equal(target, TEXT(CONFIGURATION)))
		honest(server, target, answer);
	else
		say(server, answer, 503, "{\"detail\":\"Later.\\u001b[31m\"}");
}

static void
rests_long(struct server *server, struct text target, struct pull_answer *answer)
{
	honest(server, target, answer);
	if (text_starts(target, TEXT("/Users")))
		*answer = (struct pull_answer){ .status = 429, .retry_after = 3600 };
}

static void
unauthorized(struct server *server, struct text target, struct pull_answer *answer)
{
	(void)target;
	say(server, answer, 401, "{\"detail\":\"Token expired.\"}");
}

static void
unreachable(struct server *server, struct text target, struct pull_answer *answer)
{
	(void)server;
	(void)target;
	answer->trouble = TEXT("There is no answer from the server: refused.");
}

/* More than two at once are too many. */
static void
too_large(struct server *server, struct text target, struct pull_answer *answer)
{
	honest(server, target, answer);
	if (number_behind(target, "count=") > 60)
		answer->too_large = true;
}

static void
no_list(struct server *server, struct text target, struct pull_answer *answer)
{
	(void)target;
	say(server, answer, 200, "{\"hello\":1}");
}

static void
no_json(struct server *server, struct text target, struct pull_answer *answer)
{
	(void)target;
	say(server, answer, 200, "<html>");
}

static void
no_groups(struct server *server, struct text target, struct pull_answer *answer)
{
	if (text_starts(target, TEXT("/Groups")))
		say(server, answer, 404, "");
	else
		honest(server, target, answer);
}

static void
odd_elements(struct server *server, struct text target, struct pull_answer *answer)
{
	if (text_starts(target, TEXT("/Users")))
		say(server, answer, 200, "{\"totalResults\":2,\"Resources\":[7,{\"id\":\"1\",\"displayName\":"
		    "\"person\",\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"]}]}");
	else
		no_groups(server, target, answer);
}

/* --- reading -------------------------------------------------------------------- */

static void
get(void *context, struct text target, struct pull_answer *answer)
{
	struct server *server = context;

	if (++server->requests > REQUESTS_MAX)
		answer->trouble = TEXT("asked without end"), answer->lasting = true;
	else
		server->answer(server, target, answer);
	if (!text_equal(target, TEXT(CONFIGURATION)))
		buffer_format(&server->asked, "%.*s ", TEXT_FORMAT(target));
}

static void
wait(void *context, long seconds)
{
	struct server *server = context;

	buffer_format(&server->asked, "(%ld) ", seconds);
}

/* "2 users 1-3, 1 group 1; why it ended" */
static void
read_all(struct server *server, uint64_t skip, struct buffer *out)
{
	const struct pull_transport transport = { get, wait, server };
	struct source *source = pull_open(&transport);
	struct arena *arena = arena_create();
	struct source_record record;
	enum source_step step;
	long users = 0, groups = 0, rejects = 0, last = 0;

	buffer_clear(out);
	if (skip > 0)
		ok(source_skip(source, skip), "records are skipped");
	while ((step = source_next(source, arena, &record)) == SOURCE_RECORD || step == SOURCE_REJECT) {
		rejects += step == SOURCE_REJECT;
		users += step == SOURCE_RECORD && record.type == &scim_user_type;
		groups += step == SOURCE_RECORD && record.type == &scim_group_type;
		last = (long)record.line;
		arena_reset(arena);
	}
	buffer_format(out, "%ld people, %ld groups, %ld rejects, last %ld. %.*s", users, groups, rejects,
	    last, TEXT_FORMAT(record.sentence));
	arena_destroy(arena);
	source_close(source);
}

struct story {
	const char *name;
	void (*answer)(struct server *server, struct text target, struct pull_answer *answer);
	long people, groups, most;
	uint64_t skip;
	const char *want, *asked;       /* asked NULL: whatever it was */
};

static const struct story stories[] = {
	{ "pages to the end", honest, 5, 2, 2, 0, "5 people, 2 groups, 0 rejects, last 7. ",
	    "/Users?startIndex=1&count=200 /Users?startIndex=3&count=200 /Users?startIndex=5&count=200 "
	    "/Groups?startIndex=1&count=200 " },
	{ "nobody", honest, 0, 0, 2, 0, "0 people, 0 groups, 0 rejects, last 0. ",
	    "/Users?startIndex=1&count=200 /Groups?startIndex=1&count=200 " },
	{ "a whole page is not the end", honest, 200, 0, 1000, 0, "200 people, 0 groups, 0 rejects, last 200. ",
	    "/Users?startIndex=1&count=200 /Groups?startIndex=1&count=200 " },
	{ "going on among people", honest, 5, 2, 2, 3, "2 people, 2 groups, 0 rejects, last 7. ",
	    "/Users?startIndex=4&count=200 /Groups?startIndex=1&count=200 " },
	{ "going on among groups", honest, 5, 4, 2, 7, "0 people, 2 groups, 0 rejects, last 9. ",
	    "/Users?startIndex=8&count=200 /Groups?startIndex=3&count=200 " },
	{ "cursors, escaped", with_cursor, 5, 1, 2, 0, "5 people, 1 groups, 0 rejects, last 6. ",
	    "/Users?cursor&count=200 /Users?cursor=2%2F&count=200 /Users?cursor=4%2F&count=200 "
	    "/Groups?cursor&count=200 " },
	{ "going on with cursors", with_cursor, 5, 1, 2, 3, "2 people, 1 groups, 0 rejects, last 6. ",
	    "/Users?cursor&count=200 /Users?cursor=2%2F&count=200 /Users?cursor=4%2F&count=200 "
	    "/Groups?cursor&count=200 " },
	{ "the same page for ever", same_page, 0, 0, 0, 0, "3 people, 0 groups, 0 rejects, last 3. The "
	    "server gave the same page of Users twice, so there would be no end.",
	    "/Users?startIndex=1&count=200 /Users?startIndex=4&count=200 " },
	{ "the same cursor for ever", same_cursor, 0, 0, 0, 0, "1 people, 0 groups, 0 rejects, last 1. The "
	    "server gave the same cursor twice, so there would be no end of Users.",
	    "/Users?cursor&count=200 /Users?cursor=x&count=200 " },
	{ "cursors without end", endless_cursor, 0, 0, 0, 0, "1000 people, 0 groups, 0 rejects, last 1000. "
	    "The server said that there are 3 Users, and gave 1100 so far. This is not believed.", NULL },
	{ "more is promised than is given", promises_more, 0, 0, 0, 0, "4 people, 0 groups, 0 rejects, last "
	    "4. The server said that there are 10 Users, and gave 4. Some are missing, so nothing can be "
	    "told of them.", NULL },
	{ "the total grows for ever", grows, 0, 0, 0, 0, "1300 people, 0 groups, 0 rejects, last 1300. The "
	    "server said first that there are 201 Users, and now that there are 1501. This is not "
	    "believed.", NULL },
	{ "people move while they are read", moves, 0, 0, 0, 0, "4 people, 0 groups, 0 rejects, last 4. ",
	    NULL },
	{ "a busy server is waited for", busy, 1, 0, 1, 0, "1 people, 0 groups, 0 rejects, last 1. ",
	    "/Users?startIndex=1&count=200 (7) /Users?startIndex=1&count=200 (2) "
	    "/Users?startIndex=1&count=200 (4) /Users?startIndex=1&count=200 "
	    "/Groups?startIndex=1&count=200 " },
	{ "but not for ever", always_busy, 0, 0, 0, 0, "0 people, 0 groups, 0 rejects, last 0. The server "
	    "answered 503 to /Users?startIndex=1&count=200. It says: Later.?[31m", NULL },
	{ "nor for an hour", rests_long, 0, 0, 1, 0, "0 people, 0 groups, 0 rejects, last 0. The server asks "
	    "to be left alone for 3600 seconds (429). Go on after that with --resume.",
	    "/Users?startIndex=1&count=200 " },
	{ "a wrong token", unauthorized, 0, 0, 0, 0, "0 people, 0 groups, 0 rejects, last 0. The server does "
	    "not accept the token (401). It says: Token expired.", "" },
	{ "nobody there is told at once", unreachable, 0, 0, 0, 0, "0 people, 0 groups, 0 rejects, last 0. "
	    "There is no answer from the server: refused.", "" },
	{ "pages that are too large are asked for in halves", too_large, 51, 0, 100, 0, "51 people, 0 "
	    "groups, 0 rejects, last 51. ", "/Users?startIndex=1&count=200 /Users?startIndex=1&count=100 "
	    "/Users?startIndex=1&count=50 /Users?startIndex=51&count=50 /Groups?startIndex=1&count=200 "
	    "/Groups?startIndex=1&count=100 /Groups?startIndex=1&count=50 " },
	{ "no list", no_list, 0, 0, 0, 0, "0 people, 0 groups, 0 rejects, last 0. What the server answers is "
	    "no list: there is no totalResults in it.", NULL },
	{ "no JSON", no_json, 0, 0, 0, 0, "0 people, 0 groups, 0 rejects, last 0. What the server answers "
	    "cannot be read: an object was expected.", NULL },
	{ "a server without groups", no_groups, 1, 0, 1, 0, "1 people, 0 groups, 0 rejects, last 1. ", NULL },
	{ "what is no resource, and one that says it is another", odd_elements, 0, 0, 0, 0,
	    "1 people, 0 groups, 1 rejects, last 2. ", NULL },
};

int
main(void)
{
	struct buffer out = { 0 };

	for (size_t i = 0; i < COUNT_OF(stories); i++) {
		const struct story *story = &stories[i];
		struct server server = { .answer = story->answer, .people = story->people,
			.groups = story->groups, .most = story->most };

		read_all(&server, story->skip, &out);
		is_text(buffer_text(&out), text_of(story->want), "%s", story->name);
		if (story->asked != NULL)
			is_text(buffer_text(&server.asked), text_of(story->asked), "%s: what was asked",
			    story->name);
		buffer_release(&server.asked);
		buffer_release(&server.body);
	}
	buffer_release(&out);
	return tap_done();
}
