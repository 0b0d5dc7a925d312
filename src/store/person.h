/*
 * person.h - people and groups as an administrator handles them (`scimlet user ...`).
 *
 * The columns of the rows are those of the statements of the same names;
 * session->org names the organization.
 */
#ifndef STORE_PERSON_H
#define STORE_PERSON_H

#include "store/plan.h"
#include "store/session.h"

/* The columns of person_find. */
enum person_column {
	PERSON_ID,
	PERSON_USER_NAME,
	PERSON_STATUS,
};

/* A page of people; the plan is that of store_plan_people(). */
bool store_person_page(struct session *session, const struct plan *plan, struct pg_rows **rows)
    MUST_CHECK;
/* By id, userName, externalId or email, whichever fits first: none, one, or several rows. */
bool store_person_find(struct session *session, struct text person, struct pg_rows **rows)
    MUST_CHECK;
/* No row: there is no such person. */
bool store_person_show(struct session *session, struct text id, struct pg_rows **rows) MUST_CHECK;
bool store_person_protect(struct session *session, struct text id, bool protect,
    struct pg_rows **rows) MUST_CHECK;
/* One column: the new status. */
bool store_person_activate(struct session *session, struct text id, bool active,
    struct pg_rows **rows) MUST_CHECK;
/* By id or displayName; a row for each: id and displayName. */
/* By id or displayName.  No row: there is none, or more than one. */
bool store_group_show(struct session *session, struct text group, struct pg_rows **rows) MUST_CHECK;
/* Direct members, and those of groups in it. */
bool store_group_people(struct session *session, struct text id, struct pg_rows **rows) MUST_CHECK;
bool store_group_protect(struct session *session, struct text group, bool protect,
    struct pg_rows **rows) MUST_CHECK;

#endif
