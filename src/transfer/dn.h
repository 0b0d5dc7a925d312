/*
 * dn.h - distinguished names of LDAP, so that two spellings of one are equal.
 */
#ifndef TRANSFER_DN_H
#define TRANSFER_DN_H

#include "base/arena.h"

/*
 * The form in which names are compared (RFC 4514, RFC 4518 2.6): no blanks
 * around separators, single ones inside values, escapes only where they are
 * needed, folded case.  A text that is no name becomes some text that is equal
 * for equal texts.  A UID behind it, as uniqueMember may have (RFC 4517
 * 3.3.21), is dropped.
 */
struct text dn_normal(struct arena *arena, struct text dn);

#endif
