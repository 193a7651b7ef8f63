/* What a tally puts aside when memory has no more room for it: the state of a
 * group so far, or a value that a group has seen. Sorted, all parts of a group
 * follow each other, its states first, then equal values. */
#ifndef QUERY_PART_H
#define QUERY_PART_H

#include "query/cell.h"
#include "query/sorter.h"

struct part {
	struct sorter_item item;
	struct span key; /* its first group_bytes name the group */
	size_t group_bytes;
	bool is_value;
	/* of a value */
	size_t cell;
	struct value value; /* without its text */
	/* of a group */
	int64_t no; /* order of appearance */
	size_t by_count, cell_count;
	struct value *by; /* what it is grouped by */
	struct cell_state cells[];
};

extern const struct sorter_kind part_kind;

struct part *part_of_group(struct span group, int64_t no,
    const struct value *by, size_t by_count, const struct cells *,
    const struct cell_state *);
struct part *part_of_value(
    struct span group, size_t cell, struct span key, struct value);
bool part_is_of(const struct part *, struct span group);

#endif
