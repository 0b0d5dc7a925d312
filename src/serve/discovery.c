/*
 * discovery.c - what this service provider can do (RFC 7644 4), health, and
 * what it does not do.
 */
#include "scim/bulk.h"
#include "scim/discovery.h"
#include "serve/exchange.h"

/* What holds for every organization. */
static const struct scim_capabilities everywhere = {
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

static struct scim_provisioning
provisioning_of(const struct caller *caller)
{
	return (struct scim_provisioning){
		.create_users = store_caller_may(caller, TEXT("create_users")),
		.update_users = store_caller_may(caller, TEXT("update_users")),
		.deactivate_users = store_caller_may(caller, TEXT("deactivate_users")),
		.delete_users = store_caller_may(caller, TEXT("delete_users")),
		.push_groups = store_caller_may(caller, TEXT("push_groups")),
		.required_attributes = caller->required_attributes,
		.email_change = caller->email_change,
	};
}

/* "returned": "request" (RFC 7643 2.2.2). */
static bool
asks_for_provisioning(struct exchange *exchange)
{
	struct text attributes = http_request_query(&exchange->request, TEXT("attributes"));

	return text_is_set(attributes) &&
	    text_find(attributes, TEXT(SCIM_PROVISIONING_URN)) < attributes.length;
}

bool
serve_config(struct exchange *exchange)
{
	struct scim_provisioning may = provisioning_of(&exchange->caller);
	struct scim_capabilities capabilities = everywhere;

	if (!begin(exchange))
		return false;
	/* A feature that nothing is left of is not supported. */
	capabilities.patch = may.update_users || may.deactivate_users || may.push_groups;
	capabilities.bulk = capabilities.patch || may.create_users || may.delete_users;
	if (asks_for_provisioning(exchange))
		capabilities.provisioning = &may;
	scim_discovery_config(exchange->arena, exchange->body, exchange->base, &capabilities);
	return true;
}

bool
serve_schemas(struct exchange *exchange)
{
	struct text required = exchange->caller.required_attributes;
	const struct schema *schema;

	if (!begin(exchange))
		return false;
	if (exchange->operation->item == ITEM_NONE) {
		scim_discovery_schemas(exchange->arena, exchange->body, exchange->base, required);
		return true;
	}
	schema = scim_schema_find(exchange->id);
	if (schema == NULL)
		return scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("Schema"), exchange->id);
	scim_discovery_schema(exchange->arena, exchange->body, exchange->base, schema, required);
	return true;
}

bool
serve_types(struct exchange *exchange)
{
	struct scim_provisioning may = provisioning_of(&exchange->caller);
	const struct resource_type *type;

	if (!begin(exchange))
		return false;
	if (exchange->operation->item == ITEM_NONE) {
		scim_discovery_types(exchange->arena, exchange->body, exchange->base, &may);
		return true;
	}
	type = scim_type_find(exchange->id);
	if (type == NULL || (type == &scim_group_type && !may.push_groups))
		return scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("ResourceType"), exchange->id);
	scim_discovery_type(exchange->arena, exchange->body, exchange->base, type,
	    may.required_attributes);
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
