/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uv_locks.c - I13: the ultravisor's locks.
 *
 * A reflected vCPU may come back on another CPU, so no lock is held on entry to
 * the hypervisor. Inside: svm_lock first or alone, then page_lock, one stripe,
 * svm->lock.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static const unsigned char uv_lock_rank[OBJ_TYPE_COUNT] = {
	[OBJ_SVM_LIST_LOCK] = 1,
	[OBJ_UV_PAGE_LOCK] = 2,
	[OBJ_UV_GFN_LOCK] = 3,
	[OBJ_SVM_LOCK] = 4,
};

static bool uv_locks_blame(struct checker *c, obj_t held, const char *format, obj_t taken, struct finding *out)
{
	char a[48], b[48];

	/* Titles name classes, not which of them. */
	obj_print(obj_make(obj_type(held), obj_guest(held), OBJ_NO_INDEX), a, sizeof(a));
	obj_print(obj_make(obj_type(taken), obj_guest(taken), OBJ_NO_INDEX), b, sizeof(b));
	verdict_begin(c, INVARIANT_I13, NULL, out, format, a, b);
	verdict_here(c, out, "lock");
	return true;
}

static bool uv_locks_leaving(struct checker *c, const struct ghost_context *ctx, struct finding *out)
{
	if (c->event.rec.aux != c->hv || !ctx->lock_count)
		return false;
	verdict_begin(c, INVARIANT_I13, NULL, out, "a lock is held while the hypervisor is entered");
	verdict_here(c, out, "call");
	return true;
}

bool rule_uv_locks(struct checker *c, struct finding *out)
{
	const struct trace_rec *r = &c->event.rec;
	const struct ghost_context *ctx = ghost_context_at(c, &c->event);
	obj_t taken = {r->a};

	if (c->event.domain != c->uv || !ctx)
		return false;
	if (r->kind == TRACE_CALL)
		return uv_locks_leaving(c, ctx, out);
	if (obj_type(taken) >= OBJ_TYPE_COUNT || !uv_lock_rank[obj_type(taken)])
		return false;
	/* The last one is the lock that was taken just now. */
	for (unsigned i = 0; i + 1 < ctx->lock_count; i++) {
		obj_t held = ctx->locks[i].name;

		if (uv_lock_rank[obj_type(held)] >= uv_lock_rank[obj_type(taken)])
			return uv_locks_blame(c, held, "%s is held while %s is taken", taken, out);
	}
	return false;
}
