/* The key file and the cipher; a door to OpenSSL, for its one cipher. A cipher
 * that OpenSSL refuses to make is a broken machine: the process ends. */
#include "common/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "common/digest.h"
#include "common/rand.h"

enum {
	KEY_BYTES = 32,
	KEY_FILE_BYTES_MAX = 128, /* 44 characters and some blanks */
	NONCE_BYTES = 12,
	TAG_BYTES = 16
};

struct seal_key {
	uint8_t bytes[KEY_BYTES];
	char text[KEY_FILE_BYTES_MAX + 1]; /* of the file, while it is read */
};

static void
seal_must(bool good)
{
	if (!good)
		abort();
}

static struct seal_key *
key_new(void)
{
	void *page = mmap(NULL, sizeof(struct seal_key), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	seal_must(page != MAP_FAILED);
	(void)madvise(page, sizeof(struct seal_key), MADV_DONTDUMP);
	(void)mlock(page, sizeof(struct seal_key)); /* a limit may forbid it */
	return page;
}

void
seal_key_free(struct seal_key *key)
{
	if (key == NULL)
		return;
	explicit_bzero(key, sizeof *key);
	munmap(key, sizeof *key);
}

/* A file of root's that the reader's group may read is how a service without
 * rights gets a key it cannot change. */
static enum err
check_file(int fd, const char *path, uid_t reader, struct fault *fault)
{
	mode_t others = S_IRWXO | S_IRWXG;
	struct stat s;

	if (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode))
		return fault_add(
		    fault, ERR_CONFIG, NULL, "key file %s: is no file", path);
	if (s.st_uid != reader && s.st_uid != 0)
		return fault_add(fault, ERR_CONFIG, NULL,
		    "key file %s belongs to user %lu, and user %lu is to use "
		    "it: chown it",
		    path, (unsigned long)s.st_uid, (unsigned long)reader);
	if (s.st_uid == 0 && reader != 0)
		others &= ~(mode_t)S_IRGRP;
	/* Root looks on behalf of somebody whom it could not tell apart. */
	if (s.st_uid == 0 && reader != geteuid() && !(s.st_mode & S_IRGRP))
		return fault_add(fault, ERR_CONFIG, NULL,
		    "key file %s is closed to user %lu, who is to use it: "
		    "chown it",
		    path, (unsigned long)reader);
	if (s.st_mode & others)
		return fault_add(fault, ERR_CONFIG, NULL,
		    "key file %s is open to other users (mode %03o): chmod "
		    "600 it",
		    path, (unsigned)s.st_mode & 0777);
	return ERR_NONE;
}

static enum err
take_text(int fd, const char *path, struct seal_key *key, struct fault *fault)
{
	ssize_t n = read(fd, key->text, sizeof key->text);
	struct buf bytes;
	bool good;

	if (n < 0)
		return fault_add(fault, ERR_CONFIG, NULL, "key file %s: %s",
		    path, strerror(errno));
	buf_init(&bytes, KEY_BYTES);
	good = n <= KEY_FILE_BYTES_MAX &&
	       digest_unbase64(
		   &bytes, span_trim(span_make(key->text, (size_t)n))) &&
	       bytes.n == KEY_BYTES && !bytes.over;
	if (good)
		memcpy(key->bytes, bytes.p, KEY_BYTES);
	explicit_bzero(key->text, sizeof key->text);
	if (bytes.p)
		explicit_bzero(bytes.p, bytes.cap);
	buf_release(&bytes);
	return good
		   ? ERR_NONE
		   : fault_add(fault, ERR_CONFIG, NULL,
			 "key file %s holds no key, which is one line of 32 "
			 "bytes in base64; \"webhooks-ctl key new FILE\" makes "
			 "one",
			 path);
}

enum err
seal_key_read(const char *path, uid_t reader, struct seal_key **read_key,
    struct fault *fault)
{
	/* Not to wait for the writer of a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct seal_key *key;
	enum err err;

	if (fd < 0)
		return fault_add(fault, ERR_CONFIG, NULL, "key file %s: %s",
		    path, strerror(errno));
	key = key_new();
	err = check_file(fd, path, reader, fault);
	if (!err)
		err = take_text(fd, path, key, fault);
	close(fd);
	if (err) {
		seal_key_free(key);
		return err;
	}
	*read_key = key;
	return ERR_NONE;
}

/* Six characters for four bytes and a bit: what is written is wiped. */
static bool
write_text(int fd)
{
	char bytes[KEY_BYTES];
	struct buf text;
	bool good;

	rand_bytes(bytes, sizeof bytes);
	buf_init(&text, KEY_FILE_BYTES_MAX);
	digest_base64(&text, span_make(bytes, sizeof bytes));
	buf_char(&text, '\n');
	good = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text.p, text.cap);
	buf_release(&text);
	return good;
}

enum err
seal_key_make(const char *path, uid_t owner, gid_t group, struct fault *fault)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return fault_add(
		    fault, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	good = (owner == geteuid() || fchown(fd, owner, group) == 0) &&
	       write_text(fd);
	if (!good)
		fault_add(fault, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	close(fd);
	if (!good)
		unlink(path);
	return good ? ERR_NONE : ERR_IO;
}

static EVP_CIPHER *cipher;
static pthread_once_t cipher_once = PTHREAD_ONCE_INIT;

static void
cipher_fetch(void)
{
	cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

static EVP_CIPHER_CTX *
cipher_start(const struct seal_key *key, const uint8_t *nonce,
    struct span place, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	pthread_once(&cipher_once, cipher_fetch);
	seal_must(
	    cipher && ctx &&
	    EVP_CipherInit_ex2(ctx, cipher, key->bytes, nonce, encrypt, NULL) &&
	    EVP_CipherUpdate(
		ctx, NULL, &n, (const uint8_t *)place.p, (int)place.n));
	return ctx;
}

void
seal_put(const struct seal_key *key, struct span place, struct span text,
    struct buf *out)
{
	uint8_t nonce[NONCE_BYTES], *to;
	EVP_CIPHER_CTX *ctx;
	int n = 0, end = 0;

	rand_bytes(nonce, sizeof nonce);
	buf_char(out, (char)SEAL_FORMAT);
	buf_put(out, nonce, sizeof nonce);
	to = (uint8_t *)buf_room(out, text.n + TAG_BYTES);
	if (to == NULL)
		return;
	ctx = cipher_start(key, nonce, place, 1);
	seal_must((text.n == 0 || EVP_CipherUpdate(ctx, to, &n,
				      (const uint8_t *)text.p, (int)text.n)) &&
		  EVP_CipherFinal_ex(ctx, to + n, &end) &&
		  (size_t)(n + end) == text.n &&
		  EVP_CIPHER_CTX_ctrl(
		      ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, to + text.n));
	EVP_CIPHER_CTX_free(ctx);
	buf_added(out, text.n + TAG_BYTES);
}

bool
seal_open(const struct seal_key *key, struct span place, struct span sealed,
    char *out)
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	uint8_t tag[TAG_BYTES], *to = (uint8_t *)out;
	EVP_CIPHER_CTX *ctx;
	int n = 0, end = 0;
	size_t text;
	bool good;

	if (sealed.n < SEAL_EXTRA_BYTES || p[0] != SEAL_FORMAT)
		return false;
	text = sealed.n - SEAL_EXTRA_BYTES;
	memcpy(tag, p + sealed.n - TAG_BYTES, TAG_BYTES);
	ctx = cipher_start(key, p + 1, place, 0);
	good =
	    (text == 0 || EVP_CipherUpdate(
			      ctx, to, &n, p + 1 + NONCE_BYTES, (int)text)) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) &&
	    EVP_CipherFinal_ex(ctx, to + n, &end);
	EVP_CIPHER_CTX_free(ctx);
	if (!good && text)
		explicit_bzero(out, text); /* not known to be ours */
	return good;
}
