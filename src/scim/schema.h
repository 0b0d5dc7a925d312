/*
 * schema.h - the attributes of SCIM as tables (RFC 7643 2, 4, 7, 8.7).
 *
 * Everything that depends on an attribute's characteristics reads these
 * tables: bodies, PATCH, filters, projection, /Schemas.  All is static.
 */
#ifndef SCIM_SCHEMA_H
#define SCIM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum attribute_type {
	TYPE_STRING,
	TYPE_BOOLEAN,
	TYPE_DECIMAL,
	TYPE_INTEGER,
	TYPE_DATETIME,
	TYPE_BINARY,
	TYPE_REFERENCE,
	TYPE_COMPLEX,
};

enum mutability {
	READ_WRITE,
	READ_ONLY,
	IMMUTABLE,
	WRITE_ONLY,
};

enum returned {
	RETURNED_DEFAULT,
	RETURNED_ALWAYS,
	RETURNED_NEVER,
	RETURNED_REQUEST,
};

enum uniqueness {
	UNIQUENESS_NONE,
	UNIQUENESS_SERVER,
	UNIQUENESS_GLOBAL,
};

struct attribute {
	struct text name;               /* in canonical case */
	enum attribute_type type;
	bool multi_valued;
	bool required;
	bool case_exact;
	enum mutability mutability;
	enum returned returned;
	enum uniqueness uniqueness;
	const char *description;
	const char *const *canonical_values;    /* ends in NULL; NULL: none */
	const char *const *reference_types;     /* likewise */
	const struct attribute *sub_attributes; /* of TYPE_COMPLEX */
	size_t sub_count;
};

struct schema {
	struct text urn;
	const char *name, *description;
	const struct attribute *attributes;
	size_t count;
};

struct resource_type {
	struct text name;               /* "User" */
	struct text endpoint;           /* "/Users" */
	const char *description;
	const struct schema *schema;
	const struct schema *const *extensions; /* ends in NULL; none is required */
};

/*
 * An attribute as named by a client: extension.manager.value is { enterprise
 * schema, manager, value }.  attribute NULL: the whole schema (an extension
 * URN alone).  schema NULL: one of the common attributes (id, externalId,
 * meta, schemas).
 */
struct attribute_ref {
	const struct schema *schema;
	const struct attribute *attribute;
	const struct attribute *sub;
};

extern const struct schema scim_user_schema, scim_enterprise_schema, scim_group_schema;
extern const struct schema scim_common_schema;  /* schemas, id, externalId, meta; has no URN */
extern const struct resource_type scim_user_type, scim_group_type;
/* Every resource type and every schema with a URN, each list ends in NULL. */
extern const struct resource_type *const scim_resource_types[];
extern const struct schema *const scim_schemas[];

#define SCIM_USER_URN "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_GROUP_URN "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_ENTERPRISE_URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/* Names and URNs are compared without case (RFC 7643 2.1); NULL when there is none. */
const struct attribute *scim_attribute_find(const struct attribute *attributes, size_t count,
    struct text name);
const struct attribute *scim_sub_attribute(const struct attribute *attribute, struct text name);
const struct schema *scim_schema_find(struct text urn);
const struct resource_type *scim_type_find(struct text name);
/* The resource type's own schema, or one of its extensions. */
const struct schema *scim_type_schema(const struct resource_type *type, struct text urn);

/*
 * Resolves a name as clients write it: "userName", "NAME.givenname",
 * "urn:...:core:2.0:User:name.familyName", "urn:...:enterprise:2.0:User",
 * "urn:...:User.manager" (Entra's inbound form).  False when the type has no such
 * attribute; then *known_until tells how many bytes of it were known.
 */
bool scim_attribute_resolve(const struct resource_type *type, struct text name,
    struct attribute_ref *ref, size_t *known_until);

/*
 * The same for an attribute that this type does not have and another does
 * (RFC 7644 3.4.2.1).
 */
bool scim_attribute_resolve_foreign(const struct resource_type *type, struct text name,
    struct attribute_ref *ref);

/* Is it an attribute of other types only? */
bool scim_ref_is_foreign(const struct resource_type *type, struct attribute_ref ref);

/* The attribute that a reference ends in: its sub-attribute when it has one. */
static inline const struct attribute *
scim_ref_leaf(struct attribute_ref ref)
{
	return ref.sub != NULL ? ref.sub : ref.attribute;
}

/* True for a schema that is no resource type's own: its attributes have their own container. */
bool scim_schema_is_extension(const struct schema *schema);

/* True when both name the same attribute and sub-attribute. */
bool scim_ref_equal(struct attribute_ref a, struct attribute_ref b);

#endif
