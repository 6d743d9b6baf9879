/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Errors of every layer. 0 is success; a function that can fail returns one of these, is marked
 * MUST_CHECK, and leaves its outputs (named ret_x, last) untouched on failure.
 */
#ifndef INTXLAB_PCI_ERR_H
#define INTXLAB_PCI_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	OK = 0,
	ERR_ABSENT, /* it was never there: no such function, table, capability, drive */
	ERR_GONE, /* it was there and now reads all-ones */
	ERR_TIMEOUT, /* a bounded wait ran out */
	ERR_NOMEM, /* no DMA memory, or a fixed table is full */
	ERR_BUSY, /* somebody else holds it */
	ERR_INVALID, /* a value that the format or the caller's contract forbids */
	ERR_CHECKSUM, /* a table whose bytes do not add up to 0 */
	ERR_TRUNCATED, /* shorter than its own length field, or than its header */
	ERR_LOOP, /* a list that comes back to itself or never ends */
	ERR_UNSUPPORTED, /* legal, and not handled here */
	ERR_IO, /* the device answered with an error */
	ERR_NO_ROUTE, /* no interrupt pin answers for the function */
	ERR_STORM, /* the storm guard masked the line */
	ERR_MISMATCH, /* read-back differs from what was written */
	ERR_FAULT, /* the CPU took an exception */
	ERR_COUNT
};

/* "timeout", "gone", … ; "unknown" for anything else. Never NULL. */
const char *err_name(enum err err);

#endif
