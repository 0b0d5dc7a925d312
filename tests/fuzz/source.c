/*
 * source.c - any bytes as a file of any format: reading ends, and a record
 * that is given out is JSON that reads as the same again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/fatal.h"
#include "json/read.h"
#include "json/write.h"
#include "transfer/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct arena *arena, const struct source_record *record)
{
	struct json_trouble trouble;
	struct json_value *again;

	if (record->type == NULL)
		fatal("a record of no type");
	if (!json_read(arena, json_to_text(arena, record->resource), &again, &trouble))
		fatal("a record that is no JSON: %s", trouble.what);
	if (!json_equal(record->resource, again))
		fatal("a record that reads as another");
}

static void
read_all(struct source *source, struct arena *arena, size_t size)
{
	struct source_record record;
	enum source_step step;
	size_t records = 0;

	while ((step = source_next(source, arena, &record)) != SOURCE_END) {
		if (step == SOURCE_RECORD)
			check(arena, &record);
		else if (!text_is_set(record.sentence))
			fatal("a refusal without a word");
		if (++records > size + 1)
			fatal("more records than bytes");
		arena_reset(arena);
		if (step == SOURCE_BROKEN)
			return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct source_format *const formats[] = {
		&source_ldif, &source_scim, &source_csv, &source_jsonl,
	};
	const struct source_options options = { NULL, 0 };
	struct source source = { .options = &options, .input = { .line = 1 } };
	struct arena *arena;
	struct text sentence = TEXT_NONE;

	/* json_read() has limits that LDIF and CSV need not keep. */
	if (size < 2 || size > JSON_STRING_MAX / 2)
		return 0;
	arena = arena_create();
	source.format = formats[data[0] % COUNT_OF(formats)];
	source.input.file = fmemopen((void *)(data + 1), size - 1, "rb");
	if (source.input.file == NULL)
		fatal("no file in memory");
	if (source.format->begin == NULL || source.format->begin(&source, &sentence))
		read_all(&source, arena, size);
	if (source.state != NULL)
		source.format->end(&source);
	fclose(source.input.file);
	free(source.input.bytes);
	arena_destroy(arena);
	return 0;
}
