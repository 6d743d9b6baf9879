/* SPDX-License-Identifier: BSD-2-Clause-Patent */
/*
 * The 256 entries of the interrupt descriptor table, and the guard's way in and out. All decisions
 * are in trap.c. No SSE register is saved: nothing here or in C uses one (-mgeneral-regs-only).
 */

/*
 * Vectors for which the CPU itself pushes an error code (Intel SDM vol. 3, "Exception and Interrupt
 * Reference").
 */
#define HAS_ERROR_CODE(v) \
	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21 || (v) == 29 || (v) == 30)

	.text

	/*
	 * Each entry takes 16 bytes, so that trap.c finds entry n at trap_entries + 16 n: no table,
	 * no relocation.
	 */
	.globl	trap_entries
	.hidden	trap_entries
	.balign	16
trap_entries:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	!HAS_ERROR_CODE(vector)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr
	.balign	16

/*
 * The CPU aligned the stack to 16 before it pushed five words; with the error code, the vector and
 * fifteen registers it is aligned again at the call. The order is struct trap_frame's.
 */
trap_common:
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	call	trap_dispatch
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp
	iretq

/*
 * int trap_guard_call(uint64_t *ret_sp, void (*body)(void *arg), void *arg)
 * Everything a jump back needs lies on the stack; *ret_sp is where. Returns 0 when body returned,
 * 1 when trap_guard_jump() or a rewritten trap frame ended it.
 */
	.globl	trap_guard_call
	.hidden	trap_guard_call
trap_guard_call:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	movq	%rsp, (%rdi)
	movq	%rsi, %rax
	movq	%rdx, %rdi
	call	*%rax
	xorl	%eax, %eax

	/* Landing: %rsp as stored, %eax the result. */
	.globl	trap_guard_landing
	.hidden	trap_guard_landing
trap_guard_landing:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

/* void trap_guard_jump(uint64_t sp) */
	.globl	trap_guard_jump
	.hidden	trap_guard_jump
trap_guard_jump:
	cld
	movq	%rdi, %rsp
	movl	$1, %eax
	jmp	trap_guard_landing

	.section .note.GNU-stack, "", @progbits
