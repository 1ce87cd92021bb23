/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actor.c - a thread of a scenario at work: one statement after the other.
 *
 * Each kind of operation has one small function (step.h); ACTOR_OPS ties them
 * to the table of the language. A result that the statement does not allow is a
 * finding, so a plain run already says when a script's word was not kept.
 *
 * Locking: none. Errors: findings. Blocking: every operation yields.
 */
#include <inttypes.h>

#include "pefsim/finding.h"
#include "pefsim/points.h"
#include "step.h"

/* A store without a number stores one that tells thread and statement. */
token_t step_token(const struct step *s)
{
	unsigned origin =
		s->actor->thread->kind == THREAD_GUEST ? TOKEN_ORIGIN_GUEST(step_guest(s)) : TOKEN_ORIGIN_HOST;
	uint64_t value =
		s->st->test == TEST_NONE ? ((uint64_t)(s->actor->index + 1) << 24) + s->index + 1 : s->st->number;
	return token_make(TOKEN_PLAIN, origin, value);
}

void step_compare(struct step *s)
{
	bool equal = token_kind(s->seen) == TOKEN_PLAIN && token_value(s->seen) == s->st->number;
	if (s->st->test != TEST_NONE)
		s->value_wrong = equal != (s->st->test == TEST_EQUAL);
}

static uint64_t step_arg(const struct step *s, const struct call_arg *arg)
{
	gfn_t gfn = world_gfn(step_world(s), step_guest(s), arg->slot, arg->value);

	switch (arg->kind) {
	case CALL_ARG_NUMBER:
		return arg->value;
	case CALL_ARG_GPA:
		return gpa_of_gfn(gfn);
	case CALL_ARG_GFN:
	case CALL_ARG_RA:
		return gfn.n;
	case CALL_ARG_LPID:
		return step_world(s)->scenario->guests[step_guest(s)].lpid;
	case CALL_ARG_ORDER:
		return ABI_PAGE_ORDER;
	}
	return 0;
}

unsigned step_args(const struct step *s, uint64_t args[CALL_ARGS_MAX], unsigned *ra_args)
{
	for (unsigned i = 0; i < s->st->arg_count; i++) {
		args[i] = step_arg(s, &s->st->args[i]);
		if (s->st->args[i].kind == CALL_ARG_RA && ra_args)
			*ra_args |= 1u << i;
	}
	return s->st->arg_count;
}

/* One word, two makers: a guest's own ultracall, and one that no kernel would make. */
static int64_t op_ucall(struct step *s)
{
	return s->actor->thread->kind == THREAD_GUEST ? op_guest_ucall(s) : op_host_ucall(s);
}

static int64_t (*const ACTOR_OPS[OP_KIND_COUNT])(struct step *) = {
	[OP_TOUCH] = op_load,
	[OP_READ] = op_load,
	[OP_WRITE] = op_store,
	[OP_UV_ESM] = op_uv_esm,
	[OP_UV_SHARE_PAGE] = op_uv_share_page,
	[OP_UV_UNSHARE_PAGE] = op_uv_unshare_page,
	[OP_UV_UNSHARE_ALL] = op_uv_unshare_all,
	[OP_HCALL] = op_hcall,
	[OP_UCALL] = op_ucall,
	[OP_IDLE] = op_idle,
	[OP_OFF] = op_off,
	[OP_HVA_READ] = op_hva_read,
	[OP_HVA_WRITE] = op_hva_write,
	[OP_SLOT_CREATE] = op_slot_create,
	[OP_SLOT_DELETE] = op_slot_delete,
	[OP_SLOT_MOVE] = op_slot_move,
	[OP_SLOT_FLAGS] = op_slot_flags,
	[OP_MUNMAP] = op_munmap,
	[OP_MREMAP] = op_mremap,
	[OP_MADVISE] = op_madvise,
	[OP_PIN] = op_pin,
	[OP_UNPIN] = op_unpin,
	[OP_KSM_MERGE] = op_ksm_merge,
	[OP_REPLACE] = op_replace,
	[OP_SWAP_OUT] = op_swap_out,
	[OP_FORK] = op_fork,
	[OP_CHILD_READ] = op_child_read,
	[OP_CHILD_WRITE] = op_child_write,
	[OP_CHILD_EXIT] = op_child_exit,
	[OP_MMU_INVALIDATE] = op_mmu_invalidate,
	[OP_SVM_OFF] = op_svm_off,
	[OP_EXIT] = op_exit,
	[OP_CLOSE_VM] = op_close_vm,
	[OP_H_PAGE_IN] = op_h_page_in,
	[OP_H_PAGE_OUT] = op_h_page_out,
	[OP_H_INIT_START] = op_h_init_start,
	[OP_H_INIT_DONE] = op_h_init_done,
	[OP_H_INIT_ABORT] = op_h_init_abort,
	[OP_UV_EVICT] = op_uv_evict,
	[OP_TERMINATE] = op_terminate,
	[OP_SIGNAL] = op_signal,
	[OP_WAIT] = op_wait,
	[OP_BARRIER] = op_barrier,
	[OP_AFTER] = op_wait,
	[OP_DELAY] = op_delay,
	[OP_YIELD] = op_yield,
	[OP_CHOOSE] = op_choose,
};

/* ---- results -------------------------------------------------------------------- */

static bool step_result_allowed(const struct statement *st, int64_t result)
{
	if (st->any_result)
		return true;
	if (!st->result_count)
		return result == 0;
	for (unsigned i = 0; i < st->result_count; i++) {
		if (st->results[i] == result)
			return true;
	}
	return false;
}

/* A host thread's own results have no prefix; what a call of it returns is the hypervisor's. */
static char step_code_prefix(const struct step *s)
{
	char prefix = statement_code_prefix(s->actor->thread, s->st);
	return prefix ? prefix : 'H';
}

static void step_print_token(char *buf, size_t size, token_t token)
{
	static const char *const kinds[] = {"", "ciphertext ", "torn "};
	unsigned kind = token_kind(token) <= TOKEN_TORN ? token_kind(token) : TOKEN_TORN;
	snprintf(buf, size, "%s%" PRIu64, kinds[kind], token_value(token));
}

static void step_wrong(const struct step *s, int64_t result)
{
	const struct op_info *op = op_info(s->st->kind);
	const char *name = abi_code_name(result, step_code_prefix(s));
	struct finding f;
	char seen[48];

	finding_begin(&f, FINDING_RESULT);
	snprintf(f.title, sizeof(f.title), "result of %s by %s", op->word, s->actor->thread->name);
	finding_add_block(
		&f, "%s by %s at cycle %" PRIu64 ":", op->word, s->actor->thread->context, domain_now(domain_self()));
	if (s->value_wrong) {
		step_print_token(seen, sizeof(seen), s->seen);
		finding_add_line(&f, "the page reads as %s, expected %s %" PRIu64, seen,
			s->st->test == TEST_EQUAL ? "=" : "!=", s->st->number);
	} else {
		finding_add_line(&f, "it answered %s (%" PRId64 "), which the statement does not allow",
			name ? name : "an unknown code", result);
	}
	finding_report(&f);
}

/*S:200
 * One statement. What happens is the models' business; here the result is held against what the
 * statement allows, and a word that was not kept is a finding with the line it stands in.
 :*/
static void actor_step(struct actor *actor, uint64_t index)
{
	const struct statement *st = &actor->thread->statements[index];
	struct step s = {.actor = actor, .st = st, .index = index};

	s.gfn = world_gfn(actor->world, actor->thread->guest, st->slot, st->page);
	context_set_line(context_self(), st->line);
	trace_emit(TRACE_OP_BEGIN, actor->index, index, st->line);
	if (st->label[0])
		point_pass_label(st->label, st->label_event);
	int64_t result = ACTOR_OPS[st->kind](&s);
	sync_leave("its operation ends");
	trace_emit(TRACE_OP_END, actor->index, index, (uint64_t)result);
	if (s.value_wrong || !step_result_allowed(st, result))
		step_wrong(&s, result);
	if (st->label_event != UINT32_MAX)
		events_raise(st->label_event);
}

static bool actor_is_first_vcpu(const struct actor *actor)
{
	return actor->thread->kind == THREAD_GUEST && actor->thread->vcpu == 0;
}

void actor_main(void *arg)
{
	struct actor *actor = arg;

	if (actor_is_first_vcpu(actor))
		boot_guest(&actor->world->boots[actor->thread->guest]);
	boot_wait_all(actor->world);
	engine_mark();
	for (uint64_t i = 0; i < actor->thread->count; i++) {
		const struct statement *st = &actor->thread->statements[i];
		actor_step(actor, i);
		if (st->kind == OP_OFF)
			break;
		if (st->kind != OP_CHOOSE)
			continue;
		actor_step(actor, i + 1 + choose_branch(actor, i));
		i += st->count;
	}
}
