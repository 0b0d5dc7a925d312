/*
 * session.c - begin, run, commit; and again where that is safe.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "json/write.h"
#include "store/session.h"

#define ATTEMPTS 4
#define PAUSE_MICROSECONDS 20000
#define AGENT_BYTES 200

/* What the world's troubles are to a client; PG_UNIQUE is told apart by constraint. */
static const enum reason reasons[] = {
	[PG_FINE] = REASON_INTERNAL,
	[PG_UNIQUE] = REASON_INTERNAL,
	[PG_CHECK] = REASON_VALUE_REFUSED,
	[PG_CONFLICT] = REASON_DATABASE_BUSY,
	[PG_DOWN] = REASON_DATABASE_DOWN,
	[PG_BUSY] = REASON_DATABASE_BUSY,
	[PG_SCHEMA] = REASON_SCHEMA_MISMATCH,
	[PG_LOST] = REASON_DATABASE_DOWN,
	[PG_BROKEN] = REASON_INTERNAL,
};

/* What a client chose: cut between characters, without control characters, which jsonb may refuse. */
static struct text
clean(struct arena *arena, struct text value)
{
	struct text cut = text_first(value, value.length < AGENT_BYTES ? value.length : AGENT_BYTES);
	struct text copy = arena_copy(arena, text_first(cut, text_utf8_prefix(cut)));

	for (size_t i = 0; i < copy.length; i++)
		if ((unsigned char)copy.start[i] < ' ' || copy.start[i] == 0x7f)
			((char *)copy.start)[i] = ' ';
	return copy;
}

static void
write_member(struct json_writer *writer, struct text name, struct text value)
{
	if (text_is_set(value))
		json_member_string(writer, name, value);
}

static void
write_client_member(struct session *session, struct json_writer *writer, struct text name,
    struct text value)
{
	if (text_is_set(value))
		json_member_string(writer, name, clean(session->arena, value));
}

/* As scim.request() in sql/function/log.sql reads it. */
static void
name_request(struct session *session)
{
	const struct session_request *request = session->request;
	struct buffer buffer = { 0 };
	struct json_writer writer = json_writer(&buffer);

	json_begin_object(&writer);
	write_member(&writer, TEXT("id"), request->id);
	write_member(&writer, TEXT("token"), request->token);
	write_client_member(session, &writer, TEXT("address"), request->address);
	write_client_member(session, &writer, TEXT("agent"), request->agent);
	write_member(&writer, TEXT("method"), request->method);
	write_member(&writer, TEXT("route"), request->route);
	json_member_number(&writer, TEXT("milliseconds"),
	    (long)((clock_microseconds() - request->started) / 1000));
	json_end_object(&writer);
	pg_queue_frame(session->pg, STATEMENT_REQUEST_NAMED, PG_PARAMETERS(buffer_text(&buffer)));
	buffer_release(&buffer);
}

void
session_begin(struct session *session)
{
	struct text set = ARENA_JOIN(session->arena, TEXT("SET LOCAL scim.org = '"), session->org,
	    TEXT("'"));

	session->outcome = PG_FINE;
	session->commit_sent = false;
	pg_queue_command(session->pg, session->snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" :
	    session->read_only ? "BEGIN READ ONLY" : "BEGIN");
	pg_queue_command(session->pg, set.start);
	if (session->request != NULL && !session->read_only)
		name_request(session);
}

static bool
judge(struct session *session, enum pg_outcome outcome)
{
	session->outcome = outcome;
	if (session->outcome == PG_FINE)
		return true;
	if (session->outcome == PG_LOST && session->commit_sent && !session->read_only &&
	    !session->nested)
		return scim_fail(session->error, REASON_COMMIT_UNKNOWN);
	if (session->outcome == PG_LOST && pg_is_late(session->pg))
		return scim_fail(session->error, REASON_DATABASE_BUSY);
	return scim_fail(session->error, reasons[session->outcome]);
}

bool
session_flush(struct session *session)
{
	return judge(session, pg_run(session->pg));
}

void
session_send(struct session *session)
{
	pg_send(session->pg);
}

void
session_abandon(struct session *session)
{
	/* A statement that nobody waits for would hold its locks for as long as it takes. */
	(void)pg_run(session->pg);
	pg_rollback(session->pg);
}

bool
session_copy(struct session *session, const char *command, struct text data)
{
	return session_flush(session) && judge(session, pg_copy(session->pg, command, data));
}

bool
session_commit(struct session *session)
{
	pg_queue_command(session->pg, session->nested ? "RELEASE SAVEPOINT part" : "COMMIT");
	session->commit_sent = true;
	return session_flush(session);
}

bool
session_run(struct session *session, enum statement statement, const struct text *parameters,
    struct pg_rows **rows)
{
	*rows = pg_queue(session->pg, statement, parameters);
	return session_flush(session);
}

bool
session_run_and_commit(struct session *session, enum statement statement,
    const struct text *parameters, struct pg_rows **rows)
{
	*rows = pg_queue(session->pg, statement, parameters);
	return session_commit(session);
}

/*
 * A deadlock or a lost connection that had not been told to commit left
 * nothing behind.  The second is tried once: the server closed an idle
 * connection, or it is gone for longer and the client had better wait.
 */
static bool
worth_repeating(const struct session *session, int attempt)
{
	if (session->once)
		return false;
	switch (session->outcome) {
	case PG_CONFLICT:
		return attempt < ATTEMPTS;
	case PG_LOST:
	case PG_DOWN:
		return attempt == 1 && (session->read_only || !session->commit_sent);
	case PG_FINE:
	case PG_UNIQUE:
	case PG_CHECK:
	case PG_BUSY:
	case PG_SCHEMA:
	case PG_BROKEN:
		return false;
	}
	return false;
}

bool
session_goes_on(const struct session *session)
{
	switch (session->outcome) {
	case PG_FINE:
	case PG_UNIQUE:
	case PG_CHECK:
		return true;
	case PG_CONFLICT:
	case PG_DOWN:
	case PG_BUSY:
	case PG_SCHEMA:
	case PG_LOST:
	case PG_BROKEN:
		return false;
	}
	return false;
}

/* Back to the savepoint; outcome stays what it was, unless this fails, too. */
static void
undo_part(struct session *session)
{
	enum pg_outcome outcome = session->outcome;

	pg_queue_command(session->pg, "ROLLBACK TO SAVEPOINT part");
	pg_queue_command(session->pg, "RELEASE SAVEPOINT part");
	if (session_flush(session))
		session->outcome = outcome;
}

static bool
transact_part(struct session *session, bool (*work)(struct session *, void *), void *context)
{
	bool released;

	session->outcome = PG_FINE;
	session->commit_sent = false;
	pg_queue_command(session->pg, "SAVEPOINT part");
	if (work(session, context))
		return true;
	released = session->commit_sent && session->outcome == PG_FINE;
	if (!released && session_goes_on(session))
		undo_part(session);
	return false;
}

bool
session_transact(struct session *session, bool (*work)(struct session *, void *), void *context)
{
	if (session->nested)
		return transact_part(session, work, context);
	for (int attempt = 1;; attempt++) {
		session_begin(session);
		if (work(session, context))
			return true;
		pg_rollback(session->pg);
		if (!worth_repeating(session, attempt))
			return false;
		/* Two that met should not meet again: each waits a time of its own. */
		if (session->outcome == PG_CONFLICT)
			usleep((useconds_t)(PAUSE_MICROSECONDS * attempt +
			    random() % PAUSE_MICROSECONDS));
	}
}

void
session_allow_time(struct session *session)
{
	pg_queue_command(session->pg, "SET LOCAL statement_timeout = 0");
}

struct single {
	enum statement statement;
	const struct text *parameters;
	bool is_long;
	struct pg_rows *rows;
};

static bool
run_single(struct session *session, void *context)
{
	struct single *single = context;

	if (single->is_long)
		session_allow_time(session);
	return session_run_and_commit(session, single->statement, single->parameters, &single->rows);
}

static bool
transact_single(struct session *session, bool read_only, struct single single, struct pg_rows **rows)
{
	bool fine;

	session->read_only = read_only;
	fine = session_transact(session, run_single, &single);
	*rows = fine ? single.rows : NULL;
	return fine;
}

bool
session_statement(struct session *session, bool read_only, enum statement statement,
    const struct text *parameters, struct pg_rows **rows)
{
	return transact_single(session, read_only,
	    (struct single){ .statement = statement, .parameters = parameters }, rows);
}

bool
session_long_statement(struct session *session, int64_t microseconds, bool read_only,
    enum statement statement, const struct text *parameters, struct pg_rows **rows)
{
	pg_set_deadline(session->pg, clock_microseconds() + microseconds);
	return transact_single(session, read_only,
	    (struct single){ .statement = statement, .parameters = parameters, .is_long = true }, rows);
}
