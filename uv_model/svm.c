/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svm.c - secure VMs: found, made, ended.
 *
 * A VM can be terminated by a host thread while its vCPUs are inside the
 * ultravisor, even waiting for the hypervisor. Whoever works in an svm therefore
 * counts as its user, and the last one frees it. The published firmware has no
 * such count and frees under its users' feet.
 *
 * Locking: svm_lock for the list and the counts, svm->lock for what it guards;
 * each is taken alone here. Errors: NULL when there is no such VM. Blocking: all
 * yield.
 */
#include "uv.h"

struct svm *svm_get(struct uv *uv, unsigned guest)
{
	if (guest >= uv->config.guest_count)
		return NULL;
	sim_spin_lock(&uv->svm_lock);
	struct svm *svm = uv->svms[guest];
	if (svm && svm_mode_of(svm) == SVM_TERMINATED)
		svm = NULL;
	if (svm)
		svm->users++;
	sim_spin_unlock(&uv->svm_lock);
	return svm;
}

struct svm *svm_get_lpid(struct uv *uv, uint32_t lpid)
{
	for (unsigned i = 0; i < uv->config.guest_count; i++) {
		if (uv->config.guests[i].lpid == lpid)
			return svm_get(uv, i);
	}
	return NULL;
}

void svm_put(struct uv *uv, struct svm *svm)
{
	if (!svm)
		return;
	sim_spin_lock(&uv->svm_lock);
	bool last = --svm->users == 0;
	sim_spin_unlock(&uv->svm_lock);
	if (last) {
		map_destroy(svm);
		cost_charge(STEP_FREE);
		heap_free(svm);
	}
}

static void svm_init(struct uv *uv, struct svm *svm, unsigned guest)
{
	svm->guest = guest;
	svm->lpid = uv->config.guests[guest].lpid;
	svm->mode = SVM_ACTIVE;
	svm->pool = &uv->map_pool;
	svm->users = 2; /* the list and the caller */
	sim_spin_init(&svm->lock, obj_make(OBJ_SVM_LOCK, guest, OBJ_NO_INDEX));
	sim_spin_init(&svm->page_lock, obj_make(OBJ_UV_PAGE_LOCK, guest, OBJ_NO_INDEX));
	for (unsigned i = 0; i < UV_STRIPES; i++)
		sim_spin_init(&svm->stripes[i].lock, obj_make(OBJ_UV_GFN_LOCK, guest, i));
}

struct svm *svm_create(struct uv *uv, unsigned guest)
{
	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, obj_make(OBJ_SVM, guest, OBJ_NO_INDEX)))
		return NULL;
	struct svm *svm = heap_alloc(sizeof(*svm), obj_make(OBJ_SVM, guest, OBJ_NO_INDEX));
	svm_init(uv, svm, guest);

	sim_spin_lock(&uv->svm_lock);
	bool taken = uv->svms[guest] != NULL;
	if (!taken)
		uv->svms[guest] = svm;
	sim_spin_unlock(&uv->svm_lock);
	if (taken) {
		heap_free(svm);
		return NULL;
	}
	trace_emit(TRACE_SVM, TRACE_SVM_START, guest, 0);
	return svm;
}

void svm_set_mode(struct uv *uv, struct svm *svm, enum svm_mode mode)
{
	static const enum trace_svm told[] = {
		[SVM_ACTIVE] = TRACE_SVM_START,
		[SVM_SECURE] = TRACE_SVM_SECURE,
		[SVM_ABORT] = TRACE_SVM_ABORT,
		[SVM_TERMINATED] = TRACE_SVM_TERMINATED,
	};
	sim_spin_lock(&uv->svm_lock);
	bool over = svm_mode_of(svm) == SVM_TERMINATED;
	if (!over) {
		svm_mark_mode(svm, mode);
		trace_emit(TRACE_SVM, told[mode], svm->guest, 0);
	}
	sim_spin_unlock(&uv->svm_lock);
}

void svm_terminate(struct uv *uv, struct svm *svm)
{
	sim_spin_lock(&uv->svm_lock);
	bool first = svm_mode_of(svm) != SVM_TERMINATED;
	svm_mark_mode(svm, SVM_TERMINATED);
	if (uv_mutant(MUTANT_UNLISTED_BEFORE_SWEPT))
		uv->svms[svm->guest] = NULL;
	sim_spin_unlock(&uv->svm_lock);
	if (!first)
		return;

	reflect_drop_all(svm);
	while (svm->slots)
		slot_remove(uv, svm, svm->slots->id);
	/* Only now: accesses under way find what they must land in through the list. */
	sim_spin_lock(&uv->svm_lock);
	uv->svms[svm->guest] = NULL;
	trace_emit(TRACE_SVM, TRACE_SVM_TERMINATED, svm->guest, 0);
	sim_spin_unlock(&uv->svm_lock);
	svm_put(uv, svm);
}

int64_t svm_kill(struct svm *svm, int64_t result)
{
	sim_spin_lock(&svm->lock);
	if (!svm->killed)
		svm->killed = result;
	result = svm->killed;
	sim_spin_unlock(&svm->lock);
	return result;
}

int64_t svm_killed(struct svm *svm)
{
	sim_spin_lock(&svm->lock);
	int64_t result = svm->killed;
	sim_spin_unlock(&svm->lock);
	return result;
}

uint32_t svm_op(struct svm *svm)
{
	sim_spin_lock(&svm->lock);
	uint32_t op = ++svm->op_count;
	sim_spin_unlock(&svm->lock);
	return op;
}
