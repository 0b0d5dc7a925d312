/*
 * names.h - by which names the people of some records are known, and whom
 * they name, to tell whether two sets of records have to do with each other.
 */
#ifndef TRANSFER_NAMES_H
#define TRANSFER_NAMES_H

#include "transfer/source.h"

enum name_kind {
	NAME_REFERENCE,
	NAME_EXTERNAL_ID,
	NAME_USER_NAME,
	NAME_ADDRESS,
	NAME_KINDS,
};

/* Hashes of names. */
struct name_set {
	uint64_t *slots;        /* 0: free */
	size_t count, size;     /* size: a power of two, or 0 */
};

/* { 0 }, or with by_address, is empty. */
struct names {
	bool by_address;                        /* people are also told by their addresses */
	struct name_set own[NAME_KINDS];
	struct name_set mentioned;              /* managers */
};

/* What a set of records has to do with an earlier one. */
enum names_relation {
	NAMES_STRANGE,
	NAMES_LEANING,          /* later mentions somebody of earlier, by a name of the given kind */
	NAMES_MEETING,          /* it means somebody of earlier, or mentions somebody by another name */
};

/* Adds a record of a person with its resource in canonical form; groups are passed over. */
void names_add(struct names *names, struct arena *arena, const struct source_record *record,
    const struct json_value *resource);
/*
 * Less than there is, is never said; more may be, by coincidence.  Names are
 * equal that are so without case (base/fold.h).
 */
enum names_relation names_relate(const struct names *earlier, const struct names *later,
    enum name_kind kind);
/* By what kind of name these records mention each other; where they do not, by what they would. */
enum name_kind names_style(const struct names *names);
void names_clear(struct names *names);
void names_release(struct names *names);

#endif
