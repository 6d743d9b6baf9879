/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The record's way out: one 16550 in I/O space, polled, no interrupt of its own. Firmware may drive
 * the same UART; what it had programmed is put back by uart_close().
 */
#ifndef INTXLAB_EFI_UART_H
#define INTXLAB_EFI_UART_H

#include "pci/acpi.h"
#include "pci/hw.h"

#define UART_COM1 0x3f8

struct uart {
	struct hw *hw;
	bool present;
	/* a character was not taken within UART_CHAR_US: nothing was sent since */
	bool given_up;
	uint16_t base;
	uint64_t lost; /* characters not sent since then */
	uint8_t ier, lcr, mcr, dll, dlm;
	bool had_fifo;
	uint8_t depth; /* bytes the transmitter takes at once when it is empty */
};

/*
 * A board farm's reader may stall for a second and come back (its buffer is then full); longer
 * means nobody reads.
 */
#define UART_CHAR_US 2000000

/*
 * The I/O base that the SPCR table names (16550 or 16450 in I/O space), else COM1. rsdp 0: no
 * tables.
 */
uint16_t uart_find(const struct acpi_memory *memory, uint64_t rsdp);
/*
 * 115200 8N1, FIFOs on, interrupts off; then one '\n', because firmware may have left a line half
 * written on the same wire. ERR_ABSENT: the scratch register does not hold a value; then writes are
 * dropped.
 */
MUST_CHECK enum err uart_open(struct uart *uart, struct hw *hw, uint16_t base);
void uart_write(struct uart *uart, const char *s, size_t len);
/* Never waits. True when a byte was there. */
bool uart_receive(struct uart *uart, uint8_t *ret_byte);
/*
 * Until the last bit has left, at most UART_CHAR_US: before a reset, a power-off or the exit port.
 */
void uart_drain(struct uart *uart);
void uart_close(struct uart *uart);

#endif
