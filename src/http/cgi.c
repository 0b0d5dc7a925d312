/*
 * cgi.c - plain CGI.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/cgi.h"

/* A server that waits until we have taken the body gets this much patience for its rest. */
#define DRAIN_BYTES ((size_t)16 * 1024 * 1024)
#define DRAIN_MICROSECONDS ((int64_t)1000 * 1000)

struct cgi {
	struct http_transport transport;
	bool taken;
	size_t unread;       /* RFC 3875 4.2: never read beyond CONTENT_LENGTH */
};

static bool
cgi_next(struct http_transport *transport)
{
	struct cgi *cgi = (struct cgi *)transport;
	struct text length = text_of(getenv("CONTENT_LENGTH"));
	long announced;

	if (cgi->taken)
		return false;
	cgi->taken = true;
	/* cgid de-chunks a body of unknown length, then stdin ends with it. */
	if (text_to_long(length, &announced) && announced >= 0)
		cgi->unread = (size_t)announced;
	return true;
}

static bool
readable_until(int64_t deadline)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left = deadline - clock_microseconds();

	return left > 0 && poll(&input, 1, (int)(left / 1000 + 1)) > 0;
}

static enum http_read
cgi_read(struct http_transport *transport, char *bytes, size_t size, int64_t deadline,
    size_t *count)
{
	struct cgi *cgi = (struct cgi *)transport;
	ssize_t got;

	if (size > cgi->unread)
		size = cgi->unread;
	if (size == 0)
		return HTTP_READ_END;
	if (!readable_until(deadline))
		return HTTP_READ_SLOW;
	got = read(STDIN_FILENO, bytes, size);
	if (got < 0)
		return HTTP_READ_CUT;
	if (got == 0)
		return HTTP_READ_END;
	*count = (size_t)got;
	if (cgi->unread != SIZE_MAX)
		cgi->unread -= *count;
	return HTTP_READ_SOME;
}

static bool
cgi_write(struct http_transport *transport, struct text text)
{
	(void)transport;
	while (text.length > 0) {
		ssize_t written = write(STDOUT_FILENO, text.start, text.length);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0)
			text = text_after(text, (size_t)written);
	}
	return true;
}

static void
cgi_log(struct http_transport *transport, struct text line)
{
	(void)transport;
	http_log_stderr(line);
}

/* CGI has no way to say so; the client sees JSON that does not end. */
static void
cgi_abandon(struct http_transport *transport)
{
	(void)transport;
}

static void
cgi_finish(struct http_transport *transport)
{
	struct cgi *cgi = (struct cgi *)transport;

	/* Without a length there may be a terminal at stdin, which never ends. */
	if (cgi->unread != SIZE_MAX)
		http_transport_drain(transport, DRAIN_BYTES, DRAIN_MICROSECONDS);
}

struct http_transport *
http_cgi_open(void)
{
	static const struct http_transport_kind kind = {
		.next = cgi_next,
		.read = cgi_read,
		.write = cgi_write,
		.log = cgi_log,
		.abandon = cgi_abandon,
		.finish = cgi_finish,
	};
	static struct cgi cgi;

	/* A client that has gone is no reason to die before the log line is written. */
	signal(SIGPIPE, SIG_IGN);
	cgi = (struct cgi){
		.transport = { .kind = &kind, .parameters = environ },
		.unread = SIZE_MAX,
	};
	return &cgi.transport;
}
