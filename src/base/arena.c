/*
 * arena.c - blocks that grow by need and go together.
 */
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/fatal.h"

#define BLOCK_SIZE ((size_t)64 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct deferred {
	struct deferred *next;
	void (*release)(void *);
	void *thing;
};

struct arena {
	struct block *blocks;   /* newest first; the last one is kept by a reset */
	struct deferred *deferred;
};

static struct block *
block_create(size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);

	if (block == NULL)
		fatal("out of memory (%zu bytes)", size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

struct arena *
arena_create(void)
{
	struct arena *arena = malloc(sizeof(*arena));

	if (arena == NULL)
		fatal("out of memory");
	arena->blocks = block_create(BLOCK_SIZE);
	arena->deferred = NULL;
	return arena;
}

void
arena_reset(struct arena *arena)
{
	while (arena->deferred != NULL) {
		struct deferred *last = arena->deferred;

		arena->deferred = last->next;
		last->release(last->thing);
	}
	while (arena->blocks->next != NULL) {
		struct block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	arena->blocks->used = 0;
}

void
arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_reset(arena);
	free(arena->blocks);
	free(arena);
}

size_t
arena_size(const struct arena *arena)
{
	size_t size = 0;

	for (const struct block *block = arena->blocks; block != NULL; block = block->next)
		size += block->size;
	return size;
}

/* Memory as it comes. */
static void *
take(struct arena *arena, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX / 2)
		fatal("allocation of %zu bytes", size);
	size = (size + unit - 1) / unit * unit;
	if (block->size - block->used < size) {
		block = block_create(size > BLOCK_SIZE ? size : BLOCK_SIZE);
		block->next = arena->blocks;
		arena->blocks = block;
	}
	memory = block->bytes + block->used;
	block->used += size;
	return memory;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	return memset(take(arena, size), 0, size);
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		fatal("array of %zu elements", count);
	return arena_alloc(arena, total);
}

char *
arena_string(struct arena *arena, struct text text)
{
	char *copy = take(arena, text.length + 1);

	if (text.length > 0)
		memcpy(copy, text.start, text.length);
	copy[text.length] = '\0';
	return copy;
}

struct text
arena_copy(struct arena *arena, struct text text)
{
	return (struct text){ arena_string(arena, text), text.length };
}

struct text
arena_format_list(struct arena *arena, const char *format, va_list list)
{
	va_list again;
	char *string;
	int length;

	va_copy(again, list);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		fatal("format \"%s\"", format);
	string = take(arena, (size_t)length + 1);
	vsnprintf(string, (size_t)length + 1, format, list);
	return (struct text){ string, (size_t)length };
}

struct text
arena_format(struct arena *arena, const char *format, ...)
{
	va_list list;
	struct text text;

	va_start(list, format);
	text = arena_format_list(arena, format, list);
	va_end(list);
	return text;
}

struct text
arena_join(struct arena *arena, const struct text *texts)
{
	size_t length = 0;
	char *string, *next;

	for (const struct text *text = texts; text_is_set(*text); text++)
		length += text->length;
	string = next = take(arena, length + 1);
	for (const struct text *text = texts; text_is_set(*text); text++) {
		memcpy(next, text->start, text->length);
		next += text->length;
	}
	*next = '\0';
	return (struct text){ string, length };
}

void
arena_defer(struct arena *arena, void (*release)(void *), void *thing)
{
	struct deferred *deferred = arena_new(arena, struct deferred);

	deferred->release = release;
	deferred->thing = thing;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
}
