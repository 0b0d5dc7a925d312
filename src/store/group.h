/*
 * group.h - groups as rows of scim.groups, members as rows of scim.group_members.
 *
 * Members are never read to be written back: a change names the rows that
 * come and go, under a lock of the group's row.
 */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "scim/patch.h"
#include "store/resource.h"

struct stored_member {
	struct text id, type;       /* type: User or Group */
	struct text display;        /* may be unset */
};

/*
 * Who wants to see groups.  group() is told of each and answers whether its
 * members are wanted; members() then gets them page by page, in the order of
 * their ids.  Both may be called again from the start when the transaction is
 * repeated, unless they set session->once.  False with a filled error ends it.
 */
struct group_reader {
	bool (*group)(void *context, const struct stored_resource *group, bool *want_members);
	bool (*members)(void *context, const struct stored_member *members, int count, bool last);
	void *context;
};

/* Reads a group, all of it at one moment.  Errors: NOT_FOUND. */
bool store_group_read(struct session *session, struct text id, const struct group_reader *reader)
    MUST_CHECK;

/* Who wants to see a list in which there are groups. */
struct list_reader {
	bool (*begin)(void *context, const struct list_page *page);
	bool (*user)(void *context, const struct stored_resource *user);
	struct group_reader group;      /* its context is that of all */
};

/* Reads a page by a list plan, all of it at one moment; begin comes before the first resource. */
bool store_group_list(struct session *session, const struct plan *plan,
    const struct list_reader *reader) MUST_CHECK;

/* One step of a change of members, on ids in our form. */
struct member_step {
	enum members_change change;
	struct text *ids;
	size_t count;
	const struct filter *filter;    /* MEMBERS_REMOVE: those who fulfil it; NULL: the ids */
	bool awaits;                    /* names others, who come later in the bulk */
};

/* What becomes of a locked group. */
struct group_change {
	bool named;                     /* displayName or externalId change to these */
	struct text display_name, external_id;
	struct member_step *steps;      /* folded in place when they are run */
	size_t step_count;
};

/* Fills change, or refuses with a filled error.  May be asked again after a deadlock. */
typedef bool store_group_decide(struct session *session, const struct stored_resource *current,
    struct group_change *change, void *context);

/*
 * Inside work: queues the locks of these groups for the next round trip, in
 * the order in which everybody locks groups; none need be there.  For those
 * who will change several in an order of their own.  The ids are uuids.
 */
void store_group_lock_all(struct session *session, const struct text *ids, size_t count);

/*
 * Makes a group of this id, or, when it is unset, of one that the database
 * chooses.  The reader sees it before the commit.  Errors: GROUP_NAME_TAKEN,
 * GROUP_UNKNOWN_MEMBER, ACTION_GROUPS_OFF.
 */
bool store_group_create(struct session *session, struct text id, const struct group_change *group,
    const struct group_reader *reader) MUST_CHECK;

/* Members who come after their group was written. */
struct later_members {
	struct text group;
	struct member_step step;
	struct text version;            /* the group's, afterwards */
};

/*
 * Inside work: adds members to groups that the transaction at work has
 * written, in one round trip.  Errors: GROUP_UNKNOWN_MEMBER.
 */
bool store_group_add_later(struct session *session, struct later_members *later, size_t count)
    MUST_CHECK;

/*
 * Locks a group, asks decide, changes rows.  Errors: NOT_FOUND,
 * RESOURCE_PROTECTED, as create, and those of decide.
 */
bool store_group_change(struct session *session, struct text id, store_group_decide *decide,
    void *context, const struct group_reader *reader) MUST_CHECK;

/* Locks a group, asks decide (whose change is not looked at), deletes. */
bool store_group_delete(struct session *session, struct text id, store_group_decide *decide,
    void *context) MUST_CHECK;

#endif
