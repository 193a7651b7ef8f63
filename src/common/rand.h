/* Randomness from the kernel. Failure ends the process. */
#ifndef COMMON_RAND_H
#define COMMON_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t n);
uint64_t rand_u64(void);
uint64_t rand_below(uint64_t n); /* 0 .. n-1, n > 0 */
/* n characters of 0-9 A-Z a-z without look-alikes, and a NUL. */
void rand_name(char *out, size_t n);
void rand_uuid(char out[37]); /* version 4 */

#endif
