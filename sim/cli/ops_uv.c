/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops_uv.c - what the ultravisor does unasked, on a borrowed vCPU. See step.h.
 *
 * Locking: none. Errors: results. Blocking: every operation yields.
 */
#include "step.h"

static int64_t step_spontaneous(struct step *s, uint32_t number, uint64_t flags)
{
	return uv_spontaneous(step_world(s)->uv, step_guest(s), s->actor->thread->vcpu, number, s->gfn, flags);
}

int64_t op_h_page_in(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_PAGE_IN, s->st->shared ? ABI_H_PAGE_IN_SHARED : ABI_H_PAGE_IN_NONSHARED);
}

int64_t op_h_page_out(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_PAGE_OUT, 0);
}

int64_t op_h_init_start(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_INIT_START, 0);
}

int64_t op_h_init_done(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_INIT_DONE, 0);
}

int64_t op_h_init_abort(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_INIT_ABORT, 0);
}

int64_t op_uv_evict(struct step *s)
{
	return uv_evict_page(step_world(s)->uv, step_guest(s), s->actor->thread->vcpu, s->gfn);
}

int64_t op_terminate(struct step *s)
{
	return uv_terminate(step_world(s)->uv, step_guest(s)) ? ABI_U_SUCCESS : ABI_U_INVALID;
}
