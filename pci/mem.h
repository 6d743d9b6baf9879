/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The four functions that a freestanding compiler may call on its own, and the only ones of libc's
 * names that the layers above the seam use. Their providers: efi/ in the image, libc when hosted.
 */
#ifndef INTXLAB_PCI_MEM_H
#define INTXLAB_PCI_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

static inline size_t text_length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static inline bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

#endif
