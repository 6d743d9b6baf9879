# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What Linux's PCI core does with Command, devres and is_managed, generation by generation.

Written from Linux's sources and from what rebuilt kernels were seen to do, and apart from the engine: a generation
here is a class that overrides what its commit changed, not a row of fields. Only for comparing: clear before fast.

Sources, by function: drivers/pci/pci.c, irq.c, devres.c (6.1.192 and 6.12.117; the commits named at the classes),
drivers/pci/msi/, drivers/base/devres.c and dd.c. The device below is PCI 3.0 sec 6.2.2, 6.2.3 and 6.8."""

from contextlib import contextmanager

IO, MEMORY, MASTER, INTX_DISABLE = 0x1, 0x2, 0x4, 0x400
STATUS = 0x0010  # capabilities list
STATUS_INTERRUPT = 0x0008
MSI_FLAGS = 0x0080  # 64 bit, one vector
MSI_ENABLE = 0x0001


class Node:
    """A device resource: its name, and what undoes it."""

    def __init__(self, name, release):
        self.name, self.release = name, release

    def __str__(self):
        return self.name


class Function:
    """Registers, and a record of who touched them."""

    def __init__(self, command):
        self.command, self.msi_flags, self.pending = command, MSI_FLAGS, False
        self.log, self.in_irq = [], False

    @property
    def msi(self):
        return bool(self.msi_flags & MSI_ENABLE)

    @property
    def x(self):
        return bool(self.command & INTX_DISABLE)

    @property
    def status(self):
        return STATUS | (STATUS_INTERRUPT if self.pending and not self.msi else 0)

    @property
    def asserted(self):
        return self.pending and not self.msi and not self.x

    def note(self, word):
        self.log.append("*" * self.in_irq + word)

    def read(self):
        self.note(f"R{self.command:04x}")
        return self.command

    def read_dword(self):
        value = self.status << 16 | self.command
        self.note(f"R32:{value:08x}")
        return value

    def write(self, value):
        self.note(f"W{value:04x}")
        self.command = value

    def write_dword(self, value):
        self.note(f"W32:{value:08x}")
        self.command = value & 0xffff

    def write_msi_flags(self, value):
        self.note(f"M{value:04x}")
        self.msi_flags = value

    def change(self, clear, set_):
        """Read, modify, and write only what changed."""
        old = self.read()
        new = old & ~clear | set_
        if new != old:
            self.write(new)


class Context:
    """Where the kernel's code stands: what lockdep and might_alloc() look at."""

    def __init__(self):
        self.chain, self.spinlocks, self.in_irq, self.in_release = [], [], False, 0
        self.owner = None
        self.fail_from, self.intx_nodes = 0, 0
        self.allocations, self.hazards = [], []

    @contextmanager
    def inside(self, name):
        self.chain.append(name)
        yield
        self.chain.pop()

    @contextmanager
    def locked(self, name):
        self.spinlocks.append(name)
        yield
        self.spinlocks.pop()

    def _where(self):
        return self.spinlocks[-1] if self.spinlocks else "-", int(self.in_irq or bool(self.spinlocks))

    def hazard(self, name, command=0):
        lock, off = self._where()
        chain = " < ".join(reversed(self.chain))
        self.hazards.append(f"{name}/{lock}/{off}{int(self.in_irq)}{int(bool(self.in_release))}/{self.owner or '-'}/"
                            f"{command:04x}/{chain}")

    def allocate(self, gfp, is_intx_node=False):
        """devres_alloc(): True when there was memory."""
        failed = False
        if is_intx_node and self.fail_from:
            self.intx_nodes += 1
            failed = self.intx_nodes >= self.fail_from
        lock, off = self._where()
        self.allocations.append(f"__devres_alloc_node/{gfp}/{lock}/{off}{int(bool(self.in_release))}{int(failed)}/"
                                f"{self.owner or '-'}")
        with self.inside("__devres_alloc_node"):
            if gfp == "GFP_KERNEL" and off:
                self.hazard("sleeping-allocation")
            if self.in_release and not failed:
                self.hazard("resource-in-release")
        return not failed


class PciDev:
    """struct pci_dev and what no generation changed."""

    has_pcim_intx = True

    def __init__(self, command, has_msi):
        self.fn, self.ctx, self.has_msi = Function(command), Context(), has_msi
        self.nodes = []  # newest first
        self.driver, self.bound_with_x = None, False
        self.enable_cnt, self.is_busmaster = 0, False
        self.is_managed = self.is_msi_managed = self.pinned = self.msi_enabled = False
        self.saved = None

    # drivers/base

    def find(self, name):
        return next((node for node in self.nodes if node.name == name), None)

    def add(self, node):
        self.nodes.insert(0, node)

    def devm_add_action(self, name, release):
        if not self.ctx.allocate("GFP_KERNEL"):
            return False
        self.add(Node(name, release))
        return True

    def probe(self, driver):
        """really_probe(): -EBUSY, "Resources present before probing"."""
        with self.ctx.inside("really_probe"):
            self.ctx.owner = driver
            if self.nodes:
                self.ctx.hazard("probe-refused")
                self.ctx.owner = None
                return "busy"
        self.driver, self.bound_with_x = driver, self.fn.x
        return "ok"

    def detach(self):
        """device_unbind_cleanup(): all nodes leave the list before the first is released."""
        with self.ctx.inside("device_unbind_cleanup"), self.ctx.inside("devres_release_all"):
            private, self.nodes = self.nodes, []
            self.ctx.in_release += 1
            for node in private:
                node.release()
            self.ctx.in_release -= 1
            if self.fn.x and not self.bound_with_x:
                self.ctx.hazard("disintx-left-set", self.fn.command)
        self.driver = self.ctx.owner = None

    # drivers/pci/pci.c

    def pci_enable_device(self):
        self.enable_cnt += 1
        if self.enable_cnt > 1:
            return
        self.fn.change(0, IO | MEMORY)
        if self.msi_enabled:
            return
        command = self.fn.read()
        if command & INTX_DISABLE:
            self.fn.write(command & ~INTX_DISABLE)

    def pci_disable_device(self):
        self.note_disabled()
        self.enable_cnt -= 1  # below 0 too: Linux only warns
        if self.enable_cnt == 0:
            self.fn.change(MASTER, 0)
            self.is_busmaster = False

    def note_disabled(self):
        pass

    def pci_set_master(self):
        self.fn.change(0, MASTER)
        self.is_busmaster = True

    def pci_clear_master(self):
        self.fn.change(MASTER, 0)
        self.is_busmaster = False

    def pci_save_state(self):
        self.saved = self.fn.read_dword()

    def pci_restore_state(self):
        if self.saved is None:
            return
        if self.fn.read_dword() != self.saved:
            self.fn.write_dword(self.saved)
        self.saved = None

    def set_x(self, old, enable):
        """The write of a pci_intx(), if there is one to make: True."""
        new = old & ~INTX_DISABLE if enable else old | INTX_DISABLE
        if new == old:
            return False
        if enable and self.fn.msi:
            self.ctx.hazard("intx-under-msi", old)
        self.fn.write(new)
        return True

    def plain_intx(self, enable):
        return self.set_x(self.fn.read(), enable)

    def pci_intx(self, enable):
        with self.ctx.inside("pci_intx"):
            self.intx(enable)

    def pci_check_and_set_intx_mask(self, mask):
        dword = self.fn.read_dword()
        if mask != bool(dword >> 16 & STATUS_INTERRUPT):
            return False
        self.set_x(dword & 0xffff, not mask)
        return True

    # drivers/pci/msi

    def pci_enable_msi(self):
        if not self.has_msi:
            return "absent"
        if self.is_managed and not self.is_msi_managed:
            self.is_msi_managed = self.devm_add_action("pcim_msi_release", self.pcim_msi_release)
        with self.ctx.inside("msi_capability_init"):
            self.fn.write_msi_flags(MSI_FLAGS)
            self.fn.write_msi_flags(MSI_FLAGS)  # with the message
            self.pci_intx(False)
            self.msi_enabled = True
            self.fn.write_msi_flags(MSI_FLAGS | MSI_ENABLE)
        return "ok"

    def free_msi_irq(self):
        """The vector let go while MSI is on: an empty message, so Message Control is written again."""
        if self.msi_enabled:
            self.fn.write_msi_flags(MSI_FLAGS | MSI_ENABLE)

    def pci_disable_msi(self):
        if not self.msi_enabled:
            return
        with self.ctx.inside("pci_msi_shutdown"):
            self.fn.write_msi_flags(MSI_FLAGS)
            self.pci_intx(True)
            self.msi_enabled = False

    def pcim_msi_release(self):
        with self.ctx.inside("pcim_msi_release"):
            self.is_msi_managed = False
            self.pci_disable_msi()

    # what a generation says

    def intx(self, enable):
        raise NotImplementedError

    def ahci_intx(self):
        """ahci_init_one() without MSI."""
        self.pci_intx(True)
        return "ok"


class V6_10(PciDev):
    """Until 6.10: one struct pci_devres for everything; pci_intx() records into it if it finds it."""

    has_pcim_intx = False

    class Devres(Node):
        enabled = pinned = restore_intx = orig_intx = False

        def __str__(self):
            return (f"{self.name}[{int(self.enabled)}{int(self.pinned)}{int(self.restore_intx)}"
                    f"{int(self.restore_intx and self.orig_intx)}]")

    def find_pci_dr(self):
        return self.find("pcim_release") if self.is_managed else None

    def pcim_enable_device(self):
        with self.ctx.inside("pcim_enable_device"):
            dr = self.find("pcim_release")
            if not dr:
                if not self.ctx.allocate("GFP_KERNEL"):
                    return "no memory"
                dr = self.Devres("pcim_release", None)
                dr.release = lambda: self.pcim_release(dr)
                self.add(dr)
            if not dr.enabled:
                self.pci_enable_device()
                self.is_managed = dr.enabled = True
        return "ok"

    def pcim_release(self, dr):
        with self.ctx.inside("pcim_release"):
            if dr.restore_intx:
                self.pci_intx(dr.orig_intx)
            if dr.enabled and not dr.pinned:
                self.pci_disable_device()

    def pcim_pin_device(self):
        dr = self.find_pci_dr()
        if dr:
            dr.pinned = True  # not enabled: only a warning

    def note_disabled(self):
        dr = self.find_pci_dr()
        if dr:
            dr.enabled = False

    def intx(self, enable):
        if not self.plain_intx(enable):
            return
        dr = self.find_pci_dr()
        if dr and not dr.restore_intx:
            dr.restore_intx, dr.orig_intx = True, not enable


class IntxDevres(Node):
    orig_intx = False

    def __str__(self):
        return f"{self.name}[{int(self.orig_intx)}]"


class V6_11_rc1(PciDev):
    """25216afc9db5: a node for each thing; a managed device's pci_intx() is pcim_intx(), before any look."""

    gfp = "GFP_KERNEL"

    def pcim_enable_device(self):
        with self.ctx.inside("pcim_enable_device"):
            if not self.devm_add_action("pcim_disable_device", self.pcim_disable_device):
                return "no memory"
            self.pci_enable_device()
            self.is_managed = True
        return "ok"

    def pcim_disable_device(self):
        with self.ctx.inside("pcim_disable_device"):
            if not self.pinned:
                self.pci_disable_device()

    def pcim_pin_device(self):
        self.pinned = True  # and nobody ever takes it back

    def get_or_create_intx_devres(self):
        node = self.find("pcim_intx_restore")
        if node:
            return node
        if not self.ctx.allocate(self.gfp, is_intx_node=True):
            return None
        node = IntxDevres("pcim_intx_restore", None)
        node.release = lambda: self.pcim_intx_restore(node)
        self.add(node)
        return node

    def pcim_intx_restore(self, node):
        with self.ctx.inside("pcim_intx_restore"):
            self.plain_intx(node.orig_intx)

    def pcim_intx(self, enable):
        with self.ctx.inside("pcim_intx"):
            node = self.get_or_create_intx_devres()
            if not node:
                return "no memory"
            node.orig_intx = not enable
            self.plain_intx(enable)
        return "ok"

    def managed_intx(self, enable):
        """WARN_ON_ONCE(pcim_intx() != 0), and on."""
        if self.pcim_intx(enable) != "ok" and not enable:
            self.ctx.hazard("mask-lost", self.fn.command)

    def intx(self, enable):
        if self.is_managed:
            self.managed_intx(enable)
        else:
            self.plain_intx(enable)


class V6_11_rc2(V6_11_rc1):
    """00f89ae4e759: only if Command would change."""

    def intx(self, enable):
        command = self.fn.read()
        if enable != bool(command & INTX_DISABLE):
            return
        if self.is_managed:
            self.managed_intx(enable)
        else:
            self.set_x(command, enable)


class V6_11(V6_11_rc2):
    """fc8c818e7569: pcim_disable_device() ends with is_managed = false."""

    def pcim_disable_device(self):
        super().pcim_disable_device()
        self.is_managed = False


class Next20241218(V6_11):
    """dfa2f4d5f9e5: pci_intx() is never managed; ahci calls pcim_intx()."""

    def intx(self, enable):
        self.plain_intx(enable)

    def ahci_intx(self):
        return self.pcim_intx(True)


class V6_14(Next20241218):
    """d555ed45a5a1: what to restore is read, once, when the node is made."""

    def pcim_intx(self, enable):
        with self.ctx.inside("pcim_intx"):
            is_new = not self.find("pcim_intx_restore")
            node = self.get_or_create_intx_devres()
            if not node:
                return "no memory"
            if is_new:
                node.orig_intx = not self.fn.read() & INTX_DISABLE
            self.plain_intx(enable)
        return "ok"


class V6_12_17(V6_14):
    """Stable: both, and ahci still calls pci_intx()."""

    def ahci_intx(self):
        self.pci_intx(True)
        return "ok"


class V6_15(V6_14):
    """565d065acd7e: ahci asks pci_alloc_irq_vectors(), which calls pci_intx(1)."""

    def ahci_intx(self):
        self.pci_intx(True)
        return "ok"


class GfpAtomic(V6_11_rc2):
    gfp = "GFP_ATOMIC"


GENERATIONS = {
    "v6.10": V6_10, "v6.11-rc1": V6_11_rc1, "v6.11-rc2": V6_11_rc2, "v6.11": V6_11, "next-20241218": Next20241218,
    "v6.14": V6_14, "v6.12.17": V6_12_17, "v6.15": V6_15, "gfp-atomic": GfpAtomic, "unlocked": V6_11_rc2,
    "no-pci-intx": V6_15,
}
OUT_OF_THE_LOCK = {"unlocked"}  # vfio-pci's pci_intx()
UNLAZY = {"v6.12.17"}  # 8b9f128947dd, in 6.12.117
