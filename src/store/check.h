/*
 * check.h - whether the data keeps its promises (sql/function/check.sql).
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/session.h"

/* Who breaks which promise in session->org: columns of sql/statement/check.sql.  It may take minutes. */
bool store_check(struct session *session, struct pg_rows **rows) MUST_CHECK;

#endif
