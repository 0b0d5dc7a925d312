/*
 * changes.h - what a change does to a person or group, for people to read before it is done.
 */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include "base/arena.h"
#include "base/buffer.h"

/*
 * {"title": ["a", "b"]} as a line for each attribute: title "a" -> "b".  What
 * it is not (TEXT_NONE, other JSON) adds nothing.  Nothing of it steers a
 * terminal; the arena is for the time of the call.
 */
void cli_append_changes(struct arena *arena, struct buffer *out, struct text changes);

#endif
