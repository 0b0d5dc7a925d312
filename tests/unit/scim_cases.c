/*
 * scim_cases.c - filters, paths, matching and dateTimes as text cases.
 *
 * "@type Group" and "@resource {json}" are the directives.  What comes out of
 * a filter is its tree, (and (eq userName "a") (pr title)); a path is followed
 * by the tree of the filter in its brackets.
 */
#include "base/compiler.h"
#include "scim/datetime.h"
#include "scim/match.h"
#include "scim/path.h"
#include "unit/case.h"

struct state {
	struct arena *arena;
	const struct resource_type *type;
	struct json_value *resource;
};

/* "EnterpriseUser:manager.value": the schema's name is enough here. */
static void
show_ref(struct buffer *out, struct attribute_ref ref)
{
	if (scim_schema_is_extension(ref.schema))
		buffer_format(out, "%s", ref.schema->name);
	if (ref.attribute == NULL)
		return;
	if (scim_schema_is_extension(ref.schema))
		buffer_append_byte(out, ':');
	buffer_append(out, ref.attribute->name);
	if (ref.sub == NULL)
		return;
	buffer_append_byte(out, '.');
	buffer_append(out, ref.sub->name);
}

/* Dates are marked, so that a string that looks like one is not taken for it. */
static void
show_literal(struct buffer *out, const struct filter_literal *literal)
{
	if (literal->kind == LITERAL_BOOLEAN)
		buffer_format(out, "%s", literal->boolean ? "true" : "false");
	else if (literal->kind == LITERAL_STRING)
		json_quote(out, literal->text);
	else if (literal->kind == LITERAL_DATETIME)
		buffer_format(out, "@%.*s", TEXT_FORMAT(literal->text));
	else
		buffer_append(out, literal->text);
}

static void
show_filter(struct buffer *out, const struct filter *filter)
{
	static const char *const names[] = {
		[FILTER_AND] = "and", [FILTER_OR] = "or", [FILTER_NOT] = "not",
		[FILTER_PRESENT] = "pr", [FILTER_ELEMENT] = "element",
	};
	bool compare = filter->kind == FILTER_COMPARE;

	buffer_append_byte(out, '(');
	buffer_append(out, compare ? scim_operator_name(filter->op) : text_of(names[filter->kind]));
	if (filter->ref.attribute != NULL) {
		buffer_append_byte(out, ' ');
		show_ref(out, filter->ref);
	}
	if (compare) {
		buffer_append_byte(out, ' ');
		show_literal(out, &filter->literal);
	}
	if (filter->left != NULL) {
		buffer_append_byte(out, ' ');
		show_filter(out, filter->left);
	}
	if (filter->right != NULL) {
		buffer_append_byte(out, ' ');
		show_filter(out, filter->right);
	}
	buffer_append_byte(out, ')');
}

/* What was printed must read as the same tree again. */
static void
check_print(struct state *state, struct text input, const struct filter *filter)
{
	struct text printed = scim_filter_print(state->arena, filter);
	struct buffer again = { 0 }, first = { 0 };
	struct scim_error error;
	struct filter *reread;

	show_filter(&first, filter);
	if (scim_filter_parse(state->arena, state->type, printed, &reread, &error))
		show_filter(&again, reread);
	else
		case_error(&again, &error);
	is_text(buffer_text(&again), buffer_text(&first), "printed, it reads the same: %.*s",
	    TEXT_FORMAT(input));
	buffer_release(&again);
	buffer_release(&first);
}

static void
run_filter(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct scim_error error;
	struct filter *filter;

	if (!scim_filter_parse(state->arena, state->type, input, &filter, &error)) {
		case_error(out, &error);
		return;
	}
	show_filter(out, filter);
	check_print(state, input, filter);
}

static void
run_path(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct scim_error error;
	struct path path;

	if (!scim_path_parse(state->arena, state->type, input, &path, &error)) {
		case_error(out, &error);
		return;
	}
	show_ref(out, path.ref);
	if (path.filter == NULL)
		return;
	buffer_append_byte(out, ' ');
	show_filter(out, path.filter);
}

static void
run_match(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct scim_error error;
	struct filter *filter;

	if (!scim_filter_parse(state->arena, state->type, input, &filter, &error))
		case_error(out, &error);
	else if (scim_match(state->arena, filter, state->resource))
		buffer_append(out, TEXT("true"));
	else
		buffer_append(out, TEXT("false"));
}

static void
run_datetime(void *data, struct text input, struct buffer *out)
{
	struct state *state = data;
	struct text utc;

	if (scim_datetime_read(state->arena, input, &utc))
		buffer_append(out, utc);
	else
		buffer_append(out, TEXT("refused"));
}

static bool
direct(void *data, struct text name, struct text rest)
{
	struct state *state = data;

	if (text_equal(name, TEXT("type")))
		return (state->type = scim_type_find(rest)) != NULL;
	if (!text_equal(name, TEXT("resource")))
		return false;
	state->resource = case_json(state->arena, rest);
	return true;
}

static const struct {
	const char *file;
	void (*run)(void *data, struct text input, struct buffer *out);
} files[] = {
	{ "tests/case/filter.case", run_filter },
	{ "tests/case/path.case", run_path },
	{ "tests/case/match.case", run_match },
	{ "tests/case/datetime.case", run_datetime },
};

int
main(void)
{
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct state state = { .arena = arena_create(), .type = &scim_user_type };
		struct case_suite suite = { direct, files[i].run, &state };

		case_run(&suite, case_file(state.arena, files[i].file));
		arena_destroy(state.arena);
	}
	return tap_done();
}
