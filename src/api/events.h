/* /events: what happened; and reports of applications whose data lives
 * elsewhere. */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include "api/records.h"

extern const struct resource events_resource;

enum err events_report(struct call *);

#endif
