/* Idempotency-Key (product chapter 2): the first answer again, byte for byte,
 * kept for 24 h in the same transaction as the write. */
#ifndef API_IDEM_H
#define API_IDEM_H

#include "api/api.h"

/* ERR_PAYLOAD for a key of more than 255 bytes on POST, PATCH, DELETE. */
enum err idem_check_key(struct call *);

#endif
