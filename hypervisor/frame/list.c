/* SPDX-License-Identifier: MIT */
/* Doubly linked lists of frames by 32-bit frame number. The owner of a list gives the lock. */
#include <frame/frame.h>

/* What leads to the frame behind @prev, and to the one before @next. */
static u32 *link_forth(struct frame_list *l, u32 prev)
{
	return prev == FRAME_NIL ? &l->head : &frame_table[prev].next;
}

static u32 *link_back(struct frame_list *l, u32 next)
{
	return next == FRAME_NIL ? &l->tail : &frame_table[next].prev;
}

void frame_list_add_tail(struct frame_list *l, struct frame *f)
{
	f->prev = l->count++ ? l->tail : FRAME_NIL;
	f->next = FRAME_NIL;
	*link_forth(l, f->prev) = l->tail = frame_mfn(f).n;
}

void frame_list_del(struct frame_list *l, struct frame *f)
{
	*link_forth(l, f->prev) = f->next;
	*link_back(l, f->next) = f->prev;
	f->next = f->prev = FRAME_NIL;
	l->count--;
}

struct frame *frame_list_first(const struct frame_list *l)
{
	return l->count ? &frame_table[l->head] : NULL;
}
