/*
 * transport.c - what all transports share.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/transport.h"

bool
http_transport_next(struct http_transport *transport)
{
	transport->broken = false;
	return transport->kind->next(transport);
}

enum http_read
http_transport_read(struct http_transport *transport, char *bytes, size_t size, int64_t deadline,
    size_t *count)
{
	*count = 0;
	return transport->kind->read(transport, bytes, size, deadline, count);
}

void
http_transport_write(struct http_transport *transport, struct text text)
{
	if (!transport->broken && !transport->kind->write(transport, text))
		transport->broken = true;
}

void
http_transport_log(struct http_transport *transport, struct text line)
{
	transport->kind->log(transport, line);
}

void
http_transport_abandon(struct http_transport *transport)
{
	transport->broken = true;
	transport->kind->abandon(transport);
}

void
http_transport_finish(struct http_transport *transport)
{
	transport->kind->finish(transport);
	transport->parameters = NULL;
}

bool
http_transport_drain(struct http_transport *transport, size_t limit, int64_t microseconds)
{
	int64_t deadline = clock_microseconds() + microseconds;
	char trash[8192];
	size_t total = 0, count;

	while (total < limit) {
		enum http_read answer =
		    http_transport_read(transport, trash, sizeof(trash), deadline, &count);

		if (answer != HTTP_READ_SOME)
			return answer == HTTP_READ_END;
		total += count;
	}
	return false;
}

/* The value of "NAME=value" if it has this name and any value. */
static struct text
value_of(const char *entry, struct text name)
{
	/* The first byte decides nearly always, without a call. */
	if (entry[0] != name.start[0] || strncmp(entry, name.start, name.length) != 0 ||
	    entry[name.length] != '=' || entry[name.length + 1] == '\0')
		return TEXT_NONE;
	return text_of(entry + name.length + 1);
}

struct text
http_transport_setting(const struct http_transport *transport, struct text name)
{
	static const char redirect[] = "REDIRECT_";
	struct text redirected = TEXT_NONE;

	for (char *const *entry = transport->parameters; *entry != NULL; entry++) {
		struct text value = value_of(*entry, name);

		if (text_is_set(value))
			return value;
		if (**entry == 'R' && strncmp(*entry, redirect, sizeof(redirect) - 1) == 0 &&
		    text_is_set(value = value_of(*entry + sizeof(redirect) - 1, name)))
			redirected = value;
	}
	if (text_is_set(redirected))
		return redirected;
	for (char *const *entry = environ; *entry != NULL; entry++) {
		struct text value = value_of(*entry, name);

		if (text_is_set(value))
			return value;
	}
	return TEXT_NONE;
}

void
http_log_stderr(struct text line)
{
	static struct buffer buffer;
	char stamp[sizeof("2026-01-01T00:00:00Z")];
	time_t now = time(NULL);
	struct tm utc;
	ssize_t written;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	buffer_clear(&buffer);
	buffer_format(&buffer, "%s scimlet[%ld]: %.*s\n", stamp, (long)getpid(), TEXT_FORMAT(line));
	/* One write, so that lines of several workers do not mix; nobody could be told of a failure. */
	written = write(STDERR_FILENO, buffer.start, buffer.length);
	(void)written;
}
