/*
 * mapping.c - groups for the application, and what a change of them does.
 */
#include "base/clock.h"
#include "store/mapping.h"

/* A large organization is read four times. */
#define CHANGE_MICROSECONDS 600000000

struct task {
	enum statement statement;
	const struct text *parameters;
	bool dry_run;
	struct mapping_effect *effect;
	struct pg_rows *rows;
};

static bool
run_list(struct session *session, void *context)
{
	struct task *task = context;

	return session_run_and_commit(session, task->statement, task->parameters, &task->rows);
}

static bool
list(struct session *session, enum statement statement, const struct text *parameters,
    struct pg_rows **rows)
{
	struct task task = { .statement = statement, .parameters = parameters };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, run_list, &task);
	*rows = task.rows;
	return fine;
}

bool
store_mapping_list(struct session *session, struct pg_rows **rows)
{
	return list(session, STATEMENT_MAPPING_LIST, PG_PARAMETERS(session->org), rows);
}

bool
store_mapping_groups(struct session *session, bool only_hidden, struct pg_rows **rows)
{
	return list(session, STATEMENT_MAPPING_GROUPS,
	    PG_PARAMETERS(session->org, only_hidden ? TEXT("t") : TEXT("f")), rows);
}

static void
queue_state(struct session *session, struct mapping_effect *effect, int moment)
{
	effect->teams[moment] = pg_queue(session->pg, STATEMENT_MAPPING_TEAMS,
	    PG_PARAMETERS(session->org));
	effect->groups[moment] = pg_queue(session->pg, STATEMENT_MAPPING_GROUPS,
	    PG_PARAMETERS(session->org, TEXT("f")));
}

static bool
run_change(struct session *session, void *context)
{
	struct task *task = context;

	session_allow_time(session);
	queue_state(session, task->effect, 0);
	task->effect->changed = pg_queue(session->pg, task->statement, task->parameters);
	queue_state(session, task->effect, 1);
	if (!task->dry_run)
		return session_commit(session);
	pg_queue_command(session->pg, "ROLLBACK");
	return session_flush(session);
}

static bool
change(struct session *session, enum statement statement, const struct text *parameters,
    bool dry_run, struct mapping_effect *effect)
{
	struct task task = { .statement = statement, .parameters = parameters, .dry_run = dry_run,
		.effect = effect };

	session->read_only = false;
	pg_set_deadline(session->pg, clock_microseconds() + CHANGE_MICROSECONDS);
	return session_transact(session, run_change, &task);
}

bool
store_mapping_add(struct session *session, const struct mapping *mapping, bool dry_run,
    struct mapping_effect *effect)
{
	return change(session, STATEMENT_MAPPING_ADD, PG_PARAMETERS(session->org, mapping->pattern,
	    mapping->team, mapping->role, mapping->priority), dry_run, effect);
}

bool
store_mapping_remove(struct session *session, struct text id, bool dry_run,
    struct mapping_effect *effect)
{
	return change(session, STATEMENT_MAPPING_REMOVE, PG_PARAMETERS(session->org, id), dry_run,
	    effect);
}

bool
store_mapping_sync(struct session *session, struct text patterns, bool dry_run,
    struct mapping_effect *effect)
{
	return change(session, STATEMENT_MAPPING_SYNC, PG_PARAMETERS(session->org, patterns),
	    dry_run, effect);
}
