/*
 * setting.h - the settings of an organization: names, defaults, meanings, and
 * which values they take.
 *
 * The names are those of the columns of scim.organization_settings; `org set`
 * reads values by this table, `org show` and the help print it.
 */
#ifndef CLI_SETTING_H
#define CLI_SETTING_H

#include "cli/cli.h"
#include "json/value.h"

enum setting_kind {
	SETTING_TEXT,           /* "" takes it away */
	SETTING_ADDRESS,        /* likewise; of http or https */
	SETTING_SWITCH,
	SETTING_WORD,           /* of those in allowed */
	SETTING_NUMBER,
	SETTING_ATTRIBUTES,     /* lists: one a line, or parted by commas */
	SETTING_DOMAINS,
	SETTING_PATTERNS,
};

struct setting {
	const char *name;
	enum setting_kind kind;
	const char *standard;   /* the default, as shown */
	const char *meaning;
	const char *allowed;    /* what may be set, in words; of words and numbers it decides */
	long least, most;       /* of numbers */
	const char *none;       /* the word for NULL, or NULL: it always has a value */
};

extern const struct setting cli_settings[];
extern const size_t cli_setting_count;

/* NULL when there is none. */
const struct setting *cli_setting_find(struct text name);
/* NULL, after saying so, when the setting cannot be that. */
struct json_value *cli_setting_read(struct cli *cli, const struct setting *setting,
    struct text value);
/* As people read it, and as cli_setting_read() takes it; value: of the column, as JSON. */
struct text cli_setting_show(struct arena *arena, const struct setting *setting,
    const struct json_value *value);

#endif
