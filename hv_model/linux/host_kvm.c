/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host_kvm.c - memslots, guest pages and ultracalls for a kernel file.
 *
 * Locking: as the functions behind. Errors: as include/pef/host.h says. Blocking:
 * yields.
 */
#include "linux.h"

#include <stdio.h>

#include "pefsim/finding.h"
#include "ucall.h"

static const struct pef_slots *slots_of(void *guest)
{
	return (const struct pef_slots *)memslot_table(guest);
}

static bool gfn_to_hva(void *guest, uint64_t gfn, uint64_t *out)
{
	struct hv_guest *kvm = guest;
	struct linux_task *task = linux_current();
	const struct memslot *slot = memslot_of_gfn(kvm, (gfn_t){gfn});
	if (!slot || slot->invalid)
		return false;
	if (task)
		task->slot = slot->id;
	*out = memslot_hva(slot, (gfn_t){gfn}).n << PEF_PAGE_SHIFT;
	return true;
}

static uint64_t gfn_to_pfn(void *guest, uint64_t gfn)
{
	struct hv_page *page = hv_gfn_to_pfn(guest, (gfn_t){gfn});
	return page ? hpage_pfn(page) : UINT64_MAX;
}

/* ---- ultracalls ------------------------------------------------------------------------ */

static struct hv_guest *ucall_guest(uint64_t lpid)
{
	struct hv *hv = linux_hv();
	struct linux_task *task = linux_current();
	for (unsigned i = 0; i < hv->guest_count; i++)
		if (hv->guests[i].lpid == lpid)
			return &hv->guests[i];
	return task ? task->kvm : &hv->guests[0];
}

static uint64_t ucall_slot_gpa(const struct hv_guest *kvm, uint64_t id)
{
	const struct memslot *slot = memslots_find_id(kvm->slots, (uint32_t)id);
	const struct linux_task *task = linux_current();
	if (slot)
		return gpa_of_gfn(slot->base);
	return task && task->gfn.n < GFN_MAX ? gpa_of_gfn(task->gfn) : 0;
}

/* The page that a call is about, for the trace. */
static uint64_t ucall_about(const struct hv_guest *kvm, uint64_t number, const uint64_t *args)
{
	switch (number) {
	case ABI_UV_PAGE_IN:
	case ABI_UV_PAGE_OUT:
		return ucall_page(kvm, args[2]);
	case ABI_UV_REGISTER_MEM_SLOT:
	case ABI_UV_PAGE_INVAL:
		return ucall_page(kvm, args[1]);
	case ABI_UV_UNREGISTER_MEM_SLOT:
		return ucall_page(kvm, ucall_slot_gpa(kvm, args[1]));
	default:
		return 0;
	}
}

static int64_t ucall(uint64_t number, const uint64_t *args, unsigned count)
{
	struct hv_guest *kvm = ucall_guest(count ? args[0] : 0);
	return hv_ucall(kvm, (uint32_t)number, args, count, ucall_about(kvm, number, args));
}

/* ---- marks and complaints -------------------------------------------------------------- */

static void mark_changed(void *guest, uint64_t gfn)
{
	linux_tell(guest, (gfn_t){gfn});
}

static void warn(const char *what, const char *file, int line, bool fatal)
{
	struct finding f;
	(void)file;
	(void)line;
	finding_begin(&f, FINDING_MODEL);
	snprintf(f.title, sizeof(f.title), "%s", what);
	finding_add_block(&f, "%s in %s:", fatal ? "the kernel stops" : "the kernel complains",
		context_self() ? context_name(context_self()) : "a handler");
	finding_report(&f);
}

void linux_fill_kvm(struct pef_host *host)
{
	host->slots = slots_of;
	host->gfn_to_hva = gfn_to_hva;
	host->gfn_to_pfn = gfn_to_pfn;
	host->ucall = ucall;
	host->mark_changed = mark_changed;
	host->warn = warn;
}

_Static_assert(sizeof(struct pef_slot) == sizeof(struct memslot), "as struct memslot");
_Static_assert(offsetof(struct pef_slot, base_gfn) == offsetof(struct memslot, base), "as struct memslot");
_Static_assert(offsetof(struct pef_slot, npages) == offsetof(struct memslot, pages), "as struct memslot");
_Static_assert(
	offsetof(struct pef_slot, userspace_addr) == offsetof(struct memslot, userspace_addr), "as struct memslot");
_Static_assert(offsetof(struct pef_slots, slots) == offsetof(struct memslots, slots), "as struct memslots");
