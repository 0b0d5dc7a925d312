/*
 * import.h - the runs of `scimlet import`: batches of records in transactions.
 *
 * What becomes of the records stands in sql/function/import.sql; the columns
 * of rows are those of the statements of the same names.
 */
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include "base/buffer.h"
#include "json/value.h"
#include "json/write.h"
#include "store/session.h"

enum import_outcome {
	IMPORT_BEGUN,
	IMPORT_RESUMED,
	IMPORT_NO_ORGANIZATION,
	IMPORT_LOCKED,          /* another session imports into it */
	IMPORT_NOTHING,         /* there is no run to go on with */
	IMPORT_OTHER_FILE,
	IMPORT_OTHER_OPTIONS,
};

/* Columns of import_batch, import_next and import_deactivate; the last row tells the counts. */
enum import_column {
	IMPORT_LINE,
	IMPORT_TYPE,
	IMPORT_ACTION,
	IMPORT_SUBJECT,
	IMPORT_SENTENCE,
	IMPORT_CHANGES,         /* JSON */
};

/* What became of a batch. */
enum import_landing {
	IMPORT_MIXED,
	IMPORT_ALL_NEW,         /* all its people are */
	IMPORT_NOT_NEW,         /* they are not, and it was sent beside another: nothing was done */
	IMPORT_TAKEN,           /* another session imports into the organization, or it is gone: nothing was done */
};

struct import_run {
	struct text id;         /* in the arena of its session when it began */
	long records;           /* of the file, that are done with */
	/* How records name managers who come later: reference, external_id, user_name; TEXT_NONE: not known yet. */
	struct text named_by;
};

struct import_result {
	enum import_landing landing;
	struct pg_rows *rows, *totals;
};

/* What is sent together; { 0 } is empty. */
struct import_batch {
	struct buffer rows;     /* as COPY takes them */
	struct buffer rejects;  /* an array of JSON without its last bracket */
	size_t count;           /* records in both */
	size_t first_line;      /* of rows */
	bool leans;             /* sent beside another, whose people it names as managers */
	struct text match;      /* TEXT_NONE: by externalId, else userName */
	long tell;              /* how many changes to tell of */
};

/* Adds a record: a resource in canonical form, with nulls for what is to be emptied. */
void store_import_add(struct import_batch *batch, size_t line, struct text type,
    struct text resource, struct text reference, const struct json_value *groups);
/* Adds one that cannot be imported, with its reason. */
void store_import_reject(struct import_batch *batch, size_t line, struct text type,
    struct text subject, const struct scim_error *error);
void store_import_clear(struct import_batch *batch);
void store_import_release(struct import_batch *batch);

/*
 * Begins a run, or finds the one to go on with; holds the import of the
 * organization until the connection ends.  digest: hexadecimal, or TEXT_NONE.
 */
bool store_import_begin(struct session *session, struct text file, struct text digest,
    struct text options, bool resume, struct import_run *run, enum import_outcome *outcome)
    MUST_CHECK;
/*
 * Merges a batch and moves the mark to run->records + batch->count, in one
 * transaction.  rows: who was refused, and what to tell of; totals: one row
 * with the counts of the run.  Both are there only if something was done.
 */
bool store_import_batch(struct session *session, struct import_run *run,
    const struct import_batch *batch, struct import_result *result) MUST_CHECK;

/*
 * The same in two halves, so that two batches are under way at a time: what
 * was sent must land, in the order of the file.  The second is sent beside the
 * first, on a connection that has joined, and then lands only if all its
 * people are new; the two must share no name of a person.  A batch that names
 * people of the first as managers says so (leans), and lands only if these are
 * who they were thought to be.
 */
bool store_import_join(struct session *session, bool *joined) MUST_CHECK;
bool store_import_send(struct session *session, const struct import_run *run,
    const struct import_batch *batch, bool beside, struct import_result *result) MUST_CHECK;
/* On false, and where nothing was done, session_abandon() must follow. */
bool store_import_land(struct session *session, struct import_run *run,
    const struct import_batch *batch, struct import_result *result) MUST_CHECK;
/*
 * The next piece of what comes after the people; its last row's action is
 * "finished" at the end.  No rows: the run is taken, as IMPORT_TAKEN.
 */
bool store_import_next(struct session *session, const struct import_run *run, long tell,
    struct pg_rows **rows) MUST_CHECK;
/* Deactivates who is not in the file. */
bool store_import_deactivate(struct session *session, const struct import_run *run,
    struct text most, struct pg_rows **rows) MUST_CHECK;
/* missing: how many active people are not in the file; started: when the run began, in the session's arena. */
bool store_import_end(struct session *session, const struct import_run *run, long *missing,
    struct text *started) MUST_CHECK;
/* At most a thousand rejects behind a place: line, place, subject, sentence. */
bool store_import_rejects(struct session *session, const struct import_run *run, struct text line,
    struct text place, struct pg_rows **rows) MUST_CHECK;

/*
 * Runs work, whose calls of the functions above become parts of one
 * transaction, and takes all of it back.  What work returns is given back.
 */
bool store_import_try(struct session *session, bool (*work)(void *), void *context) MUST_CHECK;

#endif
