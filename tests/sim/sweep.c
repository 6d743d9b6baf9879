/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * Owns the fork at an access of the seam and the judgement of a run whose function left there. It
 * reads the stream as anyone would: result lines and end marker, not the lab's own word for them.
 */
#include "tests/sim/sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_SECONDS 60 /* a loop that never comes to the seam */
#define TOLD_MAX 20 /* failures that are told; all are counted */

enum { CHILD_GOOD, CHILD_BAD };

struct sweep_shared {
	uint64_t tried, bad;
	uint64_t longest_us, longest_at; /* from the access at which the function left */
	bool first[LAB_MAX_CHECKS]; /* this result was the first without the function */
};

static struct sweep *sweep_of(struct hw *hw)
{
	return (struct sweep *)(void *)hw;
}

static void become_child(struct sweep *sweep)
{
	struct lab *lab = sweep->lab;

	alarm(CHILD_SECONDS);
	sweep->is_child = true;
	sweep->left_at = sim_access_count(sweep->sim) + 1;
	sweep->left_ticks = sweep->below->ops->ticks(sweep->below);
	sweep->reported = lab->reported;
	sweep->fail = lab->fail;
	sweep->copy_len = lab->out.copy_len;
	sim_vanish_after(sweep->sim, 1);
	sim_hurry(sweep->sim);
}

/* Before an access: the parent comes back with the child's run judged, the child to make it. */
static void fork_here(struct sweep *sweep)
{
	pid_t child;
	int status;

	if (sweep->lab->policy)
		sweep->begun = true;
	if (sweep->is_child || !sweep->begun || sim_access_count(sweep->sim) % sweep->stride)
		return;
	child = fork();
	if (child == 0) {
		become_child(sweep);
		return;
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("sweep");
		exit(70);
	}
	sweep->shared->tried++;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_GOOD)
		return;
	sweep->shared->bad++;
	if (!WIFEXITED(status))
		fprintf(stderr, "sweep: access %" PRIu64 ": ended by signal %d\n",
			sim_access_count(sweep->sim) + 1, WTERMSIG(status));
}

/* The judgement */

static void __attribute__((noreturn))
child_bad(const struct sweep *sweep, const char *what, const char *line)
{
	size_t len = line ? strcspn(line, "\n") : 0;

	if (sweep->shared->bad < TOLD_MAX)
		fprintf(stderr, "sweep: access %" PRIu64 ": %s: %.*s\n", sweep->left_at, what,
			(int)len, line ? line : "");
	_exit(CHILD_BAD);
}

/* "not ok N ID # ERROR gone: ..." of the N that is due. No scanf(): there are millions of these. */
static void judge_result(const struct sweep *sweep, const char *line, unsigned due)
{
	static const char error[] = " # ERROR gone: ";
	char *id;

	if (strncmp(line, "not ok ", 7) != 0 || strtoul(line + 7, &id, 10) != due || *id != ' ')
		child_bad(sweep, "no ERROR though the function left", line);
	id++;
	if (strncmp(id + strcspn(id, " \n"), error, sizeof(error) - 1) != 0)
		child_bad(sweep, "not \"ERROR gone:\"", line);
}

static bool is_exception(const char *line)
{
	return strncmp(line, "# hw exception ", 15) == 0 || strncmp(line, "# run panic ", 12) == 0;
}

/* What the stream says since the function left: results begin with "ok" or "not ok". */
static unsigned judge_lines(const struct sweep *sweep)
{
	const struct stream *out = &sweep->lab->out;
	const char *line = out->copy + sweep->copy_len, *last = NULL;
	unsigned reported = sweep->reported;
	char end[64];

	if (out->copy_full || out->copy_len == out->copy_size)
		child_bad(sweep, "the stream is too long", NULL);
	out->copy[out->copy_len] = '\0';
	for (; *line; line = strchr(line, '\n') + 1) {
		last = line;
		if (*line == 'o' || *line == 'n')
			judge_result(sweep, line, ++reported);
		else if (is_exception(line))
			child_bad(sweep, "an exception", line);
	}
	(void)snprintf(end, sizeof(end), " planned=%u reported=%u ", sweep->lab->planned, reported);
	if (!last || strncmp(last, "# run end ", 10) != 0 || !strstr(last, end))
		child_bad(sweep, "no end marker with these counts", last);
	if (reported != sweep->lab->planned)
		child_bad(sweep, "not every check has a result", last);
	return reported;
}

static uint64_t told(const struct sweep *sweep, const char *key)
{
	const char *at = strstr(sweep->lab->out.copy + sweep->copy_len, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* Waits that ran out as they should, because the function left, and that are told. */
static uint64_t told_waits(const struct sweep *sweep)
{
	return told(sweep, " state=not-ready waited_us=") + told(sweep, " state=gone looked_us=");
}

/*
 * The function left before there was a plan. Never seen, it is a function that is not there; seen,
 * the run says that it left.
 */
static void judge_stopped(const struct sweep *sweep, enum lab_verdict verdict)
{
	const struct pci_tree *tree = sweep->lab->tree;
	/* a selection that found no function is no failure */
	enum lab_verdict unseen = options_select(&sweep->lab->opt) ? LAB_SKIP : LAB_UNTESTED;
	bool was_seen = false;

	for (unsigned i = 0; tree && i < tree->count; i++)
		was_seen = was_seen || pci_fn_is_gone(&tree->fn[i]);
	if (verdict != (was_seen ? LAB_CANNOT : unseen))
		child_bad(sweep, "stopped with the wrong verdict",
			  sweep->lab->out.copy + sweep->copy_len);
}

static void __attribute__((noreturn))
judge_child(struct sweep *sweep, enum lab_verdict verdict, enum err returned)
{
	struct hw *below = sweep->below;
	struct sweep_shared *shared = sweep->shared;
	uint64_t us = (below->ops->ticks(below) - sweep->left_ticks) * 1000000 /
		      below->ops->tick_hz(below);
	unsigned reported = judge_lines(sweep);
	uint64_t waits;

	if (sweep->lab->stopped)
		judge_stopped(sweep, verdict);
	else if (reported > sweep->reported && lab_exit_value(verdict) != 0x11)
		child_bad(sweep, "a verdict as if nothing had happened", lab_verdict_name(verdict));
	if (sweep->lab->fail != sweep->fail)
		child_bad(sweep, "a FAIL made of all-ones", NULL);
	if (returned)
		child_bad(sweep, "a controller did not come back", err_name(returned));
	if (sim_disk_was_written(sweep->sim))
		child_bad(sweep, "a drive was written to", NULL);
	waits = told_waits(sweep);
	us -= waits < us ? waits : us;
	if (us > SWEEP_REST_US)
		child_bad(sweep, "the rest of the run takes too long", NULL);
	if (us > shared->longest_us) {
		shared->longest_us = us;
		shared->longest_at = sweep->left_at;
	}
	if (reported > sweep->reported)
		shared->first[sweep->reported] = true;
	_exit(CHILD_GOOD);
}

bool sweep_end(struct sweep *sweep, enum lab_verdict verdict, enum err returned)
{
	const struct sweep_shared *shared = sweep->shared;
	unsigned first = 0;

	if (sweep->is_child)
		judge_child(sweep, verdict, returned);
	for (unsigned i = 0; i < LAB_MAX_CHECKS; i++)
		first += shared->first[i];
	fprintf(stderr,
		"sweep tried=%" PRIu64 " bad=%" PRIu64 " checks=%u longest_us=%" PRIu64
		" longest_at=%" PRIu64 "\n",
		shared->tried, shared->bad, first, shared->longest_us, shared->longest_at);
	return !shared->bad;
}

/* The wrapper */

static uint64_t sweep_mmio_read(struct hw *hw, uint64_t addr, enum hw_width width)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	return below->ops->mmio_read(below, addr, width);
}

static void sweep_mmio_write(struct hw *hw, uint64_t addr, enum hw_width width, uint64_t value)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	below->ops->mmio_write(below, addr, width, value);
}

static bool sweep_mmio_is_mapped(struct hw *hw, uint64_t addr, uint64_t size)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->mmio_is_mapped(below, addr, size);
}

static uint32_t sweep_port_read(struct hw *hw, uint16_t port, enum hw_width width)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	return below->ops->port_read(below, port, width);
}

static void sweep_port_write(struct hw *hw, uint16_t port, enum hw_width width, uint32_t value)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	below->ops->port_write(below, port, width, value);
}

static uint64_t sweep_ticks(struct hw *hw)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->ticks(below);
}

static uint64_t sweep_tick_hz(struct hw *hw)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->tick_hz(below);
}

static void sweep_relax(struct hw *hw)
{
	struct hw *below = sweep_of(hw)->below;

	below->ops->relax(below);
}

static enum err sweep_dma_alloc(struct hw *hw, size_t size, size_t align, struct hw_dma *ret_dma)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->dma_alloc(below, size, align, ret_dma);
}

static void sweep_dma_barrier(struct hw *hw)
{
	struct hw *below = sweep_of(hw)->below;

	below->ops->dma_barrier(below);
}

static void sweep_irq_attach(struct hw *hw, hw_irq_fn *fn, void *arg)
{
	struct hw *below = sweep_of(hw)->below;

	below->ops->irq_attach(below, fn, arg);
}

static bool sweep_irq_switch(struct hw *hw, bool on)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->irq_switch(below, on);
}

static enum err sweep_guard(struct hw *hw, hw_body_fn *body, void *arg, struct hw_fault *ret_fault)
{
	struct hw *below = sweep_of(hw)->below;

	return below->ops->guard(below, body, arg, ret_fault);
}

static uint64_t sweep_sysreg_read(struct hw *hw, uint32_t reg)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	return below->ops->sysreg_read(below, reg);
}

static void sweep_sysreg_write(struct hw *hw, uint32_t reg, uint64_t value)
{
	struct hw *below = sweep_of(hw)->below;

	fork_here(sweep_of(hw));
	below->ops->sysreg_write(below, reg, value);
}

/* A child's stream is judged, not shown: stdout is the parent's. */
static void sweep_text(struct hw *hw, const char *s, size_t len)
{
	struct hw *below = sweep_of(hw)->below;

	if (!sweep_of(hw)->is_child)
		below->ops->text(below, s, len);
}

static void __attribute__((noreturn)) sweep_panic(struct hw *hw, const char *what)
{
	struct hw *below = sweep_of(hw)->below;

	below->ops->panic(below, what);
}

static const struct hw_ops sweep_ops = {
	.mmio_read = sweep_mmio_read,
	.mmio_write = sweep_mmio_write,
	.mmio_is_mapped = sweep_mmio_is_mapped,
	.port_read = sweep_port_read,
	.port_write = sweep_port_write,
	.ticks = sweep_ticks,
	.tick_hz = sweep_tick_hz,
	.relax = sweep_relax,
	.dma_alloc = sweep_dma_alloc,
	.dma_barrier = sweep_dma_barrier,
	.irq_attach = sweep_irq_attach,
	.irq_switch = sweep_irq_switch,
	.guard = sweep_guard,
	.sysreg_read = sweep_sysreg_read,
	.sysreg_write = sweep_sysreg_write,
	.text = sweep_text,
	.panic = sweep_panic,
};

struct hw *sweep_begin(struct sweep *sweep, struct sim *sim, struct lab *lab, uint64_t stride,
		       bool from_policies)
{
	memset(sweep, 0, sizeof(*sweep));
	sweep->hw.ops = &sweep_ops;
	sweep->below = sim_hw(sim);
	sweep->sim = sim;
	sweep->lab = lab;
	sweep->stride = stride;
	sweep->begun = !from_policies;
	sweep->shared = mmap(NULL, sizeof(*sweep->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sweep->shared == MAP_FAILED) {
		perror("sweep");
		exit(70);
	}
	return &sweep->hw;
}
