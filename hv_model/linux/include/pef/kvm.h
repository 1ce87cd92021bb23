/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kvm.h - KVM, ultracalls and the device tree, as book3s_hv_uvmem.c uses them.
 *
 * secure_guest is one word that the simulator's own parts of KVM read and write,
 * too (the notifier, KVM_PPC_SVM_OFF), so the field is a pointer to it behind the
 * field's name.
 *
 * Locking: as the kernel's. Errors: as the kernel's. Blocking: calls yield.
 */
#ifndef PEF_KVM_H
#define PEF_KVM_H

#include "mm.h"

/* ---- memslots ----------------------------------------------------------------------- */

struct kvm_memory_slot {
	u32 id, flags;
	u64 base_gfn;
	unsigned long npages;
	unsigned long pef_hva_pages;
	bool pef_invalid;
	void *pef_arch;
	unsigned long userspace_addr;
};
_Static_assert(sizeof(struct kvm_memory_slot) == sizeof(struct pef_slot), "as struct pef_slot");
_Static_assert(offsetof(struct kvm_memory_slot, userspace_addr) == offsetof(struct pef_slot, userspace_addr),
	"as struct pef_slot");
struct kvm_memslots {
	u64 generation;
	u32 count;
	struct kvm_memory_slot slots[];
};

/* ---- struct kvm --------------------------------------------------------------------------- */

#define KVMPPC_SECURE_INIT_START 0x1
#define KVMPPC_SECURE_INIT_DONE 0x2
#define KVMPPC_SECURE_INIT_ABORT 0x4

struct kvm_arch {
	u64 lpid;
	uint64_t *pef_secure_guest;
	int svm_enabled;
	int radix;
	struct mutex uvmem_lock;
	struct list_head uvmem_pfns;
};
#define secure_guest pef_secure_guest[0]
struct kvm {
	struct mm_struct *mm;
	struct srcu_struct srcu;
	struct kvm_arch arch;
	/* of the simulator */
	void *host;
	u32 index;
};

#define KVM_ADDRESS_SPACE_NUM 1
#define kvm_memslots(kvm) ((struct kvm_memslots *)pef_host->slots((kvm)->host))
#define __kvm_memslots(kvm, as) kvm_memslots(kvm)
/* In the order of ids; the kernel's order is that of a hash of them. */
static inline struct kvm_memory_slot *pef_slot_at(struct kvm_memslots *table, int i)
{
	return i < (int)table->count ? &table->slots[i] : NULL;
}
#define PEF_EACH_SLOT3(at, bkt, table) for (bkt = 0; ((at) = pef_slot_at(table, bkt)); bkt++)
#define PEF_EACH_SLOT2(at, table) for (int pef_i = 0; ((at) = pef_slot_at(table, pef_i)); pef_i++)
#define PEF_EACH_PICK(a, b, c, name, ...) name
#define kvm_for_each_memslot(...) PEF_EACH_PICK(__VA_ARGS__, PEF_EACH_SLOT3, PEF_EACH_SLOT2, )(__VA_ARGS__)

#define PAGE_OFFSET 0xc000000000000000UL
#define KVM_HVA_ERR_BAD PAGE_OFFSET
static inline bool kvm_is_error_hva(unsigned long hva)
{
	return hva >= PAGE_OFFSET;
}
unsigned long gfn_to_hva(struct kvm *kvm, u64 gfn) PEF_HIDDEN;

typedef u64 kvm_pfn_t;
#define KVM_PFN_ERR_MASK (0x7ffULL << 52)
#define KVM_PFN_NOSLOT (0x1ULL << 63)
#define KVM_PFN_ERR_FAULT KVM_PFN_ERR_MASK
static inline bool is_error_noslot_pfn(kvm_pfn_t pfn)
{
	return (pfn & (KVM_PFN_ERR_MASK | KVM_PFN_NOSLOT)) != 0;
}
#define is_error_pfn(pfn) is_error_noslot_pfn(pfn)
kvm_pfn_t gfn_to_pfn(struct kvm *kvm, u64 gfn) PEF_HIDDEN;
struct page *gfn_to_page(struct kvm *kvm, u64 gfn) PEF_HIDDEN; /* 6.13: NULL on error */
#define kvm_release_pfn_clean(pfn) pef_host->page_put(pfn)
#define kvm_release_pfn_dirty(pfn) pef_host->page_put(pfn)
#define kvm_release_page_clean(page) put_page(page)
#define kvm_release_page_unused(page) put_page(page)
#define kvm_is_radix(kvm) ((kvm)->arch.radix)

#define RESUME_GUEST 0
#define RESUME_HOST 2

/* ---- hypercalls and ultracalls ------------------------------------------------------------------ */

#define H_SUCCESS 0
#define H_BUSY 1
#define H_TOO_HARD 9999
#define H_FUNCTION (-2)
#define H_PARAMETER (-4)
#define H_AUTHORITY (-10)
#define H_PERMISSION (-11)
#define H_P2 (-55)
#define H_P3 (-56)
#define H_P4 (-57)
#define H_P5 (-58)
#define H_UNSUPPORTED (-67)
#define H_STATE (-75)
#define H_PAGE_IN_SHARED 0x1
#define H_PAGE_IN_NONSHARED 0x0

#define U_SUCCESS H_SUCCESS
#define U_BUSY H_BUSY
#define U_FUNCTION H_FUNCTION
#define U_PARAMETER H_PARAMETER
#define U_PERMISSION H_PERMISSION
#define U_P2 H_P2
#define U_P3 H_P3
#define U_P4 H_P4
#define U_P5 H_P5
#define U_STATE H_STATE

#define UV_WRITE_PATE 0xF104
#define UV_ESM 0xF110
#define UV_RETURN 0xF11C
#define UV_REGISTER_MEM_SLOT 0xF120
#define UV_UNREGISTER_MEM_SLOT 0xF124
#define UV_PAGE_IN 0xF128
#define UV_PAGE_OUT 0xF12C
#define UV_SHARE_PAGE 0xF130
#define UV_UNSHARE_PAGE 0xF134
#define UV_PAGE_INVAL 0xF138
#define UV_SVM_TERMINATE 0xF13C
#define UV_UNSHARE_ALL_PAGES 0xF140

long pef_ucall(unsigned long number, const uint64_t *args, unsigned count) PEF_HIDDEN;
#define ucall_norets(number, ...) \
	pef_ucall(number, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* ---- device tree --------------------------------------------------------------------------------- */

struct device_node {
	const char *compatible, *property;
	const __be32 *value;
	int length;
};
struct device_node *of_find_compatible_node(
	struct device_node *from, const char *type, const char *compatible) PEF_HIDDEN;
const void *of_get_property(const struct device_node *node, const char *name, int *length) PEF_HIDDEN;
#define of_node_put(node) ((void)(node))
#define of_node_get(node) (node)
#define for_each_compatible_node(node, type, compatible) \
	for (node = of_find_compatible_node(NULL, type, compatible); node; \
		node = of_find_compatible_node(node, type, compatible))
static inline u64 of_read_number(const __be32 *cell, int size)
{
	u64 number = 0;
	while (size-- > 0)
		number = number << 32 | __builtin_bswap32(*cell++);
	return number;
}

#endif
