/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_lock.c - the lock bit of a host page.
 *
 * As PG_locked in Linux (6.1 mm/filemap.c, folio_lock and folio_unlock) it has
 * no owner: a migration may lock a page in one context and unlock it in
 * another, and that is no misuse. Who locked it is remembered for reports and
 * for the graph of waiters, and may have ended meanwhile.
 *
 * A machine has millions of these locks and a handful of them is held: so the
 * lock is a bit, as in Linux, and what else there is to know stands in a list
 * of the locks in use, the newest first (Linux has hashed wait queues). Its
 * entries come from a list of spare ones in the domain's arena.
 *
 * Locking: this is it. Errors: unlocking a page that is not locked is a finding.
 * Blocking: lock waits; trylock and unlock only pay and pass points.
 */
#include "sync_private.h"

/* A lock that is held or waited for. */
struct page_lock_use {
	struct page_lock_use *next;
	struct sim_page_lock *lock;
	struct sim_held *locker; /* who took it; a report's word, not a rule. NULL: free */
	struct sim_queue queue;
};

struct page_lock_uses {
	struct page_lock_use *busy, *spare;
};

static obj_t page_lock_name(const struct sim_page_lock *l)
{
	return obj_make(OBJ_PAGE_LOCK, OBJ_NO_GUEST, sim_page_lock_number(l));
}

static struct page_lock_uses *page_lock_uses(void)
{
	struct domain *d = domain_self();
	void **slot = domain_slot(d, DOMAIN_SLOT_PAGE_LOCKS);
	if (!*slot)
		*slot = domain_arena_alloc(d, sizeof(struct page_lock_uses));
	return *slot;
}

/* The link to a lock's entry, or to the end. */
static struct page_lock_use **page_lock_find(struct page_lock_uses *uses, const struct sim_page_lock *l)
{
	struct page_lock_use **link = &uses->busy;
	while (*link && (*link)->lock != l)
		link = &(*link)->next;
	return link;
}

static struct page_lock_use *page_lock_use(struct sim_page_lock *l)
{
	struct page_lock_uses *uses = page_lock_uses();
	struct page_lock_use *use = *page_lock_find(uses, l);
	if (use)
		return use;
	use = uses->spare;
	if (use)
		uses->spare = use->next;
	else
		use = domain_arena_alloc(domain_self(), sizeof(*use));
	*use = (struct page_lock_use){.next = uses->busy, .lock = l};
	return uses->busy = use;
}

/* Nobody holds it, nobody waits: the entry has served. */
static void page_lock_drop_use(struct page_lock_use *use)
{
	struct page_lock_uses *uses = page_lock_uses();
	if (use->locker || use->queue.head)
		return;
	*page_lock_find(uses, use->lock) = use->next;
	use->next = uses->spare;
	uses->spare = use;
}

static unsigned page_lock_holders(const void *object, const struct context *waiter, struct context **out, unsigned max)
{
	const struct page_lock_use *use = object;
	(void)waiter;
	return held_collect(use->locker, out, max);
}

/*L:160
 * A page's lock bit has no owner: a migration may lock in one context and unlock in another. It is the
 * one lock where "unlocked by another" is no misuse; only who took it last is remembered, for reports.
 :*/
static void page_lock_take(struct sim_page_lock *l, struct sync_way way)
{
	obj_t name = page_lock_name(l);
	l->word |= SIM_PAGE_LOCKED;
	order_acquire_at(l);
	page_lock_use(l)->locker = held_add(l, name, LOCK_EXCLUSIVE, way);
	point_pass(POINT_ACQUIRED, name);
}

static void page_lock_wait(struct sim_page_lock *l)
{
	struct page_lock_use *use = page_lock_use(l);
	struct wait_on on = {
		.what = page_lock_name(l), .object = use, .holders = page_lock_holders, .chain = chain_capture()};
	struct sim_waiter waiter;
	trace_emit(TRACE_LOCK_WAIT, LOCK_EXCLUSIVE, on.what.w, 0);
	waiter_enter(&use->queue, &waiter, LOCK_EXCLUSIVE);
	do {
		waiter_sleep(&waiter, CAUSE_LOCK_WAIT, &on);
		cost_charge(STEP_HANDOVER);
	} while (sim_page_lock_is_locked(l));
	waiter_leave(&use->queue, &waiter);
}

void sim_page_lock_init(struct sim_page_lock *l, uint32_t number)
{
	l->word = number & ~SIM_PAGE_LOCKED;
}

void sim_page_lock_lock(struct sim_page_lock *l)
{
	sim_page_lock_lock_nested(l, 0);
}

void sim_page_lock_lock_nested(struct sim_page_lock *l, unsigned subclass)
{
	obj_t name = page_lock_name(l);
	sync_may_sleep(name, "page lock taken");
	point_pass(POINT_ACQUIRE, name);
	cost_charge(STEP_LOCK);
	step_note(name, LOCK_EXCLUSIVE, subclass);
	if (sim_page_lock_is_locked(l))
		page_lock_wait(l);
	page_lock_take(l, (struct sync_way){.subclass = (uint8_t)subclass});
}

bool sim_page_lock_trylock(struct sim_page_lock *l)
{
	obj_t name = page_lock_name(l);
	sync_self(name);
	point_pass(POINT_ACQUIRE, name);
	cost_charge(STEP_LOCK);
	if (sim_page_lock_is_locked(l))
		return false;
	page_lock_take(l, (struct sync_way){.tried = true});
	return true;
}

void sim_page_lock_unlock(struct sim_page_lock *l)
{
	obj_t name = page_lock_name(l);
	sync_self(name);
	if (!sim_page_lock_is_locked(l)) {
		sync_misuse(name, "unlock of what nobody holds", NULL);
		return;
	}
	cost_charge(STEP_UNLOCK);
	order_release_at(l);
	struct page_lock_use *use = page_lock_use(l);
	held_drop(use->locker);
	use->locker = NULL;
	l->word &= ~SIM_PAGE_LOCKED;
	if (use->queue.head)
		waiter_wake(use->queue.head, 1);
	page_lock_drop_use(use);
	point_pass(POINT_RELEASE, name);
}

bool sim_page_lock_is_locked(const struct sim_page_lock *l)
{
	return (l->word & SIM_PAGE_LOCKED) != 0;
}
