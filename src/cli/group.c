/*
 * group.c - `scimlet group ...`: groups as teams and roles of the application.
 */
#include "cli/cli.h"
#include "store/mapping.h"

#define PATTERN_MAX_BYTES 1024

enum cli_status
cli_group_list(struct cli *cli)
{
	static const struct cli_column columns[MAPPED_GROUP_COLUMNS] = {
		[MAPPED_GROUP_NAME] = { "name", CLI_TEXT },
		[MAPPED_GROUP_ID] = { "id", CLI_TEXT },
		[MAPPED_GROUP_EXTERNAL_ID] = { "external_id", CLI_TEXT },
		[MAPPED_GROUP_MEMBERS] = { "members", CLI_NUMBER },
		[MAPPED_GROUP_HIDDEN] = { "hidden", CLI_BOOLEAN },
		[MAPPED_GROUP_PROTECTED] = { "protected", CLI_BOOLEAN },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_mapping_groups(&cli->session, text_is_set(cli->options[CLI_HIDDEN]), &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	if (!text_is_set(pg_text(rows, 0, MAPPED_GROUP_ID)))
		table.row_count = 0;
	cli_print_table(cli, &table);
	return CLI_DONE;
}

enum cli_status
cli_group_mappings(struct cli *cli)
{
	static const struct cli_column columns[MAPPING_COLUMNS] = {
		[MAPPING_ID] = { "id", CLI_NUMBER }, [MAPPING_PATTERN] = { "pattern", CLI_TEXT },
		[MAPPING_TEAM] = { "team", CLI_TEXT }, [MAPPING_ROLE] = { "role", CLI_TEXT },
		[MAPPING_PRIORITY] = { "priority", CLI_NUMBER }, [MAPPING_GROUPS] = { "groups", CLI_NUMBER },
	};
	struct pg_rows *rows;
	struct cli_table table;

	if (!store_mapping_list(&cli->session, &rows))
		return cli_store_failed(cli);
	if (pg_count(rows) == 0)
		return cli_no_organization(cli);
	table = cli_table_of(cli, columns, COUNT_OF(columns), rows);
	if (!text_is_set(pg_text(rows, 0, MAPPING_ID)))
		table.row_count = 0;
	cli_print_table(cli, &table);
	if (table.row_count == 0)
		cli_say(cli, "No group gives a team or role yet. See `scimlet group map --help`.");
	return CLI_DONE;
}

/* What a change does, as a table that grows row by row */

enum effect { GAINS, LOSES, CHANGES, HIDES, SHOWS, EFFECTS };
enum { EFFECT, NAME, TEAM, ROLE_BEFORE, ROLE, COLUMNS };

struct report {
	struct text *cells;
	size_t rows, counts[EFFECTS];
};

static struct text *
put_row(struct report *report, enum effect effect, struct text name)
{
	static const struct text words[EFFECTS] = {
		[GAINS] = { "gains", 5 }, [LOSES] = { "loses", 5 }, [CHANGES] = { "changes", 7 },
		[HIDES] = { "hidden", 6 }, [SHOWS] = { "visible", 7 },
	};
	struct text *row = report->cells + report->rows++ * COLUMNS;

	row[EFFECT] = words[effect];
	row[NAME] = name;
	row[TEAM] = row[ROLE_BEFORE] = row[ROLE] = TEXT_NONE;
	report->counts[effect]++;
	return row;
}

static bool
is_same(struct text a, struct text b)
{
	return text_is_set(a) == text_is_set(b) && (!text_is_set(a) || text_equal(a, b));
}

/* In the order of the statements: what is unset comes first. */
static int
compare_cells(struct text a, struct text b)
{
	if (!text_is_set(a) || !text_is_set(b))
		return text_is_set(a) - text_is_set(b);
	return text_compare(a, b);
}

/* Compares two rows by their first columns; behind the last row nothing comes. */
static int
compare_rows(const struct pg_rows *a, int row_a, const struct pg_rows *b, int row_b, int columns)
{
	int order = 0;

	if (row_a == pg_count(a) || row_b == pg_count(b))
		return (row_a == pg_count(a)) - (row_b == pg_count(b));
	for (int i = 0; i < columns && order == 0; i++)
		order = compare_cells(pg_text(a, row_a, i), pg_text(b, row_b, i));
	return order;
}

static void
put_team(struct report *report, enum effect effect, const struct pg_rows *rows, int at,
    struct text before, struct text after)
{
	struct text *row = put_row(report, effect, pg_text(rows, at, MAPPED_TEAM_USER_NAME));

	row[TEAM] = pg_text(rows, at, MAPPED_TEAM);
	row[ROLE_BEFORE] = before;
	row[ROLE] = after;
}

static void
compare_teams(struct report *report, const struct pg_rows *before, const struct pg_rows *after)
{
	for (int i = 0, j = 0; i < pg_count(before) || j < pg_count(after);) {
		int order = compare_rows(before, i, after, j, MAPPED_TEAM + 1);
		struct text old = order <= 0 ? pg_text(before, i, MAPPED_TEAM_ROLE) : TEXT_NONE;
		struct text new = order >= 0 ? pg_text(after, j, MAPPED_TEAM_ROLE) : TEXT_NONE;

		if (order > 0)
			put_team(report, GAINS, after, j, old, new);
		else if (order < 0)
			put_team(report, LOSES, before, i, old, new);
		else if (!is_same(old, new))
			put_team(report, CHANGES, after, j, old, new);
		i += order <= 0;
		j += order >= 0;
	}
}

/* A group that came or went meanwhile is none of this change. */
static void
compare_groups(struct report *report, const struct pg_rows *before, const struct pg_rows *after)
{
	for (int i = 0, j = 0; i < pg_count(before) || j < pg_count(after);) {
		int order = compare_rows(before, i, after, j, MAPPED_GROUP_ID + 1);

		if (order == 0 && pg_boolean(before, i, MAPPED_GROUP_HIDDEN) !=
		    pg_boolean(after, j, MAPPED_GROUP_HIDDEN))
			put_row(report, pg_boolean(after, j, MAPPED_GROUP_HIDDEN) ? HIDES : SHOWS,
			    pg_text(after, j, MAPPED_GROUP_NAME));
		i += order <= 0;
		j += order >= 0;
	}
}

static struct report
compare(struct cli *cli, const struct mapping_effect *effect)
{
	size_t most = (size_t)(pg_count(effect->teams[0]) + pg_count(effect->teams[1]) +
	    pg_count(effect->groups[0]));
	struct report report = { .cells = arena_array(cli->session.arena, most * COLUMNS,
	    sizeof(struct text)) };

	compare_groups(&report, effect->groups[0], effect->groups[1]);
	compare_teams(&report, effect->teams[0], effect->teams[1]);
	return report;
}

static enum cli_status
tell(struct cli *cli, const struct mapping_effect *effect, bool dry_run)
{
	static const struct cli_column columns[COLUMNS] = {
		[EFFECT] = { "change", CLI_TEXT }, [NAME] = { "name", CLI_TEXT },
		[TEAM] = { "team", CLI_TEXT }, [ROLE_BEFORE] = { "role_before", CLI_TEXT },
		[ROLE] = { "role", CLI_TEXT },
	};
	const struct report report = compare(cli, effect);
	const size_t *counts = report.counts;

	if (dry_run)
		cli_print_table(cli, &(struct cli_table){ columns, COLUMNS, report.rows, report.cells });
	cli_say(cli, "Teams and roles: %zu gained, %zu lost, %zu changed. Groups: %zu hidden, "
	    "%zu visible.%s", counts[GAINS], counts[LOSES], counts[CHANGES], counts[HIDES],
	    counts[SHOWS], dry_run ? " Nothing was written; without --dry-run it is." : "");
	return dry_run && (report.rows > 0 || pg_boolean(effect->changed, 0, MAPPING_CHANGED)) ?
	    CLI_PENDING : CLI_DONE;
}

static bool
is_dry_run(const struct cli *cli)
{
	return text_is_set(cli->options[CLI_DRY_RUN]);
}

static bool
is_pattern(struct text pattern)
{
	return pattern.length > 0 && pattern.length <= PATTERN_MAX_BYTES &&
	    text_find_byte(pattern, '\n') == pattern.length;
}

static bool
is_blank(struct text text)
{
	return text_is_set(text) && (text.length == 0 || !is_pattern(text));
}

/* False: it has said why. */
static bool
read_mapping(const struct cli *cli, struct mapping *mapping)
{
	long priority;

	*mapping = (struct mapping){ cli->arguments[1], cli->options[CLI_TEAM],
		cli->options[CLI_ROLE], cli->options[CLI_PRIORITY] };
	if (!text_is_set(mapping->priority))
		mapping->priority = TEXT("0");
	if (!text_is_set(mapping->team) && !text_is_set(mapping->role))
		cli_fail(CLI_USAGE, "What do the members get? Name --team, --role or both.");
	else if (!is_pattern(mapping->pattern) || is_blank(mapping->team) || is_blank(mapping->role))
		cli_fail(CLI_USAGE, "PATTERN, --team and --role have 1 to %d bytes in one line.",
		    PATTERN_MAX_BYTES);
	else if (!text_to_long(mapping->priority, &priority) || priority > INT32_MAX)
		cli_fail(CLI_USAGE, "--priority \"%.*s\" is no number from 0 to %d.",
		    TEXT_FORMAT(mapping->priority), INT32_MAX);
	else
		return true;
	return false;
}

enum cli_status
cli_group_map(struct cli *cli)
{
	struct mapping mapping;
	struct mapping_effect effect;
	bool dry_run = is_dry_run(cli);

	if (!read_mapping(cli, &mapping))
		return CLI_USAGE;
	if (!store_mapping_add(&cli->session, &mapping, dry_run, &effect))
		return cli_store_failed(cli);
	if (pg_count(effect.changed) == 0)
		return cli_no_organization(cli);
	if (!dry_run)
		cli_say(cli, "Mapping %ld.", pg_number(effect.changed, 0, MAPPING_CHANGED_ID));
	return tell(cli, &effect, dry_run);
}

enum cli_status
cli_group_unmap(struct cli *cli)
{
	struct text id = cli->arguments[1];
	struct mapping_effect effect;
	long number;
	bool is_id = text_to_long(id, &number) && number <= INT32_MAX;

	if (is_id && !store_mapping_remove(&cli->session, id, is_dry_run(cli), &effect))
		return cli_store_failed(cli);
	if (!is_id || pg_count(effect.changed) == 0)
		return cli_fail(CLI_NOT_FOUND, "There is no mapping \"%.*s\". "
		    "See `scimlet group mappings %.*s`.", TEXT_FORMAT(id), TEXT_FORMAT(cli->session.org));
	return tell(cli, &effect, is_dry_run(cli));
}

enum cli_status
cli_group_sync(struct cli *cli)
{
	bool all = text_is_set(cli->options[CLI_ALL]);
	struct text *parts = arena_array(cli->session.arena, 2 * cli->argument_count,
	    sizeof(*parts));
	size_t count = 0;
	struct mapping_effect effect;

	if (all == (cli->argument_count > 1))
		return cli_fail(CLI_USAGE, "Which groups? Name patterns, or --all.");
	for (size_t i = 1; i < cli->argument_count; i++) {
		if (!is_pattern(cli->arguments[i]))
			return cli_fail(CLI_USAGE, "PATTERN has 1 to %d bytes in one line.",
			    PATTERN_MAX_BYTES);
		if (i > 1)
			parts[count++] = TEXT("\n");
		parts[count++] = cli->arguments[i];
	}
	parts[count] = TEXT_NONE;
	if (!store_mapping_sync(&cli->session,
	    all ? TEXT_NONE : arena_join(cli->session.arena, parts), is_dry_run(cli), &effect))
		return cli_store_failed(cli);
	if (pg_count(effect.changed) == 0)
		return cli_no_organization(cli);
	return tell(cli, &effect, is_dry_run(cli));
}
