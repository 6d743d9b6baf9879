/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Reads a machine from a file, line by line; the format stands in tests/data/README.md. What the
 * tables and registers mean is not this file's: an ECAM, an IOAPIC, a wire are lines of their own,
 * so that what we parse is compared with what somebody wrote down.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_data.h"
#include "tests/sim/sim_machine.h"

const struct sim_machine sim_data_machine = {
	.text = { "data", "read from a file" },
};

struct reader {
	struct sim *sim;
	struct sim_data *data;
	struct sim_fn *fn; /* whose bytes come; NULL: the last table's */
	bool in_table;
};

static struct sim_fn *function_at(struct sim *sim, unsigned segment, unsigned bus, unsigned dev,
				  unsigned fn)
{
	for (unsigned i = 0; i < sim->fn_count; i++) {
		struct sim_fn *there = sim->fn[i];

		if (there->segment == segment && there->root_bus == bus && there->dev == dev &&
		    there->fn == fn)
			return there;
	}
	return NULL;
}

/* "0000:00:1f.2": the function that stands there already, or NULL. */
static struct sim_fn *named(struct sim *sim, const char *text)
{
	unsigned segment, bus, dev, fn;

	if (sscanf(text, "%x:%x:%x.%x", &segment, &bus, &dev, &fn) != 4)
		return NULL;
	return function_at(sim, segment, bus, dev, fn);
}

static bool read_fn(struct reader *reader, const char *rest)
{
	unsigned segment, bus, dev, fn;

	if (sscanf(rest, "%x:%x:%x.%x", &segment, &bus, &dev, &fn) != 4 || segment > 0xffff ||
	    bus > 0xff || dev > 31 || fn > 7 || function_at(reader->sim, segment, bus, dev, fn))
		return false;
	reader->fn = sim_data_add_fn(reader->sim, (uint16_t)segment, (uint8_t)bus, (uint8_t)dev,
				     (uint8_t)fn);
	reader->in_table = false;
	return true;
}

static bool read_table(struct reader *reader, const char *rest)
{
	(void)rest; /* the signature is in the bytes too */
	if (reader->data->table_count == SIM_DATA_TABLES)
		return false;
	reader->data->table_count++;
	reader->in_table = true;
	reader->fn = NULL;
	return true;
}

static bool read_ecam(struct reader *reader, const char *rest)
{
	struct sim *sim = reader->sim;
	unsigned segment, first, last;
	uint64_t base;

	if (sscanf(rest, "%x %" SCNx64 " %x-%x", &segment, &base, &first, &last) != 4 ||
	    segment > 0xffff || first > last || last > 0xff || sim->ecam_count == SIM_MAX_ECAMS)
		return false;
	sim->ecam[sim->ecam_count++] = (struct sim_ecam){
		.base = base,
		.segment = (uint16_t)segment,
		.bus_first = (uint8_t)first,
		.bus_last = (uint8_t)last,
	};
	return true;
}

static bool read_ioapic(struct reader *reader, const char *rest)
{
	struct sim *sim = reader->sim;
	unsigned id, gsi, pins;
	uint64_t address;

	if (sscanf(rest, "%" SCNx64 " id %x gsi %u pins %u", &address, &id, &gsi, &pins) != 4 ||
	    id > 0xff || pins == 0 || pins > SIM_MAX_PINS || sim->ioapic_count == SIM_MAX_IOAPICS)
		return false;
	sim_ioapic_init(sim, address, gsi, pins);
	sim->ioapic[sim->ioapic_count - 1].id = (uint8_t)id;
	return true;
}

static bool read_root(struct reader *reader, const char *rest)
{
	struct sim_data *data = reader->data;
	unsigned segment, bus;

	if (sscanf(rest, "%x:%x", &segment, &bus) != 2 || segment > 0xffff || bus > 0xff ||
	    data->root_count == SIM_DATA_ROOTS)
		return false;
	data->root[data->root_count++] = (struct pci_root){ (uint16_t)segment, (uint8_t)bus };
	return true;
}

static bool read_remapping(struct reader *reader, const char *rest)
{
	struct sim_data *data = reader->data;
	uint64_t base;
	unsigned gsts;

	if (sscanf(rest, "%" SCNx64 " gsts %x", &base, &gsts) != 2 ||
	    data->vtd_count == SIM_DATA_UNITS)
		return false;
	data->vtd[data->vtd_count++] = (struct sim_vtd){ base, gsts };
	return true;
}

static bool read_low(struct reader *reader, const char *rest)
{
	unsigned gsi;

	if (sscanf(rest, "gsi %u", &gsi) != 1 || gsi > 15)
		return false;
	reader->data->isa_low |= (uint16_t)(1u << gsi);
	return true;
}

static bool read_bar(struct reader *reader, const char *rest)
{
	unsigned index;
	uint64_t size;

	if (!reader->fn || sscanf(rest, "%u size %" SCNx64, &index, &size) != 2 || index > 5 ||
	    size < 4 || (size & (size - 1)))
		return false;
	sim_data_size_bar(reader->fn, index, size);
	return true;
}

static bool read_ahci(struct reader *reader, const char *rest)
{
	struct sim_fn *fn;
	char sbdf[16];
	unsigned gsi;

	if (sscanf(rest, "%15s gsi %u", sbdf, &gsi) != 2 || gsi >= SIM_MAX_GSIS ||
	    reader->sim->ahci_count == SIM_MAX_AHCIS)
		return false;
	fn = named(reader->sim, sbdf);
	if (fn)
		sim_data_make_ahci(fn, gsi);
	return fn != NULL;
}

/* "0c0 86802922...": at that offset; what no line names is 0. */
static bool read_bytes(struct reader *reader, const char *line)
{
	struct sim_data *data = reader->data;
	unsigned last = data->table_count - 1;
	size_t size = reader->fn ? sizeof(reader->fn->cfg) : SIM_DATA_TABLE_SIZE;
	char *digits;
	unsigned long at = strtoul(line, &digits, 16);
	unsigned byte;
	uint8_t *bytes;

	if (digits == line || *digits++ != ' ' || (!reader->fn && !reader->in_table))
		return false;
	bytes = reader->fn ? reader->fn->cfg : data->table[last].bytes;
	for (; sscanf(digits, "%2x", &byte) == 1; digits += 2, at++) {
		if (at >= size || digits[1] == '\n')
			return false;
		bytes[at] = (uint8_t)byte;
	}
	if (reader->in_table)
		data->table[last].len = at;
	return *digits == '\n';
}

static bool read_line(struct reader *reader, const char *line)
{
	static const struct {
		const char *word;
		bool (*read)(struct reader *reader, const char *rest);
	} words[] = {
		{ "table ", read_table },         { "fn ", read_fn },     { "ecam ", read_ecam },
		{ "ioapic ", read_ioapic },       { "root ", read_root }, { "bar ", read_bar },
		{ "remapping ", read_remapping }, { "ahci ", read_ahci }, { "low ", read_low },
	};

	if (line[0] == '#' || line[0] == '\n')
		return true;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (!strncmp(line, words[i].word, len))
			return words[i].read(reader, line + len);
	}
	return read_bytes(reader, line);
}

static bool read_file(struct reader *reader, const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned number = 0;
	char line[256];
	bool good = true;

	if (!file) {
		perror(path);
		return false;
	}
	while (good && fgets(line, sizeof(line), file)) {
		number++;
		good = read_line(reader, line);
	}
	if (!good)
		fprintf(stderr, "sim: %s:%u: not a line of a machine's file: %s", path, number,
			line);
	(void)fclose(file);
	return good;
}

bool sim_data_build(struct sim *sim, const char *path)
{
	struct reader reader = { .sim = sim };

	sim->data = reader.data = sim_calloc(sizeof(*sim->data));
	sim_pci_init(sim);
	sim_lapic_init(sim, sim->config.x2apic);
	sim_pic_init(sim);
	if (!read_file(&reader, path))
		return false;
	sim_data_join(sim);
	for (unsigned i = 0; i < sim->fn_count; i++)
		sim_power_init(sim->fn[i]);
	sim_acpi_build_from(sim, sim->data);
	sim_expect_strays(sim); /* registers that nobody simulates read all-ones */
	return true;
}

const struct pci_root *sim_roots(struct sim *sim, unsigned *ret_count)
{
	*ret_count = sim->data ? sim->data->root_count : 0;
	return *ret_count ? sim->data->root : NULL;
}
