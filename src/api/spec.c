/* GET /server/specs/oas: the interface as OpenAPI 3.1. The document lies beside
 * this file and is built in, so that it is there wherever the program is. */
#include "api/server.h"

#include "api/answer.h"

static const unsigned char document[] = {
#include "src/api/openapi.inc"
};

enum err
server_spec(struct call *call)
{
	answer_json(call);
	buf_put(&call->res->body, document, sizeof(document));
	return ERR_NONE;
}
