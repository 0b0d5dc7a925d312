/*
 * index.c - `scimlet index ...`: which filters are fast, and making more of them so.
 */
#include "cli/cli.h"
#include "scim/token.h"
#include "store/index.h"

enum { RESOURCE, ATTRIBUTE, OPERATORS, ORGANIZATIONS, STATE, COLUMNS };

/* A table of cells that grows row by row. */
struct listing {
	struct cli *cli;
	struct pg_rows *added;
	struct text *cells;
	size_t rows;
};

static void
put_row(struct listing *listing, const struct resource_type *type, struct text attribute,
    struct text operators, struct text org, struct text state)
{
	struct text *row = listing->cells + listing->rows++ * COLUMNS;

	row[RESOURCE] = type->name;
	row[ATTRIBUTE] = attribute;
	row[OPERATORS] = operators;
	row[ORGANIZATIONS] = org;
	row[STATE] = state;
}

static struct text
shown_org(struct text org)
{
	return text_equal(org, INDEX_FOR_ALL) ? TEXT("all") : org;
}

/* The indexes that somebody had made on this attribute; false when there are none. */
static bool
put_added(struct listing *listing, struct text attribute)
{
	bool any = false;

	for (int i = 0; i < pg_count(listing->added); i++) {
		if (!text_equal(pg_text(listing->added, i, INDEX_ATTRIBUTE), attribute))
			continue;
		any = true;
		put_row(listing, &scim_user_type, attribute, TEXT("eq sw"),
		    shown_org(pg_text(listing->added, i, INDEX_ORG)),
		    pg_boolean(listing->added, i, INDEX_READY) ? TEXT("added") : TEXT("being filled"));
	}
	return any;
}

static void
put_attribute(struct listing *listing, const struct resource_type *type,
    struct attribute_ref ref)
{
	struct text name = scim_ref_print(listing->cli->session.arena, ref);
	const char *built_in = store_plan_index(type, ref);

	if (built_in != NULL)
		put_row(listing, type, name, text_of(built_in), TEXT("all"), TEXT("built in"));
	else if (type != &scim_user_type || !put_added(listing, name))
		put_row(listing, type, name, TEXT_NONE, TEXT_NONE, TEXT("none: reads all"));
}

/* What can stand in a filter: simple attributes and sub-attributes, but no secrets. */
static void
put_schema(struct listing *listing, const struct resource_type *type,
    const struct schema *named, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct attribute *attribute = &schema->attributes[i];

		if (attribute->type != TYPE_COMPLEX && attribute->mutability != WRITE_ONLY)
			put_attribute(listing, type, (struct attribute_ref){ named, attribute, NULL });
		for (size_t j = 0; j < attribute->sub_count; j++)
			put_attribute(listing, type, (struct attribute_ref){ named, attribute,
			    &attribute->sub_attributes[j] });
	}
}

static void
put_type(struct listing *listing, const struct resource_type *type)
{
	put_schema(listing, type, NULL, &scim_common_schema);
	put_schema(listing, type, type->schema, type->schema);
	for (size_t i = 0; type->extensions[i] != NULL; i++)
		put_schema(listing, type, type->extensions[i], type->extensions[i]);
}

static size_t
leaves_of(const struct schema *schema)
{
	size_t count = schema->count;

	for (size_t i = 0; i < schema->count; i++)
		count += schema->attributes[i].sub_count;
	return count;
}

/* At least as many as there will be: every leaf once for each type, and what was added. */
static size_t
rows_max(const struct pg_rows *added)
{
	size_t count = (size_t)pg_count(added);

	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		count += leaves_of(&scim_common_schema);
	for (size_t i = 0; scim_schemas[i] != NULL; i++)
		count += leaves_of(scim_schemas[i]);
	return count;
}

enum cli_status
cli_index_list(struct cli *cli)
{
	static const struct cli_column columns[COLUMNS] = {
		[RESOURCE] = { "resource", CLI_TEXT }, [ATTRIBUTE] = { "attribute", CLI_TEXT },
		[OPERATORS] = { "operators", CLI_TEXT }, [ORGANIZATIONS] = { "org", CLI_TEXT },
		[STATE] = { "index", CLI_TEXT },
	};
	struct listing listing = { .cli = cli };

	if (!store_index_list(&cli->session, &listing.added))
		return cli_store_failed(cli);
	listing.cells = arena_array(cli->session.arena, rows_max(listing.added) * COLUMNS,
	    sizeof(*listing.cells));
	for (size_t i = 0; scim_resource_types[i] != NULL; i++)
		put_type(&listing, scim_resource_types[i]);
	cli_print_table(cli, &(struct cli_table){ columns, COLUMNS, listing.rows, listing.cells });
	return CLI_DONE;
}

/* Which attribute is meant, and can its values stand in an index? */
static enum cli_status
read_attribute(const struct cli *cli, struct attribute_ref *ref)
{
	struct text name = cli->arguments[1];
	size_t known;

	if (!scim_attribute_resolve(&scim_user_type, name, ref, &known) || ref->attribute == NULL)
		return cli_fail(CLI_NOT_FOUND, "People have no attribute \"%.*s\". "
		    "See `scimlet index list`.", TEXT_FORMAT(name));
	if (ref->attribute->type == TYPE_COMPLEX && ref->sub == NULL)
		ref->sub = scim_sub_attribute(ref->attribute, TEXT("value"));
	if (scim_ref_leaf(*ref)->type == TYPE_COMPLEX)
		return cli_fail(CLI_USAGE, "\"%.*s\" has parts: name the one to index, such as "
		    "\"%.*s.%.*s\".", TEXT_FORMAT(name), TEXT_FORMAT(ref->attribute->name),
		    TEXT_FORMAT(ref->attribute->sub_attributes[0].name));
	return CLI_DONE;
}

static enum cli_status
check_attribute(const struct cli *cli, struct attribute_ref ref)
{
	const struct attribute *leaf = scim_ref_leaf(ref);
	struct text name = cli->arguments[1];

	if (store_plan_index(&scim_user_type, ref) != NULL)
		return cli_fail(CLI_REFUSED, "\"%.*s\" has an index already: %s.", TEXT_FORMAT(name),
		    store_plan_index(&scim_user_type, ref));
	if (leaf->mutability == WRITE_ONLY || ref.attribute->mutability == READ_ONLY ||
	    (leaf->type != TYPE_STRING && leaf->type != TYPE_REFERENCE && leaf->type != TYPE_BINARY))
		return cli_fail(CLI_REFUSED, "\"%.*s\" cannot be indexed: only texts that are stored "
		    "with the person can.", TEXT_FORMAT(name));
	return CLI_DONE;
}

/* ORG or "all" as the store knows it; unset: no organization can be called so. */
static struct text
read_org(const struct cli *cli)
{
	struct text org = cli->arguments[0];

	if (text_equal(org, TEXT("all")))
		return INDEX_FOR_ALL;
	return scim_is_org_key(org) ? org : TEXT_NONE;
}

static enum cli_status
no_organization(const struct cli *cli)
{
	return cli_fail(CLI_NOT_FOUND, "There is no organization \"%.*s\". See `scimlet org list`.",
	    TEXT_FORMAT(cli->arguments[0]));
}

enum cli_status
cli_index_add(struct cli *cli)
{
	struct text org = read_org(cli), name;
	struct attribute_ref ref;
	enum index_result result;
	enum cli_status status = read_attribute(cli, &ref);

	if (status == CLI_DONE)
		status = check_attribute(cli, ref);
	if (status != CLI_DONE)
		return status;
	if (!text_is_set(org))
		return no_organization(cli);
	name = scim_ref_print(cli->session.arena, ref);
	if (!store_index_add(&cli->session, org, name, store_plan_path(cli->session.arena, ref),
	    &result))
		return cli_store_failed(cli);
	if (result == INDEX_NO_ORGANIZATION)
		return no_organization(cli);
	if (result == INDEX_ALREADY)
		return cli_fail(CLI_REFUSED, "There is an index on %.*s already.", TEXT_FORMAT(name));
	cli_say(cli, "Filters with eq and sw on %.*s use the index from now on.", TEXT_FORMAT(name));
	return CLI_DONE;
}

enum cli_status
cli_index_drop(struct cli *cli)
{
	struct text org = read_org(cli), name;
	struct attribute_ref ref;
	enum index_result result;
	enum cli_status status = read_attribute(cli, &ref);

	if (status != CLI_DONE)
		return status;
	name = scim_ref_print(cli->session.arena, ref);
	status = cli_confirm_here(cli, "Filters on %.*s will read everybody in \"%.*s\".",
	    TEXT_FORMAT(name), TEXT_FORMAT(cli->arguments[0]));
	if (status != CLI_DONE)
		return status;
	if (text_is_set(org) && !store_index_drop(&cli->session, org, name, &result))
		return cli_store_failed(cli);
	if (!text_is_set(org) || result == INDEX_ALREADY)
		return cli_fail(CLI_NOT_FOUND, "There is no index on %.*s for \"%.*s\". "
		    "See `scimlet index list`.", TEXT_FORMAT(name), TEXT_FORMAT(cli->arguments[0]));
	cli_say(cli, "The index on %.*s is gone.", TEXT_FORMAT(name));
	return CLI_DONE;
}
