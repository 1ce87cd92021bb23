/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame_bus.c - memory on the bus: normal frames, as others see them.
 *
 * Guests reach their pages through the partition-scoped table, the ultravisor
 * names frames by itself. Memory does not know who ought to use it: a frame
 * that was freed, or stands for another page now, is read and written all the
 * same, and the trace says which page's content that is.
 *
 * What is in a frame is the users' own, who may write it at any time: accesses to
 * it are no accesses of the kernel's, and race with nothing.
 *
 * Locking: none, as hardware. Errors: BUS_FAULT, BUS_NO_FRAME. Blocking: never.
 */
#include "hv.h"

HV_UNSEEN token_t hv_frame_read(struct hv *hv, hfn_t hfn)
{
	return frame_at(&hv->frames, hfn.n)->token;
}

HV_UNSEEN void hv_frame_write(struct hv *hv, hfn_t hfn, token_t token)
{
	struct frame *frame = frame_at(&hv->frames, hfn.n);
	frame->token = token;
	if (frame_has_page(frame))
		trace_emit(TRACE_CONTENT, TRACE_SIDE_HOST, frame->owner, token);
}

HV_UNSEEN void hv_frame_fill(struct hv *hv, hfn_t hfn, token_t token)
{
	frame_at(&hv->frames, hfn.n)->token = token;
}

HV_UNSEEN void hv_frame_own(struct hv *hv, hfn_t hfn, uint64_t owner)
{
	frame_at(&hv->frames, hfn.n)->owner = owner;
	reuse_own(hv->frame_uses, hfn.n, owner & FRAME_HOST ? PEF_NEVER : owner);
}

/* What the ultravisor does with a frame, it does with the use of it that it was told of. */
HV_UNSEEN static void frame_check_lent(struct hv *hv, hfn_t hfn, uint64_t page)
{
	struct hv_guest *kvm = hv_guest_of(hv, trace_page_guest(page));
	const uint64_t *word = kvm ? hv_sparse_at(&kvm->lent, trace_page_gfn(page).n, false) : NULL;

	if (word && (uint32_t)*word == hfn.n)
		reuse_check(hv->frame_uses, hfn.n, (uint32_t)(*word >> 32), page, "what the ultravisor was told");
}

static void frame_access(struct hv *hv, hfn_t hfn, bool write, token_t token, struct call *answer)
{
	if (!frame_at(&hv->frames, hfn.n)) {
		answer->ret[0] = BUS_NO_FRAME;
		return;
	}
	if (write)
		hv_frame_write(hv, hfn, token);
	answer->ret[0] = BUS_OK;
	answer->ret[1] = (int64_t)hv_frame_read(hv, hfn);
}

/* arg: guest, gfn, write, token */
static void frame_guest_access(struct hv *hv, struct call *c)
{
	struct hv_guest *kvm = hv_guest_of(hv, c->arg[0]);
	bool writable = false;
	hfn_t hfn = kvm ? psp_translate(kvm, (gfn_t){c->arg[1]}, &writable) : HFN_NONE;

	c->ret[0] = BUS_FAULT;
	if (hfn.n != HFN_NONE.n && (c->arg[2] == 0 || writable))
		frame_access(hv, hfn, c->arg[2] != 0, c->arg[3], c);
}

/* A frame number in a register may be anything. */
static hfn_t frame_arg(uint64_t arg)
{
	return arg < UINT32_MAX ? (hfn_t){(uint32_t)arg} : HFN_NONE;
}

static void frame_answer(struct hv *hv, struct call *c)
{
	c->ret_count = 2;
	c->ret[0] = BUS_NO_FRAME;
	c->ret[1] = 0;
	switch ((enum bus_number)c->number) {
	case BUS_ACCESS:
		frame_guest_access(hv, c);
		break;
	case BUS_FRAME_READ:
		frame_check_lent(hv, frame_arg(c->arg[0]), c->arg[1]);
		frame_access(hv, frame_arg(c->arg[0]), false, 0, c);
		break;
	case BUS_FRAME_WRITE:
		frame_check_lent(hv, frame_arg(c->arg[0]), c->arg[2]);
		frame_access(hv, frame_arg(c->arg[0]), true, c->arg[1], c);
		break;
	case BUS_SHARED_ACCESS:
		frame_check_lent(hv, frame_arg(c->arg[0]), trace_page((unsigned)c->arg[3], (gfn_t){c->arg[4]}));
		frame_access(hv, frame_arg(c->arg[0]), c->arg[1] != 0, c->arg[2], c);
		break;
	}
}

void hv_on_bus(struct domain *d, const struct call *c)
{
	struct call answer = *c;
	frame_answer(domain_model(d), &answer);
	bus_reply(&answer, STEP_BUS);
}
