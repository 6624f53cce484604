/* SPDX-License-Identifier: MIT */
/* Doubly linked lists of frames by 32-bit frame number. The owner of a list gives the lock. */
#include <frame/frame.h>
#include <x86/cpu.h>

/* Where the number of the frame behind @prev stands: FRAME_NIL is the list itself. */
static u32 *next_of(struct frame_list *l, u32 prev)
{
	return prev == FRAME_NIL ? &l->head : &frame_table[prev].next;
}

/* Where the number of the frame before @next stands. */
static u32 *prev_of(struct frame_list *l, u32 next)
{
	return next == FRAME_NIL ? &l->tail : &frame_table[next].prev;
}

void frame_list_add_tail(struct frame_list *l, struct frame *f)
{
	f->prev = l->count ? l->tail : FRAME_NIL;
	f->next = FRAME_NIL;

	l->tail = frame_mfn(f).n;
	*next_of(l, f->prev) = l->tail;
	l->count++;
}

void frame_list_del(struct frame_list *l, struct frame *f)
{
	assert(l->count && *next_of(l, f->prev) == frame_mfn(f).n);

	*next_of(l, f->prev) = f->next;
	*prev_of(l, f->next) = f->prev;
	f->next = f->prev = FRAME_NIL;
	l->count--;
}

struct frame *frame_list_first(const struct frame_list *l)
{
	return l->count ? &frame_table[l->head] : NULL;
}
