/*
 * plan_filter.c - a filter becomes a condition in SQL.
 *
 * An attribute has a column where people filter and sort by it, else it is
 * read out of the resource.  A condition may be NULL, which counts as false;
 * hence "not" is IS NOT TRUE.
 */
#include "base/compiler.h"
#include "base/fatal.h"
#include "store/planner.h"

#define INDEXED_CHARACTERS "256"    /* of scim.indexed_values.value_key */

struct column {
	const struct resource_type *type;   /* NULL: both */
	const char *attribute, *sub;
	enum form form;
	const char *sql;
	const char *index;                  /* operators that an index answers, or NULL */
};

#define ORDERED "eq gt ge lt le"

static const struct column columns[] = {
	{ NULL, "id", NULL, FORM_EXACT, "item.id::text", "eq" },
	{ NULL, "externalId", NULL, FORM_EXACT, "item.external_id", ORDERED " sw" },
	{ NULL, "displayName", NULL, FORM_FOLDED, "item.display_name_key", ORDERED " sw" },
	{ NULL, "meta", "created", FORM_TIME, "item.created", ORDERED },
	{ &scim_user_type, "meta", "lastModified", FORM_TIME, "item.last_modified", ORDERED },
	{ &scim_group_type, "meta", "lastModified", FORM_TIME, "item.last_modified", NULL },
	/* As it is shown: with the digest of the groups that are shown with a person. */
	{ &scim_user_type, "meta", "version", FORM_EXACT, "concat('W/\"', item.version,"
	    " (SELECT membership.digest FROM scim.groups_of(item.org, item.id, '') AS membership), '\"')",
	    NULL },
	{ &scim_group_type, "meta", "version", FORM_EXACT, "concat('W/\"', item.version, '\"')", NULL },
	{ &scim_user_type, "meta", "resourceType", FORM_EXACT, "'User'", NULL },
	{ &scim_group_type, "meta", "resourceType", FORM_EXACT, "'Group'", NULL },
	{ &scim_user_type, "meta", "location", FORM_EXACT, "concat({base}, '/Users/', item.id)", NULL },
	{ &scim_group_type, "meta", "location", FORM_EXACT, "concat({base}, '/Groups/', item.id)", NULL },
	{ &scim_user_type, "userName", NULL, FORM_FOLDED, "item.user_name_key", ORDERED " sw" },
	{ &scim_user_type, "name", "givenName", FORM_TEXT, "item.given_name", NULL },
	{ &scim_user_type, "name", "familyName", FORM_TEXT, "item.family_name", NULL },
	{ &scim_user_type, "title", NULL, FORM_TEXT, "item.title", NULL },
	{ &scim_user_type, "department", NULL, FORM_TEXT, "item.department", NULL },
	{ &scim_user_type, "employeeNumber", NULL, FORM_TEXT, "item.employee_number", NULL },
	{ &scim_user_type, "manager", "value", FORM_EXACT, "item.manager_id", NULL },
};

/*
 * Where the elements of a multi-valued attribute come from, as rows of one
 * column "element"; the default is the resource.  indexed finds the resources
 * that have an element with this value without reading any other.
 */
static const struct source {
	const struct resource_type *type;
	const char *attribute;
	const char *elements;
	const char *indexed;        /* {value} is the parameter */
	bool value_is_uuid;
} sources[] = {
	{ &scim_user_type, "emails", NULL,
	    "item.id IN (SELECT email.user_id FROM scim.user_emails AS email"
	    " WHERE email.org = $1 AND email.value_key = scim.fold({value}))", false },
	{ &scim_user_type, "groups",
	    "pg_catalog.json_array_elements((SELECT membership.groups"
	    " FROM scim.groups_of(item.org, item.id, {base}) AS membership)) AS element",
	    /* From the group down to all who are in it, directly or not (RFC 7643 4.1.2). */
	    "item.id IN (WITH RECURSIVE team (id) AS (SELECT {value}::uuid UNION"
	    " SELECT member.subgroup_id FROM team JOIN scim.group_members AS member"
	    " ON member.org = $1 AND member.group_id = team.id AND member.subgroup_id IS NOT NULL)"
	    " SELECT member.user_id FROM team JOIN scim.group_members AS member"
	    " ON member.org = $1 AND member.group_id = team.id AND member.user_id IS NOT NULL)", true },
	{ &scim_group_type, "members",
	    "(SELECT pg_catalog.json_build_object('value', member.member_id, 'type', member.member_type,"
	    " '$ref', concat({base}, '/', member.member_type, 's/', member.member_id),"
	    " 'display', coalesce(person.display_name, team.display_name)) AS element"
	    " FROM scim.group_members AS member"
	    " LEFT JOIN scim.users AS person ON person.org = member.org AND person.id = member.user_id"
	    " LEFT JOIN scim.groups AS team ON team.org = member.org AND team.id = member.subgroup_id"
	    " WHERE member.org = item.org AND member.group_id = item.id) AS members",
	    "item.id IN (SELECT member.group_id FROM scim.group_members AS member"
	    " WHERE member.org = $1 AND member.user_id = {value}::uuid UNION ALL"
	    " SELECT member.group_id FROM scim.group_members AS member"
	    " WHERE member.org = $1 AND member.subgroup_id = {value}::uuid)", true },
	{ &scim_group_type, "schemas",
	    "(SELECT pg_catalog.to_json('" SCIM_GROUP_URN "'::text) AS element) AS schemas", NULL, false },
};

void
planner_put(struct planner *planner, const char *sql)
{
	buffer_append(&planner->sql, text_of(sql));
}

void
planner_put_parameter(struct planner *planner, struct text value)
{
	if (planner->count == PARAMETERS_MAX)
		fatal("more than %d parameters in a filter", PARAMETERS_MAX);
	planner->parameters[planner->count++] = value;
	buffer_append_byte(&planner->sql, '$');
	buffer_append_number(&planner->sql, planner->count);
}

static void
put_base(struct planner *planner)
{
	if (planner->base_number == 0) {
		planner_put_parameter(planner, planner->base);
		planner->base_number = planner->count;
	} else {
		buffer_append_byte(&planner->sql, '$');
		buffer_append_number(&planner->sql, planner->base_number);
	}
	planner_put(planner, "::text");
}

void
planner_put_template(struct planner *planner, const char *sql, struct text value)
{
	struct text rest = text_of(sql);

	while (rest.length > 0) {
		size_t brace = text_find_byte(rest, '{');

		buffer_append(&planner->sql, text_first(rest, brace));
		rest = text_after(rest, brace);
		if (text_starts(rest, TEXT("{base}"))) {
			put_base(planner);
			rest = text_after(rest, sizeof("{base}") - 1);
		} else if (text_starts(rest, TEXT("{value}"))) {
			planner_put_parameter(planner, value);
			rest = text_after(rest, sizeof("{value}") - 1);
		}
	}
}

static bool
is_named(const struct attribute *attribute, const char *name)
{
	return name == NULL ? attribute == NULL :
	    attribute != NULL && text_equal(attribute->name, text_of(name));
}

/* Enterprise and core attributes have no name in common, so the name decides. */
static const struct column *
find_column(const struct resource_type *type, struct attribute_ref ref)
{
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		if ((columns[i].type == NULL || columns[i].type == type) &&
		    is_named(ref.attribute, columns[i].attribute) &&
		    is_named(ref.sub, columns[i].sub))
			return &columns[i];
	return NULL;
}

static const struct source *
find_source(const struct resource_type *type, const struct attribute *attribute)
{
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i].type == type && is_named(attribute, sources[i].attribute))
			return &sources[i];
	return NULL;
}

void
planner_put_quoted(struct planner *planner, struct text name)
{
	buffer_append_byte(&planner->sql, '\'');
	buffer_append(&planner->sql, name);
	buffer_append_byte(&planner->sql, '\'');
}

/* The jsonb object that holds the attributes of a schema. */
static void
put_container(struct planner *planner, const struct schema *schema)
{
	planner_put(planner, "item.resource");
	if (schema != NULL && schema != planner->type->schema) {
		planner_put(planner, " -> ");
		planner_put_quoted(planner, schema->urn);
	}
}

void
planner_put_elements(struct planner *planner, struct attribute_ref ref)
{
	const struct source *source = find_source(planner->type, ref.attribute);

	if (scim_ref_is_foreign(planner->type, ref)) {
		planner_put(planner, "(SELECT NULL::jsonb AS element WHERE false) AS nothing");
		return;
	}
	if (source != NULL && source->elements != NULL) {
		planner_put_template(planner, source->elements, TEXT_NONE);
		return;
	}
	/* A path reads a value that is no array as one element instead of failing. */
	planner_put(planner, "pg_catalog.jsonb_path_query(");
	put_container(planner, ref.schema);
	planner_put(planner, ", '$.\"");
	buffer_append(&planner->sql, ref.attribute->name);
	planner_put(planner, "\"[*]') AS element");
}

/* The attribute's value as text, NULL when there is none. */
static void
put_value(struct planner *planner, struct attribute_ref ref, bool in_element)
{
	const struct column *column = in_element ? NULL : find_column(planner->type, ref);

	if (scim_ref_is_foreign(planner->type, ref)) {
		planner_put(planner, "NULL::text");
		return;
	}
	if (column != NULL) {
		planner_put_template(planner, column->sql, TEXT_NONE);
		return;
	}
	if (in_element && ref.sub == NULL) {
		planner_put(planner, "element #>> '{}'");
		return;
	}
	if (in_element) {
		planner_put(planner, "element ->> ");
		planner_put_quoted(planner, ref.sub->name);
		return;
	}
	put_container(planner, ref.schema);
	if (ref.attribute != NULL && ref.sub != NULL) {
		planner_put(planner, " -> ");
		planner_put_quoted(planner, ref.attribute->name);
	}
	if (ref.attribute != NULL) {
		planner_put(planner, " ->> ");
		planner_put_quoted(planner, ref.sub != NULL ? ref.sub->name : ref.attribute->name);
	}
}

enum form
planner_form(const struct resource_type *type, struct attribute_ref ref, bool in_element)
{
	const struct attribute *leaf = ref.sub != NULL ? ref.sub : ref.attribute;
	const struct column *column = in_element ? NULL : find_column(type, ref);

	if (column != NULL)
		return column->form;
	return leaf == NULL || leaf->case_exact || leaf->type == TYPE_BOOLEAN ? FORM_EXACT : FORM_TEXT;
}

void
planner_put_operand(struct planner *planner, struct attribute_ref ref, bool in_element)
{
	bool fold = planner_form(planner->type, ref, in_element) == FORM_TEXT;

	planner_put(planner, fold ? "scim.fold(" : "(");
	put_value(planner, ref, in_element);
	planner_put(planner, ")");
}

/* The literal in the same form. */
static void
put_literal(struct planner *planner, enum form form, const struct filter_literal *literal)
{
	struct text value = literal->text;
	bool fold = form == FORM_TEXT || form == FORM_FOLDED;

	if (literal->kind == LITERAL_BOOLEAN)
		value = literal->boolean ? TEXT("true") : TEXT("false");
	planner_put(planner, fold ? "scim.fold(" : "");
	planner_put_parameter(planner, value);
	planner_put(planner, fold ? ")" : form == FORM_TIME ? "::timestamptz" : "::text");
}

static const char *const order_operators[] = {
	[OPERATOR_EQ] = " = ",
	[OPERATOR_NE] = " = ",
	[OPERATOR_CO] = NULL,
	[OPERATOR_SW] = NULL,
	[OPERATOR_EW] = NULL,
	[OPERATOR_GT] = " > ",
	[OPERATOR_GE] = " >= ",
	[OPERATOR_LT] = " < ",
	[OPERATOR_LE] = " <= ",
};

static void
compile_order(struct planner *planner, const struct filter *filter, bool in_element)
{
	enum form form = planner_form(planner->type, filter->ref, in_element);
	bool text = form != FORM_TIME;
	bool equality = filter->op == OPERATOR_EQ || filter->op == OPERATOR_NE;

	planner_put_operand(planner, filter->ref, in_element);
	planner_put(planner, text && !equality ? " COLLATE \"C\"" : "");
	planner_put(planner, order_operators[filter->op]);
	put_literal(planner, form, &filter->literal);
}

/* The last of all texts that start with a prefix is this behind it: a key has at most 1,024 bytes. */
#define AFTER_PREFIX " || repeat(U&'\\+10FFFF', 256)"

/*
 * Never a pattern bound to LIKE, which no index can serve once the plan is
 * generic.  "sw" is a range, which an index serves, and then the exact test.
 */
static void
compile_start(struct planner *planner, const struct filter *filter, bool in_element)
{
	enum form form = planner_form(planner->type, filter->ref, in_element);

	planner_put_operand(planner, filter->ref, in_element);
	planner_put(planner, " COLLATE \"C\" >= ");
	put_literal(planner, form, &filter->literal);
	planner_put(planner, " AND ");
	planner_put_operand(planner, filter->ref, in_element);
	planner_put(planner, " COLLATE \"C\" <= ");
	put_literal(planner, form, &filter->literal);
	planner_put(planner, AFTER_PREFIX " AND starts_with(");
	planner_put_operand(planner, filter->ref, in_element);
	planner_put(planner, ", ");
	put_literal(planner, form, &filter->literal);
	planner_put(planner, ")");
}

static void
compile_part(struct planner *planner, const struct filter *filter, bool in_element)
{
	enum form form = planner_form(planner->type, filter->ref, in_element);
	bool contains = filter->op == OPERATOR_CO;

	planner_put(planner, contains ? "strpos(" : "right(");
	planner_put_operand(planner, filter->ref, in_element);
	planner_put(planner, contains ? ", " : ", length(");
	put_literal(planner, form, &filter->literal);
	planner_put(planner, contains ? ") > 0" : ")) = ");
	if (!contains)
		put_literal(planner, form, &filter->literal);
}

/* An id in another form than ours belongs to nobody; our own form uses the index. */
static bool
compile_id(struct planner *planner, const struct filter *filter, bool in_element)
{
	if (in_element || filter->op != OPERATOR_EQ || filter->ref.schema != NULL ||
	    !is_named(filter->ref.attribute, "id"))
		return false;
	if (!text_is_uuid(filter->literal.text)) {
		planner_put(planner, "false");
		return true;
	}
	planner_put(planner, "item.id = ");
	planner_put_parameter(planner, filter->literal.text);
	planner_put(planner, "::uuid");
	return true;
}

static void
compile_test(struct planner *planner, const struct filter *filter, bool in_element)
{
	if (filter->op == OPERATOR_SW)
		compile_start(planner, filter, in_element);
	else if (filter->op == OPERATOR_CO || filter->op == OPERATOR_EW)
		compile_part(planner, filter, in_element);
	else if (!compile_id(planner, filter, in_element))
		compile_order(planner, filter, in_element);
}

/* Is the attribute one of those in scim.indexed_values? */
static bool
is_indexed(const struct planner *planner, struct attribute_ref ref)
{
	struct text rest = planner->indexed;
	struct text name;

	if (rest.length == 0 || planner->type != &scim_user_type)
		return false;
	name = scim_ref_print(planner->arena, ref);
	while (rest.length > 0) {
		size_t comma = text_find_byte(rest, ',');

		if (text_equal(text_first(rest, comma), name))
			return true;
		rest = text_after(rest, comma < rest.length ? comma + 1 : comma);
	}
	return false;
}

/* Writes the people of whom scim.indexed_values says that they may fulfil a term. */
static bool
compile_candidates(struct planner *planner, const struct filter *term)
{
	static const char key[] = "left(scim.fold({value}), " INDEXED_CHARACTERS ")";
	bool starts = term->op == OPERATOR_SW;

	if ((term->op != OPERATOR_EQ && !starts) || term->literal.kind != LITERAL_STRING ||
	    !is_indexed(planner, term->ref))
		return false;
	planner_put(planner, "item.id IN (SELECT value.user_id FROM scim.indexed_values AS value"
	    " WHERE value.org = $1 AND value.attribute = ");
	planner_put_quoted(planner, scim_ref_print(planner->arena, term->ref));
	planner_put(planner, starts ? " AND value.value_key >= " : " AND value.value_key = ");
	planner_put_template(planner, key, term->literal.text);
	if (starts) {
		planner_put(planner, " AND value.value_key <= ");
		planner_put_template(planner, key, term->literal.text);
		planner_put(planner, AFTER_PREFIX);
	}
	planner_put(planner, ")");
	return true;
}

/* One value: of a single-valued attribute, or a sub-attribute of the element at hand. */
static void
compile_single(struct planner *planner, const struct filter *filter, bool in_element)
{
	bool negated = filter->op == OPERATOR_NE;

	if (filter->kind == FILTER_PRESENT) {
		planner_put(planner, "(");
		put_value(planner, filter->ref, in_element);
		planner_put(planner, ") IS NOT NULL");
		return;
	}
	planner_put(planner, negated ? "((" : "(");
	if (!in_element && compile_candidates(planner, filter))
		planner_put(planner, " AND ");
	compile_test(planner, filter, in_element);
	/* Without a value it differs from any (product decision on ne). */
	planner_put(planner, negated ? ") IS NOT TRUE)" : ")");
}

static void
begin_exists(struct planner *planner, struct attribute_ref ref)
{
	planner_put(planner, "EXISTS (SELECT FROM ");
	planner_put_elements(planner, ref);
}

/* Writes the resources that have an element with this value; false when no index tells. */
static bool
compile_owners(struct planner *planner, const struct filter *term)
{
	const struct source *source = find_source(planner->type, term->ref.attribute);

	if (source == NULL || source->indexed == NULL || term->op != OPERATOR_EQ ||
	    term->literal.kind != LITERAL_STRING || !is_named(term->ref.sub, "value"))
		return false;
	if (source->value_is_uuid && !text_is_uuid(term->literal.text))
		planner_put(planner, "false");
	else
		planner_put_template(planner, source->indexed, term->literal.text);
	return true;
}

/* Of terms joined by "and" one that an index answers narrows what is looked through. */
static bool
compile_indexed(struct planner *planner, const struct filter *filter)
{
	if (filter->kind == FILTER_AND)
		return compile_indexed(planner, filter->left) ||
		    compile_indexed(planner, filter->right);
	return filter->kind == FILTER_COMPARE &&
	    (compile_owners(planner, filter) || compile_candidates(planner, filter));
}

/* Any element; ne also holds when there is none (product decision). */
static void
compile_any(struct planner *planner, const struct filter *filter)
{
	bool compares = filter->kind == FILTER_COMPARE;
	bool wants_absence = compares && filter->op == OPERATOR_NE;

	if (compares && compile_owners(planner, filter))
		return;
	planner_put(planner, "(");
	if (compares && compile_candidates(planner, filter))
		planner_put(planner, " AND ");
	if (wants_absence) {
		planner_put(planner, "NOT ");
		begin_exists(planner, filter->ref);
		planner_put(planner, ") OR ");
	}
	begin_exists(planner, filter->ref);
	if (compares || filter->ref.sub != NULL) {
		planner_put(planner, " WHERE ");
		compile_single(planner, filter, true);
	}
	planner_put(planner, "))");
}

static void
compile_element(struct planner *planner, const struct filter *filter)
{
	planner_put(planner, "(");
	if (compile_indexed(planner, filter->left))
		planner_put(planner, " AND ");
	begin_exists(planner, filter->ref);
	planner_put(planner, " WHERE ");
	planner_put_filter(planner, filter->left, true);
	planner_put(planner, "))");
}

void
planner_put_filter(struct planner *planner, const struct filter *filter, bool in_element)
{
	switch (filter->kind) {
	case FILTER_AND:
	case FILTER_OR:
		planner_put(planner, "(");
		planner_put_filter(planner, filter->left, in_element);
		planner_put(planner, filter->kind == FILTER_AND ? " AND " : " OR ");
		planner_put_filter(planner, filter->right, in_element);
		planner_put(planner, ")");
		return;
	case FILTER_NOT:
		planner_put(planner, "((");
		planner_put_filter(planner, filter->left, in_element);
		planner_put(planner, ") IS NOT TRUE)");
		return;
	case FILTER_ELEMENT:
		compile_element(planner, filter);
		return;
	case FILTER_COMPARE:
	case FILTER_PRESENT:
		if (!in_element && filter->ref.attribute != NULL && filter->ref.attribute->multi_valued)
			compile_any(planner, filter);
		else
			compile_single(planner, filter, in_element);
		return;
	}
}

const char *
store_plan_index(const struct resource_type *type, struct attribute_ref ref)
{
	const struct column *column = find_column(type, ref);
	const struct source *source = find_source(type, ref.attribute);

	if (column != NULL)
		return column->index;
	return source != NULL && source->indexed != NULL && is_named(ref.sub, "value") ? "eq" : NULL;
}

/* How PostgreSQL comes to the matches of a filter. */
enum access {
	ACCESS_SCAN,
	ACCESS_LIST,        /* id IN (...): not within "or" */
	ACCESS_COLUMN,
};

static bool
is_answered(const char *operators, enum filter_operator op)
{
	struct text name = scim_operator_name(op);

	return operators != NULL && text_find(text_of(operators), name) < strlen(operators);
}

static enum access
access_of_term(const struct planner *planner, const struct filter *term)
{
	if (is_answered(store_plan_index(planner->type, term->ref), term->op))
		return term->ref.attribute->multi_valued ? ACCESS_LIST : ACCESS_COLUMN;
	return (term->op == OPERATOR_EQ || term->op == OPERATOR_SW) &&
	    is_indexed(planner, term->ref) ? ACCESS_LIST : ACCESS_SCAN;
}

static enum access
access_of(const struct planner *planner, const struct filter *filter)
{
	enum access left, right;

	if (filter->kind == FILTER_COMPARE)
		return access_of_term(planner, filter);
	if (filter->kind == FILTER_ELEMENT)
		return access_of(planner, filter->left);
	if (filter->kind != FILTER_AND && filter->kind != FILTER_OR)
		return ACCESS_SCAN;
	left = access_of(planner, filter->left);
	right = access_of(planner, filter->right);
	if (filter->kind == FILTER_AND)
		return left > right ? left : right;
	return left == ACCESS_COLUMN && right == ACCESS_COLUMN ? ACCESS_COLUMN : ACCESS_SCAN;
}

bool
store_plan_is_indexed(struct arena *arena, const struct list_query *query)
{
	struct planner planner = { .arena = arena, .indexed = query->indexed };

	for (size_t i = 0; i < query->part_count; i++) {
		planner.type = query->parts[i].type;
		if (query->parts[i].filter != NULL &&
		    access_of(&planner, query->parts[i].filter) == ACCESS_SCAN)
			return false;
	}
	return true;
}

struct text
store_plan_path(struct arena *arena, struct attribute_ref ref)
{
	bool extension = scim_schema_is_extension(ref.schema);

	return arena_format(arena, "$%s%.*s%s.\"%.*s\"%s%s%.*s%s",
	    extension ? ".\"" : "", TEXT_FORMAT(extension ? ref.schema->urn : TEXT("")),
	    extension ? "\"" : "",
	    TEXT_FORMAT(ref.attribute->name), ref.attribute->multi_valued ? "[*]" : "",
	    ref.sub != NULL ? ".\"" : "", TEXT_FORMAT(ref.sub != NULL ? ref.sub->name : TEXT("")),
	    ref.sub != NULL ? "\"" : "");
}
