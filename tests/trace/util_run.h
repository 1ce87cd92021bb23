/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_run.h - a hand-made run: the domains of a small world, named contexts,
 * and records put into their rings one by one.
 *
 * Locking: none. Errors: assertions of the test. Blocking: never.
 */
#ifndef TESTS_TRACE_UTIL_RUN_H
#define TESTS_TRACE_UTIL_RUN_H

#include <stdio.h>

#include "pefsim/engine.h"

/* Domains in the order they are added; guests follow. */
enum { RUN_HV, RUN_UV, RUN_G0, RUN_G1 };
/* Contexts of every run. */
struct run {
	struct engine *engine;
	uint64_t now; /* cycle of the next record; each record adds 10 */
	uint32_t vcpu0, vcpu1; /* of g0 */
	uint32_t uv0, uv1, uv_nested, uv_qemu; /* g0.vcpu0/uv, g0.vcpu1/uv, g0.vcpu0/uv/hv/uv, g0.qemu0/uv */
	uint32_t hv0, hv1, qemu; /* g0.vcpu0/uv/hv, g0.vcpu1/uv/hv, g0.qemu0 */
};

/** run_open - hv, uv and @guests guests; rings keep @trace_max records (0: all) */
void run_open(struct run *run, unsigned guests, uint64_t trace_max);
void run_close(struct run *run);
void run_put(
	struct run *run, unsigned domain, uint32_t ctx, enum trace_kind kind, unsigned aux, uint64_t a, uint64_t b);
struct trace_ring *run_ring(const struct run *run, unsigned domain);

/** run_demonstration - a page-in, an eviction that waits, a slot deletion, one of every kind of event */
void run_demonstration(struct run *run);
/** run_noise - @count records of random kind and content; some kinds do not exist */
void run_noise(struct run *run, unsigned count, uint64_t seed);

/* Functions for struct ladder_options; the texts fit the demonstration. */
const char *run_statement(void *arg, unsigned thread, uint64_t statement);
const char *run_event_name(void *arg, uint32_t event);

/** run_compare - fail when @text differs from golden file @name, and leave what came in the build folder */
void run_compare(const char *name, const char *text);

#endif
