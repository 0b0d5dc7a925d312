/*
 * schema.c - the attributes of User, Group and EnterpriseUser as tables.
 *
 * They follow RFC 7643 8.7.1.  Where its JSON and its prose differ, the prose
 * decides: references and binaries are case-exact (2.3.6, 2.3.7), a group's
 * displayName is required (4.2), addresses have "primary" (2.4).  Identifiers
 * of other resources are as case-exact as the id they repeat (3.1).
 */
#include "base/compiler.h"
#include "scim/schema.h"

#define NAME(literal) { "" literal, sizeof(literal) - 1 }

#define STRING(literal) .name = NAME(literal), .type = TYPE_STRING
#define BOOLEAN(literal) .name = NAME(literal), .type = TYPE_BOOLEAN
#define DATETIME(literal) .name = NAME(literal), .type = TYPE_DATETIME
#define BINARY(literal) .name = NAME(literal), .type = TYPE_BINARY, .case_exact = true
#define REFERENCE(literal, types) \
	.name = NAME(literal), .type = TYPE_REFERENCE, .case_exact = true, .reference_types = types
#define COMPLEX(literal, table) \
	.name = NAME(literal), .type = TYPE_COMPLEX, .sub_attributes = table, \
	.sub_count = COUNT_OF(table)
#define PLURAL(literal, table) COMPLEX(literal, table), .multi_valued = true

/* The sub-attributes that follow "value" in every multi-valued attribute (RFC 7643 2.4). */
#define DISPLAY { STRING("display"), \
	.description = "A human-readable name, primarily used for display purposes." }
#define TYPE(canonical) { STRING("type"), .canonical_values = canonical, \
	.description = "A label indicating the attribute's function." }
#define PRIMARY { BOOLEAN("primary"), \
	.description = "A Boolean value indicating the preferred value of this attribute. The " \
	    "primary attribute value 'true' MUST appear no more than once." }

static const char *const work_home_other[] = { "work", "home", "other", NULL };
static const char *const phone_types[] = {
	"work", "home", "mobile", "fax", "pager", "other", NULL
};
static const char *const im_types[] = {
	"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", NULL
};
static const char *const photo_types[] = { "photo", "thumbnail", NULL };
static const char *const membership_types[] = { "direct", "indirect", NULL };
static const char *const user_or_group[] = { "User", "Group", NULL };
static const char *const only_user[] = { "User", NULL };
static const char *const only_group[] = { "Group", NULL };
static const char *const external[] = { "external", NULL };
static const char *const uri[] = { "uri", NULL };

static const struct attribute name_attributes[] = {
	{ STRING("formatted"),
	  .description = "The full name, including all middle names, titles, and suffixes as "
	      "appropriate, formatted for display (e.g., 'Ms. Barbara J Jensen, III')." },
	{ STRING("familyName"),
	  .description = "The family name of the User, or last name in most Western languages "
	      "(e.g., 'Jensen' given the full name 'Ms. Barbara J Jensen, III')." },
	{ STRING("givenName"),
	  .description = "The given name of the User, or first name in most Western languages "
	      "(e.g., 'Barbara' given the full name 'Ms. Barbara J Jensen, III')." },
	{ STRING("middleName"),
	  .description = "The middle name(s) of the User (e.g., 'Jane' given the full name 'Ms. "
	      "Barbara Jane Jensen, III')." },
	{ STRING("honorificPrefix"),
	  .description = "The honorific prefix(es) of the User, or title in most Western languages "
	      "(e.g., 'Ms.' given the full name 'Ms. Barbara J Jensen, III')." },
	{ STRING("honorificSuffix"),
	  .description = "The honorific suffix(es) of the User, or suffix in most Western "
	      "languages (e.g., 'III' given the full name 'Ms. Barbara J Jensen, III')." },
};

static const struct attribute email_attributes[] = {
	{ STRING("value"), .description = "An email address of the User." },
	DISPLAY, TYPE(work_home_other), PRIMARY,
};

static const struct attribute phone_attributes[] = {
	{ STRING("value"), .description = "A phone number of the User." },
	DISPLAY, TYPE(phone_types), PRIMARY,
};

static const struct attribute im_attributes[] = {
	{ STRING("value"), .description = "An instant messaging address of the User." },
	DISPLAY, TYPE(im_types), PRIMARY,
};

static const struct attribute photo_attributes[] = {
	{ REFERENCE("value", external), .description = "The URL of a photo of the User." },
	DISPLAY, TYPE(photo_types), PRIMARY,
};

static const struct attribute address_attributes[] = {
	{ STRING("formatted"),
	  .description = "The full mailing address, formatted for display or use with a mailing "
	      "label. This attribute MAY contain newlines." },
	{ STRING("streetAddress"),
	  .description = "The full street address component, which may include house number, "
	      "street name, P.O. box, and multi-line extended street address information. This "
	      "attribute MAY contain newlines." },
	{ STRING("locality"), .description = "The city or locality component." },
	{ STRING("region"), .description = "The state or region component." },
	{ STRING("postalCode"), .description = "The zip code or postal code component." },
	{ STRING("country"), .description = "The country name component." },
	TYPE(work_home_other), PRIMARY,
};

static const struct attribute user_group_attributes[] = {
	{ STRING("value"), .case_exact = true, .mutability = READ_ONLY,
	  .description = "The identifier of the User's group." },
	{ REFERENCE("$ref", only_group), .mutability = READ_ONLY,
	  .description = "The URI of the 'Group' resource to which the User belongs." },
	{ STRING("display"), .mutability = READ_ONLY,
	  .description = "The displayName of the group." },
	{ STRING("type"), .mutability = READ_ONLY, .canonical_values = membership_types,
	  .description = "A label indicating whether the membership is 'direct' or 'indirect'." },
};

static const struct attribute entitlement_attributes[] = {
	{ STRING("value"), .description = "The value of an entitlement." },
	DISPLAY, TYPE(NULL), PRIMARY,
};

static const struct attribute role_attributes[] = {
	{ STRING("value"), .description = "The value of a role." },
	DISPLAY, TYPE(NULL), PRIMARY,
};

static const struct attribute certificate_attributes[] = {
	{ BINARY("value"), .description = "The value of an X.509 certificate." },
	DISPLAY, TYPE(NULL), PRIMARY,
};

static const struct attribute user_attributes[] = {
	{ STRING("userName"), .required = true, .uniqueness = UNIQUENESS_SERVER,
	  .description = "Unique identifier for the User, typically used by the user to directly "
	      "authenticate to the service provider. Each User MUST include a non-empty userName "
	      "value. This identifier MUST be unique across the organization's entire set of "
	      "Users." },
	{ COMPLEX("name", name_attributes),
	  .description = "The components of the user's real name." },
	{ STRING("displayName"),
	  .description = "The name of the User, suitable for display to end-users. The name SHOULD "
	      "be the full name of the User being described, if known." },
	{ STRING("nickName"),
	  .description = "The casual way to address the user in real life, e.g., 'Bob' or 'Bobby' "
	      "instead of 'Robert'." },
	{ REFERENCE("profileUrl", external),
	  .description = "A fully qualified URL pointing to a page representing the User's online "
	      "profile." },
	{ STRING("title"), .description = "The user's title, such as 'Vice President'." },
	{ STRING("userType"),
	  .description = "Used to identify the relationship between the organization and the user. "
	      "Typical values are 'Contractor', 'Employee', 'Intern', 'Temp', 'External', and "
	      "'Unknown', but any value may be used." },
	{ STRING("preferredLanguage"),
	  .description = "Indicates the User's preferred written or spoken language, e.g., "
	      "'en-US'." },
	{ STRING("locale"),
	  .description = "Used to indicate the User's default location for purposes of localizing "
	      "items such as currency, date time format, or numerical representations." },
	{ STRING("timezone"),
	  .description = "The User's time zone in the 'Olson' time zone database format, e.g., "
	      "'America/Los_Angeles'." },
	{ BOOLEAN("active"),
	  .description = "A Boolean value indicating the User's administrative status." },
	{ STRING("password"), .case_exact = true, .mutability = WRITE_ONLY,
	  .returned = RETURNED_NEVER,
	  .description = "The User's cleartext password. It is accepted and neither used nor "
	      "stored: people sign in at their identity provider." },
	{ PLURAL("emails", email_attributes), .description = "Email addresses for the User." },
	{ PLURAL("phoneNumbers", phone_attributes), .description = "Phone numbers for the User." },
	{ PLURAL("ims", im_attributes),
	  .description = "Instant messaging addresses for the User." },
	{ PLURAL("photos", photo_attributes), .description = "URLs of photos of the User." },
	{ PLURAL("addresses", address_attributes),
	  .description = "Physical mailing addresses for the User." },
	{ PLURAL("groups", user_group_attributes), .mutability = READ_ONLY,
	  .description = "A list of groups to which the user belongs, either through direct "
	      "membership or through nested groups." },
	{ PLURAL("entitlements", entitlement_attributes),
	  .description = "A list of entitlements for the User that represent a thing the User "
	      "has." },
	{ PLURAL("roles", role_attributes),
	  .description = "A list of roles for the User that collectively represent who the User "
	      "is, e.g., 'Student', 'Faculty'." },
	{ PLURAL("x509Certificates", certificate_attributes),
	  .description = "A list of certificates issued to the User." },
};

static const struct attribute manager_attributes[] = {
	{ STRING("value"), .case_exact = true,
	  .description = "The id of the SCIM resource representing the User's manager." },
	{ REFERENCE("$ref", only_user),
	  .description = "The URI of the SCIM resource representing the User's manager." },
	{ STRING("displayName"), .mutability = READ_ONLY,
	  .description = "The displayName of the User's manager." },
};

static const struct attribute enterprise_attributes[] = {
	{ STRING("employeeNumber"),
	  .description = "Numeric or alphanumeric identifier assigned to a person, typically based "
	      "on order of hire or association with an organization." },
	{ STRING("costCenter"), .description = "Identifies the name of a cost center." },
	{ STRING("organization"), .description = "Identifies the name of an organization." },
	{ STRING("division"), .description = "Identifies the name of a division." },
	{ STRING("department"), .description = "Identifies the name of a department." },
	{ COMPLEX("manager", manager_attributes),
	  .description = "The User's manager. A complex type that optionally allows service "
	      "providers to represent organizational hierarchy by referencing the 'id' attribute "
	      "of another User." },
};

/* "display" is computed from the member, never stored, so that it cannot grow stale. */
static const struct attribute member_attributes[] = {
	{ STRING("value"), .case_exact = true, .mutability = IMMUTABLE,
	  .description = "Identifier of the member of this Group." },
	{ REFERENCE("$ref", user_or_group), .mutability = IMMUTABLE,
	  .description = "The URI of the SCIM resource that is a member of this Group." },
	{ STRING("display"), .mutability = READ_ONLY,
	  .description = "The displayName or userName of the member." },
	{ STRING("type"), .mutability = IMMUTABLE, .canonical_values = user_or_group,
	  .description = "A label indicating the type of resource, e.g., 'User' or 'Group'." },
};

static const struct attribute group_attributes[] = {
	{ STRING("displayName"), .required = true,
	  .description = "A human-readable name for the Group. REQUIRED." },
	{ PLURAL("members", member_attributes), .description = "A list of members of the Group." },
};

static const struct attribute meta_attributes[] = {
	{ STRING("resourceType"), .case_exact = true, .mutability = READ_ONLY,
	  .description = "The name of the resource type of the resource." },
	{ DATETIME("created"), .mutability = READ_ONLY,
	  .description = "When the resource was added to the service provider." },
	{ DATETIME("lastModified"), .mutability = READ_ONLY,
	  .description = "When the details of this resource were last updated." },
	{ REFERENCE("location", uri), .mutability = READ_ONLY,
	  .description = "The URI of the resource." },
	{ STRING("version"), .case_exact = true, .mutability = READ_ONLY,
	  .description = "The version of the resource, as in its ETag header." },
};

static const struct attribute common_attributes[] = {
	{ REFERENCE("schemas", uri), .multi_valued = true, .required = true,
	  .returned = RETURNED_ALWAYS,
	  .description = "The URIs of the schemas whose attributes the resource has." },
	{ STRING("id"), .case_exact = true, .mutability = READ_ONLY, .returned = RETURNED_ALWAYS,
	  .uniqueness = UNIQUENESS_SERVER,
	  .description = "A unique identifier for the resource, defined by the service provider." },
	{ STRING("externalId"), .case_exact = true,
	  .description = "An identifier for the resource, defined by the provisioning client." },
	{ COMPLEX("meta", meta_attributes), .mutability = READ_ONLY,
	  .description = "Metadata of the resource." },
};

const struct schema scim_user_schema = {
	.urn = NAME(SCIM_USER_URN), .name = "User", .description = "User Account",
	.attributes = user_attributes, .count = COUNT_OF(user_attributes),
};

const struct schema scim_group_schema = {
	.urn = NAME(SCIM_GROUP_URN), .name = "Group", .description = "Group",
	.attributes = group_attributes, .count = COUNT_OF(group_attributes),
};

const struct schema scim_enterprise_schema = {
	.urn = NAME(SCIM_ENTERPRISE_URN), .name = "EnterpriseUser",
	.description = "Enterprise User",
	.attributes = enterprise_attributes, .count = COUNT_OF(enterprise_attributes),
};

const struct schema scim_common_schema = {
	.urn = { NULL, 0 }, .name = "Common", .description = "Common attributes",
	.attributes = common_attributes, .count = COUNT_OF(common_attributes),
};

static const struct schema *const user_extensions[] = { &scim_enterprise_schema, NULL };
static const struct schema *const group_extensions[] = { NULL };

const struct resource_type scim_user_type = {
	.name = NAME("User"), .endpoint = NAME("/Users"), .description = "User Account",
	.schema = &scim_user_schema, .extensions = user_extensions,
};

const struct resource_type scim_group_type = {
	.name = NAME("Group"), .endpoint = NAME("/Groups"), .description = "Group",
	.schema = &scim_group_schema, .extensions = group_extensions,
};

const struct resource_type *const scim_resource_types[] = {
	&scim_user_type, &scim_group_type, NULL
};

const struct schema *const scim_schemas[] = {
	&scim_user_schema, &scim_group_schema, &scim_enterprise_schema, NULL
};
