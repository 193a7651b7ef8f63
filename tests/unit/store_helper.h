/* A store in a private directory, for the tests of this room. */
#ifndef STORE_HELPER_H
#define STORE_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/outbox.h"
#include "store/records.h"

struct place {
	char dir[64];
	struct store_options options;
	struct store *store;
	struct arena *arena;
	struct fault fault;
};

int place_setup(void **state);	  /* opens */
int place_teardown(void **state); /* closes, removes the directory */
enum err place_try_open(struct place *);
void place_reopen(struct place *);
void place_remove(const char *dir);

/* Writes with a body that must succeed. */
void must_write(struct place *, store_body *, void *arg);
void must_read(struct place *, store_body *, void *arg);
/* How many rows there are. */
int64_t count_of(struct place *, const struct schema *);

/* A webhook row; NULL texts stay null. */
struct row *webhook_row(struct arena *, const char *status, const char *actions,
    const char *collections);
/* A free-form collection and a row of it with one text member. */
struct schema *freeform_schema(struct arena *, const char *name);
struct row *freeform_row(
    struct arena *, const struct schema *, const char *text);

/* Rows of a free-form collection with the ids first to last. */
struct bulk {
	struct schema *schema;
	struct arena *arena;
	int64_t first, last;
};
enum err bulk_body(struct txn *, void *bulk);

/* Bodies that take an arg of their own type. */
enum err insert_body(struct txn *, void *row);
enum err update_body(struct txn *, void *row);
enum err create_body(struct txn *, void *schema);

#endif
