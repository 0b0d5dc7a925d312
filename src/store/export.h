/*
 * export.h - everybody and every group of an organization, as they were at one moment.
 *
 * Rows are read from a cursor and handed on one by one: memory does not grow
 * with them.  People come in the order of userName, groups in that of
 * displayName, members by type and name.
 */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/session.h"

/* Texts live until the function that gets them returns. */
struct export_person {
	struct text id, created, last_modified;
	struct text resource;           /* as in scim.users, without id and meta */
	struct text manager;            /* userName; unset: none, or nobody of this organization */
	struct text groups;             /* displayNames, a JSON array; unset: none, or not wanted */
	bool active;                    /* which resource need not say */
};

struct export_group {
	struct text id, created, last_modified;
	struct text display_name, external_id;  /* external_id may be unset */
};

struct export_member {
	struct text id, type;           /* type: User or Group */
	struct text name;               /* userName or displayName */
};

struct export_count {
	long people, groups;
	long plain_groups;              /* of which the groups of people tell all */
};

/*
 * Who reads.  Memory of the arena is given back after a few hundred rows.  A
 * false ends all, with no error filled: who said so knows why.
 */
struct export_reader {
	bool (*begin)(void *context, const struct export_count *count);
	/* NULL, or who wants to see everybody once before begin. */
	bool (*survey)(void *context, struct arena *arena, const struct export_person *person);
	bool (*person)(void *context, struct arena *arena, const struct export_person *person);
	bool (*group)(void *context, const struct export_group *group);
	bool (*member)(void *context, const struct export_member *member);
	bool (*group_end)(void *context);
	void *context;
	bool groups;                    /* are wanted as resources; people are always */
	bool groups_of_people;          /* are wanted with each person */
};

enum export_outcome {
	EXPORT_DONE,
	EXPORT_NO_ORGANIZATION,
	EXPORT_STOPPED,                 /* by the reader */
	EXPORT_FAILED,                  /* the session's error is filled */
};

/* Nothing is repeated once the reader was called. */
enum export_outcome store_export(struct session *session, const struct export_reader *reader);

#endif
