/*
 * group.c - groups and memberships: read, list, create, change, delete.
 */
#include "store/group.h"
#include "store/steps.h"

#define PAGE 1000

/* Those behind the members' number are of group_create and group_lock only. */
enum group_column { GROUP_MEMBER_COUNT = 6, GROUP_REFUSAL = 7, GROUP_ABOVE = GROUP_REFUSAL + REFUSAL_COLUMNS };
enum member_column { MEMBER_ID, MEMBER_TYPE, MEMBER_DISPLAY };
/* Of members_add and members_set. */
enum added_column { ADDED, UNKNOWN, REMOVED };

/* What the functions below hand to their transactions. */
struct task {
	struct text id;
	const struct group_reader *reader;
	store_group_decide *decide;
	void *context;
	struct group_change change;
	struct text above;              /* a protected group that this one is in; unset: none */
	const struct plan *plan;
	const struct list_reader *list;
};

static bool
not_found(struct session *session, struct text id)
{
	return scim_fail(session->error, REASON_NOT_FOUND, TEXT("Group"), id);
}

static bool
read_group(struct session *session, struct text id, const struct pg_rows *rows,
    struct stored_resource *group)
{
	if (pg_count(rows) == 0 || !text_is_set(pg_text(rows, 0, 0)))
		return not_found(session, id);
	store_resource_read(rows, 0, 0, group);
	group->member_count = pg_number(rows, 0, GROUP_MEMBER_COUNT);
	return true;
}

static struct pg_rows *
queue_page(struct session *session, struct text group, struct text after)
{
	return pg_queue(session->pg, STATEMENT_MEMBERS_PAGE, PG_PARAMETERS(session->org, group, after,
	    arena_format(session->arena, "%d", PAGE)));
}

static bool
hand_page(const struct pg_rows *rows, const struct group_reader *reader)
{
	struct stored_member page[PAGE];
	int count = pg_count(rows);

	for (int i = 0; i < count; i++)
		page[i] = (struct stored_member){ pg_text(rows, i, MEMBER_ID),
		    pg_text(rows, i, MEMBER_TYPE), pg_text(rows, i, MEMBER_DISPLAY) };
	return reader->members(reader->context, page, count, count < PAGE);
}

/* The members from the first page, which is at hand, to the last; memory is that of one page. */
static bool
hand_members(struct session *session, struct text group, struct pg_rows *rows,
    const struct group_reader *reader)
{
	for (;;) {
		int count = pg_count(rows);
		struct text last;

		if (!hand_page(rows, reader))
			return false;
		if (count < PAGE)
			return true;
		last = arena_copy(session->arena, pg_text(rows, count - 1, MEMBER_ID));
		pg_release(rows);
		rows = queue_page(session, group, last);
		if (!session_flush(session))
			return false;
	}
}

/* Tells the reader of a group, and of its members if it wants them. */
static bool
hand_group(struct session *session, const struct stored_resource *group,
    const struct group_reader *reader)
{
	bool wanted = false;
	struct pg_rows *rows;

	if (!reader->group(reader->context, group, &wanted))
		return false;
	if (!wanted)
		return true;
	rows = queue_page(session, group->id, TEXT_NONE);
	return session_flush(session) && hand_members(session, group->id, rows, reader);
}

static bool
run_read(struct session *session, void *context)
{
	struct task *task = context;
	struct stored_resource group;
	struct pg_rows *rows;

	return session_run(session, STATEMENT_GROUP_READ, PG_PARAMETERS(session->org, task->id),
	    &rows) &&
	    read_group(session, task->id, rows, &group) &&
	    hand_group(session, &group, task->reader) &&
	    session_commit(session);
}

bool
store_group_read(struct session *session, struct text id, const struct group_reader *reader)
{
	struct task task = { .id = id, .reader = reader };
	bool fine;

	session->read_only = session->snapshot = true;
	fine = session_transact(session, run_read, &task);
	session->snapshot = false;
	return fine;
}

static bool
hand_listed(struct session *session, const struct pg_rows *rows, int row,
    const struct list_reader *reader)
{
	struct stored_resource resource;

	if (store_listed_read(rows, row, &resource) == &scim_user_type)
		return reader->user(reader->group.context, &resource);
	return hand_group(session, &resource, &reader->group);
}

static bool
run_list(struct session *session, void *context)
{
	struct task *task = context;
	struct pg_rows *rows = pg_queue_text(session->pg, task->plan->sql, task->plan->parameters,
	    task->plan->count);
	struct list_page page;

	if (!session_flush(session))
		return false;
	store_page_read(rows, task->plan, &page);
	if (!task->list->begin(task->list->group.context, &page))
		return false;
	for (int i = 0; i < page.count; i++)
		if (!hand_listed(session, rows, i, task->list))
			return false;
	return session_commit(session);
}

bool
store_group_list(struct session *session, const struct plan *plan,
    const struct list_reader *reader)
{
	struct task task = { .plan = plan, .list = reader };
	bool fine;

	session->read_only = session->snapshot = true;
	fine = session_transact(session, run_list, &task);
	session->snapshot = false;
	return fine;
}

/* The form of an array in PostgreSQL's text: ids have been checked to be uuids. */
static struct text
array_of(struct session *session, const struct member_step *step)
{
	struct buffer array = { 0 };
	struct text text;

	buffer_append_byte(&array, '{');
	for (size_t i = 0; i < step->count; i++) {
		if (i > 0)
			buffer_append_byte(&array, ',');
		buffer_append(&array, step->ids[i]);
	}
	buffer_append_byte(&array, '}');
	text = arena_copy(session->arena, buffer_text(&array));
	buffer_release(&array);
	return text;
}

static struct pg_rows *
queue_filtered_removal(struct session *session, struct text group, const struct filter *filter)
{
	struct plan plan = store_plan_members_remove(session->arena, session->org, group, filter);

	return pg_queue_text(session->pg, plan.sql, plan.parameters, plan.count);
}

/* The rows of a step; NULL: it needs no such statement. */
struct step_rows {
	struct pg_rows *removed, *added;
};

static struct step_rows
queue_step(struct session *session, struct text group, const struct member_step *step)
{
	struct text ids = array_of(session, step);
	const struct text parameters[] = { session->org, group, ids };
	struct step_rows rows = { NULL, NULL };

	if (step->change == MEMBERS_REMOVE && step->filter != NULL)
		rows.removed = queue_filtered_removal(session, group, step->filter);
	else if (step->change == MEMBERS_REMOVE && step->count > 0)
		rows.removed = pg_queue(session->pg, STATEMENT_MEMBERS_REMOVE, parameters);
	else if (step->change == MEMBERS_SET)
		rows.added = pg_queue(session->pg, STATEMENT_MEMBERS_SET, parameters);
	else if (step->change == MEMBERS_ADD && step->count > 0)
		rows.added = pg_queue(session->pg, STATEMENT_MEMBERS_ADD, parameters);
	return rows;
}

/* rows: of members_add or members_set, or NULL when nobody was to be added. */
static bool
check_added(struct session *session, const struct pg_rows *rows)
{
	struct text unknown = rows != NULL ? pg_text(rows, 0, UNKNOWN) : TEXT_NONE;

	return !text_is_set(unknown) ||
	    scim_fail(session->error, REASON_GROUP_UNKNOWN_MEMBER, unknown);
}

static bool
changed_members(const struct step_rows *rows)
{
	return (rows->removed != NULL && pg_affected(rows->removed) > 0) ||
	    (rows->added != NULL && pg_number(rows->added, 0, ADDED) + pg_number(rows->added, 0, REMOVED) > 0);
}

static bool
refuse_protected(struct session *session, struct text group)
{
	return scim_fail(session->error, REASON_RESOURCE_PROTECTED, TEXT("group"), group);
}

/* Members who come later in a bulk are members, too. */
static bool
awaits_members(const struct group_change *change)
{
	for (size_t i = 0; i < change->step_count; i++)
		if (change->steps[i].awaits)
			return true;
	return false;
}

/* All steps in one round trip, in their order.  above: the protected group whose members stay. */
static bool
run_steps(struct session *session, struct text group, struct group_change *change,
    struct text above)
{
	struct step_rows *rows = arena_array(session->arena, change->step_count + 1, sizeof(*rows));
	bool changed = awaits_members(change);

	change->step_count = store_steps_fold(session->arena, change->steps, change->step_count);
	for (size_t i = 0; i < change->step_count; i++)
		rows[i] = queue_step(session, group, &change->steps[i]);
	if (change->step_count > 0 && !session_flush(session))
		return false;
	for (size_t i = 0; i < change->step_count; i++) {
		if (!check_added(session, rows[i].added))
			return false;
		changed |= changed_members(&rows[i]);
	}
	return !changed || !text_is_set(above) || refuse_protected(session, above);
}

bool
store_group_add_later(struct session *session, struct later_members *later, size_t count)
{
	struct step_rows *rows = arena_array(session->arena, count, sizeof(*rows));
	struct pg_rows **groups = arena_array(session->arena, count, sizeof(*groups));

	for (size_t i = 0; i < count; i++) {
		rows[i] = queue_step(session, later[i].group, &later[i].step);
		groups[i] = pg_queue(session->pg, STATEMENT_GROUP_READ,
		    PG_PARAMETERS(session->org, later[i].group));
	}
	if (!session_flush(session))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct stored_resource group;

		if (!check_added(session, rows[i].added) ||
		    !read_group(session, later[i].group, groups[i], &group))
			return false;
		later[i].version = group.version;
	}
	return true;
}

void
store_group_lock_all(struct session *session, const struct text *ids, size_t count)
{
	struct text *copy = arena_array(session->arena, count, sizeof(*copy));
	const struct member_step step = { .ids = copy, .count = count };

	memcpy(copy, ids, count * sizeof(*ids));
	if (count > 0)
		pg_queue(session->pg, STATEMENT_GROUPS_LOCK,
		    PG_PARAMETERS(session->org, array_of(session, &step)));
}

/* RFC 7644 3.3: the unique index decides, for two requests may race. */
static bool
name_taken(struct session *session, const struct group_change *change)
{
	return scim_fail(session->error, REASON_GROUP_NAME_TAKEN, change->display_name);
}

/* Shows the group as it is now, before the commit: the caller answers after it. */
static bool
show(struct session *session, struct text id, enum statement statement,
    const struct group_reader *reader)
{
	struct stored_resource group;
	struct pg_rows *rows;

	return session_run(session, statement, PG_PARAMETERS(session->org, id), &rows) &&
	    read_group(session, id, rows, &group) &&
	    hand_group(session, &group, reader);
}

/* The end of a change: its row in the log travels with the commit. */
static bool
log_and_commit(struct session *session, struct text id, struct text action, struct text status)
{
	pg_queue(session->pg, STATEMENT_GROUP_LOG, PG_PARAMETERS(session->org, id, action, status));
	return session_commit(session);
}

static bool
run_create(struct session *session, void *context)
{
	struct task *task = context;
	struct pg_rows *rows;
	struct text id;

	if (!session_run(session, STATEMENT_GROUP_CREATE, PG_PARAMETERS(session->org,
	    task->change.display_name, task->change.external_id, task->id), &rows))
		return false;
	if (!store_refusal_check(session, rows, 0, GROUP_REFUSAL))
		return false;
	id = pg_text(rows, 0, 0);
	if (!text_is_set(id))
		return name_taken(session, &task->change);
	return run_steps(session, id, &task->change, TEXT_NONE) &&
	    show(session, id, STATEMENT_GROUP_SETTLE, task->reader) &&
	    log_and_commit(session, id, TEXT("create"), TEXT("201"));
}

bool
store_group_create(struct session *session, struct text id, const struct group_change *group,
    const struct group_reader *reader)
{
	struct task task = { .id = id, .change = *group, .reader = reader };

	session->read_only = false;
	return session_transact(session, run_create, &task);
}

static bool
lock(struct session *session, struct task *task, struct stored_resource *group)
{
	struct pg_rows *rows;

	if (!session_run(session, STATEMENT_GROUP_LOCK, PG_PARAMETERS(session->org, task->id), &rows) ||
	    !store_refusal_check(session, rows, 0, GROUP_REFUSAL) ||
	    !read_group(session, task->id, rows, group))
		return false;
	task->above = pg_text(rows, 0, GROUP_ABOVE);
	return true;
}

static bool
rename_group(struct session *session, const struct task *task)
{
	struct pg_rows *rows;

	if (!task->change.named)
		return true;
	if (session_run(session, STATEMENT_GROUP_UPDATE, PG_PARAMETERS(session->org, task->id,
	    task->change.display_name, task->change.external_id), &rows))
		return true;
	return session->outcome == PG_UNIQUE ? name_taken(session, &task->change) : false;
}

static bool
run_change(struct session *session, void *context)
{
	struct task *task = context;
	struct stored_resource group;

	task->change = (struct group_change){ 0 };
	return lock(session, task, &group) &&
	    task->decide(session, &group, &task->change, task->context) &&
	    rename_group(session, task) &&
	    run_steps(session, task->id, &task->change, task->above) &&
	    show(session, task->id, STATEMENT_GROUP_READ, task->reader) &&
	    log_and_commit(session, task->id, TEXT("update"), TEXT("200"));
}

bool
store_group_change(struct session *session, struct text id, store_group_decide *decide,
    void *context, const struct group_reader *reader)
{
	struct task task = { .id = id, .decide = decide, .context = context, .reader = reader };

	session->read_only = false;
	return session_transact(session, run_change, &task);
}

static bool
run_delete(struct session *session, void *context)
{
	struct task *task = context;
	struct stored_resource group;
	struct pg_rows *rows;

	return session_run(session, STATEMENT_GROUP_LOCK_PARENTS,
	    PG_PARAMETERS(session->org, task->id), &rows) &&
	    lock(session, task, &group) &&
	    task->decide(session, &group, &task->change, task->context) &&
	    (!text_is_set(task->above) || refuse_protected(session, task->above)) &&
	    session_run_and_commit(session, STATEMENT_GROUP_DELETE,
	    PG_PARAMETERS(session->org, task->id), &rows);
}

bool
store_group_delete(struct session *session, struct text id, store_group_decide *decide,
    void *context)
{
	struct task task = { .id = id, .decide = decide, .context = context };

	session->read_only = false;
	return session_transact(session, run_delete, &task);
}
