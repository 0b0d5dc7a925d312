/*
 * scim_bulk.c - bulk messages: what is refused, what refers to what, the order
 * and the pieces, the answer.
 */
#include <stdio.h>

#include "json/read.h"
#include "json/write.h"
#include "scim/bulk.h"
#include "unit/tap.h"

static struct arena *arena;

/* Requests are written with ' for ". */
static struct json_value *
json(const char *quoted)
{
	char *text = arena_string(arena, text_of(quoted));
	struct json_trouble trouble;
	struct json_value *value = NULL;

	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	if (!json_read(arena, text_of(text), &value, &trouble))
		ok(false, "%s: %s at %zu", quoted, trouble.what, trouble.offset);
	return value;
}

static struct bulk
read_operations(const char *operations)
{
	struct scim_error error = { 0 };
	struct bulk bulk;

	if (!scim_bulk_read(arena, json(arena_format(arena, "{'Operations':[%s]}",
	    operations).start), &bulk, &error))
		ok(false, "%s is read", operations);
	return bulk;
}

static void
test_whole_message(void)
{
	static const struct {
		const char *body;
		enum reason reason;
	} rows[] = {
		{ "{}", REASON_BULK_SYNTAX },
		{ "{'Operations':null}", REASON_BULK_SYNTAX },
		{ "{'Operations':{}}", REASON_BULK_SYNTAX },
		{ "{'Operations':[]}", REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}",
		    REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'schemas':'x'}", REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'failOnErrors':-1}", REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'failOnErrors':1.5}", REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'failOnErrors':'1'}", REASON_BULK_SYNTAX },
		{ "{'Operations':[{}],'failOnErrors':null}", REASON_NONE },
		{ "{'operations':[{}],'FAILONERRORS':3}", REASON_NONE },
		{ "{'Operations':[{}],'schemas':['URN:ietf:params:scim:api:messages:2.0:BulkRequest']}",
		    REASON_NONE },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scim_error error = { 0 };
		struct bulk bulk;

		is_number(scim_bulk_read(arena, json(rows[i].body), &bulk, &error),
		    rows[i].reason == REASON_NONE, "%s", rows[i].body);
		is_number(error.reason, rows[i].reason, "for that reason");
	}
}

static enum reason
read_many(size_t count)
{
	struct json_value *body = json_new_object(arena), *list = json_new_array(arena);
	struct scim_error error = { 0 };
	struct bulk bulk;

	for (size_t i = 0; i < count; i++)
		json_append(arena, list, json_new_object(arena));
	json_set(arena, body, TEXT("Operations"), list);
	if (scim_bulk_read(arena, body, &bulk, &error))
		is_number(bulk.count, count, "as many are read");
	return error.reason;
}

static void
test_limit(void)
{
	is_number(read_many(1000), REASON_NONE, "1,000 operations");
	is_number(read_many(1001), REASON_BULK_TOO_MANY, "1,001 operations");
}

#define DATA ",'data':{}}"

static void
test_refusals(void)
{
	static const struct {
		const char *operation;
		enum reason reason;
	} rows[] = {
		{ "1", REASON_BULK_OPERATION },
		{ "{}", REASON_BULK_OPERATION },
		{ "{'method':7,'path':'/Users'" DATA, REASON_BULK_OPERATION },
		{ "{'method':'GET','path':'/Users/1'}", REASON_BULK_METHOD },
		{ "{'method':'HEAD','path':'/Users/1'}", REASON_BULK_METHOD },
		{ "{'method':'POST','bulkId':'a'" DATA, REASON_BULK_OPERATION },
		{ "{'method':'POST','path':'/Users'" DATA, REASON_BULK_OPERATION },
		{ "{'method':'POST','path':'/Users','bulkId':''" DATA, REASON_BULK_OPERATION },
		{ "{'method':'POST','path':'/Users','bulkId':1" DATA, REASON_BULK_OPERATION },
		{ "{'method':'POST','path':'/Users','bulkId':'a'}", REASON_BULK_OPERATION },
		{ "{'method':'POST','path':'/Users/','bulkId':'a'" DATA, REASON_BULK_PATH },
		{ "{'method':'POST','path':'/Users/1','bulkId':'a'" DATA, REASON_BULK_PATH },
		{ "{'method':'POST','path':'/users','bulkId':'a'" DATA, REASON_BULK_PATH },
		{ "{'method':'POST','path':'/Bulk','bulkId':'a'" DATA, REASON_BULK_PATH },
		{ "{'method':'POST','path':'/Users?x=1','bulkId':'a'" DATA, REASON_BULK_PATH },
		{ "{'method':'POST','path':'','bulkId':'a'" DATA, REASON_BULK_OPERATION },
		{ "{'method':'PUT','path':'/Users'" DATA, REASON_BULK_PATH },
		{ "{'method':'PUT','path':'/Users/'" DATA, REASON_BULK_PATH },
		{ "{'method':'PUT','path':'/Users/1/2'" DATA, REASON_BULK_PATH },
		{ "{'method':'PUT','path':'//Users/1'" DATA, REASON_BULK_PATH },
		{ "{'method':'PUT','path':'/Users/1'}", REASON_BULK_OPERATION },
		{ "{'method':'PATCH','path':'/Users/1'}", REASON_BULK_OPERATION },
		{ "{'method':'PUT','path':'/Users/1','version':3" DATA, REASON_BULK_OPERATION },
		{ "{'method':'PUT','path':'/Users/1','version':''" DATA, REASON_BULK_OPERATION },
		{ "{'method':'PUT','path':'/Users/bulkId:x'" DATA, REASON_BULK_REFERENCE },
		{ "{'method':'DELETE','path':'/Users/bulkId:'}", REASON_BULK_REFERENCE },
		{ "{'method':'PUT','path':'/Users/1','data':{'a':['bulkId:x']}}",
		    REASON_BULK_REFERENCE },
		{ "{'method':'PUT','path':'/Users/1','version':null" DATA, REASON_NONE },
		{ "{'method':'PUT','path':'Users/1'" DATA, REASON_NONE },
		{ "{'METHOD':'put','Path':'/Groups/1'" DATA, REASON_NONE },
		{ "{'method':'DELETE','path':'/Groups/1'}", REASON_NONE },
		{ "{'method':'DELETE','path':'/Groups/1','data':'bulkId:x'}", REASON_NONE },
		{ "{'method':'PUT','path':'/Users/1','data':{'a':'a bulkId:x'}}", REASON_NONE },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bulk bulk = read_operations(rows[i].operation);
		const struct scim_error *refusal = bulk.operations[0].refusal;

		is_number(refusal != NULL ? refusal->reason : REASON_NONE, rows[i].reason, "%s",
		    rows[i].operation);
	}
}

#define USER(name, attributes) \
	"{'method':'POST','path':'/Users','bulkId':'" name "','data':{" attributes "}}"
#define GROUP(name, attributes) \
	"{'method':'POST','path':'/Groups','bulkId':'" name "','data':{" attributes "}}"
#define MEMBER(name) "'members':[{'value':'bulkId:" name "'}]"
#define PATCHED(path, name) \
	"{'method':'PATCH','path':'" path "','data':{'Operations':[{'op':'add','path':'members'," \
	"'value':[{'value':'bulkId:" name "'}]}]}}"

static void
test_ids(void)
{
	struct bulk bulk = read_operations(USER("a", "'userName':'x'") "," GROUP("b", MEMBER("a"))
	    "," USER("a", "'userName':'y'") "," PATCHED("/Groups/bulkId:b", "a"));
	const struct bulk_operation *operations = bulk.operations;

	ok(text_is_uuid(operations[0].id), "a POST gets an id");
	ok(operations[0].id.start[14] == '4' && strchr("89ab", operations[0].id.start[19]),
	    "which is a random UUID");
	ok(!text_equal(operations[0].id, operations[1].id), "another for each");
	is_text(operations[3].id, operations[1].id, "a reference in the path");
	is_text(json_to_text(arena, operations[1].data), arena_format(arena,
	    "{\"members\":[{\"value\":\"%.*s\"}]}", TEXT_FORMAT(operations[0].id)),
	    "a reference in the data");
	ok(operations[0].refusal == NULL, "the first with a bulkId has it");
	ok(operations[2].refusal != NULL &&
	    operations[2].refusal->reason == REASON_BULK_ID_REPEATED, "the second is refused");
	is_number(operations[3].target_count, 2, "path and data refer to two operations");
	ok(scim_bulk_maker(&bulk, operations[1].id) == &operations[1], "who makes an id");
	ok(scim_bulk_maker(&bulk, TEXT("x")) == NULL, "an id that nobody makes");
}

static void
test_filter(void)
{
	struct bulk bulk = read_operations(USER("a", "") ",{'method':'PATCH','path':'/Groups/1',"
	    "'data':{'Operations':[{'op':'remove','path':"
	    "'members[value eq \\\"bulkId:a\\\" or value eq \\\"bulkId:a\\\"]'}]}}");
	struct text id = bulk.operations[0].id;

	is_text(json_to_text(arena, bulk.operations[1].data), arena_format(arena,
	    "{\"Operations\":[{\"op\":\"remove\",\"path\":\"members[value eq \\\"%.*s\\\" or "
	    "value eq \\\"%.*s\\\"]\"}]}", TEXT_FORMAT(id), TEXT_FORMAT(id)),
	    "references in a PATCH path");
	is_number(bulk.operations[1].target_count, 1, "it refers to one operation");
}

/* The order of running as the indexes of the request. */
static struct text
order_of(const struct bulk *bulk)
{
	struct text order = TEXT("");

	for (size_t place = 0; place < bulk->count; place++) {
		order = arena_format(arena, "%.*s%zu", TEXT_FORMAT(order), bulk->order[place]);
		is_number(bulk->operations[bulk->order[place]].place, place, "place and order agree");
	}
	return order;
}

static void
test_order(void)
{
	struct bulk bulk = read_operations(GROUP("a", MEMBER("b")) "," GROUP("b", MEMBER("a")));

	is_text(order_of(&bulk), TEXT("01"), "references in data change no order");
	is_number(bulk.operations[0].targets[0], 1, "forward");
	is_number(bulk.operations[1].targets[0], 0, "and backward");
	bulk = read_operations("{'method':'DELETE','path':'/Groups/bulkId:b'}," USER("a", "") ","
	    PATCHED("/Groups/bulkId:b", "a") "," GROUP("b", "") "," USER("c", ""));
	is_text(order_of(&bulk), TEXT("13024"), "who names a later one in the path follows it");
	bulk = read_operations(GROUP("a", MEMBER("a")));
	is_number(bulk.operations[0].target_count, 0, "nobody waits for itself");
}

static void
test_pieces(void)
{
	struct bulk bulk = read_operations(USER("a", "") "," GROUP("b", MEMBER("e")) ","
	    USER("c", "") "," GROUP("d", MEMBER("f")) "," USER("e", "") "," USER("f", "") ","
	    USER("g", ""));

	is_number(scim_bulk_piece(&bulk, 0, 1), 1, "a piece as it was wanted");
	is_number(scim_bulk_piece(&bulk, 0, 2), 6, "longer, for those who wait, one after the other");
	is_number(scim_bulk_piece(&bulk, 4, 2), 6, "backward references are no reason");
	is_number(scim_bulk_piece(&bulk, 6, 100), 7, "not beyond the end");
}

static void
test_answer(void)
{
	struct bulk bulk = read_operations(USER("a", "") "," USER("b", "") ","
	    "{'method':'PUT','path':'/Users/17','data':{}},{'method':'GET','path':'/Users/1'},"
	    "{'method':'DELETE','path':'/Groups/18'}");
	struct scim_error taken = { 0 };
	struct bulk_outcome outcomes[] = {
		{ .status = 201, .version = TEXT("W/\"1\"") },
		{ .status = 409, .error = &taken },
		{ .status = 409, .error = &taken },
		{ .status = 400, .error = bulk.operations[3].refusal },
		{ 0 },
	};
	struct json_value *answer, *items;
	struct json_trouble trouble;
	struct buffer buffer = { 0 };

	(void)scim_fail(&taken, REASON_USER_NAME_TAKEN, TEXT("b"));
	scim_bulk_write(arena, &bulk, outcomes, TEXT("https://x/v2"), &buffer);
	if (!ok(json_read(arena, buffer_text(&buffer), &answer, &trouble), "the answer is JSON"))
		return;
	buffer_release(&buffer);
	is_text(json_to_text(arena, json_get(answer, TEXT("schemas"))),
	    TEXT("[\"urn:ietf:params:scim:api:messages:2.0:BulkResponse\"]"), "schemas");
	items = json_get(answer, TEXT("Operations"));
	is_number(items->count, 4, "those that were run");
	is_text(json_to_text(arena, items->items[0]), arena_format(arena,
	    "{\"location\":\"https://x/v2/Users/%.*s\",\"method\":\"POST\",\"bulkId\":\"a\","
	    "\"version\":\"W/\\\"1\\\"\",\"status\":\"201\"}",
	    TEXT_FORMAT(bulk.operations[0].id)), "a success");
	ok(json_get(items->items[1], TEXT("location")) == NULL, "a POST that failed is nowhere");
	is_text(json_get(json_get(items->items[1], TEXT("response")), TEXT("scimType"))->text,
	    TEXT("uniqueness"), "its response is the error");
	is_text(json_get(items->items[2], TEXT("location"))->text, TEXT("https://x/v2/Users/17"),
	    "others that failed have a location");
	is_text(json_get(items->items[3], TEXT("method"))->text, TEXT("GET"),
	    "a method that is none");
	is_text(json_get(items->items[3], TEXT("status"))->text, TEXT("400"), "and its status");
}

int
main(void)
{
	arena = arena_create();
	test_whole_message();
	test_limit();
	test_refusals();
	test_ids();
	test_filter();
	test_order();
	test_pieces();
	test_answer();
	arena_destroy(arena);
	return tap_done();
}
