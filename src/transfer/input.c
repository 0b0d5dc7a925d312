/*
 * input.c - bytes of a file through one buffer, and lines of it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"
#include "transfer/input.h"

#define PIECE 65536
/* Who writes into a pipe is not always ahead of who reads. */
#define MOMENT_MILLISECONDS 50

/* Room for another piece: what was used goes first. */
static void
make_room(struct input *input)
{
	size_t kept = input->filled - input->at;

	if (input->at > 0) {
		memmove(input->bytes, input->bytes + input->at, kept);
		input->before += input->at;
		input->at = 0;
		input->filled = kept;
	}
	if (kept + PIECE <= input->capacity &&
	    (input->capacity <= 16 * PIECE || kept + PIECE > 4 * PIECE))
		return;
	/* Grows with a long line, and shrinks when it is over. */
	input->capacity = 2 * kept + PIECE;
	input->bytes = realloc(input->bytes, input->capacity);
	if (input->bytes == NULL)
		fatal("out of memory");
}

/* False: a signal ended the wait, as it would end read(). */
static bool
await(struct input *input, int descriptor)
{
	struct pollfd news = { .fd = descriptor, .events = POLLIN };
	int ready = poll(&news, 1, descriptor >= 0 ? MOMENT_MILLISECONDS : 0);

	if (ready == 0)
		input->waiting(input->context);
	return ready >= 0;
}

bool
input_more(struct input *input)
{
	int descriptor = fileno(input->file);
	ssize_t count;

	make_room(input);
	if (input->waiting != NULL && !await(input, descriptor)) {
		input->failed = true;
		return false;
	}
	/* fread() waits until a piece is full; but only it can read what is no file of the system's. */
	count = descriptor >= 0 ? read(descriptor, input->bytes + input->filled, PIECE) :
	    (ssize_t)fread(input->bytes + input->filled, 1, PIECE, input->file);
	if (count < 0 || (count == 0 && ferror(input->file)))
		input->failed = true;
	input->filled += count > 0 ? (size_t)count : 0;
	return count > 0;
}

struct text
input_peek(struct input *input, size_t count)
{
	while (input->filled - input->at < count && input_more(input))
		;
	if (input->filled - input->at < count)
		count = input->filled - input->at;
	return (struct text){ input->bytes + input->at, count };
}

/* Where the line ends, counted from at; more is read until it does. */
static size_t
find_end(struct input *input, size_t max, bool *found)
{
	size_t seen = 0;

	for (;;) {
		size_t left = input->filled - input->at - seen;
		const char *from = left > 0 ? input->bytes + input->at + seen : NULL;
		const char *end = left > 0 ? memchr(from, '\n', left) : NULL;

		*found = end != NULL;
		if (end != NULL)
			return seen + (size_t)(end - from);
		seen += left;
		if (seen > max || !input_more(input))
			return seen;
	}
}

static enum input_line
skip_line(struct input *input)
{
	int byte;

	do {
		byte = input_byte(input);
	} while (byte >= 0 && byte != '\n');
	return INPUT_TOO_LONG;
}

enum input_line
input_line(struct input *input, size_t max, struct text *line)
{
	bool found;
	size_t length = find_end(input, max, &found);

	if (length > max)
		return skip_line(input);
	if (length == 0 && !found)
		return INPUT_END;
	*line = (struct text){ input->bytes + input->at, length };
	input->at += length + found;
	input->line += found;
	if (length > 0 && line->start[length - 1] == '\r')
		line->length--;
	return INPUT_LINE;
}
