/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_order.c - I14: one order over the locks of both sides.
 *
 * The ultravisor's come after all of the hypervisor's, because UV_PAGE_IN,
 * UV_PAGE_OUT and UV_PAGE_INVAL never call back: that is asked here, too. A lock
 * that is only tried waits for nobody, so taking it is never wrong; holding it
 * while another is waited for may be. Not so a page lock while uvmem_lock is:
 * under uvmem_lock page locks are only tried, and the faults of Linux 6.15 come
 * with the page locked. SRCU read sections have no place in the
 * order; waiting for them has, because a reader may want any lock after
 * slots_lock.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static const unsigned char order_rank[OBJ_TYPE_COUNT] = {
	[OBJ_KVM_LOCK] = 1,
	[OBJ_SLOTS_LOCK] = 2,
	[OBJ_MMU_SETUP_LOCK] = 3,
	[OBJ_KVM_SRCU] = 4,
	[OBJ_SLOTS_ARCH_LOCK] = 5,
	[OBJ_MMAP_LOCK] = 6,
	[OBJ_UVMEM_LOCK] = 7,
	[OBJ_PAGE_LOCK] = 8,
	[OBJ_PTL] = 9,
	[OBJ_MMU_LOCK] = 10,
	[OBJ_MN_LOCK] = 11,
	[OBJ_BITMAP_LOCK] = 12,
};

/* Several of a class may be held: pages of one migration, the tables of two processes. */
static bool order_nests(enum obj_type type)
{
	return type == OBJ_PAGE_LOCK || type == OBJ_PTL || type == OBJ_MMAP_LOCK;
}

static bool order_broken(const struct ghost_lock *held, obj_t taken)
{
	unsigned have = order_rank[obj_type(held->name)], want = order_rank[obj_type(taken)];

	if (held->mode == LOCK_SRCU_READ || have < want)
		return false;
	if (held->tried && obj_type(held->name) == OBJ_PAGE_LOCK && obj_type(taken) == OBJ_UVMEM_LOCK)
		return false;
	return have > want || !order_nests(obj_type(taken)) || held->name.w == taken.w;
}

static bool order_blame(struct checker *c, obj_t held, obj_t taken, struct finding *out)
{
	char a[48], b[48];

	obj_print(obj_make(obj_type(held), obj_guest(held), OBJ_NO_INDEX), a, sizeof(a));
	obj_print(obj_make(obj_type(taken), obj_guest(taken), OBJ_NO_INDEX), b, sizeof(b));
	verdict_begin(c, INVARIANT_I14, NULL, out, "%s is held while %s is %s", a, b,
		obj_type(taken) == OBJ_KVM_SRCU ? "waited for" : "taken");
	verdict_here(c, out, "lock");
	return true;
}

static bool order_taken(struct checker *c, const struct ghost_context *ctx, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	obj_t taken = {r->a};
	/* The last one held is the lock taken just now; a grace period is not held. */
	unsigned before = ctx->lock_count - (r->aux != LOCK_SRCU_SYNC);

	if (r->aux == LOCK_SRCU_READ || r->aux == LOCK_EVENT || obj_type(taken) >= OBJ_TYPE_COUNT)
		return false;
	if (!order_rank[obj_type(taken)] || r->b)
		return false;
	for (unsigned i = 0; i < before && i < GHOST_LOCKS_MAX; i++) {
		if (order_broken(&ctx->locks[i], taken))
			return order_blame(c, ctx->locks[i].name, taken, out);
	}
	return false;
}

static bool order_called_back(struct checker *c, struct finding *out)
{
	const struct ghost_call *served;

	if (c->event.domain != c->uv || c->event.rec.aux != c->hv)
		return false;
	served = calls_served(c, &c->event);
	if (!served || (served->number != ABI_UV_PAGE_IN && served->number != ABI_UV_PAGE_OUT &&
			       served->number != ABI_UV_PAGE_INVAL))
		return false;
	verdict_begin(c, INVARIANT_I14, NULL, out, "%s calls the hypervisor back", abi_call_name(served->number));
	verdict_here(c, out, "call");
	return true;
}

bool rule_lock_order(struct checker *c, struct finding *out)
{
	const struct ghost_context *ctx = ghost_context_at(c, &c->event);

	if (c->event.rec.kind == TRACE_CALL)
		return order_called_back(c, out);
	return ctx && c->event.domain == c->hv && order_taken(c, ctx, out);
}
