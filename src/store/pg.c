/*
 * pg.c - libpq in pipeline mode, with poll(2) between us and every wait.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "store/pg.h"

#define CONNECT_MICROSECONDS 3000000
#define ROLLBACK_MICROSECONDS 1000000
#define QUEUE_MAX 4096
#define PLANS_MICROSECONDS 60000000
/* Texts of store/plan.c that stay prepared; beyond that they are parsed each time. */
#define TEXTS_MAX 64
/* Of a COPY, at a time. */
#define COPY_BYTES 65536

struct pg_rows {
	PGresult *result;
};

struct command {
	struct pg_rows *rows;   /* NULL: the result is only checked */
	bool *ready;            /* of a preparation: taken back when it fails or is skipped */
	bool commits;           /* what its answer says is so, whatever becomes of the connection */
};

struct prepared_text {
	char *sql;
	bool ready;
};

struct pg {
	struct text conninfo;   /* ends in NUL */
	PGconn *connection;
	struct arena *arena;    /* the request's */
	int64_t deadline;
	int64_t planned;        /* when plans were last made anew */
	int statements;

	struct command queue[QUEUE_MAX];
	int queued;
	bool send_failed;
	bool sent;              /* all of the queue, with its sync */

	bool ready[STATEMENT_COUNT];
	struct prepared_text texts[TEXTS_MAX];
	int text_count;

	bool tells_everything;
	char constraint[64], sqlstate[6], message[256];
};

/*
 * Names are always qualified, so the path is empty; time is UTC; a statement
 * of ours must not outlive the request that waits for it.  Whatever else changes
 * what our SQL means, or how values are written, is as PostgreSQL is shipped:
 * roles and databases may have it otherwise (ALTER ROLE ... SET).
 */
#define SESSION_SETTINGS \
    "SET search_path = ''; SET timezone = 'UTC'; SET statement_timeout = '7s'; " \
    "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '15s'; " \
    "SET client_min_messages = 'warning'; SET jit = off; SET client_encoding = 'UTF8'; " \
    "SET datestyle = 'ISO'; SET standard_conforming_strings = on; " \
    "SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1; " \
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off; " \
    "SET row_security = on; SET array_nulls = on; SET transform_null_equals = off; " \
    "SET quote_all_identifiers = off; SET gin_fuzzy_search_limit = 0; SET plan_cache_mode = auto"

/* It would end a connection on which a request is just being sent, or while somebody thinks about a question. */
#define SETTINGS_OF_14 SESSION_SETTINGS "; SET idle_session_timeout = 0"
/* It would end an import in the middle of a batch. */
#define SETTINGS_OF_17 SETTINGS_OF_14 "; SET transaction_timeout = 0"

struct pg *
pg_create(struct text conninfo)
{
	struct pg *pg = calloc(1, sizeof(*pg));
	char *copy = calloc(1, conninfo.length + 1);

	if (pg == NULL || copy == NULL)
		fatal("out of memory");
	if (conninfo.length > 0)
		memcpy(copy, conninfo.start, conninfo.length);
	pg->conninfo = (struct text){ copy, conninfo.length };
	return pg;
}

struct pg *
pg_create_like(const struct pg *other)
{
	struct pg *pg = pg_create(other->conninfo);

	pg->arena = other->arena;
	pg->deadline = other->deadline;
	pg->tells_everything = other->tells_everything;
	return pg;
}

/* Nothing of the queue matters any more. */
static void
empty_queue(struct pg *pg)
{
	pg->queued = 0;
	pg->sent = false;
}

static void
disconnect(struct pg *pg)
{
	PQfinish(pg->connection);
	pg->connection = NULL;
	memset(pg->ready, 0, sizeof(pg->ready));
	while (pg->text_count > 0)
		free(pg->texts[--pg->text_count].sql);
}

void
pg_destroy(struct pg *pg)
{
	if (pg == NULL)
		return;
	disconnect(pg);
	free((char *)pg->conninfo.start);
	free(pg);
}

void
pg_begin_request(struct pg *pg, struct arena *arena)
{
	pg->arena = arena;
	pg->statements = 0;
}

void
pg_set_arena(struct pg *pg, struct arena *arena)
{
	pg->arena = arena;
}

void
pg_tell_everything(struct pg *pg)
{
	pg->tells_everything = true;
}

void
pg_set_deadline(struct pg *pg, int64_t deadline)
{
	pg->deadline = deadline;
}

/* Waits for the socket; false when the deadline came first. */
static bool
wait_for(struct pg *pg, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd descriptor = { .fd = PQsocket(pg->connection), .events = events };
		int64_t left = deadline - clock_microseconds();
		int ready;

		if (descriptor.fd < 0 || left <= 0)
			return false;
		ready = poll(&descriptor, 1, (int)((left + 999) / 1000));
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

static void
note_message(struct pg *pg, const char *message)
{
	snprintf(pg->message, sizeof(pg->message), "%s", message != NULL ? message : "");
	pg->message[strcspn(pg->message, "\n")] = '\0';
}

static void
note(struct pg *pg, const char *sqlstate, const char *constraint, const char *message)
{
	snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", sqlstate != NULL ? sqlstate : "");
	snprintf(pg->constraint, sizeof(pg->constraint), "%s", constraint != NULL ? constraint : "");
	note_message(pg, message);
}

static void
note_loss(struct pg *pg, int64_t deadline)
{
	note(pg, NULL, NULL, clock_microseconds() >= deadline ?
	    "no answer in time" : "the connection to the server was lost");
}

static bool
starts(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

/* SQLSTATE, or the beginning of one, to outcome; the first row that fits decides. */
static const struct {
	const char *sqlstate;
	enum pg_outcome outcome;
	bool message_is_safe;       /* shows no data of anybody */
} outcomes[] = {
	{ "23505", PG_UNIQUE, false },
	/* What was there a moment ago is gone: the next try sees that. */
	{ "23503", PG_CONFLICT, false },
	{ "23", PG_CHECK, false },
	{ "22", PG_CHECK, false },          /* a value that a type cannot hold */
	{ "54000", PG_CHECK, false },       /* too long for an index */
	{ "P0001", PG_CHECK, false },       /* raised by a trigger */
	{ "40001", PG_CONFLICT, true },
	{ "40P01", PG_CONFLICT, true },
	{ "55P03", PG_CONFLICT, true },
	{ "57014", PG_BUSY, true },         /* statement_timeout */
	{ "25006", PG_DOWN, true },         /* read-only: a standby */
	{ "25P03", PG_LOST, true },         /* idle_in_transaction_session_timeout */
	{ "57P", PG_DOWN, true },           /* shutdown, crash, starting up */
	{ "53", PG_DOWN, true },            /* out of disk, memory, connections */
	{ "08", PG_DOWN, true },
	{ "28", PG_DOWN, true },            /* not let in */
	{ "58", PG_DOWN, true },            /* input/output errors below PostgreSQL */
	{ "3D000", PG_DOWN, true },
	{ "3F000", PG_SCHEMA, true },
	{ "42P01", PG_SCHEMA, true },
	{ "42703", PG_SCHEMA, true },
	{ "42883", PG_SCHEMA, true },
	{ "42501", PG_SCHEMA, true },       /* no right on it: an unfinished upgrade, or the wrong role */
	{ "42", PG_BROKEN, true },
	{ "XX", PG_BROKEN, true },
};

static enum pg_outcome
outcome_of(struct pg *pg, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	/* The whole server goes down, perhaps after the commit was written: as if it had said nothing. */
	if (severity != NULL && strcmp(severity, "PANIC") == 0) {
		note(pg, sqlstate, NULL, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
		return PG_LOST;
	}
	if (sqlstate == NULL || PQstatus(pg->connection) == CONNECTION_BAD) {
		note(pg, sqlstate, NULL, "the connection to the server was lost");
		return PG_LOST;
	}
	for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
		if (!starts(sqlstate, outcomes[i].sqlstate))
			continue;
		note(pg, sqlstate, constraint, outcomes[i].message_is_safe || pg->tells_everything ?
		    PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL);
		return outcomes[i].outcome;
	}
	note(pg, sqlstate, constraint, NULL);
	return PG_BROKEN;
}

/* The next result, or NULL with *alive false when the connection is gone or time is up. */
static PGresult *
next_result(struct pg *pg, int64_t deadline, bool *alive)
{
	*alive = true;
	while (PQisBusy(pg->connection)) {
		int unsent = PQflush(pg->connection);

		if (unsent < 0 ||
		    !wait_for(pg, unsent > 0 ? POLLIN | POLLOUT : POLLIN, deadline) ||
		    !PQconsumeInput(pg->connection)) {
			*alive = false;
			return NULL;
		}
	}
	return PQgetResult(pg->connection);
}

/* Runs a script and forgets its results; PG_FINE when none was an error. */
static enum pg_outcome
run_script(struct pg *pg, const char *script, int64_t deadline)
{
	enum pg_outcome outcome = PG_FINE;
	PGresult *result;
	bool alive;

	if (!PQsendQuery(pg->connection, script)) {
		note(pg, NULL, NULL, PQerrorMessage(pg->connection));
		return PG_DOWN;
	}
	while ((result = next_result(pg, deadline, &alive)) != NULL) {
		if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
			outcome = outcome_of(pg, result);
			/* Scripts are ours: their messages show nothing of a client. */
			note_message(pg, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
		}
		PQclear(result);
	}
	/* The last words of a server that goes tell more than that it is gone. */
	if (!alive && outcome != PG_DOWN) {
		note_loss(pg, deadline);
		return PG_LOST;
	}
	return outcome;
}

static void
ignore_notice(void *unused, const PGresult *result)
{
	(void)unused;
	(void)result;
}

static bool
connect_poll(struct pg *pg, int64_t deadline)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED) {
			note(pg, NULL, NULL, PQerrorMessage(pg->connection));
			return false;
		}
		if (!wait_for(pg, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
			note(pg, NULL, NULL, "no connection to the server in time");
			return false;
		}
		state = PQconnectPoll(pg->connection);
	}
	return true;
}

/* The connection to a server that is starting or full fails here, after the network was fine. */
static bool
connect_to_server(struct pg *pg)
{
	const char *const names[] = { "dbname", "fallback_application_name", NULL };
	const char *const values[] = { pg->conninfo.start, "scimlet", NULL };
	int64_t deadline = clock_microseconds() + CONNECT_MICROSECONDS;
	int version;

	if (deadline > pg->deadline)
		deadline = pg->deadline;
	pg->connection = PQconnectStartParams(names, values, 1);
	if (pg->connection == NULL)
		fatal("out of memory");
	if (PQstatus(pg->connection) == CONNECTION_BAD) {
		note(pg, NULL, NULL, PQerrorMessage(pg->connection));
		return false;
	}
	PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
	if (!connect_poll(pg, deadline))
		return false;
	PQsetnonblocking(pg->connection, 1);
	pg->planned = clock_microseconds();
	version = PQserverVersion(pg->connection);
	return run_script(pg, version >= 170000 ? SETTINGS_OF_17 :
	    version >= 140000 ? SETTINGS_OF_14 : SESSION_SETTINGS, deadline) == PG_FINE;
}

/* A server that went away while we were idle has closed the socket: it reads as ended. */
static bool
still_there(struct pg *pg)
{
	struct pollfd descriptor = { .fd = PQsocket(pg->connection), .events = POLLIN };

	if (PQstatus(pg->connection) != CONNECTION_OK)
		return false;
	if (poll(&descriptor, 1, 0) <= 0)
		return true;
	return PQconsumeInput(pg->connection) && PQstatus(pg->connection) == CONNECTION_OK;
}

static bool
ensure_connected(struct pg *pg)
{
	if (pg->connection != NULL && PQtransactionStatus(pg->connection) == PQTRANS_IDLE &&
	    !still_there(pg))
		disconnect(pg);
	if (pg->connection != NULL)
		return true;
	if (connect_to_server(pg))
		return true;
	disconnect(pg);
	return false;
}

void
pg_release(struct pg_rows *rows)
{
	PQclear(rows->result);
	rows->result = NULL;
}

static void
release_rows(void *rows)
{
	pg_release(rows);
}


static struct command *
queue_up(struct pg *pg)
{
	if (pg->queued == QUEUE_MAX)
		fatal("more than %d commands in one round trip", QUEUE_MAX);
	pg->queue[pg->queued] = (struct command){ NULL, NULL, false };
	return &pg->queue[pg->queued++];
}

static void
sent(struct pg *pg, int fine)
{
	if (!fine)
		pg->send_failed = true;
}

static void
queue_command(struct pg *pg, const char *command)
{
	queue_up(pg)->commits = strcmp(command, "COMMIT") == 0;
	if (!pg->send_failed)
		sent(pg, PQsendQueryParams(pg->connection, command, 0, NULL, NULL, NULL, NULL, 0));
}

/*
 * A plan that was made when a table was empty may walk all of it, and lasts
 * until statistics change; planning anew now and then costs next to nothing.
 */
static void
refresh_plans(struct pg *pg)
{
	int64_t now = clock_microseconds();

	if (now - pg->planned < PLANS_MICROSECONDS ||
	    PQtransactionStatus(pg->connection) != PQTRANS_IDLE)
		return;
	pg->planned = now;
	queue_command(pg, "DISCARD PLANS");
}

/* The first command of a round trip finds a connection, or all of them are dropped. */
static void
open_queue(struct pg *pg)
{
	if (pg->queued > 0)
		return;
	pg->send_failed = !ensure_connected(pg) || !PQenterPipelineMode(pg->connection);
	if (!pg->send_failed)
		refresh_plans(pg);
}

void
pg_queue_command(struct pg *pg, const char *command)
{
	open_queue(pg);
	queue_command(pg, command);
}

/* libpq wants strings that end in NUL; U+0000 was refused where it came in. */
static const char *const *
parameter_values(struct pg *pg, const struct text *parameters, int count)
{
	const char **values = arena_array(pg->arena, (size_t)count + 1, sizeof(*values));

	for (int i = 0; i < count; i++)
		if (text_is_set(parameters[i]))
			values[i] = arena_string(pg->arena, parameters[i]);
	return values;
}

static struct command *
queue_prepared(struct pg *pg, const char *name, const struct text *parameters, int count)
{
	struct command *command = queue_up(pg);

	if (!pg->send_failed)
		sent(pg, PQsendQueryPrepared(pg->connection, name, count,
		    parameter_values(pg, parameters, count), NULL, NULL, 0));
	return command;
}

static struct pg_rows *
queue_execution(struct pg *pg, const char *name, const struct text *parameters, int count)
{
	struct command *command = queue_prepared(pg, name, parameters, count);

	command->rows = arena_new(pg->arena, struct pg_rows);
	pg->statements++;
	return command->rows;
}

static void
prepare(struct pg *pg, const char *name, const char *sql, bool *ready)
{
	queue_up(pg)->ready = ready;
	*ready = true;
	if (!pg->send_failed)
		sent(pg, PQsendPrepare(pg->connection, name, sql, 0, NULL));
}

static const struct sql_text *
open_statement(struct pg *pg, enum statement statement)
{
	const struct sql_text *sql = &sql_statements[statement];

	open_queue(pg);
	if (!pg->ready[statement])
		prepare(pg, sql->name, sql->text, &pg->ready[statement]);
	return sql;
}

struct pg_rows *
pg_queue(struct pg *pg, enum statement statement, const struct text *parameters)
{
	const struct sql_text *sql = open_statement(pg, statement);

	return queue_execution(pg, sql->name, parameters, sql->parameters);
}

void
pg_queue_frame(struct pg *pg, enum statement statement, const struct text *parameters)
{
	const struct sql_text *sql = open_statement(pg, statement);

	(void)queue_prepared(pg, sql->name, parameters, sql->parameters);
}

/* The place of this text among the prepared ones: its own, a free one, or TEXTS_MAX. */
static int
place_of_text(struct pg *pg, struct text sql)
{
	int place = 0;

	while (place < pg->text_count && !text_equal(text_of(pg->texts[place].sql), sql))
		place++;
	if (place < pg->text_count || place == TEXTS_MAX)
		return place;
	pg->texts[place].sql = strndup(sql.start, sql.length);
	pg->texts[place].ready = false;
	if (pg->texts[place].sql == NULL)
		fatal("out of memory");
	return pg->text_count++;
}

struct pg_rows *
pg_queue_text(struct pg *pg, struct text sql, const struct text *parameters, int count)
{
	char name[24] = "";
	int place;

	open_queue(pg);
	place = place_of_text(pg, sql);
	if (place < TEXTS_MAX)
		snprintf(name, sizeof(name), "plan_%d", place);
	if (place == TEXTS_MAX)
		prepare(pg, name, arena_string(pg->arena, sql), arena_new(pg->arena, bool));
	else if (!pg->texts[place].ready)
		prepare(pg, name, pg->texts[place].sql, &pg->texts[place].ready);
	return queue_execution(pg, name, parameters, count);
}

/*
 * Takes the results of one queued command.  A command after a failed one is
 * answered as aborted; the first failure is the one that counts.
 */
static bool
take_result(struct pg *pg, struct command *command, enum pg_outcome *outcome)
{
	bool alive;
	PGresult *result = next_result(pg, pg->deadline, &alive);

	if (!alive || result == NULL)
		return false;
	if (PQresultStatus(result) == PGRES_FATAL_ERROR && *outcome == PG_FINE)
		*outcome = outcome_of(pg, result);
	if (command->ready != NULL && *outcome != PG_FINE)
		*command->ready = false;
	if (command->rows != NULL && *outcome == PG_FINE) {
		command->rows->result = result;
		arena_defer(pg->arena, release_rows, command->rows);
	} else {
		PQclear(result);
	}
	return next_result(pg, pg->deadline, &alive) == NULL && alive;
}

/* The answer to the sync that ends a pipeline. */
static bool
take_sync(struct pg *pg)
{
	bool alive;
	PGresult *result = next_result(pg, pg->deadline, &alive);
	bool fine = alive && result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;

	PQclear(result);
	return fine;
}

static enum pg_outcome
lose(struct pg *pg, enum pg_outcome outcome)
{
	disconnect(pg);
	empty_queue(pg);
	return outcome;
}

enum pg_outcome
pg_run(struct pg *pg)
{
	enum pg_outcome outcome = PG_FINE;

	if (pg->queued == 0)
		return PG_FINE;
	if (pg->send_failed || (!pg->sent && !PQpipelineSync(pg->connection))) {
		if (pg->connection != NULL)
			note(pg, NULL, NULL, PQerrorMessage(pg->connection));
		return lose(pg, PG_DOWN);
	}
	for (int i = 0; i < pg->queued; i++) {
		if (take_result(pg, &pg->queue[i], &outcome))
			continue;
		if (outcome == PG_FINE) {
			note_loss(pg, pg->deadline);
			outcome = PG_LOST;
		}
		return lose(pg, outcome);
	}
	/*
	 * All commands were answered.  Without the connection that is worth nothing, unless
	 * the last of them was to commit: what comes next would be outside the transaction.
	 */
	if (!take_sync(pg) || !PQexitPipelineMode(pg->connection)) {
		if (outcome == PG_FINE && !pg->queue[pg->queued - 1].commits) {
			note_loss(pg, pg->deadline);
			outcome = PG_LOST;
		}
		return lose(pg, outcome);
	}
	empty_queue(pg);
	/* A plan that no longer fits a changed schema is cured by a new connection. */
	if (outcome == PG_BROKEN)
		disconnect(pg);
	return outcome;
}

void
pg_rollback(struct pg *pg)
{
	empty_queue(pg);
	if (pg->connection == NULL)
		return;
	if (PQpipelineStatus(pg->connection) != PQ_PIPELINE_OFF ||
	    PQtransactionStatus(pg->connection) == PQTRANS_ACTIVE) {
		disconnect(pg);
		return;
	}
	if (PQtransactionStatus(pg->connection) == PQTRANS_IDLE)
		return;
	if (run_script(pg, "ROLLBACK", clock_microseconds() + ROLLBACK_MICROSECONDS) != PG_FINE)
		disconnect(pg);
}

enum pg_outcome
pg_script(struct pg *pg, const char *script)
{
	enum pg_outcome outcome;

	if (!ensure_connected(pg))
		return PG_DOWN;
	outcome = run_script(pg, script, pg->deadline);
	if (outcome == PG_LOST || outcome == PG_DOWN)
		return lose(pg, outcome);
	return outcome;
}

/* All that came so far; one is as good as many. */
static bool
take_notifications(struct pg *pg)
{
	PGnotify *notification;
	bool any = false;

	while ((notification = PQnotifies(pg->connection)) != NULL) {
		PQfreemem(notification);
		any = true;
	}
	return any;
}

static enum pg_news
lose_news(struct pg *pg)
{
	note(pg, NULL, NULL, "the connection to the server was lost");
	disconnect(pg);
	return PG_GONE;
}

enum pg_news
pg_await_news(struct pg *pg, int64_t until)
{
	while (pg->connection != NULL) {
		struct pollfd descriptor = { .fd = PQsocket(pg->connection), .events = POLLIN };
		int64_t left = until - clock_microseconds();
		int ready;

		if (take_notifications(pg))
			return PG_NOTIFIED;
		ready = poll(&descriptor, 1, left > 0 ? (int)((left + 999) / 1000) : 0);
		if (ready == 0 || (ready < 0 && errno == EINTR))
			return PG_SILENCE;
		if (ready < 0 || !PQconsumeInput(pg->connection) ||
		    PQstatus(pg->connection) != CONNECTION_OK)
			return lose_news(pg);
	}
	return PG_GONE;
}

/* Hands over what libpq took; false when the deadline came first or the connection is gone. */
static bool
flush_all(struct pg *pg)
{
	int unsent;

	while ((unsent = PQflush(pg->connection)) > 0)
		if (!wait_for(pg, POLLIN | POLLOUT, pg->deadline) ||
		    !PQconsumeInput(pg->connection))
			return false;
	return unsent == 0;
}

/* In pieces, so that libpq never holds all of it once more. */
static bool
send_copy(struct pg *pg, struct text data)
{
	while (data.length > 0) {
		size_t count = data.length < COPY_BYTES ? data.length : COPY_BYTES;

		if (PQputCopyData(pg->connection, data.start, (int)count) < 0 || !flush_all(pg))
			return false;
		data = text_after(data, count);
	}
	return PQputCopyEnd(pg->connection, NULL) >= 0 && flush_all(pg);
}

enum pg_outcome
pg_copy(struct pg *pg, const char *command, struct text data)
{
	enum pg_outcome outcome = PG_FINE;
	PGresult *result;
	bool alive = PQsendQuery(pg->connection, command) == 1, sent_all = true;

	while (alive && (result = next_result(pg, pg->deadline, &alive)) != NULL) {
		if (PQresultStatus(result) == PGRES_COPY_IN)
			sent_all = sent_all && send_copy(pg, data);
		else if (PQresultStatus(result) == PGRES_FATAL_ERROR)
			outcome = outcome_of(pg, result);
		PQclear(result);
		alive = sent_all;
	}
	if (alive)
		return outcome;
	note(pg, NULL, NULL, "the connection to the server was lost");
	return lose(pg, PG_LOST);
}

void
pg_send(struct pg *pg)
{
	if (pg->queued == 0 || pg->send_failed)
		return;
	pg->sent = PQpipelineSync(pg->connection) && flush_all(pg);
	pg->send_failed = !pg->sent;
}

bool
pg_is_late(const struct pg *pg)
{
	return clock_microseconds() >= pg->deadline;
}

const char *
pg_constraint(const struct pg *pg)
{
	return pg->constraint;
}

const char *
pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

const char *
pg_message(const struct pg *pg)
{
	return pg->message;
}

int
pg_statements(const struct pg *pg)
{
	return pg->statements;
}

int
pg_server_version(const struct pg *pg)
{
	return pg->connection != NULL ? PQserverVersion(pg->connection) : 0;
}

struct text
pg_place(const struct pg *pg, struct arena *arena)
{
	int version = pg_server_version(pg);

	if (pg->connection == NULL)
		return TEXT_NONE;
	return arena_format(arena, "database \"%s\" at %s, port %s, as %s, PostgreSQL %d.%d",
	    PQdb(pg->connection), PQhost(pg->connection), PQport(pg->connection),
	    PQuser(pg->connection), version / 10000, version % 10000);
}

int
pg_count(const struct pg_rows *rows)
{
	return PQntuples(rows->result);
}

int
pg_affected(const struct pg_rows *rows)
{
	return atoi(PQcmdTuples(rows->result));
}

struct text
pg_text(const struct pg_rows *rows, int row, int column)
{
	size_t length = (size_t)PQgetlength(rows->result, row, column);

	/* NULL has no length; a list asks for a thousand texts, most of which have one. */
	if (length == 0 && PQgetisnull(rows->result, row, column))
		return TEXT_NONE;
	return (struct text){ PQgetvalue(rows->result, row, column), length };
}

bool
pg_boolean(const struct pg_rows *rows, int row, int column)
{
	return text_equal(pg_text(rows, row, column), TEXT("t"));
}

long
pg_number(const struct pg_rows *rows, int row, int column)
{
	long number;

	return text_to_long(pg_text(rows, row, column), &number) ? number : 0;
}
