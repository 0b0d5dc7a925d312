/*
 * buffer.c - growing by doubling.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/fatal.h"

#define KEEP_AT_MOST ((size_t)1024 * 1024)

void
buffer_release(struct buffer *buffer)
{
	free(buffer->start);
	*buffer = (struct buffer){ 0 };
}

void
buffer_clear(struct buffer *buffer)
{
	if (buffer->capacity > KEEP_AT_MOST)
		buffer_release(buffer);
	buffer->length = 0;
}

void
buffer_grow(struct buffer *buffer, size_t count)
{
	size_t capacity = buffer->capacity * 2;

	if (capacity < buffer->length + count)
		capacity = buffer->length + count + 1024;
	buffer->start = realloc(buffer->start, capacity);
	if (buffer->start == NULL)
		fatal("out of memory (%zu bytes)", capacity);
	buffer->capacity = capacity;
}

void
buffer_append_number(struct buffer *buffer, long number)
{
	char digits[24];
	size_t at = sizeof(digits);
	unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (number < 0)
		digits[--at] = '-';
	buffer_append(buffer, (struct text){ digits + at, sizeof(digits) - at });
}

void
buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (length < 0)
		fatal("format \"%s\"", format);
	buffer_reserve(buffer, (size_t)length + 1);
	va_start(list, format);
	vsnprintf(buffer->start + buffer->length, (size_t)length + 1, format, list);
	va_end(list);
	buffer->length += (size_t)length;
}
