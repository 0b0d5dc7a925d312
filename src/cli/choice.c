/*
 * choice.c - the table of options with few values.
 */
#include "cli/choice.h"

static const char *const choices[CLI_OPTIONS] = {
	[CLI_SCOPES] = "users groups read login",
	[CLI_STATUS] = "provisioned active suspended removed",
	[CLI_RESULT] = "done refused ignored failed",
	[CLI_TOKEN] = "TOKEN-ID",
	[CLI_FORMAT] = "jsonl scim csv ldif",
	[CLI_MATCH] = "external_id user_name email",
	[CLI_REJECTS] = "FILE",
	[CLI_TOKEN_FILE] = "FILE",
};

/* As SCIM, and as other programs, spell our words. */
static const struct {
	enum cli_option option;
	const char *word, *own;
} synonyms[] = {
	{ CLI_RESULT, "rejected", "refused" },
	{ CLI_FORMAT, "ndjson", "jsonl" },
	{ CLI_FORMAT, "listresponse", "scim" },
	{ CLI_MATCH, "externalId", "external_id" },
	{ CLI_MATCH, "userName", "user_name" },
	{ CLI_MATCH, "emails", "email" },
};

const char *
cli_choices(enum cli_option option)
{
	return choices[option];
}

bool
cli_is_choice(enum cli_option option, struct text word)
{
	struct text rest = text_of(choices[option]);

	while (rest.length > 0) {
		size_t end = text_find_byte(rest, ' ');

		if (text_equal(text_first(rest, end), word))
			return true;
		rest = text_after(rest, end < rest.length ? end + 1 : end);
	}
	return false;
}

/* Names of SCIM's attributes are the same in upper and lower case. */
void
cli_use_own_words(struct cli *cli)
{
	for (size_t i = 0; i < COUNT_OF(synonyms); i++) {
		struct text *given = &cli->options[synonyms[i].option];

		if (text_is_set(*given) && text_equal_nocase(*given, text_of(synonyms[i].word)))
			*given = text_of(synonyms[i].own);
	}
}
