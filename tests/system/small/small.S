/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest kernel that does something: writes one line to its console and sleeps for
 * ever. For measuring and repeating what the toolstack does, without the time that a real kernel
 * takes. Hypercalls are issued by `syscall`, as Debian's kernels do, so it needs no hypercall page.
 */
#define VIRT_BASE	0xffffffff80000000
#define M2P_BASE	0xffff800000000000

/*
 * start_info: a magic string of 32 bytes, then nr_pages, shared_info, flags, store mfn and port: 8
 * bytes each.
 */
#define START_CONSOLE_MFN	72
#define START_CONSOLE_EVTCHN	80
/* xencons_interface: in[1024], out[2048], in_cons, in_prod, out_cons, out_prod. */
#define CONS_OUT		1024
#define CONS_OUT_PROD		(1024 + 2048 + 12)

#define HYPERVISOR_sched_op		29
#define HYPERVISOR_event_channel_op	32
#define SCHEDOP_poll			3
#define DOMID_SELF			0x7ff0
#define EVTCHNOP_send			4
#define EVTCHNOP_alloc_unbound		6

	.macro note type, size:vararg
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	\size
2:	.balign 4
	.endm

	.section .note.xen, "a", @note
	note 6, .asciz "small"		/* guest OS */
	note 5, .asciz "xen-3.0"	/* ABI version */
	note 1, .quad _start		/* entry */
	note 3, .quad VIRT_BASE		/* where the first page lies */
	note 4, .quad 0			/* physical address of that page */
	note 8, .asciz "generic"	/* loader */

	.text
	.globl _start
_start:
	cld
	lea	stack_top(%rip), %rsp
	mov	%rsi, %rbx
	mov	START_CONSOLE_MFN(%rbx), %rax
	movabs	$M2P_BASE, %rcx
	mov	(%rcx, %rax, 8), %rdi
	shl	$12, %rdi
	add	$VIRT_BASE, %rdi
	mov	%rdi, %rdx
	lea	line(%rip), %rsi
	mov	$(line_end - line), %ecx
	add	$CONS_OUT, %rdi
	rep	movsb
	movl	$(line_end - line), CONS_OUT_PROD(%rdx)
	mov	START_CONSOLE_EVTCHN(%rbx), %eax
	mov	%eax, port(%rip)
	mov	$HYPERVISOR_event_channel_op, %eax
	mov	$EVTCHNOP_send, %edi
	lea	port(%rip), %rsi
	syscall
/*
 * Wait on a port that nobody signals: with no callback registered an event must never be delivered,
 * and polling, unlike blocking, leaves delivery masked.
 */
	mov	$HYPERVISOR_event_channel_op, %eax
	mov	$EVTCHNOP_alloc_unbound, %edi
	lea	unbound(%rip), %rsi
	syscall
	mov	unbound + 4(%rip), %eax
	mov	%eax, port(%rip)
	lea	port(%rip), %rax
	mov	%rax, poll(%rip)
forever:
	mov	$HYPERVISOR_sched_op, %eax
	mov	$SCHEDOP_poll, %edi
	lea	poll(%rip), %rsi
	syscall
	jmp	forever

	.data
line:	.ascii	"SMALL GUEST UP\r\n"
line_end:
	.balign	8
port:	.quad	0
unbound:
	.short	DOMID_SELF, DOMID_SELF
	.long	0
poll:	.quad	0, 1, 0			/* ports, how many, no time limit */
	.bss
	.balign	4096
	.skip	4096
stack_top:
