/* SPDX-License-Identifier: MIT */
/* Doubly linked lists of frames by 32-bit frame number. The owner of a list gives the lock. */
#include <frame/frame.h>

static struct frame *frame_at(u32 n)
{
	return n == FRAME_NIL ? NULL : &frame_table[n];
}

void frame_list_init(struct frame_list *l)
{
	l->head = l->tail = FRAME_NIL;
	l->count = 0;
}

void frame_list_add_tail(struct frame_list *l, struct frame *f)
{
	u32 n = frame_mfn(f).n;

	f->prev = l->tail;
	f->next = FRAME_NIL;
	if (l->tail == FRAME_NIL)
		l->head = n;
	else
		frame_at(l->tail)->next = n;
	l->tail = n;
	l->count++;
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
