/* Signatures as the field's verifiers expect them: the signed content is the
 * three parts joined by dots, raw bytes as sent, time in whole seconds of
 * this very attempt. */
#include "model/sign.h"

#include <stdio.h>

#include "common/digest.h"

enum {
	KEY_BYTES_MAX = 1024, /* far above the advised 24 to 64 */
	SIGNATURE_BYTES_MAX = 64,
	TIME_BYTES_MAX = 24,
	TOLERANCE_S = 300 /* either way, Standard Webhooks */
};

static bool
secret_key(struct span secret, struct buf *key)
{
	if (span_starts(secret, "whsec_"))
		secret = span_from(secret, 6);
	return digest_unbase64(key, secret) && !key->over && key->n > 0;
}

static bool
sign_parts(struct buf *out, struct span secret, struct span id,
    struct span timestamp, struct span body)
{
	struct span parts[] = {id, SPAN("."), timestamp, SPAN("."), body};
	uint8_t mac[DIGEST_BYTES];
	struct buf key;
	bool ok;

	buf_init(&key, KEY_BYTES_MAX);
	ok = secret_key(secret, &key);
	if (ok) {
		digest_hmac_sha256(buf_view(&key), parts,
		    sizeof(parts) / sizeof(parts[0]), mac);
		buf_text(out, "v1,");
		digest_base64(out, span_make(mac, sizeof(mac)));
	}
	buf_release(&key);
	return ok;
}

/* ed25519 wants the whole text at once. */
void
sign_v1a(struct buf *out, struct span seed, struct span id, int64_t timestamp_s,
    struct span body)
{
	uint8_t signature[DIGEST_ED25519_BYTES];
	struct buf text;

	buf_init(&text, id.n + TIME_BYTES_MAX + body.n);
	buf_put(&text, id.p, id.n);
	buf_printf(&text, ".%lld.", (long long)timestamp_s);
	buf_put(&text, body.p, body.n);
	digest_ed25519(seed.p, buf_view(&text), signature);
	buf_release(&text);
	buf_text(out, "v1a,");
	digest_base64(out, span_make((char *)signature, sizeof(signature)));
}

bool
sign_v1(struct buf *out, struct span secret, struct span id,
    int64_t timestamp_s, struct span body)
{
	char text[TIME_BYTES_MAX];
	int n = snprintf(text, sizeof(text), "%lld", (long long)timestamp_s);

	return sign_parts(out, secret, id, span_make(text, (size_t)n), body);
}

void
sign_hub(struct buf *out, struct span secret, struct span body)
{
	uint8_t mac[DIGEST_BYTES];

	digest_hmac_sha256(secret, &body, 1, mac);
	buf_text(out, "sha256=");
	digest_hex(out, span_make(mac, sizeof(mac)));
}

enum sign_check
sign_verify(struct span header, struct span secret, struct span id,
    struct span timestamp, struct span body, int64_t now_ms)
{
	enum sign_check check = SIGN_BAD;
	struct span token;
	struct buf good;
	int64_t at_s, now_s = now_ms / 1000;

	if (!span_i64(timestamp, &at_s) || id.n == 0)
		return SIGN_BAD;
	buf_init(&good, SIGNATURE_BYTES_MAX);
	if (sign_parts(&good, secret, id, timestamp, body))
		while (span_next(&header, ' ', &token))
			if (token.n == good.n &&
			    digest_equal(token.p, good.p, good.n))
				check = SIGN_GOOD;
	buf_release(&good);
	if (check == SIGN_GOOD &&
	    (at_s < now_s - TOLERANCE_S || at_s > now_s + TOLERANCE_S))
		check = SIGN_OLD;
	return check;
}
