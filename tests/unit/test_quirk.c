/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Linux's lists: who is on them, and who is on them only in some revisions. */
#include "pci/quirk.h"
#include "tests/unit/unit.h"

static unsigned quirks_of(uint16_t vendor, uint16_t device, uint8_t revision)
{
	static struct pci_tree tree;
	struct pci_fn fn = { .vendor = vendor, .device = device, .class_revision = revision };

	tree.count = 0;
	return pci_quirks(&tree, &fn);
}

static void a_listed_function_has_its_quirk(void)
{
	UNIT_EQ(quirks_of(0x8086, 0x1572, 2), PCI_QUIRK_INTX_MASKING);
	UNIT_EQ(quirks_of(0x1002, 0x4373, 0), PCI_QUIRK_MSI_INTX_DISABLE);
	UNIT_EQ(quirks_of(0x11ab, 0x6145, 0), PCI_QUIRK_AHCI_ACK_REVERSED | PCI_QUIRK_NO_MSI);
	UNIT_EQ(quirks_of(0x10b9, 0x5288, 0), PCI_QUIRK_AHCI_IFS);
	UNIT_EQ(quirks_of(0x1002, 0x4380, 0), PCI_QUIRK_NO_MSI);
	UNIT_EQ(quirks_of(0x144d, 0xa800, 0), PCI_QUIRK_NO_MSI);
	UNIT_EQ(quirks_of(0x1106, 0x3349, 0), PCI_QUIRK_AHCI_PORT_RESET);
	UNIT_EQ(quirks_of(0x8086, 0x1f32, 0), PCI_QUIRK_AHCI_PORT_RESET);
}

static void another_function_has_none(void)
{
	UNIT_EQ(quirks_of(0x8086, 0x2922, 2), 0);
	UNIT_EQ(quirks_of(0x1234, 0x11e8, 0x10), 0);
	UNIT_EQ(quirks_of(0x1572, 0x8086, 0), 0);
	UNIT_EQ(quirks_of(0xffff, 0xffff, 0xff), 0);
}

/* Linux 6.12 drivers/pci/quirks.c and drivers/ata/ahci.c, vendor by vendor; ends with 0. */
static const struct {
	uint16_t vendor;
	unsigned quirks; /* of these each has at least one */
	uint16_t device[28];
} listed[] = {
	{ 0x1102, PCI_QUIRK_INTX_MASKING, { 0x000b } },
	{ 0x10ec, PCI_QUIRK_INTX_MASKING, { 0x8169 } },
	{ 0x1425, PCI_QUIRK_INTX_MASKING, { 0x0030 } },
	{ 0x1814, PCI_QUIRK_INTX_MASKING, { 0x0601 } },
	{ 0x1b7c, PCI_QUIRK_INTX_MASKING, { 0x0004 } },
	{ 0x8086,
	  PCI_QUIRK_INTX_MASKING | PCI_QUIRK_AHCI_PORT_RESET | PCI_QUIRK_NO_FLR,
	  { 0x1572, 0x1574, 0x1580, 0x1581, 0x1583, 0x1584, 0x1585, 0x1586, 0x1587,
	    0x1588, 0x1589, 0x158a, 0x158b, 0x37d0, 0x37d1, 0x37d2, 0x1f32, 0x1f33,
	    0x1f34, 0x1f35, 0x1f36, 0x1f37, 0x1f3e, 0x1f3f, 0x1502, 0x1503 } },
	{ 0x14e4, PCI_QUIRK_MSI_INTX_DISABLE, { 0x1668, 0x1669, 0x166a, 0x166b, 0x1678, 0x1679 } },
	{ 0x1002,
	  PCI_QUIRK_MSI_INTX_DISABLE | PCI_QUIRK_NO_MSI, /* one or the other */
	  { 0x4373, 0x4374, 0x4375, 0x4380, 0x4386, 0x4387, 0x4388, 0x4389, 0x438a, 0x438b } },
	{ 0x1969,
	  PCI_QUIRK_MSI_INTX_DISABLE,
	  { 0x1062, 0x1063, 0x1073, 0x1083, 0x2060, 0x2062, 0x1090, 0x1091, 0x10a0, 0x10a1,
	    0xe091 } },
	{ 0x11ab, PCI_QUIRK_AHCI_ACK_REVERSED | PCI_QUIRK_NO_MSI, { 0x6121, 0x6145 } },
	{ 0x10b9, PCI_QUIRK_AHCI_IFS | PCI_QUIRK_NO_MSI, { 0x5288, 0x5239 } },
	{ 0x197b, PCI_QUIRK_AHCI_IFS, { 0x0582, 0x0585, 0x2362, 0x236f } },
	{ 0x144d, PCI_QUIRK_NO_MSI, { 0x1600, 0xa800 } },
	{ 0x12d8, PCI_QUIRK_NO_MSI, { 0x400e, 0x400f } },
	{ 0x1106, PCI_QUIRK_AHCI_PORT_RESET, { 0x3349, 0x6287 } },
	{ 0x1022, PCI_QUIRK_NO_FLR, { 0x1487, 0x148c, 0x149c, 0x7901 } },
	{ 0x14c3, PCI_QUIRK_NO_FLR, { 0x0616 } },
};

static void the_lists_are_these(void)
{
	for (unsigned i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		unsigned count = 0, seen = 0;

		for (; listed[i].device[count]; count++) {
			unsigned has = quirks_of(listed[i].vendor, listed[i].device[count], 0);

			UNIT_TRUE(has && !(has & ~listed[i].quirks));
		}
		for (unsigned device = 0; device < 0x10000; device++)
			seen += quirks_of(listed[i].vendor, (uint16_t)device, 0) != 0;
		UNIT_EQ(seen, count);
	}
}

static void mended_revisions_are_off_the_list(void)
{
	UNIT_EQ(quirks_of(0x1969, 0x1091, 0x17), PCI_QUIRK_MSI_INTX_DISABLE);
	UNIT_EQ(quirks_of(0x1969, 0x1091, 0x18), 0);
	/* SolidRun's SNET DPU is on it in revision 1 alone */
	UNIT_EQ(quirks_of(0xd063, 0x1000, 1), PCI_QUIRK_NO_FLR);
	UNIT_EQ(quirks_of(0xd063, 0x1000, 0), 0);
	UNIT_EQ(quirks_of(0xd063, 0x1000, 2), 0);
}

/* All of JMicron's with the class of AHCI; Annapurna's id is another function's, too. */
static void a_class_is_part_of_a_row(void)
{
	static struct pci_tree tree;
	struct pci_fn fn = { .vendor = 0x197b, .device = 0x2363, .class_revision = 0x01060102 };

	UNIT_EQ(pci_quirks(&tree, &fn), PCI_QUIRK_AHCI_IFS);
	fn.class_revision = 0x01018502; /* its IDE function */
	UNIT_EQ(pci_quirks(&tree, &fn), 0);
	fn = (struct pci_fn){ .vendor = 0x1c36, .device = 0x0031, .class_revision = 0x01060100 };
	UNIT_EQ(pci_quirks(&tree, &fn), PCI_QUIRK_NO_MSI);
	fn.class_revision = 0x06040000;
	UNIT_EQ(pci_quirks(&tree, &fn), 0);
}

static void two_revisions_of_mcp65_are_listed(void)
{
	UNIT_EQ(quirks_of(0x10de, 0x044c, 0xa0), 0);
	UNIT_EQ(quirks_of(0x10de, 0x044c, 0xa1), PCI_QUIRK_NO_MSI);
	UNIT_EQ(quirks_of(0x10de, 0x045f, 0xa2), PCI_QUIRK_NO_MSI);
	UNIT_EQ(quirks_of(0x10de, 0x045f, 0xa3), 0);
	UNIT_EQ(quirks_of(0x10de, 0x0550, 0xa1), 0);
}

/* A failure is explained by what the check looks at, so several are one text. */
static void every_quirk_has_its_words(void)
{
	static const unsigned all[] = {
		PCI_QUIRK_INTX_MASKING, PCI_QUIRK_MSI_INTX_DISABLE, PCI_QUIRK_AHCI_ACK_REVERSED,
		PCI_QUIRK_AHCI_IFS,     PCI_QUIRK_NO_MSI,           PCI_QUIRK_AHCI_PORT_RESET
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		UNIT_TRUE(!strncmp(pci_quirk_source(all[i]), "Linux drivers/", 14));
		for (unsigned k = 0; k < i; k++)
			UNIT_TRUE(strcmp(pci_quirk_name(all[i]), pci_quirk_name(all[k])));
	}
	UNIT_TRUE(!strcmp(pci_quirk_name(PCI_QUIRK_MSI_INTX_DISABLE | PCI_QUIRK_NO_MSI),
			  "msi-intx-disable"));
}

static unsigned sata_beside_smbus(uint8_t smbus_revision)
{
	static struct pci_tree tree;

	tree.count = 2;
	tree.fn[0] = (struct pci_fn){ .vendor = 0x1002, .device = 0x4391 };
	tree.fn[1] = (struct pci_fn){
		.vendor = 0x1002,
		.device = 0x4385,
		.class_revision = 0x0c050000u | smbus_revision,
	};
	return pci_quirks(&tree, &tree.fn[0]);
}

static void sb700_is_told_by_its_smbus_controller(void)
{
	UNIT_EQ(quirks_of(0x1002, 0x4391, 0), 0);
	UNIT_EQ(sata_beside_smbus(0x2f), 0);
	UNIT_EQ(sata_beside_smbus(0x30), PCI_QUIRK_MSI_INTX_DISABLE);
	UNIT_EQ(sata_beside_smbus(0x3a), PCI_QUIRK_MSI_INTX_DISABLE);
	UNIT_EQ(sata_beside_smbus(0x3b), 0);
}

static const struct unit_test tests[] = {
	UNIT(the_lists_are_these),
	UNIT(a_listed_function_has_its_quirk),
	UNIT(another_function_has_none),
	UNIT(mended_revisions_are_off_the_list),
	UNIT(sb700_is_told_by_its_smbus_controller),
	UNIT(a_class_is_part_of_a_row),
	UNIT(two_revisions_of_mcp65_are_listed),
	UNIT(every_quirk_has_its_words),
};

int main(void)
{
	return UNIT_RUN(tests);
}
