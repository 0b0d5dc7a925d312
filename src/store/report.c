/*
 * report.c - one statement, one transaction each.
 */
#include "store/report.h"

struct task {
	enum statement statement;
	const struct text *parameters;
	struct pg_rows *rows;
};

static bool
work(struct session *session, void *context)
{
	struct task *task = context;

	return session_run_and_commit(session, task->statement, task->parameters, &task->rows);
}

static bool
run(struct session *session, enum statement statement, const struct text *parameters,
    struct pg_rows **rows)
{
	struct task task = { .statement = statement, .parameters = parameters };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, work, &task);
	*rows = task.rows;
	return fine;
}

bool
store_status_list(struct session *session, struct pg_rows **rows)
{
	return run(session, STATEMENT_STATUS_LIST, PG_PARAMETERS(session->org), rows);
}

bool
store_status_matters(struct session *session, struct pg_rows **rows)
{
	return run(session, STATEMENT_STATUS_MATTERS, PG_PARAMETERS(session->org), rows);
}

bool
store_log_show(struct session *session, const struct log_question *question,
    struct pg_rows **rows)
{
	return run(session, STATEMENT_LOG_SHOW, PG_PARAMETERS(session->org, question->interval,
	    question->since, question->result, question->subject, question->reason,
	    question->limit), rows);
}
