/*
 * plan.h - filters, sorting and paging as one SQL statement.
 *
 * The text is made of fixed pieces chosen by our schema tables; whatever came
 * from the client is a parameter.  Equal questions give equal texts, so that
 * PostgreSQL plans them once.
 */
#ifndef STORE_PLAN_H
#define STORE_PLAN_H

#include "base/arena.h"
#include "scim/cursor.h"
#include "scim/filter.h"

/* A query at the root is about both resource types (RFC 7644 3.4.2.1). */
#define LIST_PARTS_MAX 2

/* From so far on it is remembered where a walk by startIndex goes on (scim.list_anchors). */
#define LIST_ANCHOR_DEPTH 1000

/* What a list asks for of one resource type. */
struct list_part {
	const struct resource_type *type;
	const struct filter *filter;    /* NULL: all */
	struct attribute_ref sort_by;   /* attribute NULL: it has none of this name */
};

/* What a list asks for (RFC 7644 3.4.2, RFC 9865). */
struct list_query {
	struct list_part parts[LIST_PARTS_MAX];
	size_t part_count;
	bool sorted;                    /* else by (created, id), which never changes */
	bool descending;
	long count;                     /* 0: the total only */
	long start_index;               /* from 1; not looked at with a cursor */
	bool by_cursor;
	struct list_place after;        /* with a cursor; id unset: from the first on */
	struct text token_id;           /* whose walk it is; unset: nobody's */
	struct text indexed;            /* attributes in scim.indexed_values, parted by commas */
};

struct plan {
	struct text sql;
	struct text *parameters;
	int count;
	long limit;             /* of a list: resources on a page; one more row tells of more */
};

/* The columns of a list plan, in order; id is NULL in the one row of an empty page. */
enum list_column {
	LIST_TOTAL,
	LIST_ID,
	LIST_VERSION,
	LIST_CREATED,
	LIST_LAST_MODIFIED,
	LIST_RESOURCE,
	LIST_GROUPS,
	LIST_MEMBER_COUNT,
	LIST_TYPE,
	LIST_SORT_KEY,
	LIST_REMOVED,           /* resource_counts.removed, for the anchor */
};

/*
 * The plan of a list in one organization.  base is the address before
 * /Users/ID in meta.location and $ref.
 */
struct plan store_plan_list(struct arena *arena, struct text org, struct text base,
    const struct list_query *query);

/* The columns of a page of people, those of scim.people before the last. */
enum people_column {
	PEOPLE_USER_NAME,
	PEOPLE_STATUS,
	PEOPLE_DISPLAY_NAME,
	PEOPLE_EMAIL,
	PEOPLE_ACCOUNT,
	PEOPLE_LAST_LOGIN,
	PEOPLE_ID,
	PEOPLE_KEY,             /* where the next page goes on */
};

/* Pages of people by userName, for administrators. */
struct people_query {
	const struct filter *filter;    /* NULL: all */
	struct text status;             /* TEXT_NONE: any */
	struct text after;              /* PEOPLE_KEY of the last one; TEXT_NONE: from the first on */
	struct text indexed;            /* as in struct list_query */
	long count;
};

struct plan store_plan_people(struct arena *arena, struct text org, struct text base,
    const struct people_query *query);

/* Is the list one of those whose anchors are kept: all of one type, by startIndex? */
bool store_plan_has_anchor(const struct list_query *query);

/* Does an index lead to the matches, so that not every resource is read? */
bool store_plan_is_indexed(struct arena *arena, const struct list_query *query);

/* The operators that an index answers: "eq sw"; NULL: none, every resource is read. */
const char *store_plan_index(const struct resource_type *type, struct attribute_ref ref);

/* Where values of a person's attribute stand in users.resource, as a jsonpath. */
struct text store_plan_path(struct arena *arena, struct attribute_ref ref);

/*
 * The removal of those members of a group who fulfil a filter on members.
 */
struct plan store_plan_members_remove(struct arena *arena, struct text org, struct text group,
    const struct filter *filter);

#endif
