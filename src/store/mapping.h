/*
 * mapping.h - administration of groups: which of them the application sees,
 * and which teams and roles they give.  The columns of the rows are those of
 * the statements mapping_... in sql/statement.
 */
#ifndef STORE_MAPPING_H
#define STORE_MAPPING_H

#include "store/session.h"

enum mapping_column {
	MAPPING_ID,
	MAPPING_PATTERN,
	MAPPING_TEAM,
	MAPPING_ROLE,
	MAPPING_PRIORITY,
	MAPPING_GROUPS,
	MAPPING_COLUMNS
};

enum mapped_group_column {
	MAPPED_GROUP_NAME,
	MAPPED_GROUP_ID,
	MAPPED_GROUP_EXTERNAL_ID,
	MAPPED_GROUP_MEMBERS,
	MAPPED_GROUP_HIDDEN,
	MAPPED_GROUP_PROTECTED,
	MAPPED_GROUP_COLUMNS
};

/* Of the rows of teams below. */
enum mapped_team_column {
	MAPPED_TEAM_USER_NAME,
	MAPPED_TEAM_USER_ID,
	MAPPED_TEAM,
	MAPPED_TEAM_ROLE
};

/* Of the row of changed below: the mapping, or the organization; and did it become another? */
enum mapping_changed_column { MAPPING_CHANGED_ID, MAPPING_CHANGED };

struct mapping {
	struct text pattern;
	struct text team, role;         /* unset: none; not both */
	struct text priority;
};

/*
 * What a change does: who is in which team, and which groups are there, both
 * sorted by name and id, before it and after it.
 */
struct mapping_effect {
	struct pg_rows *changed;        /* no row: there is no such organization or mapping */
	struct pg_rows *teams[2], *groups[2];
};

/* No row: no such organization.  A row whose id is NULL: it has none. */
bool store_mapping_list(struct session *session, struct pg_rows **rows) MUST_CHECK;
bool store_mapping_groups(struct session *session, bool only_hidden, struct pg_rows **rows)
    MUST_CHECK;

/* A dry run takes everything back before it ends, so its effect is the true one. */
bool store_mapping_add(struct session *session, const struct mapping *mapping, bool dry_run,
    struct mapping_effect *effect) MUST_CHECK;
bool store_mapping_remove(struct session *session, struct text id, bool dry_run,
    struct mapping_effect *effect) MUST_CHECK;
/* patterns: names and patterns of groups parted by line feeds; unset: all groups. */
bool store_mapping_sync(struct session *session, struct text patterns, bool dry_run,
    struct mapping_effect *effect) MUST_CHECK;

#endif
