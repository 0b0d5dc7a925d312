/*
 * clock.h - time; the database's clock decides everything that is stored.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds on a clock that never goes back: for durations and deadlines. */
int64_t clock_microseconds(void);

#endif
