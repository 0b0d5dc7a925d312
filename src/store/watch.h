/*
 * watch.h - following the request log: every row once, when its transaction
 * has been committed.
 *
 * Rows are seen in the order of commits, not of their times, and no counter
 * follows that order.  So each look remembers its snapshot, and shows what
 * this one sees and the last did not.  NOTIFY only says when to look.
 */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "base/buffer.h"
#include "store/session.h"

/* The columns of a look; without news there is one row with WATCH_ORG unset. */
enum watch_column {
	WATCH_SNAPSHOT,
	WATCH_XMIN,
	WATCH_XMAX,
	WATCH_LOOKED,           /* when; and a day earlier, the floor of the first look: */
	WATCH_DAY_BEFORE,       /* of a transaction that takes longer rows may be missed */
	WATCH_ORG,
	WATCH_ROW,              /* from here on as in log_show */
};

#define WATCH_TEXT_MAX 64

/* { 0 } has seen nothing: its first look shows no rows. */
struct watch {
	bool only_refusals;
	char id[WATCH_TEXT_MAX];        /* of scim.watchers; "": none yet */
	struct buffer snapshot;         /* of the last look */
	/*
	 * What the last look did not see was written after floor.  Transactions
	 * from number next_number on began after the time next_floor, which
	 * becomes the floor as soon as all before them have ended.
	 */
	char floor[WATCH_TEXT_MAX], next_floor[WATCH_TEXT_MAX];
	long next_number;
};

/*
 * Has writers notify this connection for the next minute; session->org is
 * EVERY_ORGANIZATION for all.  To be repeated before that is over, and after
 * the connection was lost.  watch->id stays empty: there is no such organization.
 */
bool store_watch_begin(struct session *session, struct watch *watch) MUST_CHECK;
/* What was committed since the last look that succeeded. */
bool store_watch_look(struct session *session, struct watch *watch, struct pg_rows **rows)
    MUST_CHECK;
/* Nobody needs to notify any more; gives memory back. */
bool store_watch_end(struct session *session, struct watch *watch) MUST_CHECK;

#endif
