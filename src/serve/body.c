/*
 * body.c - the request's body as JSON, or why it is none.
 */
#include "base/clock.h"
#include "json/read.h"
#include "serve/exchange.h"

/* RFC 7644 3.1; many clients leave it out or write application/json. */
static bool
check_media_type(struct exchange *exchange)
{
	struct text type = exchange->request.content_type;

	if (!text_is_set(type))
		return true;
	type = text_trim(text_first(type, text_find_byte(type, ';')));
	if (type.length == 0 || text_equal_nocase(type, TEXT("application/scim+json")) ||
	    text_equal_nocase(type, TEXT("application/json")))
		return true;
	return scim_fail(&exchange->error, REASON_BODY_MEDIA_TYPE, type);
}

static struct text
number_text(struct exchange *exchange, size_t number)
{
	return arena_format(exchange->arena, "%zu", number);
}

bool
body_http_error(struct exchange *exchange, const struct http_error *error)
{
	struct scim_error *scim = &exchange->error;

	switch (error->kind) {
	case HTTP_BODY_TOO_LARGE:
		return scim_fail(scim, REASON_BODY_TOO_BIG, number_text(exchange, BODY_MAX));
	case HTTP_BODY_ENCODED:
		return scim_fail(scim, REASON_BODY_ENCODED, exchange->request.content_encoding);
	case HTTP_BODY_SLOW:
		return scim_fail(scim, REASON_BODY_TIMEOUT, number_text(exchange,
		    (size_t)(exchange->request.body_microseconds / 1000000)));
	case HTTP_BAD_SERVER:
		return scim_fail(scim, REASON_INTERNAL);
	case HTTP_BAD_ADDRESS:
	case HTTP_BAD_QUERY:
	case HTTP_BAD_HEADER:
	case HTTP_BODY_CUT:
		break;
	}
	if (error->status == 404)
		return scim_fail(scim, REASON_NOT_FOUND_ROUTE);
	if (error->status == 414)
		return scim_fail(scim, REASON_REQUEST_TOO_LONG);
	return scim_fail(scim, REASON_REQUEST_MALFORMED, error->sentence);
}

bool
body_read(struct exchange *exchange, size_t limit, struct json_value **value)
{
	struct json_trouble trouble;
	struct http_error error;
	struct text body;

	if (exchange->bulk != NULL) {
		*value = exchange->data;
		return true;
	}
	if (!check_media_type(exchange))
		return false;
	if (!http_request_body(&exchange->request, limit, &body, &error)) {
		if (error.kind == HTTP_BODY_TOO_LARGE)
			return scim_fail(&exchange->error, REASON_BODY_TOO_BIG,
			    number_text(exchange, limit));
		return body_http_error(exchange, &error);
	}
	/* However long the client took, the database has its own time. */
	pg_set_deadline(exchange->session.pg, clock_microseconds() + DATABASE_MICROSECONDS);
	if (!json_read(exchange->arena, body, value, &trouble))
		return scim_fail(&exchange->error, REASON_BODY_SYNTAX, text_of(trouble.what),
		    number_text(exchange, trouble.offset));
	exchange->sent = refusal_subject(*value, exchange->operation->type);
	return true;
}
