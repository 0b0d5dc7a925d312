/*
 * fatal.h - our own faults: say where, then die; the supervisor or the web
 * server starts a new process.  Never for a client's or the world's fault.
 */
#ifndef BASE_FATAL_H
#define BASE_FATAL_H

#include "base/compiler.h"

#define fatal(...) fatal_at(__FILE__, __LINE__, __VA_ARGS__)

/* Writes one line to stderr and aborts. */
NO_RETURN void fatal_at(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
