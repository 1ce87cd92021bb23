/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_world.h - the ultravisor between a guest and a hypervisor made for tests.
 *
 * The hypervisor here is an array of frames and the shortest right answer to
 * each hypercall, with switches for the wrong ones. A test gives the guest and,
 * if it wants, a host thread something to do; CHECK() notes what differs from
 * what was expected, and world_end() fails the test if anything did.
 *
 * Locking: none. Errors: noted, told by world_end(). Blocking: simulated code
 * yields.
 */
#ifndef TESTS_UV_UTIL_WORLD_H
#define TESTS_UV_UTIL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pefsim/abi.h"
#include "pefsim/finding.h"
#include "pefsim/guest_tree.h"
#include "pefsim/model.h"
#include "uv_model/uv.h"

#define WORLD_PAGES 40u /* of guest 0's only slot, from page 0 */
#define WORLD_FRAMES 64u /* of normal memory; page g lies in frame g */
#define WORLD_LPID 7u
#define WORLD_LOG 512u

struct world;
typedef void world_fn(struct world *w);

/* What the fake hypervisor was asked. */
struct world_asked {
	uint32_t number;
	uint64_t gfn, flags;
	uint64_t cookie;
	unsigned msr;
};

struct world {
	/* given by the test: */
	uint32_t secure_frames;
	world_fn *guest; /* runs on g0.vcpu0 */
	world_fn *second; /* runs on g0.vcpu1 */
	world_fn *host; /* runs on a host thread */
	world_fn *host2; /* and on another */
	const struct inject_rule *rules; /* what goes wrong in the ultravisor and elsewhere */
	unsigned rule_count;
	struct guest_image image; /* of world_begin(): lies in pages 0 and 1 */
	/* switches of the hypervisor: */
	uint32_t fail; /* this hypercall ... */
	unsigned fail_after; /* ... fails once it was answered so often */
	unsigned fail_times; /* and so many times; 0: for ever */
	uint32_t idle; /* this hypercall is answered with success, nothing done */
	uint64_t wrong_cookie; /* added to the cookie handed back */
	bool leave_to_guest; /* H_SVM_PAGE_IN comes back without UV_RETURN */
	bool empty_host; /* an unshare finds no normal page to hand over */
	uint64_t empty_gfn; /* this page, never written, is there without UV_PAGE_IN; 0: none */
	uint32_t tear; /* frame that changes after each first look */
	bool hold_shared; /* accesses of shared pages wait for world_land() */
	world_fn *during; /* runs inside H_SVM_PAGE_IN, before its ultracall */
	/* the hypervisor's memory and memory of what it was asked: */
	token_t frames[WORLD_FRAMES];
	struct world_asked asked[WORLD_LOG];
	unsigned asked_count;
	bool on_device[WORLD_PAGES]; /* came in by H_SVM_PAGE_IN */
	struct call held[4];
	unsigned held_count;
	struct image_store *store;
	/* made by world_run(): */
	struct engine *engine;
	struct domain_ops uv_ops;
	struct world_config config;
	struct uv *uv;
	struct guest_machine *machine;
	struct engine_result result;
	bool secure; /* the boot has made the guest secure */
	char noted[4096];
};

/* world_begin - the world of a test: plain content in every frame, plenty of secure memory */
void world_begin(struct world *w);
/*
 * world_image - put another tree or blob in place of what world_begin() made (NULL: keep that); to be
 * stored in w->image
 */
struct guest_image world_image(struct world *w, const void *fdt, size_t fdt_len, const void *blob, size_t blob_len);
/** world_run - run to the end; findings do not fail it */
void world_run(struct world *w);
/** world_end - fail when anything was noted, or a finding stopped the run; free all */
void world_end(struct world *w);
/** world_end_found - as world_end, but just one finding of that kind must have been made */
void world_end_found(struct world *w, enum finding_kind kind);

/* CHECK - note when a number is not what it should be */
#define CHECK(w, actual, expected) world_check(w, __FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))
void world_check(struct world *w, const char *file, int line, const char *what, int64_t actual, int64_t expected);

/* On the guest. world_secure: UV_ESM with the first two pages, which must work. */
int64_t world_esm(struct world *w);
void world_secure(struct world *w);
int64_t world_ucall(struct world *w, uint32_t number, uint64_t a, uint64_t b);
int64_t world_store(struct world *w, uint64_t gfn, uint64_t value);
token_t world_load(struct world *w, uint64_t gfn);
token_t world_value(uint64_t value); /* what world_store() stores */

/* In the hypervisor: an ultracall with HV=1, on whatever context. */
int64_t world_hv_ucall(struct world *w, uint32_t number, const uint64_t *args, unsigned count);
int64_t world_page_in(struct world *w, uint64_t gfn);
int64_t world_page_out(struct world *w, uint64_t gfn);
int64_t world_inval(struct world *w, uint64_t gfn);
/* world_from_hv - run @fn in a context of the hypervisor, called from the guest */
void world_from_hv(struct world *w, world_fn *fn);
/* world_from_uv - the same in the ultravisor's domain, whose state nobody else may touch */
void world_from_uv(struct world *w, world_fn *fn);
/* world_land - let the held accesses land */
void world_land(struct world *w);

enum gfn_state world_state(struct world *w, uint64_t gfn);
struct uv_page_view world_view(struct world *w, uint64_t gfn);
unsigned world_asked_count(const struct world *w, uint32_t number);
token_t world_plain(uint64_t frame); /* what a frame holds at the start */
/* Records of a kind in the merged trace, with @aux. */
unsigned world_traced(struct world *w, enum trace_kind kind, unsigned aux);

#endif
