/*
 * scim_schema.c - the tables are sound, and names find their rows.
 */
#include "scim/schema.h"
#include "unit/tap.h"

static const struct {
	const struct resource_type *type;
	const char *name;
	const struct schema *schema;        /* NULL: common */
	const char *attribute, *sub;        /* NULL: none */
} known[] = {
	{ &scim_user_type, "userName", &scim_user_schema, "userName", NULL },
	{ &scim_user_type, "USERNAME", &scim_user_schema, "userName", NULL },
	{ &scim_user_type, "NAME.givenname", &scim_user_schema, "name", "givenName" },
	{ &scim_user_type, "emails.value", &scim_user_schema, "emails", "value" },
	{ &scim_user_type, "groups.$REF", &scim_user_schema, "groups", "$ref" },
	{ &scim_user_type, "x509certificates", &scim_user_schema, "x509Certificates", NULL },
	{ &scim_user_type, "schemas", NULL, "schemas", NULL },
	{ &scim_user_type, "ID", NULL, "id", NULL },
	{ &scim_user_type, "meta.lastModified", NULL, "meta", "lastModified" },
	{ &scim_user_type, SCIM_USER_URN ":name.familyName", &scim_user_schema, "name",
	    "familyName" },
	{ &scim_user_type, SCIM_USER_URN ":externalId", NULL, "externalId", NULL },
	{ &scim_user_type, SCIM_USER_URN, &scim_user_schema, NULL, NULL },
	{ &scim_user_type, SCIM_ENTERPRISE_URN, &scim_enterprise_schema, NULL, NULL },
	{ &scim_user_type, "URN:IETF:PARAMS:scim:schemas:extension:enterprise:2.0:uSER",
	    &scim_enterprise_schema, NULL, NULL },
	{ &scim_user_type, SCIM_ENTERPRISE_URN ":department", &scim_enterprise_schema,
	    "department", NULL },
	{ &scim_user_type, SCIM_ENTERPRISE_URN ":manager.value", &scim_enterprise_schema,
	    "manager", "value" },
	{ &scim_user_type, SCIM_ENTERPRISE_URN ".manager", &scim_enterprise_schema, "manager",
	    NULL },
	{ &scim_group_type, "members.value", &scim_group_schema, "members", "value" },
	{ &scim_group_type, SCIM_GROUP_URN ":displayName", &scim_group_schema, "displayName",
	    NULL },
};

static const struct {
	const struct resource_type *type;
	const char *name;
	size_t known_until;
} unknown[] = {
	{ &scim_user_type, "", 0 },
	{ &scim_user_type, "shoeSize", 0 },
	{ &scim_user_type, "userNam", 0 },
	{ &scim_user_type, "userName2", 0 },
	{ &scim_user_type, "name.", 5 },
	{ &scim_user_type, "name.nick", 5 },
	{ &scim_user_type, "name.givenName.x", 5 },
	{ &scim_user_type, "userName.value", 9 },
	{ &scim_user_type, ".userName", 0 },
	{ &scim_user_type, "department", 0 },
	{ &scim_user_type, "members", 0 },
	{ &scim_user_type, SCIM_USER_URN ":", sizeof(SCIM_USER_URN) },
	{ &scim_user_type, SCIM_USER_URN ":department", sizeof(SCIM_USER_URN) },
	{ &scim_user_type, SCIM_USER_URN "X", 0 },
	{ &scim_user_type, SCIM_ENTERPRISE_URN ":id", sizeof(SCIM_ENTERPRISE_URN) },
	{ &scim_user_type, SCIM_ENTERPRISE_URN ":manager.x", sizeof(SCIM_ENTERPRISE_URN) + 8 },
	{ &scim_user_type, SCIM_GROUP_URN ":displayName", 0 },
	{ &scim_user_type, "urn:ietf:params:scim:schemas:core:1.0:User:userName", 0 },
	{ &scim_group_type, "userName", 0 },
	{ &scim_group_type, SCIM_ENTERPRISE_URN, 0 },
};

static struct text
name_of(const struct attribute *attribute)
{
	return attribute != NULL ? attribute->name : TEXT_NONE;
}

static void
test_known(void)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct text name = text_of(known[i].name);
		struct attribute_ref ref;
		size_t until;

		ok(scim_attribute_resolve(known[i].type, name, &ref, &until), "%s is known",
		    known[i].name);
		ok(ref.schema == known[i].schema, "%s: schema", known[i].name);
		is_text(name_of(ref.attribute), text_of(known[i].attribute), "%s: attribute",
		    known[i].name);
		is_text(name_of(ref.sub), text_of(known[i].sub), "%s: sub-attribute",
		    known[i].name);
		is_number(until, name.length, "%s: all of it is known", known[i].name);
	}
}

static void
test_unknown(void)
{
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		struct attribute_ref ref;
		size_t until = 99;

		ok(!scim_attribute_resolve(unknown[i].type, text_of(unknown[i].name), &ref, &until),
		    "\"%s\" is unknown", unknown[i].name);
		is_number(until, unknown[i].known_until, "\"%s\": where", unknown[i].name);
	}
}

static void
test_lookups(void)
{
	ok(scim_schema_find(TEXT("urn:ietf:params:scim:schemas:core:2.0:USER")) ==
	    &scim_user_schema, "a schema in any case");
	ok(scim_schema_find(TEXT("urn:ietf:params:scim:schemas:core:2.0:Robot")) == NULL,
	    "no such schema");
	ok(scim_type_find(TEXT("group")) == &scim_group_type, "a resource type");
	ok(scim_type_find(TEXT("Robot")) == NULL, "no such resource type");
	ok(scim_type_schema(&scim_user_type, text_of(SCIM_ENTERPRISE_URN)) ==
	    &scim_enterprise_schema, "a user's extension");
	ok(scim_type_schema(&scim_group_type, text_of(SCIM_ENTERPRISE_URN)) == NULL,
	    "groups do not have it");
	ok(scim_schema_is_extension(&scim_enterprise_schema), "EnterpriseUser is an extension");
	ok(!scim_schema_is_extension(&scim_group_schema), "Group is none");
	ok(!scim_schema_is_extension(NULL), "nor are the common attributes");
}

static void
test_references(void)
{
	struct attribute_ref a, b;
	size_t until;
	bool found = scim_attribute_resolve(&scim_user_type, TEXT("name.givenName"), &a, &until) &&
	    scim_attribute_resolve(&scim_user_type,
	    TEXT("urn:ietf:params:scim:schemas:core:2.0:User:NAME.GIVENNAME"), &b, &until);

	ok(found && scim_ref_equal(a, b), "two names of one attribute");
	is_text(scim_ref_leaf(a)->name, TEXT("givenName"), "it ends in the sub-attribute");
	b.sub = NULL;
	ok(!scim_ref_equal(a, b), "with and without sub-attribute differ");
	is_text(scim_ref_leaf(b)->name, TEXT("name"), "or in the attribute");
}

/* RFC 7643 2.2 and 2.3, for every row. */
static void
check_attribute(const struct attribute *attribute, bool is_sub)
{
	const char *name = attribute->name.start;
	bool text = attribute->type == TYPE_STRING || attribute->type == TYPE_REFERENCE ||
	    attribute->type == TYPE_BINARY;

	ok(attribute->description != NULL && attribute->description[0] != '\0', "%s is described",
	    name);
	ok((attribute->type == TYPE_COMPLEX) == (attribute->sub_count > 0),
	    "%s: complex ones have sub-attributes", name);
	ok(!is_sub || attribute->type != TYPE_COMPLEX, "%s: sub-attributes are simple (2.3.8)",
	    name);
	ok(!is_sub || !attribute->multi_valued, "%s: sub-attributes have one value", name);
	ok(text || !attribute->case_exact, "%s: only texts have case", name);
	ok(attribute->type != TYPE_REFERENCE || attribute->reference_types != NULL,
	    "%s: references say of what", name);
	ok((attribute->type != TYPE_REFERENCE && attribute->type != TYPE_BINARY) ||
	    attribute->case_exact, "%s: references and binaries are case-exact (2.3.6, 2.3.7)",
	    name);
	ok(attribute->mutability != WRITE_ONLY || attribute->returned == RETURNED_NEVER,
	    "%s: what is only written is never returned (7)", name);
	for (size_t i = 0; i < attribute->sub_count; i++) {
		check_attribute(&attribute->sub_attributes[i], true);
		ok(attribute->mutability != READ_ONLY ||
		    attribute->sub_attributes[i].mutability == READ_ONLY,
		    "%s: all of a read-only attribute is read-only", name);
	}
}

static void
check_schema(const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		check_attribute(&schema->attributes[i], false);
		ok(scim_attribute_find(schema->attributes, i, schema->attributes[i].name) == NULL,
		    "%s occurs once", schema->attributes[i].name.start);
	}
}

/* The characteristics on which other code relies. */
static void
test_characteristics(void)
{
	static const struct {
		const struct resource_type *type;
		const char *name;
		bool required, case_exact;
		enum mutability mutability;
		enum returned returned;
	} rows[] = {
		{ &scim_user_type, "userName", true, false, READ_WRITE, RETURNED_DEFAULT },
		{ &scim_user_type, "password", false, true, WRITE_ONLY, RETURNED_NEVER },
		{ &scim_user_type, "id", false, true, READ_ONLY, RETURNED_ALWAYS },
		{ &scim_user_type, "externalId", false, true, READ_WRITE, RETURNED_DEFAULT },
		{ &scim_user_type, "schemas", true, true, READ_WRITE, RETURNED_ALWAYS },
		{ &scim_user_type, "meta", false, false, READ_ONLY, RETURNED_DEFAULT },
		{ &scim_user_type, "groups", false, false, READ_ONLY, RETURNED_DEFAULT },
		{ &scim_user_type, "emails.value", false, false, READ_WRITE, RETURNED_DEFAULT },
		{ &scim_group_type, "displayName", true, false, READ_WRITE, RETURNED_DEFAULT },
		{ &scim_group_type, "members.value", false, true, IMMUTABLE, RETURNED_DEFAULT },
		{ &scim_group_type, "members.display", false, false, READ_ONLY, RETURNED_DEFAULT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct attribute_ref ref;
		size_t until;
		const struct attribute *leaf;

		if (!ok(scim_attribute_resolve(rows[i].type, text_of(rows[i].name), &ref, &until),
		    "%s", rows[i].name))
			continue;
		leaf = scim_ref_leaf(ref);
		ok(leaf->required == rows[i].required, "%s: required", rows[i].name);
		ok(leaf->case_exact == rows[i].case_exact, "%s: caseExact", rows[i].name);
		is_number(leaf->mutability, rows[i].mutability, "%s: mutability", rows[i].name);
		is_number(leaf->returned, rows[i].returned, "%s: returned", rows[i].name);
	}
}

int
main(void)
{
	test_known();
	test_unknown();
	test_lookups();
	test_references();
	test_characteristics();
	check_schema(&scim_common_schema);
	for (size_t i = 0; scim_schemas[i] != NULL; i++)
		check_schema(scim_schemas[i]);
	return tap_done();
}
