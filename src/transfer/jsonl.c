/*
 * jsonl.c - JSON Lines: a resource a line.
 */
#include "transfer/input.h"

static bool
recognises(struct text first)
{
	size_t end = text_find_byte(first, '\n');

	return text_starts(text_trim(first), TEXT("{")) &&
	    text_starts(text_trim(text_first(first, end)), TEXT("{")) &&
	    text_find_byte(text_first(first, end), ':') < end;
}

static bool
is_blank(struct text line)
{
	return text_trim(line).length == 0;
}

static enum source_step
next(struct source *source, struct arena *arena, struct source_record *record)
{
	struct text line;

	for (;;) {
		record->line = source->input.line;
		switch (input_line(&source->input, SOURCE_RECORD_MAX, &line)) {
		case INPUT_END:
			return SOURCE_END;
		case INPUT_TOO_LONG:
			return source_reject(arena, record, "The line has more than %d bytes.",
			    SOURCE_RECORD_MAX);
		case INPUT_LINE:
			break;
		}
		if (!is_blank(line))
			return source_read_json(arena, line, record);
	}
}

const struct source_format source_jsonl = {
	.name = "jsonl", .place = "line", .extension = ".jsonl", .recognises = recognises, .next = next,
};
