/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * abi.h - calls, return codes and page states of the protocol, as tables.
 *
 * Numbers of calls and codes: Linux 6.1 asm/ultravisor-api.h and asm/hvcall.h,
 * and Documentation/powerpc/ultravisor.rst. U_INVALID, U_RETRY and U_NO_KEY are
 * named by the document only; their values here are ours (-20xx), chosen to
 * collide with nothing.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_ABI_H
#define PEFSIM_ABI_H

#include "pefsim/types.h"

/* X(NAME, number, "arguments", "one sentence"). Calls into the ultravisor. */
/* clang-format off */
#define PEF_UCALLS(X) \
	X(UV_WRITE_PATE, 0xF104, "lpid, dw0, dw1", "write a partition table entry") \
	X(UV_ESM, 0xF110, "esm blob, fdt", "turn the calling VM into a secure one") \
	X(UV_RETURN, 0xF11C, "result", "return to the secure guest after a reflected call") \
	X(UV_REGISTER_MEM_SLOT, 0xF120, "lpid, start gpa, size, flags, slot", "register a range of guest memory") \
	X(UV_UNREGISTER_MEM_SLOT, 0xF124, "lpid, slot", "release a registered range") \
	X(UV_PAGE_IN, 0xF128, "lpid, source ra, gpa, flags, order", "copy a normal page into a secure one, or map a shared one") \
	X(UV_PAGE_OUT, 0xF12C, "lpid, target ra, gpa, flags, order", "encrypt a secure page into a normal one") \
	X(UV_SHARE_PAGE, 0xF130, "gfn, count", "share pages with the hypervisor") \
	X(UV_UNSHARE_PAGE, 0xF134, "gfn, count", "make shared pages secure again") \
	X(UV_PAGE_INVAL, 0xF138, "lpid, gpa, order", "the host's mapping of a shared page is gone") \
	X(UV_SVM_TERMINATE, 0xF13C, "lpid", "end a secure VM") \
	X(UV_UNSHARE_ALL_PAGES, 0xF140, "", "make all pages the guest shared secure again")
/* clang-format on */

/* X(NAME, number, "arguments", "one sentence"). Calls into the hypervisor. */
/* clang-format off */
#define PEF_HCALLS(X) \
	X(H_SVM_PAGE_IN, 0xEF00, "gpa, flags, order", "move a page to secure memory, or share it") \
	X(H_SVM_PAGE_OUT, 0xEF04, "gpa, flags, order", "move a page to normal memory, encrypted") \
	X(H_SVM_INIT_START, 0xEF08, "", "the switch of a VM to secure mode begins") \
	X(H_SVM_INIT_DONE, 0xEF0C, "", "the switch of a VM to secure mode is complete") \
	X(H_SVM_INIT_ABORT, 0xEF14, "", "the switch of a VM to secure mode failed") \
	X(H_CEDE, 0x00E0, "", "the vCPU has nothing to do") \
	/* not hypercalls, but ways into the hypervisor; numbers are the vectors */ \
	X(H_PAGE_FAULT, 0x0E00, "gpa, write", "a guest access the hypervisor has to resolve") \
	X(H_EXIT, 0x0F00, "", "the guest's vCPU is off; leave KVM_RUN")
/* clang-format on */

enum abi_call {
#define X(name, number, args, about) ABI_##name = (number),
	PEF_UCALLS(X) PEF_HCALLS(X)
#undef X
};

/* Flags and order of the page calls. */
#define ABI_PAGE_ORDER PEF_PAGE_SHIFT
#define ABI_H_PAGE_IN_NONSHARED 0u
#define ABI_H_PAGE_IN_SHARED 1u

/*
 * Return codes. X(NAME, value, "one sentence"). U_ and H_ codes of one number
 * are both listed: printing prefers the first row with the caller's prefix.
 */
/* clang-format off */
#define PEF_CODES(X) \
	X(U_SUCCESS, 0, "done") \
	X(H_SUCCESS, 0, "done") \
	X(U_BUSY, 1, "try again") \
	X(H_BUSY, 1, "try again") \
	X(H_TOO_HARD, 9999, "real mode cannot handle it") \
	X(U_FUNCTION, -2, "not supported") \
	X(H_FUNCTION, -2, "not supported") \
	X(U_PARAMETER, -4, "first argument is wrong") \
	X(H_PARAMETER, -4, "first argument is wrong, or the operation failed") \
	X(U_PERMISSION, -11, "the caller may not do this") \
	X(H_PERMISSION, -11, "the caller may not do this") \
	X(U_P2, -55, "second argument is wrong") \
	X(H_P2, -55, "second argument is wrong") \
	X(U_P3, -56, "third argument is wrong") \
	X(H_P3, -56, "third argument is wrong") \
	X(U_P4, -57, "fourth argument is wrong") \
	X(H_P4, -57, "fourth argument is wrong") \
	X(U_P5, -58, "fifth argument is wrong") \
	X(H_P5, -58, "fifth argument is wrong") \
	X(H_AUTHORITY, -10, "secure mode is not enabled for this VM") \
	X(H_UNSUPPORTED, -67, "wrong context, or no secure memory") \
	X(U_STATE, -75, "wrong state") \
	X(H_STATE, -75, "wrong state") \
	X(U_INVALID, -2001, "not secure, or the caller is wrong (document only)") \
	X(U_RETRY, -2002, "no memory, try again (document only)") \
	X(U_NO_KEY, -2003, "no key for the ESM blob (document only)")
/* clang-format on */
enum abi_code {
#define X(name, value, about) ABI_##name = (value),
	PEF_CODES(X)
#undef X
};

/*
 * Which codes the document (Documentation/powerpc/ultravisor.rst, Linux 6.1) gives each call.
 * X(call, "codes"). Linux and the ultravisor have others beside these.
 */
/* clang-format off */
#define PEF_CALL_CODES(X) \
	X(UV_WRITE_PATE, "U_SUCCESS U_BUSY U_FUNCTION U_PARAMETER U_P2 U_P3 U_PERMISSION") \
	X(UV_ESM, "U_SUCCESS U_FUNCTION U_INVALID U_PARAMETER U_P2 U_PERMISSION U_RETRY U_NO_KEY") \
	X(UV_REGISTER_MEM_SLOT, "U_SUCCESS U_PARAMETER U_P2 U_P3 U_P4 U_P5 U_PERMISSION U_FUNCTION") \
	X(UV_UNREGISTER_MEM_SLOT, "U_SUCCESS U_FUNCTION U_PARAMETER U_P2 U_PERMISSION") \
	X(UV_PAGE_IN, "U_SUCCESS U_BUSY U_FUNCTION U_PARAMETER U_P2 U_P3 U_P4 U_P5") \
	X(UV_PAGE_OUT, "U_SUCCESS U_BUSY U_FUNCTION U_PARAMETER U_P2 U_P3 U_P4 U_P5") \
	X(UV_SHARE_PAGE, "U_SUCCESS U_FUNCTION U_INVALID U_PARAMETER U_P2") \
	X(UV_UNSHARE_PAGE, "U_SUCCESS U_FUNCTION U_INVALID U_PARAMETER U_P2") \
	X(UV_UNSHARE_ALL_PAGES, "U_SUCCESS U_FUNCTION U_INVALID") \
	X(UV_PAGE_INVAL, "U_SUCCESS U_BUSY U_FUNCTION U_PARAMETER U_P2 U_P3") \
	X(UV_SVM_TERMINATE, "U_SUCCESS U_FUNCTION U_PARAMETER U_INVALID U_PERMISSION") \
	X(H_SVM_PAGE_IN, "H_SUCCESS H_PARAMETER H_P2 H_P3") \
	X(H_SVM_PAGE_OUT, "H_SUCCESS H_PARAMETER H_P2 H_P3") \
	X(H_SVM_INIT_START, "H_SUCCESS H_STATE") \
	X(H_SVM_INIT_DONE, "H_SUCCESS H_UNSUPPORTED H_STATE") \
	X(H_SVM_INIT_ABORT, "H_PARAMETER H_STATE H_UNSUPPORTED")
/* clang-format on */

/* Results of host operations, outside the range of the codes above. */
/* clang-format off */
#define PEF_HOST_RESULTS(X) \
	X(SIGBUS, -10007, "the access was answered with a bus error") \
	X(SIGSEGV, -10011, "no such mapping") \
	X(EAGAIN, -11011, "try again") \
	X(EBUSY, -11016, "busy") \
	X(EEXIST, -11017, "exists already") \
	X(EINVAL, -11022, "invalid argument") \
	X(ENOMEM, -11012, "no memory") \
	X(ENOENT, -11002, "no such thing")
/* clang-format on */
enum host_result {
#define X(name, value, about) HOST_##name = (value),
	PEF_HOST_RESULTS(X)
#undef X
};

/*
 * GFN states of the ultravisor, as the published firmware numbers them
 * (reference: ultravisor firmware, GFN page map). X(NAME, number, transient,
 * "printed", "one sentence").
 */
/* clang-format off */
#define PEF_GFN_STATES(X) \
	X(SECURE, 0, 0, "SECURE", "secure frame mapped, or untouched") \
	X(PAGEDOUT, 1, 0, "PAGEDOUT", "encrypted content is with the hypervisor") \
	X(SHARED, 2, 0, "SHARED", "hypervisor's frame mapped") \
	X(SHARED_INV, 3, 0, "SHARED_INV", "shared, the hypervisor's frame was taken back") \
	X(IMPLICIT, 4, 0, "IMPLICIT", "shared by the ultravisor for itself, never mapped") \
	X(IMPLICIT_INV, 5, 0, "IMPLICIT_INV", "as IMPLICIT, frame taken back") \
	X(HV_SHARING, 6, 1, "HV_SHARING", "share asked for, no frame yet") \
	X(HV_SHARED, 7, 1, "HV_SHARED", "share asked for, frame noted, not mapped yet") \
	X(HV_SHARED_INV, 8, 1, "HV_SHARED_INV", "as HV_SHARED, frame taken back") \
	X(HV_UNSHARING, 9, 1, "HV_UNSHARING", "unshare asked for") \
	X(HV_UNSHARING_INV, 10, 1, "HV_UNSHARING_INV", "unshare asked for, frame taken back") \
	X(HV_UNSHARED, 11, 1, "HV_UNSHARED", "hypervisor gave the page up, not zeroed yet") \
	X(PSEUDO, 12, 0, "PSEUDO", "hypervisor believes it shared, secure frame mapped") \
	X(PSEUDO_INV, 13, 0, "PSEUDO_INV", "as PSEUDO, frame taken back")
/* clang-format on */
enum gfn_state {
#define X(name, number, transient, text, about) GFN_##name = (number),
	PEF_GFN_STATES(X)
#undef X
		GFN_STATE_COUNT
};

/* The hypervisor's mark of a page, whatever a design keeps it in. */
/* clang-format off */
#define PEF_HV_MARKS(X) \
	X(NONE, "none", "normal, or not known to the design") \
	X(UVMEM, "uvmem", "out on the device: the page is secure") \
	X(MEM, "mem", "paged out: normal memory holds its encrypted content") \
	X(SHARED, "shared", "shared with the hypervisor")
/* clang-format on */
enum hv_mark {
#define X(name, text, about) HV_MARK_##name,
	PEF_HV_MARKS(X)
#undef X
		HV_MARK_COUNT
};

/* What the host's page table says of a page. */
/* clang-format off */
#define PEF_HOST_PTES(X) \
	X(NONE, "none", "nothing mapped") \
	X(NORMAL, "normal", "a normal frame") \
	X(DEVICE, "device", "a device-private page") \
	X(MIGRATION, "migration", "a migration entry") \
	X(SWAP, "swap", "written out to swap; an access brings it back")
/* clang-format on */
enum host_pte {
#define X(name, text, about) HOST_PTE_##name,
	PEF_HOST_PTES(X)
#undef X
		HOST_PTE_COUNT
};

/** abi_call_name - "UV_PAGE_IN" for 0xF128; NULL for an unknown number */
const char *abi_call_name(uint32_t number);
/** abi_call_parse - the number of a call's name, 0 when there is none */
uint32_t abi_call_parse(const char *text, size_t len);
/**
 * abi_code_name - the name of a return code
 * @value:  the code
 * @prefix: 'U' or 'H': which name to prefer; anything else: the first
 * Returns a static string, or NULL when no code or host result has that value.
 */
const char *abi_code_name(int64_t value, char prefix);
/** abi_code_parse - the value of a code's or host result's name; false: none */
bool abi_code_parse(const char *text, size_t len, int64_t *value);
const char *gfn_state_name(enum gfn_state state);
bool gfn_state_is_transient(enum gfn_state state);
const char *hv_mark_name(enum hv_mark mark);
const char *host_pte_name(enum host_pte pte);

#endif
