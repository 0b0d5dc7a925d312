/*
 * plan.c - a list becomes one statement.
 */
#include "base/compiler.h"
#include "store/planner.h"

/* Sort keys in cursors are cut there, so that addresses stay short. */
#define CURSOR_KEY_CHARACTERS "256"

/* RFC 7644 3.4.2.3: of a multi-valued attribute the primary value, else the first. */
static void
put_sort_value(struct planner *planner, struct attribute_ref ref)
{
	if (!ref.attribute->multi_valued) {
		planner_put_operand(planner, ref, false);
		return;
	}
	planner_put(planner, "(SELECT ");
	planner_put_operand(planner, ref, true);
	planner_put(planner, " FROM ");
	planner_put_elements(planner, ref);
	planner_put(planner, " ORDER BY (element ->> 'primary') IS NOT DISTINCT FROM 'true' DESC"
	    " LIMIT 1)");
}

static bool
sorts_by_time(const struct list_query *query)
{
	struct attribute_ref ref = query->parts[0].sort_by;

	return query->sorted && ref.attribute != NULL &&
	    planner_form(query->parts[0].type, ref, ref.attribute->multi_valued) == FORM_TIME;
}

static void
put_sort_key(struct planner *planner, const struct list_query *query, struct attribute_ref ref)
{
	bool cut = query->by_cursor && !sorts_by_time(query);

	if (ref.attribute == NULL) {
		planner_put(planner, "NULL::text");
		return;
	}
	planner_put(planner, cut ? "left(" : "");
	put_sort_value(planner, ref);
	planner_put(planner, cut ? ", " CURSOR_KEY_CHARACTERS ")" : "");
	planner_put(planner, sorts_by_time(query) ? "" : " COLLATE \"C\"");
}

static const char *
table_of(const struct resource_type *type)
{
	return type == &scim_user_type ? "scim.users" : "scim.groups";
}

static bool
is_filtered(const struct list_query *query)
{
	return query->parts[0].filter != NULL;
}

/* The ids of one type that match, with what they are ordered by. */
static void
put_matches_of(struct planner *planner, const struct list_query *query,
    const struct list_part *part)
{
	planner->type = part->type;
	planner_put(planner, "    SELECT item.id, item.created, ");
	planner_put_quoted(planner, part->type->name);
	planner_put(planner, " AS resource_type");
	if (query->sorted) {
		planner_put(planner, ", ");
		put_sort_key(planner, query, part->sort_by);
		planner_put(planner, " AS sort_key");
	}
	planner_put(planner, "\n      FROM ");
	planner_put(planner, table_of(part->type));
	planner_put(planner, " AS item\n     WHERE item.org = $1");
	if (part->filter != NULL) {
		planner_put(planner, "\n       AND (");
		planner_put_filter(planner, part->filter, false);
		planner_put(planner, ")");
	}
	planner_put(planner, "\n");
}

/*
 * Without a filter an index may give the order, and the matches must not be
 * collected; with one, all of them are wanted for totalResults anyway, and
 * collecting them keeps the planner from walking the index of the order in the
 * hope of an early end.
 */
static void
put_matches(struct planner *planner, const struct list_query *query)
{
	planner_put(planner, "WITH matched AS ");
	planner_put(planner, is_filtered(query) ? "MATERIALIZED (\n" : "NOT MATERIALIZED (\n");
	for (size_t i = 0; i < query->part_count; i++) {
		planner_put(planner, i > 0 ? "    UNION ALL\n" : "");
		put_matches_of(planner, query, &query->parts[i]);
	}
	planner_put(planner, ")");
}

/* totalResults; unfiltered it is the sum of some counts that triggers keep. */
static void
put_total(struct planner *planner, const struct list_query *query)
{
	if (is_filtered(query)) {
		planner_put(planner, ", total AS (\n"
		    "    SELECT count(*) AS number, 0::bigint AS removed FROM matched\n)");
		return;
	}
	planner_put(planner, ", total AS (\n    SELECT coalesce(sum(number), 0)::bigint AS number,"
	    " coalesce(sum(removed), 0)::bigint AS removed\n      FROM scim.resource_counts\n"
	    "     WHERE org = $1 AND resource_type IN (");
	for (size_t i = 0; i < query->part_count; i++) {
		planner_put(planner, i > 0 ? ", " : "");
		planner_put_quoted(planner, query->parts[i].type->name);
	}
	planner_put(planner, ")\n)");
}

static void
put_number(struct planner *planner, long number)
{
	planner_put_parameter(planner, arena_format(planner->arena, "%ld", number));
	planner_put(planner, "::bigint");
}

bool
store_plan_has_anchor(const struct list_query *query)
{
	return !is_filtered(query) && !query->sorted && !query->by_cursor &&
	    query->part_count == 1 && text_is_set(query->token_id);
}

/*
 * The resource behind which startIndex begins, if the same client came so far
 * and nobody was deleted since.  Otherwise entries of an index are stepped
 * over, from the end that is nearer.
 */
static void
put_anchor(struct planner *planner, const struct list_query *query)
{
	planner_put(planner, ", anchor AS (\n"
	    "    SELECT coalesce(anchor.created, '-infinity') AS created,"
	    " coalesce(anchor.id, '00000000-0000-0000-0000-000000000000') AS id,"
	    " anchor.id IS NOT NULL AS known,"
	    " anchor.id IS NULL AND asked.start > total.number / 2 AS backwards,"
	    " asked.start - 1 AS before, asked.count,"
	    " greatest(least(asked.count, total.number - asked.start + 1), 0) AS rest,"
	    " greatest(total.number - asked.start - asked.count + 1, 0) AS behind\n"
	    "      FROM total CROSS JOIN (VALUES (");
	put_number(planner, query->start_index);
	planner_put(planner, ", ");
	put_number(planner, query->count);
	planner_put(planner, ")) AS asked (start, count)\n"
	    "      LEFT JOIN scim.list_anchors AS anchor ON anchor.org = $1 AND anchor.token_id = ");
	planner_put_parameter(planner, query->token_id);
	planner_put(planner, "::uuid AND anchor.resource_type = ");
	planner_put_quoted(planner, query->parts[0].type->name);
	planner_put(planner, " AND anchor.start_index = asked.start AND anchor.removed = total.removed\n)");
}

/* Missing values sort last, or first when descending (RFC 7644 3.4.2.3): PostgreSQL's own rule. */
static void
put_order(struct planner *planner, const struct list_query *query, const char *relation)
{
	planner_put(planner, " ORDER BY ");
	if (query->sorted) {
		planner_put(planner, relation);
		planner_put(planner, query->descending ? ".sort_key DESC, " : ".sort_key, ");
	}
	planner_put(planner, relation);
	planner_put(planner, ".created, ");
	planner_put(planner, relation);
	planner_put(planner, ".id");
}

/* (created, id) behind those of the place; row comparison is what an index serves. */
static void
put_behind(struct planner *planner, const struct list_place *after)
{
	planner_put(planner, "(matched.created, matched.id) > (");
	planner_put_parameter(planner, after->created);
	planner_put(planner, "::timestamptz, ");
	planner_put_parameter(planner, after->id);
	planner_put(planner, "::uuid)");
}

/* Behind the place in the order of the sort key; missing values have their end of the list. */
static void
put_behind_sorted(struct planner *planner, const struct list_query *query)
{
	const char *cast = sorts_by_time(query) ? "::timestamptz" : "::text";

	if (!text_is_set(query->after.key)) {
		planner_put(planner, query->descending ? "(matched.sort_key IS NOT NULL OR " :
		    "(matched.sort_key IS NULL AND ");
		put_behind(planner, &query->after);
		planner_put(planner, ")");
		return;
	}
	planner_put(planner, query->descending ? "(matched.sort_key < " :
	    "(matched.sort_key IS NULL OR matched.sort_key > ");
	planner_put_parameter(planner, query->after.key);
	planner_put(planner, cast);
	planner_put(planner, " OR (matched.sort_key = ");
	planner_put_parameter(planner, query->after.key);
	planner_put(planner, cast);
	planner_put(planner, " AND ");
	put_behind(planner, &query->after);
	planner_put(planner, "))");
}

/* One more than is shown tells whether there are more (RFC 9865 2: no cursor on the last page). */
static void
put_page_by_cursor(struct planner *planner, const struct list_query *query)
{
	if (text_is_set(query->after.id)) {
		planner_put(planner, " WHERE ");
		if (query->sorted)
			put_behind_sorted(planner, query);
		else
			put_behind(planner, &query->after);
	}
	put_order(planner, query, "matched");
	planner_put(planner, "\n     LIMIT ");
	put_number(planner, query->count > 0 ? query->count + 1 : 0);
}

/* A LIMIT of 0 costs nothing, so one half of this never runs. */
static const char anchored_page[] =
    ", page AS (\n"
    "    (SELECT * FROM matched\n"
    "      WHERE (matched.created, matched.id) >"
    " ((SELECT created FROM anchor), (SELECT id FROM anchor))\n"
    "      ORDER BY matched.created, matched.id\n"
    "      LIMIT (SELECT CASE WHEN backwards THEN 0 ELSE count END FROM anchor)\n"
    "     OFFSET (SELECT CASE WHEN known THEN 0 ELSE before END FROM anchor))\n"
    "    UNION ALL\n"
    "    (SELECT * FROM matched\n"
    "      ORDER BY matched.created DESC, matched.id DESC\n"
    "      LIMIT (SELECT CASE WHEN backwards THEN rest ELSE 0 END FROM anchor)\n"
    "     OFFSET (SELECT behind FROM anchor))\n"
    ")\n";

static void
put_page_by_index(struct planner *planner, const struct list_query *query)
{
	put_order(planner, query, "matched");
	planner_put(planner, "\n     LIMIT ");
	put_number(planner, query->count);
	planner_put(planner, " OFFSET ");
	put_number(planner, query->start_index - 1);
}

static void
put_page(struct planner *planner, const struct list_query *query)
{
	if (store_plan_has_anchor(query) && query->start_index > LIST_ANCHOR_DEPTH) {
		put_anchor(planner, query);
		planner_put(planner, anchored_page);
		return;
	}
	planner_put(planner, ", page AS (\n    SELECT * FROM matched");
	if (query->by_cursor)
		put_page_by_cursor(planner, query);
	else
		put_page_by_index(planner, query);
	planner_put(planner, "\n)\n");
}

#define TIME_FORM "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'"

static const char show_time[] =
    "to_char(item.created AT TIME ZONE 'UTC', " TIME_FORM ") AS created_text, "
    "to_char(item.last_modified AT TIME ZONE 'UTC', " TIME_FORM ") AS modified_text, ";

/*
 * The resources of a type that are on the page.  LIMIT 1 makes the planner
 * look each up by its key: it does not know how short a page is, and would
 * rather read the whole table.
 */
static void
put_shown_of(struct planner *planner, const struct list_part *part)
{
	bool users = part->type == &scim_user_type;

	planner->type = part->type;
	planner_put(planner, "    SELECT page.*, item.version, item.created_text, item.modified_text,"
	    " item.resource, item.groups, item.member_count\n      FROM page CROSS JOIN LATERAL (\n"
	    "           SELECT ");
	planner_put(planner, users ? "concat(item.version, membership.digest) AS version, " :
	    "item.version::text AS version, ");
	planner_put(planner, show_time);
	planner_put(planner, users ? "item.resource, membership.groups, 0 AS member_count\n" :
	    "scim.group_resource(item.display_name, item.external_id) AS resource,"
	    " NULL::json AS groups, item.member_count\n");
	planner_put(planner, "             FROM ");
	planner_put(planner, table_of(part->type));
	planner_put(planner, " AS item");
	if (users)
		planner_put_template(planner, " CROSS JOIN LATERAL"
		    " scim.groups_of(item.org, item.id, {base}) AS membership", TEXT_NONE);
	planner_put(planner, "\n            WHERE item.org = $1 AND item.id = page.id LIMIT 1) AS item\n"
	    "     WHERE page.resource_type = ");
	planner_put_quoted(planner, part->type->name);
	planner_put(planner, "\n");
}

/* Columns as in enum list_column; the total comes even when the page is empty. */
static void
put_resources(struct planner *planner, const struct list_query *query)
{
	planner_put(planner, "SELECT total.number, shown.id, shown.version, shown.created_text,"
	    " shown.modified_text, shown.resource, shown.groups, shown.member_count,"
	    " shown.resource_type, ");
	planner_put(planner, query->sorted ? "shown.sort_key::text" : "NULL");
	planner_put(planner, ", total.removed\n  FROM total LEFT JOIN (\n");
	for (size_t i = 0; i < query->part_count; i++) {
		planner_put(planner, i > 0 ? "    UNION ALL\n" : "");
		put_shown_of(planner, &query->parts[i]);
	}
	planner_put(planner, "  ) AS shown ON true\n");
	put_order(planner, query, "shown");
}

/* The finished plan, out of the arena. */
static struct plan
finish(struct planner *planner)
{
	struct plan plan = {
		.sql = arena_copy(planner->arena, buffer_text(&planner->sql)),
		.parameters = arena_array(planner->arena, (size_t)planner->count,
		    sizeof(*plan.parameters)),
		.count = planner->count,
	};

	memcpy(plan.parameters, planner->parameters,
	    (size_t)planner->count * sizeof(*plan.parameters));
	buffer_release(&planner->sql);
	return plan;
}

struct plan
store_plan_list(struct arena *arena, struct text org, struct text base,
    const struct list_query *query)
{
	struct text parameters[PARAMETERS_MAX];
	struct planner planner = { .arena = arena, .parameters = parameters, .count = 1,
	    .base = base, .indexed = query->indexed };
	struct plan plan;

	parameters[0] = org;
	put_matches(&planner, query);
	put_total(&planner, query);
	put_page(&planner, query);
	put_resources(&planner, query);
	plan = finish(&planner);
	plan.limit = query->count;
	return plan;
}

static void
put_people_matches(struct planner *planner, const struct people_query *query)
{
	planner_put(planner, "    SELECT item.id, item.user_name_key\n      FROM scim.users AS item\n"
	    "     WHERE item.org = $1");
	if (text_is_set(query->status)) {
		planner_put(planner, "\n       AND item.status = ");
		planner_put_parameter(planner, query->status);
	}
	if (text_is_set(query->after)) {
		planner_put(planner, "\n       AND item.user_name_key > ");
		planner_put_parameter(planner, query->after);
	}
	if (query->filter != NULL) {
		planner_put(planner, "\n       AND (");
		planner_put_filter(planner, query->filter, false);
		planner_put(planner, ")");
	}
}

/*
 * Matches that an index leads to are collected on each page; the others are
 * met on a walk by userName, which all pages together make once.
 */
struct plan
store_plan_people(struct arena *arena, struct text org, struct text base,
    const struct people_query *query)
{
	struct text parameters[PARAMETERS_MAX];
	struct planner planner = { .arena = arena, .type = &scim_user_type,
	    .parameters = parameters, .count = 1, .base = base, .indexed = query->indexed };
	const struct list_query list = { .parts = { { .type = &scim_user_type,
	    .filter = query->filter } }, .part_count = 1, .indexed = query->indexed };
	bool collected = query->filter != NULL && store_plan_is_indexed(arena, &list);
	struct plan plan;

	parameters[0] = org;
	planner_put(&planner, collected ? "WITH matched AS MATERIALIZED (\n" :
	    "WITH matched AS NOT MATERIALIZED (\n");
	put_people_matches(&planner, query);
	planner_put(&planner, "\n), page AS (\n    SELECT * FROM matched ORDER BY user_name_key LIMIT ");
	put_number(&planner, query->count);
	planner_put(&planner, "\n)\nSELECT person.user_name, person.status, person.display_name,"
	    " person.email, person.account,\n       to_char(person.last_login AT TIME ZONE 'UTC',"
	    " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS last_login, person.id, page.user_name_key\n"
	    "  FROM page CROSS JOIN LATERAL (\n       SELECT * FROM scim.people AS one\n"
	    "        WHERE one.org = $1 AND one.id = page.id LIMIT 1) AS person\n"
	    " ORDER BY page.user_name_key");
	plan = finish(&planner);
	plan.limit = query->count;
	return plan;
}

struct plan
store_plan_members_remove(struct arena *arena, struct text org, struct text group,
    const struct filter *filter)
{
	/* Of a member only $ref depends on the base address; as a filter it is relative. */
	struct text parameters[PARAMETERS_MAX];
	struct planner planner = { .arena = arena, .type = &scim_group_type,
	    .parameters = parameters, .count = 2, .base = TEXT("") };
	const struct attribute_ref members = { &scim_group_schema,
	    scim_attribute_find(scim_group_schema.attributes, scim_group_schema.count,
	    TEXT("members")), NULL };

	parameters[0] = org;
	parameters[1] = group;
	/* An array is made once; "IN" invites a join that makes every member for every member. */
	planner_put(&planner, "DELETE FROM scim.group_members AS gone\n"
	    " WHERE gone.org = $1 AND gone.group_id = $2::uuid\n"
	    "   AND gone.member_id = ANY (ARRAY(SELECT (element ->> 'value')::uuid\n"
	    "         FROM (SELECT $1::text AS org, $2::uuid AS id) AS item CROSS JOIN LATERAL ");
	planner_put_elements(&planner, members);
	planner_put(&planner, "\n        WHERE ");
	planner_put_filter(&planner, filter, true);
	planner_put(&planner, "))");
	return finish(&planner);
}
