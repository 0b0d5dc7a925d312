/*
 * list.c - queries: GET /Users?filter=... and POST /Users/.search (RFC 7644
 * 3.4.2, 3.4.3), by index or by cursor (RFC 9865), also over all types at the root.
 */
#include "scim/resource.h"
#include "serve/exchange.h"
#include "serve/group.h"

#define START_MAX 1000000000000L

/* A query as it came, from the address or from a SearchRequest. */
struct question {
	struct text filter, start_index, count, cursor, sort_by, sort_order, attributes, excluded;
};

/* RFC 7644 3.4.2.4: values below the least one count as the least one. */
static bool
read_number(struct exchange *exchange, const char *name, struct text text, long least,
    long otherwise, long *number)
{
	*number = otherwise;
	if (!text_is_set(text) || text.length == 0)
		return true;
	if (!text_to_long(text, number))
		return scim_fail(&exchange->error, REASON_REQUEST_QUERY, text_of(name),
		    TEXT("it must be a whole number"));
	if (*number < least)
		*number = least;
	return true;
}

/* By index too large a count gets what there is; by cursor it is an error (RFC 9865 2.1). */
static bool
read_count(struct exchange *exchange, const struct question *question, struct list_query *query)
{
	if (!read_number(exchange, "count", question->count, 0, PAGE_DEFAULT, &query->count))
		return query->by_cursor ? scim_fail(&exchange->error, REASON_COUNT_INVALID,
		    TEXT("it must be a whole number")) : false;
	if (query->count <= PAGE_MAX)
		return true;
	if (query->by_cursor)
		return scim_fail(&exchange->error, REASON_COUNT_INVALID, arena_format(exchange->arena,
		    "a page has at most %d resources", PAGE_MAX));
	query->count = PAGE_MAX;
	return true;
}

/* What is read: the type of the endpoint, or at the root those that the token may read. */
static bool
choose_types(struct exchange *exchange, struct list_query *query)
{
	static const struct {
		const struct resource_type *type;
		struct text scope;
	} types[] = { { &scim_user_type, { "users", 5 } }, { &scim_group_type, { "groups", 6 } } };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (exchange->operation->type == types[i].type ||
		    (exchange->operation->type == NULL &&
		    store_caller_has(&exchange->caller, types[i].scope, TEXT("read"))))
			query->parts[query->part_count++].type = types[i].type;
	return query->part_count > 0 ||
	    scim_fail(&exchange->error, REASON_AUTH_SCOPE, TEXT("read"));
}

static bool
read_filter(struct exchange *exchange, struct text text, struct list_part *part)
{
	struct filter *filter;
	bool fine;

	if (!text_is_set(text))
		return true;
	/* RFC 7644 3.4.2.1: an attribute that only another type has is no error at the root. */
	fine = exchange->operation->type == NULL ?
	    scim_filter_parse_any(exchange->arena, part->type, text, &filter, &exchange->error) :
	    scim_filter_parse(exchange->arena, part->type, text, &filter, &exchange->error);
	if (fine)
		part->filter = filter;
	return fine;
}

/* False when there is no such attribute; one that cannot be sorted by fills the error, too. */
static bool
resolve_sort(struct exchange *exchange, struct text name, struct list_part *part)
{
	struct attribute_ref *ref = &part->sort_by;
	size_t known;

	if (!scim_attribute_resolve(part->type, name, ref, &known) || ref->attribute == NULL) {
		*ref = (struct attribute_ref){ NULL, NULL, NULL };
		return false;
	}
	if (ref->attribute->type == TYPE_COMPLEX && ref->sub == NULL)
		ref->sub = scim_sub_attribute(ref->attribute, TEXT("value"));
	if ((ref->attribute->type == TYPE_COMPLEX && ref->sub == NULL) ||
	    ref->attribute->returned == RETURNED_NEVER)
		return scim_fail(&exchange->error, REASON_SORT_ATTRIBUTE, name,
		    TEXT("it has no single value"));
	return true;
}

static bool
read_sort(struct exchange *exchange, const struct question *question, struct list_query *query)
{
	bool any = false;

	query->descending = text_equal_nocase(question->sort_order, TEXT("descending"));
	if (!text_is_set(question->sort_by) || question->sort_by.length == 0)
		return true;
	query->sorted = true;
	for (size_t i = 0; i < query->part_count; i++)
		any |= resolve_sort(exchange, question->sort_by, &query->parts[i]);
	if (exchange->error.reason != REASON_NONE)
		return false;
	return any || scim_fail(&exchange->error, REASON_SORT_ATTRIBUTE, question->sort_by,
	    TEXT("there is no such attribute"));
}

static bool
read_question(struct exchange *exchange, const struct question *question,
    struct list_query *query)
{
	query->by_cursor = text_is_set(question->cursor);
	query->token_id = exchange->caller.token_id;
	query->indexed = exchange->caller.indexed;
	if (!choose_types(exchange, query))
		return false;
	for (size_t i = 0; i < query->part_count; i++)
		if (!read_filter(exchange, question->filter, &query->parts[i]))
			return false;
	if (!read_count(exchange, question, query) ||
	    !read_number(exchange, "startIndex", question->start_index, 1, 1, &query->start_index))
		return false;
	/* Behind every list, and small enough to be counted with in SQL. */
	if (query->start_index > START_MAX)
		query->start_index = START_MAX;
	return read_sort(exchange, question, query);
}

static struct text
sort_name(struct exchange *exchange, const struct list_part *part)
{
	return part->sort_by.attribute == NULL ? TEXT("-") :
	    scim_ref_print(exchange->arena, part->sort_by);
}

/*
 * What a cursor belongs to.  Filters count by their meaning, so that a client
 * may write them otherwise; at the root by their text, as a name means there
 * what each type makes of it.
 */
static struct cursor_bond
bond_of(struct exchange *exchange, const struct question *question,
    const struct list_query *query)
{
	const struct list_part *first = &query->parts[0];
	struct text filter = TEXT("-");

	if (first->filter != NULL)
		filter = exchange->operation->type == NULL ? question->filter :
		    scim_filter_print(exchange->arena, first->filter);
	return (struct cursor_bond){
		.key = exchange->caller.cursor_key,
		.question = arena_format(exchange->arena, "%.*s\n%.*s %zu\n%.*s %.*s %d\n%.*s",
		    TEXT_FORMAT(exchange->session.org), TEXT_FORMAT(first->type->name),
		    query->part_count, TEXT_FORMAT(sort_name(exchange, first)),
		    TEXT_FORMAT(sort_name(exchange, &query->parts[query->part_count - 1])),
		    query->descending, TEXT_FORMAT(filter)),
		.count = query->count,
		.now = exchange->caller.clock,
	};
}

/* RFC 9865 2: an empty cursor asks for the first page. */
static bool
read_cursor(struct exchange *exchange, const struct question *question,
    const struct cursor_bond *bond, struct list_query *query)
{
	return question->cursor.length == 0 ||
	    scim_cursor_read(exchange->arena, bond, question->cursor, &query->after,
	    &exchange->error);
}

static bool
list_users(struct exchange *exchange, const struct plan *plan, long start_index,
    const struct projection *projection)
{
	struct stored_resource *users;
	struct list_page *page = &exchange->page;

	if (!store_list(&exchange->session, plan, page, &users))
		return false;
	exchange->response.status = 200;
	render_list_head(exchange, page->count, page->total, start_index);
	for (int i = 0; i < page->count; i++) {
		if (i > 0)
			buffer_append_byte(exchange->body, ',');
		if (!render_resource(exchange, &scim_user_type, &users[i], projection))
			return false;
	}
	return true;
}

static bool
list(struct exchange *exchange, const struct question *question, const struct list_query *query)
{
	struct plan plan = store_plan_list(exchange->arena, exchange->session.org, exchange->base,
	    query);
	long start_index = query->by_cursor ? 0 : query->start_index;
	struct projection *users, *groups;

	if (!scim_projection_read(exchange->arena, &scim_user_type, question->attributes,
	    question->excluded, &users, &exchange->error) ||
	    !scim_projection_read(exchange->arena, &scim_group_type, question->attributes,
	    question->excluded, &groups, &exchange->error))
		return false;
	if (exchange->operation->type == &scim_user_type)
		return list_users(exchange, &plan, start_index, users);
	return group_list(exchange, &plan, start_index, users, groups, &exchange->page);
}

/* A full page deep in a list has a next one, which should not step over all before it. */
static void
expect_next_page(struct exchange *exchange, const struct list_query *query)
{
	long next = query->start_index + query->count;

	if (store_plan_has_anchor(query) && next > LIST_ANCHOR_DEPTH && query->count > 0 &&
	    exchange->page.count == query->count)
		exchange->next_start_index = next;
}

/* Does the term say who is meant? */
static bool
names_somebody(struct exchange *exchange, const struct filter *term)
{
	static const char *const naming[] = {
		"userName", "externalId", "emails.value", "displayName", "id",
	};
	struct text attribute = scim_ref_print(exchange->arena, term->ref);

	if (term->op != OPERATOR_EQ || term->literal.kind != LITERAL_STRING)
		return false;
	for (size_t i = 0; i < COUNT_OF(naming); i++)
		if (text_equal(attribute, text_of(naming[i])))
			return true;
	return false;
}

/* The term that names one person, as identity providers ask before they create. */
static const struct filter *
lookup_in(struct exchange *exchange, const struct filter *filter)
{
	const struct filter *found;

	if (filter == NULL)
		return NULL;
	switch (filter->kind) {
	case FILTER_COMPARE:
		return names_somebody(exchange, filter) ? filter : NULL;
	case FILTER_ELEMENT:
		return lookup_in(exchange, filter->left);
	case FILTER_AND:
		found = lookup_in(exchange, filter->left);
		return found != NULL ? found : lookup_in(exchange, filter->right);
	case FILTER_OR:
	case FILTER_NOT:
	case FILTER_PRESENT:
		return NULL;
	}
	return NULL;
}

/* Whom they look for and do not find, `scimlet why` can tell them about. */
static void
remember_lookup(struct exchange *exchange, const struct list_query *query)
{
	const struct filter *term;

	if (exchange->page.total != 0 || query->parts[0].type != &scim_user_type)
		return;
	term = lookup_in(exchange, query->parts[0].filter);
	if (term == NULL)
		return;
	exchange->looked_by = scim_ref_print(exchange->arena, term->ref);
	exchange->looked_for = term->literal.text;
}

static bool
answer(struct exchange *exchange, const struct question *question)
{
	struct list_query query = { .part_count = 0 };
	struct cursor_bond bond;

	if (!read_question(exchange, question, &query))
		return false;
	bond = bond_of(exchange, question, &query);
	if (!read_cursor(exchange, question, &bond, &query) ||
	    !list(exchange, question, &query))
		return false;
	buffer_append_byte(exchange->body, ']');
	if (query.by_cursor && exchange->page.more && query.count > 0) {
		buffer_append(exchange->body, TEXT(",\"nextCursor\":\""));
		buffer_append(exchange->body,
		    scim_cursor_write(exchange->arena, &bond, &exchange->page.last));
		buffer_append_byte(exchange->body, '"');
	}
	buffer_append_byte(exchange->body, '}');
	expect_next_page(exchange, &query);
	remember_lookup(exchange, &query);
	return true;
}

bool
serve_list(struct exchange *exchange)
{
	const struct http_request *request = &exchange->request;
	const struct question question = {
		.filter = http_request_query(request, TEXT("filter")),
		.start_index = http_request_query(request, TEXT("startIndex")),
		.count = http_request_query(request, TEXT("count")),
		.cursor = http_request_query(request, TEXT("cursor")),
		.sort_by = http_request_query(request, TEXT("sortBy")),
		.sort_order = http_request_query(request, TEXT("sortOrder")),
		.attributes = http_request_query(request, TEXT("attributes")),
		.excluded = http_request_query(request, TEXT("excludedAttributes")),
	};

	return answer(exchange, &question);
}

static bool
read_scalar(struct exchange *exchange, const struct json_value *body, const char *name,
    enum json_kind kind, struct text *text)
{
	const struct json_value *value = scim_member(body, text_of(name));

	*text = TEXT_NONE;
	if (json_is_unassigned(value))
		return true;
	if (value->kind != kind)
		return scim_fail(&exchange->error, REASON_BODY_SHAPE, arena_format(exchange->arena,
		    "\"%s\" must be a %s", name, kind == JSON_STRING ? "string" : "number"));
	*text = value->text;
	return true;
}

bool
serve_search(struct exchange *exchange)
{
	struct question question;
	struct json_value *body;

	if (!body_read(exchange, BODY_MAX, &body) ||
	    !read_scalar(exchange, body, "filter", JSON_STRING, &question.filter) ||
	    !read_scalar(exchange, body, "startIndex", JSON_NUMBER, &question.start_index) ||
	    !read_scalar(exchange, body, "count", JSON_NUMBER, &question.count) ||
	    !read_scalar(exchange, body, "cursor", JSON_STRING, &question.cursor) ||
	    !read_scalar(exchange, body, "sortBy", JSON_STRING, &question.sort_by) ||
	    !read_scalar(exchange, body, "sortOrder", JSON_STRING, &question.sort_order) ||
	    !scim_projection_names(exchange->arena, scim_member(body, TEXT("attributes")),
	    &question.attributes, &exchange->error) ||
	    !scim_projection_names(exchange->arena, scim_member(body, TEXT("excludedAttributes")),
	    &question.excluded, &exchange->error))
		return false;
	return answer(exchange, &question);
}
