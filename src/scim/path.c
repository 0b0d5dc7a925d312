/*
 * path.c - PATH = attrPath / valuePath [subAttr] (RFC 7644 figure 7).
 */
#include "scim/path.h"

/* What all readers of one path share. */
struct reading {
	struct arena *arena;
	const struct resource_type *type;
	struct text text;
	struct path *path;
	struct scim_error *error;
};

static size_t
characters(struct text text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += ((unsigned char)text.start[i] & 0xc0) != 0x80;
	return count;
}

/* A complaint about the byte at which something is wrong, told as a character from 1. */
static bool
refuse(const struct reading *reading, size_t at, const char *what)
{
	return scim_fail(reading->error, REASON_PATCH_PATH, reading->text,
	    arena_format(reading->arena, "%s (character %zu)", what,
	    characters(text_first(reading->text, at)) + 1));
}

/* The byte of the "]" that ends the filter, or the length of the text when none does. */
static size_t
closing_bracket(struct text text, size_t from)
{
	bool quoted = false;

	for (size_t at = from; at < text.length; at++) {
		if (text.start[at] == '"')
			quoted = !quoted;
		if (quoted && text.start[at] == '\\')
			at++;
		if (!quoted && text.start[at] == ']')
			return at;
	}
	return text.length;
}

static bool
read_name(struct reading *reading, struct text name)
{
	struct attribute_ref *ref = &reading->path->ref;
	size_t known;

	if (name.length == 0)
		return refuse(reading, 0, "the name of an attribute is expected");
	if (!scim_attribute_resolve(reading->type, name, ref, &known))
		return refuse(reading, known, "there is no such attribute");
	if (ref->attribute == NULL && !scim_schema_is_extension(ref->schema))
		return refuse(reading, known, "the name of an attribute must follow the URN");
	return true;
}

/* [ "." subAttr ] behind the brackets */
static bool
read_sub_attribute(struct reading *reading, size_t at)
{
	struct attribute_ref *ref = &reading->path->ref;

	if (at == reading->text.length)
		return true;
	if (reading->text.start[at] != '.')
		return refuse(reading, at, "only \".\" and a sub-attribute can follow");
	ref->sub = scim_sub_attribute(ref->attribute, text_after(reading->text, at + 1));
	return ref->sub != NULL || refuse(reading, at + 1, "there is no such sub-attribute");
}

static bool
read_value_path(struct reading *reading, size_t open)
{
	struct attribute_ref *ref = &reading->path->ref;
	struct text text = reading->text;
	size_t close = closing_bracket(text, open + 1);

	if (!read_name(reading, text_first(text, open)))
		return false;
	if (ref->attribute == NULL || ref->sub != NULL || !ref->attribute->multi_valued ||
	    ref->attribute->type != TYPE_COMPLEX)
		return refuse(reading, open,
		    "brackets can only follow a multi-valued attribute with sub-attributes");
	if (close == text.length)
		return refuse(reading, close, "\"]\" is missing");
	if (!scim_filter_parse_element(reading->arena, reading->type, *ref,
	    text_after(text_first(text, close), open + 1), characters(text_first(text, open + 1)),
	    &reading->path->filter, reading->error))
		return false;
	return read_sub_attribute(reading, close + 1);
}

bool
scim_path_parse(struct arena *arena, const struct resource_type *type, struct text text,
    struct path *path, struct scim_error *error)
{
	struct reading reading = { arena, type, text, path, error };
	size_t open = text_find_byte(text, '[');

	*path = (struct path){ .text = text };
	if (open == text.length)
		return read_name(&reading, text);
	return read_value_path(&reading, open);
}
