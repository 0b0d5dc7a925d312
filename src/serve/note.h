/*
 * note.h - what is noted after the answer was sent, so that nobody waits for
 * it: uses of tokens, places in lists, lookups in vain, callers turned away.
 */
#ifndef SERVE_NOTE_H
#define SERVE_NOTE_H

#include <stdint.h>

#define NOTES_REMEMBERED 64

/* What one kind of note may cost a worker: nothing twice a minute, and not too many an hour. */
struct note_budget {
	uint32_t recent[NOTES_REMEMBERED];
	int count;              /* of the recent ones */
	int64_t minute, hour;
	int spent;              /* in this hour */
};

#endif
