/*
 * buffer.h - bytes that are appended to; lives as long as the process and is
 * emptied between requests.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/text.h"

struct buffer {
	char *start;
	size_t length, capacity;
};

/* { 0 } is an empty buffer.  Frees the memory; the buffer can be used again. */
void buffer_release(struct buffer *buffer);
/* Empties it and gives memory beyond 1 MiB back to the system. */
void buffer_clear(struct buffer *buffer);
/* Room for count more bytes, which the caller may write at start + length. */
char *buffer_reserve(struct buffer *buffer, size_t count);
void buffer_append(struct buffer *buffer, struct text text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_number(struct buffer *buffer, long number);
void buffer_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct text
buffer_text(const struct buffer *buffer)
{
	return (struct text){ buffer->start != NULL ? buffer->start : "", buffer->length };
}

#endif
