/*
 * route.h - from the address that the client asked for to its segments below
 * the mount point.
 *
 * Only REQUEST_URI is the same behind every web server: PATH_INFO is absent
 * behind ProxyPass and FallbackResource, and decoded (so ambiguous) elsewhere.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/arena.h"
#include "http/error.h"

/* What the web server tells about the address (RFC 3875 4.1); absent ones are unset. */
struct http_target {
	struct text uri;             /* REQUEST_URI: raw; origin-form or absolute-form */
	struct text script_name;     /* SCRIPT_NAME and PATH_INFO: decoded */
	struct text path_info;
	struct text base;            /* the operator's SCIMLET_BASE */
};

struct http_route {
	struct text mount;           /* raw, "" or "/..." without a slash at its end */
	struct text *segments;       /* below the mount, decoded, none empty */
	size_t segment_count;
	struct text query;           /* raw, without '?'; "" when there is none */
};

/*
 * Splits at '?', then at '/', then decodes.  One slash at the end is ignored.
 * Refused: bad escapes, control characters, invalid UTF-8 (400); empty, "."
 * and ".." segments, "%2F" and ";" (404: no address of ours has them, and web
 * servers disagree about them); more than 8 KiB (414).
 *
 * The mount point is the first of these that fits:
 *  1. base, if set; an address outside of it is 404.
 *  2. script_name, if path_info is set and the address begins with it.  If it
 *     does not end in "v2", a "v2" behind it, found as in 3 or right behind it,
 *     belongs to the mount: under SetHandler mod_proxy_fcgi calls only the first
 *     segment of /a/b/v2/Users the script.
 *  3. all up to a "v2" that is followed by an endpoint (Users, ...), or by one
 *     segment, the organization, and an endpoint.
 *  4. before the first endpoint: the folder of script_name, if the address
 *     begins with it and at most the organization stands between; else
 *     everything before the endpoint, so that the organization comes from the token.
 *  5. all up to the first "v2".
 *  6. script_name, or its folder, if the address begins with it; else "".
 */
bool http_route_find(struct arena *arena, const struct http_target *target,
    struct http_route *route, struct http_error *error) MUST_CHECK;

#endif
