/*
 * datetime.h - dateTime values (RFC 7643 2.3.5), parsed strictly and not by the database,
 * which would accept "now", "infinity" and times without a zone.
 */
#ifndef SCIM_DATETIME_H
#define SCIM_DATETIME_H

#include "base/arena.h"
#include "base/compiler.h"

/*
 * Reads an RFC 3339 / xsd:dateTime with zone (Z or an offset), year 0001 to
 * 9999, any number of fractional digits (cut to microseconds), and gives its
 * UTC form YYYY-MM-DDTHH:MM:SS.ffffffZ, which sorts as it compares.  False on
 * anything else.
 */
bool scim_datetime_read(struct arena *arena, struct text text, struct text *utc) MUST_CHECK;

#endif
