/*
 * log.c - refusals as rows of scim.request_log.
 */
#include "store/log.h"

#define SUBJECT_BYTES 1024

struct task {
	const struct log_refusal *refusals;
	size_t count;
};

/* Longer names than the database would store are cut between characters. */
static struct text
cut(struct text name)
{
	struct text first = text_first(name, name.length < SUBJECT_BYTES ? name.length : SUBJECT_BYTES);

	return text_is_set(name) ? text_first(first, text_utf8_prefix(first)) : TEXT_NONE;
}

/* A path of a PATCH can hold a value: one that names a password is not kept. */
static struct text
kept(struct text argument)
{
	for (size_t i = 0; i < argument.length; i++)
		if (text_starts_nocase(text_after(argument, i), TEXT("password")))
			return TEXT("password");
	return argument;
}

/* The last arguments that are empty were not given. */
static struct text
argument_at(const struct scim_error *error, int number)
{
	for (int i = number; i < SCIM_ERROR_ARGUMENTS; i++)
		if (error->arguments[i].length > 0)
			return error->arguments[number];
	return TEXT_NONE;
}

static void
queue(struct session *session, const struct log_refusal *refusal)
{
	const struct text *given = refusal->error->arguments;
	struct scim_error error = { 0 };
	struct buffer sentence = { 0 };
	struct text status = arena_format(session->arena, "%d",
	    scim_reason_status(refusal->error->reason));

	(void)scim_fail_with(&error, refusal->error->reason, kept(given[0]), kept(given[1]),
	    kept(given[2]));
	scim_error_detail(&error, &sentence);
	(void)pg_queue(session->pg, STATEMENT_LOG_REFUSED, PG_PARAMETERS(session->org,
	    refusal->action, refusal->resource_type, refusal->id, cut(refusal->subject.name),
	    cut(refusal->subject.email), cut(refusal->subject.external_id), status,
	    scim_reason_type(error.reason), scim_reason_code(error.reason), argument_at(&error, 0),
	    argument_at(&error, 1), argument_at(&error, 2), buffer_text(&sentence)));
	buffer_release(&sentence);
}

static bool
write_rows(struct session *session, void *context)
{
	const struct task *task = context;

	for (size_t i = 0; i < task->count; i++)
		queue(session, &task->refusals[i]);
	return session_commit(session);
}

bool
store_log_refusals(struct session *session, const struct log_refusal *refusals, size_t count)
{
	struct task task = { refusals, count };

	session->read_only = session->snapshot = session->nested = false;
	return session_transact(session, write_rows, &task);
}
