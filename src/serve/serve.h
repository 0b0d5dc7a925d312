/*
 * serve.h - one SCIM request from its first byte to its log line.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "http/transport.h"

struct server;      /* a worker's connection, buffers and arena */

/* For the life of the process; connects to the database at the first request. */
struct server *serve_open(void);
void serve_close(struct server *server);

/* Answers the transport's current request; the caller finishes the transport. */
void serve_request(struct server *server, struct http_transport *transport);

#endif
