/* Hashes and signatures by OpenSSL, base64 and hex by hand (OpenSSL's decoder
 * takes blanks and hides the padding). A hash that OpenSSL refuses to make is
 * not an input error but a broken machine: the process ends. */
#include "common/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

static void
digest_must(bool good)
{
	if (!good)
		abort();
}

/* Looking an algorithm up by its name costs ten times a short hash (4 us
 * against 0.4 us measured, OpenSSL 3.0): once per process. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void
digest_sha256(struct span data, uint8_t out[DIGEST_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	pthread_once(&sha256_once, sha256_fetch);
	digest_must(sha256 && ctx && EVP_DigestInit_ex(ctx, sha256, NULL) &&
		    EVP_DigestUpdate(ctx, data.p, data.n) &&
		    EVP_DigestFinal_ex(ctx, out, NULL));
	EVP_MD_CTX_free(ctx);
}

/* The same for what a signature begins with. */
static EVP_MAC_CTX *hmac;
static pthread_once_t hmac_once = PTHREAD_ONCE_INIT;

static void
hmac_fetch(void)
{
	char hash[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
	    OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
	digest_must(hmac && EVP_MAC_CTX_set_params(hmac, params));
	EVP_MAC_free(mac);
}

void
digest_hmac_sha256(struct span key, const struct span *parts, size_t count,
    uint8_t out[DIGEST_BYTES])
{
	const char *secret =
	    key.n ? key.p : ""; /* NULL would mean "as before" */
	EVP_MAC_CTX *ctx;
	size_t n;

	pthread_once(&hmac_once, hmac_fetch);
	ctx = EVP_MAC_CTX_dup(hmac);
	digest_must(
	    ctx && EVP_MAC_init(ctx, (const uint8_t *)secret, key.n, NULL));
	for (size_t i = 0; i < count; i++)
		digest_must(EVP_MAC_update(
		    ctx, (const uint8_t *)parts[i].p, parts[i].n));
	digest_must(EVP_MAC_final(ctx, out, &n, DIGEST_BYTES));
	EVP_MAC_CTX_free(ctx);
}

static EVP_PKEY *
ed25519_key(const void *seed)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, seed, DIGEST_ED25519_KEY_BYTES);

	digest_must(key);
	return key;
}

void
digest_ed25519_public(const void *seed, uint8_t out[DIGEST_ED25519_KEY_BYTES])
{
	EVP_PKEY *key = ed25519_key(seed);
	size_t n = DIGEST_ED25519_KEY_BYTES;

	digest_must(EVP_PKEY_get_raw_public_key(key, out, &n));
	EVP_PKEY_free(key);
}

void
digest_ed25519(
    const void *seed, struct span data, uint8_t out[DIGEST_ED25519_BYTES])
{
	EVP_PKEY *key = ed25519_key(seed);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = DIGEST_ED25519_BYTES;

	digest_must(
	    ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) &&
	    EVP_DigestSign(ctx, out, &n, (const uint8_t *)data.p, data.n));
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

bool
digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
digest_base64(struct buf *out, struct span data)
{
	const uint8_t *p = (const uint8_t *)data.p;

	for (size_t i = 0; i < data.n; i += 3) {
		size_t left = data.n - i;
		uint32_t bits = (uint32_t)p[i] << 16 |
				(left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0);
		char four[4] = {base64_letters[bits >> 18],
		    base64_letters[bits >> 12 & 63],
		    left > 1 ? base64_letters[bits >> 6 & 63] : '=',
		    left > 2 ? base64_letters[bits & 63] : '='};

		buf_put(out, four, sizeof four);
	}
}

/* Strict RFC 4648: whole groups of four, padding only at the end, no bits
 * set that would be thrown away. */
bool
digest_unbase64(struct buf *out, struct span text)
{
	size_t pad =
	    (size_t)span_ends(text, "=") + (size_t)span_ends(text, "==");

	if (text.n % 4)
		return false;
	for (size_t i = 0; i < text.n; i += 4) {
		size_t real = i + 4 < text.n ? 4 : 4 - pad;
		uint32_t bits = 0;
		uint8_t three[3];

		for (size_t k = 0; k < real; k++) {
			const char *at = text.p[i + k] ? strchr(base64_letters,
							     text.p[i + k])
						       : NULL;

			if (!at)
				return false;
			bits |= (uint32_t)(at - base64_letters) << (18 - 6 * k);
		}
		three[0] = (uint8_t)(bits >> 16);
		three[1] = (uint8_t)(bits >> 8);
		three[2] = (uint8_t)bits;
		if ((real < 4 && three[2]) || (real < 3 && three[1]))
			return false;
		buf_put(out, three, real - 1);
	}
	return true;
}

void
digest_hex(struct buf *out, struct span data)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < data.n; i++) {
		buf_char(out, digits[(uint8_t)data.p[i] >> 4]);
		buf_char(out, digits[(uint8_t)data.p[i] & 15]);
	}
}

const char *
digest_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
