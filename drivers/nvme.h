/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * An NVMe controller, owned: its properties, the admin queues, and one command, Identify
 * Controller, which reads no medium. No I/O queue is made. Source: NVM Express Base 2.0c. Memory
 * decode must be on in Command, Bus Master for commands. All-ones from CSTS: ERR_GONE.
 */
#ifndef INTXLAB_DRIVERS_NVME_H
#define INTXLAB_DRIVERS_NVME_H

#include "drivers/nvme_regs.h"
#include "pci/config.h"

#define NVME_ENTRIES 16 /* of each admin queue */

struct nvme {
	struct hw *hw;
	uint64_t base; /* BAR 0 */
	uint32_t cap, cap_high, version;
	uint32_t css; /* CC.CSS that CAP.CSS offers */
	struct hw_dma dma; /* a page each: submission queue, completion queue, data */
	bool enabled; /* by us */
	bool dead; /* CSTS.RDY did not follow CC.EN: no second wait of CAP.TO */
	/* Since it was enabled: commands issued; completions taken, by a handler too. */
	unsigned issued;
	volatile unsigned taken;
	uint16_t status; /* of the last command that nvme_wait() saw the end of */
	char model[NVME_MODEL_LEN + 1];
};

/* What firmware left. */
struct nvme_state {
	uint32_t cc, aqa, intms;
	uint32_t asq[2], acq[2];
};

static inline uint32_t nvme_read(const struct nvme *n, unsigned reg)
{
	return hw_read32(n->hw, n->base + reg);
}

static inline void nvme_write(const struct nvme *n, unsigned reg, uint32_t value)
{
	hw_write32(n->hw, n->base + reg, value);
}

/*
 * BAR 0, CAP and VS; reads only. ERR_ABSENT: no memory BAR 0; ERR_UNSUPPORTED: not mapped, or no
 * pages of 4 KiB; ERR_GONE; ERR_INVALID: CAP or VS cannot be a controller's.
 */
MUST_CHECK enum err nvme_init(struct nvme *n, const struct pci_fn *fn);
void nvme_save(const struct nvme *n, struct nvme_state *save);
/*
 * Disabled, then AQA, ASQ, ACQ, INTMS and CC as saved, read back; CC.SHN is never written, for it
 * would begin a shutdown. Where it was enabled it is again, with firmware's admin queues, empty;
 * I/O queues that it had are not made again. ERR_MISMATCH, ERR_TIMEOUT.
 */
MUST_CHECK enum err nvme_restore(struct nvme *n, const struct nvme_state *save);
/*
 * CC.EN = 0, the Controller Reset of sec 3.7.2, until CSTS.RDY = 0: at most CAP.TO (ERR_TIMEOUT).
 * INTMS is left to the reset. Needs no Bus Master.
 */
MUST_CHECK enum err nvme_disable(struct nvme *n);
/*
 * Admin queues of ours, empty, then CC.EN = 1 until CSTS.RDY = 1: at most CAP.TO (ERR_TIMEOUT).
 * ERR_IO: CSTS.CFS. ERR_NOMEM.
 */
MUST_CHECK enum err nvme_enable(struct nvme *n);
/* Vector 0 at INTMS or INTMC, flushed. Not with MSI-X enabled (sec 3.1.3.3). */
void nvme_mask(const struct nvme *n, bool masked);

/* Enabled: Identify Controller on the admin queue. Register accesses and memory only. */
void nvme_identify(struct nvme *n);
/*
 * The last command's completion is in the queue, taken or not. ERR_IO: it has an error status, or
 * CSTS.CFS; ERR_TIMEOUT; ERR_GONE. Enabled, or ERR_BUSY.
 */
MUST_CHECK enum err nvme_wait(struct nvme *n, uint64_t us);
/* A completion is in the queue and not taken: its phase tag. Reads memory only. */
bool nvme_has_completion(const struct nvme *n);
/* All that are there are taken: the completion queue's head doorbell. False: none was. */
bool nvme_take(struct nvme *n);
/* The head doorbell once more, as it is: the controller looks at its completion queue. */
void nvme_look_again(const struct nvme *n);
/* The model out of the data of an Identify that succeeded. */
void nvme_parse_identify(struct nvme *n);

#endif
