/*
 * import.h - the import of a source that somebody has opened.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/cli.h"
#include "transfer/source.h"

struct import_input {
	struct source *source;
	struct text name;               /* of the file, or the address */
	struct text digest;             /* hexadecimal: --resume is for the same one only; or TEXT_NONE */
	uint64_t size;                  /* in bytes; 0: not known */
	struct text rejects;            /* where rejected records go without --rejects */
	const char *broken;             /* what to do when the rest cannot be read */
};

/* Checks the options that all imports have, and that there is the organization: before the source is opened. */
enum cli_status cli_import_check(struct cli *cli);
/* Reads the source to its end, with the options of the command line. */
enum cli_status cli_import_from(struct cli *cli, const struct import_input *input);

#endif
