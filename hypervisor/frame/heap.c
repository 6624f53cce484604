/* SPDX-License-Identifier: MIT */
/*
 * Small objects, from slabs: a page of a class starts with a header and holds objects of one size.
 * Larger objects are whole blocks of pages, so an address with a zero page offset is always a
 * block. A page without objects goes back to the buddy system.
 */
#include <frame/alloc.h>
#include <lib/list.h>
#include <lib/string.h>
#include <x86/budget.h>
#include <x86/lock.h>

#define SLAB_HEADER  64
#define OBJECT_LOOKS 64 /* of the budget, for an object: found, cleared, and freed later */

struct slab {
	struct link link; /* on its class' list while it has a free object */
	void *free;       /* chain through the objects' first words */
	u32 used, class;
};

_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "a slab's header lies before its objects");

/*
 * Multiples of 64 from 64 up keep the alignment; the odd ones are 1/6, 1/4.. of what a page holds.
 */
static const u16 class_size[] = { 16, 32, 48, 64, 128, 192, 256, 320, 448, 576, 960, 1344, 1984 };
#define CLASSES ARRAY_SIZE(class_size)

static struct spinlock heap_lock = SPINLOCK(LOCK_HEAP); /* guards partial and all slabs */
static struct link *partial[CLASSES];
static u64 used; /* bytes; atomic */

/* The smallest class of objects of @size bytes; CLASSES: they are blocks of pages. */
static u32 class_of(size_t size)
{
	u32 class = 0;

	while (class < CLASSES && class_size[class] < size)
		class ++;
	return class;
}

/* A fresh page, on its class' list. NULL: no memory. heap_lock is held. */
static struct slab *slab_create(u32 class)
{
	struct slab *s = pages_alloc(0);
	u32 size = class_size[class];

	assert(spin_held(&heap_lock));
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

/* A page of @class with a free object. NULL: no memory. heap_lock is held. */
static struct slab *slab_find(u32 class)
{
	if (!partial[class])
		return slab_create(class);

	return container_of(partial[class], struct slab, link);
}

/* An object of the first page that has one, not cleared. NULL: no memory. */
static void *object_alloc(u32 class)
{
	struct slab *s;
	void *p = NULL;

	spin_lock(&heap_lock);
	s = slab_find(class);
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

static void object_free(struct slab *s, void *p)
{
	spin_lock(&heap_lock);
	assert(s->used);

	/* It had no free object, so it was on no list. */
	if (!s->free)
		list_insert(&partial[s->class], &s->link);
	*(void **)p = s->free;
	s->free = p;

	s->used--;
	if (!s->used) {
		list_remove(&s->link);
		pages_free(s, 0);
	}
	spin_unlock(&heap_lock);
}

static void *block_alloc(size_t size)
{
	return size > HEAP_MAX ? NULL : pages_alloc(block_order(size));
}

void *heap_alloc(size_t size)
{
	u32 class = class_of(size);
	void *p;

	budget_charge(OBJECT_LOOKS);
	if (class < CLASSES) {
		size = class_size[class];
		p = object_alloc(class);
		if (p)
			memset(p, 0, size);
	} else {
		p = block_alloc(size);
		size = p ? PAGE_SIZE << pages_order(p) : 0;
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
		object_free(s, p);
	}
	__atomic_fetch_sub(&used, size, __ATOMIC_RELAXED);
}

u64 heap_used(void)
{
	return READ_ONCE(used);
}
