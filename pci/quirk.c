/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns Linux's lists, as data. Left out: Mellanox ConnectX, which Linux judges by its firmware's
 * version (mellanox_check_broken_intx_masking()).
 */
#include "pci/quirk.h"

/* SB700's SMBus controller tells the chip's revision: fixed from A21 on. */
#define ATI 0x1002
#define SB700_SMBUS 0x4385
#define SB700_FIRST 0x30
#define SB700_LAST 0x3a

#define ANY 0xffff

enum condition { ALWAYS, BELOW_REV_18, SB700, AHCI_CLASS, MCP65_A1_A2, REV_1 };

struct row {
	uint16_t vendor, device;
	uint8_t quirk;
	uint8_t condition;
};

static const struct row rows[] = {
	/* drivers/pci/quirks.c, quirk_broken_intx_masking() */
	{ 0x1102, 0x000b, PCI_QUIRK_INTX_MASKING, ALWAYS }, /* Creative 20K2 */
	{ 0x10ec, 0x8169, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x1425, 0x0030, PCI_QUIRK_INTX_MASKING, ALWAYS }, /* Chelsio T310 */
	{ 0x1814, 0x0601, PCI_QUIRK_INTX_MASKING, ALWAYS }, /* Ralink RT2800 */
	{ 0x1b7c, 0x0004, PCI_QUIRK_INTX_MASKING, ALWAYS }, /* Ceton InfiniTV4 */
	{ 0x8086, 0x1572, PCI_QUIRK_INTX_MASKING, ALWAYS }, /* Intel i40e from here */
	{ 0x8086, 0x1574, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1580, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1581, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1583, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1584, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1585, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1586, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1587, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1588, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x1589, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x158a, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x158b, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x37d0, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x37d1, PCI_QUIRK_INTX_MASKING, ALWAYS },
	{ 0x8086, 0x37d2, PCI_QUIRK_INTX_MASKING, ALWAYS },
	/* drivers/pci/quirks.c, quirk_msi_intx_disable_bug() and its two variants */
	{ 0x14e4, 0x1668, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS }, /* Broadcom Tigon3 from here */
	{ 0x14e4, 0x1669, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x14e4, 0x166a, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x14e4, 0x166b, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x14e4, 0x1678, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x14e4, 0x1679, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ ATI, 0x4373, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ ATI, 0x4374, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ ATI, 0x4375, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ ATI, 0x4390, PCI_QUIRK_MSI_INTX_DISABLE, SB700 }, /* SATA: IDE, AHCI, RAID modes */
	{ ATI, 0x4391, PCI_QUIRK_MSI_INTX_DISABLE, SB700 },
	{ ATI, 0x4392, PCI_QUIRK_MSI_INTX_DISABLE, SB700 },
	{ ATI, 0x4393, PCI_QUIRK_MSI_INTX_DISABLE, SB700 },
	{ ATI, 0x4394, PCI_QUIRK_MSI_INTX_DISABLE, SB700 },
	{ 0x1969, 0x1062, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS }, /* Attansic from here */
	{ 0x1969, 0x1063, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x1969, 0x1073, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x1969, 0x1083, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x1969, 0x2060, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x1969, 0x2062, PCI_QUIRK_MSI_INTX_DISABLE, ALWAYS },
	{ 0x1969, 0x1090, PCI_QUIRK_MSI_INTX_DISABLE, BELOW_REV_18 },
	{ 0x1969, 0x1091, PCI_QUIRK_MSI_INTX_DISABLE, BELOW_REV_18 },
	{ 0x1969, 0x10a0, PCI_QUIRK_MSI_INTX_DISABLE, BELOW_REV_18 },
	{ 0x1969, 0x10a1, PCI_QUIRK_MSI_INTX_DISABLE, BELOW_REV_18 },
	{ 0x1969, 0xe091, PCI_QUIRK_MSI_INTX_DISABLE, BELOW_REV_18 },
	/* drivers/ata/ahci.c, board_ahci_mv */
	{ 0x11ab, 0x6121, PCI_QUIRK_AHCI_ACK_REVERSED, ALWAYS },
	{ 0x11ab, 0x6145, PCI_QUIRK_AHCI_ACK_REVERSED, ALWAYS },
	/* ... AHCI_HFLAG_IGN_IRQ_IF_ERR: board_ahci_ign_iferr, board_ahci_jmb585 */
	{ 0x10b9, 0x5288, PCI_QUIRK_AHCI_IFS, ALWAYS }, /* ULi M5288 */
	{ 0x197b, ANY, PCI_QUIRK_AHCI_IFS, AHCI_CLASS }, /* JMicron from here */
	{ 0x197b, 0x0582, PCI_QUIRK_AHCI_IFS, ALWAYS },
	{ 0x197b, 0x0585, PCI_QUIRK_AHCI_IFS, ALWAYS },
	{ 0x197b, 0x2362, PCI_QUIRK_AHCI_IFS, ALWAYS },
	{ 0x197b, 0x236f, PCI_QUIRK_AHCI_IFS, ALWAYS },
	/* ... AHCI_HFLAG_NO_MSI: board_ahci_sb600, _mv, _al, _no_msi; ahci_init_one() */
	{ ATI, 0x4380, PCI_QUIRK_NO_MSI, ALWAYS }, /* SB600 */
	{ 0x11ab, 0x6121, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x11ab, 0x6145, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x1c36, 0x0031, PCI_QUIRK_NO_MSI, AHCI_CLASS }, /* Annapurna Labs */
	{ 0x144d, 0x1600, PCI_QUIRK_NO_MSI, ALWAYS }, /* Samsung SSDs of MacBooks */
	{ 0x144d, 0xa800, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x10de, 0x044c, PCI_QUIRK_NO_MSI, MCP65_A1_A2 }, /* nVidia from here */
	{ 0x10de, 0x044d, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x044e, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x044f, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x045c, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x045d, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x045e, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	{ 0x10de, 0x045f, PCI_QUIRK_NO_MSI, MCP65_A1_A2 },
	/* drivers/pci/quirks.c, quirk_no_msi(), pci_fixup_no_msi_no_pme(): no AHCI, for --survey */
	{ ATI, 0x4386, PCI_QUIRK_NO_MSI, ALWAYS },
	{ ATI, 0x4387, PCI_QUIRK_NO_MSI, ALWAYS },
	{ ATI, 0x4388, PCI_QUIRK_NO_MSI, ALWAYS },
	{ ATI, 0x4389, PCI_QUIRK_NO_MSI, ALWAYS },
	{ ATI, 0x438a, PCI_QUIRK_NO_MSI, ALWAYS },
	{ ATI, 0x438b, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x10b9, 0x5239, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x12d8, 0x400e, PCI_QUIRK_NO_MSI, ALWAYS },
	{ 0x12d8, 0x400f, PCI_QUIRK_NO_MSI, ALWAYS },
	/* drivers/ata/ahci.c, ahci_vt8251_hardreset(): BSY stays; ahci_avn_hardreset(): the link */
	{ 0x1106, 0x3349, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS }, /* VIA */
	{ 0x1106, 0x6287, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f32, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS }, /* Avoton from here */
	{ 0x8086, 0x1f33, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f34, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f35, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f36, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f37, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f3e, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	{ 0x8086, 0x1f3f, PCI_QUIRK_AHCI_PORT_RESET, ALWAYS },
	/*
	 * drivers/pci/quirks.c, quirk_no_flr() and quirk_no_flr_snet(), as in v6.14: such a
	 * function has PCI_DEV_FLAGS_NO_FLR_RESET, and neither pcie_reset_flr() nor pci_af_flr() is
	 * used.
	 */
	{ 0x1022, 0x1487, PCI_QUIRK_NO_FLR, ALWAYS }, /* AMD HD Audio */
	{ 0x1022, 0x148c, PCI_QUIRK_NO_FLR, ALWAYS }, /* AMD USB 3.0, and the next */
	{ 0x1022, 0x149c, PCI_QUIRK_NO_FLR, ALWAYS },
	{ 0x1022, 0x7901, PCI_QUIRK_NO_FLR, ALWAYS }, /* AMD FCH AHCI: drives dead, v6.3 */
	{ 0x8086, 0x1502, PCI_QUIRK_NO_FLR, ALWAYS }, /* Intel 82579LM, 82579V */
	{ 0x8086, 0x1503, PCI_QUIRK_NO_FLR, ALWAYS },
	{ 0x14c3, 0x0616, PCI_QUIRK_NO_FLR, ALWAYS }, /* Mediatek MT7922, v6.14 */
	{ 0xd063, 0x1000, PCI_QUIRK_NO_FLR, REV_1 }, /* SolidRun SNET DPU */
};

static unsigned revision(const struct pci_fn *fn)
{
	return fn->class_revision & 0xff;
}

static bool has_early_sb700(const struct pci_tree *tree)
{
	for (unsigned i = 0; i < tree->count; i++) {
		const struct pci_fn *fn = &tree->fn[i];

		if (fn->vendor == ATI && fn->device == SB700_SMBUS)
			return revision(fn) >= SB700_FIRST && revision(fn) <= SB700_LAST;
	}
	return false;
}

static bool holds(const struct pci_tree *tree, const struct pci_fn *fn, enum condition condition)
{
	switch (condition) {
	case BELOW_REV_18:
		return revision(fn) < 0x18;
	case SB700:
		return has_early_sb700(tree);
	case AHCI_CLASS:
		return fn->class_revision >> 8 == PCI_CLASS_STORAGE_SATA_AHCI;
	case MCP65_A1_A2:
		return revision(fn) == 0xa1 || revision(fn) == 0xa2;
	case REV_1:
		return revision(fn) == 1;
	case ALWAYS:
		break;
	}
	return true;
}

unsigned pci_quirks(const struct pci_tree *tree, const struct pci_fn *fn)
{
	unsigned quirks = 0;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].vendor == fn->vendor &&
		    (rows[i].device == fn->device || rows[i].device == ANY) &&
		    holds(tree, fn, (enum condition)rows[i].condition))
			quirks |= rows[i].quirk;
	}
	return quirks;
}

static const struct kind {
	enum pci_quirk quirk;
	const char *name, *source;
} kinds[] = {
	{ PCI_QUIRK_INTX_MASKING, "intx-masking",
	  "Linux drivers/pci/quirks.c, quirk_broken_intx_masking()" },
	{ PCI_QUIRK_MSI_INTX_DISABLE, "msi-intx-disable",
	  "Linux drivers/pci/quirks.c, PCI_DEV_FLAGS_MSI_INTX_DISABLE_BUG" },
	{ PCI_QUIRK_AHCI_ACK_REVERSED, "ahci-ack-reversed",
	  "Linux drivers/ata/ahci.c, board_ahci_mv" },
	{ PCI_QUIRK_NO_FLR, "no-flr", "Linux drivers/pci/quirks.c, quirk_no_flr()" },
	{ PCI_QUIRK_AHCI_IFS, "ahci-ifs", "Linux drivers/ata/ahci.c, AHCI_HFLAG_IGN_IRQ_IF_ERR" },
	{ PCI_QUIRK_NO_MSI, "no-msi",
	  "Linux drivers/ata/ahci.c, AHCI_HFLAG_NO_MSI, or drivers/pci/quirks.c, no_msi" },
	{ PCI_QUIRK_AHCI_PORT_RESET, "ahci-port-reset",
	  "Linux drivers/ata/ahci.c, ahci_vt8251_hardreset(), ahci_avn_hardreset()" },
};

/* Of several the first of the list: it is named for what the check looks at. */
static const struct kind *kind_of(unsigned quirks)
{
	unsigned i = 0;

	while (i + 1 < sizeof(kinds) / sizeof(kinds[0]) && !(kinds[i].quirk & quirks))
		i++;
	return &kinds[i];
}

const char *pci_quirk_name(unsigned quirks)
{
	return kind_of(quirks)->name;
}

const char *pci_quirk_source(unsigned quirks)
{
	return kind_of(quirks)->source;
}
