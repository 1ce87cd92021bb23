/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops_host.c - what threads of the process that runs the guest say: requests of
 * the host kernel. See step.h.
 *
 * Locking: none. Errors: results. Blocking: every operation yields.
 */
#include "step.h"

static int64_t step_host(struct step *s, struct hv_request *request)
{
	request->guest = step_guest(s);
	request->gfn = s->gfn;
	request->slot = s->st->slot;
	request->count = s->st->count;
	request->to = world_gfn(step_world(s), step_guest(s), s->st->to_slot, s->st->to_page);
	return hv_host_op(step_world(s)->hv, request);
}

static int64_t step_host_read(struct step *s, enum hv_request_kind kind)
{
	struct hv_request request = {.kind = kind};
	int64_t result = step_host(s, &request);
	s->seen = request.token;
	if (!result)
		step_compare(s);
	return result;
}

static int64_t step_host_write(struct step *s, enum hv_request_kind kind)
{
	struct hv_request request = {.kind = kind, .token = step_token(s)};
	return step_host(s, &request);
}

int64_t op_hva_read(struct step *s)
{
	return step_host_read(s, HV_READ);
}

int64_t op_hva_write(struct step *s)
{
	return step_host_write(s, HV_WRITE);
}

int64_t op_child_read(struct step *s)
{
	return step_host_read(s, HV_CHILD_READ);
}

int64_t op_child_write(struct step *s)
{
	return step_host_write(s, HV_CHILD_WRITE);
}

/* The address of a slot that is made or moved stands in the statement. */
static int64_t step_host_slot(struct step *s, enum hv_request_kind kind)
{
	struct hv_request request = {.kind = kind};
	s->gfn = gfn_of_gpa(s->st->number);
	return step_host(s, &request);
}

int64_t op_slot_create(struct step *s)
{
	return step_host_slot(s, HV_SLOT_CREATE);
}

int64_t op_slot_move(struct step *s)
{
	return step_host_slot(s, HV_SLOT_MOVE);
}

int64_t op_slot_flags(struct step *s)
{
	struct hv_request request = {.kind = HV_SLOT_FLAGS, .flags = s->st->dirty_log ? HV_SLOT_LOG_DIRTY : 0};
	return step_host(s, &request);
}

int64_t op_madvise(struct step *s)
{
	static const enum hv_request_kind kinds[ADVICE_COUNT] = {
#define X(name, word, about) [ADVICE_##name] = HV_MADVISE_##name,
		PEF_ADVICES(X)
#undef X
	};
	struct hv_request request = {.kind = kinds[s->st->advice]};
	return step_host(s, &request);
}

int64_t op_host_ucall(struct step *s)
{
	struct hv_request request = {.kind = HV_UCALL, .call = s->st->call};
	request.arg_count = step_args(s, request.args, &request.ra_args);
	return step_host(s, &request);
}

/* Requests that are told whole by the statement's page, slot and count. */
#define PLAIN(name, request_kind) \
	int64_t op_##name(struct step *s) \
	{ \
		struct hv_request request = {.kind = request_kind}; \
		return step_host(s, &request); \
	}
/* clang-format off */
PLAIN(slot_delete, HV_SLOT_DELETE)
PLAIN(munmap, HV_MUNMAP)
PLAIN(pin, HV_PIN)
PLAIN(unpin, HV_UNPIN)
PLAIN(replace, HV_REPLACE_PAGE)
PLAIN(swap_out, HV_SWAP_OUT)
PLAIN(fork, HV_FORK)
PLAIN(child_exit, HV_CHILD_EXIT)
PLAIN(mmu_invalidate, HV_INVALIDATE)
PLAIN(svm_off, HV_SVM_OFF)
PLAIN(exit, HV_EXIT)
PLAIN(close_vm, HV_CLOSE_VM)
PLAIN(mremap, HV_MREMAP)
PLAIN(ksm_merge, HV_KSM_MERGE)
/* clang-format on */
#undef PLAIN
