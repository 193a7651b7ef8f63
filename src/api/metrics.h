/* GET /metrics: Prometheus text. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "api/api.h"

enum err metrics_read(struct call *);

/* The address lies in one of the blocks of a comma list of CIDR; IPv4 also in
 * its mapped form. */
bool metrics_address_in(struct span address, struct span list);

#endif
