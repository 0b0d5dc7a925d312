/*
 * write.h - JSON out, straight into a buffer.
 *
 * The writer puts the commas; the caller keeps begin and end in balance
 * (a write that breaks the balance is fatal).
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "base/buffer.h"
#include "json/value.h"

#define JSON_WRITE_DEPTH 1100   /* more than json_read_stored() lets in */

struct json_writer {
	struct buffer *buffer;
	int depth;
	bool started[JSON_WRITE_DEPTH];     /* has the open container an element? */
};

struct json_writer json_writer(struct buffer *buffer);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
/* A member's name; its value must follow. */
void json_name(struct json_writer *writer, struct text name);
void json_write_string(struct json_writer *writer, struct text text);
void json_write_number(struct json_writer *writer, long number);
void json_write_boolean(struct json_writer *writer, bool boolean);
void json_write_null(struct json_writer *writer);
/* Text that is JSON already, e.g. a document from the database. */
void json_write_raw(struct json_writer *writer, struct text json);
void json_write_value(struct json_writer *writer, const struct json_value *value);

/* A name and its value in one. */
void json_member_string(struct json_writer *writer, struct text name, struct text text);
void json_member_number(struct json_writer *writer, struct text name, long number);
void json_member_boolean(struct json_writer *writer, struct text name, bool boolean);

/* Appends text as a JSON string, quotes included. */
void json_quote(struct buffer *buffer, struct text text);
/* The JSON text of a value, in the arena. */
struct text json_to_text(struct arena *arena, const struct json_value *value);

#endif
