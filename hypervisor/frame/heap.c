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
	struct list link; /* on its class' list while it has a free object */
	void *free;	  /* chain through the objects' first words */
	u32 used, class;
};

/* Multiples of 64 from 64 up keep the alignment; the odd ones are 1/6, 1/4.. of what a page holds. */
static const u16 class_size[] = { 16, 32, 48, 64, 128, 192, 256, 320, 448, 576, 960, 1344, 1984 };
#define CLASSES ARRAY_SIZE(class_size)

static struct spinlock heap_lock = SPINLOCK(LOCK_HEAP); /* guards partial, used and all slabs */
static struct list partial[CLASSES];
static u64 used;

static u32 class_of(size_t size)
{
	u32 c = 0;

	while (c < CLASSES && class_size[c] < size)
		c++;
	return c;
}

static void *block_alloc(size_t size)
{
	u32 order = block_order(size);
	void *p = pages_alloc(order);

	if (p)
		__atomic_fetch_add(&used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	return p;
}

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
	list_init(&s->link);
	return s;
}

/* Takes an object of the first page that has one. Caller holds heap_lock. */
static void *slab_take(u32 class)
{
	struct slab *s = list_first(&partial[class], struct slab, link);
	void *p = s->free;

	assert(p);
	s->free = *(void **)p;
	s->used++;
	if (!s->free)
		list_del(&s->link);
	used += class_size[class];
	return p;
}

void *heap_alloc(size_t size)
{
	u32 class = class_of(size);
	struct slab *s;
	void *p;

	if (class == CLASSES)
		return size > HEAP_MAX ? NULL : block_alloc(size);
	spin_lock(&heap_lock);
	if (!partial[class].next)
		list_init(&partial[class]);
	if (list_empty(&partial[class])) {
		s = slab_create(class);
		if (s)
			list_add(&partial[class], &s->link);
	}
	p = list_empty(&partial[class]) ? NULL : slab_take(class);
	spin_unlock(&heap_lock);
	return p ? memset(p, 0, class_size[class]) : NULL;
}

static void block_free(void *p)
{
	u32 order = pages_order(p);

	__atomic_fetch_sub(&used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	pages_free(p, order);
}

void heap_free(void *p)
{
	struct slab *s = (struct slab *)((u64)p & PAGE_MASK);

	if (!p)
		return;
	if ((void *)s == p) {
		block_free(p);
		return;
	}
	spin_lock(&heap_lock);
	assert(s->used && s->class < CLASSES);
	if (!s->free)
		list_add(&partial[s->class], &s->link);
	*(void **)p = s->free;
	s->free = p;
	used -= class_size[s->class];
	if (--s->used == 0) {
		list_del(&s->link);
		pages_free(s, 0);
	}
	spin_unlock(&heap_lock);
}

u64 heap_used(void)
{
	return READ_ONCE(used);
}
