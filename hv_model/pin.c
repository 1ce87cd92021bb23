/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin.c - long-term pins, as of a device that is passed through (VFIO) or of
 * registered buffers.
 *
 * A pin wants a normal page that is the process's own: a device-private page is
 * faulted back first, a shared one copied. It counts as many references, so
 * that a fork can tell it from others (folio_maybe_dma_pinned), and no
 * migration's count comes out right while it lasts.
 *
 * Locking: takes mmap_lock for reading; the list of pins is the process's own.
 * Errors: HOST_SIGSEGV where nothing is mapped, HOST_SIGBUS, HOST_ENOMEM,
 * HOST_EINVAL. Blocking: yields.
 */
#include "process.h"

struct pin {
	struct pin *next;
	hva_t hva;
	struct hv_page *page; /* with a pin on it */
};

/* The page, pinned; NULL: the fault failed. */
static struct hv_page *pin_get(struct hv_mm *mm, hva_t hva, int64_t *result)
{
	sim_rwsem_read_lock(&mm->mmap_lock);
	struct hv_page *page = mm_get_page(mm, hva, true);
	*result = page ? 0 : mm_find_vma(mm, hva) ? HOST_SIGBUS : HOST_SIGSEGV;
	if (page && hpage_count(page) >= HPAGE_PINS_MAX * HPAGE_PIN) {
		hpage_put(mm->kvm->hv, page);
		*result = HOST_ENOMEM;
		page = NULL;
	}
	if (page) {
		hpage_pin(page);
		hpage_put(mm->kvm->hv, page);
	}
	sim_rwsem_read_unlock(&mm->mmap_lock);
	return page;
}

int64_t pin_page(struct hv_guest *kvm, hva_t hva)
{
	struct pin *pin = hv_alloc(sizeof(*pin), obj_make(OBJ_KMALLOC, kvm->index, OBJ_NO_INDEX));
	int64_t result;

	if (!pin)
		return HOST_ENOMEM;
	struct hv_page *page = pin_get(&kvm->mm, hva, &result);
	if (!page) {
		heap_free(pin);
		return result;
	}
	order_acquire_at(&kvm->pins);
	*pin = (struct pin){.next = kvm->pins, .hva = hva, .page = page};
	kvm->pins = pin;
	order_release_at(&kvm->pins);
	return 0;
}

static void pin_drop(struct hv_guest *kvm, struct pin **link)
{
	struct pin *pin = *link;
	*link = pin->next;
	order_release_at(&kvm->pins);
	hpage_unpin(kvm->hv, pin->page);
	cost_charge(STEP_FREE);
	heap_free(pin);
}

int64_t unpin_page(struct hv_guest *kvm, hva_t hva)
{
	struct pin **link = &kvm->pins;
	order_acquire_at(&kvm->pins);
	while (*link && (*link)->hva.n != hva.n)
		link = &(*link)->next;
	if (!*link)
		return HOST_EINVAL;
	pin_drop(kvm, link);
	return 0;
}

void unpin_all(struct hv_guest *kvm)
{
	for (order_acquire_at(&kvm->pins); kvm->pins; order_acquire_at(&kvm->pins))
		pin_drop(kvm, &kvm->pins);
}
