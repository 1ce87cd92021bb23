/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_states.c - the state machine of a GFN, cell by cell.
 *
 * The table below was written from the references (GFN states of the firmware,
 * and what the document changes), not from the model's: every cell must agree.
 * Then every state is made by force and the five calls that reach it from
 * outside are really made.
 */
#include <stdio.h>
#include <string.h>

#include "util_world.h"
#include "uv_model/state.h"

/* A state's name: goes there. A code's name: refused. "": the model never does it. */
struct expected {
	enum gfn_state state;
	const char *share, *share_commit, *implicit_commit, *pseudo_commit, *share_revert;
	const char *unshare, *given, *unshare_commit, *unshare_revert;
	const char *in, *in_esm, *out, *inval;
};

/* clang-format off */
static const struct expected table[] = {
	{GFN_SECURE, "HV_SHARING", "", "", "", "", "SECURE", "", "SECURE", "", "U_P2", "SECURE", "PAGEDOUT", "U_P2"},
	{GFN_PAGEDOUT, "PAGEDOUT", "", "", "", "", "PAGEDOUT", "", "", "", "SECURE", "SECURE", "U_P3", "U_P2"},
	{GFN_SHARED, "SHARED", "SHARED", "", "", "", "HV_UNSHARING", "", "", "", "SHARED", "", "SHARED", "SHARED_INV"},
	{GFN_SHARED_INV, "SHARED_INV", "", "", "", "", "HV_UNSHARING", "", "", "", "SHARED", "", "SHARED_INV", "SHARED_INV"},
	{GFN_IMPLICIT, "IMPLICIT", "IMPLICIT", "", "", "", "U_P2", "", "", "", "IMPLICIT", "IMPLICIT", "IMPLICIT", "IMPLICIT_INV"},
	{GFN_IMPLICIT_INV, "IMPLICIT_INV", "IMPLICIT_INV", "", "", "", "U_P2", "", "", "", "IMPLICIT", "IMPLICIT", "IMPLICIT_INV", "IMPLICIT_INV"},
	{GFN_HV_SHARING, "U_P2", "", "", "", "SECURE", "U_P2", "", "", "", "HV_SHARED", "HV_SHARED", "U_BUSY", "U_P2"},
	{GFN_HV_SHARED, "U_P2", "SHARED", "IMPLICIT", "PSEUDO", "SECURE", "U_P2", "", "", "", "HV_SHARED", "HV_SHARED", "U_BUSY", "HV_SHARED_INV"},
	{GFN_HV_SHARED_INV, "U_P2", "", "", "", "SECURE", "U_P2", "", "", "", "HV_SHARED", "HV_SHARED", "U_BUSY", "HV_SHARED_INV"},
	{GFN_HV_UNSHARING, "U_P2", "", "", "", "", "U_P2", "HV_UNSHARED", "", "SHARED_INV", "HV_UNSHARING", "", "U_BUSY", "HV_UNSHARING_INV"},
	{GFN_HV_UNSHARING_INV, "U_P2", "", "", "", "", "U_P2", "HV_UNSHARED", "", "SHARED_INV", "HV_UNSHARING", "", "U_BUSY", "HV_UNSHARING_INV"},
	{GFN_HV_UNSHARED, "U_P2", "", "", "", "", "U_P2", "", "SECURE", "SECURE", "U_P2", "", "U_BUSY", "U_P2"},
	{GFN_PSEUDO, "PSEUDO", "PSEUDO", "", "", "", "U_P2", "", "", "", "PSEUDO", "PSEUDO", "PSEUDO", "PSEUDO_INV"},
	{GFN_PSEUDO_INV, "PSEUDO_INV", "PSEUDO_INV", "", "", "", "U_P2", "", "", "", "PSEUDO", "PSEUDO", "PSEUDO_INV", "PSEUDO_INV"},
};
/* clang-format on */
#define ROWS (sizeof(table) / sizeof(table[0]))

static const char *expected_of(const struct expected *row, enum gfn_event event)
{
	const char *const cells[EVENT_COUNT] = {
		[EVENT_SHARE] = row->share,
		[EVENT_SHARE_COMMIT] = row->share_commit,
		[EVENT_IMPLICIT_COMMIT] = row->implicit_commit,
		[EVENT_PSEUDO_COMMIT] = row->pseudo_commit,
		[EVENT_SHARE_REVERT] = row->share_revert,
		[EVENT_UNSHARE] = row->unshare,
		[EVENT_UNSHARE_GIVEN] = row->given,
		[EVENT_UNSHARE_COMMIT] = row->unshare_commit,
		[EVENT_UNSHARE_REVERT] = row->unshare_revert,
		[EVENT_PAGE_IN] = row->in,
		[EVENT_PAGE_IN_ESM] = row->in_esm,
		[EVENT_PAGE_OUT] = row->out,
		[EVENT_PAGE_INVAL] = row->inval,
	};
	return cells[event];
}

static void test_state_table_agrees_with_the_references(void **state)
{
	(void)state;
	assert_int_equal(ROWS, GFN_STATE_COUNT);
	for (unsigned i = 0; i < ROWS; i++) {
		for (unsigned e = 0; e < EVENT_COUNT; e++) {
			const struct gfn_rule *rule = &gfn_rules[table[i].state][e];
			const char *cell = expected_of(&table[i], (enum gfn_event)e);
			const char *actual = "";
			if (rule->verdict == VERDICT_TO)
				actual = gfn_state_name((enum gfn_state)rule->next);
			else if (rule->verdict == VERDICT_REFUSED)
				actual = abi_code_name(rule->code, 'U');
			if (strcmp(actual, cell))
				fail_msg("%s, event %u: %s, expected %s", gfn_state_name(table[i].state), e, actual,
					cell);
		}
	}
}

/* ---- the same from outside ---------------------------------------------------------- */

#define GFN UINT64_C(10)

/* What the run in progress is about. */
static struct {
	enum gfn_state from;
	enum gfn_event event;
	int64_t code;
} cell;

static void hv_page_out_one(struct world *w)
{
	CHECK(w, world_page_out(w, GFN), ABI_U_SUCCESS);
}

/* Put a touched page in any state, as if calls of others had done it. */
static void uv_force(struct world *w)
{
	enum gfn_state to = cell.from;
	struct gfn_entry *entry = map_find(w->uv->svms[0], (gfn_t){GFN});
	bool secure_frame = to == GFN_SECURE || to == GFN_HV_SHARING || to == GFN_HV_SHARED ||
			    to == GFN_HV_SHARED_INV || to == GFN_PSEUDO || to == GFN_PSEUDO_INV;

	entry->state = (uint8_t)to;
	entry->op = gfn_state_is_transient(to) ? 0x999 : 0;
	if (!secure_frame) {
		gfn_give_frame(w->uv, entry);
		entry->pte = to == GFN_SHARED ? PTE_SHARED : PTE_NONE;
		entry->host = to == GFN_SHARED || to == GFN_IMPLICIT ? (hfn_t){(uint32_t)GFN} : HFN_NONE;
	}
}

static void force(struct world *w)
{
	if (cell.from == GFN_PAGEDOUT)
		world_from_hv(w, hv_page_out_one);
	else
		world_from_uv(w, uv_force);
}

static void hv_does(struct world *w)
{
	if (cell.event == EVENT_PAGE_IN)
		cell.code = world_page_in(w, GFN);
	else if (cell.event == EVENT_PAGE_OUT)
		cell.code = world_page_out(w, GFN);
	else
		cell.code = world_inval(w, GFN);
}

static void cell_run(struct world *w)
{
	world_secure(w);
	CHECK(w, world_store(w, GFN, 5), 0);
	force(w);
	if (cell.event == EVENT_SHARE)
		cell.code = world_ucall(w, ABI_UV_SHARE_PAGE, GFN, 1);
	else if (cell.event == EVENT_UNSHARE)
		cell.code = world_ucall(w, ABI_UV_UNSHARE_PAGE, GFN, 1);
	else
		world_from_hv(w, hv_does);
}

/* Whole shares and unshares end where their last step leads. */
static const char *cell_end(const struct expected *row, enum gfn_event event)
{
	bool settled = row->state <= GFN_SHARED_INV;

	if (event == EVENT_SHARE && settled)
		return "SHARED";
	if (event == EVENT_UNSHARE && settled)
		return "SECURE";
	return expected_of(row, event);
}

static void test_state_of_a_page_follows_the_table_in_real_calls(void **state)
{
	static const enum gfn_event events[] = {
		EVENT_SHARE, EVENT_UNSHARE, EVENT_PAGE_IN, EVENT_PAGE_OUT, EVENT_PAGE_INVAL};
	(void)state;
	for (unsigned i = 0; i < ROWS * 5; i++) {
		const struct expected *row = &table[i / 5];
		const char *end = cell_end(row, events[i % 5]);
		bool refused = !strncmp(end, "U_", 2);
		struct world w;

		cell.from = row->state;
		cell.event = events[i % 5];
		world_begin(&w);
		w.guest = cell_run;
		world_run(&w);
		const char *now = gfn_state_name(world_state(&w, GFN));
		const char *code = abi_code_name(cell.code, 'U');
		if (strcmp(code, refused ? end : "U_SUCCESS") ||
			strcmp(now, refused ? gfn_state_name(row->state) : end))
			fail_msg("%s, event %u: %s and %s, expected %s", gfn_state_name(row->state), cell.event, code,
				now, end);
		world_end(&w);
	}
}

/* ---- storage interrupts --------------------------------------------------------------- */

static int64_t fault_code;

static void fault_run(struct world *w)
{
	struct call c = {.number = ABI_H_PAGE_FAULT, .arg = {GFN << PEF_PAGE_SHIFT}, .arg_count = 2};

	world_secure(w);
	CHECK(w, world_store(w, GFN, 5), 0);
	force(w);
	w->asked_count = 0;
	c.arg[CALL_STATE] = call_state_pack((struct call_state){0, 0, MSR_S});
	call_make(w->config.uv, &c, STEP_INTERRUPT, 0);
	fault_code = c.ret[0];
}

static void test_state_decides_what_a_storage_interrupt_does(void **state)
{
	static const struct {
		enum gfn_state from;
		uint32_t asked; /* 0: nobody */
		int64_t code;
	} faults[] = {
		{GFN_PAGEDOUT, ABI_H_SVM_PAGE_IN, 0},
		{GFN_SHARED_INV, ABI_H_PAGE_FAULT, 0},
		{GFN_IMPLICIT, 0, ABI_U_PERMISSION},
		{GFN_IMPLICIT_INV, 0, ABI_U_PERMISSION},
		{GFN_SECURE, 0, 0},
		{GFN_SHARED, 0, 0},
		{GFN_HV_SHARING, 0, 0},
		{GFN_HV_SHARED, 0, 0},
		{GFN_HV_SHARED_INV, 0, 0},
		{GFN_HV_UNSHARING, 0, 0},
		{GFN_HV_UNSHARING_INV, 0, 0},
		{GFN_HV_UNSHARED, 0, 0},
		{GFN_PSEUDO, 0, 0},
		{GFN_PSEUDO_INV, 0, 0},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct world w;
		cell.from = faults[i].from;
		world_begin(&w);
		w.guest = fault_run;
		world_run(&w);
		CHECK(&w, fault_code, faults[i].code);
		CHECK(&w, w.asked_count, faults[i].asked ? 1 : 0);
		CHECK(&w, faults[i].asked ? w.asked[0].number : 0, faults[i].asked);
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_table_agrees_with_the_references),
		cmocka_unit_test(test_state_of_a_page_follows_the_table_in_real_calls),
		cmocka_unit_test(test_state_decides_what_a_storage_interrupt_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
