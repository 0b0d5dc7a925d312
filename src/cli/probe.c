/*
 * probe.c - a client as small as `scimlet doctor` needs it.
 */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/probe.h"

#define SECONDS 10
#define ANSWER_MAX ((size_t)1024 * 1024)

struct address {
	struct text host, port, path;   /* host without brackets */
	struct text authority;          /* as written: for the Host header */
};

static bool
trouble_is(struct text *trouble, struct text what)
{
	*trouble = what;
	return false;
}

/* RFC 3986 3.2: host and port of the authority; an IPv6 address stands in brackets. */
static struct address
split_url(struct text url)
{
	struct text rest = text_after(url, strlen("http://"));
	struct address address = { .port = TEXT("80") };
	size_t host;

	address.authority = text_first(rest, text_find_byte(rest, '/'));
	address.path = text_after(rest, address.authority.length);
	if (address.path.length == 0)
		address.path = TEXT("/");
	rest = address.authority;
	if (text_starts(rest, TEXT("[")) && text_find_byte(rest, ']') < rest.length) {
		host = text_find_byte(rest, ']');
		address.host = text_after(text_first(rest, host), 1);
		rest = text_after(rest, host + 1);
	} else {
		host = text_find_byte(rest, ':');
		address.host = text_first(rest, host);
		rest = text_after(rest, host);
	}
	if (rest.length > 1)
		address.port = text_after(rest, 1);
	return address;
}

static int
connect_any(const struct addrinfo *found)
{
	const struct timeval limit = { .tv_sec = SECONDS };

	for (; found != NULL; found = found->ai_next) {
		int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);

		if (fd < 0)
			continue;
		if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
		    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		    connect(fd, found->ai_addr, found->ai_addrlen) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

static bool
connect_to(struct arena *arena, const struct address *address, int *fd, struct text *trouble)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int failure = getaddrinfo(arena_string(arena, address->host),
	    arena_string(arena, address->port), &wanted, &found);

	if (failure != 0)
		return trouble_is(trouble, arena_format(arena, "%.*s: %s",
		    TEXT_FORMAT(address->authority), gai_strerror(failure)));
	*fd = connect_any(found);
	freeaddrinfo(found);
	return *fd >= 0 || trouble_is(trouble, arena_format(arena, "nobody listens at %.*s (%s)",
	    TEXT_FORMAT(address->authority), strerror(errno)));
}

static bool
send_all(int fd, struct text text)
{
	while (text.length > 0) {
		ssize_t sent = send(fd, text.start, text.length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		text = text_after(text, (size_t)sent);
	}
	return true;
}

/* Everything until the server closes, which it was asked to do. */
static bool
receive_all(struct arena *arena, int fd, struct text *answer)
{
	struct buffer buffer = { 0 };
	ssize_t got;

	do {
		got = recv(fd, buffer_reserve(&buffer, 4096), 4096, 0);
		if (got > 0)
			buffer.length += (size_t)got;
	} while (got > 0 && buffer.length < ANSWER_MAX);
	*answer = arena_copy(arena, buffer_text(&buffer));
	buffer_release(&buffer);
	return got == 0;
}

static bool
exchange(struct arena *arena, const struct address *address, struct text token, int fd,
    struct text *answer)
{
	bool authorized = text_is_set(token);
	struct text request = arena_format(arena, "GET %.*s HTTP/1.1\r\nHost: %.*s\r\n"
	    "%s%.*s%sAccept: application/scim+json\r\nUser-Agent: scimlet-doctor\r\n"
	    "Connection: close\r\n\r\n", TEXT_FORMAT(address->path), TEXT_FORMAT(address->authority),
	    authorized ? "Authorization: Bearer " : "", TEXT_FORMAT(token), authorized ? "\r\n" : "");

	return send_all(fd, request) && receive_all(arena, fd, answer);
}

/* The value of a header, names without case (RFC 9110 5.1); head ends each line in CR LF. */
static struct text
header(struct text head, struct text name)
{
	while (head.length > 0) {
		size_t end = text_find(head, TEXT("\r\n"));
		struct text line = text_first(head, end);

		if (text_starts_nocase(line, name) && line.length > name.length &&
		    line.start[name.length] == ':')
			return text_trim(text_after(line, name.length + 1));
		head = text_after(head, end < head.length ? end + 2 : end);
	}
	return TEXT_NONE;
}

static bool
read_hex(struct text text, size_t *number)
{
	size_t digits = 0;

	*number = 0;
	for (; digits < text.length && digits < 8; digits++) {
		const char *hex = "0123456789abcdef0123456789ABCDEF";
		const char *found = strchr(hex, text.start[digits]);

		if (found == NULL || *found == '\0')
			break;
		*number = *number * 16 + (size_t)(found - hex) % 16;
	}
	return digits > 0;
}

/* RFC 9112 7.1: chunks, each with its size before it, until one of size 0. */
static bool
join_chunks(struct arena *arena, struct text rest, struct text *body)
{
	char *joined = arena_alloc(arena, rest.length + 1);
	size_t size, length = 0;

	for (;;) {
		size_t line = text_find(rest, TEXT("\r\n"));

		if (line == rest.length || !read_hex(rest, &size))
			return false;
		rest = text_after(rest, line + 2);
		if (size == 0)
			break;
		if (rest.length < size + 2)
			return false;
		memcpy(joined + length, rest.start, size);
		length += size;
		rest = text_after(rest, size + 2);
	}
	*body = (struct text){ joined, length };
	return true;
}

/* RFC 9112 4: "HTTP/1.1 401 Unauthorized". */
static bool
parse(struct arena *arena, struct text received, struct probe_answer *answer)
{
	size_t end = text_find(received, TEXT("\r\n\r\n"));
	struct text head = text_first(received, end);
	long status;

	if (end == received.length || !text_starts(head, TEXT("HTTP/1.")) || head.length < 12 ||
	    !text_to_long(text_first(text_after(head, 9), 3), &status))
		return false;
	answer->status = (int)status;
	answer->content_type = header(head, TEXT("Content-Type"));
	answer->body = text_after(received, end + 4);
	if (text_equal_nocase(header(head, TEXT("Transfer-Encoding")), TEXT("chunked")))
		return join_chunks(arena, answer->body, &answer->body);
	return true;
}

bool
probe_get(struct arena *arena, struct text url, struct text token, struct probe_answer *answer,
    struct text *trouble)
{
	struct address address = split_url(url);
	struct text received;
	bool fine;
	int fd;

	if (!connect_to(arena, &address, &fd, trouble))
		return false;
	fine = exchange(arena, &address, token, fd, &received);
	close(fd);
	if (!fine)
		return trouble_is(trouble, arena_format(arena, "%.*s did not answer to the end",
		    TEXT_FORMAT(address.authority)));
	return parse(arena, received, answer) ||
	    trouble_is(trouble, TEXT("what came back is no HTTP answer"));
}
