/*
 * ldif.c - people and groups of an LDAP directory: OpenLDAP, 389, Active Directory.
 *
 * Which attribute is what stands in the table below; --map ATTRIBUTE=COLUMN,
 * with the columns of CSV, overrides it.  Entries are people or groups by
 * their objectClass; others are passed over.
 */
#include <stdlib.h>

#include "base/fatal.h"
#include "scim/resource.h"
#include "transfer/column.h"
#include "transfer/dn.h"
#include "transfer/ldif_entry.h"

/* userAccountControl of Active Directory. */
#define ACCOUNT_DISABLE 2

/* For a column of one value the first attribute that is there decides. */
static const struct { const char *attribute, *column; } defaults[] = {
	{ "uid", "userName" }, { "userPrincipalName", "userName" }, { "sAMAccountName", "userName" },
	{ "mail", "userName" },
	{ "entryUUID", "externalId" }, { "objectGUID", "externalId" }, { "nsUniqueId", "externalId" },
	{ "ipaUniqueID", "externalId" },
	{ "displayName", "displayName" }, { "cn", "displayName" },
	{ "givenName", "name.givenName" }, { "sn", "name.familyName" },
	{ "mail", "emails.work" },
	{ "telephoneNumber", "phoneNumbers.work" }, { "mobile", "phoneNumbers.mobile" },
	{ "homePhone", "phoneNumbers.home" }, { "facsimileTelephoneNumber", "phoneNumbers.fax" },
	{ "pager", "phoneNumbers.pager" },
	{ "title", "title" }, { "employeeType", "userType" },
	{ "preferredLanguage", "preferredLanguage" },
	{ "street", "addresses.work.streetAddress" }, { "streetAddress", "addresses.work.streetAddress" },
	{ "l", "addresses.work.locality" }, { "st", "addresses.work.region" },
	{ "postalCode", "addresses.work.postalCode" }, { "c", "addresses.work.country" },
	{ "department", "department" }, { "departmentNumber", "department" },
	{ "employeeNumber", "employeeNumber" }, { "employeeID", "employeeNumber" },
	{ "company", "organization" }, { "o", "organization" },
	{ "manager", "manager" },
};

/* What is read besides the columns. */
static const char *const others[] = {
	"objectClass", "cn", "member", "uniqueMember", "memberUid",
	"userAccountControl", "nsAccountLock", "pwdAccountLockedTime",
};

static const char *const person_classes[] = {
	"inetOrgPerson", "organizationalPerson", "person", "user", "posixAccount", NULL
};
static const char *const group_classes[] = {
	"groupOfNames", "groupOfUniqueNames", "groupOfMembers", "group", "posixGroup", NULL
};
/* In Active Directory a computer is a user, and whom one only writes to is a person. */
static const char *const foreign_classes[] = { "computer", "contact", NULL };

struct rule {
	struct text attribute;
	struct column column;
};

struct ldif {
	struct ldif_reader reader;
	struct rule *rules;
	size_t count;
};

static struct ldif *
state_of(struct source *source)
{
	return source->state;
}

/* --- rules ------------------------------------------------------------------- */

static bool
wants(const void *context, struct text name)
{
	const struct ldif *ldif = context;

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (text_equal_nocase(name, text_of(others[i])))
			return true;
	for (size_t i = 0; i < ldif->count; i++)
		if (text_equal_nocase(name, ldif->rules[i].attribute))
			return true;
	return false;
}

/*
 * Does a --map stand in for this default: for its column, for its attribute's
 * part of the same SCIM attribute, or because the attribute is left out?
 */
static bool
is_replaced(const struct rule *maps, size_t count, const struct rule *rule)
{
	for (size_t i = 0; i < count; i++) {
		bool same = text_equal_nocase(maps[i].attribute, rule->attribute);

		if (same && maps[i].column.kind == COLUMN_LEFT_OUT)
			return true;
		if (maps[i].column.kind != COLUMN_ATTRIBUTE)
			continue;
		if (column_equal(&maps[i].column, &rule->column))
			return true;
		if (same && maps[i].column.ref.attribute == rule->column.ref.attribute)
			return true;
	}
	return false;
}

static bool
read_map(const struct source_map *map, struct rule *rule, struct text *sentence)
{
	rule->attribute = map->column;
	if (column_resolve(map->attribute, &rule->column) &&
	    (rule->column.kind == COLUMN_ATTRIBUTE || rule->column.kind == COLUMN_LEFT_OUT))
		return true;
	*sentence = TEXT("--map ATTRIBUTE=COLUMN: the attribute of LDAP stands before the =, and behind "
	    "it one of people, as userName, emails.work or department; or nothing, to leave it out.");
	return false;
}

/* The maps come first, so that they win over defaults. */
static bool
make_rules(struct ldif *ldif, const struct source_options *options, struct text *sentence)
{
	ldif->rules = calloc(options->map_count + COUNT_OF(defaults), sizeof(*ldif->rules));
	if (ldif->rules == NULL)
		fatal("out of memory");
	for (size_t i = 0; i < options->map_count; i++)
		if (!read_map(&options->maps[i], &ldif->rules[ldif->count++], sentence))
			return false;
	for (size_t i = 0; i < COUNT_OF(defaults); i++) {
		struct rule *rule = &ldif->rules[ldif->count];

		rule->attribute = text_of(defaults[i].attribute);
		if (!column_resolve(text_of(defaults[i].column), &rule->column))
			fatal("no column %s", defaults[i].column);
		ldif->count += !is_replaced(ldif->rules, options->map_count, rule);
	}
	return true;
}

static bool
begin(struct source *source, struct text *sentence)
{
	struct ldif *ldif = calloc(1, sizeof(*ldif));

	if (ldif == NULL)
		fatal("out of memory");
	source->state = ldif;
	ldif->reader.wants = wants;
	ldif->reader.context = ldif;
	return make_rules(ldif, source->options, sentence);
}

static void
end(struct source *source)
{
	struct ldif *ldif = state_of(source);

	buffer_release(&ldif->reader.line);
	free(ldif->rules);
	free(ldif);
}

/* --- values ------------------------------------------------------------------ */

/* Sixteen bytes as Microsoft writes them: the first three numbers in little-endian order. */
static struct text
guid_text(struct arena *arena, struct text bytes)
{
	static const unsigned char order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct buffer out = { 0 };
	struct text text;

	if (bytes.length != COUNT_OF(order))
		return bytes;
	for (size_t i = 0; i < COUNT_OF(order); i++)
		buffer_format(&out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		    (unsigned char)bytes.start[order[i]]);
	text = arena_copy(arena, buffer_text(&out));
	buffer_release(&out);
	return text;
}

static bool
is_manager(const struct column *column)
{
	return column->ref.schema == &scim_enterprise_schema &&
	    text_equal(column->ref.attribute->name, TEXT("manager"));
}

static struct text
converted(struct arena *arena, const struct rule *rule, struct text value)
{
	if (text_equal_nocase(rule->attribute, TEXT("objectGUID")))
		return guid_text(arena, value);
	if (is_manager(&rule->column) && text_find_byte(value, '=') < value.length)
		return dn_normal(arena, value);
	return value;
}

/* PostgreSQL holds no NUL, and SCIM no bytes. */
static bool
is_text(struct text value)
{
	return text_is_utf8(value) && text_find_byte(value, '\0') == value.length;
}

static bool
has_value(const struct json_value *list, struct text value)
{
	for (size_t i = 0; i < list->count; i++)
		if (json_is_string(json_get(list->items[i], TEXT("value")), value))
			return true;
	return false;
}

/* Another email or phone number; of emails the first is the primary one. */
static void
append_element(struct arena *arena, struct json_value *resource, const struct column *column,
    struct text value)
{
	struct text name = column->ref.attribute->name;
	struct json_value *list = json_get(resource, name), *element = json_new_object(arena);

	if (list == NULL) {
		list = json_new_array(arena);
		json_set(arena, resource, name, list);
	}
	if (has_value(list, value))
		return;
	json_set(arena, element, TEXT("value"), json_new_string(arena, value));
	if (text_is_set(column->type))
		json_set(arena, element, TEXT("type"), json_new_string(arena, column->type));
	if (list->count == 0 && text_equal(name, TEXT("emails")))
		json_set(arena, element, TEXT("primary"), json_new_boolean(arena, true));
	json_append(arena, list, element);
}

static bool
takes_several(const struct column *column)
{
	return column->ref.attribute->multi_valued && column->ref.sub != NULL &&
	    text_equal(column->ref.sub->name, TEXT("value"));
}

/* Has an earlier rule given the column its value? */
static bool
is_taken(const struct ldif *ldif, const struct ldif_entry *entry, size_t index)
{
	const struct rule *rule = &ldif->rules[index];

	for (size_t i = 0; i < index; i++)
		if (column_equal(&ldif->rules[i].column, &rule->column) &&
		    text_is_set(ldif_value(entry, ldif->rules[i].attribute, 0)))
			return true;
	return false;
}

static bool
apply_rule(const struct ldif *ldif, size_t index, const struct ldif_entry *entry,
    struct arena *arena, struct source_record *record)
{
	const struct rule *rule = &ldif->rules[index];
	struct text value;
	bool several;

	if (rule->column.kind != COLUMN_ATTRIBUTE)
		return true;
	several = takes_several(&rule->column);
	if (!several && is_taken(ldif, entry, index))
		return true;
	for (size_t n = 0; text_is_set(value = ldif_value(entry, rule->attribute, n)); n++) {
		value = converted(arena, rule, value);
		if (!is_text(value)) {
			(void)source_reject(arena, record, "The attribute %.*s is not UTF-8.",
			    TEXT_FORMAT(rule->attribute));
			return false;
		}
		if (several)
			append_element(arena, record->resource, &rule->column, value);
		else
			column_put(arena, record->resource, &rule->column, value);
		if (!several)
			break;
	}
	return true;
}

/* --- people ------------------------------------------------------------------ */

static bool
is_word(struct text value, const char *word)
{
	return text_equal_nocase(value, text_of(word));
}

/*
 * Active Directory and 389 say it in an attribute of their own.  OpenLDAP's
 * password policy locks for a while, or, with this time, until somebody
 * unlocks.  A directory that says nothing says nothing here either.
 */
static void
set_active(struct arena *arena, const struct ldif_entry *entry, struct json_value *resource)
{
	struct text control = ldif_value(entry, TEXT("userAccountControl"), 0);
	struct text lock = ldif_value(entry, TEXT("nsAccountLock"), 0);
	struct text time = ldif_value(entry, TEXT("pwdAccountLockedTime"), 0);
	bool locked = is_word(lock, "true") || is_word(time, "000001010000Z");
	long flags;

	if (json_get(resource, TEXT("active")) != NULL)
		return;         /* by --map */
	if (text_to_long(control, &flags))
		locked = locked || (flags & ACCOUNT_DISABLE) != 0;
	else if (!text_is_set(lock) && !locked)
		return;
	json_set(arena, resource, TEXT("active"), json_new_boolean(arena, !locked));
}

static enum source_step
take_person(const struct ldif *ldif, const struct ldif_entry *entry, struct arena *arena,
    struct source_record *record)
{
	const struct json_value *name;

	record->type = &scim_user_type;
	record->resource = json_new_object(arena);
	for (size_t i = 0; i < ldif->count; i++)
		if (!apply_rule(ldif, i, entry, arena, record))
			return SOURCE_REJECT;
	set_active(arena, entry, record->resource);
	name = json_get(record->resource, TEXT("userName"));
	if (name == NULL)
		return source_reject(arena, record, "It has no attribute that would be the userName (uid, "
		    "userPrincipalName, sAMAccountName or mail, if --map says nothing else). Say which it "
		    "is: --map ATTRIBUTE=userName.");
	record->subject = name->text;
	return SOURCE_RECORD;
}

/* --- groups ------------------------------------------------------------------ */

static void
add_member(struct arena *arena, struct json_value *members, struct text value, bool person)
{
	struct json_value *member = json_new_object(arena);

	json_set(arena, member, TEXT("value"), json_new_string(arena, value));
	if (person)
		json_set(arena, member, TEXT("type"), json_new_string(arena, TEXT("User")));
	json_append(arena, members, member);
}

/* member and uniqueMember are names of entries, memberUid are userNames. */
static bool
take_members(const struct ldif_entry *entry, struct arena *arena, struct source_record *record)
{
	struct json_value *members = json_new_array(arena);

	json_set(arena, record->resource, TEXT("members"), members);
	for (size_t i = 0; i < entry->count; i++) {
		const struct ldif_attribute *attribute = &entry->attributes[i];
		bool uid = is_word(attribute->name, "memberUid");

		if (!uid && !is_word(attribute->name, "member") &&
		    !is_word(attribute->name, "uniqueMember"))
			continue;
		/* Active Directory answers 1,500 at a time. */
		if (text_starts_nocase(attribute->options, TEXT("range="))) {
			(void)source_reject(arena, record, "The server gave only some of the members "
			    "(%.*s;%.*s). Ask for the others, too (a larger MaxValRange, or a client that "
			    "knows ranges).", TEXT_FORMAT(attribute->name), TEXT_FORMAT(attribute->options));
			return false;
		}
		if (!is_text(attribute->value)) {
			(void)source_reject(arena, record, "A member is not UTF-8.");
			return false;
		}
		/* groupOfNames must have a member, so that empty ones have an empty one. */
		if (attribute->value.length > 0)
			add_member(arena, members, uid ? attribute->value :
			    dn_normal(arena, attribute->value), uid);
	}
	return true;
}

static void
set_external_id(struct arena *arena, const struct ldif *ldif, const struct ldif_entry *entry,
    struct json_value *resource)
{
	for (size_t i = 0; i < ldif->count; i++) {
		const struct rule *rule = &ldif->rules[i];
		struct text value;

		if (rule->column.kind != COLUMN_ATTRIBUTE ||
		    !text_equal(rule->column.ref.attribute->name, TEXT("externalId")))
			continue;
		value = converted(arena, rule, ldif_value(entry, rule->attribute, 0));
		if (!text_is_set(value) || !is_text(value))
			continue;
		json_set(arena, resource, TEXT("externalId"), json_new_string(arena, value));
		return;
	}
}

static enum source_step
take_group(const struct ldif *ldif, const struct ldif_entry *entry, struct arena *arena,
    struct source_record *record)
{
	struct text name = ldif_value(entry, TEXT("cn"), 0);

	record->type = &scim_group_type;
	record->resource = json_new_object(arena);
	if (!text_is_set(name) || !is_text(name))
		return source_reject(arena, record, "The group has no cn that is UTF-8.");
	record->subject = name;
	json_set(arena, record->resource, TEXT("displayName"), json_new_string(arena, name));
	set_external_id(arena, ldif, entry, record->resource);
	return take_members(entry, arena, record) ? SOURCE_RECORD : SOURCE_REJECT;
}

/* --- entries ----------------------------------------------------------------- */

static bool
has_class(const struct ldif_entry *entry, const char *const *classes)
{
	struct text class;

	for (size_t n = 0; text_is_set(class = ldif_value(entry, TEXT("objectClass"), n)); n++)
		for (size_t i = 0; classes[i] != NULL; i++)
			if (is_word(class, classes[i]))
				return true;
	return false;
}

/* What the entry is to us; *passed_over: neither a person nor a group. */
static enum source_step
take_entry(const struct ldif *ldif, const struct ldif_entry *entry, struct arena *arena,
    struct source_record *record, bool *passed_over)
{
	if (!is_text(entry->dn))
		return source_reject(arena, record, "The name of the entry (dn) is not UTF-8.");
	record->reference = dn_normal(arena, entry->dn);
	if (!text_is_set(ldif_value(entry, TEXT("objectClass"), 0)))
		return source_reject(arena, record, "It has no objectClass, so that it cannot be told what "
		    "it is. Let the dump have that attribute, too.");
	if (has_class(entry, foreign_classes))
		*passed_over = true;
	else if (has_class(entry, person_classes))
		return take_person(ldif, entry, arena, record);
	else if (has_class(entry, group_classes))
		return take_group(ldif, entry, arena, record);
	else
		*passed_over = true;
	return SOURCE_RECORD;
}

static enum source_step
next(struct source *source, struct arena *arena, struct source_record *record)
{
	struct ldif *ldif = state_of(source);

	for (;;) {
		struct ldif_entry entry;
		bool passed_over = false;
		enum source_step step = ldif_next(source, &ldif->reader, arena, record, &entry);

		if (step == SOURCE_RECORD)
			step = take_entry(ldif, &entry, arena, record, &passed_over);
		if (!is_text(record->subject))
			record->subject = TEXT_NONE;
		if (!passed_over)
			return step;
		source->passed_over++;
	}
}

static struct text
without_first_line(struct text text)
{
	size_t end = text_find_byte(text, '\n');

	return text_after(text, end < text.length ? end + 1 : end);
}

static bool
recognises(struct text first)
{
	while (text_starts(first, TEXT("#")) || text_starts(first, TEXT("\n")) ||
	    text_starts(first, TEXT("\r\n")))
		first = without_first_line(first);
	return text_starts_nocase(first, TEXT("dn:")) || text_starts_nocase(first, TEXT("version: 1"));
}

const struct source_format source_ldif = {
	.name = "ldif", .place = "line", .extension = ".ldif", .takes_maps = true, .recognises = recognises,
	.begin = begin, .next = next, .end = end,
};
