/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The simulated faults: one row each, and one condition at the register that it bends
 * (sim_has_fault()). A row says what the register does; it knows no check. Names are frozen.
 * A fault bends every AHCI function and device of the machine.
 */
#ifndef INTXLAB_TESTS_SIM_SIM_FAULTS_H
#define INTXLAB_TESTS_SIM_SIM_FAULTS_H

/* X(id, name, register behaviour) */
#define SIM_FAULTS(X)                                                                               \
	X(DISINTX_NOT_WRITABLE, "cmd.disintx-not-writable", "Command[10] is hard-wired to 0")       \
	X(DISINTX_IGNORED, "cmd.disintx-ignored",                                                   \
	  "Command[10] is writable and reads back, but INTx stays asserted")                        \
	X(INTX_STUCK_0, "status.intx-stuck-0", "Status[3] always reads 0")                          \
	X(INTX_STUCK_1, "status.intx-stuck-1", "Status[3] always reads 1")                          \
	X(LINE_EDGE_LIKE, "line.edge-like",                                                         \
	  "INTx is a short pulse when the condition begins, not a level while it holds")            \
	X(RESET_NEVER_ENDS, "ahci.reset-never-ends", "GHC.HR stays 1 once it was set")              \
	X(PORT_NEVER_STOPS, "ahci.port-never-stops", "PxCMD.CR stays 1 after PxCMD.ST is cleared")  \
	X(DISINTX_STUCK_1, "cmd.disintx-stuck-1",                                                   \
	  "Command[10] is hard-wired to 1 from the first write on")                                 \
	X(DISINTX_SETS_SERR, "cmd.disintx-sets-serr", "setting Command[10] sets Command[8]")        \
	X(DISINTX_CLEARS_LINE, "cmd.disintx-clears-interrupt-line",                                 \
	  "setting Command[10] clears 3Ch, clearing it sets 3Ch to FFh")                            \
	X(BYTE_WRITE_LOST, "cmd.byte-write-lost", "an 8-bit write at 05h does not arrive")          \
	X(BYTE_WRITE_SPILLS, "cmd.byte-write-spills", "an 8-bit write at 05h writes 0 at 04h too")  \
	X(BYTE_WRITE_CLEARS_UPPER, "cmd.byte-write-clears-upper",                                   \
	  "an 8-bit write at 04h writes 0 at 05h too")                                              \
	X(DWORD_WRITE_LOST, "cmd.dword-write-lost",                                                 \
	  "a 32-bit write at 04h does not reach Command")                                           \
	X(REWRITE_1_GLITCHES, "cmd.rewrite-1-glitches",                                             \
	  "writing Command[10] 1 over 1 lets a pending INTx out for a moment")                      \
	X(REWRITE_0_PULSES, "cmd.rewrite-0-pulses", "writing Command[10] 0 over 0 pulses INTx")     \
	X(UNMASK_PULSES, "cmd.unmask-pulses",                                                       \
	  "clearing Command[10] pulses INTx with nothing pending")                                  \
	X(STATUS_GATED, "status.gated-by-disintx", "Status[3] reads 0 while Command[10] is 1")      \
	X(STATUS_SET_BY_DISINTX, "status.set-by-disintx",                                           \
	  "Status[3] reads 1 while Command[10] is 1")                                               \
	X(STATUS_LATCHED, "status.latched-by-disintx",                                              \
	  "Status[3] set while Command[10] is 1 stays 1 until it is 0")                             \
	X(STATUS_RW1C, "status.intx-rw1c",                                                          \
	  "writing 1 to Status[3] clears it until the condition has ended")                         \
	X(STATUS_WRITABLE, "status.intx-writable",                                                  \
	  "Status[3] holds what was written, beside what is pending")                               \
	X(DWORD_WRITE_CLEARS, "status.dword-write-clears",                                          \
	  "a 32-bit write at 04h clears Status[3] until the condition has ended")                   \
	X(INTX_NEEDS_MASTER, "line.needs-bus-master", "INTx is deasserted while Command[2] is 0")   \
	X(GHOST_AFTER_MASK, "line.ghost-after-mask",                                                \
	  "a condition that ended while Command[10] was 1 pulses INTx when it is cleared")          \
	X(LINE_DROPS, "line.drops", "INTx falls 500 us after it rose, though the condition holds")  \
	X(LINE_LINGERS, "line.lingers",                                                             \
	  "INTx stays asserted for 30 us after the condition has ended")                            \
	X(ASSERT_LOST, "line.assert-lost-16th", "every 16th assertion of INTx does not happen")     \
	X(ASSERT_LOST_ONCE, "line.assert-lost-100th",                                               \
	  "the 100th assertion of INTx does not happen, and no other is lost")                      \
	X(UNMASK_LOSES, "cmd.unmask-loses-pending",                                                 \
	  "a condition that began while Command[10] was 1 is not asserted when it is cleared")      \
	X(MSI_INTX_TOO, "msi.intx-too", "INTx is driven although MSI is enabled")                   \
	X(MSI_DISINTX_STOPS, "msi.disintx-stops", "Command[10] stops messages")                     \
	X(MSI_IGNORES_MASTER, "msi.ignores-bus-master", "a message is sent while Command[2] is 0")  \
	X(MSI_OFF_LOSES, "msi.off-loses-pending",                                                   \
	  "a condition pending when MSI Enable is cleared is not asserted as INTx")                 \
	X(MSI_OFF_STALE, "msi.off-asserts-stale",                                                   \
	  "clearing MSI Enable asserts INTx if a message was sent, until the condition changes")    \
	X(MSI_DEAD_AFTER_OFF, "msi.dead-after-off",                                                 \
	  "no message is sent any more once MSI Enable was cleared with a condition pending")       \
	X(IS_NO_LATCH, "hba.is-no-latch", "IS reads PxIS & PxIE of its ports, not a latch")         \
	X(IS_WRITE_WINS, "hba.is-write-wins",                                                       \
	  "IS written 1 stays 0 until a bit of PxIS is set anew")                                   \
	X(GHC_IE_IGNORED, "hba.ghc-ie-ignored", "GHC.IE does not gate the interrupt")               \
	X(PORT_IE_IGNORED, "hba.port-ie-ignored", "PxIE does not gate PxIS out of IS")              \
	X(RESET_KEEPS_IE, "hba.reset-keeps-ie", "GHC.HR leaves GHC.IE as it was")                   \
	X(RESET_KEEPS_LINE, "hba.reset-keeps-line",                                                 \
	  "GHC.HR leaves INTx as it was until the next register write")                             \
	X(GHC_RESERVED_1, "hba.ghc-reserved-1", "GHC[8], reserved, reads 1")                        \
	X(FLR_KEEPS_DISINTX, "reset.flr-keeps-disintx",                                             \
	  "a reset of the function leaves Command[10] as it was")                                   \
	X(D3_KEEPS_INTX, "reset.d3hot-keeps-intx", "INTx is driven in D3hot")                       \
	X(D3_RESETS, "reset.d3hot-resets",                                                          \
	  "D3hot to D0 resets the function although No_Soft_Reset is 1")                            \
	X(EOI_SKIPS_MASKED, "ioapic.eoi-skips-masked",                                              \
	  "the EOI broadcast leaves remote IRR of a masked entry set")                              \
	X(PULSE_LATCHED, "ioapic.pulse-latched",                                                    \
	  "a line that rose while its level entry was masked is sent at the unmask")                \
	X(MASK_ONE_LATE, "ioapic.mask-one-late",                                                    \
	  "an entry masked while remote IRR is 1 sends once more at the EOI")                       \
	X(DEAF_AFTER_EOI, "ioapic.deaf-after-eoi",                                                  \
	  "a level still asserted at the EOI of a masked entry is not seen until it has fallen")    \
	X(LEVEL_SENT_ONCE, "ioapic.level-sent-once",                                                \
	  "a level still asserted at the EOI is not sent again until it has fallen")                \
	X(EOI_CLEARS_ONE, "ioapic.eoi-clears-one",                                                  \
	  "an EOI clears remote IRR of the first entry with its vector and of no other")            \
	X(MERGED_UNSEEN, "ioapic.merged-not-accepted",                                              \
	  "a message whose vector waits already does not set remote IRR")                           \
	X(EOI_LOSES_RISE, "ioapic.eoi-loses-rise",                                                  \
	  "an EOI takes 1 us, and a line that rises in it is not seen until it has fallen")         \
	X(ABSENT_READS_0, "cfg.absent-reads-0", "04h of a function that is not there reads 0")      \
	X(MASTER_STICKS, "cmd.master-sticks", "Command[2] stays 1 once it is 1")                    \
	X(MASTER_SETS_LATE, "cmd.master-sets-late",                                                 \
	  "for 20 us after Command[2] was set it reads 0 and writes do not change it")              \
	X(ALL_OFF_LOST, "cmd.all-off-lost",                                                         \
	  "a write that would clear all of Command[2:0] is lost")                                   \
	X(DISINTX_SETS_ONCE, "cmd.disintx-sets-once",                                               \
	  "Command[10] can be set once between two changes of Command[2]")                          \
	X(DISINTX_SETS_TWICE, "cmd.disintx-sets-twice",                                             \
	  "Command[10] can be set twice between two changes of Command[2]")                         \
	X(DISINTX_SETS_THRICE, "cmd.disintx-sets-thrice",                                           \
	  "Command[10] can be set three times between two changes of Command[2]")                   \
	X(DISINTX_CLEARS_ONCE, "cmd.disintx-clears-once",                                           \
	  "Command[10] can be cleared once between two changes of Command[2]")                      \
	X(DISINTX_CLEARS_LATE, "cmd.disintx-clears-late",                                           \
	  "Command[10] reads 1 and masks for 5 us after it was cleared")                            \
	X(DISINTX_NEEDS_MASTER, "cmd.disintx-needs-master",                                         \
	  "Command[10] cannot be set while Command[2] is 0")                                        \
	X(DISINTX_FALLS_WITH_MASTER, "cmd.disintx-falls-with-master",                               \
	  "clearing Command[2] clears Command[10]")                                                 \
	X(STATUS_WITHOUT_MASTER, "status.set-without-master",                                       \
	  "Status[3] reads 1 while Command[2] is 0")                                                \
	X(STATUS_SET_BY_MASTER, "status.set-by-master",                                             \
	  "setting Command[2] sets Status[3] until Command[10] changes")                            \
	X(STATUS_AFTER_COMMANDS, "status.set-after-8-commands",                                     \
	  "Status[3] reads 1 once a drive did 8 commands since the reset of the HBA")               \
	X(STATUS_READ_CLEARS, "status.read-deasserts",                                              \
	  "reading Status deasserts INTx until the condition begins anew")                          \
	X(STATUS_WITHOUT_IE, "status.set-without-ghc-ie", "Status[3] reads 1 while GHC.IE is 0")    \
	X(STATUS_MISSES, "status.misses-while-masked",                                              \
	  "a condition that begins while Command[10] is 1 does not set Status[3] before it is 0")   \
	X(STATUS_LINGERS, "status.lingers",                                                         \
	  "Status[3] reads 1 for 30 us after the condition has ended")                              \
	X(LINE_DEAD, "line.dead", "INTx is never asserted")                                         \
	X(LINE_WITHOUT_MASTER, "line.asserted-without-master",                                      \
	  "INTx is asserted while Command[2] and Command[10] are 0")                                \
	X(MSI_STICKS, "msi.enable-sticks",                                                          \
	  "MSI Enable stays 1 once it is 1, a reset of the function included")                      \
	X(MSI_NOT_WRITABLE, "msi.enable-not-writable", "MSI Enable is hard-wired to 0")             \
	X(MSIX_STAYS_0, "msix.enable-stays-0", "MSI-X Enable stays 0 once it is 0")                 \
	X(MSI_SENT_AT_END, "msi.sent-at-end", "a message is sent when the condition ends, too")     \
	X(PI_READS_0, "ahci.pi-reads-0", "PI reads 0")                                              \
	X(VS_ALL_ONES, "ahci.vs-all-ones", "VS reads FFFFFFFF")                                     \
	X(PI_BEYOND_NP, "ahci.pi-beyond-np", "PI has more ports than CAP.NP says")                  \
	X(VS_READS_0, "ahci.vs-reads-0", "VS reads 0")                                              \
	X(BIOS_KEEPS, "ahci.bios-keeps", "BOHC.BOS stays 1 after BOHC.OOS was set")                 \
	X(RESET_CLEARS_AE, "ahci.reset-clears-ae", "GHC.AE reads 0 from the first GHC.HR on")       \
	X(RECEIVE_NEVER_STOPS, "ahci.receive-never-stops",                                          \
	  "PxCMD.FR stays 1 after PxCMD.FRE is cleared")                                            \
	X(LINK_UP_DROPS_IE, "hba.link-up-drops-ie", "GHC.IE is cleared when a link comes up")       \
	X(RESET_DEAFENS, "hba.reset-with-is-deafens",                                               \
	  "after GHC.HR with IS not 0 no interrupt comes until the next GHC.HR")                    \
	X(PORT_PSS_MISSING, "port.pss-missing", "a PIO Setup FIS does not set PxIS.PSS")            \
	X(PORT_DHRS_LOST, "port.dhrs-lost-8th", "every 8th D2H FIS does not set PxIS.DHRS")         \
	X(PORT_LINK_UNGATED, "port.link-change-ungated",                                            \
	  "PxIS.PCS and PxIS.PRCS interrupt whatever PxIE and GHC.IE are")                          \
	X(PORT_EXPIRES, "port.condition-expires",                                                   \
	  "PxIS and IS are cleared by themselves 100 us after a command")                           \
	X(PORT_ACK_LOST, "port.ack-lost-while-masked",                                              \
	  "PxIS cannot be cleared while Command[10] is 1")                                          \
	X(PORT_ENABLE_RAISES, "port.enable-raises", "writing PxIE other than 0 sets PxIS.DHRS")     \
	X(DATA_AFTER_MASTER, "port.data-wrong-after-master",                                        \
	  "the first byte read is wrong if Command[2] rose since the reset of the HBA")             \
	X(LINE_BYTE_WRONG, "cfg.interrupt-line-wrong",                                              \
	  "3Ch names another input of the 8259s than the PIRQ is routed to")                        \
	X(PIN_READS_0, "cfg.interrupt-pin-0", "3Dh reads 0, and INTx is driven all the same")       \
	X(STATUS_OF_LINE, "status.of-the-line",                                                     \
	  "Status[3] reads 1 while anyone asserts the line that the function is on")                \
	X(LAST_WINS, "line.last-driver-wins",                                                       \
	  "a shared line follows who changed it last: it falls when one of two lets go")            \
	X(TWO_INPUTS, "line.two-inputs", "INTx reaches the input beside its own too")               \
	X(TWO_IRQS, "line.two-irqs", "INTx reaches the 8259s' IRQ beside its PIRQ's own too")       \
	X(ALL_INPUTS, "line.all-inputs", "INTx reaches every input from 16 up")                     \
	X(MASKED_REROUTED, "ioapic.masked-rerouted",                                                \
	  "a line from GSI 16 up whose entry is masked is forwarded to the input beside the next")  \
	X(SERVED_LEAKS, "ioapic.served-leaks",                                                      \
	  "a level entry that has had an EOI unmasked sends when its line rises, masked or not")    \
	X(BRIDGE_DISINTX_GATES, "bridge.disintx-gates",                                             \
	  "Command[10] of a bridge stops the INTx of the functions behind it")                      \
	X(BRIDGE_NO_SWIZZLE, "bridge.no-swizzle",                                                   \
	  "bridges pass INTA-INTD on unturned, whatever the device number")                         \
	X(SDHCI_SIGNAL_IGNORED, "sdhci.signal-ignored",                                             \
	  "an SD host's error status interrupts whatever its signal enable is")                     \
	X(SDHCI_ENABLE_LOSES, "sdhci.enable-loses-pending",                                         \
	  "an error status set while its signal enable is 0 does not interrupt when it is 1")       \
	X(SDHCI_RESET_KEEPS_LINE, "sdhci.reset-keeps-line",                                         \
	  "an SD host's reset leaves INTx as it was until a status or enable is written")           \
	X(SDHCI_RESET_DEAFENS, "sdhci.reset-deafens",                                               \
	  "an SD host's reset with an interrupt pending lets no later one out")                     \
	X(E1000_RESET_KEEPS_LINE, "e1000.reset-keeps-line",                                         \
	  "CTRL.RST clears ICR and IMS, and INTx stays asserted until ICR is read")                 \
	X(E1000_RESET_DEAFENS, "e1000.reset-deafens",                                               \
	  "after CTRL.RST with ICR not 0 no interrupt comes until the next CTRL.RST")               \
	X(E1000_IMC_HOLDS, "e1000.imc-holds",                                                       \
	  "IMC does not deassert an INTx that is asserted: ICR must be read")                       \
	X(E1000_IMS_LOSES, "e1000.ims-loses-pending",                                               \
	  "a cause that was set while IMS masked it is not asserted when IMS unmasks it")           \
	X(E1000_RESET_NEVER_ENDS, "e1000.reset-never-ends", "CTRL.RST stays 1 once it was set")     \
	X(NVME_INTMS_IGNORED, "nvme.intms-ignored", "INTMS reads back and does not mask")           \
	X(NVME_UNMASK_LOSES, "nvme.unmask-loses",                                                   \
	  "an event pending as INTMC unmasks it asserts nothing before the next completion")        \
	X(NVME_RESET_KEEPS_LINE, "nvme.reset-keeps-line",                                           \
	  "CC.EN = 0 leaves INTx as it was until INTMS or INTMC is written")                        \
	X(NVME_FIRST_LOST, "nvme.first-lost-after-reset",                                           \
	  "the first completion behind a reset in the middle of an event does not interrupt")       \
	X(NVME_HEAD_LATE, "nvme.head-deasserts-late",                                               \
	  "INTx stays asserted behind the last head doorbell until the next completion")            \
	X(BYTE_WRITE_LATE, "cmd.byte-write-late",                                                   \
	  "Command[10] written by 8 bits reads back, and INTx follows with the next event only")    \
	X(DWORD_WRITE_LATE, "cmd.dword-write-late",                                                 \
	  "Command[10] written by 32 bits reads back, and INTx follows with the next event only")   \
	X(PORT_WRITE_LATE, "cmd.port-write-late",                                                   \
	  "Command[10] written through CFCh reads back, and INTx follows with the next event only") \
	/* the end */

#define SIM_FAULT_ID(id, name, what) SIM_FAULT_##id,
enum sim_fault { SIM_FAULTS(SIM_FAULT_ID) SIM_FAULT_COUNT };
#undef SIM_FAULT_ID

#endif
