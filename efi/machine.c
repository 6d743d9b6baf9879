/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the order in which the machine is taken and given back. Each part's state is its own
 * driver's: irqc_x86.c the controllers, hw_pc.c the table.
 */
#include "efi/machine.h"

enum err machine_take(struct machine *machine, const struct uefi *uefi, struct pc *pc,
		      struct irqc_x86 *irqc)
{
	enum err err;

	machine->uefi = uefi;
	machine->pc = pc;
	machine->irqc = irqc;
	machine->irq_was_on = cpu_read_flags() & CPU_RFLAGS_IF;
	/*
	 * TPL_HIGH_LEVEL is firmware's own word for "interrupts are off" (UEFI 2.10 sec 7.1): its
	 * idea of IF stays true, and an event that comes due waits for RestoreTPL() instead of
	 * running in between.
	 */
	machine->tpl = uefi->bs->RaiseTPL(TPL_HIGH_LEVEL);
	cpu_irq_off();
	pc_trap_open(pc);
	err = irqc ? irqc_x86_take(irqc, &machine->saved) : OK;
	if (err != OK)
		goto close;
	machine->taken = true;
	return OK;

close:
	if (pc_trap_close(pc) != OK)
		err = ERR_MISMATCH;
	uefi->bs->RestoreTPL(machine->tpl);
	return err;
}

enum err machine_return(struct machine *machine, const char **ret_what)
{
	enum err err, first;
	bool irq_is_on;

	if (!machine->taken)
		return ERR_INVALID;
	machine->taken = false;
	cpu_irq_off();
	first = machine->irqc ? irqc_x86_return(machine->irqc, &machine->saved) : OK;
	if (first != OK)
		*ret_what = "interrupt controllers";
	err = pc_trap_close(machine->pc);
	if (err != OK && first == OK) {
		first = err;
		*ret_what = "IDTR";
	}
	/* Below TPL_HIGH_LEVEL firmware switches IF on again and runs what came due. */
	machine->uefi->bs->RestoreTPL(machine->tpl);
	irq_is_on = cpu_read_flags() & CPU_RFLAGS_IF;
	if (irq_is_on != machine->irq_was_on && first == OK) {
		first = ERR_MISMATCH;
		*ret_what = "RFLAGS.IF";
	}
	return first;
}

void machine_abandon(struct machine *machine)
{
	const char *what;

	if (machine->taken) {
		(void)!machine_return(machine, &what);
	} else if (machine->pc && machine->pc->trapping) {
		/*
		 * It was machine_take() or machine_return() itself that failed: the controllers are
		 * beyond help.
		 */
		(void)!pc_trap_close(machine->pc);
		machine->uefi->bs->RestoreTPL(machine->tpl);
	}
}
