/*
 * caller.h - who calls: a token and what its organization allows.
 */
#ifndef STORE_CALLER_H
#define STORE_CALLER_H

#include "store/session.h"

struct caller {
	struct text token_id;
	struct text scopes;             /* "users,groups" */
	bool use_is_stale;              /* the last use was noted more than a minute ago */
	bool replace_without_target_creates;

	/* From store_authenticate() only, for lists and discovery. */
	struct text cursor_key;         /* bytes */
	struct text indexed;            /* attributes in scim.indexed_values, parted by commas */
	int64_t clock;                  /* the database's, in seconds since 1970 */
	struct text allowed;            /* "create_users,push_groups": settings that are on */
	struct text required_attributes;        /* parted by commas */
	struct text email_change;
};

/* How many columns of the statements that authenticate belong to the caller; others follow. */
#define CALLER_COLUMNS 8

/* digest: scim_token_digest().  Errors: AUTH_*, PROVISIONING_OFF, SCHEMA_MISMATCH. */
bool store_authenticate(struct session *session, struct text digest, struct caller *caller) MUST_CHECK;

/* The same from the rows of a statement that begins with the caller's columns. */
bool store_caller_read(struct session *session, const struct pg_rows *rows, struct caller *caller)
    MUST_CHECK;

/* Is this setting, "create_users" ..., on? */
bool store_caller_may(const struct caller *caller, struct text action);
/* Does the token have one of the two scopes? */
bool store_caller_has(const struct caller *caller, struct text scope, struct text other);

/* Notes time, address and agent of this use, at most once a minute. */
bool store_note_use(struct session *session, const struct caller *caller, struct text address,
    struct text agent) MUST_CHECK;

/* Does the database answer, and is its schema ours?  Errors: 503. */
bool store_health(struct session *session) MUST_CHECK;

#endif
