/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops_guest.c - what vCPUs say. See step.h.
 *
 * Locking: none. Errors: results. Blocking: every operation yields.
 */
#include "step.h"

static int64_t step_guest_access(struct step *s, bool write)
{
	token_t token = write ? step_token(s) : TOKEN_ZERO;
	int64_t result =
		vcpu_access(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, s->gfn, write, &token);
	s->seen = token;
	/* A load that was refused has seen nothing. */
	if (!result && !write && s->st->kind == OP_READ)
		step_compare(s);
	return result;
}

int64_t op_load(struct step *s)
{
	return step_guest_access(s, false);
}

int64_t op_store(struct step *s)
{
	return step_guest_access(s, true);
}

static int64_t step_ucall(struct step *s, uint32_t number, const uint64_t *args, unsigned count)
{
	return vcpu_ucall(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, number, args, count);
}

static int64_t step_hcall(struct step *s, uint32_t number, const uint64_t *args, unsigned count)
{
	return vcpu_hcall(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, number, args, count);
}

int64_t op_uv_esm(struct step *s)
{
	return boot_uv_esm(step_world(s), step_guest(s), s->actor->thread->vcpu, s->st->fdt, s->st->blob);
}

int64_t op_uv_share_page(struct step *s)
{
	uint64_t args[2] = {s->gfn.n, s->st->count};
	return step_ucall(s, ABI_UV_SHARE_PAGE, args, 2);
}

int64_t op_uv_unshare_page(struct step *s)
{
	uint64_t args[2] = {s->gfn.n, s->st->count};
	return step_ucall(s, ABI_UV_UNSHARE_PAGE, args, 2);
}

int64_t op_uv_unshare_all(struct step *s)
{
	return step_ucall(s, ABI_UV_UNSHARE_ALL_PAGES, NULL, 0);
}

int64_t op_hcall(struct step *s)
{
	uint64_t args[CALL_ARGS_MAX];
	unsigned count = step_args(s, args, NULL);
	return step_hcall(s, s->st->call, args, count);
}

int64_t op_guest_ucall(struct step *s)
{
	uint64_t args[CALL_ARGS_MAX];
	unsigned count = step_args(s, args, NULL);
	return step_ucall(s, s->st->call, args, count);
}

int64_t op_idle(struct step *s)
{
	return step_hcall(s, ABI_H_CEDE, &s->st->number, 1);
}

int64_t op_off(struct step *s)
{
	return step_hcall(s, ABI_H_EXIT, NULL, 0);
}
