/*
 * route.c - segments and the mount point.
 */
#include <stdint.h>

#include "http/decode.h"
#include "http/route.h"

#define PATH_SIZE_MAX 8192
#define NO_MOUNT SIZE_MAX

/* A whole path; ends[i] is the offset in raw behind segment i. */
struct path {
	struct text raw;
	struct text *segments;
	size_t *ends;
	size_t count;
};

static bool
is_endpoint(struct text segment)
{
	/* RFC 7644 3.2, and what Scimlet adds. */
	static const char *const endpoints[] = {
		"Users", "Groups", "Me", "Bulk", "Schemas", "ResourceTypes",
		"ServiceProviderConfig", ".search", "healthz", "logins",
	};

	for (size_t i = 0; i < COUNT_OF(endpoints); i++)
		if (text_equal(segment, text_of(endpoints[i])))
			return true;
	return false;
}

static bool
is_version(const struct path *path, size_t i)
{
	return i < path->count && text_equal(path->segments[i], TEXT("v2"));
}

/* RFC 9112 3.2.2: a server must accept http://host/path too. */
static struct text
without_authority(struct text uri)
{
	size_t scheme = text_find(uri, TEXT("://"));

	if (text_starts(uri, TEXT("/")) || scheme == uri.length)
		return uri;
	uri = text_after(uri, scheme + 3);
	return text_after(uri, text_find_byte(uri, '/'));
}

static bool
has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.start[i] < 0x20 || text.start[i] == 0x7f)
			return true;
	return false;
}

static bool
check_segment(struct text segment, struct http_error *error)
{
	if (has_control(segment))
		return http_fail(error, 400, HTTP_BAD_ADDRESS,
		    TEXT("The address contains control characters."));
	if (segment.length == 0 || text_equal(segment, TEXT(".")) ||
	    text_equal(segment, TEXT("..")) || text_find_byte(segment, '/') < segment.length ||
	    text_find_byte(segment, ';') < segment.length)
		return http_fail(error, 404, HTTP_BAD_ADDRESS,
		    TEXT("No resource has an address with empty or dot segments, \"%2F\" or \";\"."));
	return true;
}

static bool
split_path(struct arena *arena, struct text raw, struct path *path, struct http_error *error)
{
	size_t slashes = 0, at = 0;

	for (size_t i = 0; i < raw.length; i++)
		slashes += raw.start[i] == '/';
	*path = (struct path){ .raw = raw };
	path->segments = arena_array(arena, slashes, sizeof(*path->segments));
	path->ends = arena_array(arena, slashes, sizeof(*path->ends));
	while (at + 1 < raw.length) {
		struct text rest = text_after(raw, at + 1);
		size_t length = text_find_byte(rest, '/');
		struct text *segment = &path->segments[path->count];

		if (!http_decode(arena, text_first(rest, length), HTTP_DECODE_PATH, segment, error) ||
		    !check_segment(*segment, error))
			return false;
		at += 1 + length;
		path->ends[path->count++] = at;
	}
	return true;
}

/* How many segments of the path a decoded prefix covers, or NO_MOUNT. */
static size_t
covered_by(const struct path *path, struct text prefix)
{
	size_t count = 0;

	while (prefix.length > 0) {
		size_t length = text_find_byte(prefix, '/');
		struct text piece = text_first(prefix, length);

		prefix = text_after(prefix, length < prefix.length ? length + 1 : length);
		if (piece.length == 0)
			continue;
		if (count == path->count || !text_equal(path->segments[count], piece))
			return NO_MOUNT;
		count++;
	}
	return count;
}

static struct text
folder_of(struct text script_name)
{
	while (script_name.length > 0 && script_name.start[script_name.length - 1] != '/')
		script_name.length--;
	return script_name;
}

/* A "v2" at or behind from, followed by an endpoint, or by an organization and an endpoint. */
static size_t
mount_by_version(const struct path *path, size_t from)
{
	for (size_t i = from; i < path->count; i++) {
		if (!is_endpoint(path->segments[i]))
			continue;
		/* The earlier one first: an organization may be called "v2". */
		if (i >= from + 2 && is_version(path, i - 2))
			return i - 1;
		if (i >= from + 1 && is_version(path, i - 1))
			return i;
	}
	return NO_MOUNT;
}

static size_t
mount_by_script(const struct path *path, const struct http_target *target)
{
	size_t script, version;

	if (target->path_info.length == 0)
		return NO_MOUNT;
	script = covered_by(path, target->script_name);
	if (script == NO_MOUNT || (script > 0 && is_version(path, script - 1)))
		return script;
	version = mount_by_version(path, script);
	if (version != NO_MOUNT)
		return version;
	return is_version(path, script) ? script + 1 : script;
}

static size_t
mount_by_endpoint(const struct path *path, struct text script_name)
{
	size_t folder = covered_by(path, folder_of(script_name));
	size_t endpoint = 0;

	while (endpoint < path->count && !is_endpoint(path->segments[endpoint]))
		endpoint++;
	if (endpoint == path->count)
		return NO_MOUNT;
	if (folder != NO_MOUNT && folder <= endpoint && endpoint - folder <= 1)
		return folder;
	return endpoint;
}

static size_t
mount_without_endpoint(const struct path *path, struct text script_name)
{
	size_t mount;

	for (size_t i = 0; i < path->count; i++)
		if (is_version(path, i))
			return i + 1;
	mount = covered_by(path, script_name);
	if (mount == NO_MOUNT)
		mount = covered_by(path, folder_of(script_name));
	return mount == NO_MOUNT ? 0 : mount;
}

static bool
find_mount(const struct path *path, const struct http_target *target, size_t *mount,
    struct http_error *error)
{
	if (target->base.length > 0) {
		*mount = covered_by(path, target->base);
		return *mount != NO_MOUNT ||
		    http_fail(error, 404, HTTP_BAD_ADDRESS,
			TEXT("The address lies outside of SCIMLET_BASE."));
	}
	*mount = mount_by_script(path, target);
	if (*mount == NO_MOUNT)
		*mount = mount_by_version(path, 0);
	if (*mount == NO_MOUNT)
		*mount = mount_by_endpoint(path, target->script_name);
	if (*mount == NO_MOUNT)
		*mount = mount_without_endpoint(path, target->script_name);
	return true;
}

bool
http_route_find(struct arena *arena, const struct http_target *target, struct http_route *route,
    struct http_error *error)
{
	struct text uri = without_authority(target->uri);
	size_t length = text_find_byte(uri, '?'), mount;
	struct path path;

	*route = (struct http_route){ .mount = TEXT(""), .query = TEXT("") };
	if (length < uri.length)
		route->query = text_after(uri, length + 1);
	uri = text_first(uri, length);
	if (uri.length > PATH_SIZE_MAX)
		return http_fail(error, 414, HTTP_BAD_ADDRESS,
		    TEXT("The address is longer than 8192 bytes."));
	if (uri.length > 0 && uri.start[0] != '/')
		return http_fail(error, 400, HTTP_BAD_ADDRESS,
		    TEXT("The address does not begin with a slash."));
	if (!split_path(arena, uri, &path, error) || !find_mount(&path, target, &mount, error))
		return false;
	if (mount > 0)
		route->mount = text_first(uri, path.ends[mount - 1]);
	route->segments = path.segments + mount;
	route->segment_count = path.count - mount;
	return true;
}
