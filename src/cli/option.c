/*
 * option.c - what is wrong with an option, in a sentence that names what there is.
 */
#include "cli/cli.h"

#define OPTIONS_MOST 100

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
cli_distance(struct arena *arena, struct text a, struct text b)
{
	size_t *row = arena_array(arena, b.length + 1, sizeof(*row));

	for (size_t j = 0; j <= b.length; j++)
		row[j] = j;
	for (size_t i = 0; i < a.length; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b.length; j++) {
			size_t above = row[j + 1];
			size_t changed = diagonal + (a.start[i] != b.start[j]);

			row[j + 1] = min(changed, min(above, row[j]) + 1);
			diagonal = above;
		}
	}
	return row[b.length];
}

/* What getopt_long() calls an option by, "--since" or "-o"; NULL: none of ours. */
static const char *
name_of(struct arena *arena, int value)
{
	for (const struct option *option = cli_known_options; option->name != NULL; option++)
		if (option->val == value)
			return arena_format(arena, "--%s", option->name).start;
	return NULL;
}

/* Those that it is short for: "--to, --token, --token-file"; how many. */
static size_t
list_long_for(struct arena *arena, struct text word, struct text *list)
{
	size_t count = 0;

	*list = TEXT("");
	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		struct text name = arena_format(arena, "--%s", option->name);

		if (!text_starts(name, word))
			continue;
		*list = arena_format(arena, "%.*s%s%s", TEXT_FORMAT(*list), count > 0 ? ", " : "",
		    name.start);
		count++;
	}
	return count;
}

struct text
cli_nearest(struct arena *arena, struct text word, const struct text *names, size_t count)
{
	struct text best = TEXT_NONE;
	size_t least = CLI_NEAR + 1;

	for (size_t i = 0; i < count; i++) {
		size_t away = cli_distance(arena, word, names[i]);

		if (away >= least || away + 1 >= word.length)
			continue;
		least = away;
		best = names[i];
	}
	return best;
}

static struct text
nearest(struct arena *arena, struct text word)
{
	struct text names[OPTIONS_MOST];
	size_t count = 0;

	for (const struct option *option = cli_known_options; option->name != NULL; option++)
		if (count < COUNT_OF(names))
			names[count++] = text_of(option->name);
	/* Of the name, not of the hyphens, some must be right. */
	return cli_nearest(arena, text_starts(word, TEXT("--")) ? text_after(word, strlen("--")) : word,
	    names, count);
}

static enum cli_status
unknown(struct arena *arena, struct text word)
{
	struct text list, near;

	if (word.length > strlen("--") && text_starts(word, TEXT("--")) && list_long_for(arena, word, &list) > 1)
		return cli_fail(CLI_USAGE, "Option %.*s may be one of %.*s: write more of it.",
		    TEXT_FORMAT(word), TEXT_FORMAT(list));
	near = nearest(arena, word);
	if (text_is_set(near))
		return cli_fail(CLI_USAGE, "There is no option %.*s. Did you mean --%.*s?", TEXT_FORMAT(word),
		    TEXT_FORMAT(near));
	return cli_fail(CLI_USAGE, "There is no option %.*s. See `scimlet COMMAND --help`.",
	    TEXT_FORMAT(word));
}

enum cli_status
cli_wrong_option(struct arena *arena, int kind, int value, const char *word)
{
	struct text given = text_of(word);
	const char *known = value != 0 ? name_of(arena, value) : NULL;

	if (kind == ':')
		return cli_fail(CLI_USAGE, "%s needs a value.", known != NULL ? known : word);
	if (known != NULL)
		return cli_fail(CLI_USAGE, "%s takes no value.", known);
	/* One letter of several behind a hyphen. */
	if (value != 0)
		return unknown(arena, arena_format(arena, "-%c", value));
	return unknown(arena, text_first(given, text_find_byte(given, '=')));
}
