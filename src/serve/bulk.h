/*
 * bulk.h - a bulk at work (RFC 7644 3.7).
 */
#ifndef SERVE_BULK_H
#define SERVE_BULK_H

#include "scim/bulk.h"
#include "scim/patch.h"
#include "serve/exchange.h"

/* A member of a group who was named before being made. */
struct awaited_member {
	struct text group;
	size_t target;              /* the POST that makes the member */
	size_t operation;           /* that named it */
	bool ended;                 /* taken out again by ended_by, before it was there */
	size_t ended_by;
};

struct bulk_run {
	struct exchange *exchange;          /* of the bulk itself */
	struct bulk bulk;
	struct bulk_outcome *outcomes;      /* of each operation */
	struct log_subject *sent;           /* of each operation: taken before it works on its data */
	struct scim_error *errors_of;       /* of each operation: what outcomes point to */
	struct arena *scratch;              /* emptied after each operation */

	/* The piece at work: the places of one transaction. */
	size_t first, end;
	size_t errors, errors_before;       /* so far; before this piece */
	size_t *vain;           /* of each operation: the later one it waits for in vain, plus 1; or 0 */
	bool no_later;          /* nobody may wait for a later one any more */
	bool again;             /* some waited in vain: the piece must be run without them */

	size_t at;                          /* the operation at work */
	struct awaited_member *awaited;
	size_t awaited_count, awaited_capacity;
};

/* refusal.c: a row of the request log for each operation that was refused. */
void refusal_note_bulk(const struct bulk_run *run);
/* The method of this name, in upper case; HTTP_METHOD_OTHER: bulk has none. */
enum http_method bulk_method(struct text name);

/* Did the operation succeed, as far as is known by now? */
bool bulk_made(const struct bulk_run *run, size_t operation);

/*
 * Members who are made later in the bulk are kept back until they are there:
 * true for one who is.  A change that takes one out again ends the waiting.
 * run NULL: no bulk, nobody is awaited.
 */
bool bulk_members_await(struct bulk_run *run, struct text group, enum members_change change,
    struct text member);
/* The group's members are set anew, or the group is deleted. */
void bulk_members_end(struct bulk_run *run, struct text group);
/* The operation failed: what it awaited or ended is as before. */
void bulk_members_undo(struct bulk_run *run, size_t operation);
/* Adds those who were made at these places.  On false the transaction is broken. */
bool bulk_members_add(struct bulk_run *run, size_t first, size_t end) MUST_CHECK;

#endif
