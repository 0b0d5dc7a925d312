/*
 * bulk.c - many operations in one request (RFC 7644 3.7).
 *
 * They are run in pieces of one transaction each: commits cost most.  Within
 * a piece each operation is a savepoint, served by the same code as a request
 * of its own; people who are made one after the other share a savepoint and
 * a round trip.  No operation refers to a later piece, so what was committed
 * is whole, whatever happens afterwards.
 */
#include "base/clock.h"
#include "serve/bulk.h"
#include "store/group.h"

#define PIECE 100
/* Pieces begin only so long after the request; with the last of them it stays below 30 s. */
#define PIECES_MICROSECONDS 18000000
/* After so many rounds of giving up those who wait for others in vain, all who wait are. */
#define ROUNDS 4

bool
bulk_made(const struct bulk_run *run, size_t operation)
{
	return run->outcomes[operation].status != 0 && run->outcomes[operation].error == NULL;
}

static bool
is_stopped(const struct bulk_run *run)
{
	return run->bulk.fail_on_errors > 0 && run->errors >= run->bulk.fail_on_errors;
}

/* Errors point into themselves, so a copy is filled anew. */
static bool
copy_error(struct scim_error *error, const struct scim_error *from)
{
	return scim_fail_with(error, from->reason, from->arguments[0], from->arguments[1],
	    from->arguments[2]);
}

static void
fail(struct bulk_run *run, size_t operation, const struct scim_error *why)
{
	struct scim_error *error = &run->errors_of[operation];

	(void)copy_error(error, why);
	run->outcomes[operation] = (struct bulk_outcome){
		.status = scim_reason_status(why->reason), .error = error,
	};
	run->errors++;
}

/* One operation */

enum http_method
bulk_method(struct text name)
{
	static const struct {
		struct text name;
		enum http_method method;
	} methods[] = {
		{ { "POST", 4 }, HTTP_POST }, { { "PUT", 3 }, HTTP_PUT },
		{ { "PATCH", 5 }, HTTP_PATCH }, { { "DELETE", 6 }, HTTP_DELETE },
	};

	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (text_equal(methods[i].name, name))
			return methods[i].method;
	return HTTP_METHOD_OTHER;
}

/* An exchange as if the operation were a request of its own, inside our transaction. */
static void
begin_operation(struct bulk_run *run, size_t index, struct exchange *part)
{
	const struct bulk_operation *operation = &run->bulk.operations[index];
	enum http_method method = bulk_method(operation->method);

	*part = *run->exchange;
	part->arena = part->session.arena = run->scratch;
	part->request = (struct http_request){
		.transport = part->request.transport,
		.arena = part->arena,
		.method = method,
		.method_name = operation->method,
		.if_match = operation->version,
	};
	part->response = (struct http_response){ 0 };
	part->error = (struct scim_error){ 0 };
	part->operation = operation->type == NULL ? NULL : operation_row(method,
	    text_after(operation->type->endpoint, 1), method == HTTP_POST ? ITEM_NONE : ITEM_ID);
	part->id = operation->id;
	part->data = operation->data;
	part->bulk = run;
	part->session.error = &part->error;
	part->session.nested = true;
	run->at = index;
}

static bool
is_later(const struct bulk_run *run, size_t target, size_t operation)
{
	return run->bulk.operations[target].place > run->bulk.operations[operation].place;
}

/* Is the target there, or can it still come? */
static bool
has_hope(const struct bulk_run *run, size_t index, size_t target)
{
	if (is_later(run, target, index))
		return !run->no_later && run->vain[index] != target + 1;
	return bulk_made(run, target);
}

static bool
may_run(struct bulk_run *run, struct exchange *part)
{
	const struct bulk_operation *operation = &run->bulk.operations[run->at];

	if (operation->refusal != NULL)
		return copy_error(&part->error, operation->refusal);
	for (size_t i = 0; i < operation->target_count; i++)
		if (!has_hope(run, run->at, operation->targets[i]))
			return scim_fail(&part->error, REASON_BULK_TARGET_FAILED,
			    run->bulk.operations[operation->targets[i]].bulk_id);
	return authenticate_scope(part);
}

/* The part's trouble is that of the whole transaction. */
static bool
break_off(struct bulk_run *run, const struct session *part)
{
	run->exchange->session.outcome = part->outcome;
	return copy_error(&run->exchange->error, part->error);
}

static void
succeed(struct bulk_run *run, const struct exchange *part)
{
	struct text version = part->response.headers[HTTP_ETAG];

	run->outcomes[run->at] = (struct bulk_outcome){ .status = part->response.status };
	if (text_is_set(version))
		run->outcomes[run->at].version = arena_copy(run->exchange->arena, version);
	if (part->request.method == HTTP_POST)
		scim_bulk_made_as(&run->bulk, run->at, part->id);
	if (part->request.method == HTTP_DELETE)
		bulk_members_end(run, part->id);
}

/* False when the transaction cannot go on. */
static bool
run_one(struct bulk_run *run, size_t place)
{
	size_t index = run->bulk.order[place];
	struct exchange part;

	begin_operation(run, index, &part);
	if (may_run(run, &part) && part.operation->serve(&part)) {
		succeed(run, &part);
		return bulk_members_add(run, place, place + 1);
	}
	bulk_members_undo(run, index);
	if (!session_goes_on(&part.session))
		return break_off(run, &part.session);
	fail(run, index, &part.error);
	return true;
}

/* People who are made one after the other */

struct person {
	size_t operation;
	struct new_user user;
	struct scim_error *error;       /* why not, before the database was asked */
};

struct people {
	struct bulk_run *run;
	struct person *people;
	size_t count;
};

static bool
refers_to(const struct bulk_run *run, const struct bulk_operation *operation, size_t first,
    size_t last)
{
	for (size_t i = 0; i < operation->target_count; i++) {
		size_t place = run->bulk.operations[operation->targets[i]].place;

		if (place >= first && place < last)
			return true;
	}
	return false;
}

/* The place up to which all make people, none of whom refers to one before in these. */
static size_t
people_end(const struct bulk_run *run, size_t first)
{
	size_t place = first;

	while (place < run->end && place - first < PIECE) {
		const struct bulk_operation *operation =
		    &run->bulk.operations[run->bulk.order[place]];

		if (operation->type != &scim_user_type ||
		    !text_equal(operation->method, TEXT("POST")) ||
		    refers_to(run, operation, first, place))
			break;
		place++;
	}
	return place;
}

static void
prepare(struct bulk_run *run, size_t place, struct person *person)
{
	struct exchange part;

	person->operation = run->bulk.order[place];
	begin_operation(run, person->operation, &part);
	if (may_run(run, &part) && user_prepare(&part, &person->user))
		return;
	person->error = arena_new(run->scratch, struct scim_error);
	(void)copy_error(person->error, &part.error);
}

static void
take(struct bulk_run *run, struct session *session, const struct person *person)
{
	struct stored_resource user;

	if (person->error != NULL)
		fail(run, person->operation, person->error);
	else if (!store_user_take(session, &person->user, &user))
		fail(run, person->operation, session->error);
	else {
		scim_bulk_made_as(&run->bulk, person->operation, user.id);
		run->outcomes[person->operation] = (struct bulk_outcome){
			.status = 201, .version = render_etag(run->exchange->arena, user.version),
		};
	}
}

/*
 * failOnErrors can end it in the middle.  Then those behind must not be made:
 * all is undone, and count tells how many may be tried again.
 */
static bool
create_people(struct session *session, void *context)
{
	struct people *batch = context;
	size_t before = batch->run->errors, count = 0;
	struct new_user **users = arena_array(session->arena, batch->count, sizeof(struct new_user *));

	for (size_t i = 0; i < batch->count; i++)
		if (batch->people[i].error == NULL)
			users[count++] = &batch->people[i].user;
	store_users_queue(session, users, count);
	if (!session_flush(session))
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		take(batch->run, session, &batch->people[i]);
		if (is_stopped(batch->run) && i + 1 < batch->count) {
			batch->count = i + 1;
			batch->run->errors = before;
			return false;
		}
	}
	return session_commit(session);
}

/* A value was refused that we had let pass: one of them must not spoil the others. */
static bool
run_one_by_one(struct bulk_run *run, size_t first, size_t end)
{
	for (size_t place = first; place < end && !is_stopped(run); place++)
		if (!run_one(run, place))
			return false;
	return true;
}

/* People at the places from *place to end; *place becomes where to go on. */
static bool
run_people(struct bulk_run *run, size_t *place, size_t end)
{
	size_t first = *place;
	struct scim_error error = { 0 };
	struct session session = run->exchange->session;
	struct people batch = { run, NULL, end - first };

	batch.people = arena_array(run->scratch, batch.count, sizeof(*batch.people));
	for (size_t i = 0; i < batch.count; i++)
		prepare(run, first + i, &batch.people[i]);
	session.arena = run->scratch;
	session.error = &error;
	session.nested = true;
	*place = end;
	while (!session_transact(&session, create_people, &batch)) {
		if (!session_goes_on(&session))
			return break_off(run, &session);
		if (session.outcome != PG_FINE)
			return run_one_by_one(run, first, *place);
		*place = first + batch.count;
	}
	return bulk_members_add(run, first, *place);
}

/* Pieces */

static void
clear_piece(struct bulk_run *run)
{
	for (size_t place = run->first; place < run->end; place++) {
		run->outcomes[run->bulk.order[place]] = (struct bulk_outcome){ 0 };
		scim_bulk_forget_made(&run->bulk, run->bulk.order[place]);
	}
	run->errors = run->errors_before;
	run->awaited_count = 0;
	run->again = false;
}

/* The later operation that this one waits for in vain, plus 1; or 0. */
static size_t
find_vain(const struct bulk_run *run, size_t index)
{
	const struct bulk_operation *operation = &run->bulk.operations[index];

	for (size_t i = 0; i < operation->target_count; i++) {
		size_t target = operation->targets[i];

		if (is_later(run, target, index) &&
		    (!bulk_made(run, target) || run->vain[target] != 0))
			return target + 1;
	}
	return 0;
}

/* From the last to the first, so that who waits for one who waits in vain is found, too. */
static bool
give_up(struct bulk_run *run)
{
	bool found = false;

	for (size_t place = run->end; place-- > run->first;) {
		size_t index = run->bulk.order[place];

		if (!bulk_made(run, index))
			continue;
		run->vain[index] = find_vain(run, index);
		found |= run->vain[index] != 0;
	}
	return found;
}

/*
 * Two bulks that change the same groups in opposite orders would deadlock
 * again and again, until nobody has time left.
 */
static void
lock_groups(struct bulk_run *run, struct session *session)
{
	struct text *ids = arena_array(session->arena, run->end - run->first, sizeof(*ids));
	size_t count = 0;

	for (size_t place = run->first; place < run->end; place++) {
		const struct bulk_operation *operation =
		    &run->bulk.operations[run->bulk.order[place]];

		if (operation->type == &scim_group_type && text_is_uuid(operation->id) &&
		    !text_equal(operation->method, TEXT("POST")))
			ids[count++] = operation->id;
	}
	/* What is queued here is sent with the first operation, before which scratch is emptied. */
	pg_set_arena(session->pg, session->arena);
	store_group_lock_all(session, ids, count);
	pg_set_arena(session->pg, run->scratch);
}

static bool
run_operations(struct session *session, void *context)
{
	struct bulk_run *run = context;
	size_t place = run->first;

	clear_piece(run);
	lock_groups(run, session);
	while (place < run->end && !is_stopped(run)) {
		size_t end = people_end(run, place);

		/* What an operation reads can be much larger than what it sent. */
		arena_reset(run->scratch);
		if (end > place + 1 ? !run_people(run, &place, end) : !run_one(run, place++))
			return false;
	}
	run->again = give_up(run);
	return !run->again && session_commit(session);
}

/*
 * A piece whose transaction failed: nothing of it was done, or, when the
 * connection broke while it was committed, nobody knows.
 */
static void
fail_piece(struct bulk_run *run)
{
	const struct scim_error *why = &run->exchange->error;
	bool unknown = why->reason == REASON_COMMIT_UNKNOWN;

	if (!unknown)
		clear_piece(run);
	for (size_t place = run->first; place < run->end; place++) {
		size_t index = run->bulk.order[place];

		if (unknown ? bulk_made(run, index) : !is_stopped(run))
			fail(run, index, why);
	}
}

static bool
transact(struct bulk_run *run)
{
	struct exchange *exchange = run->exchange;
	int64_t now = clock_microseconds();

	if (now > exchange->started + PIECES_MICROSECONDS)
		return scim_fail(&exchange->error, REASON_DATABASE_BUSY);
	pg_set_deadline(exchange->session.pg, now + DATABASE_MICROSECONDS);
	exchange->session.read_only = false;
	run->no_later = false;
	for (int round = 1; !session_transact(&exchange->session, run_operations, run); round++) {
		if (!run->again)
			return false;
		run->no_later = round >= ROUNDS;
	}
	return true;
}

static bool
read_bulk(struct exchange *exchange, struct bulk_run *run)
{
	struct json_value *body;

	if (!body_read(exchange, BULK_BODY_MAX, &body)) {
		if (exchange->error.reason != REASON_BODY_TOO_BIG)
			return false;
		return scim_fail(&exchange->error, REASON_BULK_TOO_BIG,
		    arena_format(exchange->arena, "%zu", BULK_BODY_MAX));
	}
	if (!scim_bulk_read(exchange->arena, body, &run->bulk, &exchange->error))
		return false;
	run->outcomes = arena_array(exchange->arena, run->bulk.count, sizeof(*run->outcomes));
	run->errors_of = arena_array(exchange->arena, run->bulk.count, sizeof(*run->errors_of));
	run->sent = arena_array(exchange->arena, run->bulk.count, sizeof(*run->sent));
	for (size_t i = 0; i < run->bulk.count; i++)
		run->sent[i] = refusal_subject(run->bulk.operations[i].data,
		    run->bulk.operations[i].type);
	run->vain = arena_array(exchange->arena, run->bulk.count, sizeof(*run->vain));
	return true;
}

bool
serve_bulk(struct exchange *exchange)
{
	struct bulk_run run = { .exchange = exchange };

	if (!read_bulk(exchange, &run))
		return false;
	run.scratch = arena_create();
	pg_set_arena(exchange->session.pg, run.scratch);
	while (run.end < run.bulk.count && !is_stopped(&run)) {
		run.first = run.end;
		run.errors_before = run.errors;
		run.end = scim_bulk_piece(&run.bulk, run.first, PIECE);
		if (!transact(&run))
			fail_piece(&run);
	}
	pg_set_arena(exchange->session.pg, exchange->arena);
	arena_destroy(run.scratch);
	refusal_note_bulk(&run);
	/* RFC 7644 3.7: 200 whatever became of the operations; each has its own status. */
	exchange->response.status = 200;
	scim_bulk_write(exchange->arena, &run.bulk, run.outcomes, exchange->base, exchange->body);
	return true;
}
