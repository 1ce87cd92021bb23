/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access.c - loads and stores of secure guests, translated.
 *
 * This is the hardware's walk of the page table the ultravisor keeps: no lock,
 * no context, one instant. An access to a secure frame lands at once; one to a
 * shared page goes on to the hypervisor's memory and is counted until it lands,
 * which is what a tlbie waits for (gfn_unmap).
 *
 * Locking: none, see above. Errors: BUS_FAULT makes the guest take a storage
 * interrupt. Blocking: never.
 */
#include "uv.h"

static struct gfn_entry *access_entry(struct uv *uv, const struct call *c, struct svm **out)
{
	struct svm *svm = c->arg[0] < uv->config.guest_count ? uv->svms[c->arg[0]] : NULL;

	*out = svm;
	return svm ? map_find(svm, (gfn_t){c->arg[1]}) : NULL;
}

static void access_reply(const struct call *c, enum bus_result result, token_t token)
{
	struct call answer = *c;

	answer.ret[0] = result;
	answer.ret[1] = (int64_t)token;
	answer.ret_count = 2;
	bus_reply(&answer, STEP_BUS);
}

static void access_secure(struct uv *uv, struct svm *svm, const struct gfn_entry *entry, const struct call *c)
{
	struct frame *frame = gfn_frame(uv, entry);

	if (c->arg[2]) {
		frame->token = c->arg[3];
		gfn_tell_content(svm, entry->gfn, frame->token);
	}
	access_reply(c, BUS_OK, frame->token);
}

static void access_shared(struct uv *uv, struct gfn_entry *entry, const struct call *c)
{
	struct call on = {.number = BUS_SHARED_ACCESS,
		.arg = {entry->host.n, c->arg[2], c->arg[3], c->arg[0], c->arg[1]},
		.arg_count = 5};

	entry->landing++;
	bus_forward(uv->config.hv, c, &on, STEP_BUS);
}

void access_on_bus(struct domain *d, const struct call *c)
{
	struct uv *uv = uv_of(d);
	struct svm *svm;

	if (c->number != BUS_ACCESS) {
		access_reply(c, BUS_NO_FRAME, TOKEN_ZERO);
		return;
	}
	struct gfn_entry *entry = access_entry(uv, c, &svm);
	bool mapped = entry && svm_mode_of(svm) == SVM_SECURE && entry->pte != PTE_NONE;
	if (!mapped || (entry->pte == PTE_SHARED && entry->write_protected && c->arg[2]))
		access_reply(c, BUS_FAULT, TOKEN_ZERO);
	else if (entry->pte == PTE_SECURE)
		access_secure(uv, svm, entry, c);
	else
		access_shared(uv, entry, c);
}

void access_on_bus_done(struct domain *d, struct call *original, const struct call *answer)
{
	struct svm *svm;
	/* The entry is still there: whoever removes it waits for this access first. */
	struct gfn_entry *entry = access_entry(uv_of(d), original, &svm);

	if (entry && --entry->landing == 0)
		gfn_landed(svm);
	access_reply(original, (enum bus_result)answer->ret[0], (token_t)answer->ret[1]);
}
