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

static void
write_characteristics(struct json_writer *writer, const struct attribute *attribute)
{
	json_member_string(writer, TEXT("name"), attribute->name);
	member_name(writer, TEXT("type"), type_names[attribute->type]);
	json_member_boolean(writer, TEXT("multiValued"), attribute->multi_valued);
	member_name(writer, TEXT("description"), attribute->description);
	json_member_boolean(writer, TEXT("required"), attribute->required);
	write_strings(writer, TEXT("canonicalValues"), attribute->canonical_values);
	if (type_has_case[attribute->type])
		json_member_boolean(writer, TEXT("caseExact"), attribute->case_exact);
	member_name(writer, TEXT("mutability"), mutability_names[attribute->mutability]);
	member_name(writer, TEXT("returned"), returned_names[attribute->returned]);
	member_name(writer, TEXT("uniqueness"), uniqueness_names[attribute->uniqueness]);
	write_strings(writer, TEXT("referenceTypes"), attribute->reference_types);
}

/* RFC 7643 2.3.8: sub-attributes have no sub-attributes, so this goes one level deep. */
static void
write_attributes(struct json_writer *writer, struct text name,
    const struct attribute *attributes, size_t count)
{
	json_name(writer, name);
	json_begin_array(writer);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(writer);
		write_characteristics(writer, &attributes[i]);
		if (attributes[i].type == TYPE_COMPLEX)
			write_attributes(writer, TEXT("subAttributes"),
			    attributes[i].sub_attributes, attributes[i].sub_count);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void
write_schema(struct arena *arena, struct json_writer *writer, struct text base,
    const struct schema *schema)
{
	json_begin_object(writer);
	write_schemas(writer, TEXT("urn:ietf:params:scim:schemas:core:2.0:Schema"));
	json_member_string(writer, TEXT("id"), schema->urn);
	member_name(writer, TEXT("name"), schema->name);
	member_name(writer, TEXT("description"), schema->description);
	write_attributes(writer, TEXT("attributes"), schema->attributes, schema->count);
	write_meta(writer, TEXT("Schema"), arena_format(arena, "%.*s/Schemas/%.*s",
	    TEXT_FORMAT(base), TEXT_FORMAT(schema->urn)));
	json_end_object(writer);
}

static void
write_extensions(struct json_writer *writer, const struct resource_type *type)
{
	if (type->extensions[0] == NULL)
		return;
	json_name(writer, TEXT("schemaExtensions"));
	json_begin_array(writer);
	for (size_t i = 0; type->extensions[i] != NULL; i++) {
		json_begin_object(writer);
		json_member_string(writer, TEXT("schema"), type->extensions[i]->urn);
		json_member_boolean(writer, TEXT("required"), false);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void
write_type(struct arena *arena, struct json_writer *writer, struct text base,
    const struct resource_type *type)
{
	json_begin_object(writer);
	write_schemas(writer, TEXT("urn:ietf:params:scim:schemas:core:2.0:ResourceType"));
	json_member_string(writer, TEXT("id"), type->name);
	json_member_string(writer, TEXT("name"), type->name);
	member_name(writer, TEXT("description"), type->description);
	json_member_string(writer, TEXT("endpoint"), type->endpoint);
	json_member_string(writer, TEXT("schema"), type->schema->urn);
	write_extensions(writer, type);
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
    const struct schema *schema)
{
	struct json_writer writer = json_writer(buffer);

	write_schema(arena, &writer, base, schema);
}

void
scim_discovery_schemas(struct arena *arena, struct buffer *buffer, struct text base)
{
	struct json_writer writer = json_writer(buffer);
	size_t count = 0;

	while (scim_schemas[count] != NULL)
		count++;
	begin_list(&writer, count);
	for (size_t i = 0; i < count; i++)
		write_schema(arena, &writer, base, scim_schemas[i]);
	end_list(&writer);
}

void
scim_discovery_type(struct arena *arena, struct buffer *buffer, struct text base,
    const struct resource_type *type)
{
	struct json_writer writer = json_writer(buffer);

	write_type(arena, &writer, base, type);
}

void
scim_discovery_types(struct arena *arena, struct buffer *buffer, struct text base)
{
	struct json_writer writer = json_writer(buffer);
	size_t count = 0;

	while (scim_resource_types[count] != NULL)
		count++;
	begin_list(&writer, count);
	for (size_t i = 0; i < count; i++)
		write_type(arena, &writer, base, scim_resource_types[i]);
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

void
scim_discovery_config(struct arena *arena, struct buffer *buffer, struct text base,
    const struct scim_capabilities *capabilities)
{
	struct json_writer writer = json_writer(buffer);

	json_begin_object(&writer);
	write_schemas(&writer,
	    TEXT("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"));
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
	write_meta(&writer, TEXT("ServiceProviderConfig"),
	    arena_format(arena, "%.*s/ServiceProviderConfig", TEXT_FORMAT(base)));
	json_end_object(&writer);
}
