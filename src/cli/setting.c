/*
 * setting.c - the table of an organization's settings.
 */
#include "base/fold.h"
#include "cli/setting.h"
#include "scim/filter.h"

#define DAYS_MAX 3650
#define PEOPLE_MAX 2147483647
#define ADDRESS_MAX_BYTES 2000
#define ITEM_MAX_BYTES 1024

#define ON_OR_OFF "on or off"
#define DAYS "a number of days from 1 to 3650"

const struct setting cli_settings[] = {
	{ "provisioning", SETTING_SWITCH, "on", "off: every SCIM call is answered 403", ON_OR_OFF,
	    0, 0, NULL },
	{ "provisioning_off_reason", SETTING_TEXT, "", "why it is off, in the detail of that 403",
	    "text of at most 200 bytes without control characters", 0, 0, "" },
	{ "create_users", SETTING_SWITCH, "on",
	    "off: creating people, and bringing them back by creating them, is answered 403",
	    ON_OR_OFF, 0, 0, NULL },
	{ "update_users", SETTING_SWITCH, "on",
	    "off: changing people other than their active is answered 403", ON_OR_OFF, 0, 0, NULL },
	{ "deactivate_users", SETTING_SWITCH, "on",
	    "off: deactivating and reactivating people is answered 403", ON_OR_OFF, 0, 0, NULL },
	{ "delete_users", SETTING_SWITCH, "on", "off: deleting people is answered 403", ON_OR_OFF,
	    0, 0, NULL },
	{ "push_groups", SETTING_SWITCH, "on",
	    "off: every change of groups is answered 403; they can still be read", ON_OR_OFF,
	    0, 0, NULL },
	{ "require_sso", SETTING_SWITCH, "off",
	    "on: no token can be made before the three sso_ settings are set", ON_OR_OFF, 0, 0, NULL },
	{ "sso_protocol", SETTING_WORD, "none", "how people sign in", "saml or oidc or none",
	    0, 0, "none" },
	{ "sso_entity_id", SETTING_TEXT, "", "SAML entity id, or OpenID Connect issuer",
	    "text of at most 200 bytes without control characters", 0, 0, "" },
	{ "sso_sign_on_url", SETTING_ADDRESS, "", "where sign-in begins at the identity provider",
	    "an address that begins with https:// or http://, or empty", 0, 0, "" },
	{ "required_attributes", SETTING_ATTRIBUTES, "none",
	    "attributes that each person must have (name.givenName,emails): without, 400 invalidValue",
	    "attributes of people that can be written, parted by commas, or none", 0, 0, NULL },
	{ "allowed_domains", SETTING_DOMAINS, "any",
	    "domains that emails and userName, if it is one, must belong to: others, 400 invalidValue",
	    "domains such as example.com, parted by commas, or any", 0, 0, NULL },
	{ "email_change", SETTING_WORD, "allow",
	    "reassign: the primary email cannot be changed in place (400 mutability); who is deleted "
	    "and created again with the same externalId is the same person", "allow or reassign",
	    0, 0, NULL },
	{ "on_deactivate", SETTING_WORD, "suspend",
	    "active=false: suspend; or remove: unlinked from the account and out of all groups, kept "
	    "as a record", "suspend or remove", 0, 0, NULL },
	{ "on_delete", SETTING_WORD, "delete",
	    "DELETE: delete; or suspend: kept for keep_deleted days, hidden from SCIM",
	    "delete or suspend", 0, 0, NULL },
	{ "keep_deleted", SETTING_NUMBER, "30", "for how many days deleted people are kept",
	    "a number of days from 0 to 3650", 0, DAYS_MAX, NULL },
	{ "revive", SETTING_WORD, "external_id",
	    "which inactive or kept person a POST brings back with the same id: of the same "
	    "externalId, also of the same userName (user_name), or nobody",
	    "external_id or user_name or never", 0, 0, NULL },
	{ "groups_to_sync", SETTING_PATTERNS, "all",
	    "groups that the application sees; * and ? stand for any characters; others are stored "
	    "hidden", "names or patterns, parted by commas or one a line, or all", 0, 0, "all" },
	{ "unique_group_names", SETTING_SWITCH, "on",
	    "on: a second group of the same displayName is answered 409", ON_OR_OFF, 0, 0, NULL },
	{ "seat_limit", SETTING_NUMBER, "none",
	    "how many people may be active (logged in once and not deactivated) at a time",
	    "a number of people from 0 on, or none", 0, PEOPLE_MAX, "none" },
	{ "seat_policy", SETTING_WORD, "refuse",
	    "a first login over seat_limit: refuse; or allow and report it", "refuse or allow",
	    0, 0, NULL },
	{ "replace_without_target", SETTING_WORD, "refuse",
	    "a PATCH replace whose filter matches nothing: 400 noTarget (RFC 7644 3.5.2.3), or made "
	    "as Entra ID expects", "refuse or create", 0, 0, NULL },
	{ "guard_per_hour", SETTING_NUMBER, "50",
	    "more deactivations and deletions within an hour than the larger of this and "
	    "guard_percent are answered 429", "a number of people from 0 on, or off", 0, PEOPLE_MAX,
	    "off" },
	{ "guard_percent", SETTING_NUMBER, "20", "the same as a percentage of all people",
	    "a number from 0 to 100", 0, 100, NULL },
	{ "keep_log", SETTING_NUMBER, "90", "days after which `scimlet prune` removes the log", DAYS,
	    1, DAYS_MAX, NULL },
	{ "keep_audit", SETTING_NUMBER, "400",
	    "days after which `scimlet prune` removes the history of changes", DAYS, 1, DAYS_MAX,
	    NULL },
	{ "idp", SETTING_WORD, "detected",
	    "the identity provider, for words only; detected: by its User-Agent",
	    "detected or okta or entra or other", 0, 0, NULL },
};

const size_t cli_setting_count = COUNT_OF(cli_settings);

const struct setting *
cli_setting_find(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(cli_settings); i++)
		if (text_equal(name, text_of(cli_settings[i].name)))
			return &cli_settings[i];
	return NULL;
}

/* Is value one of the words parted by " or "? */
static bool
is_allowed(struct text allowed, struct text value)
{
	const struct text parting = TEXT(" or ");

	for (;;) {
		size_t end = text_find(allowed, parting);

		if (text_equal(text_first(allowed, end), value))
			return true;
		if (end == allowed.length)
			return false;
		allowed = text_after(allowed, end + parting.length);
	}
}

static struct json_value *
read_switch(struct arena *arena, struct text value)
{
	return is_allowed(TEXT(ON_OR_OFF), value) ?
	    json_new_boolean(arena, text_equal(value, TEXT("on"))) : NULL;
}

static struct json_value *
read_number(struct arena *arena, const struct setting *setting, struct text value)
{
	long number;

	if (!text_to_long(value, &number) || number < setting->least || number > setting->most)
		return NULL;
	return json_new_number(arena, arena_format(arena, "%ld", number));
}

static struct json_value *
read_text(struct arena *arena, struct text value)
{
	return cli_is_name(value) ? json_new_string(arena, value) : NULL;
}

/* It becomes a link: nothing but an address of the web can be one. */
static struct json_value *
read_address(struct arena *arena, struct text value)
{
	if (!text_starts(value, TEXT("https://")) && !text_starts(value, TEXT("http://")))
		return NULL;
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.start[i] <= ' ' || value.start[i] == 0x7f)
			return NULL;
	return value.length <= ADDRESS_MAX_BYTES ? json_new_string(arena, value) : NULL;
}

/* The attribute in its canonical spelling; NULL when nobody could ever have it. */
static struct json_value *
read_attribute(struct arena *arena, struct text item)
{
	struct attribute_ref ref;
	const struct attribute *leaf;
	size_t known;

	if (!scim_attribute_resolve(&scim_user_type, item, &ref, &known) || ref.attribute == NULL)
		return NULL;
	leaf = scim_ref_leaf(ref);
	if (ref.attribute->mutability == READ_ONLY || leaf->mutability == READ_ONLY ||
	    leaf->returned == RETURNED_NEVER || text_equal(leaf->name, TEXT("schemas")))
		return NULL;
	return json_new_string(arena, scim_ref_print(arena, ref));
}

static struct json_value *
read_domain(struct arena *arena, struct text item)
{
	struct text domain = base_fold(arena, text_starts(item, TEXT("@")) ? text_after(item, 1) : item);

	for (size_t i = 0; i < domain.length; i++)
		if ((unsigned char)domain.start[i] < 0x80 &&
		    strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", domain.start[i]) == NULL)
			return NULL;
	if (domain.length == 0 || domain.length > ITEM_MAX_BYTES || domain.start[0] == '.')
		return NULL;
	return json_new_string(arena, domain);
}

static struct json_value *
read_item(struct arena *arena, enum setting_kind kind, struct text item)
{
	if (kind == SETTING_ATTRIBUTES)
		return read_attribute(arena, item);
	if (kind == SETTING_DOMAINS)
		return read_domain(arena, item);
	return item.length <= ITEM_MAX_BYTES ? json_new_string(arena, item) : NULL;
}

static bool
has(const struct json_value *list, const struct json_value *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (json_equal(list->items[i], item))
			return true;
	return false;
}

/*
 * Names of groups may have commas: where there are lines, only lines part
 * them.  *wrong becomes the item that cannot be.
 */
static struct json_value *
read_list(struct arena *arena, const struct setting *setting, struct text value,
    struct text *wrong)
{
	struct json_value *list = json_new_array(arena);
	bool lines = setting->kind == SETTING_PATTERNS && text_find_byte(value, '\n') < value.length;

	while (value.length > 0) {
		size_t end = 0;
		struct json_value *item;

		while (end < value.length && value.start[end] != '\n' && (lines || value.start[end] != ','))
			end++;
		*wrong = text_trim(text_first(value, end));
		if (text_ends(*wrong, TEXT("\r")))
			*wrong = text_trim(text_first(*wrong, wrong->length - 1));
		value = text_after(value, end < value.length ? end + 1 : end);
		if (wrong->length == 0)
			continue;
		item = read_item(arena, setting->kind, *wrong);
		if (item == NULL)
			return NULL;
		if (!has(list, item))
			json_append(arena, list, item);
	}
	return list;
}

static struct json_value *
read_value(struct arena *arena, const struct setting *setting, struct text value,
    struct text *wrong)
{
	switch (setting->kind) {
	case SETTING_TEXT:
		return read_text(arena, value);
	case SETTING_ADDRESS:
		return read_address(arena, value);
	case SETTING_SWITCH:
		return read_switch(arena, value);
	case SETTING_WORD:
		return is_allowed(text_of(setting->allowed), value) ? json_new_string(arena, value) : NULL;
	case SETTING_NUMBER:
		return read_number(arena, setting, value);
	case SETTING_ATTRIBUTES:
	case SETTING_DOMAINS:
	case SETTING_PATTERNS:
		/* An empty list of required attributes or domains is its default. */
		if (text_equal(value, text_of(setting->standard)))
			return json_new_array(arena);
		return read_list(arena, setting, value, wrong);
	}
	return NULL;
}

struct json_value *
cli_setting_read(struct cli *cli, const struct setting *setting, struct text value)
{
	struct arena *arena = cli->session.arena;
	struct text wrong = value;
	struct json_value *read;

	if (setting->none != NULL && text_equal(value, text_of(setting->none)))
		return json_new_null(arena);
	read = read_value(arena, setting, value, &wrong);
	if (read == NULL)
		cli_fail(CLI_USAGE, "%s cannot be \"%.*s\": it is %s.", setting->name,
		    TEXT_FORMAT(wrong), setting->allowed);
	return read;
}

static struct text
show_list(struct arena *arena, const struct setting *setting, const struct json_value *list)
{
	struct text shown = TEXT(""), parting = TEXT(",");

	/* Nothing to ask for is the default; no group at all is something else. */
	if (list->count == 0 && setting->kind != SETTING_PATTERNS)
		return text_of(setting->standard);
	for (size_t i = 0; i < list->count; i++)
		if (text_find_byte(list->items[i]->text, ',') < list->items[i]->text.length)
			parting = TEXT("\n");
	for (size_t i = 0; i < list->count; i++)
		shown = ARENA_JOIN(arena, shown, list->items[i]->text,
		    i + 1 < list->count || (list->count == 1 && parting.start[0] == '\n') ? parting :
		    TEXT(""));
	return shown;
}

struct text
cli_setting_show(struct arena *arena, const struct setting *setting,
    const struct json_value *value)
{
	if (value == NULL || value->kind == JSON_NULL)
		return text_of(setting->none);
	if (value->kind == JSON_BOOLEAN)
		return value->boolean ? TEXT("on") : TEXT("off");
	if (value->kind == JSON_ARRAY)
		return show_list(arena, setting, value);
	return value->text;
}
