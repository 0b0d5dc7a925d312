/*
 * resource.h - what people and groups have in common as rows, and lists of them.
 */
#ifndef STORE_RESOURCE_H
#define STORE_RESOURCE_H

#include "store/caller.h"
#include "store/plan.h"

/* A resource as the database gives it; texts live as long as the request. */
struct stored_resource {
	struct text id;             /* unset: there is none */
	struct text version;        /* without W/ and quotes */
	struct text created, last_modified;     /* RFC 3339 in UTC with milliseconds */
	struct text resource;       /* JSON object without id, meta, groups */
	struct text groups;         /* of a person: JSON array, or unset */
	long member_count;          /* of a group */
};

/* Reads the columns that all statements on resources give, from this column on. */
void store_resource_read(const struct pg_rows *rows, int row, int column,
    struct stored_resource *resource);

/*
 * A refusal by a function of sql/: the columns reason and arguments[1] to [3]
 * of a row, from this column on.  No reason: true; else false with the error.
 */
#define REFUSAL_COLUMNS (1 + SCIM_ERROR_ARGUMENTS)
bool store_refusal_check(struct session *session, const struct pg_rows *rows, int row, int column)
    MUST_CHECK;

/* A page of a list. */
struct list_page {
	int count;                  /* resources on it */
	long total;                 /* of all pages */
	bool more;                  /* others follow; known of pages by cursor */
	struct list_place last;     /* of its last resource; id unset: it has none */
	struct text removed;        /* for store_list_anchor() */
};

/* What the rows of a list plan are: the page, and each resource with its type. */
void store_page_read(const struct pg_rows *rows, const struct plan *plan, struct list_page *page);
const struct resource_type *store_listed_read(const struct pg_rows *rows, int row,
    struct stored_resource *resource);

/* Runs a list plan for one resource type: the page and its resources. */
bool store_list(struct session *session, const struct plan *plan, struct list_page *page,
    struct stored_resource **resources) MUST_CHECK;

/*
 * Notes that the walk of this token goes on at start_index, behind the page:
 * scim.list_anchors.  Nothing depends on it but speed.
 */
bool store_list_anchor(struct session *session, struct text token_id,
    const struct resource_type *type, long start_index, const struct list_page *page) MUST_CHECK;

#endif
