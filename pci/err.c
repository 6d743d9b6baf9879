/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the names of errors; no meaning is added here. */
#include "pci/err.h"

#include <stddef.h>

static const char *const names[] = {
	[OK] = "ok",
	[ERR_ABSENT] = "absent",
	[ERR_GONE] = "gone",
	[ERR_TIMEOUT] = "timeout",
	[ERR_NOMEM] = "no memory",
	[ERR_BUSY] = "busy",
	[ERR_INVALID] = "invalid",
	[ERR_CHECKSUM] = "checksum",
	[ERR_TRUNCATED] = "truncated",
	[ERR_LOOP] = "loop",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_IO] = "I/O error",
	[ERR_NO_ROUTE] = "no route",
	[ERR_STORM] = "interrupt storm",
	[ERR_MISMATCH] = "mismatch",
	[ERR_FAULT] = "CPU exception",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == ERR_COUNT, "one name an error");

const char *err_name(enum err err)
{
	if ((unsigned)err >= ERR_COUNT)
		return "unknown";
	return names[err];
}
