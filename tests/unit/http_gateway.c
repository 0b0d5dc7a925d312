/*
 * http_gateway.c - the program as web servers, systemd and operators start it.
 *
 * Runs http_echo, which lies in the same folder, and speaks FastCGI to it as a
 * web server would, well-behaved or not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"

#include "unit/tap.h"

/* FastCGI 1.0, 8. */
enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, STDERR = 7 };

static char program[4096], directory[64], path[128];
static struct buffer output, errors;

static long
milliseconds_since(int64_t begin)
{
	return (long)((clock_microseconds() - begin) / 1000);
}

/* Connections and records. */

static int
open_connection(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	for (int tries = 0; tries < 200; tries++) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		usleep(20000);
	}
	printf("Bail out! nobody listens at %s\n", path);
	exit(99);
}

static bool
send_record(int fd, int type, const char *bytes, size_t length)
{
	char header[8] = { 1, (char)type, 0, 1, (char)(length >> 8), (char)length, 0, 0 };

	return send(fd, header, 8, MSG_NOSIGNAL) == 8 &&
	    (length == 0 || send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static void
send_parameter(int fd, const char *name, const char *value)
{
	char record[1024];
	size_t name_length = strlen(name), value_length = strlen(value);

	record[0] = (char)name_length;
	record[1] = (char)value_length;
	memcpy(record + 2, name, name_length);
	memcpy(record + 2 + name_length, value, value_length);
	send_record(fd, PARAMS, record, 2 + name_length + value_length);
}

/* Everything of a request but its body. */
static void
send_head(int fd, const char *method, const char *uri, bool keep)
{
	char begin[8] = { 0, 1, keep, 0, 0, 0, 0, 0 };

	send_record(fd, BEGIN, begin, sizeof(begin));
	send_parameter(fd, "REQUEST_METHOD", method);
	send_parameter(fd, "REQUEST_URI", uri);
	send_record(fd, PARAMS, "", 0);
}

static bool
receive_exactly(int fd, char *bytes, size_t length)
{
	while (length > 0) {
		struct pollfd input = { .fd = fd, .events = POLLIN };
		ssize_t got = poll(&input, 1, 15000) > 0 ? recv(fd, bytes, length, 0) : -1;

		if (got <= 0)
			return false;
		bytes += got;
		length -= (size_t)got;
	}
	return true;
}

/* Collects an answer; true when it came to its proper end. */
static bool
receive_answer(int fd)
{
	unsigned char header[8];
	char content[65536 + 256];

	output.length = errors.length = 0;
	while (receive_exactly(fd, (char *)header, 8)) {
		size_t length = (size_t)(header[4] << 8 | header[5]);

		if (!receive_exactly(fd, content, length + header[6]))
			return false;
		if (header[1] == END)
			return true;
		buffer_append(header[1] == STDERR ? &errors : &output,
		    (struct text){ content, length });
	}
	return false;
}

static bool
answer_has(const char *part)
{
	return text_find(buffer_text(&output), text_of(part)) < output.length;
}

/* One whole request without a body on a connection of its own. */
static bool
get(const char *uri)
{
	int fd = open_connection();
	bool whole;

	send_head(fd, "GET", uri, false);
	send_record(fd, STDIN, "", 0);
	whole = receive_answer(fd);
	close(fd);
	return whole;
}

static long
worker_of_answer(void)
{
	struct text text = buffer_text(&output);
	size_t at = text_find(text, TEXT("process "));

	return at < text.length ? strtol(text.start + at + 8, NULL, 10) : -1;
}

/* Processes. */

static pid_t
start(const char *const *arguments, int input, int out)
{
	pid_t process;

	fflush(stdout);
	process = fork();
	if (process != 0)
		return process;
	dup2(input >= 0 ? input : open("/dev/null", O_RDWR), 0);
	dup2(out >= 0 ? out : open("/dev/null", O_RDWR), 1);
	dup2(open("/dev/null", O_RDWR), 2);
	execv(program, (char *const *)arguments);
	_exit(99);
}

static pid_t
start_daemon(const char *workers)
{
	const char *arguments[] = { program, "--listen", path, "--workers", workers, "--mode",
		"0600", NULL };

	return start(arguments, -1, -1);
}

static int
end_of(pid_t process)
{
	int status = 0;

	if (waitpid(process, &status, 0) != process)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
stop(pid_t process)
{
	kill(process, SIGTERM);
	return end_of(process);
}

static int
listen_at_path(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 64) != 0)
		exit(99);
	return fd;
}

/* Runs it as plain CGI; leaves stdin open until the answer is there. */
static int
run_cgi(const char *const *arguments, const char *body, bool leave_open)
{
	int in[2], out[2], status;
	char bytes[4096];
	ssize_t got;
	pid_t process;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		exit(99);
	process = start(arguments, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (write(in[1], body, strlen(body)) < 0)
		exit(99);
	if (!leave_open)
		close(in[1]);
	output.length = 0;
	while ((got = read(out[0], bytes, sizeof(bytes))) > 0)
		buffer_append(&output, (struct text){ bytes, (size_t)got });
	status = end_of(process);
	if (leave_open)
		close(in[1]);
	close(out[0]);
	return status;
}

static void
test_cgi(void)
{
	const char *plain[] = { program, NULL };
	const char *hostile[] = { program, "--listen", "/nowhere/x", NULL };
	int64_t begin = clock_microseconds();

	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	setenv("REQUEST_METHOD", "POST", 1);
	setenv("REQUEST_URI", "/scim/v2/acme/Users?x=1", 1);
	setenv("SCRIPT_NAME", "/scim/v2", 1);
	setenv("HTTP_AUTHORIZATION", "Bearer t", 1);
	is_number(run_cgi(plain, "hello", false), 0, "CGI without a length");
	ok(text_starts(buffer_text(&output), TEXT("Status: 200 OK\r\n")), "answers");
	ok(answer_has("mount /scim/v2\nsegment acme\nsegment Users\nquery x=1\n"), "its address");
	ok(answer_has("authorization Bearer t\n"), "its header");
	ok(answer_has("body 5 bytes\n"), "its body to the end");
	setenv("CONTENT_LENGTH", "5", 1);
	is_number(run_cgi(plain, "hello", true), 0, "CGI with a length");
	ok(answer_has("body 5 bytes\n"), "reads that many bytes and does not wait for an end");
	is_number(run_cgi(plain, "hell", false), 0, "a cut body");
	ok(answer_has("Status: 400 "), "is refused");
	unsetenv("CONTENT_LENGTH");
	is_number(run_cgi(hostile, "", false), 0, "arguments");
	ok(answer_has("Status: 200 "), "are the client's under CGI, and ignored");
	setenv("REQUEST_URI", "/v2/Users?refuse", 1);
	setenv("REQUEST_METHOD", "GET", 1);
	is_number(run_cgi(plain, "", true), 0, "a read with an input that never ends");
	ok(milliseconds_since(begin) < 5000, "holds nobody up");
	unsetenv("GATEWAY_INTERFACE");
	unsetenv("REQUEST_METHOD");
	unsetenv("REQUEST_URI");
}

static void
test_options(void)
{
	static const struct {
		const char *arguments[4];
		int status;
	} cases[] = {
		{ { "--help" }, 0 },
		{ { "--version" }, 0 },
		{ { NULL }, 2 },
		{ { "--listen" }, 2 },
		{ { "--frobnicate" }, 2 },
		{ { "--workers", "0" }, 2 },
		{ { "--workers", "-1" }, 2 },
		{ { "--workers", "4x" }, 2 },
		{ { "--workers", "100000" }, 2 },
		{ { "--mode", "0999" }, 2 },
		{ { "--mode", "01777" }, 2 },
		{ { "surplus" }, 2 },
		{ { "--listen", "/nonexistent/folder/socket" }, 1 },
		{ { "--listen", "/dev/null" }, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *arguments[5] = { program };

		memcpy(arguments + 1, cases[i].arguments, sizeof(cases[i].arguments));
		is_number(end_of(start(arguments, -1, -1)), cases[i].status, "%s %s",
		    arguments[1] != NULL ? arguments[1] : "no argument",
		    arguments[1] != NULL && arguments[2] != NULL ? arguments[2] : "");
	}
}

static void
test_socket(void)
{
	pid_t process = start_daemon("1"), second;
	struct stat status;

	ok(get("/v2/Users"), "a daemon answers");
	ok(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600, "its socket has --mode");
	second = start_daemon("1");
	is_number(end_of(second), 1, "a second one on the same socket is refused");
	ok(get("/v2/Users"), "and does no harm");
	kill(process, SIGKILL);
	end_of(process);
	ok(stat(path, &status) == 0, "a killed one leaves its socket");
	usleep(200000);
	process = start_daemon("1");
	ok(get("/v2/Users"), "which the next one replaces");
	is_number(stop(process), 0, "SIGTERM ends it");
	ok(stat(path, &status) != 0 && errno == ENOENT, "and its socket");
}

static void
test_bodies(void)
{
	pid_t process = start_daemon("1");
	int fd = open_connection();

	send_head(fd, "POST", "/scim/v2/acme/Users?a=b%20c", false);
	send_record(fd, STDIN, "abc", 3);
	usleep(50000);
	send_record(fd, STDIN, "defg", 4);
	send_record(fd, STDIN, "", 0);
	ok(receive_answer(fd), "a body in pieces");
	ok(answer_has("Status: 200 OK\r\n") && answer_has("body 7 bytes"), "is read whole");
	ok(answer_has("segment acme\nsegment Users\nquery a=b c\n"), "and so is the address");
	ok(recv(fd, &(char){ 0 }, 1, 0) == 0, "the connection is closed afterwards");
	close(fd);

	fd = open_connection();
	send_head(fd, "POST", "/v2/Users", false);
	send_record(fd, STDIN, "abc", 3);
	shutdown(fd, SHUT_WR);
	ok(receive_answer(fd) && answer_has("Status: 400 "), "a body without its end is refused");
	close(fd);

	fd = open_connection();
	send_head(fd, "POST", "/v2/Users", false);
	send_record(fd, STDIN, "abc", 3);
	send_record(fd, ABORT, "", 0);
	ok(receive_answer(fd) && answer_has("Status: 400 "), "so is an aborted one");
	close(fd);
	stop(process);
}

/*
 * A byte now and then would restart a timeout that each read has for itself;
 * silence would outlast one that is only looked at between reads.
 */
static void
test_slow_body(bool dribble)
{
	pid_t process = start_daemon("1");
	int fd = open_connection();
	int64_t begin = clock_microseconds();
	struct pollfd answer = { .fd = fd, .events = POLLIN };

	send_head(fd, "POST", "/v2/Users?patience=500", false);
	while (poll(&answer, 1, 100) == 0 && milliseconds_since(begin) < 5000)
		if (dribble || milliseconds_since(begin) < 200)
			send_record(fd, STDIN, "a", 1);
	ok(receive_answer(fd) && answer_has("Status: 408 "), "a slow body is refused");
	ok(milliseconds_since(begin) >= 500, "not before its time");
	ok(milliseconds_since(begin) < 2000, "nor long after (%ld ms)", milliseconds_since(begin));
	begin = clock_microseconds();
	ok(recv(fd, &(char){ 0 }, 1, 0) == 0 && milliseconds_since(begin) < 2000,
	    "its sender sees that nothing more will come");
	ok(send_record(fd, STDIN, "a", 1), "but is not cut off");
	begin = clock_microseconds();
	ok(get("/v2/Users") && milliseconds_since(begin) < 500, "and does not hold up the next");
	close(fd);
	stop(process);
}

/* Writes a body of so many MiB, as a web server does that does not read meanwhile. */
static bool
send_large_body(int fd, int mebibytes)
{
	static char piece[32768];

	for (int i = 0; i < mebibytes * 32; i++)
		if (!send_record(fd, STDIN, piece, sizeof(piece)))
			return false;
	return send_record(fd, STDIN, "", 0);
}

static void
test_unread_bodies(void)
{
	static const struct {
		const char *uri, *status;
	} cases[] = {
		{ "/v2/Users?refuse", "Status: 401 " },
		{ "/v2/Users?limit=1000", "Status: 413 " },
	};
	pid_t process = start_daemon("1");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int keep = 0; keep < 2; keep++) {
			int fd = open_connection();

			send_head(fd, "POST", cases[i].uri, keep == 1);
			ok(send_large_body(fd, 4), "4 MiB that nobody reads can be sent");
			ok(receive_answer(fd) && answer_has(cases[i].status), "%s", cases[i].status);
			close(fd);
		}
	}
	stop(process);
}

static void
test_idle_connections(void)
{
	pid_t process = start_daemon("1");
	int kept[3], silent[70], slow = open_connection();
	int64_t begin;
	bool all = true;

	for (int i = 0; i < 3; i++) {
		kept[i] = open_connection();
		send_head(kept[i], "GET", "/v2/Users", true);
		send_record(kept[i], STDIN, "", 0);
		all &= receive_answer(kept[i]);
	}
	ok(all, "three connections kept alive by one worker");
	for (int i = 0; i < 70; i++)
		silent[i] = open_connection();
	send_head(slow, "POST", "/v2/Users?refuse", false);
	send_record(slow, STDIN, "a", 1);
	ok(receive_answer(slow) && answer_has("Status: 401 "), "a refused slow body is answered");
	begin = clock_microseconds();
	ok(get("/v2/Users"), "another client is served");
	ok(milliseconds_since(begin) < 4000, "soon (%ld ms)", milliseconds_since(begin));
	begin = clock_microseconds();
	ok(get("/v2/Users") && milliseconds_since(begin) < 500, "and at once when the crowd is known");
	for (int i = 0; i < 70; i++)
		close(silent[i]);
	begin = clock_microseconds();
	is_number(stop(process), 0, "SIGTERM");
	ok(milliseconds_since(begin) < 2000, "idle connections do not delay the end");
	for (int i = 0; i < 3; i++)
		close(kept[i]);
	close(slow);
}

static void
test_kept_connection(void)
{
	pid_t process = start_daemon("1");
	int fd = open_connection();

	for (int i = 0; i < 3; i++) {
		send_head(fd, "POST", "/v2/Users", true);
		send_record(fd, STDIN, "abcde", 5);
		send_record(fd, STDIN, "", 0);
		ok(receive_answer(fd) && answer_has("body 5 bytes"), "request %d of a connection", i);
		ok(get("/v2/Users"), "with another in between");
	}
	close(fd);
	stop(process);
}

static void
test_rude_peers(void)
{
	static const char garbage[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	pid_t process = start_daemon("1");
	long worker;
	int fd;

	ok(get("/v2/Users"), "before");
	worker = worker_of_answer();
	fd = open_connection();
	ok(send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL) > 0, "HTTP instead of FastCGI");
	ok(!receive_answer(fd), "is no request");
	close(fd);
	fd = open_connection();
	send_head(fd, "GET", "/v2/Users?size=3000000&sleep=100", false);
	send_record(fd, STDIN, "", 0);
	close(fd);
	fd = open_connection();
	send_record(fd, BEGIN, "\0\1\0\0\0\0\0\0", 8);
	send_parameter(fd, "REQUEST_METHOD", "GET");
	close(fd);
	ok(get("/v2/Users") && worker_of_answer() == worker, "who goes away early does not kill it");
	fd = open_connection();
	send_head(fd, "GET", "/v2/Users?stream=3&cut", false);
	send_record(fd, STDIN, "", 0);
	ok(!receive_answer(fd), "an answer that is not whole has no proper end");
	close(fd);
	ok(get("/v2/Users?stream=3") && answer_has("\r\n\r\npiece 0\npiece 1\npiece 2\n"),
	    "a streamed one has");
	ok(get("/v2/Users?size=3000000") && output.length > 3000000, "so has a large one");
	ok(get("/v2/Users") && worker_of_answer() == worker, "all by the same worker");
	stop(process);
}

static void
test_crash(void)
{
	pid_t process = start_daemon("1");
	int64_t begin;

	ok(get("/v2/Users"), "before");
	ok(!get("/v2/Users?crash"), "a crash loses its request");
	begin = clock_microseconds();
	ok(get("/v2/Users"), "the next is served");
	ok(milliseconds_since(begin) < 1000, "within a second");
	is_number(stop(process), 0, "and SIGTERM ends it");
}

static void
test_drain(void)
{
	pid_t process = start_daemon("2");
	int fd = open_connection();
	int64_t begin;

	send_head(fd, "GET", "/v2/Users?sleep=1000", true);
	send_record(fd, STDIN, "", 0);
	usleep(300000);
	begin = clock_microseconds();
	kill(process, SIGTERM);
	ok(receive_answer(fd) && answer_has("Status: 200 "), "a request in flight is answered");
	is_number(end_of(process), 0, "then the daemon ends");
	ok(milliseconds_since(begin) < 5000, "in time");
	close(fd);
}

static void
test_reload(void)
{
	pid_t process = start_daemon("1");
	int fd = open_connection();
	long worker;

	ok(get("/v2/Users"), "before");
	worker = worker_of_answer();
	send_head(fd, "GET", "/v2/Users?sleep=700", false);
	send_record(fd, STDIN, "", 0);
	usleep(200000);
	kill(process, SIGHUP);
	usleep(200000);
	ok(get("/v2/Users") && worker_of_answer() != worker, "SIGHUP starts a new worker");
	ok(receive_answer(fd) && worker_of_answer() == worker, "while the old one finishes");
	usleep(200000);
	is_number(kill((pid_t)worker, 0), -1, "and ends");
	close(fd);
	stop(process);
}

static void
test_spawned(void)
{
	const char *arguments[] = { program, NULL };
	int listening = listen_at_path();
	pid_t process = start(arguments, listening, -1);

	ok(get("/v2/Users?log"), "a socket at descriptor 0, as mod_fcgid leaves it");
	is_number(worker_of_answer(), process, "is served by the process itself");
	is_text(buffer_text(&errors), TEXT("a line of the echo\n"), "which logs to the web server");
	is_number(stop(process), 0, "SIGTERM");
	close(listening);
	unlink(path);
}

static void
test_systemd(void)
{
	const char *arguments[] = { program, "--workers", "1", NULL };
	int listening = listen_at_path();
	char own[32];
	pid_t process;

	fflush(stdout);
	process = fork();
	if (process == 0) {
		snprintf(own, sizeof(own), "%ld", (long)getpid());
		setenv("LISTEN_PID", own, 1);
		setenv("LISTEN_FDS", "1", 1);
		dup2(open("/dev/null", O_RDWR), 0);
		dup2(open("/dev/null", O_RDWR), 2);
		dup2(listening, 3);
		execv(program, (char *const *)arguments);
		_exit(99);
	}
	ok(get("/v2/Users?log"), "a socket at descriptor 3, as systemd leaves it");
	ok(worker_of_answer() > 0 && worker_of_answer() != process, "is served by a worker");
	is_number(errors.length, 0, "which logs to stderr");
	is_number(stop(process), 0, "SIGTERM");
	ok(access(path, F_OK) == 0, "the socket is systemd's, and stays");
	close(listening);
	unlink(path);
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	(void)argc;
	snprintf(program, sizeof(program), "%.*shttp_echo",
	    slash != NULL ? (int)(slash - argv[0]) + 1 : 0, argv[0]);
	strcpy(directory, "/tmp/scimlet-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return 99;
	snprintf(path, sizeof(path), "%s/socket", directory);
	/* A FastCGI child must not see the environment that make was called with under CGI. */
	unsetenv("GATEWAY_INTERFACE");
	unsetenv("REQUEST_METHOD");

	test_cgi();
	test_options();
	test_socket();
	test_bodies();
	test_slow_body(true);
	test_slow_body(false);
	test_unread_bodies();
	test_idle_connections();
	test_kept_connection();
	test_rude_peers();
	test_crash();
	test_drain();
	test_reload();
	test_spawned();
	test_systemd();
	rmdir(directory);
	buffer_release(&output);
	buffer_release(&errors);
	return tap_done();
}
