/*
 * scim_discovery.c - the documents of discovery are JSON, complete and true.
 */
#include "json/read.h"
#include "json/write.h"
#include "scim/discovery.h"
#include "unit/tap.h"

#define BASE TEXT("https://id.example.com/scim/v2/acme")

static const struct scim_provisioning everything = { .create_users = true,
	.update_users = true, .deactivate_users = true, .delete_users = true, .push_groups = true };

static struct json_value *
read_back(struct arena *arena, struct buffer *buffer, const char *what)
{
	struct json_trouble trouble = { 0, "nothing" };
	struct json_value *value = NULL;

	ok(json_read(arena, arena_copy(arena, buffer_text(buffer)), &value, &trouble),
	    "%s is JSON (%s)", what, trouble.what);
	buffer_clear(buffer);
	return value;
}

/* The text of a member below a path of names. */
static struct text
string_at(const struct json_value *value, const char *first, const char *second)
{
	value = json_get(value, text_of(first));
	if (second != NULL)
		value = json_get(value, text_of(second));
	return value != NULL ? value->text : TEXT_NONE;
}

static bool
boolean_at(const struct json_value *value, const char *first, const char *second)
{
	value = json_get(value, text_of(first));
	if (second != NULL)
		value = json_get(value, text_of(second));
	return value != NULL && value->kind == JSON_BOOLEAN && value->boolean;
}

static const struct json_value *
named(const struct json_value *list, const char *name)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (json_is_string(json_get(list->items[i], TEXT("name")), text_of(name)))
			return list->items[i];
	return NULL;
}

static void
test_config(struct arena *arena, struct buffer *buffer)
{
	struct scim_capabilities capabilities = { .patch = true, .bulk = true, .sort = true,
		.etag = true, .bulk_operations = 1000, .bulk_bytes = 10485760, .page_default = 100,
		.page_max = 500, .cursor = true, .cursor_seconds = 3600 };
	struct json_value *config;
	const struct json_value *scheme;

	scim_discovery_config(arena, buffer, BASE, &capabilities);
	config = read_back(arena, buffer, "the config");
	is_text(json_get(config, TEXT("schemas"))->items[0]->text,
	    TEXT("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"), "its schema");
	ok(boolean_at(config, "patch", "supported"), "patch");
	ok(boolean_at(config, "bulk", "supported"), "bulk");
	is_text(string_at(config, "bulk", "maxOperations"), TEXT("1000"), "bulk.maxOperations");
	is_text(string_at(config, "bulk", "maxPayloadSize"), TEXT("10485760"),
	    "bulk.maxPayloadSize");
	ok(boolean_at(config, "filter", "supported"), "filter");
	is_text(string_at(config, "filter", "maxResults"), TEXT("500"), "filter.maxResults");
	ok(!boolean_at(config, "changePassword", "supported"), "changePassword is not");
	ok(boolean_at(config, "sort", "supported"), "sort");
	ok(boolean_at(config, "etag", "supported"), "etag");
	ok(boolean_at(config, "pagination", "cursor"), "cursors (RFC 9865)");
	ok(boolean_at(config, "pagination", "index"), "and indexes");
	is_text(string_at(config, "pagination", "defaultPaginationMethod"), TEXT("index"),
	    "the method of who asks for none");
	is_text(string_at(config, "pagination", "cursorTimeout"), TEXT("3600"), "cursorTimeout");
	scheme = json_get(config, TEXT("authenticationSchemes"))->items[0];
	is_text(string_at(scheme, "type", NULL), TEXT("oauthbearertoken"), "bearer tokens");
	ok(string_at(scheme, "name", NULL).length > 0, "the scheme has a name");
	ok(string_at(scheme, "description", NULL).length > 0, "and a description");
	is_text(string_at(config, "meta", "resourceType"), TEXT("ServiceProviderConfig"),
	    "its meta");
	is_text(string_at(config, "meta", "location"),
	    TEXT("https://id.example.com/scim/v2/acme/ServiceProviderConfig"), "its location");
	ok(json_get(config, TEXT("documentationUri")) == NULL, "no documentation, no address");
}

/* What an organization may not do is not announced. */
static void
test_config_of_little(struct arena *arena, struct buffer *buffer)
{
	struct scim_capabilities capabilities = { .page_default = 100, .page_max = 500,
		.documentation = TEXT("https://example.com/help") };
	struct json_value *config;

	scim_discovery_config(arena, buffer, BASE, &capabilities);
	config = read_back(arena, buffer, "a config of little");
	ok(!boolean_at(config, "patch", "supported"), "no patch");
	ok(!boolean_at(config, "bulk", "supported"), "no bulk");
	is_text(string_at(config, "bulk", "maxOperations"), TEXT("0"),
	    "but its limits (RFC 7643 5)");
	ok(!boolean_at(config, "sort", "supported"), "no sort");
	ok(!boolean_at(config, "etag", "supported"), "no etag");
	ok(!boolean_at(config, "pagination", "cursor"), "no cursors");
	ok(json_get(json_get(config, TEXT("pagination")), TEXT("cursorTimeout")) == NULL,
	    "so no time for them");
	is_text(string_at(config, "documentationUri", NULL), TEXT("https://example.com/help"),
	    "documentation");
}

static bool
has_null(const struct json_value *value)
{
	if (value->kind == JSON_NULL)
		return true;
	for (size_t i = 0; value->kind == JSON_ARRAY && i < value->count; i++)
		if (has_null(value->items[i]))
			return true;
	for (size_t i = 0; value->kind == JSON_OBJECT && i < value->count; i++)
		if (has_null(value->members[i].value))
			return true;
	return false;
}

static void
check_list(const struct json_value *list, size_t count, const char *what)
{
	is_text(json_get(list, TEXT("schemas"))->items[0]->text,
	    TEXT("urn:ietf:params:scim:api:messages:2.0:ListResponse"), "%s: a list", what);
	is_number(json_get(list, TEXT("Resources"))->count, count, "%s: all there are", what);
	ok(text_equal(string_at(list, "totalResults", NULL), string_at(list, "itemsPerPage", NULL)),
	    "%s: on one page", what);
	ok(!has_null(list), "%s: no nulls, Entra ID stumbles over them", what);
}

static void
test_schemas(struct arena *arena, struct buffer *buffer)
{
	struct json_value *list;

	scim_discovery_schemas(arena, buffer, BASE, TEXT(""));
	list = read_back(arena, buffer, "the list of schemas");
	check_list(list, 3, "schemas");
	for (size_t i = 0; scim_schemas[i] != NULL; i++) {
		struct json_value *item;

		scim_discovery_schema(arena, buffer, BASE, scim_schemas[i], TEXT(""));
		item = read_back(arena, buffer, scim_schemas[i]->name);
		ok(json_equal(item, json_get(list, TEXT("Resources"))->items[i]),
		    "%s is in the list as it is alone", scim_schemas[i]->name);
		is_text(string_at(item, "id", NULL), scim_schemas[i]->urn, "its id is its URN");
		is_number(json_get(item, TEXT("attributes"))->count, scim_schemas[i]->count,
		    "with all its attributes");
		is_text(string_at(item, "meta", "location"), arena_format(arena,
		    "https://id.example.com/scim/v2/acme/Schemas/%s", scim_schemas[i]->urn.start),
		    "its location");
	}
}

static void
test_attributes(struct arena *arena, struct buffer *buffer)
{
	const struct json_value *attributes, *emails, *type, *password, *active;

	scim_discovery_schema(arena, buffer, BASE, &scim_user_schema, TEXT(""));
	attributes = json_get(read_back(arena, buffer, "User"), TEXT("attributes"));
	is_text(string_at(named(attributes, "userName"), "uniqueness", NULL), TEXT("server"),
	    "userName: unique");
	ok(boolean_at(named(attributes, "userName"), "required", NULL), "userName: required");
	ok(json_get(named(attributes, "userName"), TEXT("caseExact")) != NULL &&
	    !boolean_at(named(attributes, "userName"), "caseExact", NULL),
	    "userName: without case");
	ok(json_get(named(attributes, "userName"), TEXT("subAttributes")) == NULL,
	    "userName: no sub-attributes");
	password = named(attributes, "password");
	is_text(string_at(password, "mutability", NULL), TEXT("writeOnly"), "password: write only");
	is_text(string_at(password, "returned", NULL), TEXT("never"), "password: never returned");
	is_text(string_at(named(attributes, "groups"), "mutability", NULL), TEXT("readOnly"),
	    "groups: read only");
	active = named(attributes, "active");
	is_text(string_at(active, "type", NULL), TEXT("boolean"), "active: boolean");
	ok(json_get(active, TEXT("caseExact")) == NULL, "active: has no case");
	emails = named(attributes, "emails");
	ok(boolean_at(emails, "multiValued", NULL), "emails: several");
	is_text(string_at(emails, "type", NULL), TEXT("complex"), "emails: complex");
	type = named(json_get(emails, TEXT("subAttributes")), "type");
	is_number(json_get(type, TEXT("canonicalValues"))->count, 3,
	    "emails.type: work, home, other");
	ok(json_get(type, TEXT("referenceTypes")) == NULL, "emails.type: refers to nothing");
	is_text(json_get(named(attributes, "profileUrl"), TEXT("referenceTypes"))->items[0]->text,
	    TEXT("external"), "profileUrl: refers to elsewhere");
}

static void
test_types(struct arena *arena, struct buffer *buffer)
{
	const struct json_value *list, *user, *group;
	struct json_value *alone;

	scim_discovery_types(arena, buffer, BASE, &everything);
	list = read_back(arena, buffer, "the list of resource types");
	check_list(list, 2, "resource types");
	user = named(json_get(list, TEXT("Resources")), "User");
	group = named(json_get(list, TEXT("Resources")), "Group");
	is_text(string_at(user, "endpoint", NULL), TEXT("/Users"), "User: endpoint");
	is_text(string_at(user, "schema", NULL), text_of(SCIM_USER_URN), "User: schema");
	is_text(string_at(json_get(user, TEXT("schemaExtensions"))->items[0], "schema", NULL),
	    text_of(SCIM_ENTERPRISE_URN), "User: its extension");
	ok(!boolean_at(json_get(user, TEXT("schemaExtensions"))->items[0], "required", NULL),
	    "which is not required");
	ok(json_get(group, TEXT("schemaExtensions")) == NULL, "Group: no extensions");
	is_text(string_at(group, "meta", "location"),
	    TEXT("https://id.example.com/scim/v2/acme/ResourceTypes/Group"), "Group: location");
	scim_discovery_type(arena, buffer, BASE, &scim_group_type, TEXT(""));
	alone = read_back(arena, buffer, "Group");
	ok(json_equal(alone, group), "Group is in the list as it is alone");
}

/* RFC 7643 7: what a client must send stands in the schema. */
static void
test_demands(struct arena *arena, struct buffer *buffer)
{
	const struct text required = TEXT("name.givenName,emails," SCIM_ENTERPRISE_URN ":department");
	struct scim_provisioning few = { .required_attributes = required };
	const struct json_value *attributes, *name, *list;

	scim_discovery_schema(arena, buffer, BASE, &scim_user_schema, required);
	attributes = json_get(read_back(arena, buffer, "User with demands"), TEXT("attributes"));
	name = named(attributes, "name");
	ok(boolean_at(name, "required", NULL), "name is needed for name.givenName");
	ok(boolean_at(named(json_get(name, TEXT("subAttributes")), "givenName"), "required", NULL),
	    "name.givenName is required");
	ok(!boolean_at(named(json_get(name, TEXT("subAttributes")), "familyName"), "required", NULL),
	    "name.familyName is not");
	ok(boolean_at(named(attributes, "emails"), "required", NULL), "emails are required");
	ok(!boolean_at(named(attributes, "title"), "required", NULL), "title is not");
	scim_discovery_types(arena, buffer, BASE, &few);
	list = read_back(arena, buffer, "types without groups");
	check_list(list, 1, "types without groups");
	ok(boolean_at(json_get(json_get(list, TEXT("Resources"))->items[0],
	    TEXT("schemaExtensions"))->items[0], "required", NULL), "the extension is required");
}

int
main(void)
{
	struct arena *arena = arena_create();
	struct buffer buffer = { 0 };

	test_config(arena, &buffer);
	test_config_of_little(arena, &buffer);
	test_schemas(arena, &buffer);
	test_attributes(arena, &buffer);
	test_types(arena, &buffer);
	test_demands(arena, &buffer);
	buffer_release(&buffer);
	arena_destroy(arena);
	return tap_done();
}
