/*
 * organization.h - administration: organizations, their settings, their tokens.
 *
 * The columns of the rows are those of the statements of the same names, in
 * sql/statement; session->org names the organization.
 */
#ifndef STORE_ORGANIZATION_H
#define STORE_ORGANIZATION_H

#include "store/session.h"

/* For session->org: every organization that the login may see (sql/grant.sql). */
#define EVERY_ORGANIZATION TEXT("*")

enum organization_column {
	ORGANIZATION_KEY,
	ORGANIZATION_NAME,
	ORGANIZATION_CREATED,
	ORGANIZATION_PEOPLE,
	ORGANIZATION_GROUPS,
	ORGANIZATION_TOKENS,
	ORGANIZATION_SETTINGS,          /* a JSON object */
	ORGANIZATION_COLUMNS
};

/* The columns of org_delete. */
enum organization_deleted_column {
	ORGANIZATION_DELETED,
	ORGANIZATION_DELETED_PEOPLE,
	ORGANIZATION_DELETED_GROUPS
};

enum token_column {
	TOKEN_ID,
	TOKEN_LABEL,
	TOKEN_LAST_CHARACTERS,
	TOKEN_SCOPES,
	TOKEN_CREATED,
	TOKEN_CREATED_BY,
	TOKEN_EXPIRES,
	TOKEN_REVOKED,
	TOKEN_STATE,
	TOKEN_LAST_USED,
	TOKEN_LAST_USED_ADDRESS,
	TOKEN_LAST_USED_AGENT,
	TOKEN_COLUMNS
};

/* The columns that token_create and token_replace answer with. */
enum new_token_column {
	NEW_TOKEN_ID,
	NEW_TOKEN_LABEL,
	NEW_TOKEN_EXPIRES,
	NEW_TOKEN_SECRET,       /* the token itself, this once */
	NEW_TOKEN_OLD_ENDS      /* token_replace only */
};

/* The columns of doctor_server: facts about server, login and schema. */
enum doctor_server_column {
	DOCTOR_VERSION,
	DOCTOR_VERSION_NUMBER,
	DOCTOR_ENCODING,
	DOCTOR_SYNCHRONOUS_COMMIT,
	DOCTOR_FSYNC,
	DOCTOR_LOGIN,
	DOCTOR_LOGIN_IS_ABOVE_FENCE,
	DOCTOR_LOGIN_IS_OWNER,
	DOCTOR_OWNER,                   /* of the schema; NULL: there is none */
	DOCTOR_SERVICE_IS_ABOVE_FENCE,
	DOCTOR_MISSING_ROLES,
	DOCTOR_UNFENCED_TABLES,
	DOCTOR_READS_ONLY
};

/* The columns of doctor_tokens: tokens that need attention, and why. */
enum doctor_token_column {
	DOCTOR_TOKEN_ORG,
	DOCTOR_TOKEN_LABEL,
	DOCTOR_TOKEN_LAST_CHARACTERS,
	DOCTOR_TOKEN_EXPIRES,
	DOCTOR_TOKEN_MATTER
};

/* A token that is to be made. */
struct new_token {
	struct text label, scopes;      /* token_create only; scopes parted by commas */
	struct text lifetime, expires;  /* one of them: an interval ("90 days"), or a UTC time */
};

/* False in *created: there is one of this key. */
bool store_organization_create(struct session *session, struct text name, bool *created)
    MUST_CHECK;
bool store_organization_list(struct session *session, struct pg_rows **rows) MUST_CHECK;
/* Is there such an organization? Asks for no more than an auditor may read. */
bool store_organization_known(struct session *session, bool *known) MUST_CHECK;
/* No row: there is no such organization. */
bool store_organization_show(struct session *session, struct pg_rows **rows) MUST_CHECK;
/*
 * changes: a JSON object of settings by column, and of name; others stay.  False in
 * *found: there is no such organization.  SQLSTATE 22023: one cannot be that.
 */
bool store_organization_set(struct session *session, struct text changes, bool *found)
    MUST_CHECK;

/*
 * False in *deleted: there was none.  Else the rows tell how many people and groups went;
 * it may take its time.
 */
bool store_organization_delete(struct session *session, bool *deleted, struct pg_rows **rows)
    MUST_CHECK;

/* No row: no such organization.  SQLSTATE 22023: no such token can be, the message says why. */
bool store_token_create(struct session *session, const struct new_token *token,
    struct pg_rows **rows) MUST_CHECK;
/* No row: no such organization.  A row whose id is NULL: it has no token. */
bool store_token_list(struct session *session, struct pg_rows **rows) MUST_CHECK;
/*
 * The old one lives on for grace (an interval) or until ends (a UTC time).
 * SQLSTATE P0002: there is no such token; 55000: its end was set before; 22023: as above.
 */
bool store_token_replace(struct session *session, struct text id, struct text grace,
    struct text ends, const struct new_token *token, struct pg_rows **rows) MUST_CHECK;
/* At once.  SQLSTATE P0002: there is no such token. */
bool store_token_revoke(struct session *session, struct text id, struct pg_rows **rows)
    MUST_CHECK;

/* One row; also where there is no schema. */
bool store_doctor_server(struct session *session, struct pg_rows **rows) MUST_CHECK;
bool store_doctor_tokens(struct session *session, struct pg_rows **rows) MUST_CHECK;

#endif
