/* Versions of the rows a query looked at, so that a write can tell whether
 * they changed in between. */
#ifndef API_SEEN_H
#define API_SEEN_H

#include "api/records.h"

struct seen_row {
	int64_t id;
	uint64_t version;
};
/* Zero-initialise. Not in an arena: a query may look at many rows and pick
 * few. */
struct seen {
	struct seen_row *rows;
	size_t count, room;
	bool unsorted;
};

void seen_add(struct seen *, int64_t id, uint64_t version);
uint64_t seen_version(struct seen *, int64_t id);
void seen_release(struct seen *);

#endif
