/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the four functions of pci/mem.h in the image: there is no libc under it. */
#include "pci/mem.h"

#include <stdint.h>

/*
 * String instructions: short, and no loop that the compiler could turn back into a call of itself.
 */
void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	void *to = dest;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
	return dest;
}

void *memset(void *s, int c, size_t n)
{
	void *to = s;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return s;
}

void *memmove(void *dest, const void *src, size_t n)
{
	uint8_t *to = dest;
	const uint8_t *from = src;

	if ((uintptr_t)to - (uintptr_t)from >= n)
		return memcpy(dest, src, n);
	while (n--) {
		to[n] = from[n];
		__asm__ volatile("" : : : "memory");
	}
	return dest;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++) {
		if (x[i] != y[i])
			return x[i] - y[i];
	}
	return 0;
}
