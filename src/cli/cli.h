/*
 * cli.h - what the commands of `scimlet` share.
 *
 * Data goes to stdout, talk to stderr; a command returns the exit status.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>
#include <stdint.h>

#include "store/organization.h"

enum cli_status {
	CLI_DONE,
	CLI_SOME_FAILED,        /* doctor: warnings */
	CLI_USAGE,
	CLI_NOT_FOUND,
	CLI_REFUSED,            /* by a rule, a conflict, a missing right; doctor: broken */
	CLI_UNREACHABLE,
	CLI_WRONG_SCHEMA,
	CLI_PENDING = 10,       /* --dry-run: there is something to do */
	CLI_INTERRUPTED = 130,  /* by Ctrl-C */
};

/* Options that belong to commands; a set of them is a sum of CLI_TAKES(). */
enum cli_option {
	CLI_NAME,
	CLI_EXPIRES,
	CLI_SCOPES,
	CLI_GRACE,
	CLI_URL,
	CLI_GROUPS,             /* of these two only whether they were given */
	CLI_ANALYZE,
	CLI_FOR,
	CLI_STATUS,
	CLI_SINCE,
	CLI_TOKEN,
	CLI_DRY_RUN,            /* likewise */
	CLI_TEAM,
	CLI_ROLE,
	CLI_PRIORITY,
	CLI_HIDDEN,             /* likewise */
	CLI_ALL,                /* likewise */
	CLI_RESULT,
	CLI_SUBJECT,
	CLI_REASON,
	CLI_LIMIT,
	CLI_MEMBERS,            /* likewise */
	CLI_YES,                /* likewise */
	CLI_VACUUM,             /* likewise */
	CLI_FILTER,
	CLI_HISTORY,            /* likewise */
	CLI_TO,
	CLI_FORMAT,
	CLI_CANONICAL,          /* likewise */
	CLI_TOKEN_FILE,
	CLI_REJECTED,           /* likewise */
	CLI_MAP,                /* in maps, as there may be more than one */
	CLI_MATCH,
	CLI_DEACTIVATE_MISSING, /* likewise */
	CLI_MAX_DEACTIVATE,
	CLI_RESUME,             /* likewise */
	CLI_REJECTS,
	CLI_OLDER_THAN,
	CLI_OPTIONS
};

#define CLI_TAKES(option) ((uint64_t)1 << (option))

enum cli_output {
	CLI_TABLE,
	CLI_JSON,
	CLI_CSV,
};

struct cli {
	struct session session;
	struct scim_error error;        /* of the session */
	enum cli_output output;
	bool quiet, verbose;
	bool partly;                            /* something is done and stays, whatever fails after it */
	bool connects_as_responder;             /* the database came from SCIMLET_DATABASE */
	struct text options[CLI_OPTIONS];       /* TEXT_NONE: not given */
	struct text *maps;                      /* each --map */
	size_t map_count;
	const struct text *arguments;           /* behind the words of the command */
	size_t argument_count;
};

/* All of them, ended by a NULL name; those of commands have CLI_OPTION_VALUE + enum cli_option. */
#define CLI_OPTION_VALUE 512
extern const struct option cli_known_options[];

struct command {
	const char *name;               /* one or two words */
	const char *arguments;          /* as shown in the usage; ORG comes first where it is taken */
	const char *help;               /* one line */
	const char *details;            /* more lines for `scimlet COMMAND --help`, or NULL */
	uint64_t options;
	size_t arguments_min, arguments_max;
	bool takes_org;
	bool needs_schema;              /* and that of this program's version */
	enum cli_status (*run)(struct cli *cli);
};

const struct command *cli_commands(size_t *count);
/* Lines that call it, as its help shows them; "" when nobody has written any. */
const char *cli_example(const struct command *command);
/* The command that these words begin with, and how many of them it takes; or NULL. */
const struct command *cli_find_command(const struct text *words, size_t count, size_t *taken);
/* A word with so few changes may have been meant. */
#define CLI_NEAR 2
/* How many bytes must be inserted, removed or changed to make b of a (Levenshtein). */
size_t cli_distance(struct arena *arena, struct text a, struct text b);
/* The name that may have been meant by the word, or TEXT_NONE; at least two bytes of it are right. */
struct text cli_nearest(struct arena *arena, struct text word, const struct text *names, size_t count);
/*
 * Exit 2 with what is wrong with an option: kind is what getopt_long() returned
 * ('?' or ':'), value its optopt, word the argument that it read last.
 */
enum cli_status cli_wrong_option(struct arena *arena, int kind, int value, const char *word);
/* Says on stderr which commands there are, or which one may have been meant. */
enum cli_status cli_unknown_command(struct arena *arena, const struct text *words, size_t count);
void cli_print_help(void);
void cli_print_command_help(const struct command *command);

/* Checks the arguments, opens the organization and the schema, and runs the command. */
enum cli_status cli_run(struct cli *cli, const struct command *command);

/* The commands, a file for each of their first words. */
enum cli_status cli_init(struct cli *cli);
enum cli_status cli_migrate(struct cli *cli);
enum cli_status cli_org_create(struct cli *cli);
enum cli_status cli_org_delete(struct cli *cli);
enum cli_status cli_org_list(struct cli *cli);
enum cli_status cli_org_show(struct cli *cli);
enum cli_status cli_org_set(struct cli *cli);
enum cli_status cli_token_create(struct cli *cli);
enum cli_status cli_token_list(struct cli *cli);
enum cli_status cli_token_replace(struct cli *cli);
enum cli_status cli_token_revoke(struct cli *cli);
enum cli_status cli_user_list(struct cli *cli);
enum cli_status cli_user_show(struct cli *cli);
enum cli_status cli_user_protect(struct cli *cli);
enum cli_status cli_user_unprotect(struct cli *cli);
enum cli_status cli_user_deactivate(struct cli *cli);
enum cli_status cli_user_reactivate(struct cli *cli);
enum cli_status cli_user_link(struct cli *cli);
enum cli_status cli_group_show(struct cli *cli);
enum cli_status cli_group_protect(struct cli *cli);
enum cli_status cli_group_unprotect(struct cli *cli);
enum cli_status cli_history(struct cli *cli);
enum cli_status cli_export(struct cli *cli);
enum cli_status cli_check(struct cli *cli);
enum cli_status cli_erase(struct cli *cli);
enum cli_status cli_prune(struct cli *cli);
enum cli_status cli_guard_list(struct cli *cli);
enum cli_status cli_guard_release(struct cli *cli);
enum cli_status cli_undo(struct cli *cli);
enum cli_status cli_doctor(struct cli *cli);
enum cli_status cli_status_show(struct cli *cli);
enum cli_status cli_log(struct cli *cli);
enum cli_status cli_explain(struct cli *cli);
enum cli_status cli_group_list(struct cli *cli);
enum cli_status cli_group_map(struct cli *cli);
enum cli_status cli_group_unmap(struct cli *cli);
enum cli_status cli_group_mappings(struct cli *cli);
enum cli_status cli_group_sync(struct cli *cli);
enum cli_status cli_completion(struct cli *cli);
enum cli_status cli_watch(struct cli *cli);
enum cli_status cli_why(struct cli *cli);
enum cli_status cli_index_list(struct cli *cli);
enum cli_status cli_index_add(struct cli *cli);
enum cli_status cli_index_drop(struct cli *cli);
enum cli_status cli_import(struct cli *cli);
enum cli_status cli_pull(struct cli *cli);

/* The base address of the organization below SCIMLET_PUBLIC_URL; TEXT_NONE when that is not set. */
struct text cli_address(struct arena *arena, struct text org);
/* Exit 3 with the sentence that there is no such organization. */
enum cli_status cli_no_organization(const struct cli *cli);
/* Names and labels: at most 200 bytes without control characters. */
bool cli_is_name(struct text text);

/*
 * What a session's error means here: a sentence that tells what to do, with
 * the server's own words, and the exit status.
 */
enum cli_status cli_store_failed(const struct cli *cli);

/* More of it, only with --verbose. */
void cli_note(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* Exit 2 with what the filter in cli->error is refused for. */
enum cli_status cli_filter_refused(const struct cli *cli);
/* Rows of store_history() as `scimlet history` shows them. */
void cli_print_history(struct cli *cli, const struct pg_rows *rows);

/* Talk on stderr, unless --quiet. */
void cli_say(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/*
 * For what cannot be taken back, before it is done.  CLI_DONE: go on, --yes
 * was given or somebody at a terminal agreed; where typed is set, by typing
 * that word.  Otherwise it was said why not, and the status is the command's.
 * The command's row in the table takes CLI_TAKES(CLI_YES).
 */
enum cli_status cli_confirm(const struct cli *cli, struct text typed, const char *question, ...)
    PRINTF_LIKE(3, 4);
/*
 * For what can be repaired: asks at a terminal, yes or no, and goes on
 * without asking in a script.
 */
enum cli_status cli_confirm_here(const struct cli *cli, const char *question, ...)
    PRINTF_LIKE(2, 3);
/* "scimlet: ..." on stderr; returns the status. */
enum cli_status cli_fail(enum cli_status status, const char *format, ...) PRINTF_LIKE(2, 3);

enum cli_kind {
	CLI_TEXT,
	CLI_NUMBER,
	CLI_BOOLEAN,            /* "t" or "f", shown as on and off */
	CLI_LIST,               /* parted by commas; an array in JSON */
	CLI_RAW,                /* JSON: in JSON as it is, elsewhere its text */
};

struct cli_column {
	const char *name;
	enum cli_kind kind;
};

/* Cells row by row; TEXT_NONE is null in JSON and empty elsewhere. */
struct cli_table {
	const struct cli_column *columns;
	size_t column_count, row_count;
	const struct text *cells;
};

#define CLI_STREAM_COLUMNS 16

/* A table that is printed part by part, of at most CLI_STREAM_COLUMNS columns. */
struct cli_stream {
	bool lines;                             /* in JSON an object a line, not one array */
	bool headed;
	size_t rows;
	size_t widths[CLI_STREAM_COLUMNS];      /* on a terminal: at least, and so far */
};

/* One line of what `show` prints; in JSON all of them are one object of names and values. */
struct cli_property {
	struct cli_column column;
	struct text value;
	struct text json;                       /* instead of value in JSON; TEXT_NONE: value */
	const char *standard, *meaning;         /* of settings; else NULL */
};

/*
 * For what others sent, on its way to people's eyes: controls, characters
 * that cannot be seen or move text about, and what is no UTF-8 as \u{202E};
 * the ends of lines and tabs as blanks.
 */
struct text cli_harmless(struct arena *arena, struct text value);
/* Appends that; lines: whole lines, whose ends stay.  False: some of it is not as it was. */
bool cli_append_harmless(struct buffer *out, struct text value, bool lines);
/* The first count columns of the rows as the cells of a table. */
struct cli_table cli_table_of(struct cli *cli, const struct cli_column *columns, size_t count,
    const struct pg_rows *rows);
void cli_print_table(struct cli *cli, const struct cli_table *table);
/* The heading comes before the first part, also when that has no rows. */
void cli_stream_rows(struct cli *cli, struct cli_stream *stream, const struct cli_table *table);
void cli_stream_end(struct cli *cli, struct cli_stream *stream);
void cli_print_properties(struct cli *cli, const struct cli_property *properties, size_t count);

#endif
