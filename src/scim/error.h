/*
 * error.h - what went wrong, as a value: a reason from the catalogue with its
 * arguments.  Status, scimType and sentence stand in scim/reason.def only.
 */
#ifndef SCIM_ERROR_H
#define SCIM_ERROR_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/text.h"

/* One per row of reason.def: REASON_AUTH_UNKNOWN, ... */
enum reason {
	REASON_NONE,
#define REASON(name, ...) REASON_##name,
#include "scim/reason.def"
#undef REASON
	REASON_COUNT
};

#define SCIM_ERROR_ARGUMENTS 3

struct scim_error {
	enum reason reason;
	struct text arguments[SCIM_ERROR_ARGUMENTS];
	char storage[768];      /* the arguments' bytes, cut at characters' borders */
	size_t stored;
};

/*
 * Fills the error and returns false, so that "return scim_fail(...)" ends a
 * function.  The texts after the reason replace {0}, {1}, {2} of its detail.
 */
#define scim_fail(error, ...) \
	scim_fail_with((error), SCIM_ERROR_FILL(__VA_ARGS__, TEXT_NONE, TEXT_NONE, TEXT_NONE, unused))
#define SCIM_ERROR_FILL(reason, first, second, third, ...) (reason), (first), (second), (third)
bool scim_fail_with(struct scim_error *error, enum reason reason, struct text first,
    struct text second, struct text third);

/* The reason of this code of the catalogue, as functions in sql/ name it; REASON_INTERNAL: there is none. */
enum reason scim_reason_find(struct text code);
/* HTTP status of a reason; 500 for REASON_NONE, which nobody should see. */
int scim_reason_status(enum reason reason);
/* The catalogue's code, e.g. "user.name_taken": stable, for logs. */
struct text scim_reason_code(enum reason reason);
/* What the catalogue says about a reason, for scim.reasons; the texts live as long as the program. */
struct scim_reason {
	const char *code;
	int status;
	const char *scim_type;          /* NULL: none */
	const char *title, *detail;
	const char *okta, *entra, *other;
};
const struct scim_reason *scim_reason(enum reason reason);
/* RFC 7644 table 9, or TEXT_NONE. */
struct text scim_reason_type(enum reason reason);
/* Appends the sentence with its arguments filled in. */
void scim_error_detail(const struct scim_error *error, struct buffer *buffer);
/* Appends the whole Error message as JSON (RFC 7644 3.12). */
void scim_error_write(const struct scim_error *error, struct buffer *buffer);

#endif
