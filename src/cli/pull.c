/*
 * pull.c - `scimlet pull`: people and groups of another SCIM server.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/import.h"
#include "transfer/fetch.h"

#define URL 1           /* where it stands in the arguments */
#define TOKEN_MAX 8192

/* Of the first line; what is no token of RFC 6750 2.1 would become part of a header. */
static bool
is_token(struct text token)
{
	for (size_t i = 0; i < token.length; i++)
		if (token.start[i] <= ' ' || token.start[i] >= 0x7f)
			return false;
	return token.length > 0;
}

static bool
read_token_from(struct cli *cli, FILE *file, struct text *token)
{
	char line[TOKEN_MAX];
	bool fine = fgets(line, sizeof(line), file) != NULL;

	if (fine) {
		line[strcspn(line, "\r\n")] = '\0';
		*token = arena_copy(cli->session.arena, text_trim(text_of(line)));
		fine = is_token(*token);
	}
	explicit_bzero(line, sizeof(line));
	return fine;
}

/* From the file or standard input, never from an argument, which others can see; unset: none is sent. */
static enum cli_status
read_token(struct cli *cli, struct text *token)
{
	struct text name = cli->options[CLI_TOKEN_FILE];
	bool standard = text_equal(name, TEXT("-"));
	FILE *file;
	bool fine;

	*token = TEXT_NONE;
	if (!text_is_set(name))
		return CLI_DONE;
	file = standard ? stdin : fopen(arena_string(cli->session.arena, name), "r");
	if (file == NULL)
		return cli_fail(CLI_USAGE, "%.*s cannot be opened: %s.", TEXT_FORMAT(name),
		    strerror(errno));
	if (standard && isatty(STDIN_FILENO))
		cli_say(cli, "The token, and Enter:");
	fine = read_token_from(cli, file, token);
	if (!standard)
		fclose(file);
	return fine ? CLI_DONE : cli_fail(CLI_USAGE, "There must be a token, and nothing else, in the "
	    "first line of %s%.*s.", standard ? "standard input" : "", standard ? 0 : (int)name.length,
	    name.start);
}

static void
rest(void *context, long seconds)
{
	(void)context;
	sleep((unsigned int)seconds);
}

enum cli_status
cli_pull(struct cli *cli)
{
	struct text url = cli->arguments[URL], token, sentence;
	struct pull_transport transport = { fetch_get, rest, NULL };
	struct import_input input = { .name = url, .digest = TEXT_NONE,
		.rejects = TEXT("pull.rejects"),
		.broken = "Mend that, and go on with the same command and --resume." };
	enum cli_status status = cli_import_check(cli);
	struct fetch *fetch;

	if (status == CLI_DONE)
		status = read_token(cli, &token);
	if (status != CLI_DONE)
		return status;
	fetch = fetch_create(url, token, &sentence);
	if (fetch == NULL)
		return cli_fail(CLI_USAGE, "%.*s", TEXT_FORMAT(sentence));
	transport.context = fetch;
	input.source = pull_open(&transport);
	status = cli_import_from(cli, &input);
	source_close(input.source);
	fetch_destroy(fetch);
	return status;
}
