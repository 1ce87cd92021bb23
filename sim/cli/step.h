/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step.h - a statement at work, and the functions that do operations.
 *
 * Each operation of the language has one function; ACTOR_OPS in actor.c ties
 * them to the table. A function does what its statement says in the running
 * context and returns the result that the statement's "->" is held against.
 *
 * Locking: none. Errors: results. Blocking: every operation yields.
 */
#ifndef STEP_H
#define STEP_H

#include "world.h"

/* A statement in its surroundings. */
struct step {
	struct actor *actor;
	const struct statement *st;
	uint64_t index; /* of the statement in its thread */
	gfn_t gfn; /* of its page, when it has one */
	token_t seen; /* what a load read */
	bool value_wrong; /* it was not what the statement asks for */
};

static inline struct world *step_world(const struct step *s)
{
	return s->actor->world;
}
static inline unsigned step_guest(const struct step *s)
{
	return s->actor->thread->guest;
}
/** step_token - what a store writes: the statement's number, or one that tells thread and statement */
token_t step_token(const struct step *s);
/** step_compare - hold what was read against what the statement asks for */
void step_compare(struct step *s);
/** step_args - the arguments of an hcall or ucall as numbers; @ra_args: those that are gfns of frames, a bit each */
unsigned step_args(const struct step *s, uint64_t args[CALL_ARGS_MAX], unsigned *ra_args);

/* ops_guest.c */
int64_t op_load(struct step *s);
int64_t op_store(struct step *s);
int64_t op_uv_esm(struct step *s);
int64_t op_uv_share_page(struct step *s);
int64_t op_uv_unshare_page(struct step *s);
int64_t op_uv_unshare_all(struct step *s);
int64_t op_hcall(struct step *s);
int64_t op_guest_ucall(struct step *s);
int64_t op_idle(struct step *s);
int64_t op_off(struct step *s);

/* ops_host.c */
int64_t op_hva_read(struct step *s);
int64_t op_hva_write(struct step *s);
int64_t op_slot_create(struct step *s);
int64_t op_slot_delete(struct step *s);
int64_t op_slot_move(struct step *s);
int64_t op_slot_flags(struct step *s);
int64_t op_munmap(struct step *s);
int64_t op_mremap(struct step *s);
int64_t op_madvise(struct step *s);
int64_t op_pin(struct step *s);
int64_t op_unpin(struct step *s);
int64_t op_ksm_merge(struct step *s);
int64_t op_replace(struct step *s);
int64_t op_swap_out(struct step *s);
int64_t op_fork(struct step *s);
int64_t op_child_read(struct step *s);
int64_t op_child_write(struct step *s);
int64_t op_child_exit(struct step *s);
int64_t op_mmu_invalidate(struct step *s);
int64_t op_svm_off(struct step *s);
int64_t op_exit(struct step *s);
int64_t op_close_vm(struct step *s);
int64_t op_host_ucall(struct step *s);

/* ops_uv.c */
int64_t op_h_page_in(struct step *s);
int64_t op_h_page_out(struct step *s);
int64_t op_h_init_start(struct step *s);
int64_t op_h_init_done(struct step *s);
int64_t op_h_init_abort(struct step *s);
int64_t op_uv_evict(struct step *s);
int64_t op_terminate(struct step *s);

/* ops_any.c */
int64_t op_signal(struct step *s);
int64_t op_wait(struct step *s);
int64_t op_barrier(struct step *s);
int64_t op_delay(struct step *s);
int64_t op_yield(struct step *s);
int64_t op_choose(struct step *s);
/** choose_branch - which of its next statements a choose does, from 0; by the run's seed */
uint64_t choose_branch(const struct actor *actor, uint64_t index);

#endif
