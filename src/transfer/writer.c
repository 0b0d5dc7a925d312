/*
 * writer.c - JSON Lines and SCIM's ListResponse; the table of formats.
 */
#include "base/fatal.h"
#include "json/read.h"
#include "scim/resource.h"
#include "transfer/writer.h"

#define LEFT_OUT_NAMES_MAX 500
#define LIST_RESPONSE "urn:ietf:params:scim:api:messages:2.0:ListResponse"

/* --- what JSON Lines and ListResponse have in common ----------------------- */

static void
set_text(struct arena *arena, struct json_value *object, struct text name, struct text value)
{
	if (text_is_set(value))
		json_set(arena, object, name, json_new_string(arena, value));
}

static void
set_meta(struct arena *arena, const struct written_person *person, struct json_value *resource)
{
	struct json_value *meta = json_new_object(arena);

	set_text(arena, meta, TEXT("resourceType"), TEXT("User"));
	set_text(arena, meta, TEXT("created"), person->created);
	set_text(arena, meta, TEXT("lastModified"), person->last_modified);
	json_set(arena, resource, TEXT("meta"), meta);
	set_text(arena, resource, TEXT("id"), person->id);
}

/* $ref is an address of whoever wrote it; value says the same. */
static void
name_manager(struct arena *arena, const struct writer *writer, const struct written_person *person,
    struct json_value *resource)
{
	struct json_value *enterprise = json_get(resource, TEXT(SCIM_ENTERPRISE_URN));
	struct json_value *manager = json_get(enterprise, TEXT("manager"));

	if (manager == NULL || manager->kind != JSON_OBJECT)
		return;
	json_remove(manager, TEXT("$ref"));
	json_remove(manager, TEXT("displayName"));
	if (writer->canonical)
		set_text(arena, manager, TEXT("value"), person->manager);
	if (manager->count == 0)
		json_remove(enterprise, TEXT("manager"));
}

void
writer_leave_out(struct writer *writer, struct text name)
{
	struct text names = buffer_text(&writer->left_out_names);

	writer->left_out += !writer->left_out_now;
	writer->left_out_now = true;
	if (text_find(names, name) < names.length || names.length > LEFT_OUT_NAMES_MAX)
		return;
	if (names.length > 0)
		buffer_append(&writer->left_out_names, TEXT(", "));
	buffer_append(&writer->left_out_names, name);
}

/* What a DBA put there and no schema of ours has, no import would take. */
static void
note_unknown(struct writer *writer, const struct json_value *unknown)
{
	for (size_t i = 0; i < unknown->count; i++)
		if (!json_is_unassigned(unknown->members[i].value))
			writer_leave_out(writer, unknown->members[i].name);
}

struct json_value *
writer_resource(struct arena *arena, struct writer *writer, const struct written_person *person)
{
	struct json_value *resource, left;

	if (!json_read_stored(arena, person->resource, &resource))
		fatal("a stored resource is nested too deep");
	if (!person->active)
		json_set(arena, resource, TEXT("active"), json_new_boolean(arena, false));
	if (!writer->canonical)
		set_meta(arena, person, resource);
	name_manager(arena, writer, person, resource);
	left = *json_copy(arena, resource);
	scim_resource_finish(arena, &scim_user_type, resource);
	for (size_t i = 0; i < resource->count; i++)
		json_remove(&left, resource->members[i].name);
	json_remove(&left, TEXT("schemas"));
	writer->left_out_now = false;
	note_unknown(writer, &left);
	return resource;
}

static void
write_person(struct writer *writer, struct arena *arena, const struct written_person *person)
{
	json_write_value(&writer->json, writer_resource(arena, writer, person));
	buffer_append_byte(&writer->out, '\n');
}

static void
write_text(struct writer *writer, struct text name, struct text value)
{
	if (text_is_set(value))
		json_member_string(&writer->json, name, value);
}

/* The attributes stand in the order of scim_resource_finish(). */
static void
write_group(struct writer *writer, const struct written_group *group)
{
	struct json_writer *json = &writer->json;

	json_begin_object(json);
	json_name(json, TEXT("schemas"));
	json_begin_array(json);
	json_write_string(json, TEXT(SCIM_GROUP_URN));
	json_end_array(json);
	if (!writer->canonical)
		write_text(writer, TEXT("id"), group->id);
	write_text(writer, TEXT("externalId"), group->external_id);
	if (!writer->canonical) {
		json_name(json, TEXT("meta"));
		json_begin_object(json);
		json_member_string(json, TEXT("resourceType"), TEXT("Group"));
		json_member_string(json, TEXT("created"), group->created);
		json_member_string(json, TEXT("lastModified"), group->last_modified);
		json_end_object(json);
	}
	write_text(writer, TEXT("displayName"), group->display_name);
	writer->has_members = false;
}

static void
write_member(struct writer *writer, const struct written_member *member)
{
	struct json_writer *json = &writer->json;

	if (!writer->has_members) {
		json_name(json, TEXT("members"));
		json_begin_array(json);
	}
	writer->has_members = true;
	json_begin_object(json);
	json_member_string(json, TEXT("value"), writer->canonical ? member->name : member->id);
	if (!writer->canonical)
		json_member_string(json, TEXT("display"), member->name);
	json_member_string(json, TEXT("type"), member->type);
	json_end_object(json);
}

static void
write_group_end(struct writer *writer)
{
	if (writer->has_members)
		json_end_array(&writer->json);
	json_end_object(&writer->json);
	buffer_append_byte(&writer->out, '\n');
}

/* --- JSON Lines: a resource a line ----------------------------------------- */

static void
begin_line(struct writer *writer)
{
	writer->json = json_writer(&writer->out);
}

static void
jsonl_begin(struct writer *writer, long total)
{
	(void)total;
	begin_line(writer);
}

static void
jsonl_person(struct writer *writer, struct arena *arena, const struct written_person *person)
{
	begin_line(writer);
	write_person(writer, arena, person);
}

static void
jsonl_group(struct writer *writer, const struct written_group *group)
{
	begin_line(writer);
	write_group(writer, group);
}

static void
jsonl_end(struct writer *writer)
{
	(void)writer;
}

static const struct writer_format jsonl = {
	.name = "jsonl", .has_groups = true, .begin = jsonl_begin, .person = jsonl_person,
	.group = jsonl_group, .member = write_member, .group_end = write_group_end, .end = jsonl_end,
};

/* --- SCIM: one ListResponse (RFC 7644 3.4.2) of everything ------------------ */

static void
scim_begin(struct writer *writer, long total)
{
	struct json_writer *json = &writer->json;

	begin_line(writer);
	json_begin_object(json);
	json_name(json, TEXT("schemas"));
	json_begin_array(json);
	json_write_string(json, TEXT(LIST_RESPONSE));
	json_end_array(json);
	json_member_number(json, TEXT("totalResults"), total);
	json_member_number(json, TEXT("startIndex"), 1);
	json_member_number(json, TEXT("itemsPerPage"), total);
	json_name(json, TEXT("Resources"));
	json_begin_array(json);
	buffer_append_byte(&writer->out, '\n');
}

static void
scim_end(struct writer *writer)
{
	json_end_array(&writer->json);
	json_end_object(&writer->json);
	buffer_append_byte(&writer->out, '\n');
}

static const struct writer_format scim = {
	.name = "scim", .has_groups = true, .begin = scim_begin, .person = write_person,
	.group = write_group, .member = write_member, .group_end = write_group_end, .end = scim_end,
};

/* --- the table ------------------------------------------------------------- */

const struct writer_format *const writer_formats[] = { &jsonl, &scim, &writer_csv, NULL };

const struct writer_format *
writer_format_find(struct text name)
{
	for (size_t i = 0; writer_formats[i] != NULL; i++)
		if (text_equal_nocase(text_of(writer_formats[i]->name), name))
			return writer_formats[i];
	return NULL;
}

struct text
writer_format_names(struct arena *arena)
{
	struct text names = TEXT("");

	for (size_t i = 0; writer_formats[i] != NULL; i++)
		names = ARENA_JOIN(arena, names, i > 0 ? TEXT(", ") : TEXT(""),
		    text_of(writer_formats[i]->name));
	return names;
}

struct writer
writer_create(const struct writer_format *format)
{
	return (struct writer){ .format = format, .arena = arena_create() };
}

void
writer_release(struct writer *writer)
{
	buffer_release(&writer->out);
	buffer_release(&writer->left_out_names);
	arena_destroy(writer->arena);
}
