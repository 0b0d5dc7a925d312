/*
 * fold.h - the form in which names are compared without case.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/arena.h"

/*
 * The same as scim.fold() in SQL: NFKC, then lower case as ICU's root locale
 * does it, with the final sigma written as any other sigma (RFC 7644 5 asks
 * for PRECIS-like preparation).  value must be UTF-8.  Returns value itself
 * when nothing changes.
 *
 * utf8proc 2.8 with Unicode 15 equals PostgreSQL 15 with ICU 72 for every
 * character but U+1E030 to U+1E06D: modifier letters that are new in Unicode
 * 15, which PostgreSQL's normalize() (Unicode 14) leaves as they are.
 */
struct text base_fold(struct arena *arena, struct text value);

#endif
