/*
 * user.c - one person: read, create, replace, patch, delete (RFC 7644 3.3 to 3.6).
 */
#include "json/write.h"
#include "scim/patch.h"
#include "scim/resource.h"
#include "serve/exchange.h"

static bool
no_such_user(struct exchange *exchange)
{
	return scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("User"), exchange->id);
}

/* An id in another form than ours is nobody's; the statement still authenticates. */
static struct text
id_or_none(const struct exchange *exchange)
{
	return text_is_uuid(exchange->id) ? exchange->id : TEXT_NONE;
}

/* uuids have no case, ids do (RFC 7643 3.1). */
static bool
is_the_one(const struct exchange *exchange, const struct stored_resource *user)
{
	return text_is_set(user->id) && text_equal(user->id, exchange->id);
}

bool
serve_user_read(struct exchange *exchange)
{
	struct projection *projection;
	struct stored_resource user;

	if (!store_user_read(&exchange->session, exchange->digest, id_or_none(exchange),
	    exchange->base, &exchange->caller, &user) ||
	    !authenticate_scope(exchange) ||
	    !render_projection(exchange, &projection))
		return false;
	if (!is_the_one(exchange, &user))
		return no_such_user(exchange);
	if (!condition_holds(exchange, user.version))
		return false;
	if (condition_not_modified(exchange, user.version)) {
		exchange->response.status = 304;
		exchange->response.headers[HTTP_ETAG] = render_etag(exchange->arena, user.version);
		return true;
	}
	return render_answer(exchange, 200, &user, projection);
}

static struct text
user_name_of(const struct json_value *resource)
{
	const struct json_value *name = json_get(resource, TEXT("userName"));

	return name != NULL ? name->text : TEXT("");
}

bool
user_prepare(struct exchange *exchange, struct new_user *user)
{
	struct json_value *body, *resource;

	if (!body_read(exchange, BODY_MAX, &body) ||
	    !scim_resource_read(exchange->arena, &scim_user_type, body, NULL, &resource,
	    &exchange->error))
		return false;
	*user = (struct new_user){
		.id = exchange->id,
		.resource = json_to_text(exchange->arena, resource),
		.base = exchange->base,
	};
	return true;
}

bool
serve_user_create(struct exchange *exchange)
{
	struct projection *projection;
	struct stored_resource user;
	struct new_user new_user;

	if (!render_projection(exchange, &projection) ||
	    !user_prepare(exchange, &new_user) ||
	    !store_user_create(&exchange->session, &new_user, &user))
		return false;
	exchange->id = user.id;
	return render_answer(exchange, 201, &user, projection);
}

/* What a locked person is to become, once it is known. */
struct intent {
	struct exchange *exchange;
	struct json_value *body;
	/* Makes the new resource out of the current one. */
	bool (*transform)(const struct intent *intent, const struct json_value *current,
	    struct json_value **resource);
};

static bool
decide(struct session *session, const struct stored_resource *current,
    struct store_change *change, void *context)
{
	const struct intent *intent = context;
	struct exchange *exchange = intent->exchange;
	struct json_value *before, *after;

	if (!is_the_one(exchange, current))
		return no_such_user(exchange);
	if (!condition_holds(exchange, current->version))
		return false;
	if (intent->transform == NULL)
		return true;
	if (!render_parse(exchange, current->resource, &before) ||
	    !intent->transform(intent, before, &after))
		return false;
	/* RFC 7644 3.5.2.1: what changes nothing leaves version and lastModified alone. */
	if (!json_equal(before, after)) {
		change->resource = json_to_text(session->arena, after);
		change->user_name = user_name_of(after);
	}
	return true;
}

static bool
replace(const struct intent *intent, const struct json_value *current,
    struct json_value **resource)
{
	return scim_resource_read(intent->exchange->arena, &scim_user_type, intent->body, current,
	    resource, &intent->exchange->error);
}

static bool
patch(const struct intent *intent, const struct json_value *current, struct json_value **resource)
{
	struct exchange *exchange = intent->exchange;
	const struct patch_options options = {
		.id = exchange->id,
		.replace_without_target_creates = exchange->caller.replace_without_target_creates,
	};
	struct patch *operations;

	return scim_patch_read(exchange->arena, &scim_user_type, intent->body, &options,
	    &operations, &exchange->error) &&
	    scim_patch_apply(exchange->arena, &scim_user_type, operations, &options, current,
	    resource, &exchange->error);
}

static bool
change_user(struct exchange *exchange, bool (*transform)(const struct intent *,
    const struct json_value *, struct json_value **))
{
	struct intent intent = { exchange, NULL, transform };
	struct projection *projection;
	struct stored_resource user;

	if (!render_projection(exchange, &projection) ||
	    !body_read(exchange, BODY_MAX, &intent.body))
		return false;
	if (!text_is_uuid(exchange->id))
		return no_such_user(exchange);
	if (!store_user_change(&exchange->session, exchange->id, exchange->base, decide, &intent,
	    &user))
		return false;
	return render_answer(exchange, 200, &user, projection);
}

bool
serve_user_replace(struct exchange *exchange)
{
	return change_user(exchange, replace);
}

bool
serve_user_patch(struct exchange *exchange)
{
	return change_user(exchange, patch);
}

bool
serve_user_delete(struct exchange *exchange)
{
	struct intent intent = { exchange, NULL, NULL };

	if (!text_is_uuid(exchange->id))
		return no_such_user(exchange);
	if (!store_user_delete(&exchange->session, exchange->id, exchange->base, decide, &intent))
		return false;
	exchange->response.status = 204;
	return true;
}
