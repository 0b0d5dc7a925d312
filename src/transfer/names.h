/*
 * names.h - by which names the people of some records are known, and whom
 * they name, to tell whether two sets of records have to do with each other.
 */
#ifndef TRANSFER_NAMES_H
#define TRANSFER_NAMES_H

#include "transfer/source.h"

/* Hashes of names. */
struct name_set {
	uint64_t *slots;        /* 0: free */
	size_t count, size;     /* size: a power of two, or 0 */
};

/* { 0 }, or with by_address, is empty. */
struct names {
	bool by_address;                /* people are also told by their addresses */
	struct name_set own;            /* userName, externalId, reference, addresses */
	struct name_set mentioned;      /* managers */
};

/* Adds a record of a person with its resource in canonical form; groups are passed over. */
void names_add(struct names *names, struct arena *arena, const struct source_record *record,
    const struct json_value *resource);
/*
 * Does later mention or mean somebody of earlier?  False is certain; true may
 * be a coincidence.  Equal means equal without case (base/fold.h).
 */
bool names_meet(const struct names *earlier, const struct names *later);
void names_clear(struct names *names);
void names_release(struct names *names);

#endif
