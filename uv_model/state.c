/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.c - the state machine of one GFN, as a table.
 *
 * The states are those of the published firmware; what they answer under the
 * documented protocol differs from it where the firmware forgets: an
 * invalidated frame can not be committed, an unshare can be refused and undone,
 * and every refusal is a code the document lists for that call. UV_PAGE_OUT of a
 * page in a transient state is answered "try again" (U_BUSY), of a page that is
 * out already "this gpa is not one" (U_P3), of a shared page with success.
 *
 * Locking: constant. Errors: see state.h. Blocking: never.
 */
#include "state.h"

#define TO(state) \
	{ \
		VERDICT_TO, GFN_##state, 0 \
	}
#define NO(c) \
	{ \
		VERDICT_REFUSED, 0, ABI_##c \
	}

/* Who meets a page in the middle of another call's work. */
#define TRANSIENT [EVENT_SHARE] = NO(U_P2), [EVENT_UNSHARE] = NO(U_P2), [EVENT_PAGE_OUT] = NO(U_BUSY)

/*U:120
 * Every page of a secure guest is in one of these states, and this is what may happen to it. What is
 * not written never happens by the model's own doing; a call that hits such a cell is refused. The
 * states with HV in their names are those of a share or unshare under way: the hypervisor has been
 * asked, no lock is held, and other calls may come in between.
 :*/
const struct gfn_rule gfn_rules[GFN_STATE_COUNT][EVENT_COUNT] =
	{
		[GFN_SECURE] =
			{
				[EVENT_SHARE] = TO(HV_SHARING),
				[EVENT_UNSHARE] = TO(SECURE),
				[EVENT_UNSHARE_COMMIT] = TO(SECURE),
				[EVENT_PAGE_IN] = NO(U_P2),
				[EVENT_PAGE_IN_ESM] = TO(SECURE),
				[EVENT_PAGE_OUT] = TO(PAGEDOUT),
				[EVENT_PAGE_INVAL] = NO(U_P2),
			},
		[GFN_PAGEDOUT] =
			{
				/* Both bring the page in first; its content goes with the commit. */
				[EVENT_SHARE] = TO(PAGEDOUT),
				[EVENT_UNSHARE] = TO(PAGEDOUT),
				[EVENT_PAGE_IN] = TO(SECURE),
				[EVENT_PAGE_IN_ESM] = TO(SECURE),
				[EVENT_PAGE_OUT] = NO(U_P3),
				[EVENT_PAGE_INVAL] = NO(U_P2),
			},
		[GFN_HV_SHARING] =
			{
				TRANSIENT,
				[EVENT_SHARE_REVERT] = TO(SECURE),
				[EVENT_PAGE_IN] = TO(HV_SHARED),
				[EVENT_PAGE_IN_ESM] = TO(HV_SHARED),
				[EVENT_PAGE_INVAL] = NO(U_P2),
			},
		[GFN_HV_SHARED] =
			{
				TRANSIENT,
				[EVENT_SHARE_COMMIT] = TO(SHARED),
				[EVENT_IMPLICIT_COMMIT] = TO(IMPLICIT),
				[EVENT_PSEUDO_COMMIT] = TO(PSEUDO),
				[EVENT_SHARE_REVERT] = TO(SECURE),
				[EVENT_PAGE_IN] = TO(HV_SHARED),
				[EVENT_PAGE_IN_ESM] = TO(HV_SHARED),
				[EVENT_PAGE_INVAL] = TO(HV_SHARED_INV),
			},
		[GFN_HV_SHARED_INV] =
			{
				/* No frame to commit: the share asks the hypervisor once more. */
				TRANSIENT,
				[EVENT_SHARE_REVERT] = TO(SECURE),
				[EVENT_PAGE_IN] = TO(HV_SHARED),
				[EVENT_PAGE_IN_ESM] = TO(HV_SHARED),
				[EVENT_PAGE_INVAL] = TO(HV_SHARED_INV),
			},
		[GFN_SHARED] =
			{
				[EVENT_SHARE] = TO(SHARED),
				[EVENT_SHARE_COMMIT] = TO(SHARED),
				[EVENT_UNSHARE] = TO(HV_UNSHARING),
				[EVENT_PAGE_IN] = TO(SHARED),
				[EVENT_PAGE_OUT] = TO(SHARED),
				[EVENT_PAGE_INVAL] = TO(SHARED_INV),
			},
		[GFN_SHARED_INV] =
			{
				[EVENT_SHARE] = TO(SHARED_INV),
				[EVENT_UNSHARE] = TO(HV_UNSHARING),
				[EVENT_PAGE_IN] = TO(SHARED),
				[EVENT_PAGE_OUT] = TO(SHARED_INV),
				[EVENT_PAGE_INVAL] = TO(SHARED_INV),
			},
		[GFN_IMPLICIT] =
			{
				[EVENT_SHARE] = TO(IMPLICIT),
				[EVENT_SHARE_COMMIT] = TO(IMPLICIT),
				[EVENT_UNSHARE] = NO(U_P2),
				[EVENT_PAGE_IN] = TO(IMPLICIT),
				[EVENT_PAGE_IN_ESM] = TO(IMPLICIT),
				[EVENT_PAGE_OUT] = TO(IMPLICIT),
				[EVENT_PAGE_INVAL] = TO(IMPLICIT_INV),
			},
		[GFN_IMPLICIT_INV] =
			{
				[EVENT_SHARE] = TO(IMPLICIT_INV),
				[EVENT_SHARE_COMMIT] = TO(IMPLICIT_INV),
				[EVENT_UNSHARE] = NO(U_P2),
				[EVENT_PAGE_IN] = TO(IMPLICIT),
				[EVENT_PAGE_IN_ESM] = TO(IMPLICIT),
				[EVENT_PAGE_OUT] = TO(IMPLICIT_INV),
				[EVENT_PAGE_INVAL] = TO(IMPLICIT_INV),
			},
		[GFN_PSEUDO] =
			{
				[EVENT_SHARE] = TO(PSEUDO),
				[EVENT_SHARE_COMMIT] = TO(PSEUDO),
				[EVENT_UNSHARE] = NO(U_P2),
				[EVENT_PAGE_IN] = TO(PSEUDO),
				[EVENT_PAGE_IN_ESM] = TO(PSEUDO),
				[EVENT_PAGE_OUT] = TO(PSEUDO),
				[EVENT_PAGE_INVAL] = TO(PSEUDO_INV),
			},
		[GFN_PSEUDO_INV] =
			{
				[EVENT_SHARE] = TO(PSEUDO_INV),
				[EVENT_SHARE_COMMIT] = TO(PSEUDO_INV),
				[EVENT_UNSHARE] = NO(U_P2),
				[EVENT_PAGE_IN] = TO(PSEUDO),
				[EVENT_PAGE_IN_ESM] = TO(PSEUDO),
				[EVENT_PAGE_OUT] = TO(PSEUDO_INV),
				[EVENT_PAGE_INVAL] = TO(PSEUDO_INV),
			},
		[GFN_HV_UNSHARING] =
			{
				TRANSIENT,
				[EVENT_UNSHARE_GIVEN] = TO(HV_UNSHARED),
				/* The host's frame was unmapped and forgotten: the next access asks for it. */
				[EVENT_UNSHARE_REVERT] = TO(SHARED_INV),
				[EVENT_PAGE_IN] = TO(HV_UNSHARING),
				[EVENT_PAGE_INVAL] = TO(HV_UNSHARING_INV),
			},
		[GFN_HV_UNSHARING_INV] =
			{
				TRANSIENT,
				[EVENT_UNSHARE_GIVEN] = TO(HV_UNSHARED),
				[EVENT_UNSHARE_REVERT] = TO(SHARED_INV),
				[EVENT_PAGE_IN] = TO(HV_UNSHARING),
				[EVENT_PAGE_INVAL] = TO(HV_UNSHARING_INV),
			},
		[GFN_HV_UNSHARED] =
			{
				TRANSIENT,
				[EVENT_UNSHARE_COMMIT] = TO(SECURE),
				/* The hypervisor has freed its frame: the page is shared anew with what was kept of it. */
				[EVENT_UNSHARE_REVERT] = TO(SECURE),
				[EVENT_PAGE_IN] = NO(U_P2),
				[EVENT_PAGE_INVAL] = NO(U_P2),
			},
};

/* Anything that is not named here is a state somebody is about to leave. */
const uint8_t fault_actions[GFN_STATE_COUNT] = {
	[GFN_SECURE] = FAULT_BACK,
	[GFN_PAGEDOUT] = FAULT_PAGE_IN,
	[GFN_SHARED] = FAULT_REFLECT,
	[GFN_SHARED_INV] = FAULT_REFLECT,
	[GFN_IMPLICIT] = FAULT_KILL,
	[GFN_IMPLICIT_INV] = FAULT_KILL,
};
