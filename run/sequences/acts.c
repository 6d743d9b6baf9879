/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/* Owns the actions; expected values are in steps.c, and what an owner writes is the owner's. */
#include "run/sequences/acts.h"

static struct line *line_of(struct play *play)
{
	return &play->bench->line;
}

enum err act_nothing(struct play *play)
{
	(void)play;
	return OK;
}

enum err act_managed_bind(struct play *play)
{
	enum err err = source_bind(&play->bench->own, &play->managed, &play->dev, line_of(play));

	play->managed_bound = !err;
	return err;
}

enum err act_managed_bind_intx_first(struct play *play)
{
	enum err err;

	play->dev.intx_first = true;
	err = act_managed_bind(play);
	play->dev.intx_first = false;
	return err;
}

enum err act_managed_io(struct play *play)
{
	return source_work(&play->bench->own, &play->managed, false, SOURCE_WORK_US);
}

enum err act_managed_io_again(struct play *play)
{
	return source_work(&play->bench->own, &play->managed, true, SOURCE_WORK_US);
}

enum err act_managed_unbind(struct play *play)
{
	play->managed_bound = false;
	return owner_managed_unbind(&play->managed);
}

/* When it is refused, any other driver is too: what is left on the list is nobody's in particular.
 */
enum err act_vfio_bind(struct play *play)
{
	enum err err = passthrough_bind(&play->vfio, &play->dev, line_of(play));

	if (err == ERR_BUSY && pci_dev_bind(&play->dev, "another") != ERR_BUSY)
		return ERR_MISMATCH;
	return err;
}

enum err act_vfio_open(struct play *play)
{
	passthrough_open(&play->vfio, play->at_controller ? &passthrough_mask_at_controller
							  : &passthrough_mask_at_device);
	play->status_saved = (uint16_t)(play->dev.saved.dword[1] >> 16);
	return OK;
}

/* What user space reads as Command: the register, DisINTx replaced by the virtual one. */
static uint16_t virtual_command(struct play *play)
{
	uint16_t command = pci_cfg_read16(play->dev.fn, PCI_COMMAND);

	command &= (uint16_t)~PCI_COMMAND_INTX_DISABLE;
	return command | (play->vfio.virq_disabled ? PCI_COMMAND_INTX_DISABLE : 0);
}

enum err act_user_set_bm(struct play *play)
{
	passthrough_user_command(&play->vfio, virtual_command(play) | PCI_COMMAND_MASTER);
	return OK;
}

enum err act_user_quiesce(struct play *play)
{
	return source_rest(&play->bench->own);
}

enum err act_prep(struct play *play)
{
	enum err err = act_user_set_bm(play);

	return err ? err : act_user_quiesce(play);
}

enum err act_open_prep(struct play *play)
{
	enum err err = act_vfio_open(play);

	return err ? err : act_prep(play);
}

enum err act_vfio_msi_enable(struct play *play)
{
	return passthrough_msi_enable(&play->vfio);
}

enum err act_vfio_msi_disable(struct play *play)
{
	passthrough_msi_disable(&play->vfio);
	return OK;
}

enum err act_intx_enable(struct play *play)
{
	return passthrough_intx_enable(&play->vfio);
}

/* A storm reaches the guard's limit in a few milliseconds, a delivery being some microseconds. */
#define STORM_US 20000
#define STORM_BEGINS 8 /* deliveries in one window that nobody handled */

/* Should it turn out not to be quiet at all, the guard is given the time to say so. */
static void quiet_window(struct play *play)
{
	struct line *line = line_of(play);
	unsigned unhandled = line->unhandled;

	hw_delay_us(play->bench->lab->hw, BENCH_QUIET_US);
	if (line->unhandled - unhandled >= STORM_BEGINS)
		(void)!line_wait(line, UINT32_MAX, STORM_US);
}

static enum err storm_or_ok(struct play *play)
{
	return line_of(play)->storm ? ERR_STORM : OK;
}

enum err act_unheard(struct play *play)
{
	enum err err = source_unheard(&play->bench->own);

	quiet_window(play);
	return err ? err : storm_or_ok(play);
}

enum err act_service(struct play *play)
{
	return source_ack(&play->bench->own);
}

/* Exactly one more delivery; the window behind it shows that there is no second. */
static enum err raise_and_wait(struct play *play, unsigned more)
{
	unsigned want = line_of(play)->count + more;
	enum err err = source_raise(&play->bench->own);

	if (err)
		return err;
	if (more)
		err = line_wait(line_of(play), want, BENCH_DELIVERY_US);
	quiet_window(play);
	return err ? err : storm_or_ok(play);
}

enum err act_assert(struct play *play)
{
	enum err err = source_start(&play->bench->own);

	return err ? err : raise_and_wait(play, 1);
}

enum err act_assert_any(struct play *play)
{
	unsigned want = line_of(play)->count + 1;
	enum err err = source_start(&play->bench->own);

	if (!err)
		err = source_raise(&play->bench->own);
	if (err)
		return err;
	if (line_wait(line_of(play), want, BENCH_DELIVERY_US) == ERR_STORM)
		return ERR_STORM;
	quiet_window(play);
	return storm_or_ok(play);
}

enum err act_reassert(struct play *play)
{
	return raise_and_wait(play, 1);
}

enum err act_assert_quiet(struct play *play)
{
	return raise_and_wait(play, 0);
}

enum err act_unmask(struct play *play)
{
	passthrough_user_unmask(&play->vfio);
	quiet_window(play);
	return storm_or_ok(play);
}

enum err act_service_unmask(struct play *play)
{
	enum err err = play->bench->own.ready ? act_service(play) : OK;

	return err ? err : act_unmask(play);
}

enum err act_user_mask(struct play *play)
{
	passthrough_user_mask(&play->vfio);
	return OK;
}

enum err act_mask_unmask_race(struct play *play)
{
	play->vfio.waiting = passthrough_user_unmask;
	passthrough_user_mask(&play->vfio);
	quiet_window(play);
	return storm_or_ok(play);
}

enum err act_virt_disintx_set(struct play *play)
{
	passthrough_user_command(&play->vfio, virtual_command(play) | PCI_COMMAND_INTX_DISABLE);
	return OK;
}

enum err act_virt_disintx_clr(struct play *play)
{
	passthrough_user_command(&play->vfio,
				 virtual_command(play) & (uint16_t)~PCI_COMMAND_INTX_DISABLE);
	quiet_window(play);
	return storm_or_ok(play);
}

enum err act_neighbour_bind(struct play *play)
{
	struct source *other = &play->bench->other;
	enum err err;

	tracker_init(&play->neighbour_tracker, 0);
	source_known_command(other);
	pci_dev_init(&play->neighbour_dev, other->fn, play->policy, &play->neighbour_tracker,
		     other->decode);
	err = source_bind_shared(other, &play->neighbour, &play->neighbour_dev, line_of(play));
	play->neighbour_bound = play->neighbour_ran = !err;
	return err;
}

/* A read takes well under a millisecond; a line that is masked answers never. */
#define NEIGHBOUR_US 20000

enum err act_neighbour_io(struct play *play)
{
	enum err err = source_work(&play->bench->other, &play->neighbour, false, NEIGHBOUR_US);

	if (err == ERR_TIMEOUT || err == ERR_STORM)
		tracker_hazard(&play->tracker, HAZARD_NEIGHBOUR,
			       pci_dev_look(&play->dev, PCI_COMMAND));
	return err;
}

enum err act_close_shared(struct play *play)
{
	passthrough_close(&play->vfio);
	if (line_wait(line_of(play), UINT32_MAX, STORM_US) != ERR_STORM)
		return OK;
	tracker_hazard(&play->tracker, HAZARD_NEIGHBOUR, pci_dev_look(&play->dev, PCI_COMMAND));
	return ERR_STORM;
}

enum err act_irq_disable(struct play *play)
{
	passthrough_intx_disable(&play->vfio);
	return OK;
}

enum err act_vfio_close(struct play *play)
{
	passthrough_close(&play->vfio);
	return OK;
}

enum err act_vfio_unbind(struct play *play)
{
	passthrough_unbind(&play->vfio);
	return OK;
}

void play_finish(struct play *play)
{
	if (!play->begun)
		return;
	play->tracker.muted = true;
	if (play->neighbour_bound && owner_managed_unbind(&play->neighbour))
		play->broken_err = ERR_TIMEOUT; /* as below, for source_release() */
	play->neighbour_bound = false;
	if (play->vfio.irq_is_msi)
		passthrough_msi_disable(&play->vfio);
	if (play->vfio.opened)
		passthrough_close(&play->vfio);
	if (play->managed_bound && owner_managed_unbind(&play->managed))
		/* a port that does not stop: bench_release() meets and reports it again */
		play->broken_err = ERR_TIMEOUT;
	else if (play->dev.driver)
		pci_dev_unbind(&play->dev);
	play->managed_bound = false;
	play->begun = false;
	play->tracker.muted = false;
	play->tracker.pressure = false;
}
