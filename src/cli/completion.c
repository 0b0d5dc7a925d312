/*
 * completion.c - `scimlet completion`: what a shell completes, from the tables.
 *
 * What may stand next is found by functions for any POSIX shell, whose data
 * is written from the table of commands, that of options and that of
 * settings; bash and zsh each get a few lines that hand it over.  fish is no
 * POSIX shell: it has sh run them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fatal.h"
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
    "# Of a list that begins so, the words that are not there yet.\n"
    "__scimlet_print_rest() {\n"
    "\tbefore=$1 list=$2\n"
    "\tshift 2\n"
    "\tfor value; do\n"
    "\t\tcase ,$list in\n"
    "\t\t*,\"$value\",*) ;;\n"
    "\t\t*) echo \"$before$list$value\" ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n"
    "\n"
    "__scimlet_print_values() {\n"
    "\tvalues=\n"
    "\t__scimlet_values \"$1\"\n"
    "\tcase $values in\n"
    "\t*[A-Z]*) __scimlet_kinds \"$values\" ;;\n"
    "\t*)\n"
    "\t\tgiven=${current#\"$2\"}\n"
    "\t\tcase $1$given in\n"
    "\t\t--scopes*,*) __scimlet_print_rest \"$2\" \"${given%,*},\" $values ;;\n"
    "\t\t*) __scimlet_print \"$2\" $values ;;\n"
    "\t\tesac\n"
    "\t\t;;\n"
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

/* Behind the script for sh, quoted; fish puts no blank behind "=". */
static const char fish[] =
    "\n"
    "function __scimlet_fish\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l current (commandline -ct)\n"
    "\tset -l found (sh -c \"$__scimlet_sh\"'__scimlet_complete \"$@\"' sh $words[1] \"$current\" $words[2..-1])\n"
    "\tif contains -- @FILE $found\n"
    "\t\t__fish_complete_path \"$current\"\n"
    "\telse\n"
    "\t\tprintf '%s\\n' $found\n"
    "\tend\n"
    "end\n"
    "complete -c scimlet -f -a '(__scimlet_fish)'\n";

/* The words of a usage that are no options: "ORG TOKEN-ID [--grace TIME]" has two. */
static void
print_arguments(FILE *out, const char *usage)
{
	struct text rest = text_of(usage);
	const char *between = "";

	while (rest.length > 0 && !text_starts(rest, TEXT("--")) && !text_starts(rest, TEXT("[--"))) {
		size_t end = text_find_byte(rest, ' ');

		fprintf(out, "%s", between);
		for (size_t i = 0; i < end; i++)
			if (strchr("[]", rest.start[i]) == NULL)
				fputc(rest.start[i], out);
		between = " ";
		rest = text_after(rest, end < rest.length ? end + 1 : end);
	}
}

static void
print_options(FILE *out, const struct command *command)
{
	const char *between = "";

	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		int at = option->val - CLI_OPTION_VALUE;

		if (at < 0 || !(command->options & CLI_TAKES(at)))
			continue;
		fprintf(out, "%s--%s%s", between, option->name, option->has_arg == no_argument ? "" : "=");
		between = " ";
	}
}

/* Of a command: what follows it, and its options. */
static void
print_commands(FILE *out)
{
	size_t count;
	const struct command *commands = cli_commands(&count);

	fprintf(out, "__scimlet_command() {\n\tcase $1 in\n");
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "\t'%s') arguments='", commands[i].name);
		print_arguments(out, commands[i].arguments);
		fprintf(out, "' flags='");
		print_options(out, &commands[i]);
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\t*) return 1 ;;\n\tesac\n}\n\n__scimlet_all='");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i > 0 ? "\n" : "", commands[i].name);
	fprintf(out, "'\n");
}

/* Of an option that takes a value: what that may be; the others are unknown here. */
static void
print_values(FILE *out)
{
	fprintf(out, "__scimlet_values() {\n\tcase $1 in\n");
	for (const struct option *option = cli_known_options; option->name != NULL; option++) {
		const char *choices = option->val == 'o' ? CLI_OUTPUTS :
		    option->val < CLI_OPTION_VALUE ? NULL :
		    cli_choices((enum cli_option)(option->val - CLI_OPTION_VALUE));

		if (option->has_arg == no_argument)
			continue;
		if (isalpha(option->val))
			fprintf(out, "\t-%c | ", option->val);
		fprintf(out, "%s--%s) values='%s' ;;\n", isalpha(option->val) ? "" : "\t", option->name,
		    choices != NULL ? choices : "");
	}
	fprintf(out, "\t*) return 1 ;;\n\tesac\n}\n\n__scimlet_everywhere='");
	for (const struct option *option = cli_known_options; option->name != NULL; option++)
		if (option->val < CLI_OPTION_VALUE)
			fprintf(out, "--%s%s ", option->name, option->has_arg == no_argument ? "" : "=");
	fprintf(out, "'\n\n");
}

/* "saml or oidc or none" without the "or". */
static void
print_allowed(FILE *out, struct text allowed)
{
	for (;;) {
		size_t end = text_find(allowed, TEXT(" or "));

		fprintf(out, "%.*s", (int)end, allowed.start);
		if (end == allowed.length)
			return;
		fputc(' ', out);
		allowed = text_after(allowed, end + strlen(" or "));
	}
}

static void
print_settings(FILE *out)
{
	fprintf(out, "__scimlet_setting() {\n\tcase $1 in\n");
	for (size_t i = 0; i < cli_setting_count; i++) {
		if (cli_settings[i].kind != SETTING_SWITCH && cli_settings[i].kind != SETTING_WORD)
			continue;
		fprintf(out, "\t%s) values='", cli_settings[i].name);
		print_allowed(out, text_of(cli_settings[i].allowed));
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\tesac\n}\n\n__scimlet_settings='name=");
	for (size_t i = 0; i < cli_setting_count; i++)
		fprintf(out, " %s=", cli_settings[i].name);
	fprintf(out, "'\n\n");
}

/* For any POSIX shell: the data, and what finds in it. */
static void
print_core(FILE *out)
{
	print_commands(out);
	print_values(out);
	print_settings(out);
	fputs(core, out);
}

static void
print_bash(void)
{
	print_core(stdout);
	fputs(bash, stdout);
}

static void
print_zsh(void)
{
	print_core(stdout);
	fputs(zsh, stdout);
}

/* The same as a string of fish, in which only these two stand for something else. */
static void
print_fish(void)
{
	char *script = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&script, &size);

	if (memory == NULL)
		fatal("no memory");
	print_core(memory);
	if (fclose(memory) != 0)
		fatal("no memory");
	fputs("set -g __scimlet_sh '", stdout);
	for (size_t i = 0; i < size; i++) {
		if (script[i] == '\\' || script[i] == '\'')
			putchar('\\');
		putchar(script[i]);
	}
	fputs("'\n", stdout);
	fputs(fish, stdout);
	free(script);
}

enum cli_status
cli_completion(struct cli *cli)
{
	static const struct {
		const char *name, *first_line;
		void (*print)(void);
	} shells[] = {
		{ "bash", "", print_bash }, { "zsh", "#compdef scimlet\n", print_zsh }, { "fish", "", print_fish },
	};

	for (size_t i = 0; i < COUNT_OF(shells); i++)
		if (text_equal(cli->arguments[0], text_of(shells[i].name))) {
			printf("%s# Completion of scimlet in %s; written by `scimlet completion %s`.\n\n",
			    shells[i].first_line, shells[i].name, shells[i].name);
			shells[i].print();
			return CLI_DONE;
		}
	return cli_fail(CLI_USAGE, "There is no completion for \"%.*s\": bash, zsh or fish.",
	    TEXT_FORMAT(cli->arguments[0]));
}
