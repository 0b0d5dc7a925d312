/*
 * import_run.h - one `scimlet import` at work: what its parts share.
 *
 * import.c reads the command line, import_run.c goes from the beginning to the
 * end, import_records.c brings the file into the database, import_report.c
 * says what was found and done.
 */
#ifndef CLI_IMPORT_RUN_H
#define CLI_IMPORT_RUN_H

#include "cli/batches.h"
#include "cli/import.h"
#include "cli/progress.h"

struct import {
	struct cli *cli;
	const struct import_input *input;
	struct text options;
	const char *rejects;                    /* the file for them */
	bool dry_run, verbose, resume, explicit_rejects;
	struct source *source;
	struct import_run run;
	bool begun;
	struct batch batch;             /* what is being read */
	struct batches batches;
	enum batches_outcome meanwhile; /* of batches that landed while more records were waited for */
	struct arena *records;          /* reset after each record */
	struct arena *rows;             /* reset after each round trip */
	struct progress progress;
	struct buffer changes, group_changes, refusals, counts; /* what is shown at the end */
	long changes_shown, refusals_shown;
	long missing;
	struct text started;            /* at the end, in rows */
	bool deactivated;
	enum cli_status status;
};

/* import_run.c.  The ends return false: import->status tells how it ended. */

/* The whole of it, for store_import_try() or alone; context: struct import. */
bool import_run(void *context) MUST_CHECK;
bool import_stop(struct import *import, enum cli_status status);
bool import_store_failed(struct import *import);
bool import_is_taken(struct import *import);
/* False, and stopped, once somebody has pressed Ctrl-C. */
bool import_take_break(struct import *import) MUST_CHECK;
bool import_interrupted(void);
/* SIGINT ends an import between two batches from here, not the program, to there. */
void import_hear(void);
void import_hear_no_more(void);

/* import_records.c */

/* Reads the records that a broken-off run has done with. */
bool import_skip_records(struct import *import) MUST_CHECK;
/* Brings all others in; false: stopped. */
bool import_read_records(struct import *import) MUST_CHECK;

/* import_report.c */

/* How many changes the database is to tell of in a round trip. */
long import_tell_limit(const struct import *import);
/* Who was refused or changed, but for the last row, which is about the whole. */
void import_note_rows(struct import *import, const struct pg_rows *rows);
/* The counts of the run so far, JSON. */
void import_note_counts(struct import *import, struct text counts);
/* One of these counts. */
long import_count(const struct import *import, const char *name);
void import_print_summary(struct import *import);
enum cli_status import_report(struct import *import);

#endif
