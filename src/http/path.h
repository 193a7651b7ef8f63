/* From what the web server passes to path segments. */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include "http/request.h"

/* Where the path may come from; SPAN_NONE for what is absent. */
struct path_source {
	struct span request_uri; /* raw; first choice */
	struct span script_name;
	struct span path_info; /* decoded by the web server already */
	struct span base_path; /* configured; "" = none */
	struct span query_string;
};

/* Fills target, query, segments, bad_path of the request. */
void path_fill(struct request *, const struct path_source *);

#endif
