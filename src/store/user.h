/*
 * user.h - people as rows of scim.users.
 */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "store/resource.h"

/*
 * Authenticates and reads one person in one statement.  user->id is unset
 * when there is none; caller is filled in both cases.
 */
bool store_user_read(struct session *session, struct text digest, struct text id, struct text base,
    struct caller *caller, struct stored_resource *user) MUST_CHECK;

/*
 * Writing obeys the settings of the organization, in the same transaction
 * (sql/function/person.sql): each of the functions below can refuse with any
 * reason that scim.create_person(), change_person() or delete_person() names.
 */

/* A person to be made. */
struct new_user {
	struct text id;             /* unset: the database chooses one */
	struct text resource;
	struct text base;           /* address of resources */
	struct pg_rows *rows;       /* what the database made of it: a row of these */
	int row;
};

/* user->id is not the one asked for when somebody who was here before came back. */
bool store_user_create(struct session *session, struct new_user *new_user,
    struct stored_resource *user) MUST_CHECK;

/*
 * The same for many by one statement, inside work: queue them (all of the same
 * base), flush, take each.  A refusal is a row and no error of the database.
 */
void store_users_queue(struct session *session, struct new_user *const *new_users, size_t count);
bool store_user_take(struct session *session, const struct new_user *new_user,
    struct stored_resource *user) MUST_CHECK;

/* What becomes of a locked resource. */
struct store_change {
	struct text resource;       /* its new document; unset: nothing changes */
	struct text user_name;      /* only words USER_NAME_TAKEN */
};

/* Fills change, or refuses with a filled error.  May be asked again after a deadlock. */
typedef bool store_decide(struct session *session, const struct stored_resource *current,
    struct store_change *change, void *context);

/* Locks a person, asks decide, writes.  Errors: NOT_FOUND, those of decide, refusals. */
bool store_user_change(struct session *session, struct text id, struct text base,
    store_decide *decide, void *context, struct stored_resource *user) MUST_CHECK;

/* Locks a person, asks decide (which sets no resource), deletes. */
bool store_user_delete(struct session *session, struct text id, struct text base,
    store_decide *decide, void *context) MUST_CHECK;

#endif
