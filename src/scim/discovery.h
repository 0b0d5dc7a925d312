/*
 * discovery.h - what the service provider says of itself (RFC 7644 4).
 *
 * Each function appends one JSON document.  base is the address below which
 * the organization's endpoints lie, without a slash at its end; the arena is
 * scratch.  Single items are found by scim_schema_find() and scim_type_find().
 */
#ifndef SCIM_DISCOVERY_H
#define SCIM_DISCOVERY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "scim/schema.h"

/* The words of RFC 7643 7 for the characteristics of an attribute. */
const char *scim_type_word(const struct attribute *attribute);
const char *scim_mutability_word(const struct attribute *attribute);
const char *scim_returned_word(const struct attribute *attribute);

/* What an organization lets its identity provider do, and demands of it. */
struct scim_provisioning {
	bool create_users, update_users, deactivate_users, delete_users, push_groups;
	struct text required_attributes;        /* of people, parted by commas */
	struct text email_change;               /* "allow" or "reassign" */
};

#define SCIM_PROVISIONING_URN \
	"urn:scimlet:params:scim:schemas:extension:provisioning:1.0:ServiceProviderConfig"

/* What an organization may do here; only what is true is announced. */
struct scim_capabilities {
	bool patch, bulk, sort, etag;
	long bulk_operations;           /* of one bulk request */
	long bulk_bytes;
	long page_default, page_max;    /* resources of one list response */
	bool cursor;                    /* RFC 9865 */
	long cursor_seconds;            /* a cursor is good for at least so long */
	struct text documentation;      /* an address, or TEXT_NONE */
	const struct scim_provisioning *provisioning;   /* NULL: was not asked for */
};

/*
 * RFC 7643 5, RFC 9865 4; and an extension of ours that tells of provisioning.
 * Strict clients refuse what they do not know, so that it is for those who ask.
 */
void scim_discovery_config(struct arena *arena, struct buffer *buffer, struct text base,
    const struct scim_capabilities *capabilities);

/*
 * RFC 7643 7; the list is a ListResponse.  required: attributes of people,
 * parted by commas, that this organization demands beyond the RFC's.
 */
void scim_discovery_schema(struct arena *arena, struct buffer *buffer, struct text base,
    const struct schema *schema, struct text required);
void scim_discovery_schemas(struct arena *arena, struct buffer *buffer, struct text base,
    struct text required);

/* RFC 7643 6; the list is a ListResponse, without Group where groups are not pushed. */
void scim_discovery_type(struct arena *arena, struct buffer *buffer, struct text base,
    const struct resource_type *type, struct text required);
void scim_discovery_types(struct arena *arena, struct buffer *buffer, struct text base,
    const struct scim_provisioning *provisioning);

#endif
