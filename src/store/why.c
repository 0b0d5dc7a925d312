/*
 * why.c - one statement, one transaction.
 */
#include "store/why.h"

struct question {
	struct text person;
	struct pg_rows *rows;
};

static bool
ask(struct session *session, void *context)
{
	struct question *question = context;

	return session_run_and_commit(session, STATEMENT_WHY,
	    PG_PARAMETERS(session->org, question->person), &question->rows);
}

bool
store_why(struct session *session, struct text person, struct pg_rows **rows)
{
	struct question question = { .person = person };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, ask, &question);
	*rows = question.rows;
	return fine;
}
