/*
 * watch.c - `scimlet watch`: rows of the log as they are written.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/log.h"
#include "scim/token.h"
#include "store/watch.h"

#define SECOND ((int64_t)1000000)
#define LOOK_MICROSECONDS (15 * SECOND)
/* Writers notify for a minute. */
#define PROLONG_MICROSECONDS (20 * SECOND)
/* For rows that nobody told of: behind a pooler, or when many write at once. */
#define PLAIN_LOOK_MICROSECONDS (5 * SECOND)
/* Where there was news there is more to come, of those who had not committed. */
#define NEXT_LOOK_MICROSECONDS (SECOND / 4)
/* A look answers any number of notifications. */
#define PAUSE_MICROSECONDS (SECOND / 10)
#define RETRY_MICROSECONDS SECOND

/* Of all columns, org before those of the log. */
static const size_t usual_widths[LOG_COLUMNS + 1] = { 10, 24, 7, 10, 28, 40, 6, 18, 8 };

struct follower {
	struct watch watch;
	struct cli_stream stream;
	struct cli_column columns[LOG_COLUMNS + 1];
	size_t column_count;
	int64_t prolonged;      /* when writers were last told to notify; 0: they must be */
	int64_t next_look;
	bool lost;              /* the database, and that was said */
};

static volatile sig_atomic_t ended;

static void
end(int number)
{
	(void)number;
	ended = 1;
}

/* Ctrl-C and SIGTERM end it between two looks. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = end };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static bool
has_news(const struct pg_rows *rows)
{
	return text_is_set(pg_text(rows, 0, WATCH_ORG));
}

static void
print_rows(struct cli *cli, struct follower *follower, const struct pg_rows *rows)
{
	size_t count = follower->column_count;
	size_t first = (size_t)WATCH_ROW - (count - LOG_COLUMNS);
	struct cli_table table = { follower->columns, count,
		has_news(rows) ? (size_t)pg_count(rows) : 0, NULL };
	struct text *cells = arena_array(cli->session.arena, table.row_count * count, sizeof(*cells));

	for (size_t i = 0; i < table.row_count * count; i++)
		cells[i] = pg_text(rows, (int)(i / count), (int)(first + i % count));
	table.cells = cells;
	cli_stream_rows(cli, &follower->stream, &table);
}

static bool
look(struct cli *cli, struct follower *follower)
{
	int64_t now = clock_microseconds();
	struct pg_rows *rows;

	pg_set_deadline(cli->session.pg, now + LOOK_MICROSECONDS);
	if (follower->prolonged == 0 || now - follower->prolonged >= PROLONG_MICROSECONDS) {
		if (!store_watch_begin(&cli->session, &follower->watch))
			return false;
		follower->prolonged = now;
	}
	if (!store_watch_look(&cli->session, &follower->watch, &rows))
		return false;
	follower->next_look = clock_microseconds() +
	    (has_news(rows) ? NEXT_LOOK_MICROSECONDS : PLAIN_LOOK_MICROSECONDS);
	if (has_news(rows) || !follower->stream.headed)
		print_rows(cli, follower, rows);
	return true;
}

static void
say_lost(const struct cli *cli, struct follower *follower)
{
	follower->prolonged = 0;
	follower->next_look = 0;
	if (!follower->lost)
		cli_say(cli, "The database does not answer; it is tried again every second. "
		    "What is written meanwhile will be shown.");
	follower->lost = true;
}

/* The world's troubles pass; CLI_DONE: try again. */
static enum cli_status
trouble(const struct cli *cli, struct follower *follower)
{
	switch (cli->session.outcome) {
	case PG_DOWN:
	case PG_LOST:
	case PG_BUSY:
	case PG_CONFLICT:
		say_lost(cli, follower);
		usleep(RETRY_MICROSECONDS);
		return CLI_DONE;
	case PG_FINE:
	case PG_UNIQUE:
	case PG_CHECK:
	case PG_SCHEMA:
	case PG_BROKEN:
		break;
	}
	return cli_store_failed(cli);
}

static void
wait_for_news(const struct cli *cli, struct follower *follower)
{
	usleep(PAUSE_MICROSECONDS);
	while (!ended && clock_microseconds() < follower->next_look) {
		/* A signal that came just before the wait is seen a second later. */
		int64_t slice = clock_microseconds() + SECOND;
		enum pg_news news = pg_await_news(cli->session.pg,
		    slice < follower->next_look ? slice : follower->next_look);

		if (news == PG_GONE)
			say_lost(cli, follower);
		if (news != PG_SILENCE)
			return;
	}
}

static enum cli_status
follow(struct cli *cli, struct follower *follower)
{
	enum cli_status status = CLI_DONE;

	while (!ended && status == CLI_DONE) {
		if (!look(cli, follower)) {
			status = trouble(cli, follower);
		} else {
			if (follower->lost)
				cli_say(cli, "The database answers again.");
			follower->lost = false;
			/* It was deleted meanwhile. */
			if (follower->watch.id[0] == '\0')
				return cli_no_organization(cli);
			if (fflush(stdout) != 0)
				return CLI_SOME_FAILED;
			wait_for_news(cli, follower);
		}
		arena_reset(cli->session.arena);
	}
	return status;
}

static void
choose_columns(struct follower *follower, bool all)
{
	size_t skipped = all ? 0 : 1;

	follower->column_count = LOG_COLUMNS + 1 - skipped;
	follower->columns[0] = (struct cli_column){ "org", CLI_TEXT };
	memcpy(follower->columns + 1 - skipped, cli_log_columns,
	    LOG_COLUMNS * sizeof(*follower->columns));
	memcpy(follower->stream.widths, usual_widths + skipped,
	    follower->column_count * sizeof(*usual_widths));
}

/* Its memory is given back after each look: it may run for weeks. */
static enum cli_status
watch(struct cli *cli, struct follower *follower)
{
	struct arena *arena = cli->session.arena;
	enum cli_status status;

	cli->session.arena = arena_create();
	pg_begin_request(cli->session.pg, cli->session.arena);
	catch_signals();
	status = follow(cli, follower);
	pg_set_deadline(cli->session.pg, clock_microseconds() + SECOND);
	if (!store_watch_end(&cli->session, &follower->watch))
		cli_say(cli, "Those who write to the log notify for a minute more.");
	arena_destroy(cli->session.arena);
	cli->session.arena = arena;
	pg_begin_request(cli->session.pg, arena);
	return status;
}

enum cli_status
cli_watch(struct cli *cli)
{
	struct follower follower = {
		.watch = { .only_refusals = text_is_set(cli->options[CLI_REJECTED]) },
		.stream = { .lines = true },
	};

	if (cli->argument_count == 1) {
		cli->session.org = cli->arguments[0];
		if (!scim_is_org_key(cli->session.org))
			return cli_no_organization(cli);
	}
	if (!store_watch_begin(&cli->session, &follower.watch))
		return cli_store_failed(cli);
	if (follower.watch.id[0] == '\0')
		return cli_no_organization(cli);
	choose_columns(&follower, cli->argument_count == 0);
	cli_say(cli, "What is written to the log is shown from now on; Ctrl-C ends it.");
	return watch(cli, &follower);
}
