/*
 * batches.c - who may go beside whom, and what if one of them fails.
 *
 * A batch that goes beside another is sent on the condition that all its
 * people are new (sql/function/import_run.sql).  If the two share no name
 * either, and the people of the first are new, too, it is all the same which
 * comes first; who was here and is changed may have had any name before.
 * Managers may be people of the batch before: their ids are known before they
 * come, provided that they are named as it is the style of the file
 * (scim.import_person_id), and are looked at before the second lands.  Whatever
 * else happens - they wait for each other, somebody was not new, a connection
 * breaks - both are taken back and go in one by one.
 */
#include "cli/batches.h"

/* For a second connection that counts in another row than the first (scim.import_join). */
#define JOIN_ATTEMPTS 3

void
batches_begin(struct batches *batches)
{
	for (size_t i = 0; i < BATCHES_MAX; i++)
		batches->flights[i].arena = arena_create();
	batches->count = 0;
	/* Not yet known.  And a plan that the second made while tables were empty would not suit what the first puts there. */
	batches->all_new = false;
	batches->helped = batches->alone = false;
}

void
batch_release(struct batch *batch)
{
	store_import_release(&batch->records);
	names_release(&batch->names);
}

static void
clear(struct batch *batch)
{
	store_import_clear(&batch->records);
	names_clear(&batch->names);
}

static void
dismiss(struct batches *batches)
{
	if (batches->helped)
		pg_destroy(batches->flights[1].session.pg);
	batches->helped = false;
}

void
batches_end(struct batches *batches)
{
	dismiss(batches);
	pg_set_arena(batches->session->pg, batches->session->arena);
	for (size_t i = 0; i < BATCHES_MAX; i++) {
		batch_release(&batches->flights[i].batch);
		arena_destroy(batches->flights[i].arena);
	}
}

/* A second connection, if there can be one: without it all is as good, and slower. */
static bool
get_help(struct batches *batches)
{
	struct flight *flight = &batches->flights[1];

	for (int i = 0; i < JOIN_ATTEMPTS && !batches->helped && !batches->alone; i++) {
		bool joined = false;

		flight->session = *batches->session;
		flight->session.arena = flight->arena;
		flight->session.pg = pg_create_like(batches->session->pg);
		pg_set_arena(flight->session.pg, flight->arena);
		batches->helped = true;
		batches->alone = !store_import_join(&flight->session, &joined);
		if (!joined)
			dismiss(batches);
	}
	batches->alone = !batches->helped;
	return batches->helped;
}

static enum names_relation
relation(const struct batches *batches, const struct batch *batch)
{
	return names_relate(&batches->under_way[0]->batch.names, &batch->names, batches->named_by);
}

static bool
goes_beside(struct batches *batches, const struct batch *batch)
{
	return batches->count < BATCHES_MAX && batches->all_new &&
	    relation(batches, batch) != NAMES_MEETING && get_help(batches);
}

/* The first batch shows how the file names managers; a run that is resumed knows it. */
static void
learn_style(struct batches *batches, const struct batch *batch)
{
	static const char *const styles[] = {
		[NAME_REFERENCE] = "reference", [NAME_EXTERNAL_ID] = "external_id",
		[NAME_USER_NAME] = "user_name",
	};

	if (!text_is_set(batches->run->named_by))
		batches->run->named_by = text_of(styles[names_style(&batch->names)]);
	for (size_t i = 0; i < COUNT_OF(styles); i++)
		if (text_equal(batches->run->named_by, text_of(styles[i])))
			batches->named_by = (enum name_kind)i;
}

static enum batches_outcome
judge(const struct import_result *result)
{
	return result->landing == IMPORT_TAKEN ? BATCHES_TAKEN : BATCHES_FINE;
}

/* It is in. */
static void
remove_oldest(struct batches *batches)
{
	struct flight *flight = batches->under_way[0];

	batches->landed(batches->context, &flight->result);
	batches->landed_in_all++;
	batches->landed_beside += flight->beside;
	batches->all_new = flight->result.landing == IMPORT_ALL_NEW;
	clear(&flight->batch);
	batches->under_way[0] = batches->under_way[1];
	batches->count--;
}

/* The oldest, in a transaction of its own on the first connection. */
static enum batches_outcome
land_alone(struct batches *batches)
{
	struct flight *flight = batches->under_way[0];
	struct session *session = batches->session;
	struct arena *arena = session->arena;
	enum batches_outcome outcome;
	bool fine;

	session->arena = flight->arena;
	pg_set_arena(session->pg, flight->arena);
	flight->batch.records.leans = false;
	fine = store_import_batch(session, batches->run, &flight->batch.records, &flight->result);
	session->arena = arena;
	flight->beside = false;
	outcome = fine ? judge(&flight->result) : BATCHES_FAILED;
	if (outcome == BATCHES_FINE)
		remove_oldest(batches);
	return outcome;
}

/* A second connection may have been made anew meanwhile, and would have to join again. */
static void
abandon(struct batches *batches)
{
	for (size_t i = 0; i < batches->count; i++)
		session_abandon(&batches->under_way[i]->session);
	dismiss(batches);
}

static enum batches_outcome
land_one_by_one(struct batches *batches)
{
	enum batches_outcome outcome = BATCHES_FINE;

	abandon(batches);
	while (outcome == BATCHES_FINE && batches->count > 0)
		outcome = land_alone(batches);
	/* Why it failed may come back. */
	batches->all_new = false;
	return outcome;
}

static enum batches_outcome
land_oldest(struct batches *batches)
{
	struct flight *flight = batches->under_way[0];

	if (store_import_land(&flight->session, batches->run, &flight->batch.records, &flight->result)) {
		if (flight->result.landing == IMPORT_NOT_NEW)
			return land_one_by_one(batches);
		if (judge(&flight->result) == BATCHES_FINE) {
			remove_oldest(batches);
			return batches->count > 0 && !batches->all_new ? land_one_by_one(batches) : BATCHES_FINE;
		}
		abandon(batches);
		return BATCHES_TAKEN;
	}
	/* Was it committed?  Nobody knows; the mark will. */
	if (flight->session.outcome == PG_LOST && flight->session.commit_sent) {
		abandon(batches);
		batches->session->outcome = PG_LOST;
		return BATCHES_FAILED;
	}
	return land_one_by_one(batches);
}

enum batches_outcome
batches_land(struct batches *batches)
{
	enum batches_outcome outcome = BATCHES_FINE;

	while (outcome == BATCHES_FINE && batches->count > 0)
		outcome = land_oldest(batches);
	return outcome;
}

/* The place of a batch that goes beside another: the one that is free. */
static struct flight *
board(struct batches *batches, struct batch *batch, bool beside)
{
	struct flight *flight = beside && batches->under_way[0] == &batches->flights[0] ?
	    &batches->flights[1] : &batches->flights[0];
	struct batch empty = flight->batch;

	empty.records.match = batch->records.match;
	empty.names.by_address = batch->names.by_address;
	flight->batch = *batch;
	*batch = empty;
	flight->beside = beside;
	flight->batch.records.leans = beside && relation(batches, &flight->batch) == NAMES_LEANING;
	batches->under_way[batches->count++] = flight;
	arena_reset(flight->arena);
	return flight;
}

enum batches_outcome
batches_send(struct batches *batches, struct batch *batch)
{
	enum batches_outcome outcome = BATCHES_FINE;
	struct flight *flight;

	learn_style(batches, batch);
	while (outcome == BATCHES_FINE && batches->count > 0 && !goes_beside(batches, batch))
		outcome = land_oldest(batches);
	if (outcome != BATCHES_FINE)
		return outcome;
	flight = board(batches, batch, batches->count > 0);
	if (batches->one_by_one)
		return land_alone(batches);
	if (flight == &batches->flights[0]) {
		flight->session = *batches->session;
		flight->session.arena = flight->arena;
	}
	pg_set_arena(flight->session.pg, flight->arena);
	return store_import_send(&flight->session, batches->run, &flight->batch.records, flight->beside,
	    &flight->result) ? BATCHES_FINE : land_one_by_one(batches);
}
