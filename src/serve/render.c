/*
 * render.c - resources as they are answered.
 *
 * The stored document passes through as text; only id, meta and groups are
 * put in front.  It is read and written anew only when attributes were asked for.
 */
#include "json/read.h"
#include "json/write.h"
#include "serve/exchange.h"

struct text
render_etag(struct arena *arena, struct text version)
{
	return ARENA_JOIN(arena, TEXT("W/\""), version, TEXT("\""));
}

bool
render_parse(struct exchange *exchange, struct text document, struct json_value **value)
{
	return json_read_stored(exchange->arena, document, value) ||
	    scim_fail(&exchange->error, REASON_INTERNAL);
}

bool
render_projection(struct exchange *exchange, struct projection **projection)
{
	return scim_projection_read(exchange->arena, exchange->operation->type,
	    http_request_query(&exchange->request, TEXT("attributes")),
	    http_request_query(&exchange->request, TEXT("excludedAttributes")), projection,
	    &exchange->error);
}

static struct text
location_of(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource)
{
	return ARENA_JOIN(exchange->arena, exchange->base, type->endpoint, TEXT("/"), resource->id);
}

struct text
render_quoted_base(struct exchange *exchange)
{
	if (!text_is_set(exchange->quoted_base)) {
		struct buffer quoted = { 0 };

		json_quote(&quoted, exchange->base);
		exchange->quoted_base = arena_copy(exchange->arena,
		    (struct text){ quoted.start + 1, quoted.length - 2 });
		buffer_release(&quoted);
	}
	return exchange->quoted_base;
}

/* RFC 7643 3.1: what the server adds to a document, as the beginning of an object. */
static void
put_head(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource, struct buffer *buffer)
{
	buffer_append(buffer, TEXT("{\"id\":\""));
	buffer_append(buffer, resource->id);
	buffer_append(buffer, TEXT("\",\"meta\":{\"resourceType\":\""));
	buffer_append(buffer, type->name);
	buffer_append(buffer, TEXT("\",\"created\":\""));
	buffer_append(buffer, resource->created);
	buffer_append(buffer, TEXT("\",\"lastModified\":\""));
	buffer_append(buffer, resource->last_modified);
	buffer_append(buffer, TEXT("\",\"location\":\""));
	buffer_append(buffer, render_quoted_base(exchange));
	buffer_append(buffer, type->endpoint);
	buffer_append_byte(buffer, '/');
	buffer_append(buffer, resource->id);
	buffer_append(buffer, TEXT("\",\"version\":\"W/\\\""));
	buffer_append(buffer, resource->version);
	buffer_append(buffer, TEXT("\\\"\"}"));
	if (text_is_set(resource->groups)) {
		buffer_append(buffer, TEXT(",\"groups\":"));
		buffer_append(buffer, resource->groups);
	}
}

static void
put_whole(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource, struct buffer *buffer)
{
	struct text rest = text_after(resource->resource, 1);

	put_head(exchange, type, resource, buffer);
	if (!text_starts(rest, TEXT("}")))
		buffer_append_byte(buffer, ',');
	buffer_append(buffer, rest);
}

static bool
put_projected(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource, const struct projection *projection)
{
	struct json_writer writer = json_writer(exchange->body);
	struct buffer whole = { 0 };
	struct json_value *value;
	struct text text;

	put_whole(exchange, type, resource, &whole);
	text = arena_copy(exchange->arena, buffer_text(&whole));
	buffer_release(&whole);
	if (!render_parse(exchange, text, &value))
		return false;
	json_write_value(&writer, scim_project(exchange->arena, type, projection, value));
	return true;
}

bool
render_resource(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource, const struct projection *projection)
{
	if (projection != NULL)
		return put_projected(exchange, type, resource, projection);
	put_whole(exchange, type, resource, exchange->body);
	return true;
}

void
render_headers(struct exchange *exchange, const struct stored_resource *resource)
{
	struct text location = location_of(exchange, exchange->operation->type, resource);
	struct text *headers = exchange->response.headers;

	headers[HTTP_ETAG] = render_etag(exchange->arena, resource->version);
	headers[HTTP_CONTENT_LOCATION] = location;
	if (exchange->response.status == 201)
		headers[HTTP_LOCATION] = location;
}

void
render_list_head(struct exchange *exchange, int count, long total, long start_index)
{
	struct buffer *body = exchange->body;

	buffer_append(body, TEXT("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],"
	    "\"totalResults\":"));
	buffer_append_number(body, total);
	if (start_index > 0) {
		buffer_append(body, TEXT(",\"startIndex\":"));
		buffer_append_number(body, start_index);
	}
	buffer_append(body, TEXT(",\"itemsPerPage\":"));
	buffer_append_number(body, count);
	buffer_append(body, TEXT(",\"Resources\":["));
}

bool
render_answer(struct exchange *exchange, int status, const struct stored_resource *resource,
    const struct projection *projection)
{
	exchange->response.status = status;
	render_headers(exchange, resource);
	/* RFC 7644 3.7: the answer to a bulk may leave resources out. */
	if (exchange->bulk != NULL)
		return true;
	return render_resource(exchange, exchange->operation->type, resource, projection);
}
