/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_hv.h - the hypervisor between a tiny ultravisor and a list of steps.
 *
 * A test is a list of steps in order of time, far enough apart that each has
 * ended before the next begins, unless a test wants otherwise. Each step is a
 * context of its own: the ultravisor's for hypercalls and bus accesses, the
 * hypervisor's for what host threads do. The ultravisor answers every ultracall
 * with success, or with what the test says, and writes down what it was asked.
 *
 * Locking: none. Errors: a run that cannot be made fails the test. Blocking: runs.
 */
#ifndef TESTS_HV_UTIL_HV_H
#define TESTS_HV_UTIL_HV_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/finding.h"
#include "pefsim/heap.h"
#include "pefsim/model.h"
#include "pefsim/points.h"

#define LAB_STEPS_MAX 64u
#define LAB_LOG_MAX 256u
#define LAB_GAP 1000000u

enum lab_kind { LAB_CALL, LAB_BUS, LAB_HOST, LAB_VIEW };

struct lab_step {
	struct lab *lab;
	enum lab_kind kind;
	cycles_t at;
	unsigned guest;
	struct call call; /* LAB_CALL, LAB_BUS: with the answer */
	struct hv_request request; /* LAB_HOST */
	gfn_t gfn; /* LAB_VIEW */
	struct hv_page_view view;
	uint32_t used, marked; /* LAB_VIEW: of the pool */
	bool done;
	int64_t result;
};

struct lab {
	/* set by the test: */
	enum design_id design;
	enum engine_exec exec;
	mutants_t mutants;
	enum slot_delete slot_delete;
	struct inject_rule rule; /* in the hypervisor; none unless .action is set */
	bool old_era; /* use @era, not the default */
	enum mm_era era;
	uint32_t secure_frames, normal_frames, vcpus;
	bool svm_disabled;
	struct lab_step steps[LAB_STEPS_MAX];
	unsigned step_count;
	/* what the ultravisor answers instead of success to one number */
	uint32_t fail_number;
	unsigned fail_after; /* calls of that number that still succeed */
	int64_t fail_code;
	const char *hold; /* text of one hold, or NULL */
	cycles_t page_out_delay; /* time between UV_PAGE_OUT's arrival and its copy */
	/* filled by the run: */
	struct hold held;
	struct call log[LAB_LOG_MAX];
	token_t log_token[LAB_LOG_MAX]; /* UV_PAGE_IN: what the frame held */
	unsigned log_count;
	struct engine *engine;
	struct engine_result result;
	struct domain *hv_domain, *uv_domain;
	struct hv *hv;
	struct price_list prices;
};

/* Content of a page after UV_PAGE_OUT. */
#define LAB_CIPHER(gfn) token_make(TOKEN_CIPHER, TOKEN_ORIGIN_UV, (gfn) + 1)
#define LAB_PLAIN(n) token_make(TOKEN_PLAIN, TOKEN_ORIGIN_HOST, (n))

/* Each appends a step at the end of the list, a gap after the last, and returns it. */
struct lab_step *lab_hcall(struct lab *lab, uint32_t number, gfn_t gfn, uint64_t flags);
struct lab_step *lab_bus(struct lab *lab, uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
struct lab_step *lab_host(struct lab *lab, enum hv_request_kind kind, gfn_t gfn, uint64_t count_or_slot);
struct lab_step *lab_slot(struct lab *lab, uint32_t id, gfn_t gfn, uint64_t pages);
struct lab_step *lab_write(struct lab *lab, gfn_t gfn, token_t token);
struct lab_step *lab_view(struct lab *lab, gfn_t gfn);
/** lab_secure - INIT_START and INIT_DONE; lab_start - only the first */
void lab_start(struct lab *lab);
void lab_secure(struct lab *lab);

void lab_run(struct lab *lab);
/** lab_kept - objects that a VM leaves behind when it goes: the arrays of uvmem-lock, as in Linux 6.1 */
unsigned lab_kept(const struct lab *lab);
void lab_close(struct lab *lab);
/** lab_mark - @mark if the design can express it, else none */
static inline enum hv_mark lab_mark(enum design_id design, enum hv_mark mark)
{
	return hv_marks(design) >> mark & 1u ? mark : HV_MARK_NONE;
}

/** lab_calls - how often the ultravisor was asked that; lab_call_nth - the n-th time, from 0 */
unsigned lab_calls(const struct lab *lab, uint32_t number);
const struct call *lab_call_nth(const struct lab *lab, uint32_t number, unsigned n);
/** lab_finding - the first finding of the run, NULL without */
const struct finding *lab_finding(const struct lab *lab);
/** lab_expect_finished - no finding, everything ended */
void lab_expect_finished(const struct lab *lab);

/**
 * lab_locks - what a step's context took, in order: "+kvm.srcu +mmap_lock -mmap_lock ..."
 * Points are '+' for acquire (not of SRCU grace periods: '~'), '-' for release.
 */
const char *lab_locks(const struct lab *lab, const struct lab_step *step, char *buf, size_t size);

#define MUTANTS(m) (UINT64_C(1) << MUTANT_##m)
#define GFN(number) ((gfn_t){number})

#endif
