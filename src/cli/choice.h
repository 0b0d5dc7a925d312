/*
 * choice.h - options whose value is one of a few words.
 */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "cli/cli.h"

/* In the order of enum cli_output. */
#define CLI_OUTPUTS "table json csv"

/*
 * The words, parted by blanks; in capitals what such a value is called in a
 * usage (TOKEN-ID); NULL: anything.
 */
const char *cli_choices(enum cli_option option);
/* Is it one of the words? */
bool cli_is_choice(enum cli_option option, struct text word);
/*
 * Puts our own word in place of a synonym ("userName" for --match), so that
 * commands compare, store and print no other.
 */
void cli_use_own_words(struct cli *cli);

#endif
