/*
 * datetime.c - reading dateTime values and putting them into UTC.
 */
#include "scim/datetime.h"

#define MINUTES_PER_DAY (24 * 60)
#define OFFSET_MAX (14 * 60)    /* minutes; XML Schema 2, 3.2.7 */

struct moment {
	int year, month, day, hour, minute, second, microsecond;
	int offset;             /* minutes east of UTC */
};

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Takes exactly count digits off the text. */
static bool
take_digits(struct text *text, int count, int *number)
{
	*number = 0;
	for (; count > 0; count--) {
		if (text->length == 0 || !is_digit(text->start[0]))
			return false;
		*number = *number * 10 + (text->start[0] - '0');
		*text = text_after(*text, 1);
	}
	return true;
}

static bool
take_byte(struct text *text, char byte)
{
	if (text->length == 0 || text->start[0] != byte)
		return false;
	*text = text_after(*text, 1);
	return true;
}

/* Letters may be small (RFC 3339 5.6). */
static bool
take_letter(struct text *text, char upper, char lower)
{
	return take_byte(text, upper) || take_byte(text, lower);
}

static bool
take_date(struct text *text, struct moment *moment)
{
	return take_digits(text, 4, &moment->year) && take_byte(text, '-') &&
	    take_digits(text, 2, &moment->month) && take_byte(text, '-') &&
	    take_digits(text, 2, &moment->day);
}

/* [ "." digits ]: any number of them, of which six are kept (Entra ID sends seven). */
static bool
take_fraction(struct text *text, int *microsecond)
{
	int scale = 100000;

	*microsecond = 0;
	if (!take_byte(text, '.'))
		return true;
	if (text->length == 0 || !is_digit(text->start[0]))
		return false;
	for (; text->length > 0 && is_digit(text->start[0]); scale /= 10) {
		*microsecond += (text->start[0] - '0') * scale;
		*text = text_after(*text, 1);
	}
	return true;
}

static bool
take_time(struct text *text, struct moment *moment)
{
	return take_digits(text, 2, &moment->hour) && take_byte(text, ':') &&
	    take_digits(text, 2, &moment->minute) && take_byte(text, ':') &&
	    take_digits(text, 2, &moment->second) && take_fraction(text, &moment->microsecond);
}

static bool
take_zone(struct text *text, struct moment *moment)
{
	int hours, minutes, sign = 1;

	moment->offset = 0;
	if (take_letter(text, 'Z', 'z'))
		return true;
	if (take_byte(text, '-'))
		sign = -1;
	else if (!take_byte(text, '+'))
		return false;
	if (!take_digits(text, 2, &hours) || !take_byte(text, ':') ||
	    !take_digits(text, 2, &minutes) || minutes > 59)
		return false;
	moment->offset = sign * (hours * 60 + minutes);
	return hours * 60 + minutes <= OFFSET_MAX;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
is_valid(const struct moment *moment)
{
	return moment->year >= 1 && moment->month >= 1 && moment->month <= 12 &&
	    moment->day >= 1 && moment->day <= days_in_month(moment->year, moment->month) &&
	    moment->hour <= 23 && moment->minute <= 59 && moment->second <= 59;
}

static void
previous_day(struct moment *moment)
{
	if (--moment->day >= 1)
		return;
	if (--moment->month < 1) {
		moment->month = 12;
		moment->year--;
	}
	moment->day = days_in_month(moment->year, moment->month);
}

static void
next_day(struct moment *moment)
{
	if (++moment->day <= days_in_month(moment->year, moment->month))
		return;
	moment->day = 1;
	if (++moment->month > 12) {
		moment->month = 1;
		moment->year++;
	}
}

/* Offsets are shorter than a day, so the date moves by one at most. */
static void
to_utc(struct moment *moment)
{
	int minutes = moment->hour * 60 + moment->minute - moment->offset;

	if (minutes < 0) {
		previous_day(moment);
		minutes += MINUTES_PER_DAY;
	} else if (minutes >= MINUTES_PER_DAY) {
		next_day(moment);
		minutes -= MINUTES_PER_DAY;
	}
	moment->hour = minutes / 60;
	moment->minute = minutes % 60;
}

bool
scim_datetime_read(struct arena *arena, struct text text, struct text *utc)
{
	struct moment moment;

	if (!take_date(&text, &moment) || !take_letter(&text, 'T', 't') ||
	    !take_time(&text, &moment) || !take_zone(&text, &moment) || text.length > 0)
		return false;
	if (!is_valid(&moment))
		return false;
	to_utc(&moment);
	if (moment.year < 1 || moment.year > 9999)
		return false;
	*utc = arena_format(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", moment.year, moment.month,
	    moment.day, moment.hour, moment.minute, moment.second, moment.microsecond);
	return true;
}
