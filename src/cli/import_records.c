/*
 * import_records.c - from the records of a source to the batches of an import.
 */
#include "cli/import_run.h"
#include "transfer/record.h"

/* Of a batch: whichever is reached first.  Tests build a program whose batches are small. */
#ifndef BATCH_RECORDS
#define BATCH_RECORDS 2000
#endif
#define BATCH_BYTES (4 * 1024 * 1024)

/* A batch is in. */
static void
landed(void *context, const struct import_result *result)
{
	struct import *import = context;

	arena_reset(import->rows);
	import_note_rows(import, result->rows);
	import_note_counts(import, pg_text(result->totals, 0, 0));
	progress_show(&import->progress, source_position(import->source), import->run.records);
}

static bool
judge(struct import *import, enum batches_outcome outcome)
{
	switch (outcome) {
	case BATCHES_FINE:
		return true;
	case BATCHES_TAKEN:
		return import_is_taken(import);
	case BATCHES_FAILED:
		break;
	}
	return import_store_failed(import);
}

static bool
send_batch(struct import *import)
{
	import->batch.records.tell = import_tell_limit(import);
	return import->batch.records.count == 0 ||
	    judge(import, batches_send(&import->batches, &import->batch));
}

static bool
land_all(struct import *import)
{
	return judge(import, batches_land(&import->batches));
}

static void
reject(struct import *import, const struct source_record *record, const struct scim_error *error)
{
	store_import_reject(&import->batch.records, record->line,
	    record->type == &scim_group_type ? TEXT("Group") : TEXT("User"), record->subject, error);
}

static void
add(struct import *import, const struct source_record *record)
{
	struct json_value *resource;
	struct scim_error error;

	if (!record_prepare(import->records, record, &resource, &error)) {
		reject(import, record, &error);
		return;
	}
	names_add(&import->batch.names, import->records, record, resource);
	store_import_add(&import->batch.records, record->line, record->type->name,
	    json_to_text(import->records, resource), record->reference, record->groups);
}

static bool
broken(struct import *import, const struct source_record *record)
{
	progress_end(&import->progress);
	return import_stop(import, cli_fail(CLI_REFUSED, "%.*s, %s %zu: %.*s%s%s",
	    TEXT_FORMAT(import->input->name), source_format_of(import->source)->place, record->line,
	    TEXT_FORMAT(record->sentence), import->dry_run ? "" : " The records before it are imported. ",
	    import->dry_run ? "" : import->input->broken));
}

/* Who writes into the pipe may take hours: meanwhile no transaction is to hold anything. */
static void
land_meanwhile(void *context)
{
	struct import *import = context;

	if (import->meanwhile == BATCHES_FINE)
		import->meanwhile = batches_land(&import->batches);
}

/* One record; *more false at the end. */
static bool
take_record(struct import *import, bool *more)
{
	struct source_record record;
	struct scim_error error;
	enum source_step step;

	arena_reset(import->records);
	step = source_next(import->source, import->records, &record);
	if (import->meanwhile != BATCHES_FINE)
		return judge(import, import->meanwhile);
	switch (step) {
	case SOURCE_RECORD:
		add(import, &record);
		break;
	case SOURCE_REJECT:
		(void)scim_fail(&error, REASON_IMPORT_UNREADABLE, record.sentence);
		reject(import, &record, &error);
		break;
	case SOURCE_END:
		*more = false;
		break;
	case SOURCE_BROKEN:
		/* Ctrl-C ends waiting for a pipe, too. */
		if (import_interrupted()) {
			*more = false;
			break;
		}
		/* What was read well so far goes in. */
		return send_batch(import) && land_all(import) && broken(import, &record);
	}
	return true;
}

static bool
is_full(const struct import *import)
{
	return import->batch.records.count >= BATCH_RECORDS || import->batch.records.rows.length >= BATCH_BYTES ||
	    import->batch.records.rejects.length >= BATCH_BYTES;
}

bool
import_read_records(struct import *import)
{
	bool more = true;

	import->batches.landed = landed;
	source_when_waiting(import->source, land_meanwhile, import);
	while (more && !import_interrupted()) {
		while (more && !is_full(import) && !import_interrupted())
			if (!take_record(import, &more))
				return false;
		if (!import_interrupted() && !send_batch(import))
			return false;
	}
	if (!land_all(import))
		return false;
	cli_note(import->cli, "%ld batches, %ld of them beside another.", import->batches.landed_in_all,
	    import->batches.landed_beside);
	return import_take_break(import);
}

/* --resume: what was done with is read again, and that is all. */
bool
import_skip_records(struct import *import)
{
	struct source_record record;

	bool skipped = import->run.records > 0 &&
	    source_skip(import->source, (uint64_t)import->run.records);

	for (long i = 0; !skipped && i < import->run.records; i++) {
		enum source_step step;

		arena_reset(import->records);
		step = source_next(import->source, import->records, &record);
		if (step == SOURCE_END || step == SOURCE_BROKEN)
			break;
	}
	progress_skipped(&import->progress, source_position(import->source), import->run.records);
	return import_take_break(import);
}
