/* The text of scalars in YAML, in the style js-yaml chooses (contract 7.10). */
#ifndef QUERY_EXPORT_YAML_H
#define QUERY_EXPORT_YAML_H

#include "common/buf.h"

enum { YAML_INDENT = 2, YAML_WIDTH = 80, YAML_WIDTH_LEAST = 40 };

/* `level`: nesting, which narrows the lines. A key is always one line. */
void yaml_put_text(struct buf *, struct span text, size_t level, bool key);
/* UTF-16 units: js-yaml counts in these. */
size_t yaml_units(struct span text);
/* Read back, this text would be something else than text. */
bool yaml_is_ambiguous(struct span text);
/* YAML 1.1 would take it for a boolean or a base-60 number. */
bool yaml_is_old(struct span text);

#endif
