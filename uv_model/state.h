/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h - the state machine of one GFN under the documented protocol.
 *
 * Locking: constant tables. Errors: a refusal is a code of the protocol.
 * Blocking: never.
 */
#ifndef UV_MODEL_STATE_H
#define UV_MODEL_STATE_H

#include "pefsim/abi.h"

/* X(NAME, "one sentence"): what may happen to a page. */
/* clang-format off */
#define UV_GFN_EVENTS(X) \
	X(SHARE, "the guest asks to share") \
	X(SHARE_COMMIT, "every page of the share is ready: zero, map") \
	X(IMPLICIT_COMMIT, "a share by the ultravisor for itself is ready: note the frame, do not map it") \
	X(PSEUDO_COMMIT, "a share in the hypervisor's eyes only is ready: the secure frame stays mapped") \
	X(SHARE_REVERT, "the share was refused") \
	X(UNSHARE, "the guest asks to unshare") \
	X(UNSHARE_GIVEN, "the hypervisor gave the page up") \
	X(UNSHARE_COMMIT, "every page of the unshare is ready: zero") \
	X(UNSHARE_REVERT, "the unshare was refused") \
	X(PAGE_IN, "UV_PAGE_IN of a secure VM") \
	X(PAGE_IN_ESM, "UV_PAGE_IN of a VM that is becoming secure") \
	X(PAGE_OUT, "UV_PAGE_OUT") \
	X(PAGE_INVAL, "UV_PAGE_INVAL")
/* clang-format on */
enum gfn_event {
#define X(name, about) EVENT_##name,
	UV_GFN_EVENTS(X)
#undef X
		EVENT_COUNT
};

/* ILLEGAL is what is not written in the table: the model never does it. */
enum gfn_verdict { VERDICT_ILLEGAL, VERDICT_TO, VERDICT_REFUSED };

struct gfn_rule {
	uint8_t verdict; /* enum gfn_verdict */
	uint8_t next; /* enum gfn_state, of VERDICT_TO */
	int16_t code; /* of VERDICT_REFUSED */
};
extern const struct gfn_rule gfn_rules[GFN_STATE_COUNT][EVENT_COUNT];

/* What a storage interrupt does about a page that is not mapped. */
enum fault_action {
	FAULT_AGAIN, /* back to the guest, which tries again */
	FAULT_BACK, /* untouched: a zero frame */
	FAULT_PAGE_IN, /* H_SVM_PAGE_IN */
	FAULT_REFLECT, /* the hypervisor gives its frame back */
	FAULT_KILL, /* the guest may not touch this page */
	FAULT_NOWHERE, /* no slot: the access ends, the VM goes on */
};
extern const uint8_t fault_actions[GFN_STATE_COUNT];

#endif
