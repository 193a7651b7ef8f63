/* The query string (contract chapter 6). */
#ifndef QUERY_QS_H
#define QUERY_QS_H

#include "query/node.h"

enum {
	QS_PARAMETERS_MAX = 1000, /* further ones are not seen */
	QS_DEPTH_MAX = 10,	  /* further brackets are one name */
	QS_INDEX_MAX = 20	  /* a larger index makes an object */
};

/* An object of texts, lists and objects. Never fails: whatever is odd is
 * taken as the name or the text it is. */
struct node *qs_parse(struct arena *, struct span query_string);

#endif
