/*
 * sql.h - the files of sql/, carried inside the programs (sql/embed.awk).
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/sql.gen.h"

struct sql_text {
	const char *name;       /* the file's name without ".sql" */
	int parameters;         /* the highest $n in it */
	const char *text;
};

/* In the order of enum statement. */
extern const struct sql_text sql_statements[];
/* In the order of their numbers; each list ends in a NULL name. */
extern const struct sql_text sql_migrations[];
/* Run first and again at each init; and after each migration, in order. */
extern const struct sql_text sql_roles[];
/* Begins the transaction of migrations and definitions. */
extern const struct sql_text sql_locks[];
/* Makes way for definitions that cannot replace older ones in place; and says what is in the way of that. */
extern const struct sql_text sql_renewals[];
extern const struct sql_text sql_obstacles[];
extern const struct sql_text sql_definitions[];

/* How many migrations this program knows: the schema version it works with. */
int sql_schema_version(void);

#endif
