/*
 * organization.c - one statement, one transaction each.
 */
#include "store/organization.h"

/* The people of a large organization take their time. */
#define DELETE_MICROSECONDS 3600000000

bool
store_organization_create(struct session *session, struct text name, bool *created)
{
	struct pg_rows *rows;

	if (!session_statement(session, false, STATEMENT_ORG_CREATE, PG_PARAMETERS(session->org, name), &rows))
		return false;
	*created = pg_boolean(rows, 0, 0);
	return true;
}

bool
store_organization_list(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_ORG_LIST, NULL, rows);
}

bool
store_organization_known(struct session *session, bool *known)
{
	struct pg_rows *rows;

	if (!session_statement(session, true, STATEMENT_ORG_KNOWN, PG_PARAMETERS(session->org), &rows))
		return false;
	*known = pg_count(rows) == 1;
	return true;
}

bool
store_organization_show(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_ORG_SHOW, PG_PARAMETERS(session->org), rows);
}

bool
store_organization_set(struct session *session, struct text changes, bool *found)
{
	struct pg_rows *rows;

	if (!session_statement(session, false, STATEMENT_ORG_SET, PG_PARAMETERS(session->org, changes), &rows))
		return false;
	*found = pg_count(rows) == 1;
	return true;
}

bool
store_organization_delete(struct session *session, bool *deleted, struct pg_rows **rows)
{
	if (!session_long_statement(session, DELETE_MICROSECONDS, false, STATEMENT_ORG_DELETE,
	    PG_PARAMETERS(session->org), rows))
		return false;
	*deleted = pg_boolean(*rows, 0, ORGANIZATION_DELETED);
	return true;
}

bool
store_token_create(struct session *session, const struct new_token *token, struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_TOKEN_CREATE,
	    PG_PARAMETERS(session->org, token->label, token->scopes, token->lifetime, token->expires),
	    rows);
}

bool
store_token_list(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_TOKEN_LIST, PG_PARAMETERS(session->org), rows);
}

bool
store_token_replace(struct session *session, struct text id, struct text grace,
    struct text ends, const struct new_token *token, struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_TOKEN_REPLACE,
	    PG_PARAMETERS(session->org, id, grace, ends, token->lifetime, token->expires), rows);
}

bool
store_token_revoke(struct session *session, struct text id, struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_TOKEN_REVOKE, PG_PARAMETERS(session->org, id), rows);
}

bool
store_doctor_server(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_DOCTOR_SERVER, NULL, rows);
}

bool
store_doctor_tokens(struct session *session, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_DOCTOR_TOKENS, NULL, rows);
}
