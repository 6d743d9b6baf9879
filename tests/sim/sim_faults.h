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
	X(PORT_NEVER_STOPS, "ahci.port-never-stops", "PxCMD.CR stays 1 after PxCMD.ST is cleared") \
	X(DISINTX_STUCK_1, "cmd.disintx-stuck-1",                                                  \
	  "Command[10] is hard-wired to 1 from the first write on")                                \
	X(DISINTX_SETS_SERR, "cmd.disintx-sets-serr", "setting Command[10] sets Command[8]")       \
	X(DISINTX_CLEARS_LINE, "cmd.disintx-clears-interrupt-line",                                \
	  "setting Command[10] clears 3Ch")                                                        \
	X(BYTE_WRITE_LOST, "cmd.byte-write-lost", "an 8-bit write at 05h does not arrive")         \
	X(BYTE_WRITE_SPILLS, "cmd.byte-write-spills", "an 8-bit write at 05h writes 0 at 04h too") \
	X(BYTE_WRITE_CLEARS_UPPER, "cmd.byte-write-clears-upper",                                  \
	  "an 8-bit write at 04h writes 0 at 05h too")                                             \
	X(DWORD_WRITE_LOST, "cmd.dword-write-lost",                                                \
	  "a 32-bit write at 04h does not reach Command")                                          \
	X(REWRITE_1_GLITCHES, "cmd.rewrite-1-glitches",                                            \
	  "writing Command[10] 1 over 1 lets a pending INTx out for a moment")                     \
	X(REWRITE_0_PULSES, "cmd.rewrite-0-pulses", "writing Command[10] 0 over 0 pulses INTx")    \
	X(UNMASK_PULSES, "cmd.unmask-pulses",                                                      \
	  "clearing Command[10] pulses INTx with nothing pending")                                 \
	X(STATUS_GATED, "status.gated-by-disintx", "Status[3] reads 0 while Command[10] is 1")     \
	X(STATUS_SET_BY_DISINTX, "status.set-by-disintx",                                          \
	  "Status[3] reads 1 while Command[10] is 1")                                              \
	X(STATUS_LATCHED, "status.latched-by-disintx",                                             \
	  "Status[3] set while Command[10] is 1 stays 1 until it is 0")                            \
	X(STATUS_RW1C, "status.intx-rw1c",                                                         \
	  "writing 1 to Status[3] clears it until the condition has ended")                        \
	X(STATUS_WRITABLE, "status.intx-writable",                                                 \
	  "Status[3] holds what was written, beside what is pending")                              \
	X(DWORD_WRITE_CLEARS, "status.dword-write-clears",                                         \
	  "a 32-bit write at 04h clears Status[3] until the condition has ended")                  \
	X(INTX_NEEDS_MASTER, "line.needs-bus-master", "INTx is deasserted while Command[2] is 0")  \
	X(GHOST_AFTER_MASK, "line.ghost-after-mask",                                               \
	  "a condition that ended while Command[10] was 1 pulses INTx when it is cleared")         \
	X(LINE_DROPS, "line.drops", "INTx falls 500 us after it rose, though the condition holds") \
	X(LINE_LINGERS, "line.lingers",                                                            \
	  "INTx stays asserted for 30 us after the condition has ended")                           \
	X(ASSERT_LOST, "line.assert-lost-16th", "every 16th assertion of INTx does not happen")    \
	X(UNMASK_LOSES, "cmd.unmask-loses-pending",                                                \
	  "a condition that began while Command[10] was 1 is not asserted when it is cleared")     \
	X(MSI_INTX_TOO, "msi.intx-too", "INTx is driven although MSI is enabled")                  \
	X(MSI_DISINTX_STOPS, "msi.disintx-stops", "Command[10] stops messages")                    \
	X(MSI_IGNORES_MASTER, "msi.ignores-bus-master", "a message is sent while Command[2] is 0") \
	X(MSI_OFF_LOSES, "msi.off-loses-pending",                                                  \
	  "a condition pending when MSI Enable is cleared is not asserted as INTx")                \
	X(MSI_OFF_STALE, "msi.off-asserts-stale",                                                  \
	  "clearing MSI Enable asserts INTx if a message was sent, until the condition changes")   \
	X(MSI_DEAD_AFTER_OFF, "msi.dead-after-off",                                                \
	  "no message is sent any more once MSI Enable was cleared with a condition pending")      \
	X(IS_NO_LATCH, "hba.is-no-latch", "IS reads PxIS & PxIE of its ports, not a latch")        \
	X(IS_WRITE_WINS, "hba.is-write-wins",                                                      \
	  "IS written 1 stays 0 until a bit of PxIS is set anew")                                  \
	X(GHC_IE_IGNORED, "hba.ghc-ie-ignored", "GHC.IE does not gate the interrupt")              \
	X(PORT_IE_IGNORED, "hba.port-ie-ignored", "PxIE does not gate PxIS out of IS")             \
	X(RESET_KEEPS_IE, "hba.reset-keeps-ie", "GHC.HR leaves GHC.IE as it was")                  \
	X(RESET_KEEPS_LINE, "hba.reset-keeps-line",                                                \
	  "GHC.HR leaves INTx as it was until the next register write")                            \
	X(GHC_RESERVED_1, "hba.ghc-reserved-1", "GHC[8], reserved, reads 1")                       \
	X(FLR_KEEPS_DISINTX, "reset.flr-keeps-disintx",                                            \
	  "a reset of the function leaves Command[10] as it was")                                  \
	X(D3_KEEPS_INTX, "reset.d3hot-keeps-intx", "INTx is driven in D3hot")                      \
	X(D3_RESETS, "reset.d3hot-resets",                                                         \
	  "D3hot to D0 resets the function although No_Soft_Reset is 1")                           \
	X(EOI_SKIPS_MASKED, "ioapic.eoi-skips-masked",                                             \
	  "the EOI broadcast leaves remote IRR of a masked entry set")                             \
	X(PULSE_LATCHED, "ioapic.pulse-latched",                                                   \
	  "a line that rose while its level entry was masked is sent at the unmask")               \
	X(MASK_ONE_LATE, "ioapic.mask-one-late",                                                   \
	  "an entry masked while remote IRR is 1 sends once more at the EOI")                      \
	X(DEAF_AFTER_EOI, "ioapic.deaf-after-eoi",                                                 \
	  "a level still asserted at the EOI of a masked entry is not seen until it has fallen")   \
	X(ABSENT_READS_0, "cfg.absent-reads-0", "04h of a function that is not there reads 0")

#define SIM_FAULT_ID(id, name, what) SIM_FAULT_##id,
enum sim_fault { SIM_FAULTS(SIM_FAULT_ID) SIM_FAULT_COUNT };
#undef SIM_FAULT_ID

#endif
