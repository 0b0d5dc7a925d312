/*
 * tap.h - a unit test is a program that prints TAP.
 *
 * Each check prints "ok" or "not ok" with what was compared; tap_done() prints
 * the plan and gives the exit status.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"

static int tap_count, tap_failures;

#define ok(condition, ...) tap_result((condition), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, want, ...) tap_is_text((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_number(got, want, ...) \
	tap_is_number((long)(got), (long)(want), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5), unused)) static bool
tap_result(bool passed, const char *file, int line, const char *format, ...)
{
	va_list list;

	printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	printf("\n");
	if (!passed) {
		tap_failures++;
		printf("#   at %s:%d\n", file, line);
	}
	return passed;
}

__attribute__((format(printf, 5, 6), unused)) static bool
tap_is_text(struct text got, struct text want, const char *file, int line, const char *format, ...)
{
	char name[512];
	va_list list;

	va_start(list, format);
	vsnprintf(name, sizeof(name), format, list);
	va_end(list);
	if (tap_result(text_equal(got, want), file, line, "%s", name))
		return true;
	printf("#   got  \"%.*s\"\n#   want \"%.*s\"\n", TEXT_FORMAT(got), TEXT_FORMAT(want));
	return false;
}

__attribute__((format(printf, 5, 6), unused)) static bool
tap_is_number(long got, long want, const char *file, int line, const char *format, ...)
{
	char name[512];
	va_list list;

	va_start(list, format);
	vsnprintf(name, sizeof(name), format, list);
	va_end(list);
	if (tap_result(got == want, file, line, "%s", name))
		return true;
	printf("#   got %ld, want %ld\n", got, want);
	return false;
}

__attribute__((unused)) static int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures == 0 ? 0 : 1;
}

#endif
