/*
 * org.c - `scimlet org ...`: organizations and their settings.
 */
#include <stdlib.h>

#include "cli/cli.h"
#include "scim/token.h"

#define MOUNT "/scim/v2"
#define NAME_MAX_BYTES 200

/* What `org set` changes and `org show` explains; the columns' comments say the same in SQL. */
static const struct setting {
	const char *name;
	enum cli_kind kind;
	enum organization_column column;
	enum organization_change change;
	const char *standard, *meaning;
	const char *allowed;            /* words parted by " or "; NULL: any name */
} settings[] = {
	{ "name", CLI_TEXT, ORGANIZATION_NAME, CHANGE_NAME, "", "what people read", NULL },
	{ "provisioning", CLI_BOOLEAN, ORGANIZATION_PROVISIONING, CHANGE_PROVISIONING,
	    "on", "off: every SCIM call is answered 403", "on or off" },
	{ "provisioning_off_reason", CLI_TEXT, ORGANIZATION_PROVISIONING_OFF_REASON,
	    CHANGE_PROVISIONING_OFF_REASON, "", "why it is off, in the detail of that 403", NULL },
	{ "replace_without_target", CLI_TEXT, ORGANIZATION_REPLACE_WITHOUT_TARGET,
	    CHANGE_REPLACE_WITHOUT_TARGET, "refuse",
	    "a PATCH replace whose filter matches nothing: 400 noTarget (RFC 7644 3.5.2.3), or made "
	    "as Entra ID expects", "refuse or create" },
};

bool
cli_is_name(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.start[i] < ' ' || text.start[i] == 0x7f)
			return false;
	return text.length <= NAME_MAX_BYTES;
}

struct text
cli_address(struct arena *arena, struct text org)
{
	struct text url = text_of(getenv("SCIMLET_PUBLIC_URL"));
	const char *mount = getenv("SCIMLET_BASE");
	size_t authority;

	while (url.length > 0 && url.start[url.length - 1] == '/')
		url.length--;
	if (url.length == 0)
		return TEXT_NONE;
	authority = text_find(url, TEXT("://"));
	authority = authority == url.length ? 0 : authority + strlen("://");
	/* As the responder does it: an address without a path gets the mount point's. */
	if (text_find_byte(text_after(url, authority), '/') < url.length - authority)
		mount = "";
	else if (mount == NULL || mount[0] == '\0')
		mount = MOUNT;
	return arena_format(arena, "%.*s%s/%.*s", TEXT_FORMAT(url), mount, TEXT_FORMAT(org));
}

enum cli_status
cli_org_create(struct cli *cli)
{
	struct text org = cli->session.org, name = cli->options[CLI_NAME];
	bool created;

	if (!scim_is_org_key(org))
		return cli_fail(CLI_USAGE, "\"%.*s\" cannot be the key of an organization: 2 to 63 of "
		    "a-z, 0-9 and -, not starting with -.", TEXT_FORMAT(org));
	if (!cli_is_name(name))
		return cli_fail(CLI_USAGE, "A name has at most 200 bytes and no control characters.");
	if (!store_organization_create(&cli->session, name, &created))
		return cli_store_failed(cli);
	if (!created)
		return cli_fail(CLI_REFUSED, "There is an organization \"%.*s\" already. "
		    "See `scimlet org show %.*s`.", TEXT_FORMAT(org), TEXT_FORMAT(org));
	cli_say(cli, "The organization \"%.*s\" was created. Next: `scimlet token create %.*s`.",
	    TEXT_FORMAT(org), TEXT_FORMAT(org));
	return CLI_DONE;
}

enum cli_status
cli_org_list(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "org", CLI_TEXT }, { "name", CLI_TEXT }, { "created", CLI_TEXT },
		{ "provisioning", CLI_BOOLEAN }, { "tokens", CLI_NUMBER }, { "last_used", CLI_TEXT },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_organization_list(&cli->session, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	if (table.row_count == 0)
		cli_say(cli, "This login sees no organization. Make one with `scimlet org create KEY`, or "
		    "use the login that ran `scimlet init`.");
	return CLI_DONE;
}

static struct cli_property
setting_property(const struct setting *setting, const struct pg_rows *rows)
{
	return (struct cli_property){
		.column = { setting->name, setting->kind },
		.value = pg_text(rows, 0, setting->column),
		.standard = setting->standard,
		.meaning = setting->meaning,
	};
}

enum cli_status
cli_org_show(struct cli *cli)
{
	static const struct {
		struct cli_column shown;
		enum organization_column column;
	} facts[] = {
		{ { "org", CLI_TEXT }, ORGANIZATION_KEY },
		{ { "created", CLI_TEXT }, ORGANIZATION_CREATED },
		{ { "people", CLI_NUMBER }, ORGANIZATION_PEOPLE },
		{ { "groups", CLI_NUMBER }, ORGANIZATION_GROUPS },
		{ { "tokens", CLI_NUMBER }, ORGANIZATION_TOKENS },
	};
	struct cli_property properties[COUNT_OF(facts) + 1 + COUNT_OF(settings)] = { 0 };
	size_t count = 0;
	struct pg_rows *rows;

	if (!store_organization_show(&cli->session, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		properties[count++] = (struct cli_property){
			.column = facts[i].shown, .value = pg_text(rows, 0, facts[i].column) };
	properties[count++] = (struct cli_property){ .column = { "address", CLI_TEXT },
		.value = cli_address(cli->session.arena, cli->session.org) };
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		properties[count++] = setting_property(&settings[i], rows);
	cli_print_properties(cli, properties, count);
	if (!text_is_set(cli_address(cli->session.arena, cli->session.org)))
		cli_say(cli, "With SCIMLET_PUBLIC_URL set, the address to give to the identity provider "
		    "is shown.");
	return CLI_DONE;
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

static bool
check_value(const struct setting *setting, struct text value)
{
	if (setting->allowed == NULL ? cli_is_name(value) :
	    is_allowed(text_of(setting->allowed), value))
		return true;
	cli_fail(CLI_USAGE, "%s cannot be \"%.*s\": it is %s.", setting->name, TEXT_FORMAT(value),
	    setting->allowed != NULL ? setting->allowed :
	    "at most 200 bytes without control characters");
	return false;
}

static const struct setting *
find_setting(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (text_equal(name, text_of(settings[i].name)))
			return &settings[i];
	cli_fail(CLI_USAGE, "There is no setting \"%.*s\". Settings are:", TEXT_FORMAT(name));
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		cli_fail(CLI_USAGE, "  %s=%s", settings[i].name,
		    settings[i].allowed != NULL ? settings[i].allowed : "TEXT");
	return NULL;
}

static bool
read_change(struct text argument, struct text changes[ORGANIZATION_CHANGES])
{
	size_t equal_sign = text_find_byte(argument, '=');
	const struct setting *setting = find_setting(text_first(argument, equal_sign));
	struct text value;

	if (setting == NULL)
		return false;
	if (equal_sign == argument.length) {
		cli_fail(CLI_USAGE, "A value is needed: %s=...", setting->name);
		return false;
	}
	value = text_after(argument, equal_sign + 1);
	if (!check_value(setting, value))
		return false;
	changes[setting->change] = value;
	return true;
}

enum cli_status
cli_org_set(struct cli *cli)
{
	struct text changes[ORGANIZATION_CHANGES] = { TEXT_NONE };
	bool found;

	for (size_t i = 1; i < cli->argument_count; i++)
		if (!read_change(cli->arguments[i], changes))
			return CLI_USAGE;
	if (!store_organization_set(&cli->session, changes, &found))
		return cli_store_failed(cli);
	if (!found)
		return cli_no_organization(cli);
	cli_say(cli, "Changed. It holds from the next request on.");
	return CLI_DONE;
}
