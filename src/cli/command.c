/*
 * command.c - the table of commands, finding one in it, running it.
 */
#include <stdio.h>
#include <stdint.h>

#include "cli/choice.h"
#include "cli/time.h"
#include "scim/token.h"
#include "store/migrate.h"

static const struct command commands[] = {
	{ "init", "", "create roles and schema in an existing database, or upgrade them",
	    "Safe to repeat. Where the login may not create roles, all belongs to it; `scimlet doctor`\n"
	    "tells what is missing then.\n",
	    0, 0, 0, false, false, cli_init },
	{ "migrate", "[--to N] [--dry-run]", "upgrade the schema to this program's version",
	    "What is missing is applied in one transaction, with views, functions and rights: all or\n"
	    "nothing, and programs of the newer version refuse to work before. Whoever holds a table\n"
	    "for long is named and waited for, for some seconds; then it ends with exit status 4.\n"
	    "\n"
	    "  --to N      only up to migration N, to go step by step; the next call goes on\n"
	    "  --dry-run   list the migrations that would be applied; exit status 0 none, 10 some\n",
	    CLI_TAKES(CLI_TO) | CLI_TAKES(CLI_DRY_RUN), 0, 0, false, false, cli_migrate },
	{ "doctor", "[--url URL]", "check database, schema, roles, tokens and the web server",
	    "  --url URL   the address that an identity provider calls, as\n"
	    "              https://id.example.com/scim/v2/acme: is its certificate one to trust, does\n"
	    "              the Authorization header arrive, do the answers name that address? Makes a\n"
	    "              token for a minute to find out.\n"
	    "\n"
	    "Exit status: 0 all good, 1 warnings, 4 broken, 5 no database.\n",
	    CLI_TAKES(CLI_URL), 0, 0, false, false, cli_doctor },
	{ "check", "[ORG]", "verify every promise of the data, and name who breaks one",
	    "Columns and resource, addresses, keys, counts, memberships, log and audit, settings, and\n"
	    "the triggers and policies that keep them. Exit status 0: nothing was found, 1: these\n"
	    "were. `SELECT * FROM scim.check('acme')` is the same. As the owner of the schema.\n",
	    0, 0, 1, false, true, cli_check },
	{ "erase", "ORG PERSON [--vacuum] [--yes]", "erase a person from everything, log and history too",
	    "PERSON is a userName, email, externalId or id; also of somebody who was deleted. Of log\n"
	    "and history the skeleton stays: when, what, by whom, the id, and erased:... for the name.\n"
	    "As the owner of the schema.\n"
	    "\n"
	    "  --vacuum   rewrite the tables afterwards, so that their files hold no byte of it;\n"
	    "             each can be neither read nor written meanwhile\n"
	    "  --yes      do not ask; without a terminal it is needed\n",
	    CLI_TAKES(CLI_VACUUM) | CLI_TAKES(CLI_YES), 2, 2, true, true, cli_erase },
	{ "prune", "[--older-than WHEN] [--dry-run] [--yes]",
	    "remove what is older than keep_log and keep_audit say",
	    "Drops whole months of log and audit, removes older rows of organizations that keep less,\n"
	    "and people who were deleted and kept long enough; makes the months to come. For cron:\n"
	    "once a day. As the owner of the schema.\n"
	    "\n"
	    "  --older-than WHEN   also log and history of before then, whatever the organizations\n"
	    "                      keep; `scimlet undo` and as_of go back no further from then on\n"
	    "  --dry-run           only count what would be removed and made; exit status 10 if there\n"
	    "                      is something\n"
	    "  --yes               do not ask about --older-than; without a terminal it is needed\n",
	    CLI_TAKES(CLI_OLDER_THAN) | CLI_TAKES(CLI_DRY_RUN) | CLI_TAKES(CLI_YES), 0, 0, false, true,
	    cli_prune },

	{ "why", "ORG PERSON", "why is this person here, or not, and what to do",
	    "PERSON is a userName, an email, an externalId, an id, the subject of a sign-in or a\n"
	    "displayName; upper and lower case are the same. Of a group it tells that it is one.\n"
	    "\n"
	    "Exit status: 0 the person, or the group, is here, 3 not.\n",
	    0, 2, 2, true, true, cli_why },
	{ "status", "[ORG]", "how the identity providers are doing, and what needs attention",
	    "Without ORG a line for each organization; with ORG its milestones, done or waiting, and\n"
	    "what to look at.\n",
	    0, 0, 1, false, true, cli_status_show },
	{ "log", "ORG [--since WHEN] [--result RESULT] [--subject S] [--reason CODE] [--limit N]",
	    "show what was asked, and what became of it; newest last",
	    "  --since WHEN      only what came since then, or in the time before now\n"
	    "  --result RESULT   done, refused (or rejected), ignored or failed\n"
	    "  --subject S       a userName, email, externalId or displayName\n"
	    "  --reason CODE     as in the column reason\n"
	    "  --limit N         the last N (default 100)\n",
	    CLI_TAKES(CLI_SINCE) | CLI_TAKES(CLI_RESULT) | CLI_TAKES(CLI_SUBJECT) |
	    CLI_TAKES(CLI_REASON) | CLI_TAKES(CLI_LIMIT), 1, 1, true, true, cli_log },
	{ "watch", "[ORG] [--rejected]", "show rows of the log as they are written, until Ctrl-C",
	    "Without ORG those of all organizations. With `-o json` an object a line. Rows are shown\n"
	    "once and none is missed, also where the database restarts meanwhile.\n"
	    "\n"
	    "  --rejected   only what was refused or failed\n"
	    "\n"
	    "Exit status: 0 ended by Ctrl-C or SIGTERM.\n",
	    CLI_TAKES(CLI_REJECTED), 0, 1, false, true, cli_watch },
	{ "history", "ORG PERSON", "show what changed about a person, and who changed it",
	    "PERSON is a userName, externalId or id; also of somebody who was deleted.\n",
	    0, 2, 2, true, true, cli_history },

	{ "org create", "ORG [--name NAME]", "create an organization",
	    "ORG is its key: 2 to 63 of a-z, 0-9 and -, not starting with -. It becomes part of\n"
	    "addresses and tokens and cannot be changed later.\n"
	    "\n"
	    "  --name NAME   the name people read; can be changed\n",
	    CLI_TAKES(CLI_NAME), 1, 1, true, true, cli_org_create },
	{ "org list", "", "list the organizations", NULL,
	    0, 0, 0, false, true, cli_org_list },
	{ "org show", "ORG", "show an organization, its settings and its address", NULL,
	    0, 1, 1, true, true, cli_org_show },
	{ "org set", "ORG SETTING=VALUE...", "change the name and the settings of an organization",
	    "All of them or none are changed. `scimlet org show ORG` lists what can be set and what it\n"
	    "means. Lists are parted by commas, or stand one item a line.\n",
	    0, 2, SIZE_MAX, true, true, cli_org_set },
	{ "org delete", "ORG [--yes]", "delete an organization with all of it",
	    "People, groups, tokens, settings, log and history go; nothing brings them back. One line\n"
	    "of the audit stays: when and by whom it was deleted.\n"
	    "\n"
	    "  --yes   do not ask; without a terminal it is needed\n",
	    CLI_TAKES(CLI_YES), 1, 1, true, true, cli_org_delete },
	{ "token create", "ORG [--name LABEL] [--expires WHEN] [--scopes LIST]",
	    "make a token and print it, this once",
	    "Only the token goes to standard output; with -o json or csv also its id and end.\n"
	    "\n"
	    "  --name LABEL     what people call it, e.g. \"Okta production\"\n"
	    "  --expires WHEN   when it ends (default 1y, at most 5y)\n"
	    "  --scopes LIST    of users, groups, read, login; parted by commas (default users,groups)\n",
	    CLI_TAKES(CLI_NAME) | CLI_TAKES(CLI_EXPIRES) | CLI_TAKES(CLI_SCOPES), 1, 1, true, true,
	    cli_token_create },
	{ "token list", "ORG", "list the tokens of an organization",
	    "Their state is live, expiring (within 30 days), grace (replaced, and working until the time\n"
	    "in the column revoked), expired or revoked; the first three work.\n",
	    0, 1, 1, true, true, cli_token_list },
	{ "token replace", "ORG TOKEN-ID [--grace WHEN] [--expires WHEN]",
	    "make a token in place of another, which lives on for a grace",
	    "TOKEN-ID is an id of `scimlet token list`, or its first characters, at least 4. Label and\n"
	    "scopes stay the same.\n"
	    "\n"
	    "  --grace WHEN     how long, or until when, the old one still works (default 24h)\n"
	    "  --expires WHEN   as for `scimlet token create`\n",
	    CLI_TAKES(CLI_GRACE) | CLI_TAKES(CLI_EXPIRES), 2, 2, true, true, cli_token_replace },
	{ "token revoke", "ORG TOKEN-ID [--yes]", "refuse a token from now on",
	    "At a terminal it asks first; --yes answers that.\n",
	    CLI_TAKES(CLI_YES), 2, 2, true, true, cli_token_revoke },

	{ "user list", "ORG [--status STATUS] [--filter FILTER] [--limit N]",
	    "list the people of an organization",
	    "They come in the order of their userName, page by page: also a million, in little memory.\n"
	    "\n"
	    "  --status STATUS   provisioned, active, suspended or removed\n"
	    "  --filter FILTER   a filter of SCIM: 'title co \"engineer\" and active eq true'\n"
	    "  --limit N         at most N\n",
	    CLI_TAKES(CLI_STATUS) | CLI_TAKES(CLI_FILTER) | CLI_TAKES(CLI_LIMIT), 1, 1, true, true, cli_user_list },
	{ "user show", "ORG PERSON [--history]", "show a person",
	    "PERSON is a userName, id, externalId or email.\n"
	    "\n"
	    "  --history   what changed about the person, as `scimlet history` shows it\n",
	    CLI_TAKES(CLI_HISTORY), 2, 2, true, true, cli_user_show },
	{ "user deactivate", "ORG PERSON", "suspend a person until the identity provider says otherwise",
	    NULL, 0, 2, 2, true, true, cli_user_deactivate },
	{ "user reactivate", "ORG PERSON", "let a person in again", NULL,
	    0, 2, 2, true, true, cli_user_reactivate },
	{ "user link", "ORG PERSON ACCOUNT", "link a person to an account of the application",
	    "As the first login does it: it takes a seat.\n",
	    0, 3, 3, true, true, cli_user_link },
	{ "user protect", "ORG PERSON", "let SCIM neither change nor delete a person", NULL,
	    0, 2, 2, true, true, cli_user_protect },
	{ "user unprotect", "ORG PERSON", "take that back", NULL,
	    0, 2, 2, true, true, cli_user_unprotect },

	{ "group list", "ORG [--hidden]", "list the groups of an organization",
	    "  --hidden   only those that are not among the groups to sync\n",
	    CLI_TAKES(CLI_HIDDEN), 1, 1, true, true, cli_group_list },
	{ "group show", "ORG GROUP [--members]", "show a group",
	    "GROUP is a displayName or an id.\n"
	    "\n"
	    "  --members   its people, direct and through groups in it\n",
	    CLI_TAKES(CLI_MEMBERS), 2, 2, true, true, cli_group_show },
	{ "group map", "ORG PATTERN [--team TEAM] [--role ROLE] [--priority N] [--dry-run]",
	    "give the members of groups a team and a role of the application",
	    "PATTERN is a displayName; * stands for any characters, ? for one, upper and lower case are\n"
	    "the same. Members of groups in such a group get it, too. scim.team_members is the result.\n"
	    "\n"
	    "  --team TEAM    the team; without it the role holds everywhere\n"
	    "  --role ROLE    the role in it; without it they are plain members\n"
	    "  --priority N   of several roles in a team the one of the highest priority counts\n"
	    "                 (default 0), then the first by name\n"
	    "  --dry-run      show who would gain and lose what; exit status 0 nothing to change,\n"
	    "                 10 changes pending\n",
	    CLI_TAKES(CLI_TEAM) | CLI_TAKES(CLI_ROLE) | CLI_TAKES(CLI_PRIORITY) |
	    CLI_TAKES(CLI_DRY_RUN), 2, 2, true, true, cli_group_map },
	{ "group unmap", "ORG ID [--dry-run]", "take such a mapping away",
	    "ID is that of `scimlet group mappings`; --dry-run is as for `scimlet group map`.\n",
	    CLI_TAKES(CLI_DRY_RUN), 2, 2, true, true, cli_group_unmap },
	{ "group mappings", "ORG", "list the mappings of groups to teams and roles", NULL,
	    0, 1, 1, true, true, cli_group_mappings },
	{ "group sync", "ORG PATTERN...|--all [--dry-run]", "say which groups the application sees",
	    "Other groups are stored and hidden. PATTERN and --dry-run are as for `scimlet group map`.\n",
	    CLI_TAKES(CLI_ALL) | CLI_TAKES(CLI_DRY_RUN), 1, SIZE_MAX, true, true, cli_group_sync },
	{ "group protect", "ORG GROUP", "let SCIM change neither a group nor its members",
	    "GROUP is a displayName or an id.\n",
	    0, 2, 2, true, true, cli_group_protect },
	{ "group unprotect", "ORG GROUP", "take that back", NULL,
	    0, 2, 2, true, true, cli_group_unprotect },

	{ "guard list", "", "show where the guard against mass removal stopped anybody", NULL,
	    0, 0, 0, false, true, cli_guard_list },
	{ "guard release", "ORG [--for WHEN]", "let removals pass, whatever their number",
	    "  --for WHEN   for how long, or until when (default 1h; 0h: no longer)\n",
	    CLI_TAKES(CLI_FOR), 1, 1, true, true, cli_guard_release },
	{ "undo", "ORG --since WHEN [--token TOKEN-ID] [--dry-run] [--yes]",
	    "put people, groups and members back to how they were",
	    "Whatever changed since then, by SCIM or by SQL, is undone in one transaction: who was\n"
	    "deleted comes back with the same id, who is new goes.\n"
	    "\n"
	    "  --since WHEN      the time at which all was well, or how long ago that is\n"
	    "  --token TOKEN-ID  only people, groups and members that this token changed\n"
	    "  --dry-run         only say what would be done; exit status 10 if there is something\n"
	    "  --yes             do not ask; without a terminal it is needed\n",
	    CLI_TAKES(CLI_SINCE) | CLI_TAKES(CLI_TOKEN) | CLI_TAKES(CLI_DRY_RUN) | CLI_TAKES(CLI_YES),
	    1, 1, true, true, cli_undo },

	{ "import", "ORG FILE [--map COLUMN=ATTRIBUTE] [--dry-run] [--resume]",
	    "create and change people and groups from a file",
	    "FILE is CSV, JSON Lines, a SCIM ListResponse or LDIF; - is standard input. In batches: what\n"
	    "is interrupted goes on with --resume. Attributes that a record does not name stay as they\n"
	    "are. The settings of the organization hold (required attributes, domains, protected people,\n"
	    "revival ...), but for provisioning, the switches of its actions and the guard: these are\n"
	    "about identity providers, not about who administers.\n"
	    "\n"
	    "  --format FORMAT        csv, jsonl (or ndjson), scim (or listresponse) or ldif; else by the\n"
	    "                         file's name or first bytes\n"
	    "  --map COLUMN=ATTRIBUTE what a column of CSV or an attribute of LDAP is; COLUMN= leaves\n"
	    "                         it out; can be repeated\n"
	    "  --match BY             whom a record means: who has its external_id, user_name or email;\n"
	    "                         (or externalId, userName, emails); without: external_id, else\n"
	    "                         user_name\n"
	    "  --dry-run              only tell what would be done; exit status 10 if there is something;\n"
	    "                         with --verbose all of it\n"
	    "  --deactivate-missing   deactivate who is not in the file; needs --max-deactivate\n"
	    "  --max-deactivate N     ... unless they are more than N: then nobody\n"
	    "  --resume               go on with the same file after an interruption\n"
	    "  --rejects FILE         where to write rejected records (default: FILE.rejects)\n"
	    "\n"
	    "Exit status: 0 done, 1 some records were rejected, 4 refused, 130 interrupted.\n",
	    CLI_TAKES(CLI_FORMAT) | CLI_TAKES(CLI_MAP) | CLI_TAKES(CLI_MATCH) |
	    CLI_TAKES(CLI_DRY_RUN) | CLI_TAKES(CLI_DEACTIVATE_MISSING) |
	    CLI_TAKES(CLI_MAX_DEACTIVATE) | CLI_TAKES(CLI_RESUME) | CLI_TAKES(CLI_REJECTS), 2, 2, true, true, cli_import },
	{ "pull", "ORG URL [--token-file FILE] [--dry-run] [--resume] [...]",
	    "import people and groups of another SCIM server",
	    "URL is what stands in front of /Users; it begins with https://. All pages are read, people\n"
	    "first, and imported as `scimlet import` does; a busy server is waited for.\n"
	    "\n"
	    "  --token-file FILE      the bearer token of that server; - is standard input\n"
	    "  --match BY             as for `scimlet import`\n"
	    "  --dry-run              only tell what would be done; exit status 10 if there is something\n"
	    "  --deactivate-missing   deactivate who is not on the server ...\n"
	    "  --max-deactivate N     ... unless they are more than N: then nobody\n"
	    "  --resume               go on after an interruption\n"
	    "  --rejects FILE         where to write rejected records (default: pull.rejects)\n"
	    "\n"
	    "Exit status: 0 done, 1 some records were rejected, 4 refused, 130 interrupted.\n",
	    CLI_TAKES(CLI_TOKEN_FILE) | CLI_TAKES(CLI_MATCH) | CLI_TAKES(CLI_DRY_RUN) |
	    CLI_TAKES(CLI_DEACTIVATE_MISSING) | CLI_TAKES(CLI_MAX_DEACTIVATE) |
	    CLI_TAKES(CLI_RESUME) | CLI_TAKES(CLI_REJECTS), 2, 2, true, true, cli_pull },
	{ "export", "ORG [--format FORMAT] [--canonical] [--groups]",
	    "write people and groups to standard output, as `scimlet import` reads them",
	    "  --format FORMAT   jsonl or ndjson (the default), a resource a line; scim or listresponse,\n"
	    "                    one ListResponse; or csv, people only\n"
	    "  --canonical       without ids and times, members and managers by userName and displayName:\n"
	    "                    two organizations with the same people and groups give the same bytes\n"
	    "  --groups          csv: with a column of the groups that each person is in\n"
	    "\n"
	    "All of it is as it was at one moment. A field of CSV cannot hold a second value of the same\n"
	    "type, blanks at the ends, or a group's name with a semicolon: such values are left out,\n"
	    "named on standard error, and the exit status is 1. Values are never altered, so one that\n"
	    "begins with = + - or @ is a formula to a spreadsheet.\n",
	    CLI_TAKES(CLI_FORMAT) | CLI_TAKES(CLI_CANONICAL) | CLI_TAKES(CLI_GROUPS),
	    1, 1, true, true, cli_export },

	{ "explain", "ORG FILTER [--groups] [--analyze]", "show a filter as SQL, and its plan",
	    "FILTER is one argument, a filter of SCIM.\n"
	    "\n"
	    "  --groups    a filter on groups, not on people\n"
	    "  --analyze   run it, and show what it really read\n",
	    CLI_TAKES(CLI_GROUPS) | CLI_TAKES(CLI_ANALYZE), 2, 2, true, true, cli_explain },
	{ "index list", "", "show which filters an index answers, and which read everything", NULL,
	    0, 0, 0, false, true, cli_index_list },
	{ "index add", "ORG|all ATTRIBUTE", "make filters on an attribute of people fast",
	    "Filters with eq and sw on ATTRIBUTE (nickName, name.familyName, phoneNumbers.value ...)\n"
	    "no longer read everybody. People can be read and written while it is made; where that is\n"
	    "broken off, the same command goes on.\n",
	    0, 2, 2, false, true, cli_index_add },
	{ "index drop", "ORG|all ATTRIBUTE [--yes]", "drop such an index",
	    "At a terminal it asks first; --yes answers that.\n",
	    CLI_TAKES(CLI_YES), 2, 2, false, true, cli_index_drop },
	{ "completion", "bash|zsh|fish", "print what a shell needs to complete commands",
	    "It completes commands, options and their values, keys of organizations, ids of tokens and\n"
	    "names of settings; it is installed where these shells look for it.\n",
	    0, 1, 1, false, false, cli_completion },
};

static const char head[] =
    "scimlet " PACKAGE_VERSION " - administers a Scimlet database\n"
    "\n"
    "  scimlet init                          roles and schema\n"
    "  scimlet org create acme --name Acme   an organization\n"
    "  scimlet token create acme             a token for its identity provider\n"
    "\n"
    "Usage: scimlet [--dsn CONNINFO] [-o table|json|csv] [-q|-v] COMMAND\n"
    "\n";

static const char tail[] =
    "\n"
    "  --dsn CONNINFO     the database as libpq takes it; without it SCIMLET_DATABASE, without\n"
    "                     that libpq's own PGHOST, PGSERVICE, ~/.pgpass ...\n"
    "  -o, --output FORM  table, json or csv; a table is parted by tabs when it is piped\n"
    "  -q, --quiet        no talk on standard error but of failures\n"
    "  -v, --verbose      on standard error also which database was asked, and for how long\n"
    "  --no-color         nothing is coloured, with or without it\n"
    "  -h, --help         this, or more about one COMMAND\n"
    "  --version          the version\n"
    "\n"
    "There is no configuration file: options and the environment are all of it; settings of\n"
    "organizations stand in the database (`scimlet org show ORG`).\n"
    "\n"
    "SCIMLET_PUBLIC_URL, where it is set, lets commands print the address to give to an\n"
    "identity provider. Everything can be looked at in SQL: tables of the schema scim have\n"
    "comments.\n"
    "\n"
    "Exit status: 0 done, 1 some items failed, 2 wrong use, 3 not found, 4 refused by a rule,\n"
    "5 no database, 6 schema too old or too new, 10 --dry-run found something to do,\n"
    "130 interrupted, safe to resume.\n";

void
cli_print_help(void)
{
	fputs(head, stdout);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		printf("  %-15s %s\n", commands[i].name, commands[i].help);
	fputs(tail, stdout);
}

static void
print_usage_line(FILE *stream, const char *before, const struct command *command)
{
	fprintf(stream, "%sscimlet %s%s%s\n", before, command->name,
	    command->arguments[0] != '\0' ? " " : "", command->arguments);
}

void
cli_print_command_help(const struct command *command)
{
	printf("scimlet %s - %s\n\n", command->name, command->help);
	if (cli_example(command)[0] != '\0')
		printf("%s\n", cli_example(command));
	print_usage_line(stdout, "Usage: ", command);
	if (command->details != NULL)
		printf("\n%s", command->details);
	if (cli_takes_time(command))
		fputs(cli_time_help, stdout);
}

const struct command *
cli_commands(size_t *count)
{
	*count = COUNT_OF(commands);
	return commands;
}

static size_t
words_of(const struct command *command)
{
	return strchr(command->name, ' ') != NULL ? 2 : 1;
}

static bool
is_called(const struct command *command, const struct text *words, size_t count)
{
	struct text name = text_of(command->name);
	size_t first = text_find_byte(name, ' ');

	if (count < words_of(command) || !text_equal(words[0], text_first(name, first)))
		return false;
	return first == name.length || text_equal(words[1], text_after(name, first + 1));
}

const struct command *
cli_find_command(const struct text *words, size_t count, size_t *taken)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (is_called(&commands[i], words, count)) {
			*taken = words_of(&commands[i]);
			return &commands[i];
		}
	}
	return NULL;
}

/* How far the first words are from the name of a command, as far as both go. */
static size_t
words_distance(struct arena *arena, const struct text *words, size_t count, struct text name)
{
	size_t first = text_find_byte(name, ' ');
	size_t away = cli_distance(arena, words[0], text_first(name, first));

	if (first < name.length && count > 1)
		away += cli_distance(arena, words[1], text_after(name, first + 1));
	return away;
}

/* What may have been meant by the first words, or TEXT_NONE. */
static struct text
nearest(struct arena *arena, const struct text *words, size_t count)
{
	struct text best = TEXT_NONE;
	size_t least = CLI_NEAR + 1;

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct text name = text_of(commands[i].name);
		size_t away = words_distance(arena, words, count, name);

		/* "foo" is no "log", though two letters of three can be exchanged. */
		if (away >= least || away + 1 >= words[0].length)
			continue;
		least = away;
		best = count > 1 ? name : text_first(name, text_find_byte(name, ' '));
	}
	return best;
}

/* `scimlet org` and `scimlet org frob`: what there is of that kind. */
static bool
list_commands_of(struct text first)
{
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct text name = text_of(commands[i].name);

		if (words_of(&commands[i]) == 1 ||
		    !text_equal(text_first(name, text_find_byte(name, ' ')), first))
			continue;
		if (!any)
			fprintf(stderr, "Usage:\n");
		any = true;
		print_usage_line(stderr, "  ", &commands[i]);
	}
	return any;
}

enum cli_status
cli_unknown_command(struct arena *arena, const struct text *words, size_t count)
{
	struct text near;

	if (count == 0)
		return cli_fail(CLI_USAGE, "A command is needed. See `scimlet --help`.");
	if (count == 1 && list_commands_of(words[0]))
		return CLI_USAGE;
	near = nearest(arena, words, count);
	if (text_is_set(near))
		return cli_fail(CLI_USAGE, "There is no such command. Did you mean `scimlet %.*s`?",
		    TEXT_FORMAT(near));
	if (list_commands_of(words[0]))
		return CLI_USAGE;
	return cli_fail(CLI_USAGE, "There is no command \"%.*s\". See `scimlet --help`.",
	    TEXT_FORMAT(words[0]));
}

static enum cli_status
check_schema(struct cli *cli)
{
	int version;

	if (!store_schema_version(&cli->session, &version))
		return cli_store_failed(cli);
	if (version == 0)
		return cli_fail(CLI_WRONG_SCHEMA,
		    "This database has no Scimlet schema. Run `scimlet init`.");
	if (version < sql_schema_version())
		return cli_fail(CLI_WRONG_SCHEMA, "The schema is version %d, this program works with "
		    "%d. Run `scimlet migrate`.", version, sql_schema_version());
	if (version > sql_schema_version())
		return cli_fail(CLI_WRONG_SCHEMA, "The schema is version %d, this program knows only "
		    "%d. Install the newer Scimlet.", version, sql_schema_version());
	return CLI_DONE;
}

/* What is wrong with the number of arguments, or with one: "$person" of a script may be empty. */
static enum cli_status
check_arguments(const struct cli *cli, const struct command *command)
{
	enum cli_status status = CLI_DONE;

	if (cli->argument_count < command->arguments_min)
		status = cli_fail(CLI_USAGE, "%s is missing.", cli->argument_count + 1 ==
		    command->arguments_min ? "An argument" : "More than one argument");
	else if (cli->argument_count > command->arguments_max)
		status = cli_fail(CLI_USAGE, "There is no place for \"%.*s\". What has blanks in it stands "
		    "in quotes.", TEXT_FORMAT(cli->arguments[command->arguments_max]));
	for (size_t i = 0; i < cli->argument_count && status == CLI_DONE; i++)
		if (cli->arguments[i].length == 0)
			status = cli_fail(CLI_USAGE, "Argument %zu is empty.", i + 1);
	if (status != CLI_DONE)
		print_usage_line(stderr, "Usage: ", command);
	return status;
}

enum cli_status
cli_run(struct cli *cli, const struct command *command)
{
	enum cli_status status = check_arguments(cli, command);

	if (status != CLI_DONE)
		return status;
	cli_use_own_words(cli);
	if (command->needs_schema) {
		status = check_schema(cli);
		if (status != CLI_DONE)
			return status;
	}
	if (command->takes_org) {
		cli->session.org = cli->arguments[0];
		/* It becomes part of SET LOCAL scim.org; and no other could exist. */
		if (!scim_is_org_key(cli->session.org) && command->run != cli_org_create)
			return cli_no_organization(cli);
	}
	return command->run(cli);
}
