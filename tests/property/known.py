# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Where the engine is known to differ from Linux, as overrides of the model; test_property.py fails when one is no
longer needed. An entry goes when the engine is right."""

from model import GENERATIONS, V6_10
from owners import Ahci, Machine, Vfio


class DisableBelowZero:
    """pci/device.c, pci_disable_device(): an enable_cnt of 0 stays; Linux warns and counts on, to -1."""

    def pci_disable_device(self):
        if self.enable_cnt > 0:
            super().pci_disable_device()
        else:
            self.note_disabled()


class PinOnlyEnabled:
    """pci/managed.c, pcim_pin_device(): until 6.10 Linux pins a node that is not enabled, too, with a warning."""

    def pcim_pin_device(self):
        dr = self.find_pci_dr()
        if dr and dr.enabled:
            dr.pinned = True


class OpenDoesNotLook(Vfio):
    """drivers/passthrough.c, passthrough_open(): vfio_pci_core_enable() reads Command behind pci_save_state() and
    clears DisINTx where it masks at the device."""

    def enable(self, pci_2_3):
        self.pci_2_3 = pci_2_3
        with self.ctx.inside("vfio_pci_core_enable"):
            self.dev.pci_clear_master()
            self.dev.pci_enable_device()
        self.dev.pci_save_state()
        self.virq_disabled, self.opened = False, True


class RequestedEnabled(Vfio):
    """drivers/passthrough.c, passthrough_intx_enable(): a line that begins masked at the controller is requested
    unmasked and disabled behind that; Linux requests it with IRQF_NO_AUTOEN (CVE-2024-27437)."""

    def intx_enable(self):
        super().intx_enable()
        if self.masked and not self.pci_2_3:
            self.entry_masked = False
            self.disable_irq()

    def may_request(self):
        return self.pci_2_3 or not self.virq_disabled or not self.dev.fn.asserted


class UnmaskInTheLock(Vfio):
    """drivers/passthrough.c, intx_unmask(): under vfio_lock_held = false its pci_intx(1) is still made under irqlock."""

    def follow_unmask(self):
        if self.pci_2_3:
            with self.ctx.locked("&vdev->irqlock"):
                self.dev.pci_intx(True)


class ProbeFails(Ahci):
    """drivers/owner_ahci.c, take_intx(): a pcim_intx() without memory fails the probe; ahci does not look at what it
    returns (next-20241218, v6.14)."""

    def vector(self):
        return self.dev.pci_enable_msi() if self.dev.has_msi else self.dev.ahci_intx()


KNOWN = {"disable-below-zero": DisableBelowZero, "pin-only-enabled": PinOnlyEnabled, "open-does-not-look": OpenDoesNotLook,
         "requested-enabled": RequestedEnabled, "unmask-in-the-lock": UnmaskInTheLock, "probe-fails": ProbeFails}


def machine_class(known):
    """A Machine that differs from Linux in these points."""
    overrides = [KNOWN[name] for name in known]

    class Known(Machine):
        def __init__(self, policy, command, has_msi):
            super().__init__(policy, command, has_msi)
            device = [one for one in overrides if not issubclass(one, (Vfio, Ahci))]
            if not isinstance(self.dev, V6_10) and PinOnlyEnabled in device:
                device.remove(PinOnlyEnabled)
            self.dev.__class__ = type("Device", (*device, GENERATIONS[policy]), {})
            for owner, base in ((self.vfio, Vfio), (self.ahci, Ahci)):
                owner.__class__ = type("Owner", (*[one for one in overrides if issubclass(one, base)], base), {})

    return Known
