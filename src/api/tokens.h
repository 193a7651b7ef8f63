/* /tokens: who may call. The text of a token is told once, when it is made. */
#ifndef API_TOKENS_H
#define API_TOKENS_H

#include "api/records.h"

extern const struct resource tokens_resource;

enum err tokens_create(struct call *);

#endif
