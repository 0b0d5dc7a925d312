/*
 * completion.c - `scimlet completion`: what a shell completes, from the tables.
 *
 * What may stand next is found by functions for any POSIX shell, whose data
 * is written from the table of commands, that of options and that of
 * settings; bash and zsh each get a few lines that hand it over.
 */
#include <ctype.h>
#include <stdio.h>

#include "cli/choice.h"
#include "cli/setting.h"

static const char core[] =
    "# The organizations and tokens that this database has; nothing when it does not answer.\n"
    "__scimlet_ask() {\n"
    "\ttimeout 2 \"$program\" ${database:+\"--dsn=$database\"} -q -o csv \"$@\" 2>/dev/null </dev/null |\n"
    "\t\tsed '1d; s/[,\\r].*//'\n"
    "}\n"
    "\n"
    "# Words of a kind, one a line; kinds are as in the usage of a command.\n"
    "__scimlet_kind() {\n"
    "\tcase $1 in\n"
    "\tORG) __scimlet_ask org list ;;\n"
    "\tTOKEN-ID) [ -z \"$org\" ] || __scimlet_ask token list \"$org\" ;;\n"
    "\tSETTING=VALUE)\n"
    "\t\tcase $current in\n"
    "\t\t*=*)\n"
    "\t\t\tvalues=\n"
    "\t\t\t__scimlet_setting \"${current%%=*}\"\n"
    "\t\t\t__scimlet_print \"${current%%=*}=\" $values\n"
    "\t\t\t;;\n"
    "\t\t*) __scimlet_print '' $__scimlet_settings ;;\n"
    "\t\tesac\n"
    "\t\t;;\n"
    "\tFILE) echo @FILE ;;\n"
    "\t*[A-Z]*) ;;\n"
    "\t*) echo \"$1\" ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "__scimlet_kinds() {\n"
    "\told_ifs=$IFS\n"
    "\tIFS='|'\n"
    "\tset -- $1\n"
    "\tIFS=$old_ifs\n"
    "\tfor kind; do\n"
    "\t\t__scimlet_kind \"$kind\"\n"
    "\tdone\n"
    "}\n"
    "\n"
    "__scimlet_print() {\n"
    "\tbefore=$1\n"
    "\tshift\n"
    "\tfor value; do\n"
    "\t\techo \"$before$value\"\n"
    "\tdone\n"
    "}\n"
    "\n"
    "__scimlet_print_values() {\n"
    "\tvalues=\n"
    "\t__scimlet_values \"$1\"\n"
    "\tcase $values in\n"
    "\t*[A-Z]*) __scimlet_kinds \"$values\" ;;\n"
    "\t*) __scimlet_print \"$2\" $values ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "# The next words of the commands that begin so far.\n"
    "__scimlet_commands() {\n"
    "\techo \"$__scimlet_all\" | while read -r first second; do\n"
    "\t\tif [ -z \"$1\" ]; then\n"
    "\t\t\techo \"$first\"\n"
    "\t\telif [ \"$1\" = \"$first\" ]; then\n"
    "\t\t\techo \"$second\"\n"
    "\t\tfi\n"
    "\tdone | sort -u\n"
    "}\n"
    "\n"
    "# What the next word is for: command, first, org, count and wants are set.\n"
    "__scimlet_read() {\n"
    "\tcommand='' first='' org='' count=0 wants='' database=''\n"
    "\twhile [ $# -gt 0 ]; do\n"
    "\t\tword=$1\n"
    "\t\tshift\n"
    "\t\tcase $word in\n"
    "\t\t--dsn=*) database=${word#*=} ;;\n"
    "\t\t--*=*) ;;\n"
    "\t\t-?*)\n"
    "\t\t\t__scimlet_values \"$word\" || continue\n"
    "\t\t\tif [ $# -eq 0 ]; then\n"
    "\t\t\t\twants=$word\n"
    "\t\t\t\treturn\n"
    "\t\t\tfi\n"
    "\t\t\t[ \"$word\" != --dsn ] || database=$1\n"
    "\t\t\tshift\n"
    "\t\t\t;;\n"
    "\t\t*)\n"
    "\t\t\tif [ -n \"$command\" ]; then\n"
    "\t\t\t\tcount=$((count + 1))\n"
    "\t\t\t\t[ $count -gt 1 ] || org=$word\n"
    "\t\t\telif __scimlet_command \"$first${first:+ }$word\"; then\n"
    "\t\t\t\tcommand=$first${first:+ }$word\n"
    "\t\t\telse\n"
    "\t\t\t\tfirst=$word\n"
    "\t\t\tfi\n"
    "\t\t\t;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n"
    "\n"
    "__scimlet_argument() {\n"
    "\tshift \"$count\"\n"
    "\tcase $# in\n"
    "\t0) case $last in *...) __scimlet_kinds \"${last%...}\" ;; esac ;;\n"
    "\t*) __scimlet_kinds \"${1%...}\" ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "# PROGRAM, the word at the cursor and the words before it: what may stand there, one a line.\n"
    "__scimlet_complete() {\n"
    "\tprogram=$1 current=$2\n"
    "\tshift 2\n"
    "\t__scimlet_read \"$@\"\n"
    "\targuments='' flags=''\n"
    "\t[ -z \"$command\" ] || __scimlet_command \"$command\"\n"
    "\tlast=${arguments##* }\n"
    "\tif [ -n \"$wants\" ]; then\n"
    "\t\t__scimlet_print_values \"$wants\" ''\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tcase $current in\n"
    "\t--*=*) __scimlet_print_values \"${current%%=*}\" \"${current%%=*}=\" ;;\n"
    "\t-*) __scimlet_print '' $flags $__scimlet_everywhere ;;\n"
    "\t*)\n"
    "\t\tif [ -n \"$command\" ]; then\n"
    "\t\t\t__scimlet_argument $arguments\n"
    "\t\telse\n"
    "\t\t\t__scimlet_commands \"$first\"\n"
    "\t\tfi\n"
    "\t\t;;\n"
    "\tesac\n"
    "}\n";

static const char bash[] =
    "\n"
    "_scimlet()\n"
    "{\n"
    "\tlocal words=() i word\n"
    "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "\t\t# Readline parts words at \"=\", too.\n"
    "\t\tif ((${#words[@]} > 0)) && [[ ${COMP_WORDS[i]} == = || ${COMP_WORDS[i-1]} == = ]]; then\n"
    "\t\t\twords[${#words[@]}-1]+=${COMP_WORDS[i]}\n"
    "\t\telse\n"
    "\t\t\twords+=(\"${COMP_WORDS[i]}\")\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tlocal current=${words[${#words[@]}-1]}\n"
    "\tunset \"words[${#words[@]}-1]\"\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS= read -r word; do\n"
    "\t\tif [[ $word == @FILE ]]; then\n"
    "\t\t\tcompopt -o default 2>/dev/null\n"
    "\t\telif [[ $word == \"$current\"* ]]; then\n"
    "\t\t\tif [[ $COMP_WORDBREAKS == *=* && $current == *=* ]]; then\n"
    "\t\t\t\tword=${word#\"${current%%=*}=\"}\n"
    "\t\t\tfi\n"
    "\t\t\tCOMPREPLY+=(\"$word\")\n"
    "\t\tfi\n"
    "\tdone < <(__scimlet_complete \"${1:-scimlet}\" \"$current\" \"${words[@]}\")\n"
    "\tif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then\n"
    "\t\tcompopt -o nospace 2>/dev/null\n"
    "\tfi\n"
    "}\n"
    "complete -F _scimlet scimlet\n";

static const char zsh[] =
    "\n"
    "__scimlet_as_sh() {\n"
    "\temulate -L sh\n"
    "\t__scimlet_complete \"$@\"\n"
    "}\n"
    "\n"
    "_scimlet() {\n"
    "\tlocal -a found open\n"
    "\tfound=(\"${(@f)$(__scimlet_as_sh \"${words[1]}\" \"${words[CURRENT]}\" \"${(@)words[2,CURRENT-1]}\")}\")\n"
    "\tif (( ${found[(Ie)@FILE]} )); then\n"
    "\t\t_files\n"
    "\t\treturn\n"
    "\tfi\n"
    "\topen=(${(M)found:#*=})\n"
    "\tfound=(${found:#*=})\n"
    "\tcompadd -S '' -- $open\n"
    "\tcompadd -- $found\n"
    "}\n"
    "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then\n"
    "\t_scimlet \"$@\"\n"
    "else\n"
    "\tcompdef _scimlet scimlet\n"
    "fi\n";

/* The words of a usage that are no options: "ORG TOKEN-ID [--grace TIME]" has two. */
static void
print_arguments(const char *usage)
{
	struct text rest = text_of(usage);
	const char *between = "";

	while (rest.length > 0 && !text_starts(rest, TEXT("--")) && !text_starts(rest, TEXT("[--"))) {
		size_t end = text_find_byte(rest, ' ');

		printf("%s", between);
		for (size_t i = 0; i < end; i++)
			if (strchr("[]", rest.start[i]) == NULL)
				putchar(rest.start[i]);
		between = " ";
		rest = text_after(rest, end < rest.length ? end + 1 : end);
	}
}

static void
print_options(const struct command *command)
{
	const char *between = "";

	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		int at = option->val - CLI_OPTION_VALUE;

		if (at < 0 || !(command->options & CLI_TAKES(at)))
			continue;
		printf("%s--%s%s", between, option->name, option->has_arg == no_argument ? "" : "=");
		between = " ";
	}
}

/* Of a command: what follows it, and its options. */
static void
print_commands(void)
{
	size_t count;
	const struct command *commands = cli_commands(&count);

	printf("__scimlet_command() {\n\tcase $1 in\n");
	for (size_t i = 0; i < count; i++) {
		printf("\t'%s') arguments='", commands[i].name);
		print_arguments(commands[i].arguments);
		printf("' flags='");
		print_options(&commands[i]);
		printf("' ;;\n");
	}
	printf("\t*) return 1 ;;\n\tesac\n}\n\n__scimlet_all='");
	for (size_t i = 0; i < count; i++)
		printf("%s%s", i > 0 ? "\n" : "", commands[i].name);
	printf("'\n");
}

/* Of an option that takes a value: what that may be; the others are unknown here. */
static void
print_values(void)
{
	printf("__scimlet_values() {\n\tcase $1 in\n");
	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		const char *choices = option->val == 'o' ? CLI_OUTPUTS :
		    option->val < CLI_OPTION_VALUE ? NULL :
		    cli_choices((enum cli_option)(option->val - CLI_OPTION_VALUE));

		if (option->has_arg == no_argument)
			continue;
		if (isalpha(option->val))
			printf("\t-%c | ", option->val);
		printf("%s--%s) values='%s' ;;\n", isalpha(option->val) ? "" : "\t", option->name,
		    choices != NULL ? choices : "");
	}
	printf("\t*) return 1 ;;\n\tesac\n}\n\n__scimlet_everywhere='");
	for (const struct option *option = cli_known_options; option->name != NULL; option++)
		if (option->val < CLI_OPTION_VALUE)
			printf("--%s%s ", option->name, option->has_arg == no_argument ? "" : "=");
	printf("'\n\n");
}

/* "saml or oidc or none" without the "or". */
static void
print_allowed(struct text allowed)
{
	for (;;) {
		size_t end = text_find(allowed, TEXT(" or "));

		printf("%.*s", (int)end, allowed.start);
		if (end == allowed.length)
			return;
		putchar(' ');
		allowed = text_after(allowed, end + strlen(" or "));
	}
}

static void
print_settings(void)
{
	printf("__scimlet_setting() {\n\tcase $1 in\n");
	for (size_t i = 0; i < cli_setting_count; i++) {
		if (cli_settings[i].kind != SETTING_SWITCH && cli_settings[i].kind != SETTING_WORD)
			continue;
		printf("\t%s) values='", cli_settings[i].name);
		print_allowed(text_of(cli_settings[i].allowed));
		printf("' ;;\n");
	}
	printf("\tesac\n}\n\n__scimlet_settings='name=");
	for (size_t i = 0; i < cli_setting_count; i++)
		printf(" %s=", cli_settings[i].name);
	printf("'\n\n");
}

enum cli_status
cli_completion(struct cli *cli)
{
	bool is_zsh = text_equal(cli->arguments[0], TEXT("zsh"));

	if (!is_zsh && !text_equal(cli->arguments[0], TEXT("bash")))
		return cli_fail(CLI_USAGE, "There is no completion for \"%.*s\": bash or zsh.",
		    TEXT_FORMAT(cli->arguments[0]));
	printf("%s# Completion of scimlet in %s; written by `scimlet completion %s`.\n\n",
	    is_zsh ? "#compdef scimlet\n" : "", is_zsh ? "zsh" : "bash", is_zsh ? "zsh" : "bash");
	print_commands();
	print_values();
	print_settings();
	fputs(core, stdout);
	fputs(is_zsh ? zsh : bash, stdout);
	return CLI_DONE;
}
