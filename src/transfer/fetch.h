/*
 * fetch.h - GET over HTTPS with libcurl, for pull.h.
 */
#ifndef TRANSFER_FETCH_H
#define TRANSFER_FETCH_H

#include "transfer/pull.h"

struct fetch;

/*
 * For a base address and a bearer token (TEXT_NONE: none), which is sent to
 * that host only, and over plain HTTP only to this machine itself.  NULL: the
 * address cannot be used, *sentence says why.
 */
struct fetch *fetch_create(struct text url, struct text token, struct text *sentence) MUST_CHECK;
void fetch_destroy(struct fetch *fetch);

/* As struct pull_transport wants it; context is the struct fetch. */
void fetch_get(void *context, struct text target, struct pull_answer *answer);

#endif
