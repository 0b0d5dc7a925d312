/*
 * progress.h - how far something has come, on stderr.
 *
 * A bar on a terminal, from the second second on; elsewhere a line every ten.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cli.h"

struct progress {
	const char *verb;               /* "Importing" */
	bool wanted, terminal, shown;
	int64_t started, last;          /* of clock_microseconds() */
	long from;                      /* records that were done with before */
	uint64_t skipped, total;        /* bytes; total 0: not known */
};

struct progress progress_begin(const struct cli *cli, const char *verb, uint64_t total);
/* What was skipped is not part of the rate. */
void progress_skipped(struct progress *progress, uint64_t bytes, long records);
void progress_show(struct progress *progress, uint64_t bytes, long records);
/* The same once all is read: of what comes then it is not known how much there is. */
void progress_show_piece(struct progress *progress, long records, struct text piece);
/* Takes the bar away, so that the next line begins at the left. */
void progress_end(struct progress *progress);

#endif
