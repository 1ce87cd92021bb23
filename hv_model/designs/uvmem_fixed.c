/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_fixed.c - uvmem-lock with the smallest changes that keep every invariant
 * as long as everybody keeps the protocol. docs/designs.md says which scenario
 * demanded each of them, and what it costs.
 *
 * Three ideas carry most of it. What page_free touches (marks, private data) is
 * under the lock that page_free takes anyway, bitmap_lock. A page is moved first
 * and its content second: whatever can make the move fail has then cost nothing,
 * and what the ultravisor refuses can be taken back. And a device page whose
 * content nobody wants is not moved at all: it is unmapped, and who touches it
 * next finds zeros.
 *
 * Locking: slots_lock, srcu, mmap_lock, uvmem_lock, bitmap_lock. Errors:
 * hypercall codes. Blocking: yields.
 */
#include "anon_rmap.h"
#include "uvmem.h"

struct fixed_pvt {
	struct device_pvt common;
	struct fixed_pvt *next; /* thrown away by the process: in kvm->design_work */
};

/* ---- marks ------------------------------------------------------------------------------ */

/* The device page that a guest page is out on, with a reference; NULL: none, or it is about to go. */
static struct hv_page *fixed_get_device(struct hv_guest *kvm, gfn_t gfn, uint64_t *word)
{
	struct hv_page *page = NULL;

	sim_spin_lock(&kvm->hv->bitmap_lock);
	*word = uvmem_get(kvm, gfn);
	if ((*word & UVMEM_GFN_UVMEM) && *word != UVMEM_GFN_LOST)
		page = hpage_of_device(kvm->hv, (dfn_t){(uint32_t)*word});
	if (page && !hpage_tryget(page))
		page = NULL;
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	return page;
}

/* Whether the mark of a guest page names this device page. */
static bool fixed_names(struct hv_guest *kvm, gfn_t gfn, const struct hv_page *page)
{
	sim_spin_lock(&kvm->hv->bitmap_lock);
	bool named = uvmem_get(kvm, gfn) == uvmem_word_of(page);
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	return named;
}

static uint64_t fixed_word(struct hv_guest *kvm, gfn_t gfn)
{
	sim_spin_lock(&kvm->hv->bitmap_lock);
	uint64_t word = uvmem_get(kvm, gfn);
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	return word;
}

static void fixed_set_word(struct hv_guest *kvm, gfn_t gfn, uint64_t word)
{
	sim_spin_lock(&kvm->hv->bitmap_lock);
	uvmem_put(kvm, gfn, word);
	sim_spin_unlock(&kvm->hv->bitmap_lock);
}

/* The mark goes first: page_free then has nothing to do with it. */
bool fixed_throw_away(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv_page *page = NULL;

	sim_spin_lock(&kvm->hv->bitmap_lock);
	uint64_t word = uvmem_get(kvm, gfn);
	if (word & UVMEM_GFN_UVMEM)
		uvmem_put(kvm, gfn, 0);
	if ((word & UVMEM_GFN_UVMEM) && word != UVMEM_GFN_LOST)
		page = hpage_of_device(kvm->hv, (dfn_t){(uint32_t)word});
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	/* It needs no reference: nobody else maps a device page of this VM while uvmem_lock is held. */
	if (page)
		rmap_zap(kvm, page);
	return page != NULL;
}

/* ---- page-in: uvmem_lock, mmap_lock and srcu are held --------------------------------- */

/*
 * In Linux 5.18 to 6.0 a freed page has the count of a page in the pool only after page_free. One
 * that is on its way is passed over: whoever frees it needs nothing of ours to come to the end.
 */
static struct fixed_pvt *fixed_pvt_new(struct hv_guest *kvm, dfn_t *dfn)
{
	struct fixed_pvt *pvt = device_pvt_new(kvm, sizeof(*pvt), dfn);

	if (!pvt || hpage_in_pool(hpage_of_device(kvm->hv, *dfn)))
		return pvt;
	dfn_t passed = *dfn;
	struct fixed_pvt *other = fixed_pvt_new(kvm, dfn);
	device_page_release(kvm->hv, passed);
	heap_free(pvt);
	return other;
}

/* A device page whose mark is set; NULL: no memory. */
static struct hv_page *fixed_get_page(struct hv_guest *kvm, uint64_t gpa)
{
	dfn_t dfn;
	struct fixed_pvt *pvt = fixed_pvt_new(kvm, &dfn);

	if (!pvt)
		return NULL;
	struct hv_page *page = hpage_of_device(kvm->hv, dfn);
	sim_spin_lock(&kvm->hv->bitmap_lock);
	pvt->common.kvm = kvm;
	pvt->common.gpa = gpa;
	page->zone_device_data = pvt;
	uvmem_put(kvm, gfn_of_gpa(gpa), uvmem_word_of(page));
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	hpage_revive(page);
	return page;
}

/*
 * The move comes first. What the ultravisor then refuses is taken back by
 * migrate_finalize(), the mark by us. Where nothing was mapped there is nothing
 * to send: fine for a page that was never written, not for one that is paged out.
 */
static int64_t fixed_page_in_collected(struct device_migration *m, uint64_t gpa, bool pagein)
{
	struct hv_guest *kvm = m->mig.kvm;
	gfn_t gfn = gfn_of_gpa(gpa);
	uint64_t old = fixed_word(kvm, gfn);
	int64_t code = HOST_EBUSY;

	if (!m->entry.src && (old & UVMEM_GFN_MEM))
		return HOST_EINVAL;
	m->entry.dst = fixed_get_page(kvm, gpa);
	if (!m->entry.dst)
		return HOST_ENOMEM;
	migrate_move(&m->mig);
	if (m->entry.migrate)
		code = pagein && m->entry.src ? uv_page_in(kvm, m->entry.src, gpa, 0, ABI_PAGE_ORDER) : 0;
	if (code) {
		fixed_set_word(kvm, gfn, old);
		m->entry.migrate = false;
	}
	return code;
}

int64_t fixed_svm_page_in(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, bool pagein)
{
	struct device_migration m;
	int64_t code = device_migrate_setup(&m, kvm, vma, hva, MIGRATE_SYSTEM, NULL);

	if (code)
		return code;
	code = m.entry.migrate ? fixed_page_in_collected(&m, gpa, pagein) : HOST_EBUSY;
	migrate_finalize(&m.mig);
	return code;
}

/* Setting a migration up passes over swap entries: read the page back first. uvmem_lock is not held. */
static void fixed_swap_in(struct vma *vma, hva_t hva)
{
	if (pte_kind(mm_pte(vma->mm, hva)) == HOST_PTE_SWAP)
		mm_handle_fault(vma, hva, false);
}

static int64_t fixed_page_in_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	int64_t code = ABI_H_PARAMETER;
	hva_t hva;
	struct vma *vma = device_find_vma(kvm, gfn, &hva);

	if (!vma)
		return code;
	fixed_swap_in(vma, hva);
	sim_mutex_lock(&kvm->uvmem_lock);
	if (!uvmem_gfn_is_uvmem(kvm, gfn, NULL) && !fixed_svm_page_in(kvm, vma, hva, gpa, true))
		code = ABI_H_SUCCESS;
	sim_mutex_unlock(&kvm->uvmem_lock);
	return code;
}

/* ---- share -------------------------------------------------------------------------------- */

/* The page's content is not wanted: a share begins with zeros. */
static bool fixed_skip(struct hv_guest *kvm, gfn_t gfn, const uint64_t *mark)
{
	(void)mark;
	return fixed_throw_away(kvm, gfn);
}

static int64_t fixed_share_page(struct hv_guest *kvm, uint64_t gpa)
{
	int idx = sim_srcu_read_lock(&kvm->srcu);
	int64_t code = device_share(kvm, gpa, fixed_skip, NULL, uvmem_gfn_shared);
	sim_srcu_read_unlock(&kvm->srcu, idx);
	return code;
}

static int64_t fixed_h_svm_page_in(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_in(kvm, gpa, flags, order, fixed_share_page, fixed_page_in_mapped);
}

/* After H_SVM_INIT_DONE every page has a mark, and the ultravisor asks by a fault for shared ones only. */
static bool fixed_is_shared(struct hv_guest *kvm, gfn_t gfn)
{
	return (fixed_word(kvm, gfn) & UVMEM_GFN_SHARED) != 0;
}

static bool fixed_send_page_to_uv(struct hv_guest *kvm, gfn_t gfn)
{
	return device_send_page(kvm, gfn, fixed_is_shared);
}

/* ---- page-out: uvmem_lock is held, and a reference on the device page ------------------------- */

/* A normal page, the move, and only then the content. */
static int64_t fixed_fetch(struct device_migration *m, uint64_t gpa)
{
	struct hv_guest *kvm = m->mig.kvm;
	gfn_t gfn = gfn_of_gpa(gpa);
	int64_t code = HOST_EBUSY;

	m->entry.dst = hpage_alloc(kvm, gfn);
	if (!m->entry.dst)
		return HOST_ENOMEM;
	/* Nobody else knows the page yet. */
	sim_page_lock_lock_nested(&m->entry.dst->lock, 1);
	migrate_move(&m->mig);
	if (m->entry.migrate)
		code = uv_page_out(kvm, m->entry.dst, gpa, 0, ABI_PAGE_ORDER);
	if (code)
		m->entry.migrate = false;
	else
		uvmem_gfn_secure_mem(kvm, gfn);
	return code;
}

/*
 * Whoever was quicker has left the mark behind. A device page that is mapped and
 * has no mark is nobody's, and nobody can bring it back.
 */
static int64_t fixed_bring_back(struct hv_guest *kvm, struct hv_page *page, struct hv_page *fault_page)
{
	const struct device_pvt *pvt = device_page_pvt(page);
	struct device_migration m;

	if (!fixed_names(kvm, gfn_of_gpa(pvt->gpa), page))
		return hpage_mapped(page) ? HOST_EINVAL : 0;
	m.mig = (struct migrate_vma){.kvm = kvm,
		.start = mm_hva_of_gfn(kvm, gfn_of_gpa(pvt->gpa)),
		.pages = 1,
		.entries = &m.entry,
		.fault_page = fault_page,
		.any_refs = true};
	int64_t code = migrate_setup_page(&m.mig, page);
	if (code)
		return code;
	code = fixed_fetch(&m, pvt->gpa);
	migrate_finalize(&m.mig);
	return code;
}

/* One attempt, without locks; HOST_EBUSY: somebody has the page locked, and had it unlocked when this returns. */
static int64_t fixed_try_page_out(struct hv_guest *kvm, gfn_t gfn)
{
	uint64_t word;

	sim_mutex_lock(&kvm->uvmem_lock);
	struct hv_page *page = fixed_get_device(kvm, gfn, &word);
	int64_t code = page ? fixed_bring_back(kvm, page, NULL) : word & UVMEM_GFN_UVMEM ? HOST_EBUSY : 0;
	sim_mutex_unlock(&kvm->uvmem_lock);
	if (!page)
		return code;
	if (code == HOST_EBUSY) {
		/* A faulting thread of Linux 6.15 may have it, and wants uvmem_lock. */
		sim_page_lock_lock(&page->lock);
		sim_page_lock_unlock(&page->lock);
	}
	hpage_put(kvm->hv, page);
	return code;
}

static int64_t fixed_page_out(struct hv_guest *kvm, gfn_t gfn)
{
	int64_t code = HOST_EBUSY;
	for (unsigned i = 0; i < UVMEM_TRIES && code == HOST_EBUSY; i++)
		code = fixed_try_page_out(kvm, gfn);
	return code;
}

static int64_t fixed_page_out_mapped(struct hv_guest *kvm, uint64_t gpa)
{
	gfn_t gfn = gfn_of_gpa(gpa);
	hva_t hva;
	/* What is out is found by its mark, also where the process has moved it. */
	bool known = device_find_vma(kvm, gfn, &hva) || (fixed_word(kvm, gfn) & UVMEM_GFN_UVMEM);
	return known && !fixed_page_out(kvm, gfn) ? ABI_H_SUCCESS : ABI_H_PARAMETER;
}

static int64_t fixed_h_svm_page_out(struct hv_guest *kvm, uint64_t gpa, uint64_t flags, uint64_t order)
{
	return device_h_page_out(kvm, gpa, flags, order, fixed_page_out_mapped);
}

/* The VM that a device page belongs to, and a reference on the page; NULL: it is not that VM's any more. */
static struct hv_guest *fixed_hold(struct hv_guest *kvm, struct hv_page *page)
{
	sim_spin_lock(&kvm->hv->bitmap_lock);
	const struct device_pvt *pvt = page->zone_device_data;
	bool held = pvt && pvt->kvm == kvm && hpage_tryget(page);
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	return held ? kvm : NULL;
}

/* A page that could not be locked, or has gone meanwhile, is a matter of coming again. */
static int fixed_migrate_to_ram(struct vm_fault *vmf)
{
	struct hv_guest *kvm = fixed_hold(vmf->vma->mm->kvm, vmf->page);

	if (!kvm)
		return 0;
	sim_mutex_lock(&kvm->uvmem_lock);
	int64_t code = fixed_bring_back(kvm, vmf->page, vmf->page);
	sim_mutex_unlock(&kvm->uvmem_lock);
	hpage_put(kvm->hv, vmf->page);
	return code && code != HOST_EBUSY ? VM_FAULT_SIGBUS : 0;
}

/* ---- the last reference goes --------------------------------------------------------------------- */

/*
 * If the mark still names the page, the process has thrown it away, but for the
 * ultravisor it is secure. That cannot be put right here, under any lock: it is
 * noted, and done when the thread leaves the kernel.
 */
static void fixed_page_free(struct hv *hv, struct hv_page *page)
{
	struct fixed_pvt *pvt = device_page_pvt(page);
	struct hv_guest *kvm = pvt->common.kvm;
	gfn_t gfn = gfn_of_gpa(pvt->common.gpa);

	sim_spin_lock(&hv->bitmap_lock);
	bool lost = uvmem_get(kvm, gfn) == uvmem_word_of(page);
	if (lost) {
		uvmem_put(kvm, gfn, UVMEM_GFN_LOST);
		pvt->next = kvm->design_work;
		WRITE_ONCE(kvm->design_work, pvt);
	}
	page->zone_device_data = NULL;
	device_page_give(hv, hpage_dfn(page));
	sim_spin_unlock(&hv->bitmap_lock);
	if (lost)
		return;
	cost_charge(STEP_FREE);
	heap_free(pvt);
}

/* Content for nobody: the ultravisor is to know that the page is out of its hands. */
static void fixed_give_up(struct hv_guest *kvm, gfn_t gfn)
{
	struct hv_page *page = hpage_alloc(kvm, gfn);

	if (!page)
		return;
	if (uv_page_out(kvm, page, gpa_of_gfn(gfn), 0, ABI_PAGE_ORDER) == ABI_U_SUCCESS)
		uvmem_gfn_secure_mem(kvm, gfn);
	hpage_put(kvm->hv, page);
}

/* A page that the process threw away gets a device page again; where its memory is gone, it is paged out. */
static void fixed_mend(struct hv_guest *kvm, gfn_t gfn)
{
	hva_t hva;

	int idx = sim_srcu_read_lock(&kvm->srcu);
	sim_rwsem_read_lock(&kvm->mm.mmap_lock);
	struct vma *vma = device_find_vma(kvm, gfn, &hva);
	sim_mutex_lock(&kvm->uvmem_lock);
	if (fixed_word(kvm, gfn) == UVMEM_GFN_LOST &&
		(!vma || fixed_svm_page_in(kvm, vma, hva, gpa_of_gfn(gfn), false)))
		fixed_give_up(kvm, gfn);
	sim_mutex_unlock(&kvm->uvmem_lock);
	sim_rwsem_read_unlock(&kvm->mm.mmap_lock);
	sim_srcu_read_unlock(&kvm->srcu, idx);
}

static struct fixed_pvt *fixed_next_work(struct hv_guest *kvm)
{
	sim_spin_lock(&kvm->hv->bitmap_lock);
	struct fixed_pvt *pvt = kvm->design_work;
	if (pvt)
		WRITE_ONCE(kvm->design_work, pvt->next);
	sim_spin_unlock(&kvm->hv->bitmap_lock);
	return pvt;
}

/* Nobody pays for a look at an empty list. */
static void fixed_task_work(struct hv_guest *kvm)
{
	struct fixed_pvt *pvt;

	while (READ_ONCE(kvm->design_work) && (pvt = fixed_next_work(kvm))) {
		fixed_mend(kvm, gfn_of_gpa(pvt->common.gpa));
		cost_charge(STEP_FREE);
		heap_free(pvt);
	}
}

/* ---- memslots, and the end of the VM ------------------------------------------------------------------ */

static void fixed_drop_page(struct hv_guest *kvm, gfn_t gfn, bool with_content)
{
	if (with_content)
		fixed_page_out(kvm, gfn);
	sim_mutex_lock(&kvm->uvmem_lock);
	fixed_throw_away(kvm, gfn);
	uvmem_gfn_remove(kvm, gfn);
	sim_mutex_unlock(&kvm->uvmem_lock);
}

/* By their marks, wherever the process has them mapped by now. */
static void fixed_drop_pages(struct hv_guest *kvm, const struct memslot *slot, bool with_content)
{
	for (uint64_t i = 0; i < slot->pages; i++)
		fixed_drop_page(kvm, (gfn_t){slot->base.n + i}, with_content);
}

static void fixed_memslot_flush(struct hv_guest *kvm, const struct memslot *slot)
{
	fixed_drop_pages(kvm, slot, false);
}

/* The process may live on, with device pages mapped: they go before the VM that they name. */
static void fixed_guest_destroy(struct hv_guest *kvm)
{
	struct fixed_pvt *pvt;

	sim_mutex_lock(&kvm->uvmem_lock);
	uvmem_slot_free_all(kvm);
	sim_mutex_unlock(&kvm->uvmem_lock);
	while ((pvt = fixed_next_work(kvm))) {
		cost_charge(STEP_FREE);
		heap_free(pvt);
	}
}

const struct hv_design design_UVMEM_FIXED = {
	/* A word of the array; private data of 32 bytes from kmalloc. */
	.bytes_per_page = 8,
	.bytes_per_device_page = 32,
	.marks = 1u << HV_MARK_NONE | 1u << HV_MARK_UVMEM | 1u << HV_MARK_MEM | 1u << HV_MARK_SHARED,
	.inval_order = ABI_PAGE_ORDER,
	.secure_marked = true,
	.flags_keep_pages = true,
	.secure_stays = true,
	.create_may_fail = true,
	.one_at_a_time = true,
	.checks_invalidation = true,
	.no_policy = {[SLOT_DELETE_FORGET] =
			      "the marks lie in an array that goes with the slot, and a device page without a "
			      "mark leads nowhere"},
	.init_start = uvmem_h_svm_init_start,
	.init_done = uvmem_h_svm_init_done,
	.init_abort = uvmem_h_svm_init_abort,
	.page_in = fixed_h_svm_page_in,
	.page_out = fixed_h_svm_page_out,
	.send_page_to_uv = fixed_send_page_to_uv,
	.memslot_create = uvmem_memslot_create,
	.memslot_flush = fixed_memslot_flush,
	.memslot_drop = fixed_drop_pages,
	.memslot_delete = uvmem_memslot_delete,
	.svm_off = uvmem_svm_off,
	.migrate_to_ram = fixed_migrate_to_ram,
	.page_free = fixed_page_free,
	.task_work = fixed_task_work,
	.guest_destroy = fixed_guest_destroy,
	.mark_of = uvmem_mark_of,
	.marked = uvmem_marked,
};
