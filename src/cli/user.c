/*
 * user.c - `scimlet user ...`, and what protects groups.
 */
#include <limits.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "cli/choice.h"
#include "store/index.h"
#include "store/login.h"
#include "store/note.h"
#include "store/person.h"

#define PERSON 1        /* where it stands in the arguments */
#define ACCOUNT 2

/* The one person that the second argument names, as a row of person_find. */
static enum cli_status
find_person(struct cli *cli, struct pg_rows **rows)
{
	struct text wanted = cli->arguments[PERSON], org = cli->session.org;

	if (!store_person_find(&cli->session, wanted, rows))
		return cli_store_failed(cli);
	if (pg_count(*rows) == 1)
		return CLI_DONE;
	if (pg_count(*rows) > 1)
		return cli_fail(CLI_USAGE, "Several people of %.*s are \"%.*s\". Give a userName or an "
		    "id of `scimlet user list %.*s`.", TEXT_FORMAT(org), TEXT_FORMAT(wanted),
		    TEXT_FORMAT(org));
	return cli_fail(CLI_NOT_FOUND, "%.*s has nobody called \"%.*s\". `scimlet why %.*s %.*s` tells "
	    "more.", TEXT_FORMAT(org), TEXT_FORMAT(wanted), TEXT_FORMAT(org), TEXT_FORMAT(wanted));
}

/* People on a page: with more, memory grows and the first line comes later. */
#define PAGE 1000
#define PAGE_MICROSECONDS ((int64_t)60 * 1000000)

static const struct cli_column list_columns[PEOPLE_KEY] = {
	[PEOPLE_USER_NAME] = { "user_name", CLI_TEXT }, [PEOPLE_STATUS] = { "status", CLI_TEXT },
	[PEOPLE_DISPLAY_NAME] = { "display_name", CLI_TEXT }, [PEOPLE_EMAIL] = { "email", CLI_TEXT },
	[PEOPLE_ACCOUNT] = { "account", CLI_TEXT }, [PEOPLE_LAST_LOGIN] = { "last_login", CLI_TEXT },
	[PEOPLE_ID] = { "id", CLI_TEXT },
};

/* The organization exists, and the options are read; else the status is not CLI_DONE. */
static enum cli_status
read_query(struct cli *cli, struct people_query *query, long *limit)
{
	struct text filter = cli->options[CLI_FILTER], most = cli->options[CLI_LIMIT];
	struct filter *parsed;
	bool known;

	*query = (struct people_query){ .status = cli->options[CLI_STATUS], .after = TEXT_NONE };
	*limit = LONG_MAX;
	if (text_is_set(query->status) && !cli_is_choice(CLI_STATUS, query->status))
		return cli_fail(CLI_USAGE, "There is no status \"%.*s\". People are provisioned, active, "
		    "suspended or removed.", TEXT_FORMAT(query->status));
	if (text_is_set(most) && (!text_to_long(most, limit) || *limit <= 0))
		return cli_fail(CLI_USAGE, "--limit cannot be \"%.*s\": it is a number from 1 on.",
		    TEXT_FORMAT(most));
	if (text_is_set(filter)) {
		if (!scim_filter_parse(cli->session.arena, &scim_user_type, filter, &parsed, &cli->error))
			return cli_filter_refused(cli);
		query->filter = parsed;
	}
	if (!store_index_of_org(&cli->session, &known, &query->indexed))
		return cli_store_failed(cli);
	return known ? CLI_DONE : cli_no_organization(cli);
}

struct listing {
	struct cli *cli;
	struct people_query query;
	struct text base;
	struct cli_stream stream;
	struct buffer after;            /* query.after points into it */
	long left;                      /* of --limit */
	bool more;
};

/* Prints a page; false: the database failed. */
static bool
print_page(struct listing *listing)
{
	struct cli *cli = listing->cli;
	struct plan plan;
	struct cli_table table;
	struct pg_rows *rows;

	listing->query.count = listing->left < PAGE ? listing->left : PAGE;
	plan = store_plan_people(cli->session.arena, cli->session.org, listing->base, &listing->query);
	pg_set_deadline(cli->session.pg, clock_microseconds() + PAGE_MICROSECONDS);
	if (!store_person_page(&cli->session, &plan, &rows))
		return false;
	table = cli_table_of(cli, list_columns, COUNT_OF(list_columns), rows);
	cli_stream_rows(cli, &listing->stream, &table);
	listing->left -= (long)table.row_count;
	listing->more = listing->left > 0 && (long)table.row_count == plan.limit && !ferror(stdout);
	if (listing->more) {
		buffer_clear(&listing->after);
		buffer_append(&listing->after, pg_text(rows, (int)table.row_count - 1, PEOPLE_KEY));
		listing->query.after = buffer_text(&listing->after);
	}
	return true;
}

/* Each page in memory of its own, so that a million are listed in the room of a thousand. */
static bool
print_pages(struct listing *listing)
{
	struct session *session = &listing->cli->session;
	struct arena *arena = session->arena, *page = arena_create();
	bool fine;

	session->arena = page;
	pg_set_arena(session->pg, page);
	do {
		arena_reset(page);
		fine = print_page(listing);
	} while (fine && listing->more);
	session->arena = arena;
	pg_set_arena(session->pg, arena);
	arena_destroy(page);
	buffer_release(&listing->after);
	return fine;
}

enum cli_status
cli_user_list(struct cli *cli)
{
	struct listing listing = { .cli = cli };
	enum cli_status status = read_query(cli, &listing.query, &listing.left);

	if (status != CLI_DONE)
		return status;
	listing.base = cli_address(cli->session.arena, cli->session.org);
	if (!text_is_set(listing.base))
		listing.base = TEXT("");
	if (!print_pages(&listing))
		return cli_store_failed(cli);
	cli_stream_end(cli, &listing.stream);
	return CLI_DONE;
}

static enum cli_status
show_history(struct cli *cli, struct text id)
{
	struct pg_rows *rows;

	if (!store_history(&cli->session, id, &rows))
		return cli_store_failed(cli);
	cli_print_history(cli, rows);
	return CLI_DONE;
}

enum cli_status
cli_user_show(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "id", CLI_TEXT }, { "user_name", CLI_TEXT }, { "external_id", CLI_TEXT },
		{ "status", CLI_TEXT }, { "active", CLI_BOOLEAN }, { "protected", CLI_BOOLEAN },
		{ "display_name", CLI_TEXT }, { "email", CLI_TEXT }, { "title", CLI_TEXT },
		{ "department", CLI_TEXT }, { "account", CLI_TEXT }, { "login_subject", CLI_TEXT },
		{ "linked", CLI_TEXT }, { "last_login", CLI_TEXT }, { "created", CLI_TEXT },
		{ "last_modified", CLI_TEXT }, { "groups", CLI_TEXT },
	};
	struct cli_property properties[COUNT_OF(columns)] = { 0 };
	struct pg_rows *rows;
	enum cli_status status = find_person(cli, &rows);

	if (status != CLI_DONE)
		return status;
	if (text_is_set(cli->options[CLI_HISTORY]))
		return show_history(cli, pg_text(rows, 0, PERSON_ID));
	if (!store_person_show(&cli->session, pg_text(rows, 0, PERSON_ID), &rows))
		return cli_store_failed(cli);
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		properties[i] = (struct cli_property){
			.column = columns[i], .value = pg_text(rows, 0, (int)i) };
	cli_print_properties(cli, properties, COUNT_OF(columns));
	return CLI_DONE;
}

static enum cli_status
protect_user(struct cli *cli, bool protect)
{
	struct pg_rows *person, *rows;
	enum cli_status status = find_person(cli, &person);

	if (status != CLI_DONE)
		return status;
	if (!store_person_protect(&cli->session, pg_text(person, 0, PERSON_ID), protect, &rows))
		return cli_store_failed(cli);
	cli_say(cli, protect ? "SCIM leaves %.*s as it is from now on." :
	    "SCIM can change and delete %.*s again.", TEXT_FORMAT(pg_text(person, 0, PERSON_USER_NAME)));
	return CLI_DONE;
}

enum cli_status
cli_user_protect(struct cli *cli)
{
	return protect_user(cli, true);
}

enum cli_status
cli_user_unprotect(struct cli *cli)
{
	return protect_user(cli, false);
}

static enum cli_status
activate(struct cli *cli, bool active)
{
	struct pg_rows *person, *rows;
	enum cli_status status = find_person(cli, &person);

	if (status != CLI_DONE)
		return status;
	if (!store_person_activate(&cli->session, pg_text(person, 0, PERSON_ID), active, &rows))
		return cli_store_failed(cli);
	cli_say(cli, "%.*s is %.*s now.", TEXT_FORMAT(pg_text(person, 0, PERSON_USER_NAME)),
	    TEXT_FORMAT(pg_text(rows, 0, 0)));
	return CLI_DONE;
}

enum cli_status
cli_user_deactivate(struct cli *cli)
{
	return activate(cli, false);
}

enum cli_status
cli_user_reactivate(struct cli *cli)
{
	return activate(cli, true);
}

static enum cli_status
refused(const struct scim_error *why)
{
	struct buffer detail = { 0 };
	struct text sentence;

	scim_error_detail(why, &detail);
	sentence = buffer_text(&detail);
	(void)cli_fail(CLI_REFUSED, "%.*s", TEXT_FORMAT(sentence));
	buffer_release(&detail);
	return CLI_REFUSED;
}

enum cli_status
cli_user_link(struct cli *cli)
{
	struct login login = { TEXT_NONE, TEXT_NONE, cli->arguments[ACCOUNT] };
	struct login_decision decision;
	struct pg_rows *rows;
	enum cli_status status = find_person(cli, &rows);

	if (status != CLI_DONE)
		return status;
	/* As an email, so that the subject of real logins stays open. */
	login.email = pg_text(rows, 0, PERSON_USER_NAME);
	if (!store_login(&cli->session, &login, &decision))
		return cli_store_failed(cli);
	if (!decision.let_in)
		return refused(&decision.why);
	cli_say(cli, "%.*s is linked to the account \"%.*s\".", TEXT_FORMAT(decision.user_name),
	    TEXT_FORMAT(decision.account));
	return CLI_DONE;
}

static enum cli_status
print_people(struct cli *cli, struct text group)
{
	static const struct cli_column columns[] = {
		{ "user_name", CLI_TEXT }, { "status", CLI_TEXT }, { "display_name", CLI_TEXT },
		{ "type", CLI_TEXT }, { "via", CLI_LIST }, { "id", CLI_TEXT },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_group_people(&cli->session, group, &rows))
		return cli_store_failed(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	cli_print_table(cli, &table);
	return CLI_DONE;
}

enum cli_status
cli_group_show(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{ "id", CLI_TEXT }, { "display_name", CLI_TEXT }, { "external_id", CLI_TEXT },
		{ "hidden", CLI_BOOLEAN }, { "protected", CLI_BOOLEAN }, { "members", CLI_NUMBER },
		{ "people", CLI_NUMBER }, { "version", CLI_NUMBER }, { "created", CLI_TEXT },
		{ "last_modified", CLI_TEXT },
	};
	struct cli_property properties[COUNT_OF(columns)] = { 0 };
	struct text wanted = cli->arguments[1];
	struct pg_rows *rows;

	if (!store_group_show(&cli->session, wanted, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_fail(CLI_NOT_FOUND, "%.*s has no group \"%.*s\", or more than one of that "
		    "name. See `scimlet group list %.*s`.", TEXT_FORMAT(cli->session.org),
		    TEXT_FORMAT(wanted), TEXT_FORMAT(cli->session.org));
	if (text_is_set(cli->options[CLI_MEMBERS]))
		return print_people(cli, pg_text(rows, 0, 0));
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		properties[i] = (struct cli_property){
			.column = columns[i], .value = pg_text(rows, 0, (int)i) };
	cli_print_properties(cli, properties, COUNT_OF(columns));
	return CLI_DONE;
}

static enum cli_status
protect_group(struct cli *cli, bool protect)
{
	struct text wanted = cli->arguments[1];
	struct pg_rows *rows;

	if (!store_group_protect(&cli->session, wanted, protect, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_fail(CLI_NOT_FOUND, "%.*s has no group \"%.*s\".",
		    TEXT_FORMAT(cli->session.org), TEXT_FORMAT(wanted));
	for (int i = 0; i < pg_count(rows); i++)
		cli_say(cli, protect ? "SCIM leaves %.*s as it is from now on." :
		    "SCIM can change and delete %.*s again.", TEXT_FORMAT(pg_text(rows, i, 1)));
	return CLI_DONE;
}

enum cli_status
cli_group_protect(struct cli *cli)
{
	return protect_group(cli, true);
}

enum cli_status
cli_group_unprotect(struct cli *cli)
{
	return protect_group(cli, false);
}
