/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns an NVMe controller's properties and its two admin queues. */
#include "drivers/nvme.h"

#include "drivers/mmio.h"
#include "pci/mem.h"

#define SQ_OFF 0
#define CQ_OFF NVME_PAGE
#define DATA_OFF (2 * NVME_PAGE)
#define DMA_SIZE (3 * NVME_PAGE)

static unsigned stride(const struct nvme *n)
{
	return 4u << (n->cap_high & NVME_CAP_HIGH_DSTRD);
}

static bool is_mapped(const struct nvme *n, uint64_t bytes)
{
	return n->hw->ops->mmio_is_mapped(n->hw, n->base, bytes);
}

static enum err find_registers(struct nvme *n, const struct pci_fn *fn)
{
	n->hw = fn->hw;
	return mmio_bar(fn, NVME_BAR, NVME_DOORBELLS, &n->base);
}

static uint32_t choose_css(uint32_t cap_high)
{
	if (cap_high & NVME_CAP_HIGH_CSS)
		return NVME_CC_CSS_NVM;
	if (cap_high & NVME_CAP_HIGH_CSS_NONE)
		return NVME_CC_CSS_ADMIN;
	return (cap_high & NVME_CAP_HIGH_CSS_IOCS) ? NVME_CC_CSS_IOCS : NVME_CC_CSS_NVM;
}

enum err nvme_init(struct nvme *n, const struct pci_fn *fn)
{
	enum err err = find_registers(n, fn);

	if (err)
		return err;
	n->cap = nvme_read(n, NVME_CAP);
	n->cap_high = nvme_read(n, NVME_CAP_HIGH);
	n->version = nvme_read(n, NVME_VS);
	if (n->cap == UINT32_MAX || n->version == UINT32_MAX)
		return ERR_GONE;
	/* MQES is 1 at least (sec 3.1.3.1), and there is no version 0 */
	if (!(n->cap & NVME_CAP_MQES) || !n->version)
		return ERR_INVALID;
	if (n->cap_high & NVME_CAP_HIGH_MPSMIN || (n->cap & NVME_CAP_MQES) < NVME_ENTRIES - 1 ||
	    !is_mapped(n, NVME_DOORBELLS + 2 * stride(n)))
		return ERR_UNSUPPORTED;
	n->css = choose_css(n->cap_high);
	return OK;
}

static uint64_t ready_us(const struct nvme *n)
{
	uint32_t units = NVME_CAP_TO(n->cap);

	/* 0 is no time that the specification gives: then one unit */
	return (uint64_t)NVME_READY_UNIT_US * (units ? units : 1);
}

/* An enable that fails says so by CSTS.CFS; a fatal controller still ends a disable. */
static enum err wait_ready(struct nvme *n, bool ready)
{
	struct hw_timer timer = hw_timer_us(n->hw, n->dead ? 0 : ready_us(n));

	for (;;) {
		bool expired = hw_expired(n->hw, &timer);
		uint32_t csts = nvme_read(n, NVME_CSTS);

		if (csts == UINT32_MAX)
			return ERR_GONE;
		if (ready && (csts & NVME_CSTS_CFS))
			return ERR_IO;
		if (!!(csts & NVME_CSTS_RDY) == ready)
			return OK;
		if (expired) {
			n->dead = true;
			return ERR_TIMEOUT;
		}
		n->hw->ops->relax(n->hw);
	}
}

enum err nvme_disable(struct nvme *n)
{
	uint32_t cc = nvme_read(n, NVME_CC);

	if (cc == UINT32_MAX)
		return ERR_GONE;
	n->enabled = false;
	if (cc & NVME_CC_EN) {
		/* EN is not to be cleared before RDY has followed it (sec 3.5.1), if it ever does
		 */
		if (wait_ready(n, true) == ERR_GONE)
			return ERR_GONE;
		nvme_write(n, NVME_CC, cc & ~(NVME_CC_EN | NVME_CC_SHN));
	}
	return wait_ready(n, false);
}

static void write_queues(const struct nvme *n, uint32_t aqa, const uint32_t asq[2],
			 const uint32_t acq[2])
{
	nvme_write(n, NVME_AQA, aqa);
	for (unsigned i = 0; i < 2; i++) {
		nvme_write(n, NVME_ASQ + 4 * i, asq[i]);
		nvme_write(n, NVME_ACQ + 4 * i, acq[i]);
	}
}

static enum err give_memory(struct nvme *n)
{
	if (n->dma.cpu)
		return OK;
	return n->hw->ops->dma_alloc(n->hw, DMA_SIZE, NVME_PAGE, &n->dma);
}

static void split(uint64_t address, uint32_t halves[2])
{
	halves[0] = (uint32_t)address;
	halves[1] = (uint32_t)(address >> 32);
}

enum err nvme_enable(struct nvme *n)
{
	uint32_t asq[2], acq[2];
	enum err err = give_memory(n);

	if (err)
		return err;
	memset(n->dma.cpu, 0, n->dma.size);
	n->issued = n->taken = 0;
	split(n->dma.bus + SQ_OFF, asq);
	split(n->dma.bus + CQ_OFF, acq);
	write_queues(n, (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1), asq, acq);
	n->hw->ops->dma_barrier(n->hw);
	nvme_write(n, NVME_CC, NVME_CC_EN | n->css | NVME_CC_IOSQES_64 | NVME_CC_IOCQES_16);
	err = wait_ready(n, true);
	n->enabled = !err;
	return err;
}

void nvme_mask(const struct nvme *n, bool masked)
{
	nvme_write(n, masked ? NVME_INTMS : NVME_INTMC, NVME_VECTOR_0);
	(void)nvme_read(n, NVME_CSTS); /* flush the posted write */
}

void nvme_save(const struct nvme *n, struct nvme_state *save)
{
	save->cc = nvme_read(n, NVME_CC);
	save->aqa = nvme_read(n, NVME_AQA);
	save->intms = nvme_read(n, NVME_INTMS);
	for (unsigned i = 0; i < 2; i++) {
		save->asq[i] = nvme_read(n, NVME_ASQ + 4 * i);
		save->acq[i] = nvme_read(n, NVME_ACQ + 4 * i);
	}
}

static bool reads_as(const struct nvme_state *a, const struct nvme_state *b)
{
	return (a->cc & ~NVME_CC_SHN) == (b->cc & ~NVME_CC_SHN) && a->aqa == b->aqa &&
	       a->intms == b->intms && !memcmp(a->asq, b->asq, sizeof(a->asq)) &&
	       !memcmp(a->acq, b->acq, sizeof(a->acq));
}

enum err nvme_restore(struct nvme *n, const struct nvme_state *save)
{
	struct nvme_state now;
	enum err err = nvme_disable(n);

	if (err)
		return err;
	write_queues(n, save->aqa, save->asq, save->acq);
	nvme_write(n, NVME_INTMC, ~save->intms);
	nvme_write(n, NVME_INTMS, save->intms);
	nvme_write(n, NVME_CC, save->cc & ~NVME_CC_SHN);
	if (save->cc & NVME_CC_EN)
		err = wait_ready(n, true);
	nvme_save(n, &now);
	return err ? err : reads_as(&now, save) ? OK : ERR_MISMATCH;
}

/* Sec 3.1.2 of the transport: submission queue tail, then completion queue head, of queue 0. */
static void ring(const struct nvme *n, unsigned which, uint32_t value)
{
	n->hw->ops->dma_barrier(n->hw);
	nvme_write(n, NVME_DOORBELLS + which * stride(n), value);
	(void)nvme_read(n, NVME_CSTS); /* flush the posted write */
}

void nvme_identify(struct nvme *n)
{
	struct nvme_command *sq = (void *)((uint8_t *)n->dma.cpu + SQ_OFF);
	struct nvme_command command = {
		.cdw0 = NVME_IDENTIFY | (uint32_t)(n->issued & 0xff) << 16,
		.cdw10 = NVME_CNS_CONTROLLER,
	};

	if (!n->enabled)
		return; /* nvme_wait() says so */
	split(n->dma.bus + DATA_OFF, command.prp1);
	sq[n->issued % NVME_ENTRIES] = command;
	n->issued++;
	ring(n, 0, n->issued % NVME_ENTRIES);
}

/* Dword 3 of the completion with that number since the enable; its phase tag: is it there yet? */
static bool completion(const struct nvme *n, unsigned number, uint32_t *ret_dw3)
{
	const struct nvme_completion *cq = (const void *)((uint8_t *)n->dma.cpu + CQ_OFF);
	const volatile uint32_t *dw3 = &cq[number % NVME_ENTRIES].status;
	uint32_t seen = *dw3;

	*ret_dw3 = seen;
	/* 1 in the first pass, and turned with each (sec 4.2.4) */
	return !!(seen & NVME_PHASE) == !(number / NVME_ENTRIES & 1);
}

enum err nvme_wait(struct nvme *n, uint64_t us)
{
	struct hw_timer timer = hw_timer_us(n->hw, us);

	if (!n->enabled || !n->issued)
		return ERR_BUSY;
	for (;;) {
		bool expired = hw_expired(n->hw, &timer);
		uint32_t csts = nvme_read(n, NVME_CSTS), dw3;

		if (csts == UINT32_MAX)
			return ERR_GONE;
		/* taken by a handler or not, it stays where it is for a whole pass */
		if (completion(n, n->issued - 1, &dw3)) {
			n->status = (uint16_t)NVME_STATUS(dw3);
			return n->status ? ERR_IO : OK;
		}
		if (csts & NVME_CSTS_CFS)
			return ERR_IO;
		if (expired)
			return ERR_TIMEOUT;
		n->hw->ops->relax(n->hw);
	}
}

bool nvme_has_completion(const struct nvme *n)
{
	uint32_t dw3;

	return n->enabled && completion(n, n->taken, &dw3);
}

bool nvme_take(struct nvme *n)
{
	bool any = false;

	while (nvme_has_completion(n)) {
		n->taken++;
		any = true;
	}
	if (any)
		ring(n, 1, n->taken % NVME_ENTRIES);
	return any;
}

void nvme_look_again(const struct nvme *n)
{
	ring(n, 1, n->taken % NVME_ENTRIES);
}

void nvme_parse_identify(struct nvme *n)
{
	const char *data = (const char *)n->dma.cpu + DATA_OFF + NVME_MODEL_OFF;
	unsigned len = NVME_MODEL_LEN;

	while (len && (data[len - 1] == ' ' || !data[len - 1]))
		len--;
	memcpy(n->model, data, len);
	n->model[len] = '\0';
}
