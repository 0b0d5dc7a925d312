/*
 * operation.c - the table of operations: one row, one feature.
 */
#include "scim/token.h"
#include "serve/exchange.h"

static const struct operation operations[] = {
	/* RFC 7644 3.4.2.1, 3.4.3: at the root, over the types that the token may read. */
	{ HTTP_GET, "", ITEM_NONE, ACCESS_ANY, false, NULL, serve_list },
	{ HTTP_POST, "", ITEM_SEARCH, ACCESS_ANY, false, NULL, serve_search },
	{ HTTP_GET, "Users", ITEM_NONE, ACCESS_READ_USERS, false, &scim_user_type, serve_list },
	{ HTTP_POST, "Users", ITEM_NONE, ACCESS_WRITE_USERS, false, &scim_user_type, serve_user_create },
	{ HTTP_POST, "Users", ITEM_SEARCH, ACCESS_READ_USERS, false, &scim_user_type, serve_search },
	{ HTTP_GET, "Users", ITEM_ID, ACCESS_READ_USERS, true, &scim_user_type, serve_user_read },
	{ HTTP_PUT, "Users", ITEM_ID, ACCESS_WRITE_USERS, false, &scim_user_type, serve_user_replace },
	{ HTTP_PATCH, "Users", ITEM_ID, ACCESS_WRITE_USERS, false, &scim_user_type, serve_user_patch },
	{ HTTP_DELETE, "Users", ITEM_ID, ACCESS_WRITE_USERS, false, &scim_user_type, serve_user_delete },
	{ HTTP_GET, "Groups", ITEM_NONE, ACCESS_READ_GROUPS, false, &scim_group_type, serve_list },
	{ HTTP_POST, "Groups", ITEM_NONE, ACCESS_WRITE_GROUPS, false, &scim_group_type, serve_group_create },
	{ HTTP_POST, "Groups", ITEM_SEARCH, ACCESS_READ_GROUPS, false, &scim_group_type, serve_search },
	{ HTTP_GET, "Groups", ITEM_ID, ACCESS_READ_GROUPS, false, &scim_group_type, serve_group_read },
	{ HTTP_PUT, "Groups", ITEM_ID, ACCESS_WRITE_GROUPS, false, &scim_group_type, serve_group_replace },
	{ HTTP_PATCH, "Groups", ITEM_ID, ACCESS_WRITE_GROUPS, false, &scim_group_type, serve_group_patch },
	{ HTTP_DELETE, "Groups", ITEM_ID, ACCESS_WRITE_GROUPS, false, &scim_group_type, serve_group_delete },
	/* Each of its operations needs the scope that it would need alone. */
	{ HTTP_POST, "Bulk", ITEM_NONE, ACCESS_ANY, false, NULL, serve_bulk },
	{ HTTP_POST, "logins", ITEM_NONE, ACCESS_LOGIN, true, NULL, serve_login },
	{ HTTP_GET, "ServiceProviderConfig", ITEM_NONE, ACCESS_ANY, false, NULL, serve_config },
	{ HTTP_GET, "Schemas", ITEM_NONE, ACCESS_ANY, false, NULL, serve_schemas },
	{ HTTP_GET, "Schemas", ITEM_ID, ACCESS_ANY, false, NULL, serve_schemas },
	{ HTTP_GET, "ResourceTypes", ITEM_NONE, ACCESS_ANY, false, NULL, serve_types },
	{ HTTP_GET, "ResourceTypes", ITEM_ID, ACCESS_ANY, false, NULL, serve_types },
	/* RFC 7644 3.11: a token of an organization has no person behind it. */
	{ HTTP_GET, "Me", ITEM_NONE, ACCESS_ANY, false, NULL, serve_not_implemented },
	{ HTTP_POST, "Me", ITEM_NONE, ACCESS_ANY, false, NULL, serve_not_implemented },
	{ HTTP_PUT, "Me", ITEM_NONE, ACCESS_ANY, false, NULL, serve_not_implemented },
	{ HTTP_PATCH, "Me", ITEM_NONE, ACCESS_ANY, false, NULL, serve_not_implemented },
	{ HTTP_DELETE, "Me", ITEM_NONE, ACCESS_ANY, false, NULL, serve_not_implemented },
	{ HTTP_GET, "healthz", ITEM_NONE, ACCESS_OPEN, false, NULL, serve_health },
};

static bool
is_endpoint(struct text segment)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		if (text_equal(segment, text_of(operations[i].endpoint)))
			return true;
	return false;
}

/* What the segments behind the organization, if there is one, name. */
static bool
split_path(struct exchange *exchange, struct text *endpoint, enum item *item)
{
	const struct text *segments = exchange->request.segments;
	size_t count = exchange->request.segment_count;

	/* An organization may be called healthz or logins. */
	if (count > 0 && scim_is_org_key(segments[0]) &&
	    (!is_endpoint(segments[0]) || (count > 1 && is_endpoint(segments[1])))) {
		exchange->org_in_path = segments[0];
		segments++;
		count--;
	}
	*endpoint = TEXT("");
	if (count > 0 && is_endpoint(segments[0])) {
		*endpoint = segments[0];
		segments++;
		count--;
	}
	*item = count == 0 ? ITEM_NONE :
	    text_equal(segments[0], TEXT(".search")) ? ITEM_SEARCH : ITEM_ID;
	if (*item == ITEM_ID)
		exchange->id = segments[0];
	return count <= 1;
}

static bool
is_on(const struct operation *operation, struct text endpoint, enum item item)
{
	return operation->item == item && text_equal(endpoint, text_of(operation->endpoint));
}

static struct text
method_name(enum http_method method)
{
	static const struct text names[] = {
		[HTTP_GET] = { "GET, HEAD", 9 }, [HTTP_POST] = { "POST", 4 },
		[HTTP_PUT] = { "PUT", 3 }, [HTTP_PATCH] = { "PATCH", 5 },
		[HTTP_DELETE] = { "DELETE", 6 },
	};

	return names[method];
}

/* RFC 9110 15.5.6: a 405 says which methods there are. */
static bool
refuse_method(struct exchange *exchange, struct text endpoint, enum item item)
{
	struct text allowed = TEXT("");

	for (size_t i = 0; i < COUNT_OF(operations); i++)
		if (is_on(&operations[i], endpoint, item))
			allowed = arena_format(exchange->arena, "%.*s%s%.*s", TEXT_FORMAT(allowed),
			    allowed.length > 0 ? ", " : "",
			    TEXT_FORMAT(method_name(operations[i].method)));
	if (allowed.length == 0)
		return scim_fail(&exchange->error, REASON_NOT_FOUND_ROUTE);
	exchange->response.headers[HTTP_ALLOW] = allowed;
	return scim_fail(&exchange->error, REASON_METHOD_NOT_ALLOWED,
	    exchange->request.method_name, allowed);
}

const struct operation *
operation_row(enum http_method method, struct text endpoint, enum item item)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++)
		if (operations[i].method == method && is_on(&operations[i], endpoint, item))
			return &operations[i];
	return NULL;
}

bool
operation_find(struct exchange *exchange)
{
	enum http_method method = exchange->request.method;
	struct text endpoint;
	enum item item;

	if (text_ends(exchange->request.mount, TEXT("/v1")))
		return scim_fail(&exchange->error, REASON_VERSION_UNSUPPORTED);
	if (!split_path(exchange, &endpoint, &item))
		return scim_fail(&exchange->error, REASON_NOT_FOUND_ROUTE);
	if (method == HTTP_HEAD)
		method = HTTP_GET;
	exchange->operation = operation_row(method, endpoint, item);
	return exchange->operation != NULL || refuse_method(exchange, endpoint, item);
}

struct text
operation_route(const struct exchange *exchange)
{
	static const char *const items[] = {
		[ITEM_NONE] = "", [ITEM_ID] = "/{id}", [ITEM_SEARCH] = "/.search",
	};

	if (exchange->operation == NULL)
		return TEXT("-");
	if (exchange->operation->endpoint[0] == '\0')
		return exchange->operation->item == ITEM_NONE ? TEXT("/") :
		    text_of(items[exchange->operation->item]);
	return ARENA_JOIN(exchange->arena, TEXT("/"), text_of(exchange->operation->endpoint),
	    text_of(items[exchange->operation->item]));
}
