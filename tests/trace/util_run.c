/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_run.c - hand-made runs for the tests of the printers.
 *
 * The engine is real but never runs: it gives domains, context names and rings,
 * and the test writes the records. So a golden file changes only when a printer
 * does, not when a model does.
 *
 * Locking: none. Errors: assertions of the test. Blocking: never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "pefsim/finding.h"
#include "pefsim/inject.h"
#include "pefsim/machine.h"
#include "pefsim/points.h"
#include "pefsim/sync.h"
#include "util_run.h"

static void run_nothing(void *arg)
{
	(void)arg;
}

static uint32_t run_context(struct run *run, unsigned domain, const char *name)
{
	return context_id(context_spawn(engine_domain(run->engine, domain), name, name, run_nothing, NULL, 0));
}

void run_open(struct run *run, unsigned guests, uint64_t trace_max)
{
	static const struct domain_ops ops;
	struct engine_config config = {.exec = ENGINE_FIBERS, .trace_max = trace_max};

	*run = (struct run){.engine = engine_create(&config), .now = 100};
	assert_non_null(run->engine);
	engine_add_domain(run->engine, "hv", &ops, NULL, 1 << 20);
	engine_add_domain(run->engine, "uv", &ops, NULL, 1 << 20);
	for (unsigned i = 0; i < guests; i++) {
		char name[PEF_NAME_MAX];

		snprintf(name, sizeof(name), "g%u", i);
		engine_add_domain(run->engine, name, &ops, NULL, 1 << 20);
	}
	run->vcpu0 = run_context(run, RUN_G0, "g0.vcpu0");
	run->vcpu1 = run_context(run, RUN_G0, "g0.vcpu1");
	run->uv0 = run_context(run, RUN_UV, "g0.vcpu0/uv");
	run->uv1 = run_context(run, RUN_UV, "g0.vcpu1/uv");
	run->uv_nested = run_context(run, RUN_UV, "g0.vcpu0/uv/hv/uv");
	run->uv_qemu = run_context(run, RUN_UV, "g0.qemu0/uv");
	run->hv0 = run_context(run, RUN_HV, "g0.vcpu0/uv/hv");
	run->hv1 = run_context(run, RUN_HV, "g0.vcpu1/uv/hv");
	run->qemu = run_context(run, RUN_HV, "g0.qemu0");
}

void run_close(struct run *run)
{
	engine_destroy(run->engine);
}

struct trace_ring *run_ring(const struct run *run, unsigned domain)
{
	return domain_trace(engine_domain(run->engine, domain));
}

void run_put(struct run *run, unsigned domain, uint32_t ctx, enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b)
{
	trace_put(run_ring(run, domain), run->now, ctx, kind, aux, a, b);
	run->now += 10;
}

/* ---- the demonstration -------------------------------------------------------- */

#define PAGE trace_page(0, (gfn_t){0x100})
#define OBJECT(type) obj_make(OBJ_##type, 0, OBJ_NO_INDEX).w
#define OBJECT_AT(type, index) obj_make(OBJ_##type, 0, index).w

static void demonstrate_page_in(struct run *r)
{
	run_put(r, RUN_G0, r->vcpu0, TRACE_CTX_START, 0, 0, 0);
	run_put(r, RUN_G0, r->vcpu0, TRACE_OP_BEGIN, 0, 0, 21);
	run_put(r, RUN_HV, r->qemu, TRACE_OP_BEGIN, 1, 0, 25);
	run_put(r, RUN_G0, r->vcpu0, TRACE_CALL, RUN_UV, ABI_H_PAGE_FAULT | UINT64_C(2) << 32, PAGE);
	run_put(r, RUN_UV, r->uv0, TRACE_CALL, RUN_HV, ABI_H_SVM_PAGE_IN | UINT64_C(3) << 32, PAGE);
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_ACQUIRE, LOCK_SRCU_READ, OBJECT(KVM_SRCU), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_ACQUIRE, LOCK_SHARED, OBJECT(MMAP_LOCK), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, OBJECT(UVMEM_LOCK), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_POOL, 1, 7, 60);
	run_put(r, RUN_HV, r->hv0, TRACE_ALLOC, 0, OBJECT_AT(PVT, 7), 64);
	run_put(r, RUN_HV, r->hv0, TRACE_REF, 2, OBJECT_AT(PAGE, 3), 1);
	run_put(r, RUN_HV, r->hv0, TRACE_HOST_PTE, 0, PAGE, trace_change(HOST_PTE_NORMAL, HOST_PTE_MIGRATION));
	run_put(r, RUN_HV, r->hv0, TRACE_CALL, RUN_UV, ABI_UV_PAGE_IN | UINT64_C(5) << 32, PAGE);
	run_put(r, RUN_UV, r->uv1, TRACE_OP_BEGIN, 2, 0, 33);
	run_put(r, RUN_UV, r->uv1, TRACE_CALL, RUN_HV, ABI_H_SVM_PAGE_OUT | UINT64_C(3) << 32, PAGE);
	run_put(r, RUN_HV, r->hv1, TRACE_LOCK_WAIT, LOCK_EXCLUSIVE, OBJECT(UVMEM_LOCK), 0);
	run_put(r, RUN_UV, r->uv_nested, TRACE_COPY, 0, PAGE, token_make(TOKEN_CIPHER, 0, 4));
	run_put(r, RUN_UV, r->uv_nested, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, OBJECT_AT(UV_GFN_LOCK, 3), 0);
	run_put(r, RUN_UV, r->uv_nested, TRACE_UV_STATE, 0, PAGE, trace_change(GFN_PAGEDOUT, GFN_SECURE));
	run_put(r, RUN_UV, r->uv_nested, TRACE_CONTENT, TRACE_SIDE_UV, PAGE, TOKEN_ZERO);
	run_put(r, RUN_UV, r->uv_nested, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, OBJECT_AT(UV_GFN_LOCK, 3), 0);
	run_put(r, RUN_UV, r->uv_nested, TRACE_RETURN, RUN_HV, ABI_UV_PAGE_IN, 0);
	run_put(r, RUN_HV, r->hv0, TRACE_HOST_PTE, 0, PAGE, trace_change(HOST_PTE_MIGRATION, HOST_PTE_DEVICE));
	run_put(r, RUN_HV, r->hv0, TRACE_HV_MARK, 0, PAGE, trace_change(HV_MARK_MEM, HV_MARK_UVMEM));
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, OBJECT(UVMEM_LOCK), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_RELEASE, LOCK_SHARED, OBJECT(MMAP_LOCK), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_LOCK_RELEASE, LOCK_SRCU_READ, OBJECT(KVM_SRCU), 0);
	run_put(r, RUN_HV, r->hv0, TRACE_RETURN, RUN_UV, ABI_H_SVM_PAGE_IN, 0);
	run_put(r, RUN_HV, r->hv1, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, OBJECT(UVMEM_LOCK), 0);
	run_put(r, RUN_UV, r->uv0, TRACE_RETURN, RUN_G0, ABI_H_PAGE_FAULT, 0);
	run_put(r, RUN_G0, r->vcpu0, TRACE_ACCESS, 1, PAGE, token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), 5));
	run_put(r, RUN_G0, r->vcpu0, TRACE_OP_END, 0, 0, 0);
	run_put(r, RUN_G0, r->vcpu0, TRACE_OP_BEGIN, 0, 1, 23);
	run_put(r, RUN_G0, r->vcpu0, TRACE_SIGNAL, 0, 0, 0);
	run_put(r, RUN_G0, r->vcpu0, TRACE_OP_END, 0, 1, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_AWAITED, 0, 0, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_OP_END, 1, 0, 0);
	run_put(r, RUN_HV, r->hv1, TRACE_RETURN, RUN_UV, ABI_H_SVM_PAGE_OUT, (uint64_t)(int64_t)ABI_H_PARAMETER);
	run_put(r, RUN_UV, r->uv1, TRACE_OP_END, 2, 0, (uint64_t)(int64_t)ABI_H_PARAMETER);
}

static void demonstrate_slot_delete(struct run *r)
{
	run_put(r, RUN_HV, r->qemu, TRACE_OP_BEGIN, 1, 1, 26);
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, OBJECT(SLOTS_LOCK), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_ACQUIRE, LOCK_EXCLUSIVE, OBJECT(MMAP_LOCK), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_SLOT, TRACE_SLOT_INVALID, 1, trace_span((gfn_t){0x10}, 4));
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_WAIT, LOCK_SRCU_SYNC, OBJECT(KVM_SRCU), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_ACQUIRE, LOCK_SRCU_SYNC, OBJECT(KVM_SRCU), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_POINT, POINT_RELEASE, OBJECT(UVMEM_LOCK), 1);
	run_put(r, RUN_HV, r->qemu, TRACE_HELD, POINT_RELEASE, OBJECT(UVMEM_LOCK), 4200);
	run_put(r, RUN_HV, r->qemu, TRACE_CALL, RUN_UV, ABI_UV_PAGE_OUT | UINT64_C(5) << 32, PAGE);
	run_put(r, RUN_UV, r->uv_qemu, TRACE_UV_STATE, 0, PAGE, trace_change(GFN_SECURE, GFN_PAGEDOUT));
	run_put(r, RUN_UV, r->uv_qemu, TRACE_COPY, 1, PAGE, token_make(TOKEN_TORN, TOKEN_ORIGIN_GUEST(0), 5));
	run_put(r, RUN_UV, r->uv_qemu, TRACE_RETURN, RUN_HV, ABI_UV_PAGE_OUT, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_HOST_PTE, 0, PAGE, trace_change(HOST_PTE_DEVICE, HOST_PTE_NORMAL));
	run_put(r, RUN_HV, r->qemu, TRACE_HV_MARK, 0, PAGE, trace_change(HV_MARK_UVMEM, HV_MARK_MEM));
	run_put(r, RUN_HV, r->qemu, TRACE_CALL, RUN_UV, ABI_UV_UNREGISTER_MEM_SLOT | UINT64_C(2) << 32, 0);
	run_put(r, RUN_UV, r->uv_qemu, TRACE_SLOT, TRACE_SLOT_UNREGISTER, 1, trace_span((gfn_t){0x10}, 4));
	run_put(r, RUN_UV, r->uv_qemu, TRACE_RETURN, RUN_HV, ABI_UV_UNREGISTER_MEM_SLOT, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_FREE, 0, OBJECT_AT(RMAP, 1), 512);
	run_put(r, RUN_HV, r->qemu, TRACE_SLOT, TRACE_SLOT_DELETE, 1, trace_span((gfn_t){0x10}, 4));
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, OBJECT(MMAP_LOCK), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_LOCK_RELEASE, LOCK_EXCLUSIVE, OBJECT(SLOTS_LOCK), 0);
	run_put(r, RUN_HV, r->qemu, TRACE_OP_END, 1, 1, 0);
	run_put(r, RUN_G0, r->vcpu1, TRACE_CALL, RUN_UV, ABI_UV_ESM, 0);
	run_put(r, RUN_UV, r->uv1, TRACE_SVM, TRACE_SVM_START, 0, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_OP_BEGIN, 1, 2, 27);
	run_put(r, RUN_HV, r->qemu, TRACE_OP_END, 1, 2, (uint64_t)(int64_t)HOST_SIGBUS);
	run_put(r, RUN_HV, r->qemu, TRACE_FINDING, FINDING_USE_AFTER_FREE, 0, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_TEST, 1, 2, 3);
	run_put(r, RUN_G0, r->vcpu0, TRACE_CTX_END, 0, 0, 0);
}

/* Frames, ciphertexts, reflections and what goes wrong on purpose. */
static void demonstrate_inside(struct run *r)
{
	const uint64_t none = UINT32_MAX;

	run_put(r, RUN_UV, r->uv0, TRACE_COOKIE, TRACE_COOKIE_GIVEN, 0, 0x1f);
	run_put(r, RUN_UV, r->uv0, TRACE_REGS, TRACE_REGS_TO_HV, ABI_H_SVM_PAGE_IN, 7);
	run_put(r, RUN_HV, r->hv0, TRACE_INJECT, INJECT_CALL, ABI_H_SVM_PAGE_IN, INJECT_DO_DELAY);
	run_put(r, RUN_HV, r->hv0, TRACE_INJECT, INJECT_ALLOC, OBJECT_AT(PVT, 7), INJECT_DO_FAIL);
	run_put(r, RUN_HV, r->hv0, TRACE_INJECT, INJECT_FRAME, OBJ_NULL.w, INJECT_DO_FAIL);
	run_put(r, RUN_HV, r->hv0, TRACE_FRAME, 1, 9, PAGE);
	run_put(r, RUN_UV, r->uv_nested, TRACE_UV_MAP, TRACE_MAP_NONE, PAGE, none);
	run_put(r, RUN_UV, r->uv_nested, TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, PAGE, 3);
	run_put(r, RUN_UV, r->uv_nested, TRACE_CRYPTO, TRACE_CRYPTO_REJECT, PAGE, 3);
	run_put(r, RUN_UV, r->uv_nested, TRACE_CRYPTO, TRACE_CRYPTO_DECRYPT, PAGE, 3);
	run_put(r, RUN_UV, r->uv_nested, TRACE_UV_MAP, TRACE_MAP_SECURE, PAGE, 5);
	run_put(r, RUN_UV, r->uv_nested, TRACE_UV_MAP, TRACE_MAP_SHARED, PAGE, 9);
	run_put(r, RUN_UV, r->uv_nested, TRACE_DIGEST, 0, PAGE, token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), 5));
	run_put(r, RUN_HV, r->hv0, TRACE_FRAME, 0, 9, FRAME_HOST);
	run_put(r, RUN_UV, r->uv0, TRACE_COOKIE, TRACE_COOKIE_REDEEMED, 0, 0x1f);
	run_put(r, RUN_UV, r->uv0, TRACE_REGS, TRACE_REGS_TO_GUEST, ABI_H_SVM_PAGE_IN, 0);
	run_put(r, RUN_HV, r->qemu, TRACE_MOVE, 0, PAGE, trace_page(0, (gfn_t){0x200}));
	run_put(r, RUN_G0, r->vcpu0, TRACE_POINT, POINT_LABEL, obj_make(OBJ_EVENT, OBJ_NO_GUEST, 1).w, 1);
}

void run_demonstration(struct run *run)
{
	demonstrate_page_in(run);
	demonstrate_slot_delete(run);
	demonstrate_inside(run);
}

const char *run_statement(void *arg, unsigned thread, uint64_t statement)
{
	static const char *const texts[3][3] = {
		{"touch 1:0", "signal paged_in", NULL},
		{"wait paged_in", "slot_delete 1", "hva_read 1:0"},
		{"h_svm_page_out 1:0", NULL, NULL},
	};

	(void)arg;
	return thread < 3 && statement < 3 ? texts[thread][statement] : NULL;
}

const char *run_event_name(void *arg, uint32_t event)
{
	(void)arg;
	return event == 0 ? "paged_in" : event == 1 ? "vcpu0.in" : NULL;
}

/* ---- noise -------------------------------------------------------------------- */

/* xorshift64*: the same numbers on every host. */
static uint64_t noise(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* A word that is small, or an object, or anything. */
static uint64_t noise_word(uint64_t *state)
{
	switch (noise(state) >> 62) {
	case 0:
		return noise(state) >> 60;
	case 1:
		return obj_make((enum obj_type)(noise(state) >> 32) % OBJ_TYPE_COUNT, 0,
			noise(state) >> 63 ? OBJ_NO_INDEX : (uint32_t)noise(state))
			.w;
	case 2:
		return trace_change((unsigned)(noise(state) >> 60), (unsigned)(noise(state) >> 60));
	default:
		return noise(state);
	}
}

void run_noise(struct run *run, unsigned count, uint64_t seed)
{
	uint64_t state = seed * 2 + 1;

	for (unsigned i = 0; i < count; i++) {
		unsigned domain = (unsigned)(noise(&state) >> 32) % engine_domain_count(run->engine);
		uint32_t contexts = domain == RUN_UV ? 4 : domain == RUN_HV ? 3 : 2;
		uint32_t first = domain == RUN_UV ? run->uv0 : domain == RUN_HV ? run->hv0 : run->vcpu0;
		uint32_t ctx = (uint32_t)(noise(&state) >> 32) % contexts + first;
		unsigned kind = (unsigned)(noise(&state) >> 32) % (TRACE_KIND_COUNT + 2);
		unsigned aux = (unsigned)(noise(&state) >> (noise(&state) >> 63 ? 48 : 61));

		if (domain > RUN_G0 || noise(&state) >> 61 == 0)
			ctx = 0;
		run_put(run, domain, ctx, (enum trace_kind)kind, aux, noise_word(&state), noise_word(&state));
		run->now += noise(&state) >> (24 + (noise(&state) >> 59));
	}
}

/* ---- golden files ------------------------------------------------------------- */

void run_compare(const char *name, const char *text)
{
	char path[512], got[512];
	char *wanted = NULL;
	size_t size = 0;
	FILE *file, *memory = open_memstream(&wanted, &size);
	bool same;
	int c;

	snprintf(path, sizeof(path), PEF_SOURCE_DIR "/tests/trace/golden/%s", name);
	snprintf(got, sizeof(got), PEF_BUILD_DIR "/%s.got", name);
	file = fopen(path, "r");
	while (file != NULL && (c = fgetc(file)) != EOF)
		fputc(c, memory);
	if (file != NULL)
		fclose(file);
	fclose(memory);
	same = strcmp(wanted, text) == 0;
	free(wanted);
	if (same)
		return;
	file = fopen(got, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	fail_msg("%s differs from the golden file; compare it with %s", name, got);
}
