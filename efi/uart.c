/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns one 16550 (PC16550D data sheet; register names are its own). It does not know what the text
 * means, and never uses firmware's SerialIo: that drops characters when the reader is slow.
 */
#include "efi/uart.h"

#include "efi/x86_64/cpu.h"
#include "pci/mem.h"

enum {
	THR = 0,
	RBR = 0,
	DLL = 0,
	DLM = 1,
	IER = 1,
	IIR = 2,
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	SCR = 7
};

#define IIR_FIFO 0xc0 /* both set: FIFOs are enabled */
#define FIFO_DEPTH 16 /* 16550A */
#define FCR_ENABLE 0x01
#define LCR_8N1 0x03
#define LCR_DLAB 0x80
#define MCR_DTR_RTS 0x03
#define MCR_LOOP 0x10
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY 0x20
#define LSR_ALL_SENT 0x40
#define DIVISOR_115200 1 /* 1.8432 MHz / 16 / 115200 */

/* SPCR (Microsoft, "Serial Port Console Redirection Table"): fields used. */
#define SPCR_INTERFACE_TYPE 36
#define SPCR_BASE_ADDRESS 40 /* generic address structure, ACPI 6.5 sec 5.2.3.2 */
#define SPCR_END 52
#define SPCR_TYPE_16550 0
#define SPCR_TYPE_16450 1
#define GAS_SYSTEM_IO 1

static uint8_t reg_read(struct uart *uart, unsigned reg)
{
	return (uint8_t)uart->hw->ops->port_read(uart->hw, (uint16_t)(uart->base + reg), HW_8);
}

static void reg_write(struct uart *uart, unsigned reg, uint8_t value)
{
	uart->hw->ops->port_write(uart->hw, (uint16_t)(uart->base + reg), HW_8, value);
}

uint16_t uart_find(const struct acpi_memory *memory, uint64_t rsdp)
{
	struct acpi_table table;
	const uint8_t *gas;
	uint64_t address;
	uint8_t type;

	if (rsdp == 0 || acpi_find_table(memory, rsdp, "SPCR", &table) != OK ||
	    table.length < SPCR_END)
		return UART_COM1;
	type = table.bytes[SPCR_INTERFACE_TYPE];
	gas = table.bytes + SPCR_BASE_ADDRESS;
	memcpy(&address, gas + 4, sizeof(address));
	/* Address 0 means that redirection is off. */
	if ((type != SPCR_TYPE_16550 && type != SPCR_TYPE_16450) || gas[0] != GAS_SYSTEM_IO ||
	    address == 0 || address > 0xfff8)
		return UART_COM1;
	return (uint16_t)address;
}

static bool wait_status(struct uart *uart, uint8_t bits)
{
	struct hw_timer timer;

	if ((reg_read(uart, LSR) & bits) == bits)
		return true;
	timer = hw_timer_us(uart->hw, UART_CHAR_US);
	do {
		uart->hw->ops->relax(uart->hw);
		if ((reg_read(uart, LSR) & bits) == bits)
			return true;
	} while (!hw_expired(uart->hw, &timer));
	return false;
}

/* Nothing there reads all-ones; a port of something else does not hold two patterns. */
static bool is_present(struct uart *uart)
{
	uint8_t before = reg_read(uart, SCR);
	bool holds;

	reg_write(uart, SCR, 0x5a);
	holds = reg_read(uart, SCR) == 0x5a;
	reg_write(uart, SCR, 0xa5);
	holds = holds && reg_read(uart, SCR) == 0xa5;
	reg_write(uart, SCR, before);
	return holds && reg_read(uart, LSR) != 0xff;
}

static void set_divisor(struct uart *uart, uint8_t dll, uint8_t dlm, uint8_t lcr)
{
	reg_write(uart, LCR, (uint8_t)(lcr | LCR_DLAB));
	reg_write(uart, DLL, dll);
	reg_write(uart, DLM, dlm);
	reg_write(uart, LCR, (uint8_t)(lcr & ~LCR_DLAB));
}

enum err uart_open(struct uart *uart, struct hw *hw, uint16_t base)
{
	*uart = (struct uart){ .hw = hw, .base = base };
	if (!is_present(uart))
		return ERR_ABSENT;
	uart->present = true;

	/*
	 * What firmware has in flight goes out at its own speed; a wait that runs out only garbles
	 * that.
	 */
	wait_status(uart, LSR_ALL_SENT);
	uart->lcr = reg_read(uart, LCR);
	reg_write(uart, LCR, (uint8_t)(uart->lcr | LCR_DLAB));
	uart->dll = reg_read(uart, DLL);
	uart->dlm = reg_read(uart, DLM);
	reg_write(uart, LCR, (uint8_t)(uart->lcr & ~LCR_DLAB));
	uart->ier = reg_read(uart, IER);
	uart->mcr = reg_read(uart, MCR);
	uart->had_fifo = (reg_read(uart, IIR) & IIR_FIFO) == IIR_FIFO;

	reg_write(uart, IER, 0);
	set_divisor(uart, DIVISOR_115200, 0, LCR_8N1);
	reg_write(uart, FCR, FCR_ENABLE);
	uart->depth = (reg_read(uart, IIR) & IIR_FIFO) == IIR_FIFO ? FIFO_DEPTH : 1;
	/* OUT2 stays as firmware had it: it gates an interrupt line that is not ours. */
	reg_write(uart, MCR, (uint8_t)((uart->mcr & ~MCR_LOOP) | MCR_DTR_RTS));
	uart_write(uart, "\n", 1);
	return OK;
}

void uart_write(struct uart *uart, const char *s, size_t len)
{
	if (!uart->present)
		return;
	/* THR empty with FIFOs on means that the whole FIFO is: that many go in one stroke. */
	for (size_t n; len; s += n, len -= n) {
		if (!uart->given_up && !wait_status(uart, LSR_THR_EMPTY))
			uart->given_up = true;
		if (uart->given_up) {
			uart->lost += len;
			return;
		}
		n = len < uart->depth ? len : uart->depth;
		cpu_out_string((uint16_t)(uart->base + THR), s, n);
	}
}

bool uart_receive(struct uart *uart, uint8_t *ret_byte)
{
	if (!uart->present || !(reg_read(uart, LSR) & LSR_DATA_READY))
		return false;
	*ret_byte = reg_read(uart, RBR);
	return true;
}

void uart_drain(struct uart *uart)
{
	if (uart->present && !uart->given_up)
		(void)wait_status(uart, LSR_ALL_SENT);
}

void uart_close(struct uart *uart)
{
	if (!uart->present)
		return;
	uart_drain(uart);
	set_divisor(uart, uart->dll, uart->dlm, uart->lcr);
	reg_write(uart, FCR, uart->had_fifo ? FCR_ENABLE : 0);
	reg_write(uart, MCR, uart->mcr);
	reg_write(uart, IER, uart->ier);
	uart->present = false;
}
