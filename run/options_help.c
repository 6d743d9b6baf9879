/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* What --help says. README.md has the same lines (make docs). */
#include "run/options.h"

const char *const options_help[] = {
	"--list               what there is to run; touches no device",
	"--survey             the PCI tree, read only",
	"--suite GLOB         only these suites (here and below: GLOB,GLOB for several)",
	"--check GLOB         only these checks (and what a sequence stands on)",
	"--skip GLOB          not these checks",
	"--sequence NAME      only this sequence and what it stands on",
	"--policy NAME|all    the Linux rule to replay (v6.15), or every one",
	"--msi on|off         the managed owner uses MSI (off)",
	"--intx-mask WHERE    vfio-pci masks at the: device, controller, auto (vfio-pci's choice)",
	"--fail-alloc N       the Nth INTx node that devres allocates, and every later one, fails",
	"--shuffle SEED       the checks in another order, by this number; sequences stay whole",
	"--repeat N           N rounds, with --shuffle each in another order; the worst counts",
	"--device SBDF|all    the function under test, 0000:00:1f.2, or several: SBDF,SBDF",
	"                     (default: AHCI with a drive, else NVMe, network, xHCI, others)",
	"--neighbour SBDF     another function, on the same line: what it suffers",
	"--own-boot-device    take the function even if it holds the boot volume",
	"--bare               leave firmware for good (ExitBootServices): no screen, no report",
	"--end WHAT           afterwards: return (default), reset (default with --bare), off",
	"--exit-port HEX      write the verdict to this I/O port (QEMU isa-debug-exit)",
	"--witness            mark the steps for QEMU's trace",
	"--verbose            evidence for passing checks too",
	"--help               this",
	NULL,
};
