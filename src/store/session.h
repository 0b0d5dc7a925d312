/*
 * session.h - transactions in the name of one organization.
 *
 * There is one place that begins, ends and repeats a transaction:
 * session_transact().  What runs inside gets rows or a filled error.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "base/arena.h"
#include "scim/error.h"
#include "store/pg.h"

/* The SCIM request that is served, as the log and the audit tell it. */
struct session_request {
	struct text id, token, address, agent, method, route;   /* TEXT_NONE: not known */
	int64_t started;            /* of clock_microseconds() */
};

struct session {
	struct arena *arena;
	struct pg *pg;
	struct scim_error *error;
	struct text org;            /* a well-formed key: it becomes part of SET LOCAL */
	const struct session_request *request;  /* NULL: none, as in the command line */
	bool read_only;             /* may be repeated whatever happened */
	bool snapshot;              /* all its statements see the same moment */
	bool once;                  /* set inside work: part of the answer has been sent */
	bool nested;                /* its transactions are parts of another session's: savepoints */

	/* Of the transaction at work. */
	enum pg_outcome outcome;
	bool commit_sent;
};

/*
 * Runs work in a transaction of the session's organization; work ends it with
 * session_commit().  Repeats it after a deadlock or when the connection was
 * lost before COMMIT was sent.  On false the error is filled and nothing was
 * changed, but for COMMIT_UNKNOWN.
 */
bool session_transact(struct session *session, bool (*work)(struct session *, void *),
    void *context) MUST_CHECK;
/*
 * A transaction that goes on beside another one: begun here, ended by
 * session_commit() or session_abandon(), and never repeated.
 */
void session_begin(struct session *session);
/* Takes it back, after whatever was sent has come to its end. */
void session_abandon(struct session *session);
/* Sends what was queued; session_flush(), which must come next, waits for the answers. */
void session_send(struct session *session);

/*
 * After a nested transaction that failed: only that part was undone, and the
 * whole can go on.  Otherwise the whole must end with the same outcome.
 */
bool session_goes_on(const struct session *session);

/* A transaction that is one statement, in one round trip.  rows: also where it fails, then NULL. */
bool session_statement(struct session *session, bool read_only, enum statement statement,
    const struct text *parameters, struct pg_rows **rows) MUST_CHECK;

/* The same for what takes longer than a request may: so many microseconds at most. */
bool session_long_statement(struct session *session, int64_t microseconds, bool read_only,
    enum statement statement, const struct text *parameters, struct pg_rows **rows) MUST_CHECK;

/* Inside work: from now on in the transaction a statement may take until the deadline, not only a request's time. */
void session_allow_time(struct session *session);
/* Inside work: one statement in one round trip; the transaction goes on. */
bool session_run(struct session *session, enum statement statement,
    const struct text *parameters, struct pg_rows **rows) MUST_CHECK;
/* Inside work: the last statement, and COMMIT, in one round trip. */
bool session_run_and_commit(struct session *session, enum statement statement,
    const struct text *parameters, struct pg_rows **rows) MUST_CHECK;
/* Inside work: what was queued with pg_queue...(), with or without COMMIT. */
bool session_flush(struct session *session) MUST_CHECK;
bool session_commit(struct session *session) MUST_CHECK;
/* Inside work: COPY ... FROM STDIN, after what was queued. */
bool session_copy(struct session *session, const char *command, struct text data) MUST_CHECK;


#endif
