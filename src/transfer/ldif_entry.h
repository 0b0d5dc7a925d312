/*
 * ldif_entry.h - entries out of LDIF (RFC 2849), one at a time.
 */
#ifndef TRANSFER_LDIF_ENTRY_H
#define TRANSFER_LDIF_ENTRY_H

#include "transfer/input.h"

struct ldif_attribute {
	struct text name;               /* without options */
	struct text options;            /* "lang-de", "range=0-1499"; "" */
	struct text value;              /* decoded; may be any bytes if it was in base64 */
};

struct ldif_entry {
	struct text dn;
	struct ldif_attribute *attributes;      /* those that are wanted */
	size_t count, capacity;
};

struct ldif_reader {
	struct buffer line;             /* unfolded */
	size_t number;                  /* of the line that begins it */
	bool too_long;                  /* a value that is not wanted need not fit */
	bool in_entry;                  /* its lines are not all read yet */
	/* Which attributes are to be kept; of others no byte is. */
	bool (*wants)(const void *context, struct text name);
	const void *context;
};

/*
 * The next entry; with a sentence in the record where it cannot be read, whose
 * line is where the entry begins.  What ldapsearch says besides entries is
 * passed over.
 */
enum source_step ldif_next(struct source *source, struct ldif_reader *reader,
    struct arena *arena, struct source_record *record, struct ldif_entry *entry) MUST_CHECK;

/* The n-th value of an attribute, from 0, or TEXT_NONE; values with a language are none. */
struct text ldif_value(const struct ldif_entry *entry, struct text name, size_t n);

#endif
