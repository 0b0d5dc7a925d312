/*
 * source.h - people and groups out of a file, one record at a time.
 *
 * Memory does not grow with the file: a record lives in the arena that the
 * caller gives and resets.  What a record says is not checked here; that is
 * scim_resource_read()'s, as for a POST.
 */
#ifndef TRANSFER_SOURCE_H
#define TRANSFER_SOURCE_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "json/value.h"
#include "scim/schema.h"

struct source_record {
	/* Where it begins, from 1; in a format without lines its number.  No two have the same. */
	size_t line;
	const struct resource_type *type;
	/* How other records of the source name it: an id, a DN; TEXT_NONE: they do not. */
	struct text reference;
	/*
	 * As a client would POST it.  members[].value and the manager's value may
	 * be references of this source, or a userName, externalId or id.  An
	 * attribute that is null, "" or [] is to be emptied; one that is not
	 * there stays as it is where the resource exists already.
	 */
	struct json_value *resource;
	/*
	 * An array of strings: displayNames of all groups that a person is in
	 * (they are made where they are not there).  NULL: it is not said.
	 */
	struct json_value *groups;
	/* SOURCE_REJECT: who it is about, or TEXT_NONE.  SOURCE_REJECT, SOURCE_BROKEN: why. */
	struct text subject, sentence;
};

enum source_step {
	SOURCE_RECORD,
	SOURCE_REJECT,          /* this record cannot be read, the next can */
	SOURCE_END,
	SOURCE_BROKEN,          /* nothing more can be read */
};

/* --map COLUMN=ATTRIBUTE; an empty attribute leaves the column out. */
struct source_map {
	struct text column, attribute;
};

struct source_options {
	const struct source_map *maps;
	size_t map_count;
};

struct source;

/* One row of the table of formats; the functions are for source.c only. */
struct source_format {
	const char *name;               /* as --format takes it */
	const char *extension;          /* of the file's name, with its dot */
	const char *place;              /* what struct source_record's line is: "line", "resource" */
	bool takes_maps;
	/* Do the first bytes of a file look like it?  NULL: they cannot tell. */
	bool (*recognises)(struct text first);
	/* Reads what stands before the records; false: *sentence says what is in the way. */
	bool (*begin)(struct source *source, struct text *sentence);
	enum source_step (*next)(struct source *source, struct arena *arena,
	    struct source_record *record);
	/* Before the first record: begins behind so many.  NULL: by reading them. */
	void (*skip)(struct source *source, uint64_t records);
	void (*end)(struct source *source);     /* NULL: nothing to give back */
};

/* All formats, ends in NULL; the order is that in which they are asked for what a file is. */
extern const struct source_format *const source_formats[];
const struct source_format *source_format_find(struct text name);

/*
 * Opens the file, "-" is standard input, for reading in this format; NULL: by
 * the name's extension, else by its first bytes.  NULL, and *sentence in the
 * arena, when it cannot be.  The options' texts must outlive the source.
 */
struct source *source_open(struct arena *arena, const char *path,
    const struct source_format *format, const struct source_options *options,
    struct text *sentence) MUST_CHECK;
void source_close(struct source *source);

/* The next record, in the arena; of one that is no SOURCE_RECORD only what its comment says. */
enum source_step source_next(struct source *source, struct arena *arena,
    struct source_record *record) MUST_CHECK;

/* Before the first record: begins behind so many, without reading them; false: it cannot. */
bool source_skip(struct source *source, uint64_t records);

/* From now on waiting is called before more of a pipe is waited for than is there. */
void source_when_waiting(struct source *source, void (*waiting)(void *context), void *context);

const struct source_format *source_format_of(const struct source *source);
/* How many bytes of the file have been used so far. */
uint64_t source_position(const struct source *source);
/* How many entries so far were neither people nor groups, and no fault. */
uint64_t source_passed_over(const struct source *source);

#endif
