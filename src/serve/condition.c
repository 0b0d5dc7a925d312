/*
 * condition.c - conditional requests (RFC 9110 13, RFC 7644 3.14).
 *
 * We evaluate them ourselves: Apache would compare weak tags strongly.
 */
#include "http/condition.h"
#include "serve/exchange.h"

static bool
names(struct exchange *exchange, struct text header, struct text version)
{
	return text_is_set(header) &&
	    http_condition_matches(header, render_etag(exchange->arena, version));
}

static bool
is_read(const struct exchange *exchange)
{
	return exchange->request.method == HTTP_GET || exchange->request.method == HTTP_HEAD;
}

bool
condition_holds(struct exchange *exchange, struct text version)
{
	struct text etag = render_etag(exchange->arena, version);

	if (text_is_set(exchange->request.if_match) &&
	    !names(exchange, exchange->request.if_match, version))
		return scim_fail(&exchange->error, REASON_VERSION_CONFLICT, etag);
	if (!is_read(exchange) && names(exchange, exchange->request.if_none_match, version))
		return scim_fail(&exchange->error, REASON_NOT_MODIFIED_CONFLICT, etag);
	return true;
}

bool
condition_not_modified(const struct exchange *exchange, struct text version)
{
	return is_read(exchange) && text_is_set(exchange->request.if_none_match) &&
	    http_condition_matches(exchange->request.if_none_match,
	    render_etag(exchange->arena, version));
}
