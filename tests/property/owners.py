# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The drivers around the device of model.py: ahci, vfio-pci, and the line between them.

vfio-pci: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_intrs.c, vfio_pci_config.c; ahci: drivers/ata/ahci.c, libahci.c;
the line: kernel/irq/chip.c, handle_fasteoi_irq(). A Machine runs one command and says the state as one line."""

from model import GENERATIONS, INTX_DISABLE, MASTER, OUT_OF_THE_LOCK, UNLAZY

STORM = 1000  # deliveries in a command, then the laboratory's guard masks the line
IRQLOCK = "&vdev->irqlock"


class Vfio:
    """struct vfio_pci_core_device. At the device (pci_2_3), or at the controller."""

    def __init__(self, dev, policy):
        self.dev, self.ctx, self.policy = dev, dev.ctx, policy
        self.notified = 0
        self.reset()

    def reset(self):
        self.pci_2_3 = True
        self.opened = self.masked = self.virq_disabled = False
        self.irq = "none"
        self.count = 0
        self.entry_masked = self.lazy = self.guarded = self.storm = False

    # drivers/vfio/pci/vfio_pci_core.c

    def enable(self, pci_2_3):
        self.pci_2_3 = pci_2_3
        with self.ctx.inside("vfio_pci_core_enable"):
            self.dev.pci_clear_master()
            self.dev.pci_enable_device()
        self.dev.pci_save_state()
        command = self.dev.fn.read()
        if pci_2_3 and command & INTX_DISABLE:
            self.dev.fn.write(command & ~INTX_DISABLE)
        self.virq_disabled, self.opened = False, True

    def disable(self):
        self.dev.pci_clear_master()
        self.set_irq_none()
        self.virq_disabled = False
        self.dev.fn.write(INTX_DISABLE)
        self.dev.pci_restore_state()
        self.dev.pci_disable_device()
        self.opened = False

    def set_irq_none(self):
        if self.irq == "intx":
            self.intx_disable()
        elif self.irq == "msi":
            self.msi_disable()

    # drivers/vfio/pci/vfio_pci_intrs.c

    def intx_enable(self):
        """A masked line is requested without being enabled (IRQF_NO_AUTOEN) where it is masked at the controller."""
        with self.ctx.inside("vfio_intx_enable"):
            self.masked = self.virq_disabled
            if self.pci_2_3:
                self.dev.pci_intx(not self.masked)
            self.irq, self.count = "intx", 0
            self.entry_masked, self.lazy, self.guarded = self.masked and not self.pci_2_3, False, False

    def intx_disable(self):
        self.irq, self.masked, self.lazy = "none", False, False

    def restore_command(self, command):
        """vfio_pci_memory_unlock_and_restore()"""
        self.dev.fn.write(command)

    def msi_enable(self):
        command = self.dev.fn.command
        with self.ctx.inside("vfio_msi_enable"):
            result = self.dev.pci_enable_msi()
            self.restore_command(command)
        if result == "ok":
            self.restore_command(self.dev.fn.command)
            self.irq, self.count = "msi", 0
        return result

    def msi_disable(self):
        command = self.dev.fn.command
        self.dev.free_msi_irq()
        self.restore_command(command)
        with self.ctx.inside("vfio_msi_disable"):
            self.dev.pci_disable_msi()
            self.restore_command(command)
        self.irq = "none"

    def disable_irq(self):
        if self.policy in UNLAZY:
            self.entry_masked = True
        else:
            self.lazy = True

    def enable_irq(self):
        self.lazy = self.entry_masked = self.guarded = False

    def mask(self, meanwhile=None):
        """__vfio_pci_intx_mask(); meanwhile: what waits for irqlock on another CPU."""
        unlocked = self.policy in OUT_OF_THE_LOCK
        with self.ctx.inside("__vfio_pci_intx_mask"):
            write = not self.masked
            if self.irq == "intx":
                self.masked = True
            if unlocked:
                self.let_in(meanwhile)
                self.write_mask(write)
            else:
                with self.ctx.locked(IRQLOCK):
                    self.write_mask(write)
                self.let_in(meanwhile)
            self.look_for_lost()

    def let_in(self, meanwhile):
        if meanwhile:
            meanwhile()

    def write_mask(self, write):
        if not write:
            return
        if self.pci_2_3:
            self.dev.pci_intx(False)
        elif self.irq == "intx":
            self.disable_irq()

    def look_for_lost(self):
        """Masked where its driver holds it to be unmasked: UNMASK does nothing, the handler never runs."""
        at_hardware = self.dev.fn.x if self.pci_2_3 else self.lazy or self.entry_masked
        if self.irq == "intx" and not self.masked and not self.virq_disabled and at_hardware:
            self.ctx.hazard("interrupt-lost", self.dev.fn.command)

    def unmask(self):
        """vfio_pci_intx_unmask_handler(), and the eventfd again when it is still pending."""
        with self.ctx.inside("vfio_pci_intx_unmask_handler"):
            if self.irq != "intx":
                self.follow_unmask()
                return
            with self.ctx.locked(IRQLOCK):
                if not self.masked or self.virq_disabled:
                    return
                if not self.pci_2_3:
                    self.enable_irq()
                    self.masked = False
                elif self.dev.pci_check_and_set_intx_mask(False):
                    self.masked = False
                else:
                    self.notified += 1

    def follow_unmask(self):
        if not self.pci_2_3:
            return
        if self.policy in OUT_OF_THE_LOCK:
            self.dev.pci_intx(True)
        else:
            with self.ctx.locked(IRQLOCK):
                self.dev.pci_intx(True)

    def may_race(self):
        """Out of the lock, a line that is still asserted may come before or behind the late disable_irq(): no one answer."""
        return self.pci_2_3 or self.policy not in OUT_OF_THE_LOCK or not self.dev.fn.pending

    def user_mask(self, meanwhile=None):
        if self.irq == "intx":  # else -EINVAL
            with self.ctx.inside("vfio_pci_set_intx_mask"):
                self.mask(meanwhile)

    def user_unmask(self):
        if self.irq == "intx":
            self.unmask()

    # drivers/vfio/pci/vfio_pci_config.c

    def write_command(self, value):
        fn = self.dev.fn
        fn.write(value & ~INTX_DISABLE | fn.command & INTX_DISABLE)
        virtual = bool(value & INTX_DISABLE)
        with self.ctx.inside("vfio_basic_config_write"):
            if virtual and not self.virq_disabled:
                self.virq_disabled = True
                self.mask()
            elif not virtual and self.virq_disabled:
                self.virq_disabled = False
                self.unmask()

    # the line

    def handler(self):
        """vfio_intx_handler()"""
        if self.masked:
            return
        if self.pci_2_3:
            self.dev.fn.in_irq = True
            ours = self.dev.pci_check_and_set_intx_mask(True)
            self.dev.fn.in_irq = False
            if not ours:
                return
        else:
            self.disable_irq()
        self.masked = True
        if not self.virq_disabled:
            self.notified += 1

    def deliver(self):
        """A level: again and again, until somebody lowers or masks it."""
        while self.irq == "intx" and self.dev.fn.asserted and not (self.entry_masked or self.guarded):
            self.budget -= 1
            if self.lazy:  # the flow handler's own: masked now, counted for nobody
                self.entry_masked, self.lazy = True, False
            else:
                self.count += 1
                self.handler()
            self.storm = self.guarded = not self.budget

    def message(self):
        if self.irq == "msi" and self.dev.fn.command & MASTER:
            self.count += 1
            self.notified += 1


class Ahci:
    """ahci_init_one() and its release, as far as config space and devres are concerned."""

    def __init__(self, dev):
        self.dev = dev

    def nothing(self):
        pass

    def bind(self):
        result = self.dev.probe("ahci")
        if result != "ok":
            return result
        with self.dev.ctx.inside("ahci_init_one"):
            result = self.init_one()
        if result != "ok":
            self.dev.detach()
        return result

    def init_one(self):
        dev = self.dev
        dev.pcim_enable_device()
        dev.devm_add_action("pcim_iomap_regions", self.nothing)
        dev.devm_add_action("ata_host", self.nothing)
        result = self.vector()
        if result != "ok":
            return result
        dev.fn.pending = False  # the HBA's reset
        dev.pci_set_master()
        dev.devm_add_action("ata_host_stop", self.nothing)
        dev.devm_add_action("irq", dev.free_msi_irq)
        return "ok"

    def vector(self):
        """MSI, else INTx; what pcim_intx() returns is not looked at."""
        if self.dev.has_msi:
            return self.dev.pci_enable_msi()
        self.dev.ahci_intx()
        return "ok"


class Machine:
    def __init__(self, policy, command, has_msi):
        self.policy = policy
        self.dev = GENERATIONS[policy](command, has_msi)
        self.vfio, self.ahci = Vfio(self.dev, policy), Ahci(self.dev)

    def core(self, verb, argument):
        dev, on = self.dev, argument == "1"
        simple = {"unbind": dev.detach, "enable": dev.pci_enable_device, "disable": dev.pci_disable_device,
                  "pin": dev.pcim_pin_device, "bind": lambda: dev.probe("managed"),
                  "pcim_enable": dev.pcim_enable_device,
                  "master": dev.pci_set_master if on else dev.pci_clear_master,
                  "intx": lambda: dev.pci_intx(on), "pcim_intx": lambda: dev.pcim_intx(on),
                  "msi": dev.pci_enable_msi if on else dev.pci_disable_msi,
                  "action": lambda: self.action(argument)}
        return simple[verb]() or "ok"

    def action(self, what):
        release = {"intx0": lambda: self.dev.pci_intx(False), "intx1": lambda: self.dev.pci_intx(True),
                   "disable": self.dev.pci_disable_device}[what]
        self.dev.devm_add_action("driver", release)

    def vbind(self):
        notified = self.vfio.notified
        self.vfio.reset()
        self.vfio.notified = notified
        return self.dev.probe("vfio-pci")

    def owner(self, verb, argument):
        vfio, on = self.vfio, argument == "1"
        simple = {"vbind": self.vbind, "vunbind": self.dev.detach, "vclose": vfio.disable,
                  "vopen": lambda: vfio.enable(argument == "device"),
                  "vintx": vfio.intx_enable if on else vfio.intx_disable,
                  "vmsi": vfio.msi_enable if on else vfio.msi_disable, "vmask": vfio.user_mask,
                  "vunmask": vfio.user_unmask, "vrace": lambda: vfio.user_mask(vfio.user_unmask),
                  "vcmd": lambda: vfio.write_command(int(argument or "0", 16)), "abind": self.ahci.bind,
                  "aunbind": self.dev.detach, "raise": lambda: self.set_pending(True),
                  "ack": lambda: self.set_pending(False), "fail": lambda: self.fail_from(int(argument))}
        return simple[verb]() or "ok"

    def set_pending(self, pending):
        self.dev.fn.pending = pending
        if pending and self.dev.fn.msi:
            self.vfio.message()

    def fail_from(self, n):
        self.dev.ctx.fail_from, self.dev.ctx.intx_nodes = n, 0

    def run(self, command):
        verb, _, argument = command.partition(" ")
        dev = self.dev
        dev.fn.log, dev.ctx.allocations, dev.ctx.hazards = [], [], []
        self.vfio.budget, self.vfio.storm = STORM, False
        is_core = verb in ("bind", "unbind", "enable", "disable", "pin", "pcim_enable", "master", "intx", "pcim_intx",
                           "msi", "action")
        result = (self.core if is_core else self.owner)(verb, argument)
        self.vfio.deliver()
        return self.state(result)

    def state(self, result):
        dev, vfio, fn = self.dev, self.vfio, self.dev.fn
        words = [
            f"result={result} command={fn.command:04x} status={fn.status:04x} msi={int(fn.msi)}",
            f"driver={dev.driver or '-'} enable_cnt={dev.enable_cnt} busmaster={int(dev.is_busmaster)}",
            f"managed={int(dev.is_managed)} msi_managed={int(dev.is_msi_managed)} pinned={int(dev.pinned)}",
            f"msi_enabled={int(dev.msi_enabled)} devres={','.join(map(str, dev.nodes))}",
            f"masked={int(vfio.masked)} virq_disabled={int(vfio.virq_disabled)} irq={vfio.irq}",
            f"notified={vfio.notified}"]
        if vfio.irq == "intx":
            at_entry = vfio.entry_masked or vfio.guarded
            words.append(f"count={vfio.count} entry_masked={int(at_entry)} lazy={int(vfio.lazy)}")
        elif vfio.irq == "msi":
            words.append(f"count={vfio.count}")
        words.append(f"storm={int(vfio.storm)} log=\"{' '.join(fn.log)}\"")
        words.append(f"allocations=\"{' '.join(dev.ctx.allocations)}\" hazards=\"{'; '.join(dev.ctx.hazards)}\" left=00")
        return " ".join(words)
