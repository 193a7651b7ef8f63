/* Idempotency-Key (product chapter 2): the first answer again, byte for byte,
 * kept for 24 h in the same transaction as the write. */
#ifndef API_IDEM_H
#define API_IDEM_H

#include "api/api.h"

/* Before a POST, PATCH or DELETE is looked at: ERR_PAYLOAD for a key of more
 * than 255 bytes, ERR_REUSED for one that came with another body; a repeated
 * request is answered, whatever became of its rows since. */
enum err idem_answer(struct call *);

#endif
