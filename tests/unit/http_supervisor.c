/*
 * http_supervisor.c - workers that die at once, or will not die.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/supervisor.h"

#include "unit/tap.h"

static int report[2];

static int
die_at_once(int listening, int parent)
{
	(void)listening, (void)parent;
	return write(report[1], "d", 1) == 1 ? 3 : 4;
}

static int
refuse_to_die(int listening, int parent)
{
	(void)listening, (void)parent;
	signal(SIGTERM, SIG_IGN);
	if (write(report[1], "r", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static int
wait_for_parent(int listening, int parent)
{
	struct pollfd end = { .fd = parent, .events = POLLIN };

	(void)listening;
	signal(SIGTERM, SIG_IGN);
	if (write(report[1], "w", 1) != 1)
		return 1;
	poll(&end, 1, 10000);
	return write(report[1], "e", 1) == 1 ? 0 : 1;
}

static pid_t
supervise(int (*work)(int listening, int parent), unsigned int count)
{
	struct http_workers workers = { .work = work, .listening = -1, .count = count };
	pid_t process;

	if (pipe(report) != 0)
		exit(99);
	fflush(stdout);
	process = fork();
	if (process == 0) {
		close(report[0]);
		http_supervise(&workers);
		_exit(0);
	}
	close(report[1]);
	return process;
}

/* How many bytes come within so many milliseconds; stops at the pipe's end or after at_most. */
static int
count_reports(int milliseconds, int at_most)
{
	int64_t end = clock_microseconds() + (int64_t)milliseconds * 1000;
	int count = 0;

	while (count < at_most) {
		struct pollfd input = { .fd = report[0], .events = POLLIN };
		int left = (int)((end - clock_microseconds()) / 1000);
		char byte;

		if (left <= 0 || poll(&input, 1, left) <= 0 || read(report[0], &byte, 1) != 1)
			break;
		count++;
	}
	return count;
}

static void
test_backoff(void)
{
	pid_t process = supervise(die_at_once, 1);
	int starts = count_reports(1200, 1000), status;

	/* At 0, 0.1, 0.3 and 0.7 s; then at 1.5 s. */
	ok(starts >= 2, "a worker that dies at once is started again (%d times)", starts);
	ok(starts <= 5, "but not in a tight loop (%d times)", starts);
	kill(process, SIGTERM);
	ok(waitpid(process, &status, 0) == process && status == 0, "SIGTERM ends it between starts");
	close(report[0]);
}

static void
test_kill(void)
{
	pid_t process = supervise(refuse_to_die, 3);
	int64_t begin;
	int status;

	is_number(count_reports(5000, 3), 3, "three workers start");
	begin = clock_microseconds();
	kill(process, SIGTERM);
	ok(waitpid(process, &status, 0) == process && status == 0, "the supervisor ends");
	begin = (clock_microseconds() - begin) / 1000;
	ok(begin >= 8500 && begin <= 10000, "workers had nine seconds (%ld ms)", (long)begin);
	is_number(count_reports(1000, 1), 0, "and are gone");
	close(report[0]);
}

static void
test_orphans(void)
{
	pid_t process = supervise(wait_for_parent, 2);
	int status;

	is_number(count_reports(5000, 2), 2, "two workers start");
	kill(process, SIGKILL);
	waitpid(process, &status, 0);
	is_number(count_reports(2000, 2), 2, "both see the supervisor die");
	close(report[0]);
}

int
main(void)
{
	/* The log of what is provoked here would look like trouble. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 99;
	test_backoff();
	test_kill();
	test_orphans();
	return tap_done();
}
