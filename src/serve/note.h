/*
 * note.h - what is noted after the answer was sent, so that nobody waits for
 * it: uses of tokens, places in lists, lookups in vain, callers turned away.
 */
#ifndef SERVE_NOTE_H
#define SERVE_NOTE_H

#include "serve/exchange.h"

#define NOTES_REMEMBERED 64

/* What one kind of note may cost a worker: nothing twice a minute, and not too many an hour. */
struct note_budget {
	uint32_t recent[NOTES_REMEMBERED];
	int count;              /* of the recent ones */
	int64_t minute, hour;
	int spent;              /* in this hour */
};

/* For the life of a worker; begins all zero. */
struct note_budgets {
	struct note_budget lookups, refused;
};

/* The answer does not depend on any of it: what cannot be noted is a line of the server's log. */
void note_all(struct exchange *exchange, struct note_budgets *budgets);

#endif
