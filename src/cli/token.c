/*
 * token.c - `scimlet token ...`: bearer tokens of identity providers.
 *
 * The database makes a token, keeps its digest, and tells it once, here.
 */
#include <stdio.h>

#include "cli/time.h"

#define PREFIX_MIN 4

static const struct cli_column columns[TOKEN_COLUMNS] = {
	[TOKEN_ID] = { "id", CLI_TEXT },
	[TOKEN_LABEL] = { "label", CLI_TEXT },
	[TOKEN_LAST_CHARACTERS] = { "last_four", CLI_TEXT },
	[TOKEN_SCOPES] = { "scopes", CLI_LIST },
	[TOKEN_CREATED] = { "created", CLI_TEXT },
	[TOKEN_CREATED_BY] = { "created_by", CLI_TEXT },
	[TOKEN_EXPIRES] = { "expires", CLI_TEXT },
	[TOKEN_REVOKED] = { "revoked", CLI_TEXT },
	[TOKEN_STATE] = { "state", CLI_TEXT },
	[TOKEN_LAST_USED] = { "last_used", CLI_TEXT },
	[TOKEN_LAST_USED_ADDRESS] = { "last_used_address", CLI_TEXT },
	[TOKEN_LAST_USED_AGENT] = { "last_used_agent", CLI_TEXT },
};

static bool
read_expiry(struct cli *cli, struct new_token *token)
{
	struct cli_time expires;

	if (!cli_read_time(cli, CLI_EXPIRES, "1y", &expires))
		return false;
	token->lifetime = expires.span;
	token->expires = expires.moment;
	return true;
}

/* The token alone, so that it can be piped to where it is kept; for programs with what belongs to it. */
static void
print_secret(struct cli *cli, const struct pg_rows *rows, struct text address)
{
	const struct cli_property properties[] = {
		{ .column = { "token", CLI_TEXT }, .value = pg_text(rows, 0, NEW_TOKEN_SECRET) },
		{ .column = { "id", CLI_TEXT }, .value = pg_text(rows, 0, NEW_TOKEN_ID) },
		{ .column = { "label", CLI_TEXT }, .value = pg_text(rows, 0, NEW_TOKEN_LABEL) },
		{ .column = { "expires", CLI_TEXT }, .value = pg_text(rows, 0, NEW_TOKEN_EXPIRES) },
		{ .column = { "address", CLI_TEXT }, .value = address },
	};
	struct cli_column names[COUNT_OF(properties)];
	struct text cells[COUNT_OF(properties)];

	if (cli->output == CLI_JSON) {
		cli_print_properties(cli, properties, COUNT_OF(properties));
		return;
	}
	if (cli->output == CLI_TABLE) {
		printf("%.*s\n", TEXT_FORMAT(properties[0].value));
		return;
	}
	for (size_t i = 0; i < COUNT_OF(properties); i++) {
		names[i] = properties[i].column;
		cells[i] = properties[i].value;
	}
	cli_print_table(cli, &(struct cli_table){ names, COUNT_OF(names), 1, cells });
}

static void
print_token(struct cli *cli, const struct pg_rows *rows)
{
	struct text address = cli_address(cli->session.arena, cli->session.org);

	print_secret(cli, rows, address);
	cli_say(cli, "The token is shown this once. It expires at %.*s; its id is %.*s.",
	    TEXT_FORMAT(pg_text(rows, 0, NEW_TOKEN_EXPIRES)),
	    TEXT_FORMAT(pg_text(rows, 0, NEW_TOKEN_ID)));
	if (text_is_set(address))
		cli_say(cli, "The identity provider calls %.*s", TEXT_FORMAT(address));
}

/* What a token could not be made for: the database says what cannot be, and what is in the way. */
static enum cli_status
not_made(const struct cli *cli)
{
	const char *state = pg_sqlstate(cli->session.pg);

	if (strcmp(state, "22023") == 0)
		return cli_fail(CLI_USAGE, "%s", pg_message(cli->session.pg));
	if (strcmp(pg_constraint(cli->session.pg), "tokens_require_sso") != 0)
		return cli_store_failed(cli);
	return cli_fail(CLI_REFUSED, "A token of \"%.*s\" needs single sign-on to be set up first; none "
	    "was made. `scimlet org set %.*s sso_protocol=saml sso_entity_id=... "
	    "sso_sign_on_url=https://...`, or `require_sso=off`.", TEXT_FORMAT(cli->session.org),
	    TEXT_FORMAT(cli->session.org));
}

enum cli_status
cli_token_create(struct cli *cli)
{
	struct new_token token = { cli->options[CLI_NAME], cli->options[CLI_SCOPES], TEXT_NONE,
		TEXT_NONE };
	struct pg_rows *rows;

	if (!text_is_set(token.label))
		token.label = TEXT("");
	if (!text_is_set(token.scopes))
		token.scopes = TEXT("users,groups");
	if (!read_expiry(cli, &token))
		return CLI_USAGE;
	pg_tell_everything(cli->session.pg);
	if (!store_token_create(&cli->session, &token, &rows))
		return not_made(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	print_token(cli, rows);
	return CLI_DONE;
}

/* The tokens of an organization that exists, else the status is not CLI_DONE. */
static enum cli_status
list_tokens(struct cli *cli, struct cli_table *table)
{
	struct pg_rows *rows;

	if (!store_token_list(&cli->session, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	*table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	if (!text_is_set(table->cells[TOKEN_ID]))
		table->row_count = 0;
	return CLI_DONE;
}

enum cli_status
cli_token_list(struct cli *cli)
{
	struct cli_table table;
	enum cli_status status = list_tokens(cli, &table);

	if (status != CLI_DONE)
		return status;
	cli_print_table(cli, &table);
	if (table.row_count == 0)
		cli_say(cli, "There is no token yet: `scimlet token create %.*s`.",
		    TEXT_FORMAT(cli->session.org));
	return CLI_DONE;
}

/* The row of the one token whose id begins so, in the second argument's words. */
static enum cli_status
find_token(struct cli *cli, const struct text **row)
{
	struct text wanted = cli->arguments[1];
	struct cli_table table;
	size_t matches = 0;
	enum cli_status status = list_tokens(cli, &table);

	if (status != CLI_DONE)
		return status;
	for (size_t i = 0; i < table.row_count && wanted.length >= PREFIX_MIN; i++) {
		const struct text *cells = table.cells + i * table.column_count;

		if (!text_starts_nocase(cells[TOKEN_ID], wanted))
			continue;
		*row = cells;
		matches++;
	}
	if (matches == 1)
		return CLI_DONE;
	if (matches > 1)
		return cli_fail(CLI_USAGE, "%zu tokens have an id that begins with \"%.*s\". Give more "
		    "of it.", matches, TEXT_FORMAT(wanted));
	return cli_fail(CLI_NOT_FOUND, "%.*s has no token \"%.*s\". Give an id of `scimlet token list "
	    "%.*s`, or its first characters, at least %d.", TEXT_FORMAT(cli->session.org),
	    TEXT_FORMAT(wanted), TEXT_FORMAT(cli->session.org), PREFIX_MIN);
}

static enum cli_status
replaced_before(const struct cli *cli)
{
	return cli_fail(CLI_REFUSED, "That token was revoked or replaced before; nothing was changed. "
	    "Make a new one: `scimlet token create %.*s`.", TEXT_FORMAT(cli->session.org));
}

static enum cli_status
replace(struct cli *cli, struct text id, const struct cli_time *grace, struct new_token *token)
{
	struct pg_rows *rows;

	pg_tell_everything(cli->session.pg);
	if (!store_token_replace(&cli->session, id, grace->span, grace->moment, token, &rows))
		return strcmp(pg_sqlstate(cli->session.pg), "55000") == 0 ? replaced_before(cli) :
		    not_made(cli);
	print_token(cli, rows);
	cli_say(cli, "The old token works until %.*s.",
	    TEXT_FORMAT(pg_text(rows, 0, NEW_TOKEN_OLD_ENDS)));
	return CLI_DONE;
}

enum cli_status
cli_token_replace(struct cli *cli)
{
	struct new_token token = { .label = TEXT_NONE };
	struct cli_time grace;
	const struct text *old;
	enum cli_status status;

	if (!cli_read_time(cli, CLI_GRACE, "24h", &grace) || !read_expiry(cli, &token))
		return CLI_USAGE;
	status = find_token(cli, &old);
	return status == CLI_DONE ? replace(cli, old[TOKEN_ID], &grace, &token) : status;
}

enum cli_status
cli_token_revoke(struct cli *cli)
{
	const struct text *token;
	struct pg_rows *rows;
	enum cli_status status = find_token(cli, &token);

	if (status == CLI_DONE)
		status = cli_confirm_here(cli, "The token \"%.*s\" (...%.*s) of %.*s will be refused for "
		    "good.", TEXT_FORMAT(cli_harmless(cli->session.arena, token[TOKEN_LABEL])),
		    TEXT_FORMAT(token[TOKEN_LAST_CHARACTERS]), TEXT_FORMAT(cli->session.org));
	if (status != CLI_DONE)
		return status;
	if (!store_token_revoke(&cli->session, token[TOKEN_ID], &rows))
		return cli_store_failed(cli);
	cli_say(cli, "The token \"%.*s\" (...%.*s) is refused from now on.",
	    TEXT_FORMAT(token[TOKEN_LABEL]), TEXT_FORMAT(token[TOKEN_LAST_CHARACTERS]));
	return CLI_DONE;
}
