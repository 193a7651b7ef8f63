/* /collections and /fields: the definitions, in Directus's shapes. */
#ifndef API_COLLECTIONS_H
#define API_COLLECTIONS_H

#include "api/api.h"

enum err collections_list(struct call *);
enum err collections_one(struct call *);
enum err collections_create(struct call *);
enum err collections_delete(struct call *);
enum err fields_all(struct call *);
enum err fields_list(struct call *);
enum err fields_one(struct call *);

#endif
