/*
 * bulk_members.c - groups whose members are made later in the same bulk
 * (RFC 7644 3.7.1, 3.7.2).
 *
 * The group is written at its place, without them; each is added as soon as
 * it is made.  So the order of the client is kept, and circular groups work.
 */
#include "serve/bulk.h"
#include "store/group.h"

static void
await(struct bulk_run *run, struct text group, size_t target)
{
	if (run->awaited_count == run->awaited_capacity) {
		size_t capacity = run->awaited_capacity * 2 + 64;
		struct awaited_member *larger = arena_array(run->exchange->arena, capacity,
		    sizeof(*larger));

		if (run->awaited_count > 0)
			memcpy(larger, run->awaited, run->awaited_count * sizeof(*larger));
		run->awaited = larger;
		run->awaited_capacity = capacity;
	}
	run->awaited[run->awaited_count++] = (struct awaited_member){
		.group = group, .target = target, .operation = run->at,
	};
}

static void
end(struct bulk_run *run, struct awaited_member *awaited)
{
	awaited->ended = true;
	awaited->ended_by = run->at;
}

static void
end_one(struct bulk_run *run, struct text group, size_t target)
{
	for (size_t i = 0; i < run->awaited_count; i++)
		if (run->awaited[i].target == target && !run->awaited[i].ended &&
		    text_equal(run->awaited[i].group, group))
			end(run, &run->awaited[i]);
}

void
bulk_members_end(struct bulk_run *run, struct text group)
{
	for (size_t i = 0; run != NULL && i < run->awaited_count; i++)
		if (!run->awaited[i].ended && text_equal(run->awaited[i].group, group))
			end(run, &run->awaited[i]);
}

bool
bulk_members_await(struct bulk_run *run, struct text group, enum members_change change,
    struct text member)
{
	const struct bulk_operation *maker = run != NULL ? scim_bulk_maker(&run->bulk, member) : NULL;
	size_t target;

	if (maker == NULL || maker->place < run->bulk.operations[run->at].place)
		return false;
	target = (size_t)(maker - run->bulk.operations);
	if (change == MEMBERS_REMOVE)
		end_one(run, group, target);
	else
		await(run, group, target);
	return true;
}

void
bulk_members_undo(struct bulk_run *run, size_t operation)
{
	while (run->awaited_count > 0 &&
	    run->awaited[run->awaited_count - 1].operation == operation)
		run->awaited_count--;
	for (size_t i = 0; i < run->awaited_count; i++)
		if (run->awaited[i].ended && run->awaited[i].ended_by == operation)
			run->awaited[i].ended = false;
}

static bool
has_come(const struct bulk_run *run, const struct awaited_member *awaited, size_t first,
    size_t last)
{
	size_t place = run->bulk.operations[awaited->target].place;

	return place >= first && place < last && !awaited->ended && bulk_made(run, awaited->target);
}

static size_t
count_come(const struct bulk_run *run, size_t first, size_t last)
{
	size_t count = 0;

	for (size_t i = 0; i < run->awaited_count; i++)
		count += has_come(run, &run->awaited[i], first, last);
	return count;
}

/* Those who have come, one entry for each operation that named some; operations gets which. */
static size_t
collect(struct bulk_run *run, size_t first, size_t last, struct text *ids,
    struct later_members *later, size_t *operations)
{
	size_t count = 0;

	for (size_t i = 0; i < run->awaited_count; i++) {
		const struct awaited_member *awaited = &run->awaited[i];

		if (!has_come(run, awaited, first, last))
			continue;
		if (count == 0 || operations[count - 1] != awaited->operation) {
			operations[count] = awaited->operation;
			later[count].group = awaited->group;
			later[count].step = (struct member_step){
			    .change = MEMBERS_ADD, .ids = ids };
			count++;
		}
		later[count - 1].step.count++;
		*ids++ = run->bulk.operations[awaited->target].id;
	}
	return count;
}

bool
bulk_members_add(struct bulk_run *run, size_t first, size_t last)
{
	size_t count = count_come(run, first, last);
	struct later_members *later;
	size_t *operations;
	struct text *ids;

	if (count == 0)
		return true;
	ids = arena_array(run->scratch, count, sizeof(*ids));
	later = arena_array(run->scratch, count, sizeof(*later));
	operations = arena_array(run->scratch, count, sizeof(*operations));
	count = collect(run, first, last, ids, later, operations);
	if (!store_group_add_later(&run->exchange->session, later, count))
		return false;
	/* The operation that named them is complete only now. */
	for (size_t i = 0; i < count; i++)
		run->outcomes[operations[i]].version =
		    render_etag(run->exchange->arena, later[i].version);
	return true;
}
