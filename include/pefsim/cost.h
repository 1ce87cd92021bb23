/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cost.h - what every step costs, and to which cause its cycles are booked.
 *
 * A model never spends a number of cycles: it names a step of PEF_COST_STEPS,
 * and the price list in use says what that step costs. A step the list does not
 * price, or prices at zero, is an error that names the step when the list is
 * read, before anything runs. Every cycle of a hardware thread is booked to
 * exactly one cause (engine.h: context_advance, context_block, call_make).
 *
 * Locking: none; a price list is constant during a run.
 * Errors: PEF_PRICE, PEF_PARSE, PEF_NOFILE with a message. Blocking: never.
 */
#ifndef PEFSIM_COST_H
#define PEFSIM_COST_H

#include <stdio.h>

#include "pefsim/types.h"

/* X(NAME, "printed", "one sentence") */
/* clang-format off */
#define PEF_COST_CAUSES(X) \
	X(COMPUTE, "compute", "straight-line work") \
	X(TRANSITION, "transition", "changing between guest, hypervisor and ultravisor") \
	X(BARRIER, "barrier", "sync, ptesync, atomic operations") \
	X(LINE, "line transfer", "moving cache lines between hardware threads") \
	X(COPY, "copy", "copying or zeroing page content") \
	X(CRYPTO, "crypto", "encrypting and decrypting pages") \
	X(TLB, "TLB", "tlbie and its wait") \
	X(LOCK_WAIT, "lock wait", "waiting for a lock or a grace period") \
	X(IDLE, "idle", "nothing to do, or waiting for an event of the script") \
	X(DELAY, "delay", "held by the schedule, or a delay of the script") \
	X(RESIDUAL, "residual", "what the model cannot explain")
/* clang-format on */
enum cost_cause {
#define X(name, text, about) CAUSE_##name,
	PEF_COST_CAUSES(X)
#undef X
		CAUSE_COUNT
};
/* Booked by somebody else: a caller's time while the callee has its thread. */
#define CAUSE_LENT CAUSE_COUNT

/*
 * X(NAME, "dts node", CAUSE, "one sentence"). The node stands under /costs of
 * a price list. New rows go at the end, and into scenarios/prices/power9.dts.
 */
/* clang-format off */
#define PEF_COST_STEPS(X) \
	/* transitions: each is a list of micro-steps in the price list */ \
	X(UCALL, "ucall", TRANSITION, "ultracall: sc 2 into the ultravisor") \
	X(URFID, "urfid", TRANSITION, "urfid: leave the ultravisor to guest or hypervisor") \
	X(REFLECT, "reflect", TRANSITION, "the ultravisor reflects a call or interrupt to the hypervisor") \
	X(UV_RETURN, "uv-return", TRANSITION, "UV_RETURN: the hypervisor goes back to the secure guest") \
	X(HCALL, "hcall", TRANSITION, "hypercall of a normal guest, full exit to the host kernel") \
	X(HRFID, "hrfid", TRANSITION, "back from the hypervisor into a normal guest") \
	X(INTERRUPT, "interrupt", TRANSITION, "storage interrupt of a secure guest, taken by the ultravisor") \
	X(HOST_FAULT, "host-fault", TRANSITION, "page fault of a host thread in the host kernel") \
	X(SYSCALL, "syscall", TRANSITION, "system call or ioctl of a host thread") \
	/* memory across the border */ \
	X(BUS, "bus", LINE, "one way of an access to a frame of another side") \
	X(LOAD, "load", LINE, "access to a frame of one's own side") \
	X(COPY_PAGE, "copy-page", COPY, "copy 64 KiB") \
	X(ZERO_PAGE, "zero-page", COPY, "zero 64 KiB") \
	X(ENCRYPT_PAGE, "encrypt-page", CRYPTO, "AES-128-GCM over 64 KiB, out") \
	X(DECRYPT_PAGE, "decrypt-page", CRYPTO, "AES-128-GCM over 64 KiB, in, with the tag check") \
	X(TLBIE, "tlbie", TLB, "ptesync, tlbie, tlbsync for one page") \
	/* locks */ \
	X(LOCK, "lock", BARRIER, "take a free lock") \
	X(UNLOCK, "unlock", BARRIER, "give a lock back") \
	X(HANDOVER, "handover", LINE, "the lock's line moves to the next holder") \
	X(SRCU, "srcu", BARRIER, "enter or leave an SRCU read section") \
	X(GRACE, "grace-period", BARRIER, "an SRCU grace period without readers") \
	X(WAKE, "wake", LINE, "wake another context") \
	/* straight-line work of the hypervisor */ \
	X(HV_DISPATCH, "hv-dispatch", COMPUTE, "find the handler of a hypercall") \
	X(HV_PAGE_IN, "hv-page-in", COMPUTE, "handler of H_SVM_PAGE_IN, straight line") \
	X(HV_PAGE_OUT, "hv-page-out", COMPUTE, "handler of H_SVM_PAGE_OUT, straight line") \
	X(HV_INIT, "hv-init", COMPUTE, "handlers of H_SVM_INIT_START, DONE and ABORT, once a slot") \
	X(HV_FAULT, "hv-fault", COMPUTE, "the hypervisor resolves a guest fault") \
	X(MIGRATE_COLLECT, "migrate-collect", COMPUTE, "migrate_vma_setup for one page") \
	X(MIGRATE_PAGE, "migrate-page", COMPUTE, "migrate_vma_pages for one page") \
	X(MIGRATE_FINALIZE, "migrate-finalize", COMPUTE, "migrate_vma_finalize for one page") \
	X(PAGE_TABLE, "page-table", COMPUTE, "one lookup or change in a page table") \
	X(MARK, "mark", COMPUTE, "read or change the mark of one page") \
	X(LIST_STEP, "list-step", COMPUTE, "one step of a list walk") \
	X(ALLOC, "alloc", COMPUTE, "allocate memory or a page") \
	X(FREE, "free", COMPUTE, "free memory or a page") \
	X(NOTIFIER, "notifier", COMPUTE, "one mmu-notifier callback") \
	X(MEMSLOT_UPDATE, "memslot-update", COMPUTE, "build and publish a memslot table") \
	X(POOL, "pool", COMPUTE, "take or give a device page") \
	/* straight-line work of the ultravisor */ \
	X(UV_DISPATCH, "uv-dispatch", COMPUTE, "find the handler of an ultracall, check the caller") \
	X(UV_CHECK, "uv-check", COMPUTE, "argument checks of an ultracall") \
	X(UV_STATE, "uv-state", COMPUTE, "read or change a GFN state") \
	X(UV_MAP, "uv-map", COMPUTE, "change an entry of the guest's page table") \
	X(UV_ESM, "uv-esm", COMPUTE, "UV_ESM: create the secure VM and check its image") \
	X(UV_SLOT, "uv-slot", COMPUTE, "register or release a memory slot") \
	X(UV_COMMIT, "uv-commit", COMPUTE, "commit one page of a share or unshare") \
	/* guests and scripts */ \
	X(GUEST_OP, "guest-op", COMPUTE, "a guest's instruction stream around one operation") \
	X(HOST_OP, "host-op", COMPUTE, "a host thread's instruction stream around one operation") \
	X(SIGNAL, "signal", LINE, "an event of the script reaches another thread") \
	X(DIGEST_PAGE, "digest-page", CRYPTO, "SHA-512 over 64 KiB")
/* clang-format on */
enum cost_step {
#define X(name, node, cause, about) STEP_##name,
	PEF_COST_STEPS(X)
#undef X
		STEP_COUNT
};

enum price_choice { PRICE_TYP, PRICE_LO, PRICE_HI, PRICE_COUNT };
/** price_words - the word for each choice, in options, scenarios and records; NULL behind the last */
extern const char *const price_words[PRICE_COUNT + 1];

/* One price. Strings are owned by the list. lo <= typ <= hi, never 0. */
struct price {
	cycles_t lo, typ, hi;
	char class; /* M measured, D derived, P predicted, A analogue, G guess */
	const char *source;
};

/* A micro-step: what transitions are made of. It stands under /micro-steps. */
struct price_micro {
	const char *name;
	struct price price;
};
#define PRICE_MICROS_MAX 64u

/* "count times this micro-step", in the list of a step. */
struct price_part {
	uint16_t micro; /* index into micros */
	uint16_t count;
};
#define PRICE_PARTS_MAX 24u
#define PRICE_COUNT_MAX 1000u /* of one micro-step in one step */

/*
 * A price list as read. The price of a step with parts is their sum; its class
 * is that of its weakest part (M, D, P, A, G) unless the list says better.
 */
struct price_list {
	struct price steps[STEP_COUNT];
	struct price_part parts[STEP_COUNT][PRICE_PARTS_MAX];
	uint16_t part_count[STEP_COUNT]; /* 0: the price stands by itself */
	struct price_micro micros[PRICE_MICROS_MAX];
	unsigned micro_count;
	uint64_t core_hz, timebase_hz;
	enum price_choice choice;
	char hash[17]; /* of the blob, hexadecimal */
	void *blob; /* owned; holds the strings */
};

/**
 * price_list_read - read a price list
 * @path:    a .dtb, or a .dts (compiled with dtc)
 * @choice:  which column a run uses
 * @out:     set on PEF_OK; free with price_list_free()
 * @message: on error, what is wrong and where (node and property)
 * @size:    bytes of @message
 * Returns PEF_OK, PEF_NOFILE, PEF_PARSE (not a price list), PEF_PRICE (a step
 * without a price, or with a wrong one), PEF_LIMIT, PEF_NOMEM.
 */
enum pef_err price_list_read(
	const char *path, enum price_choice choice, struct price_list *out, char *message, size_t size);
/** price_list_flat - a list in which every step costs @cycles (tests) */
void price_list_flat(struct price_list *out, cycles_t cycles);
void price_list_free(struct price_list *list);
/** price_of - what a step costs under the list's choice; never 0 */
static inline cycles_t price_of(const struct price_list *list, enum cost_step step)
{
	const struct price *p = &list->steps[step];
	return list->choice == PRICE_TYP ? p->typ : list->choice == PRICE_LO ? p->lo : p->hi;
}
/** price_list_print - the list as a table: step, lo, typ, hi, class, source; then the share of each class */
void price_list_print(const struct price_list *list, FILE *out);
const char *cost_cause_name(enum cost_cause cause);
const char *cost_step_name(enum cost_step step);
enum cost_cause cost_step_cause(enum cost_step step);

#endif
