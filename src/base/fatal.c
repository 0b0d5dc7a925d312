/*
 * fatal.c - the end of a process that cannot go on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fatal.h"

void
fatal_at(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "scimlet: fatal: %s:%d: ", file, line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}
