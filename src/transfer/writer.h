/*
 * writer.h - people and groups as a file: what `scimlet export` writes and
 * `scimlet import` reads.
 *
 * Everything is appended to a buffer, which the caller may empty between any
 * two calls.  begin, then people, then groups with their members, then end.
 */
#ifndef TRANSFER_WRITER_H
#define TRANSFER_WRITER_H

#include "base/buffer.h"
#include "json/write.h"

struct written_person {
	struct text id, created, last_modified;
	struct text resource;           /* JSON as scim.users has it: without id and meta */
	struct text manager;            /* userName; unset: none that is known */
	struct text groups;             /* displayNames, a JSON array; unset: none */
	bool active;                    /* also where resource does not say it */
};

struct written_group {
	struct text id, created, last_modified;
	struct text display_name, external_id;  /* external_id may be unset */
};

struct written_member {
	struct text id, type;           /* type: User or Group */
	struct text name;               /* userName or displayName */
};

struct writer;

/* One row of the table of formats; the functions are for writer.c only. */
struct writer_format {
	const char *name;               /* as --format takes it */
	bool has_groups;                /* as resources; else people's groups can be a column */
	/* Looks at everybody before begin; NULL: there is no need. */
	void (*survey)(struct writer *writer, struct arena *arena, const struct written_person *person);
	void (*begin)(struct writer *writer, long total);
	void (*person)(struct writer *writer, struct arena *arena, const struct written_person *person);
	void (*group)(struct writer *writer, const struct written_group *group);
	void (*member)(struct writer *writer, const struct written_member *member);
	void (*group_end)(struct writer *writer);
	void (*end)(struct writer *writer);
};

/* Ends in NULL. */
extern const struct writer_format *const writer_formats[];
const struct writer_format *writer_format_find(struct text name);

struct csv_column;

struct writer {
	const struct writer_format *format;
	/* Without ids and times: members and managers are named by userName and displayName. */
	bool canonical;
	bool groups_of_people;          /* a column of them is wanted */
	struct buffer out;
	/* What the file does not hold, to be said at the end. */
	long left_out;                  /* people with values that the format cannot carry */
	struct buffer left_out_names;   /* of the attributes, parted by ", " */

	/* For the formats. */
	struct json_writer json;
	bool has_members;
	struct arena *arena;            /* of the columns */
	struct csv_column *columns;
	size_t column_count;
	bool left_out_now;              /* something of the person at hand */
};

struct writer writer_create(const struct writer_format *format);
void writer_release(struct writer *writer);

/*
 * For the formats: a person as a resource, with id and meta unless the writer
 * is canonical.  What is no attribute of SCIM is left out.
 */
struct json_value *writer_resource(struct arena *arena, struct writer *writer,
    const struct written_person *person);
/* For the formats: notes that this attribute of the person at hand is left out. */
void writer_leave_out(struct writer *writer, struct text name);

extern const struct writer_format writer_csv;

/* Appends a field as RFC 4180 2 has it: in quotes where it needs them. */
void writer_csv_field(struct buffer *out, struct text text);

/* Which formats there are: "jsonl, scim, csv". */
struct text writer_format_names(struct arena *arena);

#endif
