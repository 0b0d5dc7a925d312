/*
 * rejects.h - the file of the records that an import rejected.
 *
 * Its name is easily guessed and it names people: nothing is written through a
 * link, over the input, or where others may read it.
 */
#ifndef CLI_REJECTS_H
#define CLI_REJECTS_H

#include <stdio.h>

#include "cli/cli.h"

struct rejects {
	const char *path;
	char *unfinished;       /* beside it, until all is written; NULL: the path is a device */
	FILE *file;
};

/*
 * Before anything is imported: may the file be written?  It must not be there, or be a plain
 * file other than the input (a path, or NULL where that is none), or a device.  Else the exit status of the
 * failure that was told.
 */
enum cli_status rejects_check(const char *path, const char *input);
/* Opens a file that nobody else can read; false: errno tells why. */
bool rejects_begin(struct arena *arena, const char *path, struct rejects *rejects) MUST_CHECK;
/* Puts it in its place, or, unless fine, takes it away; false: errno tells why it is not there. */
bool rejects_end(struct rejects *rejects, bool fine) MUST_CHECK;

#endif
