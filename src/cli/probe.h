/*
 * probe.h - one GET over plain HTTP/1.1, as an identity provider would send it.
 */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include "base/arena.h"

struct probe_answer {
	int status;
	struct text content_type;       /* TEXT_NONE when there is none */
	struct text body;               /* without transfer coding */
};

/*
 * Asks for url, which begins with http://, with this bearer token (TEXT_NONE:
 * none).  On false *trouble says why there was no answer, in words.
 */
bool probe_get(struct arena *arena, struct text url, struct text token,
    struct probe_answer *answer, struct text *trouble) MUST_CHECK;

#endif
