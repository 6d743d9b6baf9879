/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The actions of steps: what each owner, or "user space" behind the passthrough owner, does. Each
 * ends when its effect is over: an expected delivery has come, or the quiet window has passed.
 * ERR_STORM: the guard struck. ERR_TIMEOUT, ERR_IO, ERR_GONE: the device. ERR_MISMATCH: data or
 * read-back differ.
 */
#ifndef INTXLAB_RUN_SEQUENCES_ACTS_H
#define INTXLAB_RUN_SEQUENCES_ACTS_H

#include "run/sequences/sequence.h"

enum err act_nothing(struct play *play);
enum err act_managed_bind(struct play *play);
/* IDENTIFY DEVICE and reads by interrupt; the data is kept */
enum err act_managed_io(struct play *play);
enum err act_managed_io_again(struct play *play); /* the same; the data must be equal */
enum err act_managed_unbind(struct play *play);
enum err act_vfio_bind(struct play *play);
enum err act_vfio_open(struct play *play);
enum err act_user_set_bm(struct play *play);
enum err act_user_quiesce(struct play *play); /* stop the port, PxIE 0, clear PxIS, GHC.IE 0 */
enum err act_prep(struct play *play); /* both of these */
enum err act_intx_enable(struct play *play);
enum err act_unheard(struct play *play); /* no DMA, no PxIE: nothing may come */
enum err act_service(struct play *play); /* clear PxSERR, PxIS, IS */
enum err act_assert(struct play *play); /* start the port, raise, one delivery */
enum err act_reassert(struct play *play); /* raise, one delivery */
enum err act_assert_quiet(struct play *play); /* raise, no delivery */
enum err act_unmask(struct play *play);
enum err act_service_unmask(struct play *play);
/* Raise; what comes within the delivery bound is judged, not waited for. */
enum err act_assert_any(struct play *play);
enum err act_open_prep(struct play *play); /* open, Bus Master, quiesce */
/* MASK, with an UNMASK of another CPU waiting for irqlock. */
enum err act_mask_unmask_race(struct play *play);
enum err act_vfio_msi_enable(struct play *play);
enum err act_vfio_msi_disable(struct play *play);
enum err act_managed_bind_intx_first(struct play *play);
enum err act_neighbour_bind(struct play *play);
/* The neighbour reads by interrupt. ERR_TIMEOUT: it is starved, and that is a hazard. */
enum err act_neighbour_io(struct play *play);
/* Close on a line that the neighbour keeps open. ERR_STORM: it storms, and that is a hazard. */
enum err act_close_shared(struct play *play);
enum err act_user_mask(struct play *play);
enum err act_virt_disintx_set(struct play *play);
enum err act_virt_disintx_clr(struct play *play);
enum err act_irq_disable(struct play *play);
enum err act_vfio_close(struct play *play);
enum err act_vfio_unbind(struct play *play);

#endif
