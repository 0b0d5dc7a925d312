/*
 * why.h - why somebody is here or not (sql/function/why.sql).
 */
#ifndef STORE_WHY_H
#define STORE_WHY_H

#include "store/session.h"

enum why_column {
	WHY_ORDINAL,
	WHY_AT,                 /* NULL: of no time */
	WHY_VERDICT,            /* true in the first row only */
	WHY_CODE,
	WHY_SENTENCE,
	WHY_NEXT_STEP,          /* NULL: nothing to do */
	WHY_EVIDENCE,           /* JSON, or NULL */
	WHY_HERE,               /* in the first row */
	WHY_COLUMNS
};

/* The verdict first, then what happened, newest first.  No row: there is no such organization. */
bool store_why(struct session *session, struct text person, struct pg_rows **rows) MUST_CHECK;

#endif
