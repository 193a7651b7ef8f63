/* Dynamic values of filters: $NOW, $NOW(-1 day), $CURRENT_USER, $CURRENT_ROLE
 * (contract 7.2). */
#ifndef QUERY_DYNAMIC_H
#define QUERY_DYNAMIC_H

#include <stdbool.h>
#include "common/span.h"

enum dynamic {
	DYNAMIC_NONE, /* plain text */
	DYNAMIC_NOW,
	DYNAMIC_USER,
	DYNAMIC_ROLE,
	DYNAMIC_NULL /* $CURRENT_USER.x: what has no value here */
};

enum dynamic dynamic_kind(struct span text);
/* The moment that a $NOW text names. False: its amount makes no sense. */
bool dynamic_time(struct span text, int64_t now_ms, int64_t *wall_ms);

#endif
