/*
 * export.c - one snapshot, a cursor for people and one for groups.
 */
#include "base/clock.h"
#include "store/export.h"

#define PAGE 500             /* as the FETCH commands below say */
/* The first rows of groups are there when all of them have been sorted. */
#define FETCH_MICROSECONDS ((int64_t)600 * 1000000)

struct export {
	const struct export_reader *reader;
	struct arena *page;             /* of the rows at hand */
	enum export_outcome outcome;
	char group[40];                 /* the id of the group whose members come; "": none */
};

/* Who reads may be slow to take what it gets; sorting all members takes longer than a request may. */
static void
allow_time(struct session *session)
{
	session_allow_time(session);
	pg_queue_command(session->pg, "SET LOCAL idle_in_transaction_session_timeout = 0");
	pg_queue_command(session->pg, "SET LOCAL cursor_tuple_fraction = 1.0");
}

static bool
stop(struct export *export, enum export_outcome outcome)
{
	export->outcome = outcome;
	return false;
}

typedef bool take_person(void *context, struct arena *arena, const struct export_person *person);

static bool
take(struct export *export, const struct pg_rows *rows, int row, take_person *taker)
{
	enum { ID, CREATED, LAST_MODIFIED, ACTIVE, RESOURCE, MANAGER, GROUPS };
	const struct export_person person = {
		.id = pg_text(rows, row, ID),
		.created = pg_text(rows, row, CREATED),
		.last_modified = pg_text(rows, row, LAST_MODIFIED),
		.active = pg_boolean(rows, row, ACTIVE),
		.resource = pg_text(rows, row, RESOURCE),
		.manager = pg_text(rows, row, MANAGER),
		.groups = pg_text(rows, row, GROUPS),
	};

	return taker(export->reader->context, export->page, &person) || stop(export, EXPORT_STOPPED);
}

static bool
hand_person(struct export *export, const struct pg_rows *rows, int row)
{
	return take(export, rows, row, export->reader->person);
}

static bool
survey_person(struct export *export, const struct pg_rows *rows, int row)
{
	return take(export, rows, row, export->reader->survey);
}

enum group_column {
	GROUP_ID, GROUP_CREATED, GROUP_LAST_MODIFIED, GROUP_DISPLAY_NAME, GROUP_EXTERNAL_ID,
	MEMBER_ID, MEMBER_TYPE, MEMBER_NAME,
};

static bool
end_group(struct export *export)
{
	bool open = export->group[0] != '\0';

	export->group[0] = '\0';
	return !open || export->reader->group_end(export->reader->context) ||
	    stop(export, EXPORT_STOPPED);
}

/* Each row is a member; the first of a group brings the group. */
static bool
hand_group(struct export *export, const struct pg_rows *rows, int row)
{
	struct text id = pg_text(rows, row, GROUP_ID);
	const struct export_group group = {
		.id = id,
		.created = pg_text(rows, row, GROUP_CREATED),
		.last_modified = pg_text(rows, row, GROUP_LAST_MODIFIED),
		.display_name = pg_text(rows, row, GROUP_DISPLAY_NAME),
		.external_id = pg_text(rows, row, GROUP_EXTERNAL_ID),
	};

	if (text_equal(id, text_of(export->group)))
		return true;
	if (!end_group(export))
		return false;
	if (!export->reader->group(export->reader->context, &group))
		return stop(export, EXPORT_STOPPED);
	memcpy(export->group, id.start, id.length);
	export->group[id.length] = '\0';
	return true;
}

static bool
hand_member(struct export *export, const struct pg_rows *rows, int row)
{
	const struct export_member member = {
		.id = pg_text(rows, row, MEMBER_ID),
		.type = pg_text(rows, row, MEMBER_TYPE),
		.name = pg_text(rows, row, MEMBER_NAME),
	};

	if (!hand_group(export, rows, row))
		return false;
	return !text_is_set(member.id) ||
	    export->reader->member(export->reader->context, &member) ||
	    stop(export, EXPORT_STOPPED);
}

/* All rows of the cursor that is open; memory is that of one page. */
static bool
fetch_all(struct session *session, struct export *export, struct text fetch,
    bool (*hand)(struct export *, const struct pg_rows *, int))
{
	int count;

	do {
		struct pg_rows *rows;

		pg_set_deadline(session->pg, clock_microseconds() + FETCH_MICROSECONDS);
		rows = pg_queue_text(session->pg, fetch, NULL, 0);
		if (!session_flush(session))
			return false;
		count = pg_count(rows);
		for (int i = 0; i < count; i++)
			if (!hand(export, rows, i))
				return false;
		arena_reset(export->page);
	} while (count == PAGE);
	return true;
}

static bool
read_people(struct session *session, struct export *export, bool with_groups,
    bool (*hand)(struct export *, const struct pg_rows *, int))
{
	struct text groups = with_groups ? TEXT("t") : TEXT("f");
	struct pg_rows *unused;

	if (!session_run(session, STATEMENT_EXPORT_PEOPLE, PG_PARAMETERS(session->org, groups),
	    &unused) ||
	    !fetch_all(session, export, TEXT("FETCH FORWARD 500 FROM exported_people"), hand))
		return false;
	pg_queue_command(session->pg, "CLOSE exported_people");
	return session_flush(session);
}

static bool
read_groups(struct session *session, struct export *export)
{
	struct pg_rows *unused;

	return !export->reader->groups ||
	    (session_run(session, STATEMENT_EXPORT_GROUPS, PG_PARAMETERS(session->org), &unused) &&
	    fetch_all(session, export, TEXT("FETCH FORWARD 500 FROM exported_groups"), hand_member) &&
	    end_group(export));
}

static bool
count_all(struct session *session, struct export *export, struct export_count *count)
{
	struct pg_rows *rows;

	allow_time(session);
	pg_set_deadline(session->pg, clock_microseconds() + FETCH_MICROSECONDS);
	if (!session_run(session, STATEMENT_EXPORT_COUNT, PG_PARAMETERS(session->org), &rows))
		return false;
	if (pg_count(rows) == 0)
		return stop(export, EXPORT_NO_ORGANIZATION);
	*count = (struct export_count){ pg_number(rows, 0, 0), pg_number(rows, 0, 1),
		pg_number(rows, 0, 2) };
	return true;
}

static bool
begin_reading(struct session *session, struct export *export, const struct export_count *count)
{
	session->once = true;
	if (export->reader->survey != NULL && !read_people(session, export, false, survey_person))
		return false;
	return export->reader->begin(export->reader->context, count) || stop(export, EXPORT_STOPPED);
}

static bool
run_export(struct session *session, void *context)
{
	struct export *export = context;
	struct export_count count;

	return count_all(session, export, &count) && begin_reading(session, export, &count) &&
	    read_people(session, export, export->reader->groups_of_people, hand_person) &&
	    read_groups(session, export) && session_commit(session);
}

enum export_outcome
store_export(struct session *session, const struct export_reader *reader)
{
	struct arena *before = session->arena;
	struct export export = { .reader = reader, .page = arena_create(),
		.outcome = EXPORT_FAILED };
	bool fine;

	session->read_only = session->snapshot = true;
	pg_set_arena(session->pg, export.page);
	fine = session_transact(session, run_export, &export);
	pg_set_arena(session->pg, before);
	session->snapshot = session->once = false;
	arena_destroy(export.page);
	return fine ? EXPORT_DONE : export.outcome;
}
