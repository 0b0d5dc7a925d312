/*
 * authenticate.c - from an Authorization header to a caller.
 *
 * A token of a wrong form costs no SQL.  The organization in the address must
 * be the token's own, else whoever holds a token could ask about others.
 */
#include "scim/token.h"
#include "serve/exchange.h"

bool
authenticate_form(struct exchange *exchange)
{
	struct text token, org;

	if (!scim_token_read(exchange->request.authorization, &token, &org, &exchange->error))
		return false;
	if (text_is_set(exchange->org_in_path) && !text_equal(exchange->org_in_path, org))
		return scim_fail(&exchange->error, REASON_AUTH_WRONG_ORG);
	exchange->digest = scim_token_digest(exchange->arena, token);
	exchange->session.org = arena_copy(exchange->arena, org);
	return true;
}

bool
authenticate_scope(struct exchange *exchange)
{
	static const struct {
		struct text scope, other;
	} needed[] = {
		[ACCESS_READ_USERS] = { { "users", 5 }, { "read", 4 } },
		[ACCESS_WRITE_USERS] = { { "users", 5 }, { "users", 5 } },
		[ACCESS_READ_GROUPS] = { { "groups", 6 }, { "read", 4 } },
		[ACCESS_WRITE_GROUPS] = { { "groups", 6 }, { "groups", 6 } },
		[ACCESS_LOGIN] = { { "login", 5 }, { "login", 5 } },
	};
	enum access access = exchange->operation->access;

	if (access == ACCESS_OPEN || access == ACCESS_ANY ||
	    store_caller_has(&exchange->caller, needed[access].scope, needed[access].other))
		return true;
	return scim_fail(&exchange->error, REASON_AUTH_SCOPE, needed[access].scope);
}

bool
authenticate(struct exchange *exchange)
{
	if (exchange->operation->access == ACCESS_OPEN)
		return true;
	if (!authenticate_form(exchange))
		return false;
	if (exchange->operation->authenticates)
		return true;
	return store_authenticate(&exchange->session, exchange->digest, &exchange->caller) &&
	    authenticate_scope(exchange);
}
