/* Who is calling: tokens and rights (contract chapter 3, product "Rights"). */
#ifndef API_AUTH_H
#define API_AUTH_H

#include "api/api.h"

/* The token of the header, else of the query string; empty when there is
 * none. The header counts only as "Bearer TOKEN": exactly two words, one
 * blank, any letter case of Bearer. */
struct span auth_token(
    struct arena *, struct span authorization, struct span query);
/* Sets call->caller. ERR_CREDENTIALS for a wrong or expired token. */
enum err auth_caller(struct call *);
/* The row's right, for call->schema where the row is about a collection. */
enum err auth_right(struct call *);
/* Hex SHA-256 of a token, as it is stored; in the arena. */
struct span auth_hash(struct arena *, struct span token);

#endif
