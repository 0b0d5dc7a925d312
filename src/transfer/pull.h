/*
 * pull.h - another SCIM server as a source: /Users, then /Groups, page by page.
 *
 * Memory is that of two pages.  What travels does so by functions of the
 * caller, so that the order of requests can be tested without a network.
 */
#ifndef TRANSFER_PULL_H
#define TRANSFER_PULL_H

#include "transfer/source.h"

struct pull_answer {
	int status;                     /* of HTTP; 0: there was no answer */
	long retry_after;               /* seconds; -1: it is not said */
	bool too_large;                 /* the body was not kept: it is beyond what is taken */
	struct text body;               /* until the next request */
	struct text trouble;            /* status 0: why, as a sentence */
	bool lasting;                   /* status 0: and asking again cannot help */
};

struct pull_transport {
	/* GET of the base address and this behind it: "/Users?startIndex=1&count=200". */
	void (*get)(void *context, struct text target, struct pull_answer *answer);
	void (*wait)(void *context, long seconds);
	void *context;
};

/*
 * A source that reads from there.  The server's ServiceProviderConfig decides
 * whether pages are asked for by cursor (RFC 9865) or by startIndex.  Nothing
 * is asked before the first record is; a server that makes no sense ends the
 * source with SOURCE_BROKEN.  The line of a record is its number.
 */
struct source *pull_open(const struct pull_transport *transport);

#endif
