/*
 * rejects.c - the file of the records that an import rejected.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/rejects.h"

enum cli_status
rejects_check(const char *path, const char *input)
{
	struct stat there, source;

	if (lstat(path, &there) != 0 || S_ISCHR(there.st_mode))
		return CLI_DONE;
	if (!S_ISREG(there.st_mode))
		return cli_fail(CLI_USAGE, "Rejected records cannot be written to %s: it is no plain file. "
		    "Say another with --rejects.", path);
	if (input != NULL && stat(input, &source) == 0 && source.st_dev == there.st_dev &&
	    source.st_ino == there.st_ino)
		return cli_fail(CLI_USAGE, "Rejected records cannot be written to %s: it is what is to be "
		    "imported. Say another with --rejects.", path);
	return CLI_DONE;
}

bool
rejects_begin(struct arena *arena, const char *path, struct rejects *rejects)
{
	struct stat there;
	int descriptor;

	*rejects = (struct rejects){ .path = path };
	/* /dev/null */
	if (lstat(path, &there) == 0 && S_ISCHR(there.st_mode)) {
		rejects->file = fopen(path, "w");
		return rejects->file != NULL;
	}
	rejects->unfinished = arena_string(arena, ARENA_JOIN(arena, text_of(path), TEXT(".XXXXXX")));
	/* Mode 0600, and no file that was there before. */
	descriptor = mkstemp(rejects->unfinished);
	if (descriptor < 0)
		return false;
	rejects->file = fdopen(descriptor, "w");
	return rejects->file != NULL;
}

bool
rejects_end(struct rejects *rejects, bool fine)
{
	int trouble;

	fine = fclose(rejects->file) == 0 && fine;
	if (rejects->unfinished == NULL)
		return fine;
	fine = fine && rename(rejects->unfinished, rejects->path) == 0;
	trouble = errno;
	if (!fine)
		unlink(rejects->unfinished);
	errno = trouble;
	return fine;
}
