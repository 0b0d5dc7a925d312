/*
 * input.h - the bytes of a file, for those who write a format.
 *
 * A source has one input, one options and a state of its format's own.
 */
#ifndef TRANSFER_INPUT_H
#define TRANSFER_INPUT_H

#include "transfer/source.h"

/* Bytes of one record: a group of JSON_ITEMS_MAX members is below it. */
#define SOURCE_RECORD_MAX (16 * 1024 * 1024)

struct input {
	FILE *file;
	char *bytes;
	size_t at, filled, capacity;    /* bytes[at] is the next one */
	uint64_t before;                /* bytes of the file before bytes[0] */
	size_t line;                    /* of the next byte, from 1 */
	bool failed;                    /* it could not be read to its end */
	/* Called before what is not there yet is waited for, out of a pipe; NULL: nobody wants to know. */
	void (*waiting)(void *context);
	void *context;
};

struct source {
	const struct source_format *format;
	const struct source_options *options;
	struct input input;
	void *state;                    /* of the format; its end() gives it back */
	uint64_t passed_over;           /* entries that are neither people nor groups */
};

/* Tries to have so many bytes at bytes + at; fewer: the file ends there. */
struct text input_peek(struct input *input, size_t count);
/* Reads more behind what is there; false at the end of the file. */
bool input_more(struct input *input);

/* The next byte, which is used up, or -1 at the end. */
static inline int
input_byte(struct input *input)
{
	unsigned char byte;

	if (input->at == input->filled && !input_more(input))
		return -1;
	byte = (unsigned char)input->bytes[input->at++];
	input->line += byte == '\n';
	return byte;
}

enum input_line {
	INPUT_LINE,
	INPUT_TOO_LONG,         /* more than max bytes; it was skipped */
	INPUT_END,
};

/* The next line without its LF or CR LF; valid until the next call. */
enum input_line input_line(struct input *input, size_t max, struct text *line) MUST_CHECK;

/* Fills a record that cannot be read, with a sentence; returns SOURCE_REJECT. */
enum source_step source_reject(struct arena *arena, struct source_record *record,
    const char *format, ...) PRINTF_LIKE(3, 4);
/* The same for SOURCE_BROKEN. */
enum source_step source_break(struct arena *arena, struct source_record *record,
    const char *format, ...) PRINTF_LIKE(3, 4);
/*
 * Reads a text as a SCIM resource in JSON, into a record whose line is set:
 * for formats made of them.  Its type is what schemas or meta.resourceType
 * say, else User, unless there are members; its reference is its id.
 */
enum source_step source_read_json(struct arena *arena, struct text json,
    struct source_record *record) MUST_CHECK;
/* The same for a resource that was read already. */
enum source_step source_take_json(struct arena *arena, struct json_value *resource,
    struct source_record *record) MUST_CHECK;

extern const struct source_format source_csv, source_jsonl, source_ldif, source_scim;

#endif
