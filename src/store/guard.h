/*
 * guard.h - the guard against mass removal, and undoing what passed it.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "store/session.h"

/* The columns of guard_list. */
enum guard_column {
	GUARD_ORG,
	GUARD_STATE,
	GUARD_STOPPED,
	GUARD_REFUSED,
	GUARD_RELEASED_UNTIL,
	GUARD_RELEASED_BY,
	GUARD_COLUMNS
};

/* The columns of undo: what it did or would do. */
enum undo_column {
	UNDO_ACTION,            /* restored, removed, changed, members or collision */
	UNDO_RESOURCE_TYPE,
	UNDO_ID,
	UNDO_NAME,
	UNDO_DETAIL,
	UNDO_CHANGES,           /* of who is changed: {"title": [now, what it becomes]}; else NULL */
	UNDO_SINCE,             /* the time that it is about, as struct undo takes it */
	UNDO_COLUMNS
};

/* Which changes are undone. */
struct undo {
	struct text ago, since;         /* one of them: an interval ("2 hours"), or a UTC time */
	struct text token;              /* only what this one did, or TEXT_NONE */
	bool dry_run;
};

bool store_guard_list(struct session *session, struct pg_rows **rows) MUST_CHECK;
/*
 * For a span (an interval), or until a UTC time.  A row: how many were refused,
 * and until when all pass.  No row: there is no such organization.  SQLSTATE
 * 22023: that time is past.
 */
bool store_guard_release(struct session *session, struct text span, struct text until,
    struct pg_rows **rows) MUST_CHECK;
/*
 * All is done or, where a row is a collision, nothing.  No row: no such organization; a row
 * without action: there is nothing to undo.
 */
bool store_undo(struct session *session, const struct undo *undo, struct pg_rows **rows) MUST_CHECK;

#endif
