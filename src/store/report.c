/*
 * report.c - one statement, one transaction each.
 */
#include "store/report.h"

bool
store_status_list(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_STATUS_LIST, PG_PARAMETERS(session->org), rows);
}

bool
store_status_matters(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_STATUS_MATTERS, PG_PARAMETERS(session->org), rows);
}

bool
store_log_show(struct session *session, const struct log_question *question,
    struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_LOG_SHOW, PG_PARAMETERS(session->org, question->interval,
	    question->since, question->result, question->subject, question->reason,
	    question->limit), rows);
}
