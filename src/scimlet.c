/*
 * scimlet.c - main of the administrator's command line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"

/* A command must not hang longer; migrations and the doctor say otherwise. */
#define COMMAND_MICROSECONDS 15000000

enum { DSN = 256, HELP, VERSION, NO_COLOR, COMMAND_OPTION = CLI_OPTION_VALUE };

const struct option cli_known_options[] = {
	{ "dsn", required_argument, NULL, DSN },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "no-color", no_argument, NULL, NO_COLOR },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ "name", required_argument, NULL, COMMAND_OPTION + CLI_NAME },
	{ "expires", required_argument, NULL, COMMAND_OPTION + CLI_EXPIRES },
	{ "scopes", required_argument, NULL, COMMAND_OPTION + CLI_SCOPES },
	{ "grace", required_argument, NULL, COMMAND_OPTION + CLI_GRACE },
	{ "url", required_argument, NULL, COMMAND_OPTION + CLI_URL },
	{ "groups", no_argument, NULL, COMMAND_OPTION + CLI_GROUPS },
	{ "analyze", no_argument, NULL, COMMAND_OPTION + CLI_ANALYZE },
	{ "for", required_argument, NULL, COMMAND_OPTION + CLI_FOR },
	{ "older-than", required_argument, NULL, COMMAND_OPTION + CLI_OLDER_THAN },
	{ "status", required_argument, NULL, COMMAND_OPTION + CLI_STATUS },
	{ "since", required_argument, NULL, COMMAND_OPTION + CLI_SINCE },
	{ "token", required_argument, NULL, COMMAND_OPTION + CLI_TOKEN },
	{ "dry-run", no_argument, NULL, COMMAND_OPTION + CLI_DRY_RUN },
	{ "team", required_argument, NULL, COMMAND_OPTION + CLI_TEAM },
	{ "role", required_argument, NULL, COMMAND_OPTION + CLI_ROLE },
	{ "priority", required_argument, NULL, COMMAND_OPTION + CLI_PRIORITY },
	{ "hidden", no_argument, NULL, COMMAND_OPTION + CLI_HIDDEN },
	{ "all", no_argument, NULL, COMMAND_OPTION + CLI_ALL },
	{ "result", required_argument, NULL, COMMAND_OPTION + CLI_RESULT },
	{ "subject", required_argument, NULL, COMMAND_OPTION + CLI_SUBJECT },
	{ "reason", required_argument, NULL, COMMAND_OPTION + CLI_REASON },
	{ "limit", required_argument, NULL, COMMAND_OPTION + CLI_LIMIT },
	{ "members", no_argument, NULL, COMMAND_OPTION + CLI_MEMBERS },
	{ "filter", required_argument, NULL, COMMAND_OPTION + CLI_FILTER },
	{ "history", no_argument, NULL, COMMAND_OPTION + CLI_HISTORY },
	{ "to", required_argument, NULL, COMMAND_OPTION + CLI_TO },
	{ "yes", no_argument, NULL, COMMAND_OPTION + CLI_YES },
	{ "vacuum", no_argument, NULL, COMMAND_OPTION + CLI_VACUUM },
	{ "format", required_argument, NULL, COMMAND_OPTION + CLI_FORMAT },
	{ "canonical", no_argument, NULL, COMMAND_OPTION + CLI_CANONICAL },
	{ "token-file", required_argument, NULL, COMMAND_OPTION + CLI_TOKEN_FILE },
	{ "map", required_argument, NULL, COMMAND_OPTION + CLI_MAP },
	{ "match", required_argument, NULL, COMMAND_OPTION + CLI_MATCH },
	{ "deactivate-missing", no_argument, NULL, COMMAND_OPTION + CLI_DEACTIVATE_MISSING },
	{ "max-deactivate", required_argument, NULL, COMMAND_OPTION + CLI_MAX_DEACTIVATE },
	{ "resume", no_argument, NULL, COMMAND_OPTION + CLI_RESUME },
	{ "rejects", required_argument, NULL, COMMAND_OPTION + CLI_REJECTS },
	{ "rejected", no_argument, NULL, COMMAND_OPTION + CLI_REJECTED },
	{ NULL, 0, NULL, 0 },
};

struct invocation {
	struct cli cli;
	struct text dsn;
	bool help, version;
	struct text *words;             /* what is not an option */
	size_t word_count;
};

static bool
read_output(const char *name, enum cli_output *output)
{
	static const char *const names[] = {
		[CLI_TABLE] = "table", [CLI_JSON] = "json", [CLI_CSV] = "csv",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*output = (enum cli_output)i;
			return true;
		}
	}
	cli_fail(CLI_USAGE, "There is no output \"%s\": table, json or csv.", name);
	return false;
}

/* One option; false when its value is wrong. */
static bool
read_option(struct invocation *invocation, int option)
{
	if (option == DSN)
		invocation->dsn = text_of(optarg);
	else if (option == 'q')
		invocation->cli.quiet = true;
	else if (option == 'v')
		invocation->cli.verbose = true;
	else if (option == HELP || option == 'h')
		invocation->help = true;
	else if (option == VERSION)
		invocation->version = true;
	else if (option >= COMMAND_OPTION) {
		if (option == COMMAND_OPTION + CLI_MAP)
			invocation->cli.maps[invocation->cli.map_count++] = text_of(optarg);
		invocation->cli.options[option - COMMAND_OPTION] =
		    optarg != NULL ? text_of(optarg) : TEXT("");
	} else if (option == 'o')
		return read_output(optarg, &invocation->cli.output);
	/* Nothing is coloured; the option is there for scripts that say it to every program. */
	return true;
}

static bool
check_option_values(const struct cli *cli, const struct command *command)
{
	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		int at = option->val - COMMAND_OPTION;

		if (at < 0 || !text_is_set(cli->options[at]) || command->options & CLI_TAKES(at))
			continue;
		cli_fail(CLI_USAGE, "`scimlet %s` takes no --%s. See `scimlet %s --help`.", command->name,
		    option->name, command->name);
		return false;
	}
	return true;
}

/* PostgreSQL would refuse the rest later, with less to go by. */
static bool
is_all_utf8(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (text_is_utf8(text_of(argv[i])))
			continue;
		cli_fail(CLI_USAGE, "Argument %d is not UTF-8.", i);
		return false;
	}
	return true;
}

static bool
read_command_line(struct invocation *invocation, struct arena *arena, int argc, char **argv)
{
	int option;

	if (!is_all_utf8(argc, argv))
		return false;
	invocation->cli.maps = arena_array(arena, (size_t)argc, sizeof(*invocation->cli.maps));
	while ((option = getopt_long(argc, argv, ":o:qvh", cli_known_options, NULL)) != -1) {
		if (option == '?' || option == ':') {
			(void)cli_wrong_option(arena, option, optopt, argv[optind - 1]);
			return false;
		}
		if (!read_option(invocation, option))
			return false;
	}
	invocation->word_count = (size_t)(argc - optind);
	invocation->words = arena_array(arena, invocation->word_count, sizeof(*invocation->words));
	for (size_t i = 0; i < invocation->word_count; i++)
		invocation->words[i] = text_of(argv[optind + (int)i]);
	return true;
}

static void
tell_what_was_asked(const struct cli *cli, int64_t started)
{
	struct text place = pg_place(cli->session.pg, cli->session.arena);

	if (text_is_set(place))
		cli_note(cli, "%.*s: %d statements, %.1f ms in all.", TEXT_FORMAT(place),
		    pg_statements(cli->session.pg), (double)(clock_microseconds() - started) / 1000);
	else
		cli_note(cli, "No database is connected.");
}

static enum cli_status
run_command(struct invocation *invocation, struct arena *arena, const struct command *command)
{
	struct cli *cli = &invocation->cli;
	int64_t started = clock_microseconds();
	enum cli_status status;

	if (!text_is_set(invocation->dsn)) {
		invocation->dsn = text_of(getenv("SCIMLET_DATABASE"));
		cli->connects_as_responder = invocation->dsn.length > 0;
	}
	cli->session = (struct session){
		.arena = arena,
		.pg = pg_create(invocation->dsn),
		.error = &cli->error,
		.org = EVERY_ORGANIZATION,
	};
	pg_begin_request(cli->session.pg, arena);
	pg_set_deadline(cli->session.pg, started + COMMAND_MICROSECONDS);
	status = cli_run(cli, command);
	tell_what_was_asked(cli, started);
	arena_reset(arena);
	pg_destroy(cli->session.pg);
	return status;
}

static enum cli_status
run(struct invocation *invocation, struct arena *arena)
{
	size_t taken;
	const struct command *command =
	    cli_find_command(invocation->words, invocation->word_count, &taken);

	if (invocation->version) {
		puts("scimlet " PACKAGE_VERSION);
		return CLI_DONE;
	}
	if (invocation->help) {
		if (command != NULL)
			cli_print_command_help(command);
		else
			cli_print_help();
		return CLI_DONE;
	}
	if (command == NULL)
		return cli_unknown_command(arena, invocation->words, invocation->word_count);
	if (!check_option_values(&invocation->cli, command))
		return CLI_USAGE;
	invocation->cli.arguments = invocation->words + taken;
	invocation->cli.argument_count = invocation->word_count - taken;
	return run_command(invocation, arena, command);
}

/*
 * Else the connection to the database takes the place of a closed standard
 * output, and what is printed goes there.  Writing to what was opened to be
 * read fails, as it should.
 */
static void
occupy_standard_streams(void)
{
	for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++)
		if (fcntl(descriptor, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != descriptor)
			exit(CLI_SOME_FAILED);
}

int
main(int argc, char **argv)
{
	struct invocation invocation = { .dsn = TEXT_NONE };
	struct arena *arena = arena_create();
	enum cli_status status = CLI_USAGE;

	occupy_standard_streams();
	if (read_command_line(&invocation, arena, argc, argv))
		status = run(&invocation, arena);
	arena_destroy(arena);
	/* A token that did not get through is lost: better to hear of it. */
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_fail(CLI_SOME_FAILED, "What was to be printed could not be written.");
	return (int)status;
}
