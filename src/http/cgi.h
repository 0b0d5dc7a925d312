/*
 * cgi.h - plain CGI (RFC 3875): environment, stdin, stdout; one request.
 *
 * libfcgi cannot serve it: FCGX_Accept_r answers ENOTSOCK.
 */
#ifndef HTTP_CGI_H
#define HTTP_CGI_H

#include "http/transport.h"

/* The one CGI transport of this process. */
struct http_transport *http_cgi_open(void);

#endif
