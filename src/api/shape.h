/* The shape of bodies about several rows (contract 5.5, 5.7, 5.8). */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include "api/api.h"

/* {keys, data} or {query, data}; `_list` also takes a list (items). */
enum err shape_update(struct call *);
enum err shape_update_list(struct call *);
/* A list of keys, {keys} or {query}. */
enum err shape_delete(struct call *);
/* {query} with keys passed over or used. */
enum err shape_search(struct call *);

#endif
