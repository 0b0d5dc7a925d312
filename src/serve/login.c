/*
 * login.c - POST /logins: the application asks whether somebody may come in.
 *
 * Not SCIM: its caller is the application, with a token of the scope "login".
 * Whatever is decided is a 200; only who may not ask gets an error.
 */
#include "json/write.h"
#include "serve/exchange.h"
#include "store/login.h"

/* As scim.users allows for what is linked. */
#define WORD_MAX 1024

/* The organization's switch decides over the person, not over the question. */
static bool
authenticate_application(struct exchange *exchange)
{
	if (!store_authenticate(&exchange->session, exchange->digest, &exchange->caller)) {
		if (exchange->error.reason != REASON_PROVISIONING_OFF)
			return false;
		exchange->error = (struct scim_error){ .reason = REASON_NONE };
	}
	exchange->log.token = exchange->caller.token_id;
	return authenticate_scope(exchange);
}

/* A member that is a text, null, or not there. */
static bool
read_word(struct exchange *exchange, const struct json_value *body, struct text name,
    struct text *word)
{
	const struct json_value *value = json_get(body, name);

	*word = TEXT_NONE;
	if (value == NULL || value->kind == JSON_NULL)
		return true;
	if (value->kind != JSON_STRING)
		return scim_fail(&exchange->error, REASON_ATTRIBUTE_TYPE, name, TEXT("a string"));
	if (value->text.length > WORD_MAX)
		return scim_fail(&exchange->error, REASON_ATTRIBUTE_TOO_LONG, name, TEXT("1024"));
	if (value->text.length > 0)
		*word = value->text;
	return true;
}

static bool
read_login(struct exchange *exchange, struct login *login)
{
	struct json_value *body;

	if (!body_read(exchange, BODY_MAX, &body))
		return false;
	if (!read_word(exchange, body, TEXT("subject"), &login->subject) ||
	    !read_word(exchange, body, TEXT("email"), &login->email) ||
	    !read_word(exchange, body, TEXT("account"), &login->account))
		return false;
	if (!text_is_set(login->subject) && !text_is_set(login->email))
		return scim_fail(&exchange->error, REASON_ATTRIBUTE_REQUIRED, TEXT("subject"));
	return true;
}

static void
write_known(struct json_writer *writer, struct text name, struct text value)
{
	if (text_is_set(value))
		json_member_string(writer, name, value);
}

static void
write_why(struct exchange *exchange, struct json_writer *writer, const struct scim_error *why)
{
	struct buffer detail = { 0 };

	scim_error_detail(why, &detail);
	json_member_string(writer, TEXT("reason"), scim_reason_code(why->reason));
	json_member_string(writer, TEXT("detail"), arena_copy(exchange->arena, buffer_text(&detail)));
	buffer_release(&detail);
}

static void
write_decision(struct exchange *exchange, const struct login_decision *decision)
{
	struct json_writer writer = json_writer(exchange->body);

	json_begin_object(&writer);
	json_member_string(&writer, TEXT("decision"),
	    decision->let_in ? TEXT("let_in") : TEXT("refuse"));
	if (decision->why.reason != REASON_NONE)
		write_why(exchange, &writer, &decision->why);
	write_known(&writer, TEXT("id"), decision->id);
	write_known(&writer, TEXT("userName"), decision->user_name);
	write_known(&writer, TEXT("status"), decision->status);
	write_known(&writer, TEXT("account"), decision->account);
	json_end_object(&writer);
}

bool
serve_login(struct exchange *exchange)
{
	struct login_decision decision;
	struct login login;

	if (!authenticate_application(exchange) || !read_login(exchange, &login) ||
	    !store_login(&exchange->session, &login, &decision))
		return false;
	exchange->response.status = 200;
	write_decision(exchange, &decision);
	return true;
}
