/*
 * digest.h - SHA-256, HMAC, CRC-32, randomness.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

#define DIGEST_SIZE 32

/* SHA-256; fatal if libcrypto cannot, as nothing could be authenticated then. */
void digest_sha256(struct text text, unsigned char digest[DIGEST_SIZE]);
/* The same of a file from where it stands to its end; false: it cannot be read. */
bool digest_sha256_file(FILE *file, unsigned char digest[DIGEST_SIZE]);
/* HMAC-SHA-256 (RFC 2104); fatal likewise. */
void digest_hmac_sha256(struct text key, struct text text, unsigned char digest[DIGEST_SIZE]);
/* Compares in a time that does not depend on what differs: for seals. */
bool digest_is_equal(const void *a, const void *b, size_t count);
/* CRC-32 of IEEE 802.3, as zlib's crc32(). */
uint32_t digest_crc32(struct text text);
/* Bytes of the operating system's generator; fatal if there are none. */
void digest_random(void *bytes, size_t count);

#endif
