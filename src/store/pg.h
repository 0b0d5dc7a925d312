/*
 * pg.h - one PostgreSQL connection that never blocks past a deadline.
 *
 * Commands are queued and travel together in one round trip (libpq's pipeline
 * mode).  A lost connection is made anew by itself; statements are prepared at
 * their first use on each connection.
 */
#ifndef STORE_PG_H
#define STORE_PG_H

#include <stdint.h>

#include "base/arena.h"
#include "store/sql.h"

struct pg;          /* lives as long as the process */
struct pg_rows;     /* lives as long as the request */

/* How a round trip ended. */
enum pg_outcome {
	PG_FINE,
	PG_UNIQUE,          /* 23505; pg_constraint() names the index */
	PG_CHECK,           /* a value that a constraint, type or trigger refuses; likewise */
	PG_CONFLICT,        /* 40001, 40P01, 55P03: nothing was done, trying again may help */
	PG_DOWN,            /* no connection, shutting down, read-only, out of connections or disk */
	PG_BUSY,            /* a timeout of ours */
	PG_SCHEMA,          /* a relation or column is missing: not the schema we know */
	PG_LOST,            /* the connection broke; what was sent may or may not have been done */
	PG_BROKEN,          /* anything else: our own fault */
};

/* How a wait for news ended. */
enum pg_news {
	PG_SILENCE,
	PG_NOTIFIED,
	PG_GONE,
};

/* conninfo: as libpq takes it; "" leaves all to libpq's environment.  Connects at first use. */
struct pg *pg_create(struct text conninfo);
/* The same for the place to which another connects. */
struct pg *pg_create_like(const struct pg *other);
void pg_destroy(struct pg *pg);

/* Before a request: rows and copies live in this arena; statements are counted from 0. */
void pg_begin_request(struct pg *pg, struct arena *arena);
/* From now on rows and copies live in this arena, for parts of a request that are many. */
void pg_set_arena(struct pg *pg, struct arena *arena);
/* Everything later must be over at this time of clock_microseconds(). */
void pg_set_deadline(struct pg *pg, int64_t deadline);

/*
 * Queues a statement of sql/statement with its parameters (TEXT_NONE: NULL),
 * as many as the file names.  The rows are there after a pg_run() that was
 * PG_FINE.
 */
struct pg_rows *pg_queue(struct pg *pg, enum statement statement, const struct text *parameters);
/* The same for a statement made by store/plan.c; equal texts are prepared once. */
struct pg_rows *pg_queue_text(struct pg *pg, struct text sql, const struct text *parameters,
    int count);
/* The same for one that goes with BEGIN: without rows, and not counted as a statement. */
void pg_queue_frame(struct pg *pg, enum statement statement, const struct text *parameters);
/* A command without parameters or rows: BEGIN, SET LOCAL ..., COMMIT. */
void pg_queue_command(struct pg *pg, const char *command);

/*
 * From now on pg_message() is there for every failure, also where it may show
 * data: for an administrator who sees them anyway, never for a log.
 */
void pg_tell_everything(struct pg *pg);

/* Sends what is queued, if anything, and waits for all of it. */
enum pg_outcome pg_run(struct pg *pg);
/* Sends what is queued, and does not wait: pg_run(), which must come next, takes the answers. */
void pg_send(struct pg *pg);
/* Ends an open transaction after a failure; closes the connection if that fails too. */
void pg_rollback(struct pg *pg);
/*
 * COPY ... FROM STDIN within a transaction, with all of its data; nothing may
 * be queued, as there is no COPY in a pipeline.
 */
enum pg_outcome pg_copy(struct pg *pg, const char *command, struct text data);
/* One or more statements in one text, outside any pipeline: migrations, definitions. */
enum pg_outcome pg_script(struct pg *pg, const char *script);

/*
 * Waits for a notification, after LISTEN, until this time of
 * clock_microseconds(); a signal ends the wait, too.  PG_GONE: there is no
 * connection any more, and with it went its LISTEN.
 */
enum pg_news pg_await_news(struct pg *pg, int64_t until);

/* After a pg_run() that was PG_LOST: was it we who waited no longer? */
bool pg_is_late(const struct pg *pg);
/* After a pg_run() that failed: the violated constraint, SQLSTATE, message without data. */
const char *pg_constraint(const struct pg *pg);
const char *pg_sqlstate(const struct pg *pg);
const char *pg_message(const struct pg *pg);

/* Statements queued since the request began, without BEGIN, SET and COMMIT. */
int pg_statements(const struct pg *pg);
/* The server's version as libpq tells it (150020), 0 when not connected. */
int pg_server_version(const struct pg *pg);
/* Which database of which server as whom, in words; TEXT_NONE when not connected. */
struct text pg_place(const struct pg *pg, struct arena *arena);

/* Gives the rows back before the request ends: for those who read many. */
void pg_release(struct pg_rows *rows);

/* The rows belong to the request; texts point into them.  NULL gives TEXT_NONE, false, 0. */
int pg_count(const struct pg_rows *rows);
int pg_affected(const struct pg_rows *rows);
struct text pg_text(const struct pg_rows *rows, int row, int column);
bool pg_boolean(const struct pg_rows *rows, int row, int column);
long pg_number(const struct pg_rows *rows, int row, int column);

#define PG_PARAMETERS(...) ((const struct text[]){ __VA_ARGS__ })

#endif
