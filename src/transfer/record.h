/*
 * record.h - a record of a source in the form in which it is imported.
 */
#ifndef TRANSFER_RECORD_H
#define TRANSFER_RECORD_H

#include "scim/error.h"
#include "transfer/source.h"

/*
 * Reads the record's resource as the body of a POST (scim_resource_read), and
 * keeps what a POST may forget: which attributes the record says are empty
 * stand in it as nulls.  An empty active says nothing.
 */
bool record_prepare(struct arena *arena, const struct source_record *record,
    struct json_value **resource, struct scim_error *error) MUST_CHECK;

#endif
