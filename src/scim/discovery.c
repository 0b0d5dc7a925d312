/*
 * discovery.c - the schema tables and limits as SCIM's own documents.
 */
#include "json/write.h"
#include "scim/discovery.h"

static const char *const type_names[] = {
	[TYPE_STRING] = "string", [TYPE_BOOLEAN] = "boolean", [TYPE_DECIMAL] = "decimal",
	[TYPE_INTEGER] = "integer", [TYPE_DATETIME] = "dateTime", [TYPE_BINARY] = "binary",
	[TYPE_REFERENCE] = "reference", [TYPE_COMPLEX] = "complex",
};

/* RFC 7643 2.3: the other types have no case sensitivity. */
static const bool type_has_case[] = {
	[TYPE_STRING] = true, [TYPE_BINARY] = true, [TYPE_REFERENCE] = true, [TYPE_COMPLEX] = false,
};

static const char *const mutability_names[] = {
	[READ_WRITE] = "readWrite", [READ_ONLY] = "readOnly", [IMMUTABLE] = "immutable",
	[WRITE_ONLY] = "writeOnly",
};

static const char *const returned_names[] = {
	[RETURNED_DEFAULT] = "default", [RETURNED_ALWAYS] = "always", [RETURNED_NEVER] = "never",
	[RETURNED_REQUEST] = "request",
};

static const char *const uniqueness_names[] = {
	[UNIQUENESS_NONE] = "none", [UNIQUENESS_SERVER] = "server", [UNIQUENESS_GLOBAL] = "global",
};

const char *
scim_type_word(const struct attribute *attribute)
{
	return type_names[attribute->type];
}

const char *
scim_mutability_word(const struct attribute *attribute)
{
	return mutability_names[attribute->mutability];
}

const char *
scim_returned_word(const struct attribute *attribute)
{
	return returned_names[attribute->returned];
}

static void
member_name(struct json_writer *writer, struct text name, const char *value)
{
	json_member_string(writer, name, text_of(value));
}

/* "schemas": one URN */
static void
write_schemas(struct json_writer *writer, struct text urn)
{
	json_name(writer, TEXT("schemas"));
	json_begin_array(writer);
	json_write_string(writer, urn);
	json_end_array(writer);
}

static void
write_meta(struct json_writer *writer, struct text resource_type, struct text location)
{
	json_name(writer, TEXT("meta"));
	json_begin_object(writer);
	json_member_string(writer, TEXT("resourceType"), resource_type);
	json_member_string(writer, TEXT("location"), location);
	json_end_object(writer);
}

/* Nothing at all when there are none: null would be refused by Entra ID. */
static void
write_strings(struct json_writer *writer, struct text name, const char *const *strings)
{
	if (strings == NULL)
		return;
	json_name(writer, name);
	json_begin_array(writer);
	for (; *strings != NULL; strings++)
		json_write_string(writer, text_of(*strings));
	json_end_array(writer);
}

/* What a list of attributes parted by commas says first; *rest becomes what follows. */
static struct text
take_name(struct text *rest)
{
	size_t comma = text_find_byte(*rest, ',');
	struct text name = text_first(*rest, comma);

	*rest = text_after(*rest, comma < rest->length ? comma + 1 : comma);
	return name;
}

/* Who must have name.givenName must have a name, too: an outer attribute is sub NULL. */
static bool
is_demanded(struct text required, const struct schema *schema, const struct attribute *attribute,
    const struct attribute *sub)
{
	while (required.length > 0) {
		struct attribute_ref ref;
		size_t known;

		if (scim_attribute_resolve(&scim_user_type, take_name(&required), &ref, &known) &&
		    ref.schema == schema && (attribute == NULL || ref.attribute == attribute) &&
		    (sub == NULL || ref.sub == sub))
			return true;
	}
	return false;
}

static void
write_characteristics(struct json_writer *writer, const struct attribute *attribute,
    bool demanded)
{
	json_member_string(writer, TEXT("name"), attribute->name);
	member_name(writer, TEXT("type"), scim_type_word(attribute));
	json_member_boolean(writer, TEXT("multiValued"), attribute->multi_valued);
	member_name(writer, TEXT("description"), attribute->description);
	json_member_boolean(writer, TEXT("required"), attribute->required || demanded);
	write_strings(writer, TEXT("canonicalValues"), attribute->canonical_values);
	if (type_has_case[attribute->type])
		json_member_boolean(writer, TEXT("caseExact"), attribute->case_exact);
	member_name(writer, TEXT("mutability"), scim_mutability_word(attribute));
	member_name(writer, TEXT("returned"), scim_returned_word(attribute));
	member_name(writer, TEXT("uniqueness"), uniqueness_names[attribute->uniqueness]);
	write_strings(writer, TEXT("referenceTypes"), attribute->reference_types);
}

static void
write_sub_attributes(struct json_writer *writer, const struct schema *schema,
    const struct attribute *attribute, struct text required)
{
	json_name(writer, TEXT("subAttributes"));
	json_begin_array(writer);
	for (size_t i = 0; i < attribute->sub_count; i++) {
		const struct attribute *sub = &attribute->sub_attributes[i];

		json_begin_object(writer);
		write_characteristics(writer, sub, is_demanded(required, schema, attribute, sub));
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* RFC 7643 2.3.8: sub-attributes have no sub-attributes, so this goes one level deep. */
static void
write_attributes(struct json_writer *writer, const struct schema *schema, struct text required)
{
	json_name(writer, TEXT("attributes"));
	json_begin_array(writer);
	for (size_t i = 0; i < schema->count; i++) {
		const struct attribute *attribute = &schema->attributes[i];

		json_begin_object(writer);
		write_characteristics(writer, attribute,
		    is_demanded(required, schema, attribute, NULL));
		if (attribute->type == TYPE_COMPLEX)
			write_sub_attributes(writer, schema, attribute, required);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void
write_schema(struct arena *arena, struct json_writer *writer, struct text base,
    const struct schema *schema, struct text required)
{
	json_begin_object(writer);
	write_schemas(writer, TEXT("urn:ietf:params:scim:schemas:core:2.0:Schema"));
	json_member_string(writer, TEXT("id"), schema->urn);
	member_name(writer, TEXT("name"), schema->name);
	member_name(writer, TEXT("description"), schema->description);
	write_attributes(writer, schema, required);
	write_meta(writer, TEXT("Schema"), arena_format(arena, "%.*s/Schemas/%.*s",
	    TEXT_FORMAT(base), TEXT_FORMAT(schema->urn)));
	json_end_object(writer);
}

static void
write_extensions(struct json_writer *writer, const struct resource_type *type,
    struct text required)
{
	if (type->extensions[0] == NULL)
		return;
	json_name(writer, TEXT("schemaExtensions"));
	json_begin_array(writer);
	for (size_t i = 0; type->extensions[i] != NULL; i++) {
		json_begin_object(writer);
		json_member_string(writer, TEXT("schema"), type->extensions[i]->urn);
		json_member_boolean(writer, TEXT("required"),
		    is_demanded(required, type->extensions[i], NULL, NULL));
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void
write_type(struct arena *arena, struct json_writer *writer, struct text base,
    const struct resource_type *type, struct text required)
{
	json_begin_object(writer);
	write_schemas(writer, TEXT("urn:ietf:params:scim:schemas:core:2.0:ResourceType"));
	json_member_string(writer, TEXT("id"), type->name);
	json_member_string(writer, TEXT("name"), type->name);
	member_name(writer, TEXT("description"), type->description);
	json_member_string(writer, TEXT("endpoint"), type->endpoint);
	json_member_string(writer, TEXT("schema"), type->schema->urn);
	write_extensions(writer, type, required);
	write_meta(writer, TEXT("ResourceType"), arena_format(arena, "%.*s/ResourceTypes/%.*s",
	    TEXT_FORMAT(base), TEXT_FORMAT(type->name)));
	json_end_object(writer);
}

/* RFC 7644 4: the lists of discovery are whole, never paged. */
static void
begin_list(struct json_writer *writer, size_t count)
{
	json_begin_object(writer);
	write_schemas(writer, TEXT("urn:ietf:params:scim:api:messages:2.0:ListResponse"));
	json_member_number(writer, TEXT("totalResults"), (long)count);
	json_member_number(writer, TEXT("startIndex"), 1);
	json_member_number(writer, TEXT("itemsPerPage"), (long)count);
	json_name(writer, TEXT("Resources"));
	json_begin_array(writer);
}

static void
end_list(struct json_writer *writer)
{
	json_end_array(writer);
	json_end_object(writer);
}

void
scim_discovery_schema(struct arena *arena, struct buffer *buffer, struct text base,
    const struct schema *schema, struct text required)
{
	struct json_writer writer = json_writer(buffer);

	write_schema(arena, &writer, base, schema, required);
}

void
scim_discovery_schemas(struct arena *arena, struct buffer *buffer, struct text base,
    struct text required)
{
	struct json_writer writer = json_writer(buffer);
	size_t count = 0;

	while (scim_schemas[count] != NULL)
		count++;
	begin_list(&writer, count);
	for (size_t i = 0; i < count; i++)
		write_schema(arena, &writer, base, scim_schemas[i], required);
	end_list(&writer);
}

void
scim_discovery_type(struct arena *arena, struct buffer *buffer, struct text base,
    const struct resource_type *type, struct text required)
{
	struct json_writer writer = json_writer(buffer);

	write_type(arena, &writer, base, type, required);
}

static bool
is_offered(const struct resource_type *type, const struct scim_provisioning *provisioning)
{
	return provisioning->push_groups || type != &scim_group_type;
}

void
scim_discovery_types(struct arena *arena, struct buffer *buffer, struct text base,
    const struct scim_provisioning *provisioning)
{
	struct json_writer writer = json_writer(buffer);
	size_t count = 0;

	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		count += is_offered(scim_resource_types[i], provisioning);
	begin_list(&writer, count);
	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		if (is_offered(scim_resource_types[i], provisioning))
			write_type(arena, &writer, base, scim_resource_types[i],
			    provisioning->required_attributes);
	end_list(&writer);
}

/* Opens { "supported": ... for the caller to go on. */
static void
begin_feature(struct json_writer *writer, struct text name, bool supported)
{
	json_name(writer, name);
	json_begin_object(writer);
	json_member_boolean(writer, TEXT("supported"), supported);
}

static void
write_feature(struct json_writer *writer, struct text name, bool supported)
{
	begin_feature(writer, name, supported);
	json_end_object(writer);
}

/* RFC 7643 5 requires the limits also where bulk is not supported. */
static void
write_bulk(struct json_writer *writer, const struct scim_capabilities *capabilities)
{
	begin_feature(writer, TEXT("bulk"), capabilities->bulk);
	json_member_number(writer, TEXT("maxOperations"), capabilities->bulk_operations);
	json_member_number(writer, TEXT("maxPayloadSize"), capabilities->bulk_bytes);
	json_end_object(writer);
}

static void
write_filter(struct json_writer *writer, const struct scim_capabilities *capabilities)
{
	begin_feature(writer, TEXT("filter"), true);
	json_member_number(writer, TEXT("maxResults"), capabilities->page_max);
	json_end_object(writer);
}

/* RFC 9865 2.4: index stays the method of clients that ask for neither. */
static void
write_pagination(struct json_writer *writer, const struct scim_capabilities *capabilities)
{
	json_name(writer, TEXT("pagination"));
	json_begin_object(writer);
	json_member_boolean(writer, TEXT("cursor"), capabilities->cursor);
	json_member_boolean(writer, TEXT("index"), true);
	json_member_string(writer, TEXT("defaultPaginationMethod"), TEXT("index"));
	json_member_number(writer, TEXT("defaultPageSize"), capabilities->page_default);
	json_member_number(writer, TEXT("maxPageSize"), capabilities->page_max);
	if (capabilities->cursor)
		json_member_number(writer, TEXT("cursorTimeout"), capabilities->cursor_seconds);
	json_end_object(writer);
}

static void
write_authentication(struct json_writer *writer)
{
	json_name(writer, TEXT("authenticationSchemes"));
	json_begin_array(writer);
	json_begin_object(writer);
	json_member_string(writer, TEXT("type"), TEXT("oauthbearertoken"));
	json_member_string(writer, TEXT("name"), TEXT("OAuth Bearer Token"));
	json_member_string(writer, TEXT("description"),
	    TEXT("A token of the organization in the Authorization header"));
	json_member_string(writer, TEXT("specUri"),
	    TEXT("https://www.rfc-editor.org/info/rfc6750"));
	json_member_boolean(writer, TEXT("primary"), true);
	json_end_object(writer);
	json_end_array(writer);
}

static void
write_provisioning(struct json_writer *writer, const struct scim_provisioning *provisioning)
{
	struct text required = provisioning->required_attributes;

	json_name(writer, TEXT(SCIM_PROVISIONING_URN));
	json_begin_object(writer);
	json_member_boolean(writer, TEXT("createUsers"), provisioning->create_users);
	json_member_boolean(writer, TEXT("updateUsers"), provisioning->update_users);
	json_member_boolean(writer, TEXT("deactivateUsers"), provisioning->deactivate_users);
	json_member_boolean(writer, TEXT("deleteUsers"), provisioning->delete_users);
	json_member_boolean(writer, TEXT("pushGroups"), provisioning->push_groups);
	json_name(writer, TEXT("requiredAttributes"));
	json_begin_array(writer);
	while (required.length > 0)
		json_write_string(writer, take_name(&required));
	json_end_array(writer);
	json_member_string(writer, TEXT("emailChange"), provisioning->email_change);
	json_end_object(writer);
}

void
scim_discovery_config(struct arena *arena, struct buffer *buffer, struct text base,
    const struct scim_capabilities *capabilities)
{
	struct json_writer writer = json_writer(buffer);

	json_begin_object(&writer);
	json_name(&writer, TEXT("schemas"));
	json_begin_array(&writer);
	json_write_string(&writer,
	    TEXT("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"));
	if (capabilities->provisioning != NULL)
		json_write_string(&writer, TEXT(SCIM_PROVISIONING_URN));
	json_end_array(&writer);
	if (text_is_set(capabilities->documentation))
		json_member_string(&writer, TEXT("documentationUri"), capabilities->documentation);
	write_feature(&writer, TEXT("patch"), capabilities->patch);
	write_bulk(&writer, capabilities);
	write_filter(&writer, capabilities);
	write_feature(&writer, TEXT("changePassword"), false);
	write_feature(&writer, TEXT("sort"), capabilities->sort);
	write_feature(&writer, TEXT("etag"), capabilities->etag);
	write_pagination(&writer, capabilities);
	write_authentication(&writer);
	if (capabilities->provisioning != NULL)
		write_provisioning(&writer, capabilities->provisioning);
	write_meta(&writer, TEXT("ServiceProviderConfig"),
	    arena_format(arena, "%.*s/ServiceProviderConfig", TEXT_FORMAT(base)));
	json_end_object(&writer);
}
