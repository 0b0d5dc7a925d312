/*
 * dn.c - distinguished names, byte by byte.
 */
#include "base/buffer.h"
#include "base/fold.h"
#include "transfer/dn.h"

struct dn {
	struct text rest;
	struct buffer out;
	bool quoted;            /* between quotes, as RFC 1779 and 2253 still had them */
	bool in_value;          /* behind the = of an RDN */
	size_t blanks;          /* not yet written: dropped before a separator */
	bool begun;             /* the type or value has a byte */
};

static int
hex_digit(char byte)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = byte != '\0' ? strchr(digits, byte) : NULL;

	return found != NULL ? (int)(found - digits) % 16 : -1;
}

static bool
is_special(char byte)
{
	return byte != '\0' && strchr(",+\"\\<>;=", byte) != NULL;
}

static void
write_byte(struct dn *dn, char byte)
{
	if (dn->blanks > 0 && dn->begun)
		buffer_append_byte(&dn->out, ' ');
	dn->blanks = 0;
	dn->begun = true;
	if (dn->in_value && is_special(byte))
		buffer_append_byte(&dn->out, '\\');
	buffer_append_byte(&dn->out, byte);
}

/* Behind a backslash: two hexadecimal digits, or the byte itself. */
static void
take_escaped(struct dn *dn)
{
	if (dn->rest.length >= 2 && hex_digit(dn->rest.start[0]) >= 0 &&
	    hex_digit(dn->rest.start[1]) >= 0) {
		write_byte(dn, (char)(hex_digit(dn->rest.start[0]) * 16 + hex_digit(dn->rest.start[1])));
		dn->rest = text_after(dn->rest, 2);
	} else if (dn->rest.length > 0) {
		write_byte(dn, dn->rest.start[0]);
		dn->rest = text_after(dn->rest, 1);
	}
}

static void
separate(struct dn *dn, char byte)
{
	buffer_append_byte(&dn->out, byte);
	dn->in_value = byte == '=';
	dn->blanks = 0;
	dn->begun = false;
}

static void
take_byte(struct dn *dn)
{
	char byte = dn->rest.start[0];

	dn->rest = text_after(dn->rest, 1);
	if (byte == '\\')
		take_escaped(dn);
	else if (byte == '"')
		dn->quoted = !dn->quoted;
	else if (byte == ' ')
		dn->blanks++;
	else if (dn->quoted)
		write_byte(dn, byte);
	else if (byte == ',' || byte == ';')
		separate(dn, ',');
	else if (byte == '+' || (byte == '=' && !dn->in_value))
		separate(dn, byte);
	else
		write_byte(dn, byte);
}

/* "cn=a,o=b#'0101'B" without the bit string. */
static struct text
without_uid(struct text dn)
{
	size_t hash = dn.length;

	if (!text_ends(dn, TEXT("'B")))
		return dn;
	while (hash > 0 && dn.start[hash - 1] != '#')
		hash--;
	return hash > 0 && hash < dn.length && dn.start[hash] == '\'' ? text_first(dn, hash - 1) : dn;
}

struct text
dn_normal(struct arena *arena, struct text text)
{
	struct dn dn = { .rest = without_uid(text_trim(text)) };
	struct text normal;

	while (dn.rest.length > 0)
		take_byte(&dn);
	normal = arena_copy(arena, buffer_text(&dn.out));
	buffer_release(&dn.out);
	/* An escaped byte may have made it no UTF-8: then it is compared as it is. */
	return text_is_utf8(normal) ? base_fold(arena, normal) : normal;
}
