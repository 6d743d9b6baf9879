/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated faults: one row each, and one condition at the register that it bends
 * (sim_has_fault()). A row says what the register does; it knows no check. Names are frozen.
 * A fault bends every AHCI function of the machine.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_FAULTS_H
#define INTXLAB_TESTS_SIM_SIM_FAULTS_H

/* X(id, name, register behaviour) */
#define SIM_FAULTS(X)                                                                              \
	X(DISINTX_NOT_WRITABLE, "cmd.disintx-not-writable", "Command[10] is hard-wired to 0")      \
	X(DISINTX_IGNORED, "cmd.disintx-ignored",                                                  \
	  "Command[10] is writable and reads back, but INTx stays asserted")                       \
	X(INTX_STUCK_0, "status.intx-stuck-0", "Status[3] always reads 0")                         \
	X(INTX_STUCK_1, "status.intx-stuck-1", "Status[3] always reads 1")                         \
	X(LINE_EDGE_LIKE, "line.edge-like",                                                        \
	  "INTx is a short pulse when the condition begins, not a level while it holds")           \
	X(RESET_NEVER_ENDS, "ahci.reset-never-ends", "GHC.HR stays 1 once it was set")             \
	X(PORT_NEVER_STOPS, "ahci.port-never-stops", "PxCMD.CR stays 1 after PxCMD.ST is cleared")

#define SIM_FAULT_ID(id, name, what) SIM_FAULT_##id,
enum sim_fault { SIM_FAULTS(SIM_FAULT_ID) SIM_FAULT_COUNT };
#undef SIM_FAULT_ID

#endif
