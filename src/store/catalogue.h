/*
 * catalogue.h - what the program knows, as rows for those who read SQL.
 */
#ifndef STORE_CATALOGUE_H
#define STORE_CATALOGUE_H

#include "base/buffer.h"

/*
 * Appends statements that fill scim.reasons and scim.schema_attributes anew, so
 * that SQL says what the program says; what is not known any more goes.
 */
void catalogue_append(struct buffer *script);

#endif
