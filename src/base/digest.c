/*
 * digest.c - a thin layer over libcrypto and getrandom(2).
 */
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/fatal.h"

void
digest_sha256(struct text text, unsigned char digest[DIGEST_SIZE])
{
	static EVP_MD *algorithm;
	static EVP_MD_CTX *context;

	/* Fetched once: fetching anew costs more than hashing a token. */
	if (algorithm == NULL) {
		algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
		context = EVP_MD_CTX_new();
	}
	if (algorithm == NULL || context == NULL ||
	    EVP_DigestInit_ex(context, algorithm, NULL) != 1 ||
	    EVP_DigestUpdate(context, text.start, text.length) != 1 ||
	    EVP_DigestFinal_ex(context, digest, NULL) != 1)
		fatal("libcrypto has no SHA-256");
}

bool
digest_sha256_file(FILE *file, unsigned char digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char piece[65536];
	size_t count;
	bool fine = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	while (fine && (count = fread(piece, 1, sizeof(piece), file)) > 0)
		fine = EVP_DigestUpdate(context, piece, count) == 1;
	fine = fine && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return fine && !ferror(file);
}

void
digest_hmac_sha256(struct text key, struct text text, unsigned char digest[DIGEST_SIZE])
{
	if (HMAC(EVP_sha256(), key.start, (int)key.length, (const unsigned char *)text.start,
	    text.length, digest, NULL) == NULL)
		fatal("libcrypto has no HMAC-SHA-256");
}

bool
digest_is_equal(const void *a, const void *b, size_t count)
{
	return CRYPTO_memcmp(a, b, count) == 0;
}

uint32_t
digest_crc32(struct text text)
{
	/* The remainders of all half bytes: a table small enough to be read here. */
	static const uint32_t remainders[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < text.length; i++) {
		crc ^= (unsigned char)text.start[i];
		crc = crc >> 4 ^ remainders[crc & 15];
		crc = crc >> 4 ^ remainders[crc & 15];
	}
	return ~crc;
}

void
digest_random(void *bytes, size_t count)
{
	char *next = bytes;

	while (count > 0) {
		ssize_t got = getrandom(next, count, 0);

		if (got <= 0)
			fatal("getrandom failed");
		next += got;
		count -= (size_t)got;
	}
}
