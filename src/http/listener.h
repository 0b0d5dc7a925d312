/*
 * listener.h - the listening socket: our own, or one that we were given.
 */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include <sys/types.h>

#include "base/arena.h"
#include "http/error.h"

struct http_listener {
	int fd;
	const char *path;    /* the file to remove in the end; NULL when it is not ours */
	dev_t device;
	ino_t inode;
};

/*
 * Binds a Unix socket with this mode from the first moment on.  TCP is not
 * offered: who can reach the socket can claim any client address.  A socket
 * file on which nobody answers is replaced; anything else at path is refused.
 */
bool http_listener_open(struct arena *arena, const char *path, mode_t mode,
    struct http_listener *listener, struct http_error *error) MUST_CHECK;
/* Closes it and removes the file, if it is still the one that was made. */
void http_listener_close(struct http_listener *listener);
/* systemd's protocol (sd_listen_fds(3)): the first socket passed to this process, or -1. */
int http_listener_inherited(void);
/* True for a listening socket: what mod_fcgid, lighttpd and spawn-fcgi leave at descriptor 0. */
bool http_is_listening(int fd);

#endif
