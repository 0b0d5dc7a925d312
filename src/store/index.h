/*
 * index.h - indexes on attributes that only some organizations filter by, and
 * what a filter costs.
 *
 * The values of an indexed attribute stand in scim.indexed_values; an
 * expression index could not be used behind row level security, see the
 * migration 0004.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "store/plan.h"
#include "store/session.h"

/* The org of what is indexed for every organization. */
#define INDEX_FOR_ALL TEXT("*")

enum index_column { INDEX_ORG, INDEX_ATTRIBUTE, INDEX_READY };

/* All of them, columns as above. */
bool store_index_list(struct session *session, struct pg_rows **rows) MUST_CHECK;

/* Of the session's organization: the names parted by commas, and whether it exists. */
bool store_index_of_org(struct session *session, bool *known, struct text *indexed) MUST_CHECK;

/* What became of an order about an index. */
enum index_result {
	INDEX_DONE,
	INDEX_ALREADY,          /* it was there, or, dropping, it was not */
	INDEX_NO_ORGANIZATION,
};

/*
 * Fills an index while everybody goes on working, in many transactions; after
 * a break-off it can be called again.  path: store_plan_path().
 */
bool store_index_add(struct session *session, struct text org, struct text attribute,
    struct text path, enum index_result *result) MUST_CHECK;

/* Drops an index, and its values once no request under way can look for them. */
bool store_index_drop(struct session *session, struct text org, struct text attribute,
    enum index_result *result) MUST_CHECK;

/*
 * How PostgreSQL would run the plan, or ran it: one line a row.  As the
 * responder where the login may, since row level security makes other plans.
 */
bool store_explain(struct session *session, const struct plan *plan, bool analyze,
    struct pg_rows **rows) MUST_CHECK;

#endif
