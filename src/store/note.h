/*
 * note.h - what is noted about a client after its answer was sent; the history
 * of a person; and what becomes of all that with time.
 */
#ifndef STORE_NOTE_H
#define STORE_NOTE_H

#include "store/session.h"

/* A call to session->org without a good token; an organization that does not exist is not noted. */
bool store_note_refused(struct session *session, struct text address, struct text reason,
    struct text agent) MUST_CHECK;

/* Somebody of session->org was looked for by attribute eq value, and is not there. */
bool store_note_lookup(struct session *session, struct text value, struct text attribute,
    struct text agent) MUST_CHECK;

/* The audit events of a person of session->org, oldest first; columns of sql/statement/history.sql. */
bool store_history(struct session *session, struct text person, struct pg_rows **rows) MUST_CHECK;

struct pruning {
	struct text age;        /* what is older goes, an interval */
	struct text before;     /* or of before that time; both TEXT_NONE: as the organizations say */
	bool dry_run;
};

/* Retention (scim.prune), or what it would do; rows of what and number.  session->org: every organization. */
bool store_prune(struct session *session, const struct pruning *pruning, struct pg_rows **rows)
    MUST_CHECK;

#endif
