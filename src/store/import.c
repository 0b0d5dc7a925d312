/*
 * import.c - records are copied to a temporary table (COPY knows no row-level
 * security), then merged by one function of sql/, in one transaction each batch.
 */
#include "base/clock.h"
#include "json/write.h"
#include "store/import.h"

/* A batch may take long on a small machine, or wait for others. */
#define BATCH_MICROSECONDS ((int64_t)600 * 1000000)

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
	struct text copy;               /* unset: nothing is copied before */
	struct pg_rows *rows;
};

static bool
run_order(struct session *session, void *context)
{
	struct order *order = context;

	session_allow_time(session);
	pg_queue_command(session->pg, "SET LOCAL lock_timeout = '60s'");
	if (text_is_set(order->copy) && !session_copy(session, "COPY pg_temp.import_rows "
	    "(line, resource_type, resource, reference, groups) FROM STDIN", order->copy))
		return false;
	return session_run_and_commit(session, order->statement, order->parameters, &order->rows);
}

static bool
run(struct session *session, enum statement statement, const struct text *parameters,
    struct text copy, struct pg_rows **rows)
{
	struct order order = { .statement = statement, .parameters = parameters, .copy = copy };
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
	    resume ? TEXT("true") : TEXT("false")), TEXT_NONE, &rows))
		return false;
	*outcome = read_outcome(pg_text(rows, 0, 0));
	result->id = arena_copy(session->arena, pg_text(rows, 0, 1));
	result->records = pg_number(rows, 0, 2);
	return true;
}

bool
store_import_batch(struct session *session, struct import_run *result,
    const struct import_batch *batch, struct pg_rows **rows)
{
	struct arena *arena = session->arena;
	long records = result->records + (long)batch->count;
	struct text rejects = batch->rejects.length == 0 ? TEXT("[]") :
	    ARENA_JOIN(arena, buffer_text(&batch->rejects), TEXT("]"));

	if (!run(session, STATEMENT_IMPORT_BATCH, PG_PARAMETERS(session->org, result->id,
	    batch->match, arena_format(arena, "%ld", records), rejects,
	    arena_format(arena, "%ld", batch->tell)), buffer_text(&batch->rows), rows))
		return false;
	result->records = records;
	return true;
}

bool
store_import_next(struct session *session, const struct import_run *result, long tell,
    struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_NEXT, PG_PARAMETERS(session->org, result->id,
	    arena_format(session->arena, "%ld", tell)), TEXT_NONE, rows);
}

bool
store_import_deactivate(struct session *session, const struct import_run *result,
    struct text most, struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_DEACTIVATE,
	    PG_PARAMETERS(session->org, result->id, most), TEXT_NONE, rows);
}

bool
store_import_end(struct session *session, const struct import_run *result, long *missing)
{
	struct pg_rows *rows;

	if (!run(session, STATEMENT_IMPORT_END, PG_PARAMETERS(session->org, result->id), TEXT_NONE,
	    &rows))
		return false;
	*missing = pg_number(rows, 0, 0);
	return true;
}

bool
store_import_rejects(struct session *session, const struct import_run *result, struct text line,
    struct text place, struct pg_rows **rows)
{
	return run(session, STATEMENT_IMPORT_REJECTS,
	    PG_PARAMETERS(session->org, result->id, line, place), TEXT_NONE, rows);
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
