/*
 * bulk.c - reading BulkRequest, resolving references, writing BulkResponse.
 */
#include <stdlib.h>

#include "base/digest.h"
#include "json/write.h"
#include "scim/bulk.h"
#include "scim/resource.h"

#define REQUEST_URN "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define RESPONSE_URN "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
#define REFERENCE "bulkId:"
#define NOWHERE SIZE_MAX

/* Of a UUID as text. */
#define ID_LENGTH 36

/* One POST under one of the two names by which it is looked up. */
struct bulk_made {
	struct text name;
	size_t operation;
};

struct reader {
	struct arena *arena;
	struct bulk *bulk;
	struct bulk_made *named;        /* the POSTs by their bulkId, sorted */
	size_t named_count;
	size_t *behind;                 /* of each operation: the POST in its path, or NOWHERE */
	/* Of the operation at hand: */
	struct bulk_operation *operation;
	size_t *targets, target_count;
	size_t *last_seen;              /* of each target: who referred to it last, plus 1 */
};

/* For scim_fail(): the place of the refusal of an operation. */
static struct scim_error *
refusal_of(struct reader *reader, struct bulk_operation *operation)
{
	operation->refusal = arena_new(reader->arena, struct scim_error);
	return operation->refusal;
}

/* One operation by itself */

static const struct {
	struct text name;
	bool makes, has_data;
} methods[] = {
	{ { "POST", 4 }, true, true },
	{ { "PUT", 3 }, false, true },
	{ { "PATCH", 5 }, false, true },
	{ { "DELETE", 6 }, false, false },
};

static size_t
method_of(struct text name)
{
	size_t method = 0;

	while (method < COUNT_OF(methods) && !text_equal_nocase(methods[method].name, name))
		method++;
	return method;
}

static bool
is_post(const struct bulk_operation *operation)
{
	return text_equal(operation->method, methods[0].name);
}

static struct text
string_member(const struct json_value *item, struct text name)
{
	const struct json_value *value = scim_member(item, name);

	return value != NULL && value->kind == JSON_STRING && value->text.length > 0 ?
	    value->text : TEXT_NONE;
}

/* "/Users" and "/Users/ID", relative to the root of the service provider. */
static void
split_path(struct text path, struct bulk_operation *operation)
{
	struct text rest = text_starts(path, TEXT("/")) ? text_after(path, 1) : path;
	size_t end = text_find_byte(rest, '/');
	struct text endpoint = text_first(rest, end);

	operation->id = end < rest.length ? text_after(rest, end + 1) : TEXT_NONE;
	if (text_find_byte(operation->id, '/') < operation->id.length)
		return;
	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		if (text_equal(text_after(scim_resource_types[i]->endpoint, 1), endpoint))
			operation->type = scim_resource_types[i];
}

static bool
check_path(struct reader *reader, struct bulk_operation *operation, struct text path, bool makes)
{
	if (!text_is_set(path))
		return scim_fail(refusal_of(reader, operation), REASON_BULK_OPERATION,
		    TEXT("\"path\" is missing"));
	split_path(path, operation);
	if (operation->type != NULL && (makes ? !text_is_set(operation->id) : operation->id.length > 0))
		return true;
	operation->type = NULL;
	return scim_fail(refusal_of(reader, operation), REASON_BULK_PATH, path, operation->method);
}

/* RFC 7644 3.7: a condition that cannot be read must not be passed over. */
static bool
check_version(struct reader *reader, struct bulk_operation *operation,
    const struct json_value *item)
{
	const struct json_value *version = scim_member(item, TEXT("version"));

	return version == NULL || version->kind == JSON_NULL || text_is_set(operation->version) ||
	    scim_fail(refusal_of(reader, operation), REASON_BULK_OPERATION,
	    TEXT("\"version\" must be an entity-tag"));
}

static bool
check_data(struct reader *reader, struct bulk_operation *operation, bool has_data)
{
	if (!has_data) {
		operation->data = NULL;
		return true;
	}
	return operation->data != NULL || scim_fail(refusal_of(reader, operation),
	    REASON_BULK_OPERATION, TEXT("\"data\" is missing"));
}

static bool
check_bulk_id(struct reader *reader, struct bulk_operation *operation, bool makes)
{
	return !makes || text_is_set(operation->bulk_id) || scim_fail(refusal_of(reader, operation),
	    REASON_BULK_OPERATION, TEXT("a POST needs a \"bulkId\""));
}

static bool
read_operation(struct reader *reader, const struct json_value *item,
    struct bulk_operation *operation)
{
	size_t method;

	operation->method = string_member(item, TEXT("method"));
	operation->bulk_id = string_member(item, TEXT("bulkId"));
	operation->version = string_member(item, TEXT("version"));
	operation->data = scim_member(item, TEXT("data"));
	if (!text_is_set(operation->method))
		return scim_fail(refusal_of(reader, operation), REASON_BULK_OPERATION,
		    TEXT("\"method\" is missing"));
	method = method_of(operation->method);
	if (method == COUNT_OF(methods))
		return scim_fail(refusal_of(reader, operation), REASON_BULK_METHOD,
		    operation->method);
	operation->method = methods[method].name;
	return check_path(reader, operation, string_member(item, TEXT("path")),
	    methods[method].makes) &&
	    check_version(reader, operation, item) &&
	    check_bulk_id(reader, operation, methods[method].makes) &&
	    check_data(reader, operation, methods[method].has_data);
}

/* Names of what is made */

static int
compare_made(const void *left, const void *right)
{
	const struct bulk_made *a = left, *b = right;
	int order = text_compare(a->name, b->name);

	return order != 0 ? order : (a->operation > b->operation) - (a->operation < b->operation);
}

static int
compare_name(const void *name, const void *made)
{
	return text_compare(*(const struct text *)name, ((const struct bulk_made *)made)->name);
}

static const struct bulk_made *
find_made(const struct bulk_made *made, size_t count, struct text name)
{
	return bsearch(&name, made, count, sizeof(*made), compare_name);
}

/* RFC 9562 5.4: a random UUID, as PostgreSQL's gen_random_uuid() makes them. */
static struct text
new_id(struct arena *arena)
{
	unsigned char b[16];

	digest_random(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return arena_format(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
	    b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* RFC 7644 3.7: a bulkId is unique in its request; the first who uses it has it. */
static void
refuse_repeated_names(struct reader *reader)
{
	struct bulk_made *named = reader->named;
	size_t kept = 0;

	for (size_t i = 0; i < reader->named_count; i++) {
		struct bulk_operation *operation = &reader->bulk->operations[named[i].operation];

		if (kept == 0 || !text_equal(named[kept - 1].name, named[i].name))
			named[kept++] = named[i];
		else if (operation->refusal == NULL)
			(void)scim_fail(refusal_of(reader, operation), REASON_BULK_ID_REPEATED,
			    operation->bulk_id);
	}
	reader->named_count = kept;
}

/* A POST that is refused has its names all the same: those who refer to it shall fail with it. */
static void
name_what_is_made(struct reader *reader)
{
	struct bulk *bulk = reader->bulk;
	struct bulk_made *made = arena_array(reader->arena, bulk->count, sizeof(*made));

	reader->named = arena_array(reader->arena, bulk->count, sizeof(*reader->named));
	for (size_t i = 0; i < bulk->count; i++) {
		struct bulk_operation *operation = &bulk->operations[i];
		struct text chosen;

		if (!is_post(operation) || !text_is_set(operation->bulk_id))
			continue;
		chosen = new_id(reader->arena);
		operation->made_id = arena_array(reader->arena, ID_LENGTH, 1);
		memcpy(operation->made_id, chosen.start, ID_LENGTH);
		operation->id = (struct text){ operation->made_id, ID_LENGTH };
		operation->chosen_id = chosen;
		made[bulk->made_count++] = (struct bulk_made){ chosen, i };
		reader->named[reader->named_count++] = (struct bulk_made){ operation->bulk_id, i };
	}
	qsort(made, bulk->made_count, sizeof(*made), compare_made);
	qsort(reader->named, reader->named_count, sizeof(*reader->named), compare_made);
	refuse_repeated_names(reader);
	bulk->made = made;
}

const struct bulk_operation *
scim_bulk_maker(const struct bulk *bulk, struct text id)
{
	const struct bulk_made *made = find_made(bulk->made, bulk->made_count, id);

	return made != NULL ? &bulk->operations[made->operation] : NULL;
}

/* References share the bytes of the id, so that nobody has to look for them. */
void
scim_bulk_made_as(struct bulk *bulk, size_t operation, struct text id)
{
	if (bulk->operations[operation].made_id != NULL && id.length == ID_LENGTH)
		memcpy(bulk->operations[operation].made_id, id.start, ID_LENGTH);
}

void
scim_bulk_forget_made(struct bulk *bulk, size_t operation)
{
	if (bulk->operations[operation].made_id != NULL)
		scim_bulk_made_as(bulk, operation, bulk->operations[operation].chosen_id);
}

/* References */

static void
add_target(struct reader *reader, size_t target)
{
	size_t index = (size_t)(reader->operation - reader->bulk->operations);

	if (target == index || reader->last_seen[target] == index + 1)
		return;
	reader->last_seen[target] = index + 1;
	reader->targets[reader->target_count++] = target;
}

/* The id that "bulkId:name" stands for; *target tells who makes it. */
static bool
resolve_name(struct reader *reader, struct text name, struct text *id, size_t *target)
{
	const struct bulk_made *made = find_made(reader->named, reader->named_count, name);

	if (made == NULL)
		return scim_fail(refusal_of(reader, reader->operation), REASON_BULK_REFERENCE, name);
	add_target(reader, made->operation);
	*id = reader->bulk->operations[made->operation].id;
	*target = made->operation;
	return true;
}

static bool
resolve_string(struct reader *reader, struct text *text, size_t *target)
{
	if (!text_starts(*text, TEXT(REFERENCE)))
		return true;
	return resolve_name(reader, text_after(*text, sizeof(REFERENCE) - 1), text, target);
}

/* The path of a PATCH operation: members[value eq "bulkId:name"]. */
static bool
resolve_filter(struct reader *reader, struct text *path)
{
	struct text done = TEXT(""), rest = *path;

	for (;;) {
		size_t start = text_find(rest, TEXT("\"" REFERENCE));
		struct text name, id;
		size_t target;

		if (start == rest.length)
			break;
		name = text_after(rest, start + sizeof(REFERENCE));
		name.length = text_find_byte(name, '"');
		if (!resolve_name(reader, name, &id, &target))
			return false;
		done = ARENA_JOIN(reader->arena, done, text_first(rest, start + 1), id);
		rest = text_after(rest, start + sizeof(REFERENCE) + name.length);
	}
	*path = ARENA_JOIN(reader->arena, done, rest);
	return true;
}

static bool resolve_value(struct reader *reader, struct json_value *value);

static bool
resolve_member(struct reader *reader, struct json_member *member)
{
	bool is_path = text_equal_nocase(member->name, TEXT("path")) &&
	    text_equal(reader->operation->method, TEXT("PATCH"));

	if (is_path && member->value->kind == JSON_STRING)
		return resolve_filter(reader, &member->value->text);
	return resolve_value(reader, member->value);
}

/* Depth is bounded by what json/read.h accepts. */
static bool
resolve_value(struct reader *reader, struct json_value *value)
{
	size_t target;

	if (value->kind == JSON_STRING)
		return resolve_string(reader, &value->text, &target);
	for (size_t i = 0; value->kind == JSON_ARRAY && i < value->count; i++)
		if (!resolve_value(reader, value->items[i]))
			return false;
	for (size_t i = 0; value->kind == JSON_OBJECT && i < value->count; i++)
		if (!resolve_member(reader, &value->members[i]))
			return false;
	return true;
}

static void
resolve_operation(struct reader *reader, size_t index)
{
	struct bulk_operation *operation = &reader->bulk->operations[index];
	size_t *targets;

	reader->operation = operation;
	reader->target_count = 0;
	reader->behind[index] = NOWHERE;
	if (operation->refusal != NULL ||
	    !resolve_string(reader, &operation->id, &reader->behind[index]) ||
	    (operation->data != NULL && !resolve_value(reader, operation->data)))
		return;
	targets = arena_array(reader->arena, reader->target_count, sizeof(*targets));
	if (reader->target_count > 0)
		memcpy(targets, reader->targets, reader->target_count * sizeof(*targets));
	operation->targets = targets;
	operation->target_count = reader->target_count;
}

static void
resolve_references(struct reader *reader)
{
	size_t count = reader->bulk->count;

	reader->behind = arena_array(reader->arena, count, sizeof(*reader->behind));
	reader->targets = arena_array(reader->arena, count, sizeof(*reader->targets));
	reader->last_seen = arena_array(reader->arena, count, sizeof(*reader->last_seen));
	for (size_t i = 0; i < count; i++)
		resolve_operation(reader, i);
}

/* Order */

static void
put_in_place(struct bulk *bulk, size_t *order, size_t *places, size_t index)
{
	bulk->operations[index].place = *places;
	order[(*places)++] = index;
}

/*
 * The order of the request, but for operations whose path names what is made
 * later: those follow their POST at once, as they cannot mean anything before.
 */
static void
order_operations(struct reader *reader)
{
	struct bulk *bulk = reader->bulk;
	size_t *order = arena_array(reader->arena, bulk->count, sizeof(*order));
	size_t places = 0;

	for (size_t i = 0; i < bulk->count; i++) {
		if (reader->behind[i] != NOWHERE && reader->behind[i] > i)
			continue;
		put_in_place(bulk, order, &places, i);
		for (size_t j = 0; j < i && is_post(&bulk->operations[i]); j++)
			if (reader->behind[j] == i)
				put_in_place(bulk, order, &places, j);
	}
	bulk->order = order;
}

size_t
scim_bulk_piece(const struct bulk *bulk, size_t from, size_t wanted)
{
	size_t end = bulk->count - from < wanted ? bulk->count : from + wanted;

	for (size_t place = from; place < end; place++) {
		const struct bulk_operation *operation = &bulk->operations[bulk->order[place]];

		for (size_t i = 0; i < operation->target_count; i++) {
			size_t target = bulk->operations[operation->targets[i]].place;

			if (target >= end)
				end = target + 1;
		}
	}
	return end;
}

/* The message */

static bool
check_schemas(const struct json_value *body, struct scim_error *error)
{
	return scim_message_is(body, TEXT(REQUEST_URN)) ||
	    scim_fail(error, REASON_BULK_SYNTAX, TEXT("\"schemas\" must name " REQUEST_URN));
}

static bool
read_fail_on_errors(const struct json_value *body, size_t *errors, struct scim_error *error)
{
	const struct json_value *value = scim_member(body, TEXT("failOnErrors"));
	long number = 0;

	if (value != NULL && value->kind != JSON_NULL && (value->kind != JSON_NUMBER ||
	    !text_to_long(value->text, &number) || number < 0))
		return scim_fail(error, REASON_BULK_SYNTAX,
		    TEXT("\"failOnErrors\" must be a whole number"));
	*errors = (size_t)number;
	return true;
}

static bool
check_operations(struct arena *arena, const struct json_value *operations,
    struct scim_error *error)
{
	if (operations == NULL || operations->kind != JSON_ARRAY || operations->count == 0)
		return scim_fail(error, REASON_BULK_SYNTAX,
		    TEXT("\"Operations\" must be a list of at least one operation"));
	if (operations->count > SCIM_BULK_OPERATIONS_MAX)
		return scim_fail(error, REASON_BULK_TOO_MANY,
		    arena_format(arena, "%zu", operations->count),
		    arena_format(arena, "%d", SCIM_BULK_OPERATIONS_MAX));
	return true;
}

bool
scim_bulk_read(struct arena *arena, struct json_value *body, struct bulk *bulk,
    struct scim_error *error)
{
	struct reader reader = { .arena = arena, .bulk = bulk };
	const struct json_value *operations = scim_member(body, TEXT("Operations"));

	*bulk = (struct bulk){ 0 };
	if (!check_schemas(body, error) ||
	    !read_fail_on_errors(body, &bulk->fail_on_errors, error) ||
	    !check_operations(arena, operations, error))
		return false;
	bulk->count = operations->count;
	bulk->operations = arena_array(arena, bulk->count, sizeof(*bulk->operations));
	/* One that cannot be run has a refusal, which is no matter of the others. */
	for (size_t i = 0; i < bulk->count; i++)
		(void)read_operation(&reader, operations->items[i], &bulk->operations[i]);
	name_what_is_made(&reader);
	resolve_references(&reader);
	order_operations(&reader);
	return true;
}

/* The answer */

static void
write_text(struct json_writer *writer, struct text name, struct text text)
{
	if (text_is_set(text))
		json_member_string(writer, name, text);
}

/* RFC 7644 3.7.3: a POST that failed has no location, all others have one. */
static struct text
location_of(struct arena *arena, const struct bulk_operation *operation,
    const struct bulk_outcome *outcome, struct text base)
{
	if (operation->type == NULL || (is_post(operation) && outcome->error != NULL))
		return TEXT_NONE;
	return ARENA_JOIN(arena, base, operation->type->endpoint, TEXT("/"), operation->id);
}

static void
write_error(struct json_writer *writer, const struct scim_error *error)
{
	struct buffer message = { 0 };

	scim_error_write(error, &message);
	json_name(writer, TEXT("response"));
	json_write_raw(writer, buffer_text(&message));
	buffer_release(&message);
}

static void
write_outcome(struct arena *arena, struct json_writer *writer,
    const struct bulk_operation *operation, const struct bulk_outcome *outcome, struct text base)
{
	json_begin_object(writer);
	write_text(writer, TEXT("location"), location_of(arena, operation, outcome, base));
	write_text(writer, TEXT("method"), operation->method);
	write_text(writer, TEXT("bulkId"), operation->bulk_id);
	write_text(writer, TEXT("version"), outcome->version);
	json_member_string(writer, TEXT("status"), arena_format(arena, "%d", outcome->status));
	if (outcome->error != NULL)
		write_error(writer, outcome->error);
	json_end_object(writer);
}

void
scim_bulk_write(struct arena *arena, const struct bulk *bulk, const struct bulk_outcome *outcomes,
    struct text base, struct buffer *buffer)
{
	struct json_writer writer = json_writer(buffer);

	json_begin_object(&writer);
	json_name(&writer, TEXT("schemas"));
	json_begin_array(&writer);
	json_write_string(&writer, TEXT(RESPONSE_URN));
	json_end_array(&writer);
	json_name(&writer, TEXT("Operations"));
	json_begin_array(&writer);
	for (size_t i = 0; i < bulk->count; i++)
		if (outcomes[i].status != 0)
			write_outcome(arena, &writer, &bulk->operations[i], &outcomes[i], base);
	json_end_array(&writer);
	json_end_object(&writer);
}
