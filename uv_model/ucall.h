/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ucall.h - an ultracall that has passed the dispatcher's checks, and the
 * handlers that only the dispatch table refers to.
 *
 * Locking: none held on entry, none on return. Errors: the documented code.
 * Blocking: all yield.
 */
#ifndef UV_MODEL_UCALL_H
#define UV_MODEL_UCALL_H

#include "uv.h"

#define UCALL_ARGS 5u

struct ucall {
	struct uv *uv;
	struct call *c; /* as it came in */
	struct svm *svm; /* of the lpid, or of the calling guest; NULL when there is none */
	struct vcpu_id vcpu; /* who calls, for reflections */
	uint64_t arg[UCALL_ARGS]; /* registers the caller did not set are 0 */
	bool handed_on; /* the hypervisor answers this call */
};

/* Flags. The document gives names and no values; these values are ours. */
#define PAGE_IN_CACHE_INHIBITED 1u
#define PAGE_IN_CACHE_ENABLED 2u
#define PAGE_IN_WRITE_PROTECTION 4u
#define PAGE_OUT_SNAPSHOT 1u /* UV_SNAPSHOT */

/*
 * The calls that are handled. X(NAME, caller, SVM, ARGS, handler): who may call
 * (dispatch.c), whether the caller must be a secure VM, which checks its
 * arguments pass from left to right. Argument n that fails gives U_PARAMETER,
 * U_P2, U_P3, U_P4, U_P5, as the document has it for every call.
 */
/* clang-format off */
#define UV_UCALL_ROWS(X) \
	X(UV_WRITE_PATE, HV, ANY, (ARG_PARTITION, ARG_PATE0, ARG_PATE1), ucall_write_pate) \
	X(UV_ESM, GUEST, ANY, (ARG_BLOB, ARG_FDT), ucall_esm) \
	X(UV_RETURN, RETURNER, ANY, (ARG_NONE), ucall_return) \
	X(UV_REGISTER_MEM_SLOT, HV, ANY, (ARG_LPID, ARG_START, ARG_SIZE, ARG_ZERO, ARG_SLOT), ucall_register_mem_slot) \
	X(UV_UNREGISTER_MEM_SLOT, HV, ANY, (ARG_LPID, ARG_SLOT), ucall_unregister_mem_slot) \
	X(UV_PAGE_IN, HV, ANY, (ARG_LPID, ARG_RA, ARG_GPA, ARG_IN_FLAGS, ARG_ORDER), ucall_page_in) \
	X(UV_PAGE_OUT, HV, ANY, (ARG_LPID, ARG_RA, ARG_GPA, ARG_OUT_FLAGS, ARG_ORDER), ucall_page_out) \
	X(UV_PAGE_INVAL, HV, ANY, (ARG_LPID, ARG_GPA, ARG_ORDER), ucall_page_inval) \
	X(UV_SVM_TERMINATE, HV, ANY, (ARG_VM), ucall_svm_terminate) \
	X(UV_SHARE_PAGE, SECURE_GUEST, SECURE, (ARG_GFN, ARG_COUNT), ucall_share_page) \
	X(UV_UNSHARE_PAGE, SECURE_GUEST, SECURE, (ARG_GFN, ARG_COUNT), ucall_unshare_page) \
	X(UV_UNSHARE_ALL_PAGES, SECURE_GUEST, SECURE, (ARG_NONE), ucall_unshare_all_pages)
/* clang-format on */

#define X(name, caller, svm, args, handler) int64_t handler(struct ucall *u);
UV_UCALL_ROWS(X)
#undef X

/* X(NAME, "one sentence"): what an argument may be asked. */
/* clang-format off */
#define UV_ARG_CHECKS(X) \
	X(LPID, "the partition of a VM that is secure or becoming so") \
	X(VM, "the partition of any VM") \
	X(RA, "a page of normal memory") \
	X(GPA, "a page in a registered slot, as an address") \
	X(GFN, "a page in a registered slot, as a number") \
	X(COUNT, "a number of pages after it, all in registered slots") \
	X(START, "a page address") \
	X(SIZE, "bytes of whole pages after it, at least one, that do not wrap around") \
	X(SLOT, "the number of a slot") \
	X(ORDER, "the page order, 16") \
	X(ZERO, "no flags are known") \
	X(IN_FLAGS, "flags of UV_PAGE_IN") \
	X(OUT_FLAGS, "flags of UV_PAGE_OUT") \
	X(BLOB, "the ESM blob: an address aligned to 8 bytes that is not 0") \
	X(FDT, "the device tree: likewise, and not where the blob is") \
	X(PARTITION, "the number of a partition table entry") \
	X(PATE0, "0, or a radix tree in normal memory") \
	X(PATE1, "0, or a process table of at most 2^36 bytes, aligned to its size")
/* clang-format on */
enum arg_kind {
	ARG_NONE,
#define X(name, about) ARG_##name,
	UV_ARG_CHECKS(X)
#undef X
		ARG_KIND_COUNT
};

/** args_check - the first argument that is wrong, as its code; U_SUCCESS when none is */
int64_t args_check(struct ucall *u, const uint8_t kinds[UCALL_ARGS]);

#endif
