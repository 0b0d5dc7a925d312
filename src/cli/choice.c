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
