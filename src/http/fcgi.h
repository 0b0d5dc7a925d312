/*
 * fcgi.h - FastCGI: requests from connections to a listening socket.
 *
 * We accept and wait ourselves and leave to libfcgi only the protocol: so a
 * silent or kept-alive connection never holds a worker, and a signal is never
 * lost between a test and accept().
 */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "http/transport.h"

enum http_log {
	HTTP_LOG_STREAM,     /* the FastCGI error stream: into the web server's log */
	HTTP_LOG_STDERR      /* our own stderr: a daemon's journal */
};

/*
 * The one FastCGI transport of this process; listening becomes non-blocking.
 * next() ends when SIGTERM, SIGINT, SIGHUP or SIGUSR1 has come, which are let
 * in only while it waits, so that a request in flight is always answered, or
 * when parent (a pipe's reading end, or -1) comes to its end.
 */
struct http_transport *http_fcgi_open(int listening, int parent, enum http_log log);

#endif
