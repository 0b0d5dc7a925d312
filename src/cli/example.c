/*
 * example.c - what each command is called like; its help begins with that.
 *
 * Apart from the table of commands, which stays short; a test demands that
 * each command has an example, and that the examples are ones that it takes.
 */
#include "cli/cli.h"

static const struct {
	const char *command, *lines;
} examples[] = {
	{ "init",
	    "  scimlet --dsn 'dbname=app user=postgres' init\n" },
	{ "migrate",
	    "  scimlet migrate --dry-run\n"
	    "  scimlet migrate\n" },
	{ "doctor",
	    "  scimlet doctor --url https://id.example.com/scim/v2/acme\n" },
	{ "why",
	    "  scimlet why acme jane@example.com\n" },
	{ "status",
	    "  scimlet status\n"
	    "  scimlet status acme\n" },
	{ "log",
	    "  scimlet log acme --since 2h --result refused\n"
	    "  scimlet log acme --subject jane@example.com --limit 20\n" },
	{ "watch",
	    "  scimlet watch acme --rejected\n"
	    "  scimlet -o json watch | jq -r .sentence\n" },
	{ "import",
	    "  scimlet import acme people.csv --map mail=emails.work --map shoesize= --dry-run\n"
	    "  scimlet import acme people.jsonl --deactivate-missing --max-deactivate 20\n" },
	{ "pull",
	    "  scimlet pull acme https://scim.example.com/scim/v2 --token-file token --dry-run\n"
	    "  scimlet pull acme https://scim.example.com/scim/v2 --token-file - --resume\n" },
	{ "org create",
	    "  scimlet org create acme --name 'Acme Inc.'\n" },
	{ "org list",
	    "  scimlet org list\n"
	    "  scimlet -o csv org list > organizations.csv\n" },
	{ "org delete",
	    "  scimlet org delete acme\n" },
	{ "org show",
	    "  scimlet org show acme\n"
	    "  scimlet -o json org show acme | jq .people\n" },
	{ "org set",
	    "  scimlet org set acme name='Acme Inc.' delete_users=off\n"
	    "  scimlet org set acme required_attributes=name.givenName,emails\n" },
	{ "token create",
	    "  scimlet token create acme --name okta | pass insert -m scim/acme\n"
	    "  scimlet token create acme --name reports --scopes read --expires 90d\n" },
	{ "token list",
	    "  scimlet token list acme\n" },
	{ "token replace",
	    "  scimlet token replace acme 1b4e28ba --grace 24h\n" },
	{ "token revoke",
	    "  scimlet token revoke acme 1b4e28ba\n" },
	{ "user list",
	    "  scimlet user list acme --status suspended\n"
	    "  scimlet -o csv user list acme --filter 'title co \"engineer\"'\n" },
	{ "user show",
	    "  scimlet user show acme jane@example.com\n"
	    "  scimlet user show acme jane@example.com --history\n" },
	{ "user protect",
	    "  scimlet user protect acme admin@example.com\n" },
	{ "user unprotect",
	    "  scimlet user unprotect acme admin@example.com\n" },
	{ "user deactivate",
	    "  scimlet user deactivate acme jane@example.com\n" },
	{ "user reactivate",
	    "  scimlet user reactivate acme jane@example.com\n" },
	{ "user link",
	    "  scimlet user link acme jane@example.com account-4711\n" },
	{ "group protect",
	    "  scimlet group protect acme Administrators\n" },
	{ "group unprotect",
	    "  scimlet group unprotect acme Administrators\n" },
	{ "history",
	    "  scimlet history acme jane@example.com\n" },
	{ "check",
	    "  scimlet check\n"
	    "  scimlet -o json check acme\n" },
	{ "erase",
	    "  scimlet erase acme jane@example.com --vacuum\n"
	    "  scimlet erase acme 2819c223-7f76-453a-919d-413861904646 --yes\n" },
	{ "prune",
	    "  scimlet prune --dry-run\n"
	    "  scimlet --dsn 'dbname=app' prune\n"
	    "  scimlet prune --older-than 30d\n" },
	{ "guard list",
	    "  scimlet guard list\n" },
	{ "guard release",
	    "  scimlet guard release acme --for 2h\n" },
	{ "undo",
	    "  scimlet undo acme --since 2h --dry-run\n"
	    "  scimlet undo acme --since 2027-01-31T12:00:00Z --token 1b4e28ba\n" },
	{ "group list",
	    "  scimlet group list acme --hidden\n"
	    "  scimlet -o csv group list acme\n" },
	{ "group show",
	    "  scimlet group show acme Engineering --members\n" },
	{ "group map",
	    "  scimlet group map acme 'Eng*' --team engineering --role member --dry-run\n" },
	{ "group unmap",
	    "  scimlet group unmap acme 3 --dry-run\n" },
	{ "group mappings",
	    "  scimlet group mappings acme\n" },
	{ "group sync",
	    "  scimlet group sync acme 'Eng*' Sales --dry-run\n"
	    "  scimlet group sync acme --all\n" },
	{ "export",
	    "  scimlet export acme > acme.jsonl\n"
	    "  scimlet export acme --format csv --groups > acme.csv\n" },
	{ "explain",
	    "  scimlet explain acme 'userName eq \"jane@example.com\"'\n"
	    "  scimlet explain acme 'displayName sw \"Eng\"' --groups --analyze\n" },
	{ "index list",
	    "  scimlet index list\n" },
	{ "index add",
	    "  scimlet index add acme nickName\n"
	    "  scimlet index add all phoneNumbers.value\n" },
	{ "index drop",
	    "  scimlet index drop acme nickName\n" },
	{ "completion",
	    "  source <(scimlet completion bash)\n"
	    "  scimlet completion fish | source\n" },
};

const char *
cli_example(const struct command *command)
{
	for (size_t i = 0; i < COUNT_OF(examples); i++)
		if (strcmp(examples[i].command, command->name) == 0)
			return examples[i].lines;
	return "";
}
