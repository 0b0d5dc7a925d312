/*
 * group.c - one group: read, create, replace, patch, delete.
 */
#include "json/write.h"
#include "scim/resource.h"
#include "serve/bulk.h"
#include "serve/exchange.h"
#include "serve/group.h"

/* RFC 7644 3.12: uuids have no case, ids do, and other forms are nobody's. */
static bool
check_id(struct exchange *exchange, struct text id)
{
	return (text_is_uuid(exchange->id) && text_equal(id, exchange->id)) ||
	    scim_fail(&exchange->error, REASON_NOT_FOUND, TEXT("Group"), exchange->id);
}

bool
serve_group_read(struct exchange *exchange)
{
	struct group_answer answer = { .exchange = exchange, .status = 200, .large = LARGE_STREAMED };
	const struct group_reader reader = group_answer_reader(&answer);

	return render_projection(exchange, &answer.projection) &&
	    check_id(exchange, exchange->id) &&
	    store_group_read(&exchange->session, exchange->id, &reader);
}

/* Large groups are shown after the commit, for what has been sent cannot be taken back. */
static bool
show_later(struct exchange *exchange, struct group_answer *answer)
{
	const struct group_reader reader = group_answer_reader(answer);

	answer->large = LARGE_STREAMED;
	return store_group_read(&exchange->session, answer->id, &reader);
}

static struct text
text_member(const struct json_value *resource, struct text name)
{
	const struct json_value *value = json_get(resource, name);

	return value != NULL ? value->text : TEXT_NONE;
}

static bool
unknown_member(struct exchange *exchange, struct text id)
{
	return scim_fail(&exchange->error, REASON_GROUP_UNKNOWN_MEMBER, id);
}

/*
 * Ids to be added must be of our form; those of another are nobody's.  To
 * remove nobody is no error (product decision).
 */
static bool
read_ids(struct exchange *exchange, struct member_step *step, const struct text *ids, size_t count)
{
	step->ids = arena_array(exchange->arena, count, sizeof(*step->ids));
	if (step->change == MEMBERS_SET)
		bulk_members_end(exchange->bulk, exchange->id);
	for (size_t i = 0; i < count; i++) {
		if (step->change != MEMBERS_REMOVE && text_equal(ids[i], exchange->id))
			return scim_fail(&exchange->error, REASON_GROUP_OWN_MEMBER, ids[i]);
		if (bulk_members_await(exchange->bulk, exchange->id, step->change, ids[i])) {
			step->awaits |= step->change != MEMBERS_REMOVE;
			continue;
		}
		if (text_is_uuid(ids[i]))
			step->ids[step->count++] = ids[i];
		else if (step->change != MEMBERS_REMOVE)
			return unknown_member(exchange, ids[i]);
	}
	return true;
}

/* The members of a body, which stand in the canonical resource. */
static bool
read_members(struct exchange *exchange, const struct json_value *resource,
    struct member_step *step)
{
	const struct json_value *members = json_get(resource, TEXT("members"));
	size_t count = members != NULL ? members->count : 0;
	struct text *ids = arena_array(exchange->arena, count, sizeof(*ids));

	for (size_t i = 0; i < count; i++) {
		ids[i] = text_member(members->items[i], TEXT("value"));
		if (!text_is_set(ids[i]))
			return scim_fail(&exchange->error, REASON_ATTRIBUTE_REQUIRED,
			    TEXT("members.value"));
	}
	return read_ids(exchange, step, ids, count);
}

bool
serve_group_create(struct exchange *exchange)
{
	struct group_answer answer = { .exchange = exchange, .status = 201 };
	const struct group_reader reader = group_answer_reader(&answer);
	struct member_step step = { .change = MEMBERS_ADD };
	struct group_change group = { .named = true, .steps = &step, .step_count = 1 };
	struct json_value *body, *resource;

	if (!render_projection(exchange, &answer.projection) ||
	    !body_read(exchange, GROUP_BODY_MAX, &body) ||
	    !scim_resource_read(exchange->arena, &scim_group_type, body, NULL, &resource,
	    &exchange->error) ||
	    !read_members(exchange, resource, &step))
		return false;
	group.display_name = text_member(resource, TEXT("displayName"));
	group.external_id = text_member(resource, TEXT("externalId"));
	if (!store_group_create(&exchange->session, exchange->id, &group, &reader))
		return false;
	return answer.finished || show_later(exchange, &answer);
}

/* What a locked group is to become, once it is known. */
struct intent {
	struct exchange *exchange;
	struct json_value *body;
	/* Fills the new resource, and the steps for the members. */
	bool (*transform)(const struct intent *intent, const struct json_value *current,
	    struct json_value **resource, struct group_change *change);
};

static bool
decide(struct session *session, const struct stored_resource *current,
    struct group_change *change, void *context)
{
	const struct intent *intent = context;
	struct exchange *exchange = intent->exchange;
	struct json_value *before, *after;

	(void)session;
	if (!check_id(exchange, current->id) || !condition_holds(exchange, current->version))
		return false;
	if (intent->transform == NULL)
		return true;
	if (!render_parse(exchange, current->resource, &before) ||
	    !intent->transform(intent, before, &after, change))
		return false;
	change->named = !json_equal(before, after);
	change->display_name = text_member(after, TEXT("displayName"));
	change->external_id = text_member(after, TEXT("externalId"));
	return true;
}

/* RFC 7644 3.5.1: a PUT says everything, so members that it does not name go. */
static bool
replace(const struct intent *intent, const struct json_value *current,
    struct json_value **resource, struct group_change *change)
{
	struct exchange *exchange = intent->exchange;
	struct member_step *step = arena_new(exchange->arena, struct member_step);

	step->change = MEMBERS_SET;
	if (!scim_resource_read(exchange->arena, &scim_group_type, intent->body, current, resource,
	    &exchange->error) || !read_members(exchange, *resource, step))
		return false;
	json_remove(*resource, TEXT("members"));
	change->steps = step;
	change->step_count = 1;
	return true;
}

/* The operations on members, in their order, as steps on rows. */
static bool
read_steps(struct exchange *exchange, const struct patch *patch, struct group_change *change)
{
	struct member_step *steps = arena_array(exchange->arena, patch->count, sizeof(*steps));

	for (size_t i = 0; i < patch->count; i++) {
		struct member_step *step = &steps[change->step_count];
		struct patch_members members;

		if (!scim_patch_is_members(&patch->operations[i]))
			continue;
		if (!scim_patch_members(exchange->arena, &patch->operations[i], &members,
		    &exchange->error))
			return false;
		step->change = members.change;
		step->filter = members.filter;
		if (!read_ids(exchange, step, members.ids, members.count))
			return false;
		change->step_count++;
	}
	change->steps = steps;
	return true;
}

static bool
patch(const struct intent *intent, const struct json_value *current, struct json_value **resource,
    struct group_change *change)
{
	struct exchange *exchange = intent->exchange;
	const struct patch_options options = {
		.id = exchange->id,
		.replace_without_target_creates = exchange->caller.replace_without_target_creates,
	};
	struct patch *operations;

	return scim_patch_read(exchange->arena, &scim_group_type, intent->body, &options,
	    &operations, &exchange->error) &&
	    scim_patch_apply(exchange->arena, &scim_group_type, operations, &options, current,
	    resource, &exchange->error) &&
	    read_steps(exchange, operations, change);
}

static bool
change_group(struct exchange *exchange, struct intent *intent, struct group_answer *answer)
{
	const struct group_reader reader = group_answer_reader(answer);

	if (!render_projection(exchange, &answer->projection) ||
	    !body_read(exchange, GROUP_BODY_MAX, &intent->body) ||
	    !check_id(exchange, exchange->id) ||
	    !store_group_change(&exchange->session, exchange->id, decide, intent, &reader))
		return false;
	return answer->finished || show_later(exchange, answer);
}

bool
serve_group_replace(struct exchange *exchange)
{
	struct intent intent = { exchange, NULL, replace };
	struct group_answer answer = { .exchange = exchange, .status = 200 };

	return change_group(exchange, &intent, &answer);
}

bool
serve_group_patch(struct exchange *exchange)
{
	struct intent intent = { exchange, NULL, patch };
	struct group_answer answer = { .exchange = exchange, .status = 200 };
	bool asked = text_is_set(http_request_query(&exchange->request, TEXT("attributes")));

	/* RFC 7644 3.5.2: 204 will do, but not when attributes are asked for. */
	answer.large = asked ? LARGE_LATER : LARGE_UNSHOWN;
	return change_group(exchange, &intent, &answer);
}

bool
serve_group_delete(struct exchange *exchange)
{
	struct intent intent = { exchange, NULL, NULL };

	if (!check_id(exchange, exchange->id) ||
	    !store_group_delete(&exchange->session, exchange->id, decide, &intent))
		return false;
	exchange->response.status = 204;
	return true;
}
