# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Where the engine is known to differ from Linux, as overrides of the model; test_property.py fails when one is no
longer needed. An entry goes when the engine is right."""

from model import GENERATIONS
from owners import Ahci, Machine, Vfio


KNOWN = {}


def machine_class(known):
    """A Machine that differs from Linux in these points."""
    overrides = [KNOWN[name] for name in known]

    class Known(Machine):
        def __init__(self, policy, command, has_msi):
            super().__init__(policy, command, has_msi)
            device = [one for one in overrides if not issubclass(one, (Vfio, Ahci))]
            self.dev.__class__ = type("Device", (*device, GENERATIONS[policy]), {})
            for owner, base in ((self.vfio, Vfio), (self.ahci, Ahci)):
                owner.__class__ = type("Owner", (*[one for one in overrides if issubclass(one, base)], base), {})

    return Known
