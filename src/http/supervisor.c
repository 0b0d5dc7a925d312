/*
 * supervisor.c - forking, waiting and replacing.
 *
 * Signals stay blocked and are taken one at a time by sigtimedwait: there are
 * no handlers, and nothing can come between a test and a wait.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "http/supervisor.h"
#include "http/transport.h"

#define MILLISECONDS ((int64_t)1000)
#define SECONDS (1000 * MILLISECONDS)
#define HEALTHY_LIFE (2 * SECONDS)
#define PAUSE_FIRST (100 * MILLISECONDS)
#define PAUSE_MAX (10 * SECONDS)
#define DRAIN_TIME (9 * SECONDS)
#define NEVER INT64_MAX

struct worker {
	pid_t process;               /* 0: not running */
	int64_t started, start_at;   /* start_at: when to start it again */
	int64_t pause;
	pid_t leaving;               /* its predecessor, told to stop */
	int64_t kill_at;             /* when to kill the one that was told to stop */
	bool replace;                /* SIGHUP came and it is not its turn yet */
};

struct supervisor {
	const struct http_workers *workers;
	struct worker *slots;
	int alive[2];                /* nobody writes; its writing end closes with us */
	sigset_t signals, original;
	bool stopping;
};

__attribute__((format(printf, 2, 3))) static void
say(struct arena *arena, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	http_log_stderr(arena_format_list(arena, format, list));
	va_end(list);
	arena_reset(arena);
}

static void
start_worker(struct supervisor *supervisor, struct worker *worker)
{
	pid_t process = fork();

	if (process == 0) {
		close(supervisor->alive[1]);
		sigprocmask(SIG_SETMASK, &supervisor->original, NULL);
		exit(supervisor->workers->work(supervisor->workers->listening,
		    supervisor->alive[0]));
	}
	worker->started = clock_microseconds();
	worker->start_at = process > 0 ? NEVER : worker->started + PAUSE_MAX;
	worker->process = process > 0 ? process : 0;
}

static void
ask_to_stop(pid_t process, struct worker *worker)
{
	kill(process, SIGTERM);
	worker->kill_at = clock_microseconds() + DRAIN_TIME;
}

static void
log_death(struct arena *arena, pid_t process, int status)
{
	if (WIFSIGNALED(status))
		say(arena, "worker %ld died of signal %d", (long)process, WTERMSIG(status));
	else
		say(arena, "worker %ld ended with status %d", (long)process, WEXITSTATUS(status));
}

static void
plan_restart(struct worker *worker)
{
	int64_t now = clock_microseconds();
	bool healthy = now - worker->started >= HEALTHY_LIFE;

	if (healthy)
		worker->pause = 0;
	else
		worker->pause = worker->pause == 0 ? PAUSE_FIRST : worker->pause * 2;
	if (worker->pause > PAUSE_MAX)
		worker->pause = PAUSE_MAX;
	worker->start_at = now + worker->pause;
}

static void
note_death(struct supervisor *supervisor, struct arena *arena, pid_t process, int status)
{
	for (size_t i = 0; i < supervisor->workers->count; i++) {
		struct worker *worker = &supervisor->slots[i];

		if (worker->leaving == process)
			worker->leaving = 0;
		if (worker->process != process)
			continue;
		worker->process = 0;
		if (supervisor->stopping)
			continue;
		log_death(arena, process, status);
		plan_restart(worker);
	}
}

static void
reap(struct supervisor *supervisor, struct arena *arena)
{
	pid_t process;
	int status;

	while ((process = waitpid(-1, &status, WNOHANG)) > 0)
		note_death(supervisor, arena, process, status);
}

static void
stop_all(struct supervisor *supervisor)
{
	supervisor->stopping = true;
	for (size_t i = 0; i < supervisor->workers->count; i++) {
		struct worker *worker = &supervisor->slots[i];

		worker->start_at = NEVER;
		worker->replace = false;
		if (worker->process != 0)
			ask_to_stop(worker->process, worker);
	}
}

/* Starts successors one after the other: never more than one worker is leaving. */
static void
replace_next(struct supervisor *supervisor)
{
	struct worker *next = NULL;

	for (size_t i = supervisor->workers->count; i-- > 0;) {
		if (supervisor->slots[i].leaving != 0)
			return;
		if (supervisor->slots[i].replace)
			next = &supervisor->slots[i];
	}
	if (next == NULL)
		return;
	next->replace = false;
	next->leaving = next->process;
	start_worker(supervisor, next);
	if (next->leaving != 0)
		ask_to_stop(next->leaving, next);
}

static void
take_signal(struct supervisor *supervisor, int signal_number)
{
	if (signal_number == SIGTERM || signal_number == SIGINT)
		stop_all(supervisor);
	else if (signal_number == SIGHUP && !supervisor->stopping)
		for (size_t i = 0; i < supervisor->workers->count; i++)
			supervisor->slots[i].replace = true;
}

/* Starts and kills what is due. */
static void
keep_times(struct supervisor *supervisor)
{
	int64_t now = clock_microseconds();

	for (size_t i = 0; i < supervisor->workers->count; i++) {
		struct worker *worker = &supervisor->slots[i];

		if (worker->start_at <= now)
			start_worker(supervisor, worker);
		if (worker->kill_at > now)
			continue;
		worker->kill_at = NEVER;
		if (worker->leaving != 0)
			kill(worker->leaving, SIGKILL);
		if (worker->process != 0 && supervisor->stopping)
			kill(worker->process, SIGKILL);
	}
}

static struct timespec
time_to_wait(const struct supervisor *supervisor)
{
	int64_t now = clock_microseconds(), first = now + 60 * SECONDS;

	for (size_t i = 0; i < supervisor->workers->count; i++) {
		const struct worker *worker = &supervisor->slots[i];

		if (worker->start_at < first)
			first = worker->start_at;
		if (worker->kill_at < first)
			first = worker->kill_at;
	}
	first = first > now ? first - now : 0;
	return (struct timespec){ first / SECONDS, first % SECONDS * 1000 };
}

static bool
any_left(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->workers->count; i++)
		if (supervisor->slots[i].process != 0 || supervisor->slots[i].leaving != 0)
			return true;
	return false;
}

static void
prepare(struct supervisor *supervisor)
{
	static const int taken[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

	if (pipe(supervisor->alive) != 0)
		fatal("pipe: %s", strerror(errno));
	sigemptyset(&supervisor->signals);
	for (size_t i = 0; i < COUNT_OF(taken); i++)
		sigaddset(&supervisor->signals, taken[i]);
	sigprocmask(SIG_BLOCK, &supervisor->signals, &supervisor->original);
	for (size_t i = 0; i < supervisor->workers->count; i++)
		supervisor->slots[i].kill_at = NEVER;
}

void
http_supervise(const struct http_workers *workers)
{
	struct arena *arena = arena_create(), *lines = arena_create();
	struct supervisor supervisor = {
		.workers = workers,
		.slots = arena_array(arena, workers->count, sizeof(struct worker)),
	};

	prepare(&supervisor);
	while (!supervisor.stopping || any_left(&supervisor)) {
		struct timespec wait;

		keep_times(&supervisor);
		replace_next(&supervisor);
		wait = time_to_wait(&supervisor);
		take_signal(&supervisor, sigtimedwait(&supervisor.signals, NULL, &wait));
		reap(&supervisor, lines);
	}
	close(supervisor.alive[0]);
	close(supervisor.alive[1]);
	sigprocmask(SIG_SETMASK, &supervisor.original, NULL);
	arena_destroy(lines);
	arena_destroy(arena);
}
