/*
 * batches.h - the batches of an import on their way into the database: one
 * after the other, or two at a time on two connections where that makes no
 * difference but in time.
 */
#ifndef CLI_BATCHES_H
#define CLI_BATCHES_H

#include "store/import.h"
#include "transfer/names.h"

#define BATCHES_MAX 2

/* What has been read and is to go in together. */
struct batch {
	struct import_batch records;
	struct names names;
};

enum batches_outcome {
	BATCHES_FINE,
	BATCHES_FAILED,         /* the error of the session says why */
	BATCHES_TAKEN,          /* another session imports into the organization */
};

struct batches {
	struct session *session;        /* that has begun the run */
	struct import_run *run;
	bool one_by_one;                /* all in one transaction: a dry run */
	/* Told of each batch that is in, in the order of the file. */
	void (*landed)(void *context, const struct import_result *result);
	void *context;

	/* Private. */
	struct flight {
		struct session session;
		struct arena *arena;
		struct batch batch;
		bool beside;
		struct import_result result;
	} flights[BATCHES_MAX];
	struct flight *under_way[BATCHES_MAX];  /* the oldest first */
	size_t count;
	enum name_kind named_by;        /* as run->named_by says it */
	bool all_new;                   /* the people of the batch that landed last */
	bool helped, alone;             /* there is a second connection; there cannot be one */

	long landed_in_all, landed_beside; /* how many landed, and how many of these beside another */
};

/* The members before "Private." are set. */
void batches_begin(struct batches *batches);
/*
 * Sends what is in batch, which is empty then, perhaps after others have
 * landed; it may land later, but before batches_land().  After anything but
 * BATCHES_FINE nothing is under way, and the mark tells what is in.
 */
enum batches_outcome batches_send(struct batches *batches, struct batch *batch) MUST_CHECK;
/* Waits for all of them. */
enum batches_outcome batches_land(struct batches *batches) MUST_CHECK;
void batches_end(struct batches *batches);

void batch_release(struct batch *batch);

#endif
