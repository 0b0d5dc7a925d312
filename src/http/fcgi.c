/*
 * fcgi.c - FastCGI over libfcgi; the only file with fcgiapp.h.
 *
 * Connections are ours between requests, in a small table, and libfcgi's
 * during one: request.ipcFd is set before FCGX_Accept_r, which then reads from
 * it instead of accepting, and taken back after FCGX_Finish_r.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "http/fcgi.h"

#define CONNECTIONS_MAX 64

/* A web server writes at once after connect; who does not is put aside. */
#define FIRST_BYTES_MILLISECONDS 20
/* No peer may stand still longer than this within a request or an answer. */
#define PARAMETERS_MICROSECONDS ((int64_t)10 * 1000 * 1000)
#define ANSWER_MICROSECONDS ((int64_t)30 * 1000 * 1000)

/*
 * The rest of an unread body.  If it does not come at once the connection is
 * read on while we wait for others: closing it under a web server that still
 * writes would turn our 401 or 413 into its 503.
 */
#define DRAIN_BYTES ((size_t)1024 * 1024)
#define DRAIN_MICROSECONDS ((int64_t)20 * 1000)
#define LINGER_BYTES ((size_t)16 * 1024 * 1024)
#define LINGER_MICROSECONDS ((int64_t)5 * 1000 * 1000)

struct connection {
	int fd;
	bool lingering;      /* answered, only read on; else it waits for a request */
	int64_t until;       /* of a lingering one */
	size_t left;
};

struct fcgi {
	struct http_transport transport;
	FCGX_Request request;
	int listening, parent;
	enum http_log log;
	sigset_t open_signals;       /* the mask while waiting */
	struct connection connections[CONNECTIONS_MAX];      /* oldest first */
	size_t count;
	bool accept_first;
};

enum { LISTENING, PARENT, FIRST_CONNECTION };

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static void
forget_connection(struct fcgi *fcgi, size_t i)
{
	fcgi->count--;
	memmove(&fcgi->connections[i], &fcgi->connections[i + 1],
	    (fcgi->count - i) * sizeof(fcgi->connections[0]));
}

static void
close_connection(struct fcgi *fcgi, size_t i)
{
	close(fcgi->connections[i].fd);
	forget_connection(fcgi, i);
}

static void
keep_connection(struct fcgi *fcgi, int fd, bool lingering)
{
	if (fcgi->count == CONNECTIONS_MAX)
		close_connection(fcgi, 0);
	fcgi->connections[fcgi->count++] = (struct connection){
		.fd = fd,
		.lingering = lingering,
		.until = clock_microseconds() + LINGER_MICROSECONDS,
		.left = LINGER_BYTES,
	};
}

/* read() then fails with EAGAIN, which libfcgi turns into a stream error. */
static void
limit_wait(int fd, int option, int64_t microseconds)
{
	struct timeval wait = { microseconds / 1000000, microseconds % 1000000 };

	setsockopt(fd, SOL_SOCKET, option, &wait, sizeof(wait));
}

/* Reads the parameters of a request; on failure libfcgi has closed the connection. */
static bool
start_request(struct fcgi *fcgi, int fd)
{
	limit_wait(fd, SO_RCVTIMEO, PARAMETERS_MICROSECONDS);
	fcgi->request.ipcFd = fd;
	/* FCGX_Accept_r finishes "the last request" first and would close a connection not kept. */
	fcgi->request.keepConnection = 1;
	if (FCGX_Accept_r(&fcgi->request) != 0)
		return false;
	fcgi->transport.parameters = fcgi->request.envp;
	return true;
}

static bool
accept_request(struct fcgi *fcgi)
{
	int fd = accept4(fcgi->listening, NULL, NULL, SOCK_CLOEXEC);
	struct pollfd first = { .fd = fd, .events = POLLIN };

	if (fd < 0) {
		bool full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM;

		/* Else another worker was faster, or the peer has gone again. */
		if (full && fcgi->count > 0)
			close_connection(fcgi, 0);
		else if (full)
			poll(NULL, 0, 100);
		return false;
	}
	limit_wait(fd, SO_SNDTIMEO, ANSWER_MICROSECONDS);
	if (poll(&first, 1, FIRST_BYTES_MILLISECONDS) > 0)
		return start_request(fcgi, fd);
	keep_connection(fcgi, fd, false);
	return false;
}

/* Reads on a lingering connection; closes it at its end. */
static void
discard(struct fcgi *fcgi, size_t i)
{
	struct connection *connection = &fcgi->connections[i];
	char trash[65536];
	ssize_t got = recv(connection->fd, trash, sizeof(trash), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 || (size_t)got >= connection->left)
		close_connection(fcgi, i);
	else
		connection->left -= (size_t)got;
}

/* Looks at one connection after poll; true when a request has begun. */
static bool
look_at(struct fcgi *fcgi, size_t i, short events)
{
	struct connection connection = fcgi->connections[i];

	if (connection.lingering && connection.until < clock_microseconds())
		close_connection(fcgi, i);
	else if (events != 0 && connection.lingering)
		discard(fcgi, i);
	else if (events != 0) {
		forget_connection(fcgi, i);
		return start_request(fcgi, connection.fd);
	}
	return false;
}

static bool
serve_connections(struct fcgi *fcgi, const struct pollfd *polled)
{
	size_t count = fcgi->count, i = 0;

	for (size_t seen = 0; seen < count; seen++) {
		size_t before = fcgi->count;

		if (look_at(fcgi, i, polled[seen].revents))
			return true;
		i += fcgi->count == before;
	}
	return false;
}

static bool
any_lingers(const struct fcgi *fcgi)
{
	for (size_t i = 0; i < fcgi->count; i++)
		if (fcgi->connections[i].lingering)
			return true;
	return false;
}

/* Waits until something is readable; false when it is time to end. */
static bool
wait_readable(struct fcgi *fcgi, struct pollfd *polled)
{
	static const struct timespec second = { 1, 0 };
	int answer;

	polled[LISTENING] = (struct pollfd){ .fd = fcgi->listening, .events = POLLIN };
	polled[PARENT] = (struct pollfd){ .fd = fcgi->parent, .events = POLLIN };
	for (size_t i = 0; i < fcgi->count; i++)
		polled[FIRST_CONNECTION + i] =
		    (struct pollfd){ .fd = fcgi->connections[i].fd, .events = POLLIN };
	do
		answer = ppoll(polled, FIRST_CONNECTION + fcgi->count,
		    any_lingers(fcgi) ? &second : NULL, &fcgi->open_signals);
	while (answer < 0 && errno == EINTR && !stopping);
	if (answer < 0 && errno != EINTR)
		fatal("ppoll: %s", strerror(errno));
	if (answer >= 0 && (polled[LISTENING].revents & (POLLERR | POLLNVAL)) != 0)
		fatal("the listening socket is broken");
	return !stopping && polled[PARENT].revents == 0;
}

static bool
fcgi_next(struct http_transport *transport)
{
	struct fcgi *fcgi = (struct fcgi *)transport;
	struct pollfd polled[FIRST_CONNECTION + CONNECTIONS_MAX];

	while (wait_readable(fcgi, polled)) {
		bool waiting = polled[LISTENING].revents != 0;

		/* In turns, so that neither busy kept connections nor new ones starve. */
		fcgi->accept_first = !fcgi->accept_first;
		if (!(fcgi->accept_first && waiting) &&
		    serve_connections(fcgi, polled + FIRST_CONNECTION))
			return true;
		if (waiting && accept_request(fcgi))
			return true;
	}
	while (fcgi->count > 0)
		close_connection(fcgi, 0);
	return false;
}

static enum http_read
fcgi_read(struct http_transport *transport, char *bytes, size_t size, int64_t deadline,
    size_t *count)
{
	FCGX_Request *request = &((struct fcgi *)transport)->request;
	FCGX_Stream *in = request->in;
	int64_t left;
	int byte;

	if (in->rdNext == in->stop && !in->isClosed) {
		left = deadline - clock_microseconds();
		if (left <= 0)
			return HTTP_READ_SLOW;
		limit_wait(request->ipcFd, SO_RCVTIMEO, left);
	}
	byte = FCGX_GetChar(in);
	if (byte == EOF && FCGX_GetError(in) == 0)
		return HTTP_READ_END;
	if (byte == EOF)
		return FCGX_GetError(in) == EAGAIN ? HTTP_READ_SLOW : HTTP_READ_CUT;
	bytes[0] = (char)byte;
	/* Only what libfcgi holds already: asking for more would wait beyond the deadline. */
	if (size - 1 > (size_t)(in->stop - in->rdNext))
		size = (size_t)(in->stop - in->rdNext) + 1;
	*count = 1 + (size_t)FCGX_GetStr(bytes + 1, (int)(size - 1), in);
	return HTTP_READ_SOME;
}

static bool
fcgi_write(struct http_transport *transport, struct text text)
{
	static const size_t piece_max = 1 << 30;
	FCGX_Stream *out = ((struct fcgi *)transport)->request.out;

	while (text.length > 0) {
		size_t piece = text.length < piece_max ? text.length : piece_max;

		if (FCGX_PutStr(text.start, (int)piece, out) != (int)piece)
			return false;
		text = text_after(text, piece);
	}
	return true;
}

static void
fcgi_log(struct http_transport *transport, struct text line)
{
	struct fcgi *fcgi = (struct fcgi *)transport;

	if (fcgi->log == HTTP_LOG_STDERR || fcgi->request.err == NULL) {
		http_log_stderr(line);
		return;
	}
	FCGX_PutStr(line.start, (int)line.length, fcgi->request.err);
	FCGX_PutChar('\n', fcgi->request.err);
}

/* Without FCGI_END_REQUEST mod_proxy_fcgi and lighttpd break the client's connection off. */
static void
fcgi_abandon(struct http_transport *transport)
{
	shutdown(((struct fcgi *)transport)->request.ipcFd, SHUT_RDWR);
}

static void
fcgi_finish(struct http_transport *transport)
{
	struct fcgi *fcgi = (struct fcgi *)transport;
	FCGX_Request *request = &fcgi->request;
	bool keep = request->keepConnection != 0;
	bool drained = http_transport_drain(transport, DRAIN_BYTES, DRAIN_MICROSECONDS);
	int fd = request->ipcFd;

	/* A reader with an error makes libfcgi close the connection under a peer that writes. */
	FCGX_ClearError(request->in);
	request->keepConnection = 1;
	FCGX_Finish_r(request);
	if (request->ipcFd < 0)
		return;
	request->ipcFd = -1;
	if (!drained)
		shutdown(fd, SHUT_WR);
	if (drained && !keep)
		close(fd);
	else
		keep_connection(fcgi, fd, !drained);
}

/* In place of libfcgi's own handlers, which would leave us waiting. */
static void
install_signals(struct fcgi *fcgi)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < COUNT_OF(stop_signals); i++)
		sigaddset(&ours, stop_signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &fcgi->open_signals);
	for (size_t i = 0; i < COUNT_OF(stop_signals); i++) {
		sigdelset(&fcgi->open_signals, stop_signals[i]);
		sigaction(stop_signals[i], &action, NULL);
	}
	/* A peer that has gone is a failed write; in every version of libfcgi. */
	signal(SIGPIPE, SIG_IGN);
}

struct http_transport *
http_fcgi_open(int listening, int parent, enum http_log log)
{
	static const struct http_transport_kind kind = {
		.next = fcgi_next,
		.read = fcgi_read,
		.write = fcgi_write,
		.log = fcgi_log,
		.abandon = fcgi_abandon,
		.finish = fcgi_finish,
	};
	static struct fcgi fcgi;

	/* Else each close waits up to 2 s for the peer's data. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	if (FCGX_Init() != 0)
		fatal("FCGX_Init: %s", strerror(errno));
	fcgi = (struct fcgi){
		.transport.kind = &kind,
		.listening = listening,
		.parent = parent,
		.log = log,
	};
	/* No socket for libfcgi: after a protocol error it must come back, not accept. */
	FCGX_InitRequest(&fcgi.request, -1, 0);
	fcntl(listening, F_SETFL, fcntl(listening, F_GETFL) | O_NONBLOCK);
	install_signals(&fcgi);
	return &fcgi.transport;
}
