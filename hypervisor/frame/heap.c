/* SPDX-License-Identifier: MIT */
/*
 * Small objects. Each page of a class starts with a header and holds objects of one size; larger objects are whole
 * blocks of pages. An address with a zero page offset is therefore always a block. A page without objects goes back.
 */
#include <frame/alloc.h>
#include <lib/list.h>
#include <lib/string.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define SLAB_HEADER 64

struct slab {
	struct link link; /* on its class' list while it has a free object */
	void *free;       /* chain through the objects' first words */
	u32 used, class;
};

/* Multiples of 64 from 64 up keep the alignment; the odd ones are 1/6, 1/4.. of what a page holds. */
static const u16 class_size[] = { 16, 32, 48, 64, 128, 192, 256, 320, 448, 576, 960, 1344, 1984 };
#define CLASSES ARRAY_SIZE(class_size)

static struct spinlock heap_lock = SPINLOCK(LOCK_HEAP); /* guards partial and all slabs */
static struct link *partial[CLASSES];
static u64 used; /* bytes; atomic */

/* A fresh page, on its class' list. Caller holds heap_lock. */
static struct slab *slab_create(u32 class)
{
	struct slab *s = pages_alloc(0);
	u32 size = class_size[class];

	if (!s)
		return NULL;
	s->class = class;
	for (u32 at = SLAB_HEADER; at + size <= PAGE_SIZE; at += size) {
		*(void **)((u8 *)s + at) = s->free;
		s->free = (u8 *)s + at;
	}
	list_insert(&partial[class], &s->link);
	return s;
}

/* An object of the first page that has one, not cleared. */
static void *object_take(u32 class)
{
	struct slab *s;
	void *p = NULL;

	spin_lock(&heap_lock);
	s = partial[class] ? container_of(partial[class], struct slab, link) : slab_create(class);
	if (s) {
		p = s->free;
		s->free = *(void **)p;
		s->used++;
		if (!s->free)
			list_remove(&s->link);
	}
	spin_unlock(&heap_lock);
	return p;
}

static void object_give(struct slab *s, void *p)
{
	spin_lock(&heap_lock);
	assert(s->used);
	if (!s->free)
		list_insert(&partial[s->class], &s->link);
	*(void **)p = s->free;
	s->free = p;
	if (--s->used == 0) {
		list_remove(&s->link);
		pages_free(s, 0);
	}
	spin_unlock(&heap_lock);
}

void *heap_alloc(size_t size)
{
	u32 class = 0, order = block_order(MIN(size, HEAP_MAX));
	void *p;

	while (class < CLASSES && class_size[class] < size)
		class ++;
	if (class < CLASSES) {
		size = class_size[class];
		p = object_take(class);
		if (p)
			memset(p, 0, size);
	} else {
		p = size > HEAP_MAX ? NULL : pages_alloc(order);
		size = PAGE_SIZE << order;
	}
	if (p)
		__atomic_fetch_add(&used, size, __ATOMIC_RELAXED);
	return p;
}

void heap_free(void *p)
{
	struct slab *s = (struct slab *)((u64)p & PAGE_MASK);
	size_t size;

	if (!p)
		return;
	if ((void *)s == p) {
		size = PAGE_SIZE << pages_order(p);
		pages_free(p, pages_order(p));
	} else {
		assert(s->class < CLASSES);
		size = class_size[s->class];
		object_give(s, p);
	}
	__atomic_fetch_sub(&used, size, __ATOMIC_RELAXED);
}

u64 heap_used(void)
{
	return READ_ONCE(used);
}
