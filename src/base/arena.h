/*
 * arena.h - memory of one lifetime: everything is given back at once.
 *
 * There are two lifetimes, process and request; a function that takes an
 * arena returns memory of that arena, one without allocates nothing.  Out of
 * memory is fatal: every input was limited before it got here.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/text.h"

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena);
/*
 * Runs what was deferred, newest first, then forgets all allocations.  Keeps
 * the first block for the next request and returns the rest to the system.
 */
void arena_reset(struct arena *arena);

/* Bytes of all its blocks. */
size_t arena_size(const struct arena *arena);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* An array of count zeroed elements; fatal on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Copies end in a NUL behind their length. */
struct text arena_copy(struct arena *arena, struct text text);
char *arena_string(struct arena *arena, struct text text);
struct text arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct text arena_format_list(struct arena *arena, const char *format, va_list list)
    PRINTF_LIKE(2, 0);
/* The texts one behind the other, ended by TEXT_NONE: several times cheaper than a format. */
struct text arena_join(struct arena *arena, const struct text *texts);
#define ARENA_JOIN(arena, ...) arena_join((arena), (const struct text[]){ __VA_ARGS__, TEXT_NONE })
/* Calls release(thing) at the reset: for what other libraries allocated. */
void arena_defer(struct arena *arena, void (*release)(void *), void *thing);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
