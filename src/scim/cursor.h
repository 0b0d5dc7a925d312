/*
 * cursor.h - cursors of lists (RFC 9865): where a page ended, sealed.
 *
 * A cursor holds all that is needed to go on, so the server remembers nothing
 * of a walk.  To the client it is opaque; a changed one, or one of another
 * question, is noticed.
 */
#ifndef SCIM_CURSOR_H
#define SCIM_CURSOR_H

#include <stdint.h>

#include "base/arena.h"
#include "scim/error.h"

/* How long a cursor is good for: cursorTimeout of RFC 9865 4. */
#define SCIM_CURSOR_SECONDS 3600

/* The last resource of a page, by what lists are ordered by. */
struct list_place {
	struct text key;        /* of sortBy; unset: no value, or nothing is sorted by */
	struct text created;
	struct text id;         /* unset: no place at all */
};

/* What a cursor is bound to. */
struct cursor_bond {
	struct text key;        /* secret bytes */
	struct text question;   /* organization, types, filter, order: anything that tells them apart */
	long count;             /* resources per page */
	int64_t now;            /* seconds since 1970 */
};

/* The cursor of a place: characters of RFC 3986 2.3 only. */
struct text scim_cursor_write(struct arena *arena, const struct cursor_bond *bond,
    const struct list_place *place);

/*
 * The place of a cursor; its texts live in the arena.  Errors (RFC 9865 2.1):
 * 400 invalidCursor, expiredCursor, invalidCount.
 */
bool scim_cursor_read(struct arena *arena, const struct cursor_bond *bond, struct text cursor,
    struct list_place *place, struct scim_error *error) MUST_CHECK;

#endif
