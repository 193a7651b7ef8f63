/* What the targets share. A target is one function over bytes: libFuzzer
 * calls it (--enable-fuzz), or replay.c does with every file of a corpus and
 * some changed copies of each. Nothing it is given may crash, leak, or break a
 * CHECK. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what)                                                            \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, \
			    __LINE__, #what);                                  \
			abort();                                               \
		}                                                              \
	} while (0)

enum { FUZZ_OUT_MAX = 64 << 20 };

#endif
