/*
 * catalogue.c - the reasons and the attributes of C as SQL.
 */
#include "scim/discovery.h"
#include "scim/error.h"
#include "store/catalogue.h"

/* The texts are this program's own, as the files are; the quotes are doubled all the same. */
static void
append_literal(struct buffer *script, const char *text, char after)
{
	if (text == NULL) {
		buffer_append(script, TEXT("NULL"));
	} else {
		buffer_append_byte(script, '\'');
		for (; *text != '\0'; text++) {
			if (*text == '\'')
				buffer_append_byte(script, '\'');
			buffer_append_byte(script, *text);
		}
		buffer_append_byte(script, '\'');
	}
	buffer_append_byte(script, after);
}

static void
append_reason(struct buffer *script, const struct scim_reason *reason)
{
	buffer_append(script, TEXT("INSERT INTO scim.reasons"
	    " (code, status, scim_type, title, sentence, okta, entra, other) VALUES ("));
	append_literal(script, reason->code, ',');
	buffer_format(script, "%d,", reason->status);
	append_literal(script, reason->scim_type, ',');
	append_literal(script, reason->title, ',');
	append_literal(script, reason->detail, ',');
	append_literal(script, reason->okta, ',');
	append_literal(script, reason->entra, ',');
	append_literal(script, reason->other, ')');
	buffer_append_byte(script, ';');
}

static void
append_reasons(struct buffer *script)
{
	buffer_append(script, TEXT("DELETE FROM scim.reasons;"));
	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		append_reason(script, scim_reason((enum reason)reason));
}

static void
append_boolean(struct buffer *script, bool yes)
{
	buffer_append(script, yes ? TEXT("true,") : TEXT("false,"));
}

static void
append_list(struct buffer *script, const char *const *words)
{
	if (words == NULL) {
		buffer_append(script, TEXT("NULL,"));
		return;
	}
	buffer_append(script, TEXT("ARRAY["));
	for (; *words != NULL; words++)
		append_literal(script, *words, words[1] != NULL ? ',' : ']');
	buffer_append_byte(script, ',');
}

/* The others are computed when a resource is sent, or never kept. */
static bool
is_stored(const struct attribute *attribute)
{
	return attribute->mutability != READ_ONLY && attribute->returned != RETURNED_NEVER &&
	    !text_equal(attribute->name, TEXT("schemas"));
}

/* sub NULL: the attribute itself. */
static void
append_attribute(struct buffer *script, const struct resource_type *type, const struct schema *schema,
    const struct attribute *attribute, const struct attribute *sub)
{
	const struct attribute *leaf = sub != NULL ? sub : attribute;
	bool qualified = schema != &scim_common_schema && scim_schema_is_extension(schema);

	buffer_append(script, TEXT("INSERT INTO scim.schema_attributes VALUES ("));
	append_literal(script, type->name.start, ',');
	buffer_format(script, "'%s%s%s%s%s',", qualified ? schema->urn.start : "",
	    qualified ? ":" : "", attribute->name.start,
	    sub != NULL ? "." : "", sub != NULL ? sub->name.start : "");
	append_literal(script, schema->urn.start, ',');
	append_literal(script, attribute->name.start, ',');
	append_literal(script, sub != NULL ? sub->name.start : NULL, ',');
	append_literal(script, scim_type_word(leaf), ',');
	append_boolean(script, leaf->multi_valued);
	append_boolean(script, leaf->required);
	append_boolean(script, leaf->case_exact);
	append_literal(script, scim_mutability_word(leaf), ',');
	append_literal(script, scim_returned_word(leaf), ',');
	append_boolean(script, is_stored(attribute) && is_stored(leaf));
	append_list(script, leaf->canonical_values);
	append_list(script, leaf->reference_types);
	append_literal(script, leaf->description, ')');
	buffer_append_byte(script, ';');
}

static void
append_schema(struct buffer *script, const struct resource_type *type, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct attribute *attribute = &schema->attributes[i];

		append_attribute(script, type, schema, attribute, NULL);
		for (size_t j = 0; j < attribute->sub_count; j++)
			append_attribute(script, type, schema, attribute, &attribute->sub_attributes[j]);
	}
}

static void
append_attributes(struct buffer *script)
{
	buffer_append(script, TEXT("DELETE FROM scim.schema_attributes;"));
	for (const struct resource_type *const *type = scim_resource_types; *type != NULL; type++) {
		append_schema(script, *type, &scim_common_schema);
		append_schema(script, *type, (*type)->schema);
		for (size_t i = 0; (*type)->extensions[i] != NULL; i++)
			append_schema(script, *type, (*type)->extensions[i]);
	}
}

void
catalogue_append(struct buffer *script)
{
	append_reasons(script);
	append_attributes(script);
}
