/*
 * migrate.h - brings a database to the schema this program knows.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/session.h"

/* What became of a database. */
struct migration_report {
	int from, to;       /* schema versions; 0: there was no schema */
	struct text blocker;    /* on failure: who held what was needed, in words; unset: try again will not help */
};

/*
 * Creates roles and schema where they are missing and may be created, applies
 * the migrations that are missing up to number last and, where none is missing
 * then, the definitions that belong to this program: in one transaction, all or
 * nothing.  Safe to repeat.  One process at a time: others wait (advisory
 * lock).  Who works in the database waits for what it locks, but not for its
 * wait for others: that is bounded (sql/lock.sql), and then it fails with
 * report->blocker set.  A database that is newer than the program is left
 * alone: SCHEMA_MISMATCH.  On false pg_message() tells more.
 */
bool store_migrate(struct session *session, int last, struct migration_report *report) MUST_CHECK;

/* The columns of store_init_made(); roles and owner are unset where there are none. */
enum made_column {
	MADE_ROLES,
	MADE_OWNER,
	MADE_TABLES,
	MADE_VIEWS,
	MADE_FUNCTIONS,
};

/* What of all that is there, also in a database that has nothing of it. */
bool store_init_made(struct session *session, struct pg_rows **rows) MUST_CHECK;

/* The version of the database's schema; 0 when there is none. */
bool store_schema_version(struct session *session, int *version) MUST_CHECK;

#endif
