/*
 * erase.h - erasing a person (sql/function/erase.sql).
 */
#ifndef STORE_ERASE_H
#define STORE_ERASE_H

#include "store/session.h"

struct erase_meant {
	bool organization_known;
	long number;                    /* of ids: one, or more where names were used again */
	struct text ids;                /* parted by commas */
};

/* Whom person means in session->org: a userName, externalId, email or id. */
bool store_erase_meant(struct session *session, struct text person, struct erase_meant *meant) MUST_CHECK;
/* Rows of what and number; none: nobody is meant. */
bool store_erase(struct session *session, struct text person, struct pg_rows **rows) MUST_CHECK;

/*
 * Rewrites the tables, one after the other, so that their files hold no byte
 * of what was erased; each can be neither read nor written meanwhile.
 * *statistics: what ANALYZE had noted was rewritten, too.
 */
bool store_erase_vacuum(struct session *session, int *tables, bool *statistics) MUST_CHECK;

#endif
