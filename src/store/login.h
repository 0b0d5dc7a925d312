/*
 * login.h - logins that the application tells of (scim.link_login).
 */
#ifndef STORE_LOGIN_H
#define STORE_LOGIN_H

#include "store/session.h"

/* TEXT_NONE: not known; subject or email is. */
struct login {
	struct text subject, email, account;
};

/* What the application shall do. */
struct login_decision {
	bool let_in;
	struct scim_error why;          /* the refusal, or what there is to say; REASON_NONE: nothing */
	struct text id, user_name, status, account;     /* of the person; unset: nobody was found */
};

/* A refusal is a decision, not an error: it is written to the log like one who was let in. */
bool store_login(struct session *session, const struct login *login,
    struct login_decision *decision) MUST_CHECK;

#endif
