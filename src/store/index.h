/* Where rows lie and how they are found by value. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "model/row.h"
#include "store/table.h"

enum { RECORD_KEY_BYTES = 12 };

enum table record_table(const struct schema *);
void record_key(struct key *, const struct schema *, int64_t id);
/* The row of a record that was read: counted, and damage told. */
enum err record_row(struct txn *, struct arena *, const struct schema *,
    int64_t id, struct span record, struct row **);

/* Index entry: collection number, field number, value, id. The prefix ends
 * before the id; false when such values are not indexed. */
bool index_prefix(struct key *, const struct schema *, int field, struct value);
/* What the entries of all whole numbers and times of a field begin with. */
void index_whole_prefix(struct key *, const struct schema *, int field);
/* Entries of a row that comes, goes, changes. */
enum err index_add(struct txn *, const struct row *);
enum err index_cut(struct txn *, const struct row *);
enum err index_change(
    struct txn *, const struct row *before, const struct row *after);

#endif
