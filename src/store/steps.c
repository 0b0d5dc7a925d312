/*
 * steps.c - the last word on each member.
 */
#include <stdlib.h>

#include "store/steps.h"

/* What one of the steps says about one id. */
struct word {
	struct text id;
	size_t order;
	bool stays;
};

static int
compare_words(const void *left, const void *right)
{
	const struct word *a = left, *b = right;
	int order = text_compare(a->id, b->id);

	if (order != 0)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* All words of the steps, sorted by id, later ones behind. */
static struct word *
collect(struct arena *arena, const struct member_step *steps, size_t count, size_t *total)
{
	struct word *words;

	*total = 0;
	for (size_t i = 0; i < count; i++)
		*total += steps[i].count;
	words = arena_array(arena, *total, sizeof(*words));
	*total = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < steps[i].count; j++, (*total)++)
			words[*total] = (struct word){ steps[i].ids[j], *total,
			    steps[i].change != MEMBERS_REMOVE };
	qsort(words, *total, sizeof(*words), compare_words);
	return words;
}

/* The ids whose last word is this, as one step. */
static struct member_step
last_words(struct arena *arena, const struct word *words, size_t total, bool stays,
    enum members_change change)
{
	struct member_step step = { .change = change,
	    .ids = arena_array(arena, total, sizeof(*step.ids)) };

	for (size_t i = 0; i < total; i++) {
		bool last = i + 1 == total || !text_equal(words[i].id, words[i + 1].id);

		if (last && words[i].stays == stays)
			step.ids[step.count++] = words[i].id;
	}
	return step;
}

/* Folds steps that all name ids; writes one or two to *folded. */
static size_t
fold_run(struct arena *arena, const struct member_step *steps, size_t count,
    struct member_step *folded)
{
	size_t begin = 0, total;
	struct word *words;
	bool anew = false;

	/* What was said before everybody was named does not matter. */
	for (size_t i = 0; i < count; i++)
		if (steps[i].change == MEMBERS_SET) {
			begin = i;
			anew = true;
		}
	words = collect(arena, steps + begin, count - begin, &total);
	if (anew) {
		folded[0] = last_words(arena, words, total, true, MEMBERS_SET);
		return 1;
	}
	folded[0] = last_words(arena, words, total, false, MEMBERS_REMOVE);
	folded[1] = last_words(arena, words, total, true, MEMBERS_ADD);
	return 2;
}

size_t
store_steps_fold(struct arena *arena, struct member_step *steps, size_t count)
{
	size_t written = 0;

	for (size_t from = 0, to; from < count; from = to) {
		for (to = from; to < count && steps[to].filter == NULL; to++)
			;
		if (to - from > 1) {
			struct member_step folded[2];
			size_t number = fold_run(arena, steps + from, to - from, folded);

			memcpy(&steps[written], folded, number * sizeof(*folded));
			written += number;
			continue;
		}
		steps[written++] = steps[from];
		to = from + 1;
	}
	return written;
}
