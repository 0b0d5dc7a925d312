/*
 * exchange.h - everything about the request at hand, for serve/ only.
 */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include "http/request.h"
#include "http/response.h"
#include "json/value.h"
#include "scim/project.h"
#include "store/log.h"
#include "store/user.h"

#define BODY_MAX ((size_t)1024 * 1024)
#define BULK_BODY_MAX ((size_t)10 * 1024 * 1024)
/* The database must have answered by then, so that no client waits longer than 10 s. */
#define DATABASE_MICROSECONDS 9000000
#define PAGE_DEFAULT 100
#define PAGE_MAX 1000

struct operation;
struct bulk_run;

struct exchange {
	struct arena *arena;
	struct http_request request;
	struct http_response response;
	struct buffer *body;            /* of the answer; its text is copied nowhere */
	struct scim_error error;

	const struct operation *operation;
	struct text org_in_path;        /* unset: the organization comes from the token */
	struct text id;                 /* {id} of the path; of a POST in a bulk: what it is to make */
	struct text base;               /* public address before /Users, organization included */
	struct text quoted_base;        /* see render_quoted_base() */
	bool streaming;                 /* status and headers have been sent */
	struct bulk_run *bulk;          /* of which this is one operation; NULL: a request of its own */
	struct json_value *data;        /* of that operation: stands for the request's body */

	struct text digest;             /* of the token */
	struct caller caller;
	struct session session;
	struct log_subject sent;        /* whom the body is about */
	bool refusal_not_noted;         /* the log tells in place of the database */
	struct session_request log;     /* what the session tells the database of the request */
	struct list_page page;          /* of a list */
	long next_start_index;          /* to be noted for the walk; 0: nothing is */
	struct text looked_for;         /* by eq, in vain: to be noted; TEXT_NONE: nobody was */
	struct text looked_by;          /* the attribute */
	char request_id[33];
	int64_t started;
};

/* What a token must be allowed to. */
enum access {
	ACCESS_OPEN,            /* no token */
	ACCESS_ANY,             /* any good token */
	ACCESS_READ_USERS,
	ACCESS_WRITE_USERS,
	ACCESS_READ_GROUPS,
	ACCESS_WRITE_GROUPS,
	ACCESS_LOGIN,           /* for the application, not for an identity provider */
};

/* What stands behind the endpoint in the path. */
enum item {
	ITEM_NONE,
	ITEM_ID,
	ITEM_SEARCH,            /* /.search */
};

/*
 * One row of the table of operations.  serve fills the response, or the error and returns
 * false.
 */
struct operation {
	enum http_method method;
	const char *endpoint;       /* "Users" */
	enum item item;
	enum access access;
	bool authenticates;         /* serve does it itself, in the statement that reads */
	const struct resource_type *type;
	bool (*serve)(struct exchange *exchange);
};

/* operation.c: finds the row for the request's path and method.  Errors: 404, 405 with Allow, 400. */
bool operation_find(struct exchange *exchange) MUST_CHECK;
/* The row of a method on an endpoint, which is written without slash; NULL: there is none. */
const struct operation *operation_row(enum http_method method, struct text endpoint,
    enum item item);
/* "/Users/{id}" for the log; the arena's. */
struct text operation_route(const struct exchange *exchange);

/* authenticate.c: the token's form and organization (no SQL), then the token itself and its scope. */
bool authenticate_form(struct exchange *exchange) MUST_CHECK;
bool authenticate(struct exchange *exchange) MUST_CHECK;
bool authenticate_scope(struct exchange *exchange) MUST_CHECK;

/* body.c: the request's JSON.  Errors: 400, 408, 413, 415. */
bool body_read(struct exchange *exchange, size_t limit, struct json_value **value) MUST_CHECK;
/* The error of the http layer as one of SCIM; returns false. */
bool body_http_error(struct exchange *exchange, const struct http_error *error);

/* serve.c: the request as the session tells the database of it. */
struct session_request exchange_request(const struct exchange *exchange);

/* refusal.c: whom a body is about, whatever else is wrong with it. */
struct log_subject refusal_subject(const struct json_value *body, const struct resource_type *type);
/* Writes the row of an authenticated request that ends with exchange->error. */
void refusal_note(struct exchange *exchange);

/* condition.c: If-Match and If-None-Match against the version at hand.  Errors: 412. */
bool condition_holds(struct exchange *exchange, struct text version) MUST_CHECK;
/* True when the answer to a GET is 304. */
bool condition_not_modified(const struct exchange *exchange, struct text version);

/* render.c */
struct text render_etag(struct arena *arena, struct text version);
/* attributes and excludedAttributes of the request's query.  Errors: 400. */
bool render_projection(struct exchange *exchange, struct projection **projection) MUST_CHECK;
/* Appends one resource to the body. */
bool render_resource(struct exchange *exchange, const struct resource_type *type,
    const struct stored_resource *resource, const struct projection *projection) MUST_CHECK;
/* The base address as it stands inside a JSON string: quoted once, however many resources follow. */
struct text render_quoted_base(struct exchange *exchange);
/* ETag and Content-Location of a resource, Location with the status 201. */
void render_headers(struct exchange *exchange, const struct stored_resource *resource);
/* A ListResponse up to the bracket after which its resources begin; start_index 0: by cursor. */
void render_list_head(struct exchange *exchange, int count, long total, long start_index);
/* A whole answer that is one resource: status, ETag, Content-Location, Location on 201. */
bool render_answer(struct exchange *exchange, int status, const struct stored_resource *resource,
    const struct projection *projection) MUST_CHECK;

/* Reads a stored document.  Errors: INTERNAL. */
bool render_parse(struct exchange *exchange, struct text document, struct json_value **value)
    MUST_CHECK;

/* user.c: the person that a POST is to make, from its body.  Errors: 400. */
bool user_prepare(struct exchange *exchange, struct new_user *user) MUST_CHECK;

/* The operations. */
bool serve_user_read(struct exchange *exchange);
bool serve_user_create(struct exchange *exchange);
bool serve_user_replace(struct exchange *exchange);
bool serve_user_patch(struct exchange *exchange);
bool serve_user_delete(struct exchange *exchange);
bool serve_list(struct exchange *exchange);
bool serve_search(struct exchange *exchange);
bool serve_group_read(struct exchange *exchange);
bool serve_group_create(struct exchange *exchange);
bool serve_group_replace(struct exchange *exchange);
bool serve_group_patch(struct exchange *exchange);
bool serve_group_delete(struct exchange *exchange);
bool serve_bulk(struct exchange *exchange);
bool serve_login(struct exchange *exchange);
bool serve_config(struct exchange *exchange);
bool serve_schemas(struct exchange *exchange);
bool serve_types(struct exchange *exchange);
bool serve_health(struct exchange *exchange);
bool serve_not_implemented(struct exchange *exchange);

#endif
