/*
 * report.h - administration: the log, and how connections are doing.
 *
 * The columns of the rows are those of the statements of the same names, in
 * sql/statement; session->org names the organization, or EVERY_ORGANIZATION.
 */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "store/session.h"

#define STATUS_COLUMNS 13
#define MATTER_COLUMNS 6

enum log_column {
	LOG_AT,
	LOG_RESULT,
	LOG_ACTION,
	LOG_SUBJECT,
	LOG_SENTENCE,           /* NULL where there is no reason */
	LOG_STATUS,
	LOG_REASON,
	LOG_REQUEST_ID,
	LOG_COLUMNS
};

/* TEXT_NONE: whatever it is. */
struct log_question {
	struct text interval, since;    /* one of them: "2 hours", or a UTC time */
	struct text result, subject, reason;
	struct text limit;              /* a number, always */
};

/* No row: there is no such organization. */
bool store_status_list(struct session *session, struct pg_rows **rows) MUST_CHECK;
bool store_status_matters(struct session *session, struct pg_rows **rows) MUST_CHECK;
bool store_log_show(struct session *session, const struct log_question *question,
    struct pg_rows **rows) MUST_CHECK;

#endif
