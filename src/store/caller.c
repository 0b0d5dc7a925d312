/*
 * caller.c - authentication by one row.
 */
#include "store/caller.h"

enum caller_column {
	TOKEN_ID,
	SCOPES,
	STATE,
	USE_IS_STALE,
	PROVISIONING,
	PROVISIONING_OFF_REASON,
	REPLACE_WITHOUT_TARGET,
	SCHEMA_VERSION,
	CURSOR_KEY,
	INDEXED_ATTRIBUTES,
	CLOCK,
	ALLOWED,
	REQUIRED_ATTRIBUTES,
	EMAIL_CHANGE,
};

bool
store_caller_read(struct session *session, const struct pg_rows *rows, struct caller *caller)
{
	struct text state, why;

	if (pg_count(rows) == 0)
		return scim_fail(session->error, REASON_AUTH_UNKNOWN);
	state = pg_text(rows, 0, STATE);
	if (text_equal(state, TEXT("revoked")))
		return scim_fail(session->error, REASON_AUTH_REVOKED);
	if (text_equal(state, TEXT("expired")))
		return scim_fail(session->error, REASON_AUTH_EXPIRED);
	if (pg_number(rows, 0, SCHEMA_VERSION) != sql_schema_version())
		return scim_fail(session->error, REASON_SCHEMA_MISMATCH);
	caller->token_id = pg_text(rows, 0, TOKEN_ID);
	caller->scopes = pg_text(rows, 0, SCOPES);
	caller->use_is_stale = pg_boolean(rows, 0, USE_IS_STALE);
	caller->replace_without_target_creates =
	    text_equal(pg_text(rows, 0, REPLACE_WITHOUT_TARGET), TEXT("create"));
	if (pg_boolean(rows, 0, PROVISIONING))
		return true;
	why = pg_text(rows, 0, PROVISIONING_OFF_REASON);
	return scim_fail(session->error, REASON_PROVISIONING_OFF,
	    text_is_set(why) ? why : TEXT("no reason was given."));
}

struct question {
	struct text digest;
	struct pg_rows *rows;
};

static bool
authenticate(struct session *session, void *context)
{
	struct question *question = context;

	return session_run_and_commit(session, STATEMENT_AUTHENTICATE,
	    PG_PARAMETERS(session->org, question->digest), &question->rows);
}

static unsigned
hex_digit(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* What encode(..., 'hex') made of bytes. */
static struct text
from_hex(struct arena *arena, struct text hex)
{
	char *bytes = arena_alloc(arena, hex.length / 2 + 1);

	for (size_t i = 0; i < hex.length / 2; i++)
		bytes[i] = (char)(hex_digit(hex.start[2 * i]) << 4 | hex_digit(hex.start[2 * i + 1]));
	return (struct text){ bytes, hex.length / 2 };
}

bool
store_authenticate(struct session *session, struct text digest, struct caller *caller)
{
	struct question question = { digest, NULL };

	session->read_only = true;
	if (!session_transact(session, authenticate, &question) ||
	    !store_caller_read(session, question.rows, caller))
		return false;
	caller->cursor_key = from_hex(session->arena, pg_text(question.rows, 0, CURSOR_KEY));
	caller->indexed = pg_text(question.rows, 0, INDEXED_ATTRIBUTES);
	caller->clock = pg_number(question.rows, 0, CLOCK);
	caller->allowed = pg_text(question.rows, 0, ALLOWED);
	caller->required_attributes = pg_text(question.rows, 0, REQUIRED_ATTRIBUTES);
	caller->email_change = pg_text(question.rows, 0, EMAIL_CHANGE);
	return true;
}

/* Is one of the two among those that commas part? */
static bool
lists(struct text rest, struct text wanted, struct text other)
{
	while (rest.length > 0) {
		size_t comma = text_find_byte(rest, ',');
		struct text one = text_first(rest, comma);

		if (text_equal(one, wanted) || text_equal(one, other))
			return true;
		rest = text_after(rest, comma < rest.length ? comma + 1 : comma);
	}
	return false;
}

bool
store_caller_may(const struct caller *caller, struct text action)
{
	return lists(caller->allowed, action, action);
}

bool
store_caller_has(const struct caller *caller, struct text scope, struct text other)
{
	return lists(caller->scopes, scope, other);
}

struct use {
	const struct caller *caller;
	struct text address, agent;
};

static bool
note_use(struct session *session, void *context)
{
	struct use *use = context;
	struct pg_rows *rows;

	return session_run_and_commit(session, STATEMENT_TOKEN_USED, PG_PARAMETERS(session->org,
	    use->caller->token_id, use->address, use->agent), &rows);
}

bool
store_note_use(struct session *session, const struct caller *caller, struct text address,
    struct text agent)
{
	struct use use = { caller, address, agent };

	session->read_only = false;
	return session_transact(session, note_use, &use);
}

bool
store_health(struct session *session)
{
	struct pg_rows *rows = pg_queue(session->pg, STATEMENT_HEALTH, NULL);

	session->read_only = true;
	if (!session_flush(session))
		return false;
	if (pg_number(rows, 0, 0) != sql_schema_version())
		return scim_fail(session->error, REASON_SCHEMA_MISMATCH);
	return true;
}
