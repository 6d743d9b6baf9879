/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Linked into a test program, this turns one field of one policy's row before main():
 * INTXLAB_MUTANT="v6.11 clear_managed 0". It spares a compilation for each of some 150 mutants.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pci/policy.h"

struct field {
	const char *name;
	size_t offset, size;
};

/* clang-format off */
#define FIELD(member) \
	{ #member, offsetof(struct policy, member), sizeof(((struct policy *)NULL)->member) }
/* clang-format on */

static const struct field fields[] = {
	FIELD(node),           FIELD(redirect),
	FIELD(record),         FIELD(gfp),
	FIELD(clear_managed),  FIELD(pinned),
	FIELD(reenable),       FIELD(ahci_intx),
	FIELD(vfio_lock_held), FIELD(vfio_masks_at_device),
	FIELD(vfio_unlazy),
};

/* _exit(): at this moment nothing of the program under test has begun. */
static void give_up(const char *what)
{
	fprintf(stderr, "mutant: %s\n", what);
	_exit(3);
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	}
	return NULL;
}

/* The rows are constants: their pages are made writable first. */
static void turn(const struct policy *row, const struct field *field, unsigned value)
{
	uintptr_t at = (uintptr_t)row + field->offset, page = at & ~(uintptr_t)4095;
	unsigned old = 0;

	if (mprotect((void *)page, at + field->size - page, PROT_READ | PROT_WRITE))
		give_up("mprotect");
	memcpy(&old, (void *)at, field->size);
	if (old == value)
		give_up("the row has this value already");
	memcpy((void *)at, &value, field->size);
}

__attribute__((constructor)) static void mutate(void)
{
	const char *mutant = getenv("INTXLAB_MUTANT");
	char policy[40], name[40];
	const struct policy *row;
	const struct field *field;
	unsigned value;

	if (!mutant)
		return;
	if (sscanf(mutant, "%39s %39s %u", policy, name, &value) != 3)
		give_up("INTXLAB_MUTANT is POLICY FIELD VALUE");
	row = policy_find(policy);
	field = find_field(name);
	if (row && field)
		turn(row, field, value);
	else
		give_up("no such row, or no such field");
}
