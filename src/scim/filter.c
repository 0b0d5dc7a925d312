/*
 * filter.c - a recursive descent through the grammar of RFC 7644 figure 1.
 *
 * Each function stands below the rule that it reads.  Names are resolved and
 * literals converted as they are met, so that every complaint knows its place.
 */
#include "json/read.h"
#include "scim/datetime.h"
#include "scim/filter.h"

struct parser {
	struct arena *arena;
	const struct resource_type *type;
	bool any_type;                      /* attributes of other types are accepted */
	struct text text;
	size_t at;                          /* byte of the next token */
	size_t offset;                      /* characters before text */
	const struct attribute_ref *owner;  /* in brackets: whose sub-attributes are named */
	int depth, nodes;
	struct scim_error *error;
};

#define BIT(op) (1u << (op))
#define EQUALITY (BIT(OPERATOR_EQ) | BIT(OPERATOR_NE))
#define SUBSTRING (BIT(OPERATOR_CO) | BIT(OPERATOR_SW) | BIT(OPERATOR_EW))
#define ORDER (BIT(OPERATOR_GT) | BIT(OPERATOR_GE) | BIT(OPERATOR_LT) | BIT(OPERATOR_LE))

/* RFC 7644 table 3: what can be asked of a type, and what its literals are. */
static const struct {
	unsigned operators;
	enum literal_kind literal;
	const char *form;
} type_rules[] = {
	[TYPE_STRING] = { EQUALITY | SUBSTRING | ORDER, LITERAL_STRING,
	    "a string in double quotes" },
	[TYPE_BOOLEAN] = { EQUALITY, LITERAL_BOOLEAN, "true or false" },
	[TYPE_DECIMAL] = { EQUALITY | ORDER, LITERAL_NUMBER, "a number" },
	[TYPE_INTEGER] = { EQUALITY | ORDER, LITERAL_NUMBER, "a number" },
	[TYPE_DATETIME] = { EQUALITY | ORDER, LITERAL_DATETIME,
	    "a dateTime in double quotes such as 2011-05-13T04:42:34Z" },
	[TYPE_BINARY] = { EQUALITY | SUBSTRING, LITERAL_STRING, "a string in double quotes" },
	[TYPE_REFERENCE] = { EQUALITY | SUBSTRING | ORDER, LITERAL_STRING,
	    "a string in double quotes" },
	[TYPE_COMPLEX] = { 0, LITERAL_NULL, "null" },
};

static const struct text operator_names[] = {
	[OPERATOR_EQ] = { "eq", 2 }, [OPERATOR_NE] = { "ne", 2 }, [OPERATOR_CO] = { "co", 2 },
	[OPERATOR_SW] = { "sw", 2 }, [OPERATOR_EW] = { "ew", 2 }, [OPERATOR_GT] = { "gt", 2 },
	[OPERATOR_GE] = { "ge", 2 }, [OPERATOR_LT] = { "lt", 2 }, [OPERATOR_LE] = { "le", 2 },
};

static bool parse_or(struct parser *parser, struct filter **filter);

struct text
scim_operator_name(enum filter_operator op)
{
	return operator_names[op];
}

/* The character (from 1) at a byte: clients count characters, not bytes. */
static size_t
character_at(const struct parser *parser, size_t at)
{
	size_t count = parser->offset + 1;

	for (size_t i = 0; i < at && i < parser->text.length; i++)
		count += ((unsigned char)parser->text.start[i] & 0xc0) != 0x80;
	return count;
}

static struct text
character_text(const struct parser *parser, size_t at)
{
	return arena_format(parser->arena, "%zu", character_at(parser, at));
}

static bool
syntax_error(struct parser *parser, size_t at, struct text what)
{
	return scim_fail(parser->error, REASON_FILTER_SYNTAX, character_text(parser, at), what);
}

static bool
too_complex(struct parser *parser, int limit, const char *of_what)
{
	return scim_fail(parser->error, REASON_FILTER_TOO_COMPLEX,
	    arena_format(parser->arena, "at most %d %s are accepted", limit, of_what));
}

static bool
new_node(struct parser *parser, enum filter_kind kind, size_t at, struct filter **filter)
{
	if (++parser->nodes > SCIM_FILTER_NODES_MAX)
		return too_complex(parser, SCIM_FILTER_NODES_MAX, "terms");
	*filter = arena_new(parser->arena, struct filter);
	(*filter)->kind = kind;
	(*filter)->at = character_at(parser, at);
	return true;
}

/* A node over one or two others. */
static bool
join(struct parser *parser, enum filter_kind kind, struct filter *left, struct filter *right,
    struct filter **filter)
{
	struct filter *node;

	if (!new_node(parser, kind, parser->at, &node))
		return false;
	node->at = left->at;
	node->left = left;
	node->right = right;
	*filter = node;
	return true;
}

/* The byte at a place, or NUL behind the end. */
static char
byte_at(const struct parser *parser, size_t at)
{
	return at < parser->text.length ? parser->text.start[at] : '\0';
}

static bool
take_byte(struct parser *parser, char byte)
{
	if (parser->at == parser->text.length || byte_at(parser, parser->at) != byte)
		return false;
	parser->at++;
	return true;
}

static void
skip_spaces(struct parser *parser)
{
	while (take_byte(parser, ' '))
		continue;
}

static struct text
between(const struct parser *parser, size_t from, size_t to)
{
	return (struct text){ parser->text.start + from, to - from };
}

/* Everything up to the next byte that has a meaning of its own. */
static struct text
take_word(struct parser *parser)
{
	size_t from = parser->at;

	while (parser->at < parser->text.length &&
	    memchr(" ()[]\"", byte_at(parser, parser->at), 6) == NULL)
		parser->at++;
	return between(parser, from, parser->at);
}

/* Takes spaces and the word behind them, or nothing when another word is there. */
static bool
take_keyword(struct parser *parser, struct text keyword)
{
	size_t from = parser->at;

	if (take_byte(parser, ' ')) {
		skip_spaces(parser);
		if (text_equal_nocase(take_word(parser), keyword))
			return true;
	}
	parser->at = from;
	return false;
}

/*
 * attrPath = [URI ":"] ATTRNAME *1subAttr
 * In brackets: one sub-attribute of the owner.
 */
static bool
resolve(struct parser *parser, struct text name, size_t *known, struct attribute_ref *ref)
{
	*known = 0;
	if (parser->owner == NULL)
		return (scim_attribute_resolve(parser->type, name, ref, known) ||
		    (parser->any_type && scim_attribute_resolve_foreign(parser->type, name, ref))) &&
		    ref->attribute != NULL;
	*ref = *parser->owner;
	ref->sub = scim_sub_attribute(parser->owner->attribute, name);
	return ref->sub != NULL;
}

static bool
parse_attribute(struct parser *parser, struct attribute_ref *ref)
{
	size_t from = parser->at, known;
	struct text name = take_word(parser);

	if (name.length == 0)
		return syntax_error(parser, from, TEXT("the name of an attribute is expected"));
	if (!resolve(parser, name, &known, ref))
		return scim_fail(parser->error, REASON_FILTER_ATTRIBUTE, name,
		    character_text(parser, from + known));
	/* RFC 7643 4.1.1: a password must not be found out by asking. */
	if (ref->attribute->mutability == WRITE_ONLY)
		return scim_fail(parser->error, REASON_FILTER_SECRET, name,
		    character_text(parser, from));
	return true;
}

static bool
find_operator(struct text name, enum filter_operator *op)
{
	for (size_t i = 0; i < COUNT_OF(operator_names); i++) {
		if (text_equal_nocase(operator_names[i], name)) {
			*op = (enum filter_operator)i;
			return true;
		}
	}
	return false;
}

static bool
unknown_operator(struct parser *parser, size_t at, struct text word)
{
	if (word.length == 0)
		return syntax_error(parser, at, TEXT("an operator is expected"));
	return syntax_error(parser, at,
	    arena_format(parser->arena, "the operator \"%.*s\" is not supported",
	    TEXT_FORMAT(word)));
}

/* The byte behind a literal: a string ends at its quote, the others at a delimiter. */
static size_t
literal_end(const struct parser *parser, size_t from)
{
	size_t at = from;

	if (byte_at(parser, from) != '"') {
		while (at < parser->text.length && memchr(" ()[]", byte_at(parser, at), 5) == NULL)
			at++;
		return at;
	}
	for (at = from + 1; at < parser->text.length; at++) {
		if (byte_at(parser, at) == '"')
			return at + 1;
		if (byte_at(parser, at) == '\\')
			at++;
	}
	return parser->text.length;
}

#define MEMBER_HEAD "{\"\":"

/* JSON messages are objects, and so is what json_read() takes: the value becomes a member. */
static struct text
as_member(struct arena *arena, struct text literal)
{
	size_t head = sizeof(MEMBER_HEAD) - 1;
	char *object = arena_alloc(arena, head + literal.length + 1);

	memcpy(object, MEMBER_HEAD, head);
	memcpy(object + head, literal.start, literal.length);
	object[head + literal.length] = '}';
	return (struct text){ object, head + literal.length + 1 };
}

static bool
read_json(struct parser *parser, size_t from, struct json_value **value)
{
	struct text object = as_member(parser->arena, between(parser, from, parser->at));
	struct json_trouble trouble;

	if (!json_read(parser->arena, object, value, &trouble)) {
		size_t head = sizeof(MEMBER_HEAD) - 1;
		size_t at = trouble.offset < head ? 0 : trouble.offset - head;

		return syntax_error(parser, from + at,
		    arena_format(parser->arena, "the value is not JSON, %s", trouble.what));
	}
	if ((*value)->count != 1)
		return syntax_error(parser, from, TEXT("one value is expected"));
	*value = (*value)->members[0].value;
	return true;
}

/* compValue = false / null / true / number / string ; rules from JSON */
static bool
parse_literal(struct parser *parser, struct filter_literal *literal)
{
	static const enum literal_kind kinds[] = {
		[JSON_NULL] = LITERAL_NULL, [JSON_BOOLEAN] = LITERAL_BOOLEAN,
		[JSON_NUMBER] = LITERAL_NUMBER, [JSON_STRING] = LITERAL_STRING,
	};
	size_t from = parser->at;
	struct json_value *value;

	parser->at = literal_end(parser, from);
	if (parser->at == from)
		return syntax_error(parser, from, TEXT("a value to compare with is expected"));
	if (!read_json(parser, from, &value))
		return false;
	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		return syntax_error(parser, from, TEXT("lists and objects cannot be compared"));
	literal->kind = kinds[value->kind];
	literal->boolean = value->boolean;
	literal->text = value->text;
	return true;
}

/* Strings that stand for another type: dateTimes, and "True" and "False" as Entra ID sends them. */
static void
convert_string(struct parser *parser, enum literal_kind wanted, struct filter_literal *literal)
{
	bool is_true = text_equal_nocase(literal->text, TEXT("true"));

	if (literal->kind != LITERAL_STRING)
		return;
	if (wanted == LITERAL_DATETIME &&
	    scim_datetime_read(parser->arena, literal->text, &literal->text))
		literal->kind = LITERAL_DATETIME;
	if (wanted == LITERAL_BOOLEAN &&
	    (is_true || text_equal_nocase(literal->text, TEXT("false"))))
		*literal = (struct filter_literal){ .kind = LITERAL_BOOLEAN, .boolean = is_true };
}

/* x eq null: x is unassigned; x ne null: it is not. */
static bool
compare_with_null(struct parser *parser, struct filter *term, struct filter **filter)
{
	bool negated = term->op == OPERATOR_EQ;

	*term = (struct filter){ .kind = FILTER_PRESENT, .ref = term->ref, .at = term->at };
	*filter = term;
	return !negated || join(parser, FILTER_NOT, term, NULL, filter);
}

/* RFC 7644 figure 2 compares emails: the sub-attribute that is meant is "value". */
static bool
default_sub_attribute(struct parser *parser, size_t operator_at, struct attribute_ref *ref)
{
	if (scim_ref_leaf(*ref)->type != TYPE_COMPLEX)
		return true;
	ref->sub = scim_sub_attribute(ref->attribute, TEXT("value"));
	if (ref->sub != NULL)
		return true;
	return syntax_error(parser, operator_at, arena_format(parser->arena,
	    "\"%.*s\" has parts, name the one to compare such as \"%.*s.%.*s\"",
	    TEXT_FORMAT(ref->attribute->name), TEXT_FORMAT(ref->attribute->name),
	    TEXT_FORMAT(ref->attribute->sub_attributes[0].name)));
}

/* Do operator and literal fit the type of the attribute? */
static bool
check_types(struct parser *parser, size_t operator_at, size_t literal_at, struct filter *term)
{
	const struct attribute *leaf = scim_ref_leaf(term->ref);

	if ((type_rules[leaf->type].operators & BIT(term->op)) == 0)
		return scim_fail(parser->error, REASON_FILTER_OPERATOR, operator_names[term->op],
		    leaf->name, character_text(parser, operator_at));
	convert_string(parser, type_rules[leaf->type].literal, &term->literal);
	if (term->literal.kind != type_rules[leaf->type].literal)
		return scim_fail(parser->error, REASON_FILTER_LITERAL, leaf->name,
		    text_of(type_rules[leaf->type].form), character_text(parser, literal_at));
	return true;
}

static bool
parse_comparison(struct parser *parser, size_t operator_at, struct filter *term,
    struct filter **filter)
{
	size_t literal_at;

	skip_spaces(parser);
	literal_at = parser->at;
	if (!parse_literal(parser, &term->literal))
		return false;
	if (term->literal.kind == LITERAL_NULL && (BIT(term->op) & EQUALITY) != 0)
		return compare_with_null(parser, term, filter);
	*filter = term;
	return default_sub_attribute(parser, operator_at, &term->ref) &&
	    check_types(parser, operator_at, literal_at, term);
}

/* attrExp = (attrPath SP "pr") / (attrPath SP compareOp SP compValue), behind the attrPath */
static bool
parse_operator(struct parser *parser, struct filter *term, struct filter **filter)
{
	size_t from;
	struct text word;

	skip_spaces(parser);
	from = parser->at;
	word = take_word(parser);
	if (text_equal_nocase(word, TEXT("pr"))) {
		term->kind = FILTER_PRESENT;
		*filter = term;
		return true;
	}
	if (!find_operator(word, &term->op))
		return unknown_operator(parser, from, word);
	if (byte_at(parser, parser->at) != ' ')
		return syntax_error(parser, parser->at,
		    TEXT("a space and a value are expected behind the operator"));
	return parse_comparison(parser, from, term, filter);
}

/* One level deeper: the only way into recursion. */
static bool
parse_nested(struct parser *parser, char close, struct filter **filter)
{
	if (++parser->depth > SCIM_FILTER_DEPTH_MAX)
		return too_complex(parser, SCIM_FILTER_DEPTH_MAX, "levels of brackets");
	if (!parse_or(parser, filter))
		return false;
	parser->depth--;
	skip_spaces(parser);
	if (take_byte(parser, close))
		return true;
	return syntax_error(parser, parser->at,
	    arena_format(parser->arena, "\"and\", \"or\", or \"%c\" is expected", close));
}

/*
 * [ "." ATTRNAME SP ... ] behind the brackets, which the grammar does not have
 * but Entra ID sends: emails[type eq "work"].value eq "x" means that the same
 * element fulfils both, so the comparison moves into the brackets.
 */
static bool
parse_behind_brackets(struct parser *parser, struct filter **inner)
{
	struct filter *term;

	if (!take_byte(parser, '.'))
		return true;
	return new_node(parser, FILTER_COMPARE, parser->at, &term) &&
	    parse_attribute(parser, &term->ref) && parse_operator(parser, term, &term) &&
	    join(parser, FILTER_AND, *inner, term, inner);
}

/* Elements are what FILTER_ELEMENT looks through; a single value has but to be there. */
static bool
finish_value_path(struct parser *parser, struct filter *node, struct filter **filter)
{
	struct filter *inner;

	if (node->ref.attribute->multi_valued) {
		*filter = node;
		return true;
	}
	inner = node->left;
	node->kind = FILTER_PRESENT;
	node->left = NULL;
	return join(parser, FILTER_AND, node, inner, filter);
}

/* valuePath = attrPath "[" valFilter "]", behind the first bracket */
static bool
parse_value_path(struct parser *parser, struct filter *node, struct filter **filter)
{
	size_t bracket = parser->at - 1;
	bool parsed;

	if (parser->owner != NULL)
		return syntax_error(parser, bracket, TEXT("brackets cannot stand within brackets"));
	if (node->ref.sub != NULL || node->ref.attribute->type != TYPE_COMPLEX)
		return syntax_error(parser, bracket,
		    TEXT("brackets can only follow an attribute that has sub-attributes"));
	node->kind = FILTER_ELEMENT;
	parser->owner = &node->ref;
	parsed = parse_nested(parser, ']', &node->left) &&
	    parse_behind_brackets(parser, &node->left);
	parser->owner = NULL;
	return parsed && finish_value_path(parser, node, filter);
}

/* attrExp / valuePath */
static bool
parse_term(struct parser *parser, struct filter **filter)
{
	struct filter *term;

	if (!new_node(parser, FILTER_COMPARE, parser->at, &term) ||
	    !parse_attribute(parser, &term->ref))
		return false;
	if (take_byte(parser, '['))
		return parse_value_path(parser, term, filter);
	return parse_operator(parser, term, filter);
}

/* "not" takes a filter in brackets only. */
static bool
parse_not(struct parser *parser, struct filter **filter)
{
	struct filter *inner;

	skip_spaces(parser);
	if (!take_byte(parser, '('))
		return syntax_error(parser, parser->at, TEXT("\"(\" is expected behind \"not\""));
	return parse_nested(parser, ')', &inner) &&
	    join(parser, FILTER_NOT, inner, NULL, filter);
}

/* attrExp / valuePath / *1"not" "(" FILTER ")" */
static bool
parse_factor(struct parser *parser, struct filter **filter)
{
	size_t from;

	skip_spaces(parser);
	if (take_byte(parser, '('))
		return parse_nested(parser, ')', filter);
	from = parser->at;
	if (text_equal_nocase(take_word(parser), TEXT("not")))
		return parse_not(parser, filter);
	parser->at = from;
	return parse_term(parser, filter);
}

static bool
parse_and(struct parser *parser, struct filter **filter)
{
	struct filter *right;

	if (!parse_factor(parser, filter))
		return false;
	while (take_keyword(parser, TEXT("and")))
		if (!parse_factor(parser, &right) ||
		    !join(parser, FILTER_AND, *filter, right, filter))
			return false;
	return true;
}

/* logExp = FILTER SP ("and" / "or") SP FILTER, where "and" binds tighter */
static bool
parse_or(struct parser *parser, struct filter **filter)
{
	struct filter *right;

	if (!parse_and(parser, filter))
		return false;
	while (take_keyword(parser, TEXT("or")))
		if (!parse_and(parser, &right) ||
		    !join(parser, FILTER_OR, *filter, right, filter))
			return false;
	return true;
}

static bool
parse_whole(struct parser *parser, struct filter **filter)
{
	size_t valid;

	if (parser->text.length > SCIM_FILTER_MAX)
		return too_complex(parser, SCIM_FILTER_MAX, "bytes");
	valid = text_utf8_prefix(parser->text);
	if (valid < parser->text.length)
		return syntax_error(parser, valid, TEXT("it is not UTF-8"));
	if (!parse_or(parser, filter))
		return false;
	skip_spaces(parser);
	if (parser->at == parser->text.length)
		return true;
	return syntax_error(parser, parser->at, TEXT("\"and\", \"or\", or the end is expected"));
}

bool
scim_filter_parse(struct arena *arena, const struct resource_type *type, struct text text,
    struct filter **filter, struct scim_error *error)
{
	struct parser parser = { .arena = arena, .type = type, .text = text, .error = error };

	return parse_whole(&parser, filter);
}

bool
scim_filter_parse_any(struct arena *arena, const struct resource_type *type, struct text text,
    struct filter **filter, struct scim_error *error)
{
	struct parser parser = { .arena = arena, .type = type, .any_type = true, .text = text,
		.error = error };

	return parse_whole(&parser, filter);
}

bool
scim_filter_parse_element(struct arena *arena, const struct resource_type *type,
    struct attribute_ref owner, struct text text, size_t offset, struct filter **filter,
    struct scim_error *error)
{
	struct parser parser = { .arena = arena, .type = type, .text = text, .offset = offset,
		.owner = &owner, .error = error };

	return parse_whole(&parser, filter);
}
