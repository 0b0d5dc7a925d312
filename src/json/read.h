/*
 * read.h - strict JSON (RFC 8259) in, over json-c.
 */
#ifndef JSON_READ_H
#define JSON_READ_H

#include "base/compiler.h"
#include "json/value.h"

#define JSON_DEPTH_MAX 32           /* nested arrays and objects */
#define JSON_MEMBERS_MAX 1024       /* of one object: json-c's table is quadratic when attacked */
#define JSON_STRING_MAX 65536       /* bytes of one string, escapes resolved */
#define JSON_ITEMS_MAX 100000       /* of one array */

struct json_trouble {
	size_t offset;          /* the byte, from 0, at which reading stopped */
	const char *what;       /* a static sentence without full stop */
};

/*
 * Reads one JSON text.  Refuses everything that is not RFC 8259, everything
 * beyond the limits above, U+0000 (PostgreSQL cannot hold it), lone
 * surrogates, numbers beyond a double's range, and names that occur twice in one object,
 * also when they differ only in ASCII case (RFC 7643 2.1: names have no case).
 */
bool json_read(struct arena *arena, struct text text, struct json_value **value,
    struct json_trouble *trouble) MUST_CHECK;

/*
 * Reads a document that the database holds as jsonb, so that it is JSON, and
 * its names are exact and occur once.  The limits are for clients: what a DBA
 * wrote beyond them can still be read and repaired.  False if it is nested
 * more than a thousand deep.
 */
bool json_read_stored(struct arena *arena, struct text text, struct json_value **value)
    MUST_CHECK;

#endif
