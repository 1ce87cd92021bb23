/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hv.c - the hypervisor comes to be, and shows its tables to checks.
 *
 * Everything that lives as long as the machine lies in the domain's arena: the
 * VMs' kernel objects, struct pages, page tables. What the kernel allocates and
 * frees at run time lies in the simulated heap, where a stale pointer is told.
 * So a struct kvm outlives its VM here; no path in Linux that is modelled uses
 * one after its last reference, which hv_guest_enter() counts.
 *
 * Locking: creation is before the run; views are outside of it. Errors: none.
 * Blocking: hv_guest_leave passes a point.
 */
#include "design.h"
#include "era.h"

const struct domain_ops hv_domain_ops = {
	.on_call = hv_on_call,
	.on_bus = hv_on_bus,
};

static const struct hv_design *const hv_designs[DESIGN_COUNT] = {
#define X(id, name, about) [DESIGN_##id] = &design_##id,
	PEF_DESIGNS(X)
#undef X
};

const struct hv_design *hv_design_of(enum design_id id)
{
	return id < DESIGN_COUNT ? hv_designs[id] : kernel_design_of(id - DESIGN_COUNT);
}

/* The process's locks have no index, its child's have 1. */
static void hv_init_mm(struct hv_guest *kvm, struct hv_mm *mm, bool child)
{
	uint32_t index = child ? 1 : OBJ_NO_INDEX;
	mm->kvm = kvm;
	mm->child = child;
	mm->notified = !child;
	sim_rwsem_init(&mm->mmap_lock, obj_make(OBJ_MMAP_LOCK, kvm->index, index));
	sim_spin_init(&mm->ptl, obj_make(OBJ_PTL, kvm->index, index));
	sim_waitqueue_init(&mm->migration, obj_make(OBJ_PAGE, kvm->index, index));
	mm->ptes.domain = kvm->hv->domain;
}

static void hv_init_guest(struct hv *hv, struct hv_guest *kvm, const struct model_guest *config)
{
	unsigned i = config->index;
	kvm->hv = hv;
	kvm->index = i;
	kvm->lpid = config->lpid;
	kvm->vcpu_count = config->vcpu_count;
	kvm->svm_enabled = config->svm_enabled;
	kvm->mmu_ready = 1;
	memslot_init(kvm);
	kvm->psp.domain = hv->domain;
	kvm->lent.domain = hv->domain;
	kvm->vcpu_ctx = domain_arena_alloc(hv->domain, (kvm->vcpu_count + 1) * sizeof(struct context *));
	kvm->vcpu_runs = domain_arena_alloc(hv->domain, kvm->vcpu_count + 1);
	sim_mutex_init(&kvm->slots_lock, obj_make(OBJ_SLOTS_LOCK, i, OBJ_NO_INDEX));
	sim_mutex_init(&kvm->slots_arch_lock, obj_make(OBJ_SLOTS_ARCH_LOCK, i, OBJ_NO_INDEX));
	sim_mutex_init(&kvm->uvmem_lock, obj_make(OBJ_UVMEM_LOCK, i, OBJ_NO_INDEX));
	sim_mutex_init(&kvm->mmu_setup_lock, obj_make(OBJ_MMU_SETUP_LOCK, i, OBJ_NO_INDEX));
	sim_srcu_init(&kvm->srcu, obj_make(OBJ_KVM_SRCU, i, OBJ_NO_INDEX));
	sim_spin_init(&kvm->mmu_lock, obj_make(OBJ_MMU_LOCK, i, OBJ_NO_INDEX));
	sim_spin_init(&kvm->mn_lock, obj_make(OBJ_MN_LOCK, i, OBJ_NO_INDEX));
	sim_waitqueue_init(&kvm->mn_wait, obj_make(OBJ_NOTIFIER, i, OBJ_NO_INDEX));
	sim_waitqueue_init(&kvm->users_wait, obj_make(OBJ_KVM_LOCK, i, OBJ_NO_INDEX));
	hv_init_mm(kvm, &kvm->mm, false);
	hv_init_mm(kvm, &kvm->child, true);
	if (hv->design->guest_create)
		hv->design->guest_create(kvm);
}

struct hv *hv_create(const struct world_config *config)
{
	struct domain *d = config->hv;
	struct hv *hv = domain_arena_alloc(d, sizeof(*hv));
	hv->config = *config;
	hv->domain = d;
	hv->design = hv_design_of(config->design);
	hv->era = era_rules_of(config->era);
	/* Frame 0 is the host kernel's zero page, on top of what the configuration offers. */
	frame_pool_init(d, &hv->frames, config->normal_frames + 1);
	hv->frame_uses = reuse_create(d, OBJ_NORMAL_FRAME, config->normal_frames + 1);
	hv->device_uses = reuse_create(d, OBJ_DEVICE_PAGE, config->pool_pages);
	frame_take(&hv->frames, FRAME_HOST);
	swap_init(d, &hv->swap);
	if (config->secure_frames > 0)
		devpool_init(d, &hv->pool, config->pool_pages);
	hpage_map_init(hv, hv->frames.limit, hv->pool.pages);
	hpage_of_frame(hv, HFN_ZERO)->refs = 1;
	sim_spin_init(&hv->bitmap_lock, obj_make(OBJ_BITMAP_LOCK, OBJ_NO_GUEST, OBJ_NO_INDEX));
	if (hv->design->machine_create)
		hv->design->machine_create(hv);
	hv->guest_count = config->guest_count;
	hv->guests = domain_arena_alloc(d, (config->guest_count + 1) * sizeof(struct hv_guest));
	for (unsigned i = 0; i < config->guest_count; i++)
		hv_init_guest(hv, &hv->guests[i], &config->guests[i]);
	domain_set_model(d, hv);
	return hv;
}

HV_UNSEEN struct hv_guest *hv_guest_of(struct hv *hv, uint64_t index)
{
	if (index >= hv->guest_count || hv->guests[index].closed)
		return NULL;
	return &hv->guests[index];
}

HV_UNSEEN void hv_guest_enter(struct hv_guest *kvm)
{
	kvm->users++;
	if (kvm->closed)
		order_acquire_at(&kvm->closed);
}

HV_UNSEEN void hv_guest_leave(struct hv_guest *kvm)
{
	order_release_at(&kvm->users);
	if (--kvm->users <= kvm->leaving)
		hv_wake(&kvm->users_wait);
}

void *hv_alloc(size_t size, obj_t name)
{
	cost_charge(STEP_ALLOC);
	return inject_fails(INJECT_ALLOC, name) ? NULL : heap_alloc(size, name);
}

/* Nobody pays for waking nobody. */
HV_UNSEEN void hv_wake(struct sim_waitqueue *queue)
{
	if (queue->queue.head)
		sim_waitqueue_wake_all(queue);
	else
		sim_waitqueue_miss(queue);
}

/* ---- views ---------------------------------------------------------------------- */

/* What is mapped behind a guest page; an address that is another page's by now is not. */
HV_UNSEEN static pte_t hv_view_pte(struct hv_guest *kvm, gfn_t gfn)
{
	hva_t hva = mm_hva_of_gfn(kvm, gfn);
	const uint64_t *word = hv_sparse_at(&kvm->mm.ptes, gfn_of_hva(hva).n, false);
	return word && mm_gfn_of_hva(kvm, hva).n == gfn.n ? (pte_t){*word} : PTE_NONE;
}

HV_UNSEEN void hv_view_page(struct hv *hv, unsigned guest, gfn_t gfn, struct hv_page_view *out)
{
	*out = (struct hv_page_view){.device = DFN_NONE};
	if (guest >= hv->guest_count || gfn.n >= GFN_MAX)
		return;
	struct hv_guest *kvm = &hv->guests[guest];
	out->gone = kvm->closed;
	pte_t pte = hv_view_pte(kvm, gfn);
	out->in_slot = memslots_find_gfn(kvm->slots, gfn) != NULL;
	out->mark = hv->design->mark_of(kvm, gfn);
	out->pte = pte_kind(pte);
	if (out->pte == HOST_PTE_NORMAL)
		out->token = frame_at(&hv->frames, pte_number(pte))->token;
	if (out->pte == HOST_PTE_DEVICE)
		out->device = (dfn_t){pte_number(pte)};
}

HV_UNSEEN uint32_t hv_pool_used(struct hv *hv)
{
	return hv->pool.used;
}

/* Device pages that an mm maps. */
HV_UNSEEN static uint32_t hv_device_ptes(struct hv_mm *mm)
{
	uint32_t count = 0;
	for (hva_t at = hva_of_gfn((gfn_t){0}); mm_next_pte(mm, &at); at.n++)
		count += pte_kind(mm_pte(mm, at)) == HOST_PTE_DEVICE;
	return count;
}

HV_UNSEEN uint32_t hv_pool_marked(struct hv *hv)
{
	uint32_t count = 0;
	for (unsigned i = 0; i < hv->guest_count; i++)
		count += hv->guests[i].closed ? hv_device_ptes(&hv->guests[i].mm) : hv->design->marked(&hv->guests[i]);
	return count;
}

/* The VM's objects go with it; its process's memory, device pages included, lives as long as that, or its child. */
HV_UNSEEN const char *hv_gone(const struct hv *hv, obj_t name)
{
	enum obj_type type = obj_type(name);
	unsigned guest = obj_guest(name);
	const struct hv_guest *kvm = guest < hv->guest_count ? &hv->guests[guest] : NULL;

	if (!kvm || !kvm->closed)
		return NULL;
	if (type == OBJ_MEMSLOT || type == OBJ_RMAP || type == OBJ_PFNS || type == OBJ_UVMEM_SLOT)
		return "the VM is destroyed";
	return kvm->exited && !kvm->forked ? "the VM is destroyed and its process has exited" : NULL;
}

void hv_memory(const struct hv *hv, struct model_memory *out)
{
	*out = (struct model_memory){
		.normal_pages = hv->frames.used * sizeof(struct hv_page),
		.device_pages = hv->pool.used * sizeof(struct hv_page),
		.frames = hv->frames.used * sizeof(struct frame),
		.pool = devpool_bytes(&hv->pool),
	};
	for (unsigned i = 0; i < hv->guest_count; i++)
		out->page_tables += hv->guests[i].mm.ptes.bytes + hv->guests[i].psp.bytes;
}

unsigned hv_bytes_per_page(enum design_id design)
{
	return hv_design_of(design)->bytes_per_page;
}

unsigned hv_bytes_per_device_page(enum design_id design)
{
	return hv_design_of(design)->bytes_per_device_page;
}

unsigned hv_marks(enum design_id design)
{
	return hv_design_of(design)->marks;
}

const char *policy_why(enum design_id design, enum slot_delete policy)
{
	return hv_design_of(design)->no_policy[policy];
}
