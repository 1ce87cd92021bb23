/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actor.c - a thread of a scenario at work: one statement after the other.
 *
 * Each kind of operation has one small function; ACTOR_OPS ties them to the
 * table of the language. A result that the statement does not allow is a
 * finding, so a plain run already says when a script's word was not kept.
 *
 * Locking: none. Errors: findings. Blocking: every operation yields.
 */
#include <inttypes.h>

#include "pefsim/finding.h"
#include "pefsim/points.h"
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

static struct world *step_world(const struct step *s)
{
	return s->actor->world;
}

static unsigned step_guest(const struct step *s)
{
	return s->actor->thread->guest;
}

/* A store without a number stores one that tells thread and statement. */
static token_t step_token(const struct step *s)
{
	unsigned origin =
		s->actor->thread->kind == THREAD_GUEST ? TOKEN_ORIGIN_GUEST(step_guest(s)) : TOKEN_ORIGIN_HOST;
	uint64_t value =
		s->st->test == TEST_NONE ? ((uint64_t)(s->actor->index + 1) << 24) + s->index + 1 : s->st->number;
	return token_make(TOKEN_PLAIN, origin, value);
}

static void step_compare(struct step *s)
{
	bool equal = token_kind(s->seen) == TOKEN_PLAIN && token_value(s->seen) == s->st->number;
	if (s->st->test != TEST_NONE)
		s->value_wrong = equal != (s->st->test == TEST_EQUAL);
}

/* ---- guests ------------------------------------------------------------- */

static int64_t step_guest_access(struct step *s, bool write)
{
	token_t token = write ? step_token(s) : TOKEN_ZERO;
	int64_t result =
		vcpu_access(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, s->gfn, write, &token);
	s->seen = token;
	if (!write && s->st->kind == OP_READ)
		step_compare(s);
	return result;
}

static int64_t op_load(struct step *s)
{
	return step_guest_access(s, false);
}

static int64_t op_store(struct step *s)
{
	return step_guest_access(s, true);
}

static int64_t step_ucall(struct step *s, uint32_t number, const uint64_t *args, unsigned count)
{
	return vcpu_ucall(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, number, args, count);
}

static int64_t op_uv_esm(struct step *s)
{
	return boot_uv_esm(step_world(s), step_guest(s), s->actor->thread->vcpu);
}

static int64_t op_uv_share_page(struct step *s)
{
	uint64_t args[2] = {s->gfn.n, s->st->count};
	return step_ucall(s, ABI_UV_SHARE_PAGE, args, 2);
}

static int64_t op_uv_unshare_page(struct step *s)
{
	uint64_t args[2] = {s->gfn.n, s->st->count};
	return step_ucall(s, ABI_UV_UNSHARE_PAGE, args, 2);
}

static int64_t op_uv_unshare_all(struct step *s)
{
	return step_ucall(s, ABI_UV_UNSHARE_ALL_PAGES, NULL, 0);
}

static int64_t op_off(struct step *s)
{
	return vcpu_hcall(step_world(s)->machines[step_guest(s)], s->actor->thread->vcpu, ABI_H_EXIT, NULL, 0);
}

/* ---- host threads --------------------------------------------------------- */

static int64_t step_host(struct step *s, struct hv_request *request)
{
	request->guest = step_guest(s);
	request->gfn = s->gfn;
	request->slot = s->st->slot;
	request->count = s->st->count;
	return hv_host_op(step_world(s)->hv, request);
}

static int64_t op_hva_read(struct step *s)
{
	struct hv_request request = {.kind = HV_READ};
	int64_t result = step_host(s, &request);
	s->seen = request.token;
	if (!result)
		step_compare(s);
	return result;
}

static int64_t op_hva_write(struct step *s)
{
	struct hv_request request = {.kind = HV_WRITE, .token = step_token(s)};
	return step_host(s, &request);
}

static int64_t op_slot_create(struct step *s)
{
	struct hv_request request = {.kind = HV_SLOT_CREATE};
	s->gfn = gfn_of_gpa(s->st->number);
	return step_host(s, &request);
}

static int64_t step_host_plain(struct step *s, enum hv_request_kind kind)
{
	struct hv_request request = {.kind = kind};
	return step_host(s, &request);
}

static int64_t op_slot_delete(struct step *s)
{
	return step_host_plain(s, HV_SLOT_DELETE);
}

static int64_t op_munmap(struct step *s)
{
	return step_host_plain(s, HV_MUNMAP);
}

static int64_t op_madvise(struct step *s)
{
	return step_host_plain(s, HV_MADVISE_DONTNEED);
}

static int64_t op_mmu_invalidate(struct step *s)
{
	return step_host_plain(s, HV_INVALIDATE);
}

static int64_t op_close_vm(struct step *s)
{
	return step_host_plain(s, HV_CLOSE_VM);
}

/* ---- the ultravisor on a borrowed vCPU --------------------------------------- */

static int64_t step_spontaneous(struct step *s, uint32_t number, uint64_t flags)
{
	return uv_spontaneous(step_world(s)->uv, step_guest(s), s->actor->thread->vcpu, number, s->gfn, flags);
}

static int64_t op_h_page_in(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_PAGE_IN, s->st->shared ? ABI_H_PAGE_IN_SHARED : ABI_H_PAGE_IN_NONSHARED);
}

static int64_t op_h_page_out(struct step *s)
{
	return step_spontaneous(s, ABI_H_SVM_PAGE_OUT, 0);
}

/* ---- any thread --------------------------------------------------------------- */

static int64_t op_signal(struct step *s)
{
	events_raise(s->st->event);
	return 0;
}

static int64_t op_wait(struct step *s)
{
	events_wait(s->st->event, 1);
	return 0;
}

/* The k-th pass of a barrier waits for k times its number of arrivals. */
static int64_t op_barrier(struct step *s)
{
	uint64_t size = s->st->count;
	events_raise(s->st->event);
	uint64_t mine = 0;
	for (uint64_t i = 0; i <= s->index; i++) {
		const struct statement *other = &s->actor->thread->statements[i];
		mine += other->kind == OP_BARRIER && other->event == s->st->event;
	}
	events_wait(s->st->event, mine * size);
	return 0;
}

static int64_t op_delay(struct step *s)
{
	if (s->st->number)
		context_advance(s->st->number, CAUSE_DELAY);
	return 0;
}

static int64_t op_yield(struct step *s)
{
	(void)s;
	context_advance(1, CAUSE_DELAY);
	return 0;
}

/* A plain run takes the first branch; exploration takes others. */
static int64_t op_choose(struct step *s)
{
	(void)s;
	return 0;
}

static int64_t (*const ACTOR_OPS[OP_KIND_COUNT])(struct step *) = {
	[OP_TOUCH] = op_load,
	[OP_READ] = op_load,
	[OP_WRITE] = op_store,
	[OP_UV_ESM] = op_uv_esm,
	[OP_UV_SHARE_PAGE] = op_uv_share_page,
	[OP_UV_UNSHARE_PAGE] = op_uv_unshare_page,
	[OP_UV_UNSHARE_ALL] = op_uv_unshare_all,
	[OP_OFF] = op_off,
	[OP_HVA_READ] = op_hva_read,
	[OP_HVA_WRITE] = op_hva_write,
	[OP_SLOT_CREATE] = op_slot_create,
	[OP_SLOT_DELETE] = op_slot_delete,
	[OP_MUNMAP] = op_munmap,
	[OP_MADVISE] = op_madvise,
	[OP_MMU_INVALIDATE] = op_mmu_invalidate,
	[OP_CLOSE_VM] = op_close_vm,
	[OP_H_PAGE_IN] = op_h_page_in,
	[OP_H_PAGE_OUT] = op_h_page_out,
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

static char step_code_prefix(const struct step *s)
{
	return s->actor->thread->kind == THREAD_GUEST ? 'U' : 'H';
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
		point_pass_label(st->label);
	int64_t result = ACTOR_OPS[st->kind](&s);
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
	for (unsigned i = 0; i < actor->thread->count; i++) {
		actor_step(actor, i);
		if (actor->thread->statements[i].kind == OP_OFF)
			break;
	}
}
