/*
 * log.h - rows of scim.request_log that the responder writes itself: for what
 * was refused.  What was done is logged in the transaction that does it.
 */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include "store/session.h"

/* Whom a request is about, as it says; TEXT_NONE: it does not. */
struct log_subject {
	struct text name;           /* userName, displayName, email or externalId */
	struct text email, external_id;
};

struct log_refusal {
	struct text action;         /* "create", as in request_log.action */
	struct text resource_type;  /* "User", "Group" or TEXT_NONE */
	struct text id;             /* TEXT_NONE: none, or none that could be ours */
	struct log_subject subject; /* without a name: that of the resource with the id */
	const struct scim_error *error;
};

/*
 * Writes a row for each in one transaction and round trip, after that of the
 * request was rolled back.  session->request says of which request they are.
 */
bool store_log_refusals(struct session *session, const struct log_refusal *refusals, size_t count)
    MUST_CHECK;

#endif
