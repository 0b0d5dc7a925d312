/*
 * log.h - the columns of `scimlet log`, which `scimlet watch` has, too.
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "cli/cli.h"
#include "store/report.h"

extern const struct cli_column cli_log_columns[LOG_COLUMNS];

#endif
