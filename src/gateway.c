/*
 * gateway.c - main of scimlet.fcgi: finds out how it was started, then serves.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/cgi.h"
#include "http/fcgi.h"
#include "http/listener.h"
#include "http/supervisor.h"
#include "serve/serve.h"

#define EXIT_USAGE 2
#define WORKERS_MIN 4
#define WORKERS_MAX 512

struct options {
	const char *socket;          /* NULL: not our own */
	mode_t mode;
	unsigned int workers;        /* 0: not said */
};

static const char usage[] =
    "Usage: scimlet.fcgi                      started by a web server: FastCGI at descriptor 0, or CGI\n"
    "       scimlet.fcgi --listen SOCKET      FastCGI daemon on a Unix socket\n"
    "       systemd                           FastCGI on the socket of LISTEN_FDS\n"
    "\n"
    "  --listen SOCKET   path of the socket to make\n"
    "  --mode MODE       permissions of that socket, octal (default 0660)\n"
    "  --workers N       number of processes, each with one database connection\n"
    "                    (default twice the processors, at least 4)\n"
    "  --version         print the version\n"
    "  --help            print this\n"
    "\n"
    "Settings: SCIMLET_DATABASE, SCIMLET_PUBLIC_URL, SCIMLET_BASE (see README.md).\n";

static int
serve_requests(struct http_transport *transport)
{
	struct server *server = serve_open();

	while (http_transport_next(transport)) {
		serve_request(server, transport);
		http_transport_finish(transport);
	}
	serve_close(server);
	return EXIT_SUCCESS;
}

/* The work of a daemon's worker: its log is the supervisor's stderr, not Apache's error log. */
static int
work(int listening, int parent)
{
	return serve_requests(http_fcgi_open(listening, parent, HTTP_LOG_STDERR));
}

static unsigned int
default_workers(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors * 2 > WORKERS_MIN ? (unsigned int)processors * 2 : WORKERS_MIN;
}

static int
run_daemon(const struct options *options, int listening)
{
	struct http_workers workers = {
		.work = work,
		.listening = listening,
		.count = options->workers != 0 ? options->workers : default_workers(),
	};

	http_supervise(&workers);
	return EXIT_SUCCESS;
}

static int
run_on_own_socket(const struct options *options)
{
	struct arena *arena = arena_create();
	struct http_listener listener;
	struct http_error error;
	int status = EXIT_FAILURE;

	if (http_listener_open(arena, options->socket, options->mode, &listener, &error)) {
		status = run_daemon(options, listener.fd);
		http_listener_close(&listener);
	} else {
		fprintf(stderr, "scimlet.fcgi: %.*s\n", TEXT_FORMAT(error.sentence));
	}
	arena_destroy(arena);
	return status;
}

static int
run(const struct options *options)
{
	int inherited;

	if (options->socket != NULL)
		return run_on_own_socket(options);
	inherited = http_listener_inherited();
	if (inherited >= 0)
		return run_daemon(options, inherited);
	if (http_is_listening(STDIN_FILENO) && options->workers > 1)
		return run_daemon(options, STDIN_FILENO);
	/* The web server counts and restarts its processes itself. */
	if (http_is_listening(STDIN_FILENO))
		return serve_requests(http_fcgi_open(STDIN_FILENO, -1, HTTP_LOG_STREAM));
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static bool
is_cgi(void)
{
	return !http_is_listening(STDIN_FILENO) &&
	    (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL);
}

static bool
read_number(const char *string, int base, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(string, &end, base);
	return errno == 0 && end != string && *end == '\0' && string[0] != '-' && *number <= max;
}

/* Returns -1 to go on, else the exit status. */
static int
read_options(int argc, char **argv, struct options *options)
{
	enum { LISTEN = 256, MODE, WORKERS, VERSION, HELP };
	static const struct option known[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "mode", required_argument, NULL, MODE },
		{ "workers", required_argument, NULL, WORKERS },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long number;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == LISTEN) {
			options->socket = optarg;
		} else if (option == MODE && read_number(optarg, 8, 0777, &number)) {
			options->mode = (mode_t)number;
		} else if (option == WORKERS && read_number(optarg, 10, WORKERS_MAX, &number) &&
		    number > 0) {
			options->workers = (unsigned int)number;
		} else if (option == VERSION) {
			puts("scimlet.fcgi " SCIMLET_VERSION);
			return EXIT_SUCCESS;
		} else if (option == HELP) {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		} else {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct options options = { .mode = 0660 };
	int status;

	/* RFC 3875 4.4: a query without "=" arrives as arguments, so under CGI they are the client's. */
	if (is_cgi())
		return serve_requests(http_cgi_open());
	status = read_options(argc, argv, &options);
	return status >= 0 ? status : run(&options);
}
