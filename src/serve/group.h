/*
 * group.h - groups as they are answered, with any number of members.
 */
#ifndef SERVE_GROUP_H
#define SERVE_GROUP_H

#include "store/group.h"

#define GROUP_BODY_MAX ((size_t)10 * 1024 * 1024)
/* From more members than this on an answer is not held in memory. */
#define MEMBERS_BUFFERED 1000

/* What happens to a group that is too large to be held. */
enum large {
	LARGE_LATER,        /* it is left for a second reading, after the commit */
	LARGE_STREAMED,     /* sent piece by piece */
	LARGE_UNSHOWN,      /* 204 */
};

/* One group, becoming an answer. */
struct group_answer {
	struct exchange *exchange;
	struct projection *projection;
	int status;
	enum large large;
	bool finished;      /* the answer is complete, or on its way */
	struct text id;
	bool any_member;    /* a comma is needed before the next */
};

/* The reader that fills the exchange's response and body. */
struct group_reader group_answer_reader(struct group_answer *answer);

/*
 * A list in which there are groups (RFC 7644 3.4.2), or both types, by a plan:
 * all but the end of the message.  Each type has its own projection.
 */
bool group_list(struct exchange *exchange, const struct plan *plan, long start_index,
    struct projection *users, struct projection *groups, struct list_page *page) MUST_CHECK;

#endif
