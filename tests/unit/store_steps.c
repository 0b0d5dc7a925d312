/*
 * store_steps.c - several changes of members as one, against doing them one by one.
 */
#include <stdlib.h>

#include "store/steps.h"
#include "unit/tap.h"

#define IDS 6

static struct text
id_of(size_t number)
{
	static const char letters[] = "abcdef";

	return (struct text){ letters + number, 1 };
}

static size_t
number_of(struct text id)
{
	return (size_t)(id.start[0] - 'a');
}

/* One filter, which takes out the first id: enough to see where it stands. */
static const struct filter first;

static void
apply(bool *members, const struct member_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (steps[i].filter != NULL)
			members[0] = false;
		for (size_t j = 0; steps[i].change == MEMBERS_SET && j < IDS; j++)
			members[j] = false;
		for (size_t j = 0; j < steps[i].count; j++)
			members[number_of(steps[i].ids[j])] = steps[i].change != MEMBERS_REMOVE;
	}
}

static struct member_step
random_step(struct arena *arena)
{
	struct member_step step = { .change = (enum members_change)(random() % 3) };

	if (random() % 8 == 0) {
		step.change = MEMBERS_REMOVE;
		step.filter = &first;
		return step;
	}
	step.count = (size_t)random() % 4;
	step.ids = arena_array(arena, step.count, sizeof(*step.ids));
	for (size_t i = 0; i < step.count; i++)
		step.ids[i] = id_of((size_t)random() % IDS);
	return step;
}

static bool
agrees(struct arena *arena)
{
	struct member_step steps[8];
	bool one_by_one[IDS], folded[IDS];
	size_t count = (size_t)random() % 8;

	for (size_t i = 0; i < IDS; i++)
		one_by_one[i] = folded[i] = random() % 2;
	for (size_t i = 0; i < count; i++)
		steps[i] = random_step(arena);
	apply(one_by_one, steps, count);
	count = store_steps_fold(arena, steps, count);
	apply(folded, steps, count);
	return memcmp(one_by_one, folded, sizeof(folded)) == 0;
}

static void
test_taken_back(struct arena *arena)
{
	struct text x[] = { TEXT("x") };
	struct member_step steps[] = {
		{ .change = MEMBERS_ADD, .ids = x, .count = 1 },
		{ .change = MEMBERS_REMOVE, .ids = x, .count = 1 },
	};
	size_t count = store_steps_fold(arena, steps, 2);

	is_number(count, 2, "a removal and an addition");
	ok(steps[0].change == MEMBERS_REMOVE && steps[0].count == 1, "who was added last goes");
	ok(steps[1].change == MEMBERS_ADD && steps[1].count == 0, "and nobody comes");
}

int
main(void)
{
	struct arena *arena = arena_create();
	int wrong = 0;

	srandom(7644);
	test_taken_back(arena);
	for (int i = 0; i < 20000; i++) {
		wrong += !agrees(arena);
		arena_reset(arena);
	}
	is_number(wrong, 0, "20,000 random sequences end as one by one");
	arena_destroy(arena);
	return tap_done();
}
