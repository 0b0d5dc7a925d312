/*
 * bulk.h - bulk messages (RFC 7644 3.7): reading a request, what "bulkId:..."
 * refers to, in which order and in which pieces to run it, and its answer.
 */
#ifndef SCIM_BULK_H
#define SCIM_BULK_H

#include "json/value.h"
#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_BULK_OPERATIONS_MAX 1000

struct bulk_operation {
	struct text method;                 /* in upper case when it is one of the four, else as sent */
	struct text bulk_id, version;       /* as sent, or unset */
	const struct resource_type *type;   /* of the path; NULL: it names none */
	struct text id;                     /* of the resource; a POST's was chosen here */
	struct text chosen_id;              /* of a POST: the id as it was chosen */
	char *made_id;                      /* of a POST: the bytes of id, and of all references to it */
	struct json_value *data;            /* with ids where references were; NULL: none */
	const size_t *targets;              /* the POSTs it refers to, each once, never itself */
	size_t target_count;
	size_t place;                       /* when it is run: place 0 comes first */
	struct scim_error *refusal;         /* why it cannot be run; NULL: it can */
};

struct bulk {
	struct bulk_operation *operations;  /* in the order of the request */
	size_t count;
	const size_t *order;                /* of places: which operation is run then */
	size_t fail_on_errors;              /* stop after so many errors; 0: never */
	const struct bulk_made *made;       /* the POSTs by the ids of what they make */
	size_t made_count;
};

/*
 * Reads a BulkRequest and gives each POST the id of what it is to make, so
 * that references are ids from then on, also those to later operations
 * (3.7.2) and circular ones (3.7.1).  What is wrong with one operation is its
 * refusal.  Changes body.  Errors, of the whole: 400 invalidSyntax, 413.
 */
bool scim_bulk_read(struct arena *arena, struct json_value *body, struct bulk *bulk,
    struct scim_error *error) MUST_CHECK;

/*
 * Where a piece that begins at the place from ends: after wanted places, or
 * later, so that no operation refers to a later piece.
 */
size_t scim_bulk_piece(const struct bulk *bulk, size_t from, size_t wanted);

/* The POST that makes the resource of this id; NULL when none does. */
const struct bulk_operation *scim_bulk_maker(const struct bulk *bulk, struct text id);

/*
 * The POST brought somebody back who has another id than was chosen here: all
 * references are to that id from now on.
 */
void scim_bulk_made_as(struct bulk *bulk, size_t operation, struct text id);
/* The POST is run anew: its id is the one that was chosen here. */
void scim_bulk_forget_made(struct bulk *bulk, size_t operation);

/* What became of one operation. */
struct bulk_outcome {
	int status;                         /* 0: it was not run */
	struct text version;                /* entity-tag, or unset */
	const struct scim_error *error;     /* NULL: it succeeded */
};

/* Appends the BulkResponse; base: the address before /Users. */
void scim_bulk_write(struct arena *arena, const struct bulk *bulk,
    const struct bulk_outcome *outcomes, struct text base, struct buffer *buffer);

#endif
