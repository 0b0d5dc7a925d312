/*
 * http_condition.c - If-Match and If-None-Match.
 */
#include "base/compiler.h"
#include "http/condition.h"

#include "unit/tap.h"

int
main(void)
{
	static const struct {
		const char *header;
		bool matches;                /* W/"3" */
	} cases[] = {
		{ "*", true },
		{ " * ", true },
		{ "W/\"3\"", true },
		{ "\"3\"", true },
		{ " W/\"3\"\t", true },
		{ "W/\"2\", W/\"3\"", true },
		{ "W/\"3\",W/\"2\"", true },
		{ "\"1\",\"2\" ,\t\"3\"", true },
		{ ",, W/\"3\",,", true },
		{ "W/\"3-gzip\"", true },
		{ "\"3-br\"", true },
		{ "W/\"3-deflate\"", true },
		{ "W/\"a,b\", W/\"3\"", true },
		{ "", false },
		{ ",", false },
		{ "W/\"4\"", false },
		{ "W/\"33\"", false },
		{ "W/\"\"", false },
		{ "W/\"3-zip\"", false },
		{ "W/\"-gzip\"", false },
		{ "W/\"3-gzip-gzip\"", false },
		{ "W/\"x,\"3\"", false },
		{ "W/\"4,3\"", false },
		{ "3", false },
		{ "W/3", false },
		{ "w/\"3\"", false },
		{ "W/ \"3\"", false },
		{ "\"3", false },
		{ "W/\"3\" W/\"2\"", false },
		{ "W/\"3\", junk", false },
		{ "W/\"3\", *", false },
		{ "*, W/\"3\"", false },
		{ "W/\"3\"x", false },
		{ "W/\"3 \"", false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		is_number(http_condition_matches(text_of(cases[i].header), TEXT("W/\"3\"")),
		    cases[i].matches, "%s", cases[i].header);
	ok(http_condition_matches(TEXT("W/\"3\""), TEXT("\"3\"")), "a strong current tag");
	ok(http_condition_matches(TEXT("W/\"3-gzip\""), TEXT("W/\"3-gzip\"")), "a tag named so");
	ok(!http_condition_matches(TEXT_NONE, TEXT("W/\"3\"")), "no header");
	ok(!http_condition_matches(TEXT("W/\"3\""), TEXT_NONE), "no tag");
	return tap_done();
}
