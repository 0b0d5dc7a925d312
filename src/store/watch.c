/*
 * watch.c - looks at the request log, and the marks between them.
 */
#include <stdio.h>

#include "base/buffer.h"
#include "store/watch.h"

static void
keep(char *place, struct text text)
{
	snprintf(place, WATCH_TEXT_MAX, "%.*s", TEXT_FORMAT(text));
}

static struct text
kept(const char *place)
{
	return place[0] != '\0' ? text_of(place) : TEXT_NONE;
}

static bool
begin(struct session *session, void *context)
{
	struct watch *watch = context;
	struct pg_rows *rows;

	pg_queue_command(session->pg, "LISTEN scimlet_log");
	if (!session_run_and_commit(session, STATEMENT_WATCH_BEGIN,
	    PG_PARAMETERS(session->org, kept(watch->id)), &rows))
		return false;
	keep(watch->id, pg_count(rows) == 1 ? pg_text(rows, 0, 0) : TEXT(""));
	return true;
}

bool
store_watch_begin(struct session *session, struct watch *watch)
{
	session->read_only = false;
	return session_transact(session, begin, watch);
}

/* Where the next look goes on; see struct watch. */
static void
move_on(struct watch *watch, const struct pg_rows *rows)
{
	bool first = watch->snapshot.length == 0;

	buffer_clear(&watch->snapshot);
	buffer_append(&watch->snapshot, pg_text(rows, 0, WATCH_SNAPSHOT));
	if (first)
		keep(watch->floor, pg_text(rows, 0, WATCH_DAY_BEFORE));
	else if (pg_number(rows, 0, WATCH_XMIN) < watch->next_number)
		return;
	else
		memcpy(watch->floor, watch->next_floor, sizeof(watch->floor));
	keep(watch->next_floor, pg_text(rows, 0, WATCH_LOOKED));
	watch->next_number = pg_number(rows, 0, WATCH_XMAX);
}

bool
store_watch_look(struct session *session, struct watch *watch, struct pg_rows **rows)
{
	struct text snapshot = watch->snapshot.length > 0 ? buffer_text(&watch->snapshot) : TEXT_NONE;

	if (!session_statement(session, true, STATEMENT_WATCH_LOOK, PG_PARAMETERS(session->org,
	    snapshot, kept(watch->floor), watch->only_refusals ? TEXT("t") : TEXT("f")), rows))
		return false;
	move_on(watch, *rows);
	return true;
}

bool
store_watch_end(struct session *session, struct watch *watch)
{
	struct pg_rows *rows;

	buffer_release(&watch->snapshot);
	return watch->id[0] == '\0' || session_statement(session, false, STATEMENT_WATCH_END,
	    PG_PARAMETERS(session->org, kept(watch->id)), &rows);
}
