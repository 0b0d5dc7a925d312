/*
 * time.c - "90d", "1h30m", "2027-01-31", "2027-01-31T12:00+02:00", "2027-01-31 12:00:00.5+02".
 */
#include "cli/time.h"
#include "scim/datetime.h"

#define FORMS "how long, as 90s, 30m, 12h, 7d, 2w or 1y, or a date or time in UTC, as 2027-01-31 or " \
	"2027-01-31T12:00"
/* No sum of them leaves the range of a timestamp. */
#define SECONDS_MOST 31622400000    /* a thousand years */
#define DIGITS_MOST 9

const char cli_time_help[] =
    "\n"
    "WHEN is how long, 90s, 30m, 12h, 7d, 2w, 1y or 1h30m, or a date or time: 2027-01-31,\n"
    "2027-01-31T12:00, in UTC unless it ends in an offset as +02:00.\n";

bool
cli_takes_time(const struct command *command)
{
	return command->options & (CLI_TAKES(CLI_SINCE) | CLI_TAKES(CLI_EXPIRES) | CLI_TAKES(CLI_GRACE) |
	    CLI_TAKES(CLI_FOR) | CLI_TAKES(CLI_OLDER_THAN));
}

struct unit {
	char letter;
	const char *name;
	long seconds;           /* at most */
};

static const struct unit *
find_unit(char letter)
{
	static const struct unit units[] = {
		{ 's', "seconds", 1 }, { 'm', "minutes", 60 }, { 'h', "hours", 3600 },
		{ 'd', "days", 86400 }, { 'w', "weeks", 604800 }, { 'y', "years", 31622400 },
	};

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (units[i].letter == letter)
			return &units[i];
	return NULL;
}

/* Takes a number and its unit off the text. */
static bool
take_part(struct text *text, long *number, const struct unit **unit)
{
	size_t digits = 0;

	while (digits < text->length && text->start[digits] >= '0' && text->start[digits] <= '9')
		digits++;
	if (digits == 0 || digits > DIGITS_MOST || digits == text->length)
		return false;
	if (!text_to_long(text_first(*text, digits), number))
		return false;
	*unit = find_unit(text->start[digits]);
	*text = text_after(*text, digits + 1);
	return *unit != NULL;
}

static bool
read_span(struct arena *arena, struct text text, struct text *span)
{
	struct text sum = TEXT("");
	long number, seconds = 0;
	const struct unit *unit;

	if (text.length == 0)
		return false;
	while (text.length > 0) {
		if (!take_part(&text, &number, &unit) || number > SECONDS_MOST / unit->seconds)
			return false;
		seconds += number * unit->seconds;
		if (seconds > SECONDS_MOST)
			return false;
		sum = arena_format(arena, "%.*s%ld %s ", TEXT_FORMAT(sum), number, unit->name);
	}
	*span = sum;
	return true;
}

/* An offset as PostgreSQL and `date` print it, +02 or +0530: with the colon and the minutes that RFC 3339 wants. */
static struct text
offset_in_full(struct arena *arena, struct text time)
{
	size_t sign = time.length, digits;

	while (sign > 0 && time.start[sign - 1] != '+' && time.start[sign - 1] != '-')
		sign--;
	digits = time.length - sign;
	if (sign == 0 || (digits != strlen("02") && digits != strlen("0530")))
		return time;
	return arena_format(arena, "%.*s:%.*s", (int)(sign + strlen("02")), time.start,
	    TEXT_FORMAT(digits == strlen("02") ? TEXT("00") : text_after(time, sign + strlen("02"))));
}

/* Where a time has no zone it is that of UTC; where it has no seconds, or none at all, these are 0. */
static bool
read_moment(struct arena *arena, struct text text, struct text *moment)
{
	const size_t date = strlen("2027-01-31"), minutes = strlen("T12:00");
	struct text day, rest;

	if (text.length < date)
		return false;
	day = text_first(text, date);
	rest = text_after(text, date);
	if (rest.length == 0)
		rest = TEXT("T00:00");
	if (rest.length < minutes)
		return false;
	/* Of SQL, and of `date`. */
	if (rest.start[0] == ' ')
		rest = arena_format(arena, "T%.*s", TEXT_FORMAT(text_after(rest, 1)));
	if (rest.length == minutes || rest.start[minutes] != ':')
		rest = arena_format(arena, "%.*s:00%.*s", (int)minutes, rest.start,
		    TEXT_FORMAT(text_after(rest, minutes)));
	rest = offset_in_full(arena, rest);
	return scim_datetime_read(arena, arena_format(arena, "%.*s%.*s", TEXT_FORMAT(day),
	    TEXT_FORMAT(rest)), moment) ||
	    scim_datetime_read(arena, arena_format(arena, "%.*s%.*sZ", TEXT_FORMAT(day),
	    TEXT_FORMAT(rest)), moment);
}

static const char *
name_of(enum cli_option option)
{
	const struct option *known = cli_known_options;

	while (known->val != CLI_OPTION_VALUE + (int)option)
		known++;
	return known->name;
}

bool
cli_read_time(const struct cli *cli, enum cli_option option, const char *standard,
    struct cli_time *time)
{
	struct text given = cli->options[option];

	*time = (struct cli_time){ TEXT_NONE, TEXT_NONE };
	if (!text_is_set(given))
		given = text_of(standard);
	if (!text_is_set(given)) {
		cli_fail(CLI_USAGE, "--%s is needed: " FORMS ".", name_of(option));
		return false;
	}
	if (read_span(cli->session.arena, given, &time->span) ||
	    read_moment(cli->session.arena, given, &time->moment))
		return true;
	cli_fail(CLI_USAGE, "--%s cannot be \"%.*s\": it is " FORMS ".", name_of(option),
	    TEXT_FORMAT(given));
	return false;
}
