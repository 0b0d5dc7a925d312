/*
 * progress.c - bar, rate and time left.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/progress.h"

#define SECOND 1000000
#define BAR 24

struct progress
progress_begin(const struct cli *cli, const char *verb, uint64_t total)
{
	int64_t now = clock_microseconds();

	return (struct progress){ .verb = verb, .wanted = !cli->quiet, .total = total,
	    .terminal = isatty(STDERR_FILENO), .started = now, .last = now };
}

void
progress_skipped(struct progress *progress, uint64_t bytes, long records)
{
	progress->skipped = bytes;
	progress->from = records;
	progress->started = clock_microseconds();
}

static void
print_bar(const struct progress *progress, uint64_t bytes)
{
	int filled = (int)(bytes * BAR / progress->total);

	fputc('[', stderr);
	for (int i = 0; i < BAR; i++)
		fputc(i < filled ? '#' : ' ', stderr);
	fputs("]  ", stderr);
}

static void
print_left(const struct progress *progress, uint64_t bytes, int64_t spent)
{
	double left;

	if (bytes <= progress->skipped || bytes >= progress->total)
		return;
	left = (double)spent / SECOND * (double)(progress->total - bytes) /
	    (double)(bytes - progress->skipped);
	if (left < 120)
		fprintf(stderr, ", about %.0f s left", left);
	else
		fprintf(stderr, ", about %.0f min left", left / 60);
}

/* Is it time to say something?  Then the line is begun. */
static bool
begin_line(struct progress *progress)
{
	int64_t now = clock_microseconds();

	if (!progress->wanted || now - progress->started < SECOND ||
	    now - progress->last < (progress->terminal ? SECOND / 5 : 10 * SECOND))
		return false;
	progress->last = now;
	progress->shown = progress->terminal;
	fprintf(stderr, progress->terminal ? "\r%s  " : "%s: ", progress->verb);
	return true;
}

static void
end_line(const struct progress *progress)
{
	fputs(progress->terminal ? "\033[K" : "\n", stderr);
}

void
progress_show(struct progress *progress, uint64_t bytes, long records)
{
	int64_t spent = clock_microseconds() - progress->started;

	if (!begin_line(progress))
		return;
	if (progress->terminal && progress->total > 0)
		print_bar(progress, bytes < progress->total ? bytes : progress->total);
	fprintf(stderr, "%ld records, %.0f/s", records,
	    (double)(records - progress->from) * SECOND / (double)spent);
	print_left(progress, bytes, spent);
	end_line(progress);
}

void
progress_show_piece(struct progress *progress, long records, struct text piece)
{
	if (!begin_line(progress))
		return;
	fprintf(stderr, "%ld records are read, now: %.*s", records, TEXT_FORMAT(piece));
	end_line(progress);
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
