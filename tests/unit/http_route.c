/*
 * http_route.c - addresses: decoding, what is refused, where the mount point is.
 */
#include "base/arena.h"
#include "http/decode.h"
#include "http/query.h"
#include "http/route.h"

#include "unit/tap.h"

#define LITERAL(literal) { literal, sizeof(literal) - 1 }

/* Segments joined by '|', so that a decoded one shows where it ends. */
static struct text
joined(struct arena *arena, const struct http_route *route)
{
	struct text all = TEXT("");

	for (size_t i = 0; i < route->segment_count; i++)
		all = arena_format(arena, "%.*s%s%.*s", TEXT_FORMAT(all), i > 0 ? "|" : "",
		    TEXT_FORMAT(route->segments[i]));
	return all;
}

static void
test_mounts(struct arena *arena)
{
	static const struct {
		const char *name, *uri, *script_name, *path_info, *base, *mount, *segments;
	} cases[] = {
		/* What the bindings pass, measured (web-server.md 1). */
		{ "mod_fcgid, ScriptAlias", "/scim/v2/acme/Users/1", "/scim/v2", "/acme/Users/1",
		  NULL, "/scim/v2", "acme|Users|1" },
		{ "mod_fcgid, another name", "/x/acme/Users/1", "/x", "/acme/Users/1", NULL, "/x",
		  "acme|Users|1" },
		{ "mod_fcgid, the bare mount", "/x", "/x", NULL, NULL, "/x", "" },
		{ "the bare mount with a slash", "/x/", "/x", "/", NULL, "/x", "" },
		{ "ProxyPass: no PATH_INFO", "/scim/v2/acme/Users/1", "/scim/v2/acme/Users/1", NULL,
		  NULL, "/scim/v2", "acme|Users|1" },
		{ "ProxyPass without organization", "/scim/v2/Users", "/scim/v2/Users", NULL, NULL,
		  "/scim/v2", "Users" },
		{ "ProxyPass without version: the token names the organization",
		  "/x/acme/Users/1", "/x/acme/Users/1", NULL, NULL, "/x/acme", "Users|1" },
		{ "SetHandler takes one segment for the script", "/a/b/v2/acme/Users/1", "/a",
		  "/b/v2/acme/Users/1", NULL, "/a/b/v2", "acme|Users|1" },
		{ "SetHandler, bare", "/scim/v2", "/scim", "/v2", NULL, "/scim/v2", "" },
		{ "SetHandler, no endpoint", "/scim/v2/acme/Robots", "/scim", "/v2/acme/Robots", NULL,
		  "/scim/v2", "acme|Robots" },
		{ "FallbackResource", "/api/v2/acme/Users", "/api/scim.fcgi", NULL, NULL, "/api/v2",
		  "acme|Users" },
		{ "FallbackResource without version", "/api/acme/Users", "/api/scim.fcgi", NULL, NULL,
		  "/api", "acme|Users" },
		{ "FallbackResource without version and organization", "/api/Users/1",
		  "/api/scim.fcgi", NULL, NULL, "/api", "Users|1" },
		{ "FallbackResource, unknown endpoint", "/api/Robots", "/api/scim.fcgi", NULL, NULL,
		  "/api", "Robots" },
		{ "the program itself in the address", "/api/scim.fcgi/acme/Users", "/api/scim.fcgi",
		  "/acme/Users", NULL, "/api/scim.fcgi", "acme|Users" },
		{ "rewritten with a captured path", "/api/v2/acme/Users", "/api/scim.fcgi",
		  "/acme/Users", NULL, "/api/v2", "acme|Users" },
		{ "lighttpd, SCRIPT_NAME ends in v2", "/scim/v2/v2/Users", "/scim/v2", "/v2/Users",
		  NULL, "/scim/v2", "v2|Users" },
		{ "ScriptAlias /scim", "/scim/v2/Users", "/scim", "/v2/Users", NULL, "/scim/v2",
		  "Users" },
		{ "an organization called v2", "/scim/v2/v2/Users", "/scim/v2/v2/Users", NULL, NULL,
		  "/scim/v2", "v2|Users" },
		{ "an organization called healthz", "/scim/v2/healthz/Users", NULL, NULL, NULL,
		  "/scim/v2", "healthz|Users" },
		{ "a mount below a folder called logins", "/logins/scim/v2/Users", NULL, NULL, NULL,
		  "/logins/scim/v2", "Users" },
		{ "health", "/scim/v2/healthz", NULL, NULL, NULL, "/scim/v2", "healthz" },
		{ "search at the root", "/scim/v2/acme/.search", NULL, NULL, NULL, "/scim/v2",
		  "acme|.search" },
		{ "unknown endpoint", "/scim/v2/acme/Robots", "/scim/v2/acme/Robots", NULL, NULL,
		  "/scim/v2", "acme|Robots" },
		{ "another version is no mount", "/scim/v1/acme/Users", "/scim/v1/acme/Users", NULL,
		  NULL, "/scim/v1/acme", "Users" },
		{ "at the root of the host", "/Users/1", "", "/Users/1", NULL, "", "Users|1" },
		{ "nothing known", "/robots.txt", NULL, NULL, NULL, "", "robots.txt" },
		{ "told", "/api/scim/acme/Users", "/x", "/acme/Users", "/api/scim", "/api/scim",
		  "acme|Users" },
		{ "told with a slash at its end", "/a/v2/v2/Users", NULL, NULL, "/a/v2/v2/",
		  "/a/v2/v2", "Users" },
		{ "told the root", "/v2/Users", NULL, NULL, "/", "", "v2|Users" },
		{ "the mount stays as the client wrote it", "/sc%69m/v2/acme/Users", "/scim/v2",
		  "/acme/Users", NULL, "/sc%69m/v2", "acme|Users" },
		{ "absolute form", "http://id.example.com/scim/v2/Users?a=/b", NULL, NULL, NULL,
		  "/scim/v2", "Users" },
		{ "absolute form without a path", "http://id.example.com", NULL, NULL, NULL, "", "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_target target = {
			.uri = text_of(cases[i].uri),
			.script_name = text_of(cases[i].script_name),
			.path_info = text_of(cases[i].path_info),
			.base = text_of(cases[i].base),
		};
		struct http_error error = { .sentence = TEXT("") };
		struct http_route route;

		if (!ok(http_route_find(arena, &target, &route, &error), "%s is found", cases[i].name))
			continue;
		is_text(route.mount, text_of(cases[i].mount), "%s: mount", cases[i].name);
		is_text(joined(arena, &route), text_of(cases[i].segments), "%s: segments",
		    cases[i].name);
	}
}

static void
test_segments(struct arena *arena)
{
	static const struct {
		struct text uri;
		const char *segments;        /* NULL: refused */
		int status;
	} cases[] = {
		{ LITERAL("/v2/Users/a%20b"), "Users|a b", 0 },
		{ LITERAL("/v2/Users/a+b"), "Users|a+b", 0 },
		{ LITERAL("/v2/Users/%C3%BC%3f%25"), "Users|\xc3\xbc?%", 0 },
		{ LITERAL("/v2/Users/\xc3\xbc"), "Users|\xc3\xbc", 0 },
		{ LITERAL("/v2/Users/a%2520b"), "Users|a%20b", 0 },
		{ LITERAL("/v2/%55sers/..."), "Users|...", 0 },
		{ LITERAL("/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
		  "Schemas|urn:ietf:params:scim:schemas:core:2.0:User", 0 },
		{ LITERAL("/v2/Users/"), "Users", 0 },
		{ LITERAL("/v2/Users//"), NULL, 404 },
		{ LITERAL("/v2//Users"), NULL, 404 },
		{ LITERAL("//v2/Users"), NULL, 404 },
		{ LITERAL("/v2/./Users"), NULL, 404 },
		{ LITERAL("/v2/x/../Users"), NULL, 404 },
		{ LITERAL("/v2/x/%2e%2E/Users"), NULL, 404 },
		{ LITERAL("/v2/Users/%2e"), NULL, 404 },
		{ LITERAL("/v2/Users/a%2Fb"), NULL, 404 },
		{ LITERAL("/v2/Users%2f1"), NULL, 404 },
		{ LITERAL("/v2/Users/1;x=1"), NULL, 404 },
		{ LITERAL("/v2/Users/1%3Bx"), NULL, 404 },
		{ LITERAL("/v2/Users/%00"), NULL, 400 },
		{ LITERAL("/v2/Users/a\0b"), NULL, 400 },
		{ LITERAL("/v2/Users/%0a"), NULL, 400 },
		{ LITERAL("/v2/Users/%7F"), NULL, 400 },
		{ LITERAL("/v2/Users/%"), NULL, 400 },
		{ LITERAL("/v2/Users/%4"), NULL, 400 },
		{ LITERAL("/v2/Users/%4/1"), NULL, 400 },
		{ LITERAL("/v2/Users/%zz"), NULL, 400 },
		{ LITERAL("/v2/Users/%g1"), NULL, 400 },
		{ LITERAL("/v2/Users/%FF"), NULL, 400 },
		{ LITERAL("/v2/Users/%C0%AF"), NULL, 400 },
		{ LITERAL("/v2/Users/%ED%A0%80"), NULL, 400 },
		{ LITERAL("/v2/Users/%C3"), NULL, 400 },
		{ LITERAL("*"), NULL, 400 },
		{ LITERAL("v2/Users"), NULL, 400 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_target target = { .uri = cases[i].uri };
		struct http_error error = { 0 };
		struct http_route route;
		bool found = http_route_find(arena, &target, &route, &error);

		is_number(found, cases[i].segments != NULL, "%s", cases[i].uri.start);
		if (found && cases[i].segments != NULL)
			is_text(joined(arena, &route), text_of(cases[i].segments), "%s: segments",
			    cases[i].uri.start);
		else if (!found)
			is_number(error.status, cases[i].status, "%s: status", cases[i].uri.start);
	}
}

static void
test_limits(struct arena *arena)
{
	char *long_path = arena_alloc(arena, 8194);
	struct http_target target = { .uri = { long_path, 8192 } };
	struct http_error error = { 0 };
	struct http_route route;

	memset(long_path, 'a', 8193);
	long_path[0] = '/';
	ok(http_route_find(arena, &target, &route, &error), "a path of 8192 bytes");
	target.uri.length++;
	ok(!http_route_find(arena, &target, &route, &error), "a path of 8193 bytes is refused");
	is_number(error.status, 414, "too long is 414");
	target = (struct http_target){ .uri = TEXT("/other/Users"), .base = TEXT("/scim") };
	ok(!http_route_find(arena, &target, &route, &error), "outside of SCIMLET_BASE");
	is_number(error.status, 404, "outside is 404");
	target = (struct http_target){ .uri = TEXT("/scimitar/Users"), .base = TEXT("/scim") };
	ok(!http_route_find(arena, &target, &route, &error), "a mount ends with a segment");
}

static void
test_query(struct arena *arena)
{
	static const struct {
		const char *raw, *want;      /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "a=b", "(a:b)" },
		{ "filter=userName+eq+%22a%2Bb%22&count=1", "(filter:userName eq \"a+b\")(count:1)" },
		{ "filter=userName eq \"x\"", "(filter:userName eq \"x\")" },
		{ "a=b=c&a=d", "(a:b=c)(a:d)" },
		{ "a&=b&&c=", "(a:)(:b)(c:)" },
		{ "%66ilter=%C3%BC", "(filter:\xc3\xbc)" },
		{ "a=1?b=2;c", "(a:1?b=2;c)" },
		{ "a=%00", NULL },
		{ "a=%FF", NULL },
		{ "%FF=a", NULL },
		{ "a=%", NULL },
		{ "a=%2", NULL },
		{ "a=%2&b=0", NULL },
		{ "a=%x0", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct text got = TEXT("");
		struct http_error error = { 0 };
		struct http_query *query;
		size_t count;
		bool parsed = http_query_parse(arena, text_of(cases[i].raw), &query, &count, &error);

		is_number(parsed, cases[i].want != NULL, "?%s", cases[i].raw);
		for (size_t j = 0; parsed && j < count; j++)
			got = arena_format(arena, "%.*s(%.*s:%.*s)", TEXT_FORMAT(got),
			    TEXT_FORMAT(query[j].name), TEXT_FORMAT(query[j].value));
		if (parsed && cases[i].want != NULL)
			is_text(got, text_of(cases[i].want), "?%s: what it means", cases[i].raw);
		else
			is_number(error.kind, HTTP_BAD_QUERY, "?%s: kind", cases[i].raw);
	}
}

static void
test_query_limits(struct arena *arena)
{
	char *raw = arena_alloc(arena, 65537);
	struct http_error error = { 0 };
	struct http_query *query;
	size_t count;

	memset(raw, 'a', 65537);
	ok(http_query_parse(arena, (struct text){ raw, 65536 }, &query, &count, &error), "64 KiB");
	ok(!http_query_parse(arena, (struct text){ raw, 65537 }, &query, &count, &error),
	    "a byte more");
	is_number(error.status, 414, "is 414");
	memset(raw, '&', 256);
	ok(http_query_parse(arena, (struct text){ raw, 255 }, &query, &count, &error),
	    "256 parameters");
	is_number(count, 0, "of which empty ones do not count");
	ok(!http_query_parse(arena, (struct text){ raw, 256 }, &query, &count, &error),
	    "257 parameters");
	is_number(error.status, 400, "are 400");
}

int
main(void)
{
	struct arena *arena = arena_create();

	test_mounts(arena);
	test_segments(arena);
	test_limits(arena);
	test_query(arena);
	test_query_limits(arena);
	arena_destroy(arena);
	return tap_done();
}
