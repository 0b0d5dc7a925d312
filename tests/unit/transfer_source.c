/*
 * transfer_source.c - records out of CSV and JSON Lines: what is read, what is
 * refused and in which words, and where reading goes on.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "json/write.h"
#include "transfer/source.h"
#include "unit/tap.h"

static char path[] = "/tmp/scimlet-source-XXXXXX";

static void
write_file(const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	ok(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0,
	    "a file of %zu bytes", length);
}

/* "LINE Type reference {resource} [groups]", "LINE refused subject: sentence" */
static void
print_record(struct buffer *out, enum source_step step, const struct source_record *record)
{
	struct json_writer writer = json_writer(out);

	buffer_format(out, "%zu ", record->line);
	if (step != SOURCE_RECORD) {
		buffer_format(out, "%s %.*s: %.*s\n", step == SOURCE_REJECT ? "refused" : "broken",
		    TEXT_FORMAT(record->subject), TEXT_FORMAT(record->sentence));
		return;
	}
	buffer_format(out, "%.*s ", TEXT_FORMAT(record->type->name));
	if (text_is_set(record->reference))
		buffer_format(out, "%.*s ", TEXT_FORMAT(record->reference));
	json_write_value(&writer, record->resource);
	if (record->groups != NULL) {
		buffer_append_byte(out, ' ');
		writer = json_writer(out);
		json_write_value(&writer, record->groups);
	}
	buffer_append_byte(out, '\n');
}

static void
print_all(struct buffer *out, struct source *source)
{
	struct arena *arena = arena_create();
	struct source_record record;
	enum source_step step;

	while ((step = source_next(source, arena, &record)) != SOURCE_END) {
		print_record(out, step, &record);
		arena_reset(arena);
		if (step == SOURCE_BROKEN)
			break;
	}
	arena_destroy(arena);
}

static void
read_all(struct buffer *out, const char *format, const struct source_map *maps, size_t count)
{
	struct source_options options = { maps, count };
	struct arena *arena = arena_create();
	struct text sentence;
	struct source *source = source_open(arena, path,
	    format != NULL ? source_format_find(text_of(format)) : NULL, &options, &sentence);

	buffer_clear(out);
	if (source == NULL)
		buffer_format(out, "cannot: %.*s\n", TEXT_FORMAT(sentence));
	else
		print_all(out, source);
	source_close(source);
	arena_destroy(arena);
}

struct reading {
	const char *name, *format, *bytes, *want;
};

static const struct reading readings[] = {
	{ "columns", "csv", "userName,name.givenName,emails.work\njane,Jane,jane@example.com\n",
	    "2 User {\"userName\":\"jane\",\"name\":{\"givenName\":\"Jane\"},"
	    "\"emails\":[{\"type\":\"work\",\"value\":\"jane@example.com\"}]}\n" },
	{ "names in any case, BOM, CR LF, no newline at the end", "csv",
	    "\xef\xbb\xbfUSERNAME,NAME.FAMILYNAME\r\njane,\"Doe\"\r\njoe,Roe",
	    "2 User {\"userName\":\"jane\",\"name\":{\"familyName\":\"Doe\"}}\n"
	    "3 User {\"userName\":\"joe\",\"name\":{\"familyName\":\"Roe\"}}\n" },
	{ "quotes: commas, quotes, newlines in them; lines go on being counted", "csv",
	    "userName,title\njane,\"a, \"\"b\"\"\nc\"\n\njoe,x\n",
	    "2 User {\"userName\":\"jane\",\"title\":\"a, \\\"b\\\"\\nc\"}\n"
	    "5 User {\"userName\":\"joe\",\"title\":\"x\"}\n" },
	{ "an empty field empties", "csv",
	    "userName,title,name.givenName,emails.work,emails.home,active\njane,,,,h@x.org,\njoe,,,,,\n",
	    "2 User {\"userName\":\"jane\",\"title\":null,\"name\":{\"givenName\":null},"
	    "\"emails\":[{\"type\":\"home\",\"value\":\"h@x.org\"}],\"active\":null}\n"
	    "3 User {\"userName\":\"joe\",\"title\":null,\"name\":{\"givenName\":null},"
	    "\"emails\":null,\"active\":null}\n" },
	{ "typed elements and their parts", "csv",
	    "userName,phoneNumbers.mobile,addresses.home.locality,addresses.home.country,emails\n"
	    "jane,+1,Bonn,DE,j@x.org\n",
	    "2 User {\"userName\":\"jane\",\"phoneNumbers\":[{\"type\":\"mobile\",\"value\":\"+1\"}],"
	    "\"addresses\":[{\"type\":\"home\",\"locality\":\"Bonn\",\"country\":\"DE\"}],"
	    "\"emails\":[{\"value\":\"j@x.org\"}]}\n" },
	{ "the enterprise extension, id, groups", "csv",
	    "id,userName,department,manager,groups\n7,jane,Ops,9, a ; b;\n8,joe,,,\n",
	    "2 User 7 {\"userName\":\"jane\",\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":"
	    "{\"department\":\"Ops\",\"manager\":{\"value\":\"9\"}}} [\"a\",\"b\"]\n"
	    "3 User 8 {\"userName\":\"joe\",\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":"
	    "{\"department\":null,\"manager\":{\"value\":null}}} []\n" },
	{ "semicolons part where the header says so", "csv", "userName;title\njane;a,b\n",
	    "2 User {\"userName\":\"jane\",\"title\":\"a,b\"}\n" },
	{ "what is wrong with a row", "csv",
	    "userName,title\na\nb,c,d\ne,f\"g\nh,\"i\"j\nk,\xff\nl,m\n",
	    "2 refused : The row has 1 fields, the header has 2.\n"
	    "3 refused : The row has 3 fields, the header has 2.\n"
	    "4 refused : There is a quote inside the field \"title\". Put the whole field in quotes, and "
	    "the quote twice.\n"
	    "5 refused : There is something behind the closing quote of the field \"title\". A quote inside "
	    "a quoted field is written twice.\n"
	    "6 refused : The row is not UTF-8 (the byte 0xff). Save the file as UTF-8.\n"
	    "7 User {\"userName\":\"l\",\"title\":\"m\"}\n" },
	{ "a quote that is never closed", "csv", "userName,title\na,b\nc,\"d\ne,f\n",
	    "2 User {\"userName\":\"a\",\"title\":\"b\"}\n"
	    "3 broken : The quote that opens in line 3 is never closed, so nothing behind it can be read.\n" },
	{ "the same column twice", "csv", "userName,title,Title\n",
	    "cannot: The columns \"title\" and \"Title\" are the same attribute. Leave one of them out "
	    "with --map 'Title='.\n" },
	{ "an empty file", "csv", "", "cannot: The first row must name the columns, as in: "
	    "userName,name.givenName,name.familyName,emails.work\n" },
	{ "UTF-16", NULL, "\xff\xfeu\0s\0", "cannot: The file is UTF-16. Save it as UTF-8.\n" },

	{ "people and groups", "jsonl",
	    "{\"userName\":\"jane\",\"id\":\"1\",\"title\":null}\r\n\n"
	    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"g\"}\n"
	    "{\"displayName\":\"h\",\"members\":[]}\n"
	    "{\"displayName\":\"i\",\"meta\":{\"resourceType\":\"Group\"}}",
	    "1 User 1 {\"userName\":\"jane\",\"id\":\"1\",\"title\":null}\n"
	    "3 Group {\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"g\"}\n"
	    "4 Group {\"displayName\":\"h\",\"members\":[]}\n"
	    "5 Group {\"displayName\":\"i\",\"meta\":{\"resourceType\":\"Group\"}}\n" },
	{ "lines that are no records", "jsonl", "[]\n{\"userName\":\n{\"a\":1,\"A\":2}\n{\"userName\":\"j\"}\n",
	    "1 refused : It is no JSON that can be used: an object was expected (character 1).\n"
	    "2 refused : It is no JSON that can be used: the text ends too early (character 13).\n"
	    "3 refused : It is no JSON that can be used: a name occurs twice in the object (case does not count) (character 8).\n"
	    "4 User {\"userName\":\"j\"}\n" },

	{ "CSV is known by its first line", NULL, "title,userName\na,b\n",
	    "2 User {\"title\":\"a\",\"userName\":\"b\"}\n" },
	{ "JSON Lines are known by theirs", NULL, "{\"userName\":\"b\"}\n", "1 User {\"userName\":\"b\"}\n" },
	{ "nothing is known", NULL, "hello\n", "cannot: What the file is cannot be told from its name. "
	    "Say it with --format: scim, jsonl, ldif, csv.\n" },
};

static size_t
length_of(const char *bytes)
{
	/* The only one with NULs in it. */
	return bytes[0] == '\xff' ? 6 : strlen(bytes);
}

static void
test_readings(struct buffer *out)
{
	for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		const struct reading *reading = &readings[i];

		write_file(reading->bytes, length_of(reading->bytes));
		read_all(out, reading->format, NULL, 0);
		is_text(buffer_text(out), text_of(reading->want), "%s", reading->name);
	}
}

static void
test_maps(struct buffer *out)
{
	const char bytes[] = "mail,cn,shoe size\njane@example.com,Jane,38\n";
	const struct source_map maps[] = {
		{ TEXT("mail"), TEXT("userName") }, { TEXT("CN"), TEXT("displayName") },
		{ TEXT("shoe size"), TEXT("") }, { TEXT("hat"), TEXT("title") },
	};

	write_file(bytes, sizeof(bytes) - 1);
	read_all(out, "csv", maps, 3);
	is_text(buffer_text(out), TEXT("2 User {\"userName\":\"jane@example.com\",\"displayName\":\"Jane\"}\n"),
	    "columns are mapped and left out");
	read_all(out, "csv", maps, 4);
	is_text(buffer_text(out), TEXT("cannot: The file has no column \"hat\" to be mapped.\n"),
	    "a column that is not there");
	read_all(out, "csv", maps, 2);
	ok(text_find(buffer_text(out), TEXT("The column \"shoe size\" is no attribute of people. Say what it "
	    "is with --map 'shoe size=ATTRIBUTE', or leave it out with --map 'shoe size='. There are: "
	    "userName, name.PART, ")) < out->length, "a column that nobody knows: what there is");
	read_all(out, "jsonl", maps, 1);
	is_text(buffer_text(out), TEXT("cannot: Files of the format jsonl have no columns: leave out --map.\n"),
	    "only CSV has columns");
}

/* What must neither be kept in memory nor stop the reading. */
static void
test_sizes(struct buffer *out)
{
	struct buffer file = { 0 };

	buffer_append(&file, TEXT("userName,title\na,\""));
	memset(buffer_reserve(&file, 2000000), 'x', 2000000);
	file.length += 2000000;
	buffer_append(&file, TEXT("\"\nb,c\nd,\0e\nf,g\n"));
	write_file(file.start, file.length);
	read_all(out, "csv", NULL, 0);
	is_text(buffer_text(out), TEXT("2 refused : The field \"title\" has more than 65536 bytes.\n"
	    "3 User {\"userName\":\"b\",\"title\":\"c\"}\n4 refused : The row has a NUL byte in it.\n"
	    "5 User {\"userName\":\"f\",\"title\":\"g\"}\n"), "a field of 2 MB, and a NUL byte");
	buffer_clear(&file);
	buffer_append(&file, TEXT("{\"userName\":\""));
	memset(buffer_reserve(&file, 17000000), 'x', 17000000);
	file.length += 17000000;
	buffer_append(&file, TEXT("\"}\n{\"userName\":\"b\"}\n{\"userName\":\"\0\"}\n"));
	for (int i = 0; i < 200; i++)
		buffer_append(&file, TEXT("{\"a\":"));
	write_file(file.start, file.length);
	read_all(out, "jsonl", NULL, 0);
	is_text(buffer_text(out), TEXT("1 refused : The line has more than 16777216 bytes.\n"
	    "2 User {\"userName\":\"b\"}\n"
	    "3 refused : It is no JSON that can be used: a control character in a string (character 14).\n"
	    "4 refused : It is no JSON that can be used: it is nested too deeply (character 161).\n"),
	    "a line of 17 MB, a NUL byte, 200 levels");
	buffer_release(&file);
}

/* Lines that lie across the borders of what is read at once. */
static void
test_many(void)
{
	const struct source_options options = { NULL, 0 };
	struct arena *arena = arena_create(), *records = arena_create();
	FILE *file = fopen(path, "wb");
	struct source_record record;
	struct source *source;
	struct text sentence;
	size_t count = 0;

	for (int i = 0; i < 20000; i++)
		fprintf(file, "{\"userName\":\"%0*d\"}\n", i % 300 + 5, i);
	fclose(file);
	source = source_open(arena, path, NULL, &options, &sentence);
	while (source != NULL && source_next(source, records, &record) == SOURCE_RECORD) {
		struct json_value *name = json_get(record.resource, TEXT("userName"));

		count += name->text.length == count % 300 + 5 && record.line == count + 1 &&
		    strtoul(name->text.start, NULL, 10) == count;
		arena_reset(records);
	}
	is_number(count, 20000, "each of 20,000 lines is whole");
	ok(source != NULL && source_position(source) > 20000 * 150, "the position is where it ended");
	source_close(source);
	arena_destroy(records);
	arena_destroy(arena);
}

static void
test_no_file(void)
{
	const struct source_options options = { NULL, 0 };
	struct arena *arena = arena_create();
	struct text sentence = TEXT_NONE;

	ok(source_open(arena, "/nowhere/at/all.csv", NULL, &options, &sentence) == NULL &&
	    text_starts(sentence, TEXT("The file cannot be opened: ")), "a file that is not there");
	arena_destroy(arena);
}

int
main(void)
{
	struct buffer out = { 0 };
	int descriptor = mkstemp(path);

	ok(descriptor >= 0, "a temporary file");
	close(descriptor);
	test_readings(&out);
	test_maps(&out);
	test_sizes(&out);
	test_many();
	test_no_file();
	unlink(path);
	buffer_release(&out);
	return tap_done();
}
