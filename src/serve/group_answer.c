/*
 * group_answer.c - writing groups: small ones whole, large ones as they come.
 *
 * Members are written page by page while the database gives them, so that a
 * group of 100,000 needs no more memory than one of 1,000.
 */
#include "json/write.h"
#include "serve/exchange.h"
#include "serve/group.h"

/* Sent on as soon as there is so much of it. */
#define CHUNK ((size_t)64 * 1024)

static const struct attribute *
members_attribute(void)
{
	static const struct attribute *members;

	if (members == NULL)
		members = scim_attribute_find(scim_group_schema.attributes, scim_group_schema.count,
		    TEXT("members"));
	return members;
}

/* Which sub-attributes of members the projection shows. */
struct member_parts {
	bool value, ref, type, display;
};

static bool
wants_part(const struct group_answer *answer, struct text name)
{
	return scim_projection_wants_sub(answer->projection, members_attribute(),
	    scim_sub_attribute(members_attribute(), name));
}

static struct member_parts
wanted_parts(const struct group_answer *answer)
{
	return (struct member_parts){
		.value = wants_part(answer, TEXT("value")),
		.ref = wants_part(answer, TEXT("$ref")),
		.type = wants_part(answer, TEXT("type")),
		.display = wants_part(answer, TEXT("display")),
	};
}

/* Begins one more member of an object that was opened at this length of the body. */
static void
put_name(struct buffer *body, size_t opened, struct text name)
{
	if (body->length > opened)
		buffer_append_byte(body, ',');
	buffer_append(body, name);
}

static void
put_ref(struct exchange *exchange, const struct stored_member *member)
{
	struct buffer *body = exchange->body;

	buffer_append(body, render_quoted_base(exchange));
	buffer_append_byte(body, '/');
	buffer_append(body, member->type);
	buffer_append(body, TEXT("s/"));
	buffer_append(body, member->id);
	buffer_append_byte(body, '"');
}

/* Written by hand and not through a tree: there may be a hundred thousand of them. */
static void
put_parts(struct exchange *exchange, const struct stored_member *member,
    const struct member_parts *parts)
{
	struct buffer *body = exchange->body;
	size_t opened = body->length;

	if (parts->value) {
		put_name(body, opened, TEXT("\"value\":\""));
		buffer_append(body, member->id);
		buffer_append_byte(body, '"');
	}
	if (parts->ref) {
		put_name(body, opened, TEXT("\"$ref\":\""));
		put_ref(exchange, member);
	}
	if (parts->type) {
		put_name(body, opened, TEXT("\"type\":\""));
		buffer_append(body, member->type);
		buffer_append_byte(body, '"');
	}
	if (parts->display && text_is_set(member->display)) {
		put_name(body, opened, TEXT("\"display\":"));
		json_quote(body, member->display);
	}
}

/* A member of whom nothing is wanted is not there (RFC 7643 2.5: empty is unassigned). */
static void
put_member(struct group_answer *answer, const struct stored_member *member,
    const struct member_parts *parts)
{
	struct buffer *body = answer->exchange->body;
	size_t before = body->length, opened;

	buffer_append(body, answer->any_member ? TEXT(",{") : TEXT(",\"members\":[{"));
	opened = body->length;
	put_parts(answer->exchange, member, parts);
	if (body->length == opened) {
		body->length = before;
		return;
	}
	answer->any_member = true;
	buffer_append_byte(body, '}');
}

static void
send_on(struct exchange *exchange, size_t when)
{
	if (!exchange->streaming || exchange->body->length < when)
		return;
	http_response_write(&exchange->request, buffer_text(exchange->body));
	buffer_clear(exchange->body);
}

static void
begin_streaming(struct exchange *exchange)
{
	exchange->streaming = exchange->session.once = true;
	http_response_begin(&exchange->request, &exchange->response);
}

static bool
take_members(void *context, const struct stored_member *members, int count, bool last)
{
	struct group_answer *answer = context;
	const struct member_parts parts = wanted_parts(answer);
	struct exchange *exchange = answer->exchange;

	for (int i = 0; i < count; i++) {
		put_member(answer, &members[i], &parts);
		send_on(exchange, CHUNK);
	}
	if (last && answer->any_member)
		buffer_append_byte(exchange->body, ']');
	if (last)
		buffer_append_byte(exchange->body, '}');
	send_on(exchange, CHUNK);
	return true;
}

/* Are members to be read for this group? */
static bool
wants_members(const struct group_answer *answer, const struct stored_resource *group)
{
	return group->member_count > 0 &&
	    scim_projection_wants(answer->projection, members_attribute());
}

/* The group without its members; open at its end when they follow. */
static bool
put_group(struct group_answer *answer, const struct stored_resource *group, bool open)
{
	struct exchange *exchange = answer->exchange;

	answer->any_member = false;
	if (!render_resource(exchange, &scim_group_type, group,
	    scim_projection_only_excludes(answer->projection, members_attribute()) ?
	    NULL : answer->projection))
		return false;
	if (open)
		exchange->body->length--;
	return true;
}

static void
set_headers(struct group_answer *answer, const struct stored_resource *group)
{
	struct exchange *exchange = answer->exchange;

	exchange->response.status = answer->status;
	render_headers(exchange, group);
}

/* Too large to be held: streamed, or not shown now. */
static bool
take_large_group(struct group_answer *answer, const struct stored_resource *group,
    bool *want_members)
{
	struct exchange *exchange = answer->exchange;

	if (answer->large == LARGE_LATER)
		return true;
	set_headers(answer, group);
	answer->finished = true;
	if (answer->large == LARGE_UNSHOWN) {
		exchange->response.status = 204;
		return true;
	}
	begin_streaming(exchange);
	*want_members = true;
	return put_group(answer, group, true);
}

static bool
take_group(void *context, const struct stored_resource *group, bool *want_members)
{
	struct group_answer *answer = context;
	struct exchange *exchange = answer->exchange;

	buffer_clear(exchange->body);
	answer->id = arena_copy(exchange->arena, group->id);
	answer->finished = false;
	if (exchange->operation->method == HTTP_GET && !condition_holds(exchange, group->version))
		return false;
	if (condition_not_modified(exchange, group->version)) {
		set_headers(answer, group);
		exchange->response.status = 304;
		return true;
	}
	if (exchange->bulk == NULL && wants_members(answer, group) &&
	    group->member_count > MEMBERS_BUFFERED)
		return take_large_group(answer, group, want_members);
	set_headers(answer, group);
	answer->finished = true;
	/* RFC 7644 3.7: the answer to a bulk may leave resources out. */
	if (exchange->bulk != NULL)
		return true;
	*want_members = wants_members(answer, group);
	return put_group(answer, group, *want_members);
}

struct group_reader
group_answer_reader(struct group_answer *answer)
{
	return (struct group_reader){ take_group, take_members, answer };
}

/* A list with groups in it, becoming an answer. */
struct list_answer {
	struct group_answer group;      /* the one at hand; the reader's context */
	struct projection *users;
	long start_index;
	struct list_page *page;
	bool any_resource;
};

static bool
begin_list(void *context, const struct list_page *page)
{
	struct list_answer *answer = context;
	struct exchange *exchange = answer->group.exchange;

	*answer->page = *page;
	buffer_clear(exchange->body);
	answer->any_resource = false;
	exchange->response.status = 200;
	render_list_head(exchange, page->count, page->total, answer->start_index);
	return true;
}

static void
put_comma(struct list_answer *answer)
{
	if (answer->any_resource)
		buffer_append_byte(answer->group.exchange->body, ',');
	answer->any_resource = true;
}

static bool
take_listed_user(void *context, const struct stored_resource *user)
{
	struct list_answer *answer = context;

	put_comma(answer);
	return render_resource(answer->group.exchange, &scim_user_type, user, answer->users);
}

static bool
take_listed_group(void *context, const struct stored_resource *group, bool *want_members)
{
	struct list_answer *answer = context;
	struct exchange *exchange = answer->group.exchange;

	*want_members = wants_members(&answer->group, group);
	if (*want_members && !exchange->streaming &&
	    (group->member_count > MEMBERS_BUFFERED || exchange->body->length > CHUNK))
		begin_streaming(exchange);
	put_comma(answer);
	return put_group(&answer->group, group, *want_members);
}

bool
group_list(struct exchange *exchange, const struct plan *plan, long start_index,
    struct projection *users, struct projection *groups, struct list_page *page)
{
	struct list_answer answer = {
		.group = { .exchange = exchange, .projection = groups },
		.users = users,
		.start_index = start_index,
		.page = page,
	};
	const struct list_reader reader = {
		.begin = begin_list,
		.user = take_listed_user,
		.group = { take_listed_group, take_members, &answer },
	};

	return store_group_list(&exchange->session, plan, &reader);
}
