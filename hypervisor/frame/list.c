/* SPDX-License-Identifier: MIT */
/* Doubly linked lists of frames by 32-bit frame number. The owner of a list gives the lock. */
#include <frame/frame.h>

static struct frame *frame_at(u32 n)
{
	return n == FRAME_NIL ? NULL : &frame_table[n];
}

static void frame_link(struct frame_list *l, struct frame *f, u32 prev, u32 next)
{
	u32 n = frame_mfn(f).n;

	f->prev = prev;
	f->next = next;
	if (prev == FRAME_NIL)
		l->head = n;
	else
		frame_at(prev)->next = n;
	if (next == FRAME_NIL)
		l->tail = n;
	else
		frame_at(next)->prev = n;
	l->count++;
}

void frame_list_init(struct frame_list *l)
{
	l->head = l->tail = FRAME_NIL;
	l->count = 0;
}

void frame_list_add_tail(struct frame_list *l, struct frame *f)
{
	frame_link(l, f, l->tail, FRAME_NIL);
}

void frame_list_add(struct frame_list *l, struct frame *f)
{
	frame_link(l, f, FRAME_NIL, l->head);
}

void frame_list_del(struct frame_list *l, struct frame *f)
{
	if (f->prev == FRAME_NIL)
		l->head = f->next;
	else
		frame_at(f->prev)->next = f->next;
	if (f->next == FRAME_NIL)
		l->tail = f->prev;
	else
		frame_at(f->next)->prev = f->prev;
	f->next = f->prev = FRAME_NIL;
	l->count--;
}

struct frame *frame_list_first(const struct frame_list *l)
{
	return frame_at(l->head);
}
