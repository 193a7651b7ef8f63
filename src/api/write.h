/* A write's common course, shared by create and change (records.h says what a
 * write is). */
#ifndef API_WRITE_H
#define API_WRITE_H

#include "api/records.h"

struct write write_start(struct call *, enum action);
/* Elements of a list, or the one object; ERR_PAYLOAD above conf.max_batch. */
enum err write_elements(struct write *, struct js body);
/* Prepares and runs the body, answers. */
enum err write_run(struct write *, store_body *body,
    enum err (*answer)(struct call *, void *arg));
/* In a body, after the rows: what the collection adds. */
enum err write_finish(struct txn *, struct write *);
/* The rows after the write, shaped by the address's query (contract 5.2). */
enum err write_answer(struct call *, void *write);

#endif
