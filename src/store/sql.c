/*
 * sql.c - what is known about the embedded SQL.
 */
#include <stddef.h>

#include "store/sql.h"

int
sql_schema_version(void)
{
	int count = 0;

	while (sql_migrations[count].name != NULL)
		count++;
	return count;
}
