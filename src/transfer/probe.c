/*
 * probe.c - a client as small as `scimlet doctor` needs it, on libcurl.
 */
#include <stdlib.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/fatal.h"
#include "transfer/probe.h"

#define SECONDS 10L
#define ANSWER_MAX ((size_t)1024 * 1024)

static void
set(CURLcode code)
{
	if (code != CURLE_OK)
		fatal("libcurl: %s", curl_easy_strerror(code));
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct buffer *body = context;

	(void)size;
	if (body->length + count > ANSWER_MAX)
		return 0;
	buffer_append(body, (struct text){ bytes, count });
	return count;
}

/* A proxy does not lead to this machine itself. */
static bool
is_loopback(struct text url)
{
	static const char *const hosts[] = { "//localhost", "//127.", "//[::1]" };

	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		if (text_find(url, text_of(hosts[i])) < url.length)
			return true;
	return false;
}

static void
set_up(CURL *curl, const char *url, const char *token, struct curl_slist *headers)
{
	set(curl_easy_setopt(curl, CURLOPT_URL, url));
	set(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers));
	set(curl_easy_setopt(curl, CURLOPT_USERAGENT, "scimlet-doctor"));
	set(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https"));
	set(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));
	set(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
	set(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
	set(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
	set(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, SECONDS));
	set(curl_easy_setopt(curl, CURLOPT_TIMEOUT, 2 * SECONDS));
	if (is_loopback(text_of(url)))
		set(curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"));
	/* As OpenSSL itself would: an authority of one's own. */
	if (getenv("SSL_CERT_FILE") != NULL)
		set(curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("SSL_CERT_FILE")));
	if (token != NULL) {
		set(curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER));
		set(curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token));
	}
}

static struct text
told(struct arena *arena, CURL *curl, CURLINFO what)
{
	char *value = NULL;

	if (curl_easy_getinfo(curl, what, &value) != CURLE_OK || value == NULL)
		return TEXT_NONE;
	return arena_copy(arena, text_of(value));
}

static CURLcode
ask(struct arena *arena, CURL *curl, struct probe_answer *answer, char *error)
{
	struct buffer body = { 0 };
	long status = 0;
	CURLcode code;

	set(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error));
	set(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body));
	set(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body));
	code = curl_easy_perform(curl);
	set(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status));
	*answer = (struct probe_answer){
		.status = (int)status,
		.content_type = told(arena, curl, CURLINFO_CONTENT_TYPE),
		.redirect = told(arena, curl, CURLINFO_REDIRECT_URL),
		.body = arena_copy(arena, buffer_text(&body)),
		.untrusted = code == CURLE_PEER_FAILED_VERIFICATION,
	};
	buffer_release(&body);
	return code;
}

bool
probe_get(struct arena *arena, struct text url, struct text token, struct probe_answer *answer,
    struct text *trouble)
{
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;
	CURL *curl;

	set(curl_global_init(CURL_GLOBAL_DEFAULT));
	curl = curl_easy_init();
	headers = curl_slist_append(NULL, "Accept: application/scim+json");
	if (curl == NULL || headers == NULL)
		fatal("out of memory");
	set_up(curl, arena_string(arena, url), text_is_set(token) ? arena_string(arena, token) : NULL,
	    headers);
	code = ask(arena, curl, answer, error);
	*trouble = arena_format(arena, "there is no answer: %s",
	    error[0] != '\0' ? error : curl_easy_strerror(code));
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	return code == CURLE_OK;
}
