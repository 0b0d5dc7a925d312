/*
 * discovery.c - what this service provider can do (RFC 7644 4), health, and
 * what it does not do.
 */
#include "scim/bulk.h"
#include "scim/discovery.h"
#include "serve/exchange.h"

static const struct scim_capabilities capabilities = {
	.patch = true,
	.bulk = true,
	.bulk_operations = SCIM_BULK_OPERATIONS_MAX,
	.bulk_bytes = BULK_BODY_MAX,
	.sort = true,
	.etag = true,
	.page_default = PAGE_DEFAULT,
	.page_max = PAGE_MAX,
	.cursor = true,
	.cursor_seconds = SCIM_CURSOR_SECONDS,
};

/* RFC 7644 4: filters on these endpoints are forbidden, other parameters ignored. */
static bool
begin(struct exchange *exchange)
{
	if (text_is_set(http_request_query(&exchange->request, TEXT("filter"))))
		return scim_fail(&exchange->error, REASON_DISCOVERY_FILTER,
		    operation_route(exchange));
	exchange->response.status = 200;
	return true;
}

bool
serve_config(struct exchange *exchange)
{
	if (!begin(exchange))
		return false;
	scim_discovery_config(exchange->arena, exchange->body, exchange->base, &capabilities);
	return true;
}

bool
serve_schemas(struct exchange *exchange)
{
	const struct schema *schema;

	if (!begin(exchange))
		return false;
	if (exchange->operation->item == ITEM_NONE) {
		scim_discovery_schemas(exchange->arena, exchange->body, exchange->base);
		return true;
	}
	schema = scim_schema_find(exchange->id);
	if (schema == NULL)
		return scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("Schema"), exchange->id);
	scim_discovery_schema(exchange->arena, exchange->body, exchange->base, schema);
	return true;
}

bool
serve_types(struct exchange *exchange)
{
	const struct resource_type *type;

	if (!begin(exchange))
		return false;
	if (exchange->operation->item == ITEM_NONE) {
		scim_discovery_types(exchange->arena, exchange->body, exchange->base);
		return true;
	}
	type = scim_type_find(exchange->id);
	if (type == NULL)
		return scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("ResourceType"), exchange->id);
	scim_discovery_type(exchange->arena, exchange->body, exchange->base, type);
	return true;
}

bool
serve_health(struct exchange *exchange)
{
	if (!store_health(&exchange->session))
		return false;
	exchange->response.status = 200;
	exchange->response.headers[HTTP_CONTENT_TYPE] = TEXT("application/json");
	buffer_append(exchange->body, TEXT("{\"status\":\"ok\"}"));
	return true;
}

bool
serve_not_implemented(struct exchange *exchange)
{
	return scim_fail(&exchange->error, REASON_NOT_IMPLEMENTED, operation_route(exchange));
}
