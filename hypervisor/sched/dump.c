/* SPDX-License-Identifier: MIT */
/* Debug key 'r': what the queues hold. */
#include <console/console.h>
#include <sched/queue.h>
#include <x86/cpu.h>

static void dump_queue(u32 cpu)
{
	struct sched_queue *q = &sched_queues[cpu];
	const struct heap *heaps[] = { &q->owed, &q->ahead, &q->parked };
	static const char *const names[] = { "owed", "ahead", "parked" };

	log_info("CPU %u: %lu want to run, weights %lu%s", cpu, q->count, q->load,
		 q->current ? "" : ", idle");
	for (u32 i = 0; i < ARRAY_SIZE(heaps); i++)
		for (struct heap_node *n = heaps[i]->root; n; n = heap_next(n)) {
			const struct runnable *r = container_of(n, struct runnable, node);

			log_info("  %s: %s%ld behind, may run on %#lx, had better on %#lx", names[i],
				 r->boosted ? "just woke, " : "", (s64)(queue_vtime(q) - r->vtime), r->hard,
				 r->soft);
		}
}

void sched_dump(void)
{
	for (u64 cpus = sched_online; cpus; cpus &= cpus - 1) {
		struct sched_queue *q = &sched_queues[__builtin_ctzl(cpus)];

		spin_lock(&q->lock);
		dump_queue(q - sched_queues);
		spin_unlock(&q->lock);
	}
}
