/*
 * steps.h - several changes of members as one.
 */
#ifndef STORE_STEPS_H
#define STORE_STEPS_H

#include "store/group.h"

/*
 * Folds steps that follow each other and name ids into one removal and one
 * addition, or into one MEMBERS_SET: the last word on each id counts, so that
 * a PATCH which takes back what it said changes no row, nor the group's
 * version.  Steps with a filter stay where they are.  Gives their new number.
 */
size_t store_steps_fold(struct arena *arena, struct member_step *steps, size_t count);

#endif
