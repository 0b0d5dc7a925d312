/*
 * login.c - one statement; what it decides stands in sql/function/login.sql.
 */
#include "store/login.h"

/* The columns of the statement login. */
enum login_column {
	DECISION,
	WHY,
	FIRST_ARGUMENT,
	SECOND_ARGUMENT,
	ID,
	USER_NAME,
	STATUS,
	ACCOUNT,
};

struct task {
	const struct login *login;
	struct pg_rows *rows;
};

static bool
work(struct session *session, void *context)
{
	struct task *task = context;
	const struct login *login = task->login;

	return session_run_and_commit(session, STATEMENT_LOGIN, PG_PARAMETERS(session->org,
	    login->subject, login->email, login->account), &task->rows);
}

static void
read_why(const struct pg_rows *rows, struct scim_error *why)
{
	struct text code = pg_text(rows, 0, WHY);

	*why = (struct scim_error){ .reason = REASON_NONE };
	if (text_is_set(code))
		(void)scim_fail(why, scim_reason_find(code), pg_text(rows, 0, FIRST_ARGUMENT),
		    pg_text(rows, 0, SECOND_ARGUMENT));
}

bool
store_login(struct session *session, const struct login *login, struct login_decision *decision)
{
	struct task task = { .login = login };

	session->read_only = false;
	if (!session_transact(session, work, &task))
		return false;
	decision->let_in = text_equal(pg_text(task.rows, 0, DECISION), TEXT("let_in"));
	read_why(task.rows, &decision->why);
	decision->id = pg_text(task.rows, 0, ID);
	decision->user_name = pg_text(task.rows, 0, USER_NAME);
	decision->status = pg_text(task.rows, 0, STATUS);
	decision->account = pg_text(task.rows, 0, ACCOUNT);
	return true;
}
