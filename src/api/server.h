/* What the server says about itself and about the caller. */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "api/api.h"

enum err server_root(struct call *);
enum err server_ping(struct call *);
enum err server_backup(struct call *);
enum err server_health(struct call *);
enum err server_info(struct call *);
enum err server_spec(struct call *); /* spec.c */
enum err users_me(struct call *);

#endif
