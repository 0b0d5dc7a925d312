/*
 * doctor.c - `scimlet doctor`: what is wrong, and what to do about it.
 */
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "json/read.h"
#include "scim/token.h"
#include "store/migrate.h"
#include "transfer/probe.h"

#define VERSION_MIN 130000      /* sql/role.sql */
#define MEDIA_TYPE "application/scim+json"      /* RFC 7644 8.1 */
#define ENDPOINT "/ServiceProviderConfig"
/* The web server may take its time twice (transfer/probe.c). */
#define DOCTOR_MICROSECONDS 60000000

enum state {
	OK,
	WARN,
	FAIL,
};

static const struct {
	const char *word;
	enum cli_status status;
} states[] = {
	[OK] = { "ok", CLI_DONE },
	[WARN] = { "warn", CLI_SOME_FAILED },
	[FAIL] = { "FAIL", CLI_REFUSED },
};

struct finding {
	struct finding *next;
	enum state state;
	struct text name, sentence, advice;     /* advice: TEXT_NONE when nothing is to do */
};

struct doctor {
	struct cli *cli;
	struct arena *arena;
	struct finding *first, **last;
	size_t count;
	const struct pg_rows *server;           /* enum doctor_server_column */
	int schema;
	long round_trip;                        /* microseconds */
};

static void
report(struct doctor *doctor, enum state state, const char *name, const char *advice,
    const char *format, ...) PRINTF_LIKE(5, 6);

static void
report(struct doctor *doctor, enum state state, const char *name, const char *advice,
    const char *format, ...)
{
	struct finding *finding = arena_new(doctor->arena, struct finding);
	va_list list;

	finding->state = state;
	finding->name = text_of(name);
	finding->advice = text_of(advice);
	va_start(list, format);
	finding->sentence = arena_format_list(doctor->arena, format, list);
	va_end(list);
	*doctor->last = finding;
	doctor->last = &finding->next;
	doctor->count++;
}

static struct text
fact(const struct doctor *doctor, enum doctor_server_column column)
{
	return pg_text(doctor->server, 0, column);
}

static bool
is_fact(const struct doctor *doctor, enum doctor_server_column column)
{
	return pg_boolean(doctor->server, 0, column);
}

static bool
has_three_roles(const struct doctor *doctor)
{
	return text_equal(fact(doctor, DOCTOR_OWNER), TEXT("scim_owner"));
}

static void
check_database(struct doctor *doctor)
{
	bool fine = pg_number(doctor->server, 0, DOCTOR_VERSION_NUMBER) >= VERSION_MIN;

	report(doctor, fine ? OK : FAIL, "database",
	    fine ? NULL : "Scimlet needs PostgreSQL 13 or later.",
	    "PostgreSQL %.*s, round trip %ld.%02ld ms", TEXT_FORMAT(fact(doctor, DOCTOR_VERSION)),
	    doctor->round_trip / 1000, doctor->round_trip / 10 % 100);
}

static void
check_encoding(struct doctor *doctor)
{
	bool fine = text_equal(fact(doctor, DOCTOR_ENCODING), TEXT("UTF8"));

	report(doctor, fine ? OK : FAIL, "encoding",
	    fine ? NULL : "CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'",
	    "the database is in %.*s", TEXT_FORMAT(fact(doctor, DOCTOR_ENCODING)));
}

static void
check_schema(struct doctor *doctor)
{
	int known = sql_schema_version();

	if (doctor->schema == known)
		report(doctor, OK, "schema", NULL, "version %d, as this program needs it", known);
	else if (doctor->schema == 0)
		report(doctor, FAIL, "schema", "scimlet init", "this database has no Scimlet schema");
	else
		report(doctor, FAIL, "schema", doctor->schema < known ? "scimlet migrate" :
		    "Install the newer Scimlet.", "version %d; this program works with %d only",
		    doctor->schema, known);
}

static void
check_roles(struct doctor *doctor)
{
	struct text missing = fact(doctor, DOCTOR_MISSING_ROLES), owner = fact(doctor, DOCTOR_OWNER);

	if (!text_is_set(owner))
		return;
	if (!has_three_roles(doctor))
		report(doctor, WARN, "roles", "Where a login may create roles, let that one run "
		    "`scimlet init` in a new database.",
		    "one role: %.*s owns the schema and is the responder's login too, so the responder "
		    "could change tables and switch row-level security off", TEXT_FORMAT(owner));
	else if (text_is_set(missing) && !text_equal(missing, TEXT("scim_auditor")))
		report(doctor, FAIL, "roles", "scimlet init", "missing: %.*s", TEXT_FORMAT(missing));
	else if (is_fact(doctor, DOCTOR_SERVICE_IS_ABOVE_FENCE))
		report(doctor, FAIL, "roles", "ALTER ROLE scim_service NOSUPERUSER NOBYPASSRLS, and "
		    "REVOKE scim_owner FROM scim_service",
		    "row-level security does not bind scim_service, the responder's login");
	else if (text_equal(missing, TEXT("scim_auditor")))
		report(doctor, WARN, "roles", "Run `scimlet migrate` with a login that may create roles.",
		    "scim_auditor is missing: nobody can be let read log and audit without people");
	else
		report(doctor, OK, "roles", NULL,
		    "scim_owner, scim_service, scim_reader and scim_auditor; row-level security binds the "
		    "responder's");
}

/* An administrator may be above the fence; the responder may not. */
static void
check_login(struct doctor *doctor)
{
	struct text login = fact(doctor, DOCTOR_LOGIN);
	bool above = is_fact(doctor, DOCTOR_LOGIN_IS_ABOVE_FENCE) ||
	    (has_three_roles(doctor) && is_fact(doctor, DOCTOR_LOGIN_IS_OWNER));

	if (above && doctor->cli->connects_as_responder)
		report(doctor, WARN, "login", "Let SCIMLET_DATABASE say user=scim_service, and give "
		    "administration another one with --dsn.",
		    "SCIMLET_DATABASE logs in as %.*s: row-level security would not bind a responder "
		    "that uses it", TEXT_FORMAT(login));
	else if (above)
		report(doctor, OK, "login", NULL, "%.*s; for administration only, row-level security "
		    "does not bind it", TEXT_FORMAT(login));
	else
		report(doctor, OK, "login", NULL, "%.*s; row-level security binds it",
		    TEXT_FORMAT(login));
}

static void
check_fences(struct doctor *doctor)
{
	struct text unfenced = fact(doctor, DOCTOR_UNFENCED_TABLES);

	if (text_is_set(unfenced))
		report(doctor, FAIL, "row security", "ALTER TABLE scim.... ENABLE ROW LEVEL SECURITY, "
		    "FORCE ROW LEVEL SECURITY", "not enabled and forced on: %.*s",
		    TEXT_FORMAT(unfenced));
	else if (text_is_set(fact(doctor, DOCTOR_OWNER)))
		report(doctor, OK, "row security", NULL,
		    "enabled and forced on every table of organizations");
}

static void
check_writes(struct doctor *doctor)
{
	if (is_fact(doctor, DOCTOR_READS_ONLY))
		report(doctor, FAIL, "writes", "Name the primary in --dsn or SCIMLET_DATABASE, or set "
		    "default_transaction_read_only = off", "this database can only be read: a responder "
		    "answers 503 to every write");
}

static void
check_durability(struct doctor *doctor)
{
	static const struct {
		enum doctor_server_column column;
		const char *name;
	} switches[] = { { DOCTOR_FSYNC, "fsync" }, { DOCTOR_SYNCHRONOUS_COMMIT, "synchronous_commit" } };
	bool fine = true;

	for (size_t i = 0; i < COUNT_OF(switches); i++) {
		if (!text_equal(fact(doctor, switches[i].column), TEXT("off")))
			continue;
		fine = false;
		report(doctor, WARN, "durability", "ALTER SYSTEM SET ... = on, then SELECT "
		    "pg_reload_conf()", "%s is off: a crash can lose what identity providers were told "
		    "is saved", switches[i].name);
	}
	if (fine)
		report(doctor, OK, "durability", NULL, "what was acknowledged survives a crash");
}

static void
check_tokens(struct doctor *doctor)
{
	struct pg_rows *rows;

	if (doctor->schema != sql_schema_version())
		return;
	if (!store_doctor_tokens(&doctor->cli->session, &rows)) {
		report(doctor, FAIL, "tokens", NULL, "they cannot be read: %s",
		    pg_message(doctor->cli->session.pg));
		return;
	}
	for (int i = 0; i < pg_count(rows); i++)
		report(doctor, WARN, "token", "`scimlet token replace` or `scimlet token revoke`",
		    "%.*s: \"%.*s\" (...%.*s) %.*s; its end is %.*s",
		    TEXT_FORMAT(pg_text(rows, i, DOCTOR_TOKEN_ORG)),
		    TEXT_FORMAT(pg_text(rows, i, DOCTOR_TOKEN_LABEL)),
		    TEXT_FORMAT(pg_text(rows, i, DOCTOR_TOKEN_LAST_CHARACTERS)),
		    TEXT_FORMAT(pg_text(rows, i, DOCTOR_TOKEN_MATTER)),
		    TEXT_FORMAT(pg_text(rows, i, DOCTOR_TOKEN_EXPIRES)));
	if (pg_count(rows) == 0)
		report(doctor, OK, "tokens", NULL, "none has expired or will within 30 days");
}

/* --- with --url ------------------------------------------------------------ */

/* Without a token the answer must be a SCIM error 401: then it is a Scimlet that answers. */
static bool
check_address(struct doctor *doctor, struct text url)
{
	struct probe_answer answer;
	struct text trouble;
	struct json_value *body;
	struct json_trouble unread;

	if (!probe_get(doctor->arena, arena_format(doctor->arena, "%.*s" ENDPOINT, TEXT_FORMAT(url)),
	    TEXT_NONE, &answer, &trouble)) {
		report(doctor, FAIL, "address", answer.untrusted ? "Identity providers refuse such a "
		    "certificate, too: it must be for this host, valid now, and come with those between it "
		    "and a public authority." : "Is the web server running, and is the address right?",
		    "%.*s", TEXT_FORMAT(trouble));
		return false;
	}
	if (answer.status == 401 && json_read(doctor->arena, answer.body, &body, &unread) &&
	    json_is_string(json_get(body, TEXT("status")), TEXT("401"))) {
		report(doctor, OK, "address", NULL, "Scimlet answers at %.*s", TEXT_FORMAT(url));
		return true;
	}
	if (text_is_set(answer.redirect)) {
		report(doctor, FAIL, "address", "Identity providers do not follow: give them, and the "
		    "doctor, the address that answers itself.", "%.*s sends everybody to %.*s",
		    TEXT_FORMAT(url), TEXT_FORMAT(answer.redirect));
		return false;
	}
	report(doctor, FAIL, "address", answer.status == 503 ?
	    "The responder does not reach its database: see SCIMLET_DATABASE in the web server." :
	    "See the configurations in apache/; the mount point ends in /scim/v2, an organization's "
	    "key comes behind it.",
	    "%.*s" ENDPOINT " answers %d instead of 401 in SCIM", TEXT_FORMAT(url), answer.status);
	return false;
}

static void
check_media_type(struct doctor *doctor, const struct probe_answer *answer)
{
	bool fine = text_equal(answer->content_type, TEXT(MEDIA_TYPE));

	report(doctor, fine ? OK : WARN, "media type",
	    fine ? NULL : "Something between here and the responder changes Content-Type.",
	    "answers are \"%.*s\"", TEXT_FORMAT(answer->content_type));
}

static void
check_public_address(struct doctor *doctor, struct text url, const struct probe_answer *answer)
{
	struct json_trouble trouble;
	struct json_value *body, *location;
	struct text wanted = arena_format(doctor->arena, "%.*s" ENDPOINT, TEXT_FORMAT(url));

	if (!json_read(doctor->arena, answer->body, &body, &trouble)) {
		report(doctor, FAIL, "public address", NULL, "the answer is no JSON: %s at byte %zu",
		    trouble.what, trouble.offset);
		return;
	}
	location = json_get(json_get(body, TEXT("meta")), TEXT("location"));
	if (json_is_string(location, wanted))
		report(doctor, OK, "public address", NULL, "answers name the same address");
	else
		report(doctor, WARN, "public address", "Set SCIMLET_PUBLIC_URL to the address that "
		    "identity providers call, or run the doctor with that one.",
		    "answers name %.*s", TEXT_FORMAT(location != NULL ? location->text : TEXT_NONE));
}

static void
judge(struct doctor *doctor, struct text url, const struct probe_answer *answer)
{
	if (answer->status == 401) {
		report(doctor, FAIL, "authorization", "Apache: CGIPassAuth On, or FcgidPassHeader "
		    "Authorization. Else compare SCIMLET_DATABASE of the web server with --dsn.",
		    "a token made a moment ago is refused: the web server drops the Authorization header, "
		    "or the responder uses another database");
		return;
	}
	if (answer->status == 403) {
		report(doctor, WARN, "authorization", "`scimlet org set ORG provisioning=on`",
		    "the Authorization header arrives, but provisioning is off");
		return;
	}
	if (answer->status != 200) {
		report(doctor, FAIL, "authorization", "See the web server's error log.",
		    "a good token is answered %d", answer->status);
		return;
	}
	report(doctor, OK, "authorization", NULL, "the Authorization header arrives");
	check_media_type(doctor, answer);
	check_public_address(doctor, url, answer);
}

/* Nothing but a token that is good can tell whether the header arrives: all refusals look alike. */
static void
check_authorization(struct doctor *doctor, struct text url)
{
	struct session *session = &doctor->cli->session;
	struct new_token token = {
		.label = TEXT("doctor"),
		.scopes = TEXT("read"),
		.lifetime = TEXT("1 minute"),
	};
	struct probe_answer answer;
	struct pg_rows *made, *revoked;
	struct text trouble;

	if (!store_token_create(session, &token, &made)) {
		bool sso = strcmp(pg_constraint(session->pg), "tokens_require_sso") == 0;

		report(doctor, WARN, "authorization", sso ? "Set sso_protocol, sso_entity_id and "
		    "sso_sign_on_url by `scimlet org set`, or require_sso=off." :
		    "Run the doctor with the login that ran `scimlet init`.", sso ?
		    "not checked: the organization lets no token be made before single sign-on is set "
		    "up%s" : "not checked, no token can be made: %s", sso ? "" : pg_message(session->pg));
		return;
	}
	if (pg_count(made) == 0) {
		report(doctor, WARN, "authorization", "Give an address that ends in the key of an "
		    "organization, e.g. http://localhost/scim/v2/acme.",
		    "not checked: there is no organization \"%.*s\"", TEXT_FORMAT(session->org));
		return;
	}
	if (probe_get(doctor->arena, arena_format(doctor->arena, "%.*s" ENDPOINT, TEXT_FORMAT(url)),
	    pg_text(made, 0, NEW_TOKEN_SECRET), &answer, &trouble))
		judge(doctor, url, &answer);
	else
		report(doctor, FAIL, "authorization", NULL, "%.*s", TEXT_FORMAT(trouble));
	if (!store_token_revoke(session, pg_text(made, 0, NEW_TOKEN_ID), &revoked))
		report(doctor, WARN, "authorization", NULL,
		    "the token of this check could not be revoked; it ends within a minute");
}

static struct text
last_segment(struct text url)
{
	size_t start = url.length;

	while (start > 0 && url.start[start - 1] != '/')
		start--;
	return text_after(url, start);
}

/* Is it one, or was none given? */
static bool
is_address(struct text url)
{
	const struct text begins[] = { TEXT("http://"), TEXT("https://") };

	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (text_starts(url, begins[i]) && url.length > begins[i].length)
			return true;
	return !text_is_set(url);
}

static void
check_web_server(struct doctor *doctor)
{
	struct text url = doctor->cli->options[CLI_URL];

	if (!text_is_set(url))
		return;
	while (url.length > 0 && url.start[url.length - 1] == '/')
		url.length--;
	if (!check_address(doctor, url) || doctor->schema != sql_schema_version())
		return;
	doctor->cli->session.org = last_segment(url);
	if (scim_is_org_key(doctor->cli->session.org))
		check_authorization(doctor, url);
	else
		report(doctor, WARN, "authorization", "Give an address that ends in the key of an "
		    "organization.", "not checked: the address names no organization");
}

/* --- the whole ------------------------------------------------------------- */

static bool
look_at_server(struct doctor *doctor)
{
	struct session *session = &doctor->cli->session;
	struct pg_rows *rows;
	int64_t started;

	/* The first of them connects; the second shows what a request waits for. */
	if (!store_schema_version(session, &doctor->schema))
		return false;
	started = clock_microseconds();
	if (!store_schema_version(session, &doctor->schema))
		return false;
	doctor->round_trip = (long)(clock_microseconds() - started);
	if (!store_doctor_server(session, &rows))
		return false;
	doctor->server = rows;
	return true;
}

static void
print_lines(const struct doctor *doctor)
{
	for (const struct finding *finding = doctor->first; finding != NULL; finding = finding->next) {
		printf("%-5s %-15.*s %.*s\n", states[finding->state].word, TEXT_FORMAT(finding->name),
		    TEXT_FORMAT(cli_harmless(doctor->arena, finding->sentence)));
		if (text_is_set(finding->advice))
			printf("%22s%.*s\n", "", TEXT_FORMAT(cli_harmless(doctor->arena, finding->advice)));
	}
}

static void
print_findings(struct doctor *doctor)
{
	static const struct cli_column columns[] = {
		{ "state", CLI_TEXT }, { "check", CLI_TEXT }, { "sentence", CLI_TEXT }, { "advice", CLI_TEXT },
	};
	struct text *cells = arena_array(doctor->arena, doctor->count * COUNT_OF(columns), sizeof(*cells));
	struct text *cell = cells;

	for (const struct finding *finding = doctor->first; finding != NULL; finding = finding->next) {
		*cell++ = text_of(states[finding->state].word);
		*cell++ = finding->name;
		*cell++ = finding->sentence;
		*cell++ = finding->advice;
	}
	cli_print_table(doctor->cli, &(struct cli_table){ columns, COUNT_OF(columns), doctor->count,
	    cells });
}

enum cli_status
cli_doctor(struct cli *cli)
{
	static void (*const checks[])(struct doctor *) = {
		check_database, check_encoding, check_schema, check_roles, check_login, check_fences,
		check_writes, check_durability, check_tokens, check_web_server,
	};
	struct doctor doctor = { .cli = cli, .arena = cli->session.arena };
	enum cli_status status = CLI_DONE;

	doctor.last = &doctor.first;
	pg_set_deadline(cli->session.pg, clock_microseconds() + DOCTOR_MICROSECONDS);
	if (!is_address(doctor.cli->options[CLI_URL]))
		return cli_fail(CLI_USAGE, "--url cannot be \"%.*s\": it is the address that an identity "
		    "provider calls, as https://id.example.com/scim/v2/acme.",
		    TEXT_FORMAT(doctor.cli->options[CLI_URL]));
	if (!look_at_server(&doctor))
		return cli_store_failed(cli);
	for (size_t i = 0; i < COUNT_OF(checks); i++)
		checks[i](&doctor);
	if (cli->output == CLI_TABLE)
		print_lines(&doctor);
	else
		print_findings(&doctor);
	for (const struct finding *finding = doctor.first; finding != NULL; finding = finding->next)
		if (states[finding->state].status > status)
			status = states[finding->state].status;
	return status;
}
