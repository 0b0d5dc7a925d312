/*
 * probe.h - one GET, as an identity provider would send it; redirects are not followed.
 */
#ifndef TRANSFER_PROBE_H
#define TRANSFER_PROBE_H

#include "base/arena.h"
#include "base/compiler.h"

struct probe_answer {
	int status;
	struct text content_type;       /* TEXT_NONE when there is none */
	struct text redirect;           /* where it sends us; TEXT_NONE: nowhere */
	struct text body;               /* without transfer coding */
	bool untrusted;                 /* no answer: the certificate is not one to trust */
};

/*
 * Asks for url, which begins with http:// or https://, with this bearer token
 * (TEXT_NONE: none).  On false *trouble says why there was no answer, in words,
 * and of the answer only untrusted is set.
 */
bool probe_get(struct arena *arena, struct text url, struct text token,
    struct probe_answer *answer, struct text *trouble) MUST_CHECK;

#endif
