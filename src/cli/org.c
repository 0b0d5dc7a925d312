/*
 * org.c - `scimlet org ...`: organizations and their settings.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/fatal.h"
#include "cli/setting.h"
#include "json/read.h"
#include "json/write.h"
#include "scim/token.h"

#define MOUNT "/scim/v2"
#define NAME_MAX_BYTES 200
#define FACTS_MAX 8

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
cli_org_delete(struct cli *cli)
{
	struct text org = cli->session.org, name;
	struct pg_rows *rows;
	enum cli_status status;
	bool deleted;

	if (!store_organization_show(&cli->session, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	name = pg_text(rows, 0, ORGANIZATION_NAME);
	status = cli_confirm(cli, org, "%.*s%s%.*s%s will be deleted. People: %ld, groups: %ld, tokens that "
	    "work: %ld; with them go all its settings, log and history. Nothing brings them back.", TEXT_FORMAT(org),
	    name.length > 0 ? " (" : "", TEXT_FORMAT(name), name.length > 0 ? ")" : "",
	    pg_number(rows, 0, ORGANIZATION_PEOPLE), pg_number(rows, 0, ORGANIZATION_GROUPS),
	    pg_number(rows, 0, ORGANIZATION_TOKENS));
	if (status != CLI_DONE)
		return status;
	if (!store_organization_delete(&cli->session, &deleted, &rows))
		return cli_store_failed(cli);
	if (!deleted)
		return cli_no_organization(cli);
	cli_say(cli, "%.*s is deleted. People: %ld, groups: %ld.", TEXT_FORMAT(org),
	    pg_number(rows, 0, ORGANIZATION_DELETED_PEOPLE), pg_number(rows, 0, ORGANIZATION_DELETED_GROUPS));
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
setting_property(struct arena *arena, const struct setting *setting,
    const struct json_value *settings)
{
	const struct json_value *value = json_get(settings, text_of(setting->name));

	return (struct cli_property){
		.column = { setting->name, CLI_TEXT },
		.value = cli_setting_show(arena, setting, value),
		.json = value != NULL ? json_to_text(arena, value) : TEXT("null"),
		.standard = setting->standard,
		.meaning = setting->meaning,
	};
}

/* What there is of the organization, and how it is called. */
static size_t
put_facts(struct cli *cli, struct cli_property *properties, const struct pg_rows *rows)
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

	for (size_t i = 0; i < COUNT_OF(facts); i++)
		properties[i] = (struct cli_property){
			.column = facts[i].shown, .value = pg_text(rows, 0, facts[i].column) };
	properties[COUNT_OF(facts)] = (struct cli_property){ .column = { "address", CLI_TEXT },
		.value = cli_address(cli->session.arena, cli->session.org) };
	properties[COUNT_OF(facts) + 1] = (struct cli_property){ .column = { "name", CLI_TEXT },
		.value = pg_text(rows, 0, ORGANIZATION_NAME), .standard = "",
		.meaning = "what people read" };
	return COUNT_OF(facts) + 2;
}

enum cli_status
cli_org_show(struct cli *cli)
{
	struct arena *arena = cli->session.arena;
	struct cli_property *properties =
	    arena_array(arena, FACTS_MAX + cli_setting_count, sizeof(*properties));
	struct json_value *settings;
	struct pg_rows *rows;
	size_t count;

	if (!store_organization_show(&cli->session, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	if (!json_read_stored(arena, pg_text(rows, 0, ORGANIZATION_SETTINGS), &settings))
		fatal("settings that are no JSON");
	count = put_facts(cli, properties, rows);
	for (size_t i = 0; i < cli_setting_count; i++)
		properties[count++] = setting_property(arena, &cli_settings[i], settings);
	cli_print_properties(cli, properties, count);
	if (!text_is_set(cli_address(arena, cli->session.org)))
		cli_say(cli, "With SCIMLET_PUBLIC_URL set, the address to give to the identity provider "
		    "is shown.");
	return CLI_DONE;
}

/* What may have been meant by it, or all there are. */
static void
tell_settings(struct cli *cli, struct text unknown)
{
	struct text *names = arena_array(cli->session.arena, cli_setting_count, sizeof(*names));
	const struct setting *near;

	for (size_t i = 0; i < cli_setting_count; i++)
		names[i] = text_of(cli_settings[i].name);
	near = cli_setting_find(cli_nearest(cli->session.arena, unknown, names, cli_setting_count));
	if (near != NULL) {
		cli_fail(CLI_USAGE, "There is no setting \"%.*s\". Did you mean %s=%s?",
		    TEXT_FORMAT(unknown), near->name, near->allowed);
		return;
	}
	cli_fail(CLI_USAGE, "There is no setting \"%.*s\". Settings are:", TEXT_FORMAT(unknown));
	fprintf(stderr, "  name=text of at most 200 bytes without control characters\n");
	for (size_t i = 0; i < cli_setting_count; i++)
		fprintf(stderr, "  %s=%s\n", cli_settings[i].name, cli_settings[i].allowed);
}

/* One NAME=VALUE, into changes; false, after saying so, when it cannot be. */
static bool
read_change(struct cli *cli, struct text argument, struct json_value *changes)
{
	size_t equal_sign = text_find_byte(argument, '=');
	struct text key = text_first(argument, equal_sign), value;
	const struct setting *setting = cli_setting_find(key);
	struct json_value *read;

	if (setting == NULL && !text_equal(key, TEXT("name"))) {
		tell_settings(cli, key);
		return false;
	}
	if (equal_sign == argument.length) {
		cli_fail(CLI_USAGE, "A value is needed: %.*s=...", TEXT_FORMAT(key));
		return false;
	}
	value = text_after(argument, equal_sign + 1);
	if (setting == NULL && !cli_is_name(value)) {
		cli_fail(CLI_USAGE, "A name has at most 200 bytes and no control characters.");
		return false;
	}
	read = setting == NULL ? json_new_string(cli->session.arena, value) :
	    cli_setting_read(cli, setting, value);
	if (read == NULL)
		return false;
	json_set(cli->session.arena, changes, key, read);
	return true;
}

/* The setting that the database refused, told by the name of a constraint; or NULL. */
static const struct setting *
refused_setting(const struct cli *cli)
{
	const struct text start = TEXT("organization_settings_"), end = TEXT("_check");
	struct text name = text_of(pg_constraint(cli->session.pg));

	if (!text_starts(name, start) || !text_ends(name, end))
		return NULL;
	return cli_setting_find((struct text){ name.start + start.length,
	    name.length - start.length - end.length });
}

enum cli_status
cli_org_set(struct cli *cli)
{
	struct json_value *changes = json_new_object(cli->session.arena);
	bool found;

	for (size_t i = 1; i < cli->argument_count; i++)
		if (!read_change(cli, cli->arguments[i], changes))
			return CLI_USAGE;
	pg_tell_everything(cli->session.pg);
	if (!store_organization_set(&cli->session, json_to_text(cli->session.arena, changes), &found)) {
		const struct setting *refused = refused_setting(cli);

		return refused == NULL ? cli_store_failed(cli) :
		    cli_fail(CLI_REFUSED, "%s cannot be that; nothing was changed. It is %s.",
		    refused->name, refused->allowed);
	}
	if (!found)
		return cli_no_organization(cli);
	cli_say(cli, "Changed. It holds from the next request on.");
	return CLI_DONE;
}
