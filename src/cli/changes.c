/*
 * changes.c - attributes with what they were and what they become.
 */
#include "cli/changes.h"
#include "cli/cli.h"
#include "json/read.h"
#include "json/write.h"

static void
append_value(struct buffer *out, const struct json_value *value)
{
	struct json_writer writer = json_writer(out);

	if (value->kind == JSON_NULL)
		buffer_append(out, TEXT("none"));
	else
		json_write_value(&writer, value);
}

static void
append_change(struct buffer *out, const struct json_member *member)
{
	buffer_format(out, "          %-12.*s ", TEXT_FORMAT(member->name));
	append_value(out, member->value->items[0]);
	buffer_append(out, TEXT(" -> "));
	append_value(out, member->value->items[1]);
}

void
cli_append_changes(struct arena *arena, struct buffer *out, struct text changes)
{
	struct json_value *object;

	if (!text_is_set(changes) || !json_read_stored(arena, changes, &object) ||
	    object->kind != JSON_OBJECT)
		return;
	for (size_t i = 0; i < object->count; i++) {
		const struct json_member *member = &object->members[i];
		struct buffer line = { 0 };

		if (member->value->kind != JSON_ARRAY || member->value->count != 2)
			continue;
		append_change(&line, member);
		buffer_append(out, cli_harmless(arena, buffer_text(&line)));
		buffer_append_byte(out, '\n');
		buffer_release(&line);
	}
}
