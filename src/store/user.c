/*
 * user.c - people as rows: read, create, change, delete, list.
 *
 * Each statement stands in sql/statement and can be tried in psql.  All of
 * them give the same columns, in the order of struct stored_resource.
 */
#include "json/write.h"
#include "store/user.h"

/* What the functions below hand to their transactions. */
struct task {
	struct text digest, id, base;
	struct store_change change;
	store_decide *decide;
	void *context;
	struct pg_rows *rows;
	struct stored_resource user;
};

static bool
read_user(struct session *session, void *context)
{
	struct task *task = context;

	return session_run_and_commit(session, STATEMENT_USER_READ,
	    PG_PARAMETERS(session->org, task->digest, task->id, task->base), &task->rows);
}

bool
store_user_read(struct session *session, struct text digest, struct text id, struct text base,
    struct caller *caller, struct stored_resource *user)
{
	struct task task = { .digest = digest, .id = id, .base = base };

	session->read_only = true;
	if (!session_transact(session, read_user, &task) ||
	    !store_caller_read(session, task.rows, caller))
		return false;
	store_resource_read(task.rows, 0, CALLER_COLUMNS, user);
	return true;
}

/* From this column on a row says why nothing was written: a code, and what its sentence names. */
#define RESOURCE_REASON 6
#define DELETE_REASON 1

/* What sql/statement/users_create.sql takes. */
static struct text
array_of(struct session *session, struct new_user *const *new_users, size_t count)
{
	struct buffer array = { 0 };
	struct json_writer writer = json_writer(&array);
	struct text text;

	json_begin_array(&writer);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(&writer);
		if (text_is_set(new_users[i]->id))
			json_member_string(&writer, TEXT("id"), new_users[i]->id);
		json_name(&writer, TEXT("resource"));
		json_write_raw(&writer, new_users[i]->resource);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	text = arena_copy(session->arena, buffer_text(&array));
	buffer_release(&array);
	return text;
}

void
store_users_queue(struct session *session, struct new_user *const *new_users, size_t count)
{
	struct pg_rows *rows;

	if (count == 0)
		return;
	rows = pg_queue(session->pg, STATEMENT_USERS_CREATE, PG_PARAMETERS(session->org,
	    array_of(session, new_users, count), new_users[0]->base));
	for (size_t i = 0; i < count; i++) {
		new_users[i]->rows = rows;
		new_users[i]->row = (int)i;
	}
}

bool
store_user_take(struct session *session, const struct new_user *new_user,
    struct stored_resource *user)
{
	if (!store_refusal_check(session, new_user->rows, new_user->row, RESOURCE_REASON))
		return false;
	store_resource_read(new_user->rows, new_user->row, 0, user);
	return true;
}

static bool
create_user(struct session *session, void *context)
{
	struct new_user *new_user = context;

	new_user->row = 0;
	return session_run_and_commit(session, STATEMENT_USER_CREATE, PG_PARAMETERS(session->org,
	    new_user->resource, new_user->id, new_user->base), &new_user->rows);
}

bool
store_user_create(struct session *session, struct new_user *new_user,
    struct stored_resource *user)
{
	session->read_only = false;
	return session_transact(session, create_user, new_user) &&
	    store_user_take(session, new_user, user);
}

static bool
lock_user(struct session *session, struct task *task)
{
	if (!session_run(session, STATEMENT_USER_LOCK,
	    PG_PARAMETERS(session->org, task->id, task->base), &task->rows))
		return false;
	if (pg_count(task->rows) == 0)
		return scim_fail(session->error, REASON_NOT_FOUND, TEXT("User"), task->id);
	store_resource_read(task->rows, 0, 0, &task->user);
	return true;
}

static bool
update_user(struct session *session, struct task *task)
{
	if (!session_run_and_commit(session, STATEMENT_USER_UPDATE,
	    PG_PARAMETERS(session->org, task->id, task->change.resource, task->base), &task->rows)) {
		bool taken = session->outcome == PG_UNIQUE &&
		    strcmp(pg_constraint(session->pg), "users_user_name_key") == 0;

		/* Two requests raced: the unique index decides (RFC 7644 3.3). */
		return taken ? scim_fail(session->error, REASON_USER_NAME_TAKEN,
		    task->change.user_name) : false;
	}
	if (!store_refusal_check(session, task->rows, 0, RESOURCE_REASON))
		return false;
	store_resource_read(task->rows, 0, 0, &task->user);
	return true;
}

static bool
change_user(struct session *session, void *context)
{
	struct task *task = context;

	task->change.resource = TEXT_NONE;
	if (!lock_user(session, task) ||
	    !task->decide(session, &task->user, &task->change, task->context))
		return false;
	return text_is_set(task->change.resource) ? update_user(session, task) : session_commit(session);
}

bool
store_user_change(struct session *session, struct text id, struct text base,
    store_decide *decide, void *context, struct stored_resource *user)
{
	struct task task = { .id = id, .base = base, .decide = decide, .context = context };

	session->read_only = false;
	if (!session_transact(session, change_user, &task))
		return false;
	*user = task.user;
	return true;
}

static bool
delete_user(struct session *session, void *context)
{
	struct task *task = context;

	return session_run(session, STATEMENT_USER_LOCK_GROUPS,
	    PG_PARAMETERS(session->org, task->id), &task->rows) &&
	    lock_user(session, task) &&
	    task->decide(session, &task->user, &task->change, task->context) &&
	    session_run_and_commit(session, STATEMENT_USER_DELETE,
	    PG_PARAMETERS(session->org, task->id), &task->rows) &&
	    store_refusal_check(session, task->rows, 0, DELETE_REASON);
}

bool
store_user_delete(struct session *session, struct text id, struct text base,
    store_decide *decide, void *context)
{
	struct task task = { .id = id, .base = base, .decide = decide, .context = context };

	session->read_only = false;
	return session_transact(session, delete_user, &task);
}
