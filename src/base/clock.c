/*
 * clock.c - the monotonic clock.
 */
#include <time.h>

#include "base/clock.h"

int64_t
clock_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
