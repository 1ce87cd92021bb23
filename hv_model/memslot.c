/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memslot.c - memslots come, go, move and change, in the phases of kvm_set_memslot().
 *
 * As virt/kvm/kvm_main.c of Linux 6.1: a deletion first publishes a table in
 * which the slot is invalid, waits for the readers of the old one, flushes what
 * the slot's pages are used for, publishes a table without it, waits again, and
 * only then commits and frees. slots_arch_lock is given up before each wait,
 * because a reader may want it. A table is not published while an invalidation
 * runs: its start and end must see the same slots.
 *
 * Locking: takes slots_lock, then slots_arch_lock; readers hold srcu.
 * Errors: HOST_EINVAL, HOST_EEXIST, HOST_ENOMEM. Blocking: yields.
 */
#include "design.h"

#include <string.h>

const struct memslots *memslot_table(struct hv_guest *kvm)
{
	return HV_FOLLOW(kvm->slots);
}

const struct memslot *memslot_of_gfn(struct hv_guest *kvm, gfn_t gfn)
{
	cost_charge(STEP_LIST_STEP);
	return memslots_find_gfn(memslot_table(kvm), gfn);
}

bool hv_gfn_to_hva(struct hv_guest *kvm, gfn_t gfn, hva_t *out)
{
	const struct memslot *slot = memslot_of_gfn(kvm, gfn);
	if (!slot || slot->invalid)
		return false;
	*out = memslot_hva(slot, gfn);
	return true;
}

/* ---- tables ------------------------------------------------------------------------- */

static struct memslots *memslot_alloc_table(struct hv_guest *kvm, uint32_t count)
{
	cost_charge(STEP_ALLOC);
	struct memslots *table = heap_alloc(
		sizeof(*table) + count * sizeof(struct memslot), obj_make(OBJ_MEMSLOT, kvm->index, OBJ_NO_INDEX));
	table->generation = kvm->slots->generation + 1;
	table->count = count;
	return table;
}

/* What a VM has before its first slot and after its last breath. */
static const struct memslots memslot_none = {0};

static void memslot_free(const struct memslots *table)
{
	if (table == &memslot_none)
		return;
	cost_charge(STEP_FREE);
	heap_free((void *)table);
}

/* A copy of the table with one slot more, at its place by id. */
static struct memslots *memslot_table_with(struct hv_guest *kvm, const struct memslot *slot)
{
	const struct memslots *old = kvm->slots;
	struct memslots *table = memslot_alloc_table(kvm, old->count + 1);
	uint32_t at = 0;
	while (at < old->count && old->slots[at].id < slot->id)
		at++;
	memcpy(&table->slots[0], &old->slots[0], at * sizeof(*slot));
	table->slots[at] = *slot;
	memcpy(&table->slots[at + 1], &old->slots[at], (old->count - at) * sizeof(*slot));
	return table;
}

static struct memslots *memslot_table_without(struct hv_guest *kvm, uint32_t id)
{
	const struct memslots *old = kvm->slots;
	struct memslots *table = memslot_alloc_table(kvm, old->count - 1);
	for (uint32_t i = 0, at = 0; i < old->count; i++)
		if (old->slots[i].id != id)
			table->slots[at++] = old->slots[i];
	return table;
}

/* A copy of the table with one slot, found by its id, changed to @slot. */
static struct memslots *memslot_table_changed(struct hv_guest *kvm, const struct memslot *slot)
{
	const struct memslots *old = kvm->slots;
	struct memslots *table = memslot_alloc_table(kvm, old->count);
	for (uint32_t i = 0; i < old->count; i++)
		table->slots[i] = old->slots[i].id == slot->id ? *slot : old->slots[i];
	return table;
}

static struct memslots *memslot_table_invalid(struct hv_guest *kvm, const struct memslot *slot)
{
	struct memslot invalid = *slot;
	invalid.invalid = true;
	return memslot_table_changed(kvm, &invalid);
}

/* With the mutant it keeps what readers on their way into the kernel's memory management want. */
static void memslot_wait_for_readers(struct hv_guest *kvm)
{
	bool locked = mutants_have(kvm->hv->config.mutants, MUTANT_SYNC_UNDER_MMAP_LOCK);

	if (locked)
		sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	sim_srcu_synchronize(&kvm->srcu);
	if (locked)
		sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
}

/*H:200
 * A memslot table is never changed, only replaced. Then everybody who might still read the old one is
 * waited for, and with no lock that a reader could want. What SRCU protects is the table; that it does
 * not protect what others keep pointers to is how the stale rmap came about.
 :*/
/*
 * kvm_swap_active_memslots(): publish @table when no invalidation runs, give
 * slots_arch_lock up, and wait until nobody reads the old table any more.
 */
static void kvm_swap_active_memslots(
	struct hv_guest *kvm, const struct memslots *table, enum trace_slot what, const struct memslot *slot)
{
	const struct memslots *old = kvm->slots;

	cost_charge(STEP_MEMSLOT_UPDATE);
	if (hv_mutant(kvm->hv, MUTANT_SLOTS_SWAPPED_UNDER_NOTIFIER))
		sim_spin_lock(&kvm->mn_lock);
	else
		notifier_wait(kvm);
	HV_PUBLISH(kvm->slots, table);
	trace_emit(TRACE_SLOT, what, ((uint64_t)kvm->index << 32) | slot->id, trace_span(slot->base, slot->pages));
	if (what == TRACE_SLOT_MOVE)
		mm_slot_moved(kvm, memslots_find_id(old, slot->id)->base, slot->base, slot->pages);
	if (kvm->hv->config.publisher)
		memslot_publish(kvm->hv->config.publisher, table);
	sim_spin_unlock(&kvm->mn_lock);
	sim_mutex_unlock(&kvm->slots_arch_lock);
	if (hv_mutant(kvm->hv, MUTANT_SLOTS_FREED_EARLY)) {
		memslot_free(old);
		memslot_wait_for_readers(kvm);
		return;
	}
	memslot_wait_for_readers(kvm);
	memslot_free(old);
}

/* ---- create ----------------------------------------------------------------------------- */

/* Whether a slot other than @id is in the way. */
static bool memslot_overlaps(const struct memslots *table, uint32_t id, gfn_t base, uint64_t pages)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct memslot *slot = &table->slots[i];
		if (slot->id != id && base.n < slot->base.n + slot->pages && slot->base.n < base.n + pages)
			return true;
	}
	return false;
}

/* The kernel allocates the new slot, or the invalid one, before it changes anything. */
static bool memslot_no_memory(const struct hv_guest *kvm, uint32_t id)
{
	return inject_fails(INJECT_ALLOC, obj_make(OBJ_MEMSLOT, kvm->index, id));
}

static int64_t memslot_delete(struct hv_guest *kvm, const struct memslot *old, uint64_t to) REQUIRES(kvm->slots_lock);

static int64_t kvm_set_memslot_create(struct hv_guest *kvm, struct memslot *slot) REQUIRES(kvm->slots_lock)
{
	const struct hv_design *design = kvm->hv->design;

	sim_mutex_lock(&kvm->slots_arch_lock);
	if (design->memslot_prepare && !design->memslot_prepare(kvm, slot)) {
		sim_mutex_unlock(&kvm->slots_arch_lock);
		return HOST_ENOMEM;
	}
	kvm_swap_active_memslots(kvm, memslot_table_with(kvm, slot), TRACE_SLOT_CREATE, slot);
	if (design->memslot_create(kvm, slot) || !design->create_may_fail)
		return 0;
	memslot_delete(kvm, slot, 0);
	return HOST_ENOMEM;
}

/* KVM hears of memory that the process has mapped. */
static int64_t memslot_create(struct hv_guest *kvm, struct memslot *slot)
{
	int64_t result;

	cost_charge(STEP_SYSCALL);
	sim_mutex_lock(&kvm->slots_lock);
	if (memslot_no_memory(kvm, slot->id))
		result = HOST_ENOMEM;
	else if (memslots_find_id(kvm->slots, slot->id) ||
		 memslot_overlaps(kvm->slots, slot->id, slot->base, slot->pages))
		result = HOST_EEXIST;
	else
		result = kvm_set_memslot_create(kvm, slot);
	sim_mutex_unlock(&kvm->slots_lock);
	return result;
}

int64_t kvm_create_memslot(struct hv_guest *kvm, uint32_t id, gfn_t base, uint64_t pages)
{
	struct memslot slot = {.id = id,
		.base = base,
		.pages = pages,
		.hva = hva_of_gfn(base).n,
		.userspace_addr = hva_of_gfn(base).n << PEF_PAGE_SHIFT};

	if (id >= PEF_SLOTS_MAX || pages == 0 || base.n >= GFN_MAX || pages > GFN_MAX - base.n)
		return HOST_EINVAL;
	/* The process maps the memory, then tells KVM of it. */
	cost_charge(STEP_SYSCALL);
	sim_rwsem_write_lock(&kvm->mm.mmap_lock);
	bool mapped = vma_map(&kvm->mm, hva_of_gfn(base), pages);
	if (mapped && hv_mutant(kvm->hv, MUTANT_CREATE_UNDER_MMAP_LOCK)) {
		int64_t result = memslot_create(kvm, &slot);
		sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
		return result;
	}
	sim_rwsem_write_unlock(&kvm->mm.mmap_lock);
	return mapped ? memslot_create(kvm, &slot) : HOST_ENOMEM;
}

/* ---- what a slot's pages are used for --------------------------------------------------------- */

/* What becomes of the slot's device pages: the design's own way, or the policy of the run. */
static void memslot_flush_device(struct hv_guest *kvm, const struct memslot *slot) REQUIRES(kvm->slots_lock)
{
	const struct hv_design *design = kvm->hv->design;

	switch (kvm->hv->config.slot_delete) {
	case SLOT_DELETE_DESIGN:
		if (design->memslot_flush)
			design->memslot_flush(kvm, slot);
		break;
	case SLOT_DELETE_BRING_BACK:
		design->memslot_drop(kvm, slot, true);
		break;
	case SLOT_DELETE_ZERO_FILL:
		design->memslot_drop(kvm, slot, false);
		break;
	case SLOT_DELETE_FORGET:
	case SLOT_DELETE_COUNT:
		break;
	}
}

/* kvmppc_radix_flush_memslot(): for a deletion, a move, and when dirty logging begins or ends. */
static void memslot_flush_shadow(struct hv_guest *kvm, const struct memslot *slot, bool device_too)
	REQUIRES(kvm->slots_lock)
{
	if (device_too && (kvm_secure(kvm) & SECURE_INIT_START))
		memslot_flush_device(kvm, slot);
	if (kvm_secure(kvm) & SECURE_INIT_DONE)
		return; /* the ultravisor translates */
	uint64_t pages = slot->pages - (hv_mutant(kvm->hv, MUTANT_FLUSH_MISSES_LAST_PAGE) ? 1u : 0u);
	sim_spin_lock(&kvm->mmu_lock);
	for (uint64_t i = 0; i < pages; i++)
		psp_clear(kvm, (gfn_t){slot->base.n + i});
	WRITE_ONCE(kvm->mmu_seq, kvm->mmu_seq + 1); /* read without the lock by who begins a look-up */
	sim_spin_unlock(&kvm->mmu_lock);
}

/*H:210
 * A deletion publishes twice: a table where the slot is invalid, so that nobody finds it, and one
 * without it. Between the two the design may bring its pages back. uvmem-lock does; v9-rmap has
 * nothing to do there, and its device pages stay mapped in the process.
 :*/
/* kvm_invalidate_memslot(): nobody finds the slot any more, and nothing uses its pages. Takes slots_arch_lock. */
static void kvm_invalidate_memslot(struct hv_guest *kvm, const struct memslot *slot) REQUIRES(kvm->slots_lock)
{
	sim_mutex_lock(&kvm->slots_arch_lock);
	kvm_swap_active_memslots(kvm, memslot_table_invalid(kvm, slot), TRACE_SLOT_INVALID, slot);
	memslot_flush_shadow(kvm, slot, true);
	sim_mutex_lock(&kvm->slots_arch_lock);
}

/* ---- delete, move, change of flags --------------------------------------------------------------- */

/* What kvm_set_memslot() does for one kind of change of a slot that exists; @to: new base or flags. */
typedef int64_t memslot_change_fn(struct hv_guest *kvm, const struct memslot *old, uint64_t to);

static int64_t memslot_delete(struct hv_guest *kvm, const struct memslot *old, uint64_t to) REQUIRES(kvm->slots_lock)
{
	(void)to;
	kvm_invalidate_memslot(kvm, old);
	kvm_swap_active_memslots(kvm, memslot_table_without(kvm, old->id), TRACE_SLOT_DELETE, old);
	kvm->hv->design->memslot_delete(kvm, old);
	return 0;
}

/* The slot keeps its memory and its rmap. Linux ends without a case for a move: the ultravisor is not told. */
static int64_t memslot_move(struct hv_guest *kvm, const struct memslot *old, uint64_t to) REQUIRES(kvm->slots_lock)
{
	struct memslot new = *old;

	new.base = (gfn_t){to};
	if (to >= GFN_MAX || old->pages > GFN_MAX - to)
		return HOST_EINVAL;
	if (to == old->base.n)
		return 0;
	if (kvm->hv->design->secure_stays && kvm_secure(kvm))
		return HOST_EINVAL;
	if (memslot_overlaps(kvm->slots, old->id, new.base, new.pages))
		return HOST_EEXIST;
	kvm_invalidate_memslot(kvm, old);
	kvm_swap_active_memslots(kvm, memslot_table_changed(kvm, &new), TRACE_SLOT_MOVE, &new);
	return 0;
}

/* No invalid phase: the slot stays where it is, and what its pages are used for goes after the change. */
static int64_t memslot_set_flags(struct hv_guest *kvm, const struct memslot *old, uint64_t to) REQUIRES(kvm->slots_lock)
{
	struct memslot new = *old;

	new.flags = (uint32_t)to;
	if (to & ~(uint64_t)HV_SLOT_LOG_DIRTY)
		return HOST_EINVAL;
	if (new.flags == old->flags)
		return 0;
	sim_mutex_lock(&kvm->slots_arch_lock);
	kvm_swap_active_memslots(kvm, memslot_table_changed(kvm, &new), TRACE_SLOT_FLAGS, &new);
	memslot_flush_shadow(kvm, old, !kvm->hv->design->flags_keep_pages);
	return 0;
}

static int64_t memslot_change(struct hv_guest *kvm, uint32_t id, uint64_t to, memslot_change_fn *change)
{
	int64_t result = HOST_EINVAL;

	cost_charge(STEP_SYSCALL);
	sim_mutex_lock(&kvm->slots_lock);
	const struct memslot *found = memslots_find_id(kvm->slots, id);
	if (found && memslot_no_memory(kvm, id)) {
		result = HOST_ENOMEM;
	} else if (found) {
		/* The table that it was found in goes. */
		struct memslot old = *found;
		result = change(kvm, &old, to);
	}
	sim_mutex_unlock(&kvm->slots_lock);
	return result;
}

int64_t kvm_delete_memslot(struct hv_guest *kvm, uint32_t id)
{
	return memslot_change(kvm, id, 0, memslot_delete);
}

int64_t kvm_move_memslot(struct hv_guest *kvm, uint32_t id, gfn_t base)
{
	return memslot_change(kvm, id, base.n, memslot_move);
}

int64_t kvm_set_memslot_flags(struct hv_guest *kvm, uint32_t id, uint32_t flags)
{
	return memslot_change(kvm, id, flags, memslot_set_flags);
}

void memslot_init(struct hv_guest *kvm)
{
	kvm->slots = &memslot_none;
}

void memslot_destroy(struct hv_guest *kvm)
{
	const struct memslots *old = kvm->slots;
	WRITE_ONCE(kvm->slots, &memslot_none);
	memslot_free(old);
}
