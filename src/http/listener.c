/*
 * listener.c - listening sockets.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/listener.h"

#define BACKLOG 1024
#define SYSTEMD_FIRST_FD 3

static bool
fail(struct arena *arena, const char *path, const char *what, struct http_error *error)
{
	return http_fail(error, 500, HTTP_BAD_SERVER, arena_format(arena, "%s: %s", path, what));
}

static bool
somebody_answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers =
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	/* EAGAIN: so many wait there already that its queue is full. */
	answers = answers || errno == EAGAIN;
	close(fd);
	return answers;
}

static bool
remove_stale(struct arena *arena, const struct sockaddr_un *address, struct http_error *error)
{
	const char *path = address->sun_path;
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT || fail(arena, path, strerror(errno), error);
	if (!S_ISSOCK(status.st_mode))
		return fail(arena, path, "exists and is not a socket", error);
	if (somebody_answers(address))
		return fail(arena, path, "another process listens there", error);
	return unlink(path) == 0 || fail(arena, path, strerror(errno), error);
}

static bool
bind_and_listen(int fd, const struct sockaddr_un *address, mode_t mode)
{
	mode_t mask = umask(0777 & ~mode);
	bool bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	umask(mask);
	return bound && listen(fd, BACKLOG) == 0;
}

bool
http_listener_open(struct arena *arena, const char *path, mode_t mode,
    struct http_listener *listener, struct http_error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;

	*listener = (struct http_listener){ .fd = -1, .path = path };
	if (strlen(path) >= sizeof(address.sun_path))
		return fail(arena, path, "longer than a socket's path may be", error);
	strcpy(address.sun_path, path);
	if (!remove_stale(arena, &address, error))
		return false;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener->fd < 0 || !bind_and_listen(listener->fd, &address, mode) ||
	    lstat(path, &status) != 0) {
		fail(arena, path, strerror(errno), error);
		close(listener->fd);
		return false;
	}
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return true;
}

void
http_listener_close(struct http_listener *listener)
{
	struct stat status;

	close(listener->fd);
	if (listener->path != NULL && lstat(listener->path, &status) == 0 &&
	    status.st_dev == listener->device && status.st_ino == listener->inode)
		unlink(listener->path);
}

int
http_listener_inherited(void)
{
	long process, count;

	if (!text_to_long(text_of(getenv("LISTEN_PID")), &process) || process != getpid() ||
	    !text_to_long(text_of(getenv("LISTEN_FDS")), &count) || count < 1)
		return -1;
	if (!http_is_listening(SYSTEMD_FIRST_FD))
		return -1;
	fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC);
	return SYSTEMD_FIRST_FD;
}

bool
http_is_listening(int fd)
{
	int listening = 0;
	socklen_t length = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 &&
	    listening != 0;
}
