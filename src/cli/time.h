/*
 * time.h - times that people give: one way for all options that take one.
 */
#ifndef CLI_TIME_H
#define CLI_TIME_H

#include "cli/cli.h"

/* One of them is set. */
struct cli_time {
	struct text span;       /* how long from now, or ago: an interval, "2 hours 30 minutes " */
	struct text moment;     /* a UTC time, as scim_datetime_read() gives it */
};

/* What --help says of WHEN. */
extern const char cli_time_help[];
/* Does the command take one? */
bool cli_takes_time(const struct command *command);
/*
 * Reads the option, or in place of one that was not given the standard; that
 * may be NULL, and the option is needed then.  False, after saying why, where
 * it is none.
 */
bool cli_read_time(const struct cli *cli, enum cli_option option, const char *standard,
    struct cli_time *time);

#endif
