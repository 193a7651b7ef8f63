/* Stores with keys: key files beside the store, rows whose secrets must not
 * lie open, what lies on the disk. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "store_helper.h"

#define SECRET "whsec_NOBODYmayREADthisFROMtheDISK"
#define PASSWORD "http://user:PASSWORDofTHEaddress@example.org/"
#define TOKEN "[{\"header\":\"Authorization\",\"value\":\"TOKENofAheader\"}]"
#define ANSWER "ANSWERthatSHOWEDaSECRET"

struct keys {
	char a[128], b[128];
};

struct keys make_keys(const struct place *place);
void remove_keys(const struct keys *keys);
void use_keys(struct place *place, const char *key, const char *old);
void opens_with(struct place *place, const char *key, const char *old);
void refused_with(
    struct place *place, const char *key, const char *old, const char *words);
/* An empty store in its place. */
void starts_empty(struct place *place, const char *key);
/* Webhooks with these ids, the last one left out, their options, secrets and
 * kept answers; and that they are there as they were. */
void fill(struct place *place, int64_t from, int64_t to);
void check(struct place *place, int64_t from, int64_t to);
/* Files of the store, or those that end so, in which the text lies. */
int files_with(const struct place *place, const char *text, const char *ending);
/* What programs that know no seals look at. */
uint32_t format_of(struct place *place);

#endif
