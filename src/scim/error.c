/*
 * error.c - the catalogue of reasons, and errors as SCIM messages.
 */
#include "json/write.h"
#include "scim/error.h"

static const struct scim_reason reasons[REASON_COUNT] = {
	[REASON_NONE] = { .code = "none", .status = 500, .detail = "" },
#define REASON(name, ...) [REASON_##name] = { __VA_ARGS__ },
#include "scim/reason.def"
#undef REASON
};

/* Copies an argument behind the others; what does not fit is cut between characters. */
static struct text
store_argument(struct scim_error *error, struct text argument)
{
	size_t room = sizeof(error->storage) - error->stored;
	char *copy = error->storage + error->stored;

	if (argument.length > room)
		argument.length = room;
	while (argument.length > 0 && !text_is_utf8(argument))
		argument.length--;
	if (argument.length > 0)
		memcpy(copy, argument.start, argument.length);
	error->stored += argument.length;
	return (struct text){ copy, argument.length };
}

bool
scim_fail_with(struct scim_error *error, enum reason reason, struct text first,
    struct text second, struct text third)
{
	error->reason = reason;
	error->stored = 0;
	error->arguments[0] = store_argument(error, first);
	error->arguments[1] = store_argument(error, second);
	error->arguments[2] = store_argument(error, third);
	return false;
}

enum reason
scim_reason_find(struct text code)
{
	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		if (text_equal(code, text_of(reasons[reason].code)))
			return (enum reason)reason;
	return REASON_INTERNAL;
}

const struct scim_reason *
scim_reason(enum reason reason)
{
	return &reasons[reason];
}

int
scim_reason_status(enum reason reason)
{
	return reasons[reason].status;
}

struct text
scim_reason_code(enum reason reason)
{
	return text_of(reasons[reason].code);
}

struct text
scim_reason_type(enum reason reason)
{
	return text_of(reasons[reason].scim_type);
}

void
scim_error_detail(const struct scim_error *error, struct buffer *buffer)
{
	struct text rest = text_of(reasons[error->reason].detail);

	while (rest.length > 0) {
		size_t brace = text_find_byte(rest, '{');
		int number;

		buffer_append(buffer, text_first(rest, brace));
		if (brace == rest.length)
			break;
		number = rest.start[brace + 1] - '0';
		buffer_append(buffer, error->arguments[number]);
		rest = text_after(rest, brace + 3);
	}
}

void
scim_error_write(const struct scim_error *error, struct buffer *buffer)
{
	struct json_writer writer = json_writer(buffer);
	struct buffer detail = { 0 };
	char status[4] = { 0 };

	for (int i = 2, rest = reasons[error->reason].status; i >= 0; i--, rest /= 10)
		status[i] = (char)('0' + rest % 10);
	scim_error_detail(error, &detail);
	json_begin_object(&writer);
	json_name(&writer, TEXT("schemas"));
	json_begin_array(&writer);
	json_write_string(&writer, TEXT("urn:ietf:params:scim:api:messages:2.0:Error"));
	json_end_array(&writer);
	if (reasons[error->reason].scim_type != NULL)
		json_member_string(&writer, TEXT("scimType"), scim_reason_type(error->reason));
	json_member_string(&writer, TEXT("detail"), buffer_text(&detail));
	json_member_string(&writer, TEXT("status"), text_of(status));
	json_end_object(&writer);
	buffer_release(&detail);
}
