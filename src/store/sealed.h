/* Tables whose records are sealed with a key (common/seal.h) where the
 * settings name one: those with secrets in them. table.c asks on every record
 * that goes in or comes out; nobody else sees sealed ones. */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include "common/seal.h"
#include "store/table.h"

/* While records are changed from one key (or none) to another, both kinds are
 * there. */
struct seals {
	struct seal_key *key, *old; /* NULL: none */
	bool changing;
};

/* ERR_CONFIG with words. */
enum err seals_read(
    struct seals *, const struct store_options *, struct fault *);
void seals_free(struct seals *);
/* Before anything is read but the format: the key is that of the store, or
 * every record is changed to it, a slice of them to a transaction; a start
 * that ends in the midst of it is gone on with by the next. ERR_CONFIG with
 * words. */
enum err seals_settle(
    struct store *, const struct store_options *, struct fault *);

/* What is to be written for the value, in `room` where it must be sealed. */
struct span sealed_value(const struct store *, enum table, const struct key *,
    struct span value, struct buf *room);
/* Opens what was read, in the arena. ERR_DAMAGED. */
enum err sealed_open(struct txn *, enum table, const struct key *,
    struct arena *, struct span *value);

#endif
