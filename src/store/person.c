/*
 * person.c - one statement, one transaction each.
 */
#include "store/person.h"

static struct text
boolean(bool value)
{
	return value ? TEXT("t") : TEXT("f");
}

struct page {
	const struct plan *plan;
	struct pg_rows *rows;
};

static bool
run_page(struct session *session, void *context)
{
	struct page *page = context;

	page->rows = pg_queue_text(session->pg, page->plan->sql, page->plan->parameters,
	    page->plan->count);
	return session_commit(session);
}

bool
store_person_page(struct session *session, const struct plan *plan, struct pg_rows **rows)
{
	struct page page = { plan, NULL };
	bool fine;

	session->read_only = true;
	fine = session_transact(session, run_page, &page);
	*rows = fine ? page.rows : NULL;
	return fine;
}

bool
store_person_find(struct session *session, struct text person, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_PERSON_FIND, PG_PARAMETERS(session->org, person), rows);
}

bool
store_person_show(struct session *session, struct text id, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_PERSON_SHOW, PG_PARAMETERS(session->org, id), rows);
}

bool
store_person_protect(struct session *session, struct text id, bool protect, struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_PERSON_PROTECT,
	    PG_PARAMETERS(session->org, id, boolean(protect)), rows);
}

bool
store_person_activate(struct session *session, struct text id, bool active, struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_PERSON_ACTIVATE,
	    PG_PARAMETERS(session->org, id, boolean(active)), rows);
}

bool
store_group_show(struct session *session, struct text group, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_GROUP_SHOW, PG_PARAMETERS(session->org, group), rows);
}

bool
store_group_people(struct session *session, struct text id, struct pg_rows **rows)
{
	return session_statement(session, true, STATEMENT_GROUP_PEOPLE, PG_PARAMETERS(session->org, id), rows);
}

bool
store_group_protect(struct session *session, struct text group, bool protect,
    struct pg_rows **rows)
{
	return session_statement(session, false, STATEMENT_GROUP_PROTECT,
	    PG_PARAMETERS(session->org, group, boolean(protect)), rows);
}
