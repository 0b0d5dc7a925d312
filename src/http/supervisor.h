/*
 * supervisor.h - keeps a number of worker processes alive.
 *
 * SIGTERM and SIGINT stop: every worker finishes its request, and is killed
 * after nine seconds, so that all is over in ten.  SIGHUP replaces the workers
 * one by one, each after its successor has started.  A worker that dies is
 * replaced at once, or, when it did not live two seconds, after a pause that
 * doubles from 0.1 s to 10 s.
 */
#ifndef HTTP_SUPERVISOR_H
#define HTTP_SUPERVISOR_H

/*
 * A worker's whole life; what it returns is its exit status.  parent is the
 * reading end of a pipe that ends when the supervisor does, however it dies.
 */
struct http_workers {
	int (*work)(int listening, int parent);
	int listening;
	unsigned int count;
};

/* Returns when it was told to stop and all workers have ended. */
void http_supervise(const struct http_workers *workers);

#endif
