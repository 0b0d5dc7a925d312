/*
 * resource.c - rows of people and groups alike, and lists of them.
 */
#include "store/resource.h"

void
store_resource_read(const struct pg_rows *rows, int row, int column, struct stored_resource *resource)
{
	resource->id = pg_text(rows, row, column);
	resource->version = pg_text(rows, row, column + 1);
	resource->created = pg_text(rows, row, column + 2);
	resource->last_modified = pg_text(rows, row, column + 3);
	resource->resource = pg_text(rows, row, column + 4);
	resource->groups = pg_text(rows, row, column + 5);
}

bool
store_refusal_check(struct session *session, const struct pg_rows *rows, int row, int column)
{
	struct text reason = pg_text(rows, row, column);

	return !text_is_set(reason) || scim_fail_with(session->error, scim_reason_find(reason),
	    pg_text(rows, row, column + 1), pg_text(rows, row, column + 2),
	    pg_text(rows, row, column + 3));
}

void
store_page_read(const struct pg_rows *rows, const struct plan *plan, struct list_page *page)
{
	bool any = text_is_set(pg_text(rows, 0, LIST_ID));
	int found = any ? pg_count(rows) : 0;
	int last;

	page->more = found > plan->limit;
	page->count = page->more ? (int)plan->limit : found;
	page->total = pg_number(rows, 0, LIST_TOTAL);
	page->removed = pg_text(rows, 0, LIST_REMOVED);
	page->last = (struct list_place){ .id = TEXT_NONE };
	if (page->count == 0)
		return;
	last = page->count - 1;
	page->last.key = pg_text(rows, last, LIST_SORT_KEY);
	page->last.created = pg_text(rows, last, LIST_CREATED);
	page->last.id = pg_text(rows, last, LIST_ID);
}

const struct resource_type *
store_listed_read(const struct pg_rows *rows, int row, struct stored_resource *resource)
{
	store_resource_read(rows, row, LIST_ID, resource);
	resource->member_count = pg_number(rows, row, LIST_MEMBER_COUNT);
	return scim_type_find(pg_text(rows, row, LIST_TYPE));
}

struct listing {
	const struct plan *plan;
	struct pg_rows *rows;
};

static bool
run_list(struct session *session, void *context)
{
	struct listing *listing = context;

	listing->rows = pg_queue_text(session->pg, listing->plan->sql,
	    listing->plan->parameters, listing->plan->count);
	return session_commit(session);
}

bool
store_list(struct session *session, const struct plan *plan, struct list_page *page,
    struct stored_resource **resources)
{
	struct listing listing = { plan, NULL };

	session->read_only = true;
	if (!session_transact(session, run_list, &listing))
		return false;
	store_page_read(listing.rows, plan, page);
	*resources = arena_array(session->arena, (size_t)page->count, sizeof(**resources));
	for (int i = 0; i < page->count; i++)
		store_listed_read(listing.rows, i, &(*resources)[i]);
	return true;
}

static bool
run_anchor(struct session *session, void *context)
{
	const struct text *parameters = context;
	struct pg_rows *rows;

	/* Losing it in a crash costs one slow page. */
	pg_queue_command(session->pg, "SET LOCAL synchronous_commit = off");
	return session_run_and_commit(session, STATEMENT_LIST_ANCHOR, parameters, &rows);
}

bool
store_list_anchor(struct session *session, struct text token_id,
    const struct resource_type *type, long start_index, const struct list_page *page)
{
	struct text parameters[] = { session->org, token_id, type->name,
	    arena_format(session->arena, "%ld", start_index), page->last.created, page->last.id,
	    page->removed };

	session->read_only = false;
	return session_transact(session, run_anchor, parameters);
}
