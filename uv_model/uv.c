/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uv.c - the ultravisor as the rest of the simulator sees it (model.h).
 *
 * Locking: uv_create runs before the simulation and the views after it, so
 * neither needs a lock. Errors: none. Blocking: uv_spontaneous yields.
 */
#include "uv.h"

const struct domain_ops uv_domain_ops = {
	.on_call = dispatch_on_call,
	.on_bus = access_on_bus,
	.on_bus_done = access_on_bus_done,
};

struct uv *uv_create(const struct world_config *config)
{
	struct uv *uv = domain_arena_alloc(config->uv, sizeof(*uv));

	uv->config = *config;
	frame_pool_init(config->uv, &uv->frames, config->secure_frames);
	uv->frame_uses = reuse_create(config->uv, OBJ_SECURE_FRAME, config->secure_frames);
	uv->pates = domain_arena_alloc(config->uv, UV_PARTITIONS * sizeof(*uv->pates));
	uv->map_pool.domain = config->uv;
	map_pool_init(&uv->map_pool);
	sim_spin_init(&uv->svm_lock, obj_make(OBJ_SVM_LIST_LOCK, OBJ_NO_GUEST, OBJ_NO_INDEX));
	domain_set_model(config->uv, uv);
	return uv;
}

static bool uv_takes_page(uint32_t hcall)
{
	return hcall == ABI_H_SVM_PAGE_IN || hcall == ABI_H_SVM_PAGE_OUT;
}

int64_t uv_spontaneous(struct uv *uv, unsigned guest, unsigned vcpu, uint32_t hcall, gfn_t gfn, uint64_t flags)
{
	struct svm *svm = svm_get(uv, guest);
	struct vcpu_id id = {guest, vcpu};
	int64_t code =
		uv_takes_page(hcall) ? reflect_page(uv, svm, id, hcall, gfn, flags) : reflect_plain(uv, svm, id, hcall);
	svm_put(uv, svm);
	return code;
}

bool uv_terminate(struct uv *uv, unsigned guest)
{
	struct svm *svm = svm_get(uv, guest);
	if (!svm)
		return false;
	svm_terminate(uv, svm);
	svm_put(uv, svm);
	return true;
}

/* Whether the page is one that memory pressure would push out. */
static bool uv_page_evictable(struct svm *svm, gfn_t gfn)
{
	gfn_lock(svm, gfn);
	const struct gfn_entry *entry = map_find(svm, gfn);
	bool evictable = entry && entry->state == GFN_SECURE && entry->pte == PTE_SECURE;
	gfn_unlock(svm, gfn);
	return evictable;
}

int64_t uv_evict_page(struct uv *uv, unsigned guest, unsigned vcpu, gfn_t gfn)
{
	struct svm *svm = svm_get(uv, guest);
	int64_t code = ABI_U_INVALID;
	if (svm && svm_mode_of(svm) == SVM_SECURE && uv_page_evictable(svm, gfn))
		code = reflect_page(uv, svm, (struct vcpu_id){guest, vcpu}, ABI_H_SVM_PAGE_OUT, gfn, 0);
	svm_put(uv, svm);
	return code;
}

static const struct svm *uv_live_svm(const struct uv *uv, unsigned guest)
{
	const struct svm *svm = guest < uv->config.guest_count ? uv->svms[guest] : NULL;
	return svm && (svm_mode_of(svm) == SVM_ACTIVE || svm_mode_of(svm) == SVM_SECURE) ? svm : NULL;
}

static bool uv_page_is_known(const struct svm *svm, gfn_t gfn)
{
	for (const struct uv_slot *slot = svm ? svm->slots : NULL; slot; slot = slot->next) {
		if (gfn.n >= slot->base.n && gfn.n - slot->base.n < slot->pages)
			return true;
	}
	return false;
}

void uv_view_page(struct uv *uv, unsigned guest, gfn_t gfn, struct uv_page_view *out)
{
	const struct svm *svm = uv_live_svm(uv, guest);
	const struct gfn_entry *entry = svm ? map_find(svm, gfn) : NULL;
	const struct frame *frame = gfn_frame(uv, entry);

	*out = (struct uv_page_view){.known = uv_page_is_known(svm, gfn), .shared_frame = HFN_NONE};
	if (!out->known || !entry)
		return;
	out->state = gfn_state_of(entry);
	out->mapped = entry->pte != PTE_NONE;
	out->touched = frame || out->state != GFN_SECURE;
	out->token = frame ? frame->token : TOKEN_ZERO;
	if (entry->pte == PTE_SHARED)
		out->shared_frame = entry->host;
}

const char *uv_gone(const struct uv *uv, obj_t name)
{
	unsigned guest = obj_guest(name);

	return guest < uv->config.guest_count && !uv->svms[guest] ? "the secure VM is terminated" : NULL;
}

void uv_memory(const struct uv *uv, struct model_memory *out)
{
	*out = (struct model_memory){
		.frames = uv->frames.used * sizeof(struct frame),
		.entries = map_pool_bytes(&uv->map_pool),
	};
}

bool uv_is_secure(struct uv *uv, unsigned guest)
{
	const struct svm *svm = uv_live_svm(uv, guest);
	return svm && svm_mode_of(svm) == SVM_SECURE;
}
