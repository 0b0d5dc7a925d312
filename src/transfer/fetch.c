/*
 * fetch.c - reading from other servers by libcurl.
 *
 * Redirects are followed here and not by libcurl, so that none leads to
 * another host or away from HTTPS.  Certificates are verified.
 */
#include <stdlib.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/fatal.h"
#include "transfer/fetch.h"

#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define REDIRECTS_MAX 5
#define CONNECT_SECONDS 15L
#define SILENCE_SECONDS 60L     /* without a byte */
#define ANSWER_SECONDS 600L

struct fetch {
	CURL *curl;
	struct curl_slist *headers;
	char *base;                     /* without / at its end */
	char *host, *scheme, *port;     /* of base, as libcurl writes them */
	char *token;                    /* NULL: none */
	struct buffer body, address;
	bool too_large;
	char error[CURL_ERROR_SIZE];    /* libcurl's words */
	struct buffer trouble;          /* ours */
};

/* --- addresses ------------------------------------------------------------------- */

static char *
part(CURLU *address, CURLUPart which)
{
	char *value = NULL;

	/* CURLU_DEFAULT_PORT: 443 and no port are the same. */
	if (curl_url_get(address, which, &value, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	return value;
}

static bool
equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && text_equal_nocase(text_of(a), text_of(b));
}

/* Nobody else can listen there. */
static bool
is_loopback(const char *host)
{
	return equal(host, "localhost") || equal(host, "127.0.0.1") || equal(host, "[::1]");
}

static bool
read_base(struct fetch *fetch, struct text *sentence)
{
	CURLU *address = curl_url();
	char *user, *query;

	if (address == NULL)
		fatal("out of memory");
	if (curl_url_set(address, CURLUPART_URL, fetch->base, 0) != CURLUE_OK) {
		curl_url_cleanup(address);
		*sentence = TEXT("This is no address. It looks like https://scim.example.com/scim/v2.");
		return false;
	}
	fetch->scheme = part(address, CURLUPART_SCHEME);
	fetch->host = part(address, CURLUPART_HOST);
	fetch->port = part(address, CURLUPART_PORT);
	user = part(address, CURLUPART_USER);
	query = part(address, CURLUPART_QUERY);
	if (user != NULL)
		*sentence = TEXT("A name or password does not belong into the address: others can see it. "
		    "Use --token-file.");
	else if (query != NULL)
		*sentence = TEXT("The address is that in front of /Users, without a question mark.");
	else if (!equal(fetch->scheme, "https") &&
	    !(equal(fetch->scheme, "http") && is_loopback(fetch->host)))
		*sentence = TEXT("The address must begin with https://: people and the token would travel "
		    "for all to read. Only this machine itself can be asked over http://.");
	curl_free(user);
	curl_free(query);
	curl_url_cleanup(address);
	return !text_is_set(*sentence);
}

/* The same scheme, host and port as the base address? */
static bool
is_ours(const struct fetch *fetch, const char *url)
{
	CURLU *address = curl_url();
	char *scheme, *host, *port;
	bool ours;

	if (address == NULL)
		fatal("out of memory");
	if (curl_url_set(address, CURLUPART_URL, url, 0) != CURLUE_OK) {
		curl_url_cleanup(address);
		return false;
	}
	scheme = part(address, CURLUPART_SCHEME);
	host = part(address, CURLUPART_HOST);
	port = part(address, CURLUPART_PORT);
	ours = equal(scheme, fetch->scheme) && equal(host, fetch->host) && equal(port, fetch->port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(address);
	return ours;
}

/* --- setting up --------------------------------------------------------------------- */

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch *fetch = context;

	(void)size;
	if (fetch->body.length + count > BODY_MAX) {
		fetch->too_large = true;
		return 0;
	}
	buffer_append(&fetch->body, (struct text){ bytes, count });
	return count;
}

static void
set(CURLcode code)
{
	if (code != CURLE_OK)
		fatal("libcurl: %s", curl_easy_strerror(code));
}

static void
set_up(struct fetch *fetch)
{
	CURL *curl = fetch->curl;

	fetch->headers = curl_slist_append(NULL, "Accept: application/scim+json, application/json");
	if (fetch->headers == NULL)
		fatal("out of memory");
	set(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fetch->headers));
	set(curl_easy_setopt(curl, CURLOPT_USERAGENT, "scimlet/" SCIMLET_VERSION));
	set(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https"));
	set(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));
	set(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
	set(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
	set(curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	set(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
	set(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS));
	set(curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS));
	set(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L));
	set(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS));
	set(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetch->error));
	set(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body));
	set(curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch));
	/* As OpenSSL itself would: an authority of one's own. */
	if (getenv("SSL_CERT_FILE") != NULL)
		set(curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE")));
	if (is_loopback(fetch->host))
		set(curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"));
	if (fetch->token != NULL) {
		set(curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER));
		set(curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, fetch->token));
	}
}

static char *
duplicate(struct text text)
{
	char *copy = strndup(text.start, text.length);

	if (copy == NULL)
		fatal("out of memory");
	return copy;
}

struct fetch *
fetch_create(struct text url, struct text token, struct text *sentence)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (fetch == NULL)
		fatal("out of memory");
	while (text_ends(url, TEXT("/")))
		url.length--;
	*sentence = TEXT_NONE;
	fetch->base = duplicate(url);
	fetch->token = text_is_set(token) ? duplicate(token) : NULL;
	set(curl_global_init(CURL_GLOBAL_DEFAULT));
	fetch->curl = curl_easy_init();
	if (fetch->curl == NULL)
		fatal("out of memory");
	if (read_base(fetch, sentence)) {
		set_up(fetch);
		return fetch;
	}
	fetch_destroy(fetch);
	return NULL;
}

void
fetch_destroy(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	curl_easy_cleanup(fetch->curl);
	curl_slist_free_all(fetch->headers);
	curl_free(fetch->scheme);
	curl_free(fetch->host);
	curl_free(fetch->port);
	free(fetch->base);
	if (fetch->token != NULL)
		explicit_bzero(fetch->token, strlen(fetch->token));
	free(fetch->token);
	buffer_release(&fetch->body);
	buffer_release(&fetch->address);
	buffer_release(&fetch->trouble);
	curl_global_cleanup();
	free(fetch);
}

/* --- asking -------------------------------------------------------------------------- */

/* A certificate does not get better by waiting, nor does an address. */
static bool
is_lasting(CURLcode code)
{
	static const CURLcode lasting[] = {
		CURLE_COULDNT_RESOLVE_HOST, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR,
		CURLE_SSL_CACERT_BADFILE, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
		CURLE_TOO_MANY_REDIRECTS,
	};

	for (size_t i = 0; i < COUNT_OF(lasting); i++)
		if (code == lasting[i])
			return true;
	return false;
}

static void
tell_trouble(struct fetch *fetch, CURLcode code, struct pull_answer *answer)
{
	buffer_clear(&fetch->trouble);
	buffer_format(&fetch->trouble, "There is no answer from the server: %s.",
	    fetch->error[0] != '\0' ? fetch->error : curl_easy_strerror(code));
	answer->status = 0;
	answer->lasting = is_lasting(code);
	answer->trouble = buffer_text(&fetch->trouble);
}

/* A server may say what it did not like; the token is nobody's to read. */
static void
hide_token(struct fetch *fetch)
{
	struct text rest = buffer_text(&fetch->body), token = text_of(fetch->token);
	size_t at;

	if (token.length == 0)
		return;
	while ((at = text_find(rest, token)) < rest.length) {
		memset(fetch->body.start + (size_t)(rest.start - fetch->body.start) + at, '*',
		    token.length);
		rest = text_after(rest, at);
	}
}

/* One request, without redirects. */
static CURLcode
perform(struct fetch *fetch, struct pull_answer *answer)
{
	long status = 0;
	curl_off_t after = 0;
	CURLcode code;

	buffer_append_byte(&fetch->address, '\0');
	buffer_clear(&fetch->body);
	fetch->too_large = false;
	fetch->error[0] = '\0';
	set(curl_easy_setopt(fetch->curl, CURLOPT_URL, fetch->address.start));
	code = curl_easy_perform(fetch->curl);
	set(curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status));
	answer->status = (int)status;
	answer->too_large = fetch->too_large;
	/* 0: it is not said, or it is now. */
	if (curl_easy_getinfo(fetch->curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		answer->retry_after = (long)after;
	return code;
}

/* Where a redirect leads, or NULL; one that we do not follow is a trouble. */
static const char *
redirect(struct fetch *fetch, struct pull_answer *answer)
{
	char *url = NULL;

	if (answer->status < 301 || answer->status > 308 ||
	    curl_easy_getinfo(fetch->curl, CURLINFO_REDIRECT_URL, &url) != CURLE_OK || url == NULL)
		return NULL;
	if (is_ours(fetch, url))
		return url;
	buffer_clear(&fetch->trouble);
	buffer_format(&fetch->trouble, "The server sends us to another address, %.200s, which does not "
	    "get the token. If it is right, give it instead.", url);
	answer->status = 0;
	answer->lasting = true;
	answer->trouble = buffer_text(&fetch->trouble);
	return NULL;
}

void
fetch_get(void *context, struct text target, struct pull_answer *answer)
{
	struct fetch *fetch = context;
	CURLcode code;

	buffer_clear(&fetch->address);
	buffer_append(&fetch->address, text_of(fetch->base));
	buffer_append(&fetch->address, target);
	for (int hops = 0;; hops++) {
		const char *url;

		code = perform(fetch, answer);
		if (code != CURLE_OK && !fetch->too_large) {
			tell_trouble(fetch, code, answer);
			return;
		}
		url = redirect(fetch, answer);
		if (url == NULL)
			break;
		if (hops == REDIRECTS_MAX) {
			tell_trouble(fetch, CURLE_TOO_MANY_REDIRECTS, answer);
			return;
		}
		buffer_clear(&fetch->address);
		buffer_append(&fetch->address, text_of(url));
	}
	if (answer->status != 200)
		hide_token(fetch);
	answer->body = buffer_text(&fetch->body);
}
