/* Lists of headers as they are stored with attempts: JSON in which phrases
 * that stand in nearly all of them are one byte each. Bytes below 0x20 never
 * stand in JSON text, so they are free for it, and text without any means
 * itself. */
#ifndef MODEL_PHRASE_H
#define MODEL_PHRASE_H

#include "common/buf.h"

void phrase_shorten(struct buf *out, struct span json);
/* Back to JSON. A byte that stands for nothing is left out. */
void phrase_restore(struct buf *out, struct span text);

#endif
