/*
 * explain.c - `scimlet explain`: what a filter is in SQL, and what it costs.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "store/index.h"

/* The page that the responder gives to who does not say otherwise. */
#define PAGE 100

enum cli_status
cli_filter_refused(const struct cli *cli)
{
	struct buffer detail = { 0 };
	enum cli_status status;

	scim_error_detail(&cli->error, &detail);
	status = cli_fail(CLI_USAGE, "%.*s", TEXT_FORMAT(buffer_text(&detail)));
	buffer_release(&detail);
	return status;
}

static struct text
join_lines(struct arena *arena, const struct pg_rows *rows)
{
	struct buffer lines = { 0 };
	struct text text;

	for (int i = 0; i < pg_count(rows); i++) {
		buffer_append(&lines, pg_text(rows, i, 0));
		buffer_append_byte(&lines, '\n');
	}
	text = arena_copy(arena, buffer_text(&lines));
	buffer_release(&lines);
	return text;
}

static void
print_plain(const struct plan *plan, struct text lines)
{
	printf("%.*s\n\n", TEXT_FORMAT(plan->sql));
	for (int i = 0; i < plan->count; i++)
		printf("$%d = %.*s\n", i + 1, TEXT_FORMAT(plan->parameters[i]));
	printf("\n%.*s", TEXT_FORMAT(lines));
}

/* As JSON: sql, plan, and the parameters under their names. */
static void
print_properties(struct cli *cli, const struct plan *plan, struct text lines)
{
	size_t count = (size_t)plan->count + 2;
	struct cli_property *properties = arena_array(cli->session.arena, count, sizeof(*properties));

	properties[0] = (struct cli_property){ .column = { "sql", CLI_TEXT }, .value = plan->sql };
	properties[1] = (struct cli_property){ .column = { "plan", CLI_TEXT }, .value = lines };
	for (size_t i = 2; i < count; i++)
		properties[i] = (struct cli_property){
			.column = { arena_format(cli->session.arena, "$%zu", i - 1).start, CLI_TEXT },
			.value = plan->parameters[i - 2],
		};
	cli_print_properties(cli, properties, count);
}

static struct text
base_of(const struct cli *cli)
{
	struct text address = cli_address(cli->session.arena, cli->session.org);

	return text_is_set(address) ? address : TEXT("");
}

static enum cli_status
explain(struct cli *cli, const struct list_query *query)
{
	struct arena *arena = cli->session.arena;
	struct plan plan = store_plan_list(arena, cli->session.org, base_of(cli), query);
	struct pg_rows *rows;

	if (!store_explain(&cli->session, &plan, text_is_set(cli->options[CLI_ANALYZE]), &rows))
		return cli_store_failed(cli);
	if (cli->output == CLI_TABLE)
		print_plain(&plan, join_lines(arena, rows));
	else
		print_properties(cli, &plan, join_lines(arena, rows));
	if (!store_plan_is_indexed(arena, query))
		cli_say(cli, "No index answers this filter: every resource of the organization is read. "
		    "`scimlet index list` shows what indexes answer.");
	return CLI_DONE;
}

enum cli_status
cli_explain(struct cli *cli)
{
	struct list_query query = { .part_count = 1, .count = PAGE, .start_index = 1 };
	struct filter *filter;
	bool known;

	query.parts[0].type = text_is_set(cli->options[CLI_GROUPS]) ? &scim_group_type :
	    &scim_user_type;
	if (!scim_filter_parse(cli->session.arena, query.parts[0].type, cli->arguments[1], &filter,
	    &cli->error))
		return cli_filter_refused(cli);
	query.parts[0].filter = filter;
	if (!store_index_of_org(&cli->session, &known, &query.indexed))
		return cli_store_failed(cli);
	return known ? explain(cli, &query) : cli_no_organization(cli);
}
