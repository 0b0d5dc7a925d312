/*
 * token.h - bearer tokens: sclt_{org}_{43 random}{6 check} in base 62.
 *
 * The prefix lets secret scanners find a lost token, the organization lets
 * one statement find its row, the check (CRC-32 of all before it) refuses
 * what was copied wrongly without asking the database.
 */
#ifndef SCIM_TOKEN_H
#define SCIM_TOKEN_H

#include "base/arena.h"
#include "base/compiler.h"
#include "scim/error.h"

/* SHA-256 of the whole token in hexadecimal: the form the database knows. */
struct text scim_token_digest(struct arena *arena, struct text token);

/*
 * Takes the token out of an Authorization header (RFC 6750 2.1) and checks its
 * form; org points into it.  Errors: AUTH_MISSING, AUTH_MALFORMED.
 */
bool scim_token_read(struct text authorization, struct text *token, struct text *org,
    struct scim_error *error) MUST_CHECK;

/* Organization keys: [a-z0-9][a-z0-9-]{1,62}. */
bool scim_is_org_key(struct text key);

#endif
