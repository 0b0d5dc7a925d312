/*
 * import.c - records are copied to a temporary table (COPY knows no row-level
 * security), then merged by one function of sql/, in one transaction each batch.
 */
#include "base/clock.h"
#include "json/write.h"
#include "store/import.h"

/* A batch may take long on a small machine, or wait for others. */
#define BATCH_MICROSECONDS ((int64_t)600 * 1000000)
#define PATIENT "SET LOCAL lock_timeout = '60s'"
/* Two batches that wait for each other would do so for ever: nobody but us could see it. */
#define IMPATIENT "SET LOCAL lock_timeout = '2s'"
#define COPY_ROWS "COPY pg_temp.import_rows (line, resource_type, resource, reference, groups) FROM STDIN"

/* The text format of COPY: what parts rows and columns is escaped. */
static void
put_escaped(struct buffer *rows, struct text value)
{
	for (size_t i = 0; i < value.length;) {
		size_t plain = i;
		char byte = '\0';

		while (plain < value.length && (byte = value.start[plain]) != '\\' && byte != '\t' &&
		    byte != '\n' && byte != '\r')
			plain++;
		buffer_append(rows, (struct text){ value.start + i, plain - i });
		if (plain < value.length) {
			buffer_append_byte(rows, '\\');
			buffer_append_byte(rows, byte == '\t' ? 't' : byte == '\n' ? 'n' :
			    byte == '\r' ? 'r' : '\\');
		}
		i = plain + 1;
	}
}

static void
put_column(struct buffer *rows, struct text value)
{
	buffer_append_byte(rows, '\t');
	if (text_is_set(value))
		put_escaped(rows, value);
	else
		buffer_append(rows, TEXT("\\N"));
}

/* As an array of PostgreSQL's: {"a","b"}, where \ and " are escaped. */
static void
put_array(struct buffer *rows, const struct json_value *list)
{
	struct buffer array = { 0 };

	if (list == NULL) {
		put_column(rows, TEXT_NONE);
		return;
	}
	buffer_append_byte(&array, '{');
	for (size_t i = 0; i < list->count; i++) {
		struct text item = list->items[i]->text;

		buffer_append(&array, i > 0 ? TEXT(",\"") : TEXT("\""));
		for (size_t j = 0; j < item.length; j++) {
			if (item.start[j] == '"' || item.start[j] == '\\')
				buffer_append_byte(&array, '\\');
			buffer_append_byte(&array, item.start[j]);
		}
		buffer_append_byte(&array, '"');
	}
	buffer_append_byte(&array, '}');
	put_column(rows, buffer_text(&array));
	buffer_release(&array);
}

void
store_import_add(struct import_batch *batch, size_t line, struct text type, struct text resource,
    struct text reference, const struct json_value *groups)
{
	if (batch->rows.length == 0)
		batch->first_line = line;
	buffer_format(&batch->rows, "%zu", line);
	put_column(&batch->rows, type);
	put_column(&batch->rows, resource);
	put_column(&batch->rows, reference);
	put_array(&batch->rows, groups);
	buffer_append_byte(&batch->rows, '\n');
	batch->count++;
}

void
store_import_reject(struct import_batch *batch, size_t line, struct text type, struct text subject,
    const struct scim_error *error)
{
	struct json_writer writer = json_writer(&batch->rejects);

	buffer_append_byte(&batch->rejects, batch->rejects.length == 0 ? '[' : ',');
	json_begin_object(&writer);
	json_member_number(&writer, TEXT("line"), (long)line);
	json_member_string(&writer, TEXT("type"), type);
	if (text_is_set(subject))
		json_member_string(&writer, TEXT("subject"), subject);
	json_member_string(&writer, TEXT("reason"), scim_reason_code(error->reason));
	json_name(&writer, TEXT("arguments"));
	json_begin_array(&writer);
	for (int i = 0; i < SCIM_ERROR_ARGUMENTS; i++)
		json_write_string(&writer, error->arguments[i]);
	json_end_array(&writer);
	json_end_object(&writer);
	batch->count++;
}

void
store_import_clear(struct import_batch *batch)
{
	/* Not buffer_clear(), which would give memory back that the next batch needs. */
	batch->rows.length = 0;
	batch->rejects.length = 0;
	batch->count = 0;
	batch->leans = false;
}

void
store_import_release(struct import_batch *batch)
{
	buffer_release(&batch->rows);
	buffer_release(&batch->rejects);
	batch->count = 0;
}

struct order {
	enum statement statement;
	const struct text *parameters;
	struct pg_rows *rows;
};

static bool
run_order(struct session *session, void *context)
{
	struct order *order = context;

	session_allow_time(session);
	pg_queue_command(session->pg, PATIENT);
	return session_run_and_commit(session, order->statement, order->parameters, &order->rows);
}

static bool
run(struct session *session, enum statement statement, const struct text *parameters,
    struct pg_rows **rows)
{
	struct order order = { .statement = statement, .parameters = parameters };
	bool fine;

	session->read_only = false;
	pg_set_deadline(session->pg, clock_microseconds() + BATCH_MICROSECONDS);
	fine = session_transact(session, run_order, &order);
	*rows = order.rows;
	return fine;
}

static enum import_outcome
read_outcome(struct text outcome)
{
	static const char *const names[] = {
		[IMPORT_BEGUN] = "begun", [IMPORT_RESUMED] = "resumed",
		[IMPORT_NO_ORGANIZATION] = "no_organization", [IMPORT_LOCKED] = "locked",
		[IMPORT_NOTHING] = "nothing_to_resume", [IMPORT_OTHER_FILE] = "other_file",
		[IMPORT_OTHER_OPTIONS] = "other_options",
	};
	size_t i = 0;

	while (i + 1 < COUNT_OF(names) && !text_equal(text_of(names[i]), outcome))
		i++;
	return (enum import_outcome)i;
}

bool
store_import_begin(struct session *session, struct text file, struct text digest,
    struct text options, bool resume, struct import_run *result, enum import_outcome *outcome)
{
	struct pg_rows *rows;

	if (!run(session, STATEMENT_IMPORT_BEGIN, PG_PARAMETERS(session->org, file, digest, options,
	    resume ? TEXT("true") : TEXT("false")), &rows))
		return false;
	*outcome = read_outcome(pg_text(rows, 0, 0));
	result->id = arena_copy(session->arena, pg_text(rows, 0, 1));
	result->records = pg_number(rows, 0, 2);
	result->named_by = pg_text(rows, 0, 3);
	if (text_is_set(result->named_by))
		result->named_by = arena_copy(session->arena, result->named_by);
	return true;
}

/* What a batch does, but for its end; patience: with those who hold what it needs. */
static bool
begin_batch(struct session *session, const struct import_run *run, const struct import_batch *batch,
    bool beside, const char *patience, struct pg_rows **rows)
{
	struct arena *arena = session->arena;
	struct text rejects = batch->rejects.length == 0 ? TEXT("[]") :
	    ARENA_JOIN(arena, buffer_text(&batch->rejects), TEXT("]"));

	session_allow_time(session);
	pg_queue_command(session->pg, patience);
	/* Not there yet on a connection that was made anew. */
	pg_queue_command(session->pg, "SELECT scim.import_make_room()");
	if (!session_copy(session, COPY_ROWS, buffer_text(&batch->rows)))
		return false;
	*rows = pg_queue(session->pg, STATEMENT_IMPORT_BATCH, PG_PARAMETERS(session->org, run->id,
	    batch->match, run->named_by, rejects, arena_format(arena, "%ld", batch->tell),
	    beside ? TEXT("true") : TEXT("false")));
	return true;
}

static enum import_landing
read_landing(const struct pg_rows *rows)
{
	struct text action = pg_count(rows) == 0 ? TEXT_NONE :
	    pg_text(rows, pg_count(rows) - 1, IMPORT_ACTION);

	return !text_is_set(action) ? IMPORT_TAKEN :
	    text_equal(action, TEXT("new")) ? IMPORT_ALL_NEW :
	    text_equal(action, TEXT("not_new")) ? IMPORT_NOT_NEW : IMPORT_MIXED;
}

/* The managers who were guessed, now that the batch before is in. */
static bool
settle_leaning(struct session *session, const struct import_run *run,
    const struct import_batch *batch, struct import_result *result)
{
	struct pg_rows *rows;

	if (!session_run(session, STATEMENT_IMPORT_LEAN, PG_PARAMETERS(session->org, run->id,
	    arena_format(session->arena, "%zu", batch->first_line)), &rows))
		return false;
	if (!pg_boolean(rows, 0, 0))
		result->landing = IMPORT_NOT_NEW;
	return true;
}

/* Its end: the mark, which tells whether the batch is still ours to commit. */
static bool
end_batch(struct session *session, const struct import_run *run, const struct import_batch *batch,
    struct import_result *result)
{
	struct arena *arena = session->arena;

	result->landing = read_landing(result->rows);
	if (batch->leans && result->landing == IMPORT_ALL_NEW &&
	    !settle_leaning(session, run, batch, result))
		return false;
	if (result->landing == IMPORT_TAKEN || result->landing == IMPORT_NOT_NEW)
		return true;
	if (!session_run(session, STATEMENT_IMPORT_MARK, PG_PARAMETERS(session->org, run->id,
	    arena_format(arena, "%ld", run->records),
	    arena_format(arena, "%ld", run->records + (long)batch->count),
	    pg_text(result->rows, pg_count(result->rows) - 1, IMPORT_CHANGES)), &result->totals))
		return false;
	if (text_is_set(pg_text(result->totals, 0, 0)))
		return session_commit(session);
	result->landing = IMPORT_TAKEN;
	return true;
}

static bool
did_something(const struct import_result *result)
{
	return result->landing == IMPORT_MIXED || result->landing == IMPORT_ALL_NEW;
}

struct batch_order {
	const struct import_run *run;
	const struct import_batch *batch;
	struct import_result *result;
};

static bool
run_batch(struct session *session, void *context)
{
	struct batch_order *order = context;

	return begin_batch(session, order->run, order->batch, false, PATIENT, &order->result->rows) &&
	    session_flush(session) &&
	    end_batch(session, order->run, order->batch, order->result) &&
	    did_something(order->result);
}

bool
store_import_batch(struct session *session, struct import_run *run,
    const struct import_batch *batch, struct import_result *result)
{
	struct batch_order order = { run, batch, result };

	session->read_only = false;
	pg_set_deadline(session->pg, clock_microseconds() + BATCH_MICROSECONDS);
	if (session_transact(session, run_batch, &order))
		run->records += (long)batch->count;
	else if (session->outcome != PG_FINE)
		return false;
	return true;
}

bool
store_import_join(struct session *session, bool *joined)
{
	struct pg_rows *rows;

	if (!session_statement(session, false, STATEMENT_IMPORT_JOIN, PG_PARAMETERS(session->org), &rows))
		return false;
	*joined = pg_boolean(rows, 0, 0);
	return true;
}

bool
store_import_send(struct session *session, const struct import_run *run,
    const struct import_batch *batch, bool beside, struct import_result *result)
{
	session->read_only = false;
	pg_set_deadline(session->pg, clock_microseconds() + BATCH_MICROSECONDS);
	session_begin(session);
	if (!begin_batch(session, run, batch, beside, IMPATIENT, &result->rows))
		return false;
	session_send(session);
	return true;
}

bool
store_import_land(struct session *session, struct import_run *run,
    const struct import_batch *batch, struct import_result *result)
{
	if (!session_flush(session) || !end_batch(session, run, batch, result))
		return false;
	if (did_something(result))
		run->records += (long)batch->count;
	return true;
}

bool
store_import_next(struct session *session, const struct import_run *result, long tell,
    struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_NEXT, PG_PARAMETERS(session->org, result->id,
	    arena_format(session->arena, "%ld", tell)), rows);
}

bool
store_import_deactivate(struct session *session, const struct import_run *result,
    struct text most, struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_DEACTIVATE,
	    PG_PARAMETERS(session->org, result->id, most), rows);
}

bool
store_import_end(struct session *session, const struct import_run *result, long *missing,
    struct text *started)
{
	struct pg_rows *rows;

	if (!run(session, STATEMENT_IMPORT_END, PG_PARAMETERS(session->org, result->id), &rows))
		return false;
	*missing = pg_number(rows, 0, 0);
	*started = pg_text(rows, 0, 1);
	return true;
}

bool
store_import_rejects(struct session *session, const struct import_run *result, struct text line,
    struct text place, struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_REJECTS,
	    PG_PARAMETERS(session->org, result->id, line, place), rows);
}

struct trial {
	bool (*work)(void *context);
	void *context;
	bool fine;
};

/* Ends as a failure does, whatever work says, so that the transaction is rolled back. */
static bool
run_trial(struct session *session, void *context)
{
	struct trial *trial = context;

	session->once = true;
	/* Between the parts the file is read, perhaps from a slow pipe. */
	pg_queue_command(session->pg, "SET LOCAL idle_in_transaction_session_timeout = 0");
	session->nested = true;
	trial->fine = trial->work(trial->context);
	session->nested = false;
	return false;
}

bool
store_import_try(struct session *session, bool (*work)(void *), void *context)
{
	struct trial trial = { work, context, false };

	session->read_only = false;
	(void)!session_transact(session, run_trial, &trial);
	session->once = false;
	return trial.fine;
}
