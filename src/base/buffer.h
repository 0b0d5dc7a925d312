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
/* For buffer_reserve(): makes the room that is not there. */
void buffer_grow(struct buffer *buffer, size_t count);
void buffer_append_number(struct buffer *buffer, long number);
void buffer_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Room for count more bytes, which the caller may write at start + length. */
static inline char *
buffer_reserve(struct buffer *buffer, size_t count)
{
	if (buffer->capacity - buffer->length < count)
		buffer_grow(buffer, count);
	return buffer->start + buffer->length;
}

/* Inline, as each row of a list is appended in twenty pieces. */
static inline void
buffer_append(struct buffer *buffer, struct text text)
{
	if (text.length == 0)
		return;
	memcpy(buffer_reserve(buffer, text.length), text.start, text.length);
	buffer->length += text.length;
}

static inline void
buffer_append_byte(struct buffer *buffer, char byte)
{
	*buffer_reserve(buffer, 1) = byte;
	buffer->length++;
}

static inline struct text
buffer_text(const struct buffer *buffer)
{
	return (struct text){ buffer->start != NULL ? buffer->start : "", buffer->length };
}

#endif
