/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.h - what a run may be a variant of: the hypervisor's design, the
 * switches that bring a historical bug back or take one away, the era of the
 * memory model, and what a memslot deletion does.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_VARIANTS_H
#define PEFSIM_VARIANTS_H

#include "pefsim/types.h"

/*
 * Designs. X(ENUM, "name", "one sentence"). New rows go at the end: the tests of all
 * designs expect of those after UVMEM_LOCK what that does, not what was posted in 2019;
 * where UVMEM_FIXED does better they name it.
 */
/* clang-format off */
#define PEF_DESIGNS(X) \
	X(V8_RMAP, "v8-rmap", "rmap pointer in the device page's private data, no mutex") \
	X(V9_RMAP, "v9-rmap", "rmap pointer in the device page's private data, and the per-guest mutex: the posted patch") \
	X(SRCU_LOOKUP, "srcu-lookup", "no stored rmap pointer: the rmap is found through the memslots each time; only discussed") \
	X(UVMEM_LOCK, "uvmem-lock", "device PFNs in a per-guest list of arrays under a mutex: what upstream took") \
	X(UVMEM_FIXED, "uvmem-fixed", "the same with the smallest changes that keep every invariant")
/* clang-format on */
enum design_id {
#define X(id, name, about) DESIGN_##id,
	PEF_DESIGNS(X)
#undef X
		DESIGN_COUNT
};
/** design_parse - the design of a name; false when there is none */
bool design_parse(const char *text, size_t len, enum design_id *out);
const char *design_name(enum design_id id);
/**
 * design_register - give a loaded design a name and a number behind those of the table
 * @name: copied. One that is registered already keeps its number.
 * Returns false when there are too many. Before any run; from one host thread.
 */
bool design_register(const char *name, enum design_id *out);
#define DESIGNS_LOADED_MAX 72u
/**
 * design_on_unknown - who may know a design that has no name yet
 * @load: tries to register it; false: there is none. NULL: nobody.
 */
void design_on_unknown(bool (*load)(const char *name));
/** design_count - designs there are, loaded ones included */
unsigned design_count(void);

/*
 * What a switch belongs to: a design, by its name; the hypervisor whatever its design
 * (HV: its memory management and what designs have in common); the ultravisor (UV).
 */
enum mutant_owner {
#define X(id, name, about) OWNER_##id,
	PEF_DESIGNS(X)
#undef X
		OWNER_HV,
	OWNER_UV,
	OWNER_COUNT
};
const char *mutant_owner_name(enum mutant_owner owner);

/*
 * Switches. A "fix-" switch takes a fault of the posted code away, any other brings
 * one back or puts one in. X(ENUM, "name", OWNER, "exhibit", "one sentence"); the
 * exhibit is an entry of the museum, or what shows an invented one: a scenario of
 * scenarios/mutants/. New rows go at the end.
 */
/* clang-format off */
#define PEF_MUTANTS(X) \
	X(FIX_INVAL_ORDER, "fix-inval-order", V9_RMAP, "M8", "UV_PAGE_INVAL is given a page order, not a size in bytes") \
	X(FIX_DROP_ON_DELETE, "fix-drop-on-delete", V9_RMAP, "M4", "a slot's deletion takes its device pages back first") \
	X(FIX_SECURE_CHECK, "fix-secure-check", V9_RMAP, "M5", "a fault asks under the mutex whether the page is secure already") \
	X(FIX_SVM_OFF_CHECK, "fix-svm-off-check", V9_RMAP, "M9", "KVM_PPC_SVM_OFF is refused while vCPUs run") \
	X(SRCU_DROPPED_EARLY, "srcu-dropped-early", V8_RMAP, "M1", "page-in leaves the SRCU section before it uses the rmap") \
	X(KSM_UNDER_READ_LOCK, "ksm-under-read-lock", UVMEM_LOCK, "M7", "a VMA's flags are changed with mmap_lock held for reading") \
	X(PAGE_OUT_KEEPS_LOCK, "page-out-keeps-lock", UVMEM_LOCK, "M12", "page-out keeps the mutex when a migration cannot begin") \
	X(START_FLAG_ON_SUCCESS_ONLY, "start-flag-on-success-only", UVMEM_LOCK, "M14", "a refused H_SVM_INIT_START does not return to the ultravisor") \
	X(ABORT_CHECKS_SECURE_BIT, "abort-checks-secure-bit", UVMEM_LOCK, "M15", "H_SVM_INIT_ABORT is refused to the guest it is meant for") \
	X(DROP_BY_GUP, "drop-by-gup", UVMEM_LOCK, "M17", "device pages are to come back by a fault, of a slot that is invalid") \
	X(PAGE_IN_FAILURE_LEAKS, "page-in-failure-leaks", UVMEM_LOCK, "M25", "a refused UV_PAGE_IN leaves device page and mark behind") \
	/* invented: the hypervisor's memory management */ \
	X(ZAP_WITHOUT_NOTIFIER, "zap-without-notifier", HV, "drop-against-fault", "an unmapping is not announced to the notifier") \
	X(SEQ_READ_LATE, "seq-read-late", HV, "drop-against-fault", "a guest's fault reads mmu_seq after it has looked the page up, not before") \
	X(GUP_REFERENCE_LATE, "gup-reference-late", HV, "drop-against-fault", "get_user_pages takes its reference when it has given the page-table lock back") \
	X(NOTIFIER_WAKES_NOBODY, "notifier-wakes-nobody", HV, "slots-against-drops", "the last invalidation to end does not wake who waits to publish memslots") \
	X(SLOTS_SWAPPED_UNDER_NOTIFIER, "slots-swapped-under-notifier", HV, "slots-against-drops", "memslots are published while an invalidation runs") \
	X(SLOTS_FREED_EARLY, "slots-freed-early", HV, "switch-against-slots", "the old memslots are freed before their readers have been waited for") \
	X(CREATE_UNDER_MMAP_LOCK, "create-under-mmap-lock", HV, "slots-against-faults", "a new memslot's readers are waited for with mmap_lock held") \
	X(FLUSH_MISSES_LAST_PAGE, "flush-misses-last-page", HV, "slot-gone", "a deletion leaves the guest's translation of the slot's last page") \
	X(BUSY_KEEPS_REFERENCE, "busy-keeps-reference", HV, "page-busy", "a migration that finds a page locked forgets to drop its reference") \
	X(GIVE_UP_KEEPS_ENTRY, "give-up-keeps-entry", HV, "pinned-page", "a migration that gives a page up leaves the migration entry in its place") \
	X(UNPIN_PUTS_TWICE, "unpin-puts-twice", HV, "pinned-page", "the end of a pin drops one reference too many") \
	X(MIGRATION_WAKES_NOBODY, "migration-wakes-nobody", HV, "reader-against-page-in", "a migration that has ended does not wake who met its entry") \
	X(SETUP_TOLERATES_USER, "setup-tolerates-user", HV, "reader-against-page-in", "a migration begins although one reference more than its own is there") \
	X(COMPACTION_COPIES_FIRST, "compaction-copies-first", HV, "host-moves-memory", "compaction copies a page before it has unmapped it") \
	X(KSM_COMPARES_FIRST, "ksm-compares-first", HV, "host-moves-memory", "KSM compares two pages before it has write-protected them") \
	X(FORK_TAKES_NO_REFERENCE, "fork-takes-no-reference", HV, "fork-of-secure", "a child maps a device page without a reference of its own") \
	X(FRESH_PAGE_NOT_ZEROED, "fresh-page-not-zeroed", HV, "fresh-page", "an anonymous page keeps what its frame held before") \
	X(CLOSE_IGNORES_USERS, "close-ignores-users", HV, "close-under-vcpu", "a VM is destroyed while a vCPU is inside the hypervisor") \
	X(REFUSED_SHARE_KEEPS_PAGE, "refused-share-keeps-page", HV, "refused-share", "a share that the ultravisor refuses keeps its reference on the page") \
	X(SHARE_UNLOCKS_EARLY, "share-unlocks-early", HV, "share-against-flags", "a share gives uvmem_lock back before UV_PAGE_IN and the mark") \
	/* invented: designs */ \
	X(SHARED_MARK_TOO_SOON, "shared-mark-too-soon", UVMEM_LOCK, "refused-share", "a page is marked shared before the ultravisor has agreed") \
	X(DONE_FLAG_TOO_SOON, "done-flag-too-soon", UVMEM_LOCK, "failed-sweep", "H_SVM_INIT_DONE counts the VM as secure before it has its device pages") \
	X(SWEEP_LOOKS_AT_ONE_BIT, "sweep-looks-at-one-bit", UVMEM_LOCK, "own-pages", "H_SVM_INIT_DONE takes pages that are shared or out for untouched") \
	X(SLOT_LIST_UNLOCKED, "slot-list-unlocked", UVMEM_LOCK, "switch-against-slots", "an array enters the VM's list without uvmem_lock") \
	X(LOOKUP_LEFT_EARLY, "lookup-left-early", SRCU_LOOKUP, "touch-against-delete", "a fault leaves the SRCU section before it reads the rmap it found there") \
	X(FREE_CLEARS_ANY_MARK, "free-clears-any-mark", SRCU_LOOKUP, "child-keeps-page", "a freed device page clears the mark, even that of its successor") \
	X(PAGE_IN_CHECKS_FIRST, "page-in-checks-first", V9_RMAP, "two-page-ins", "page-in looks whether the page is out before it has the mutex") \
	X(NOT_OUT_KEEPS_LOCK, "not-out-keeps-lock", V9_RMAP, "out-already", "H_SVM_PAGE_OUT of a page that is not out returns with the mutex") \
	/* invented: the ultravisor */ \
	X(IV_NOT_ADVANCED, "iv-not-advanced", UV, "write-against-page-out", "every page-out is encrypted with the same number") \
	X(UNMAPPED_AFTER_ENCRYPTION, "unmapped-after-encryption", UV, "write-against-page-out", "a page goes out while the guest still has it mapped") \
	X(UNMAP_WITHOUT_TLBIE, "unmap-without-tlbie", UV, "share-and-unshare", "nobody waits for accesses translated by an entry that has gone") \
	X(SHARED_PAGE_NOT_ZEROED, "shared-page-not-zeroed", UV, "share-and-unshare", "a page is shared with what the host's frame held before") \
	X(UNSHARE_KEEPS_MAPPING, "unshare-keeps-mapping", UV, "share-and-unshare", "the host gives a frame up while the guest still has it mapped") \
	X(COMMIT_WITHOUT_SECOND_LOOK, "commit-without-second-look", UV, "share-against-inval", "a share is committed without looking whether its frames are still there") \
	X(STRIPE_BEFORE_PAGE_LOCK, "stripe-before-page-lock", UV, "share-against-inval", "UV_PAGE_IN and its like take a page's lock before page_lock") \
	X(SWEPT_BEFORE_UNLINKED, "swept-before-unlinked", UV, "write-against-delete", "a slot's pages are forgotten before the slot is") \
	X(SECURE_FRAME_NOT_ZEROED, "secure-frame-not-zeroed", UV, "secure-frame-again", "a secure frame is handed out with what it held before") \
	X(SLOT_HAS_ONE_MORE, "slot-has-one-more", UV, "beyond-slot", "the page after a slot's last counts as the slot's") \
	X(UNLISTED_BEFORE_SWEPT, "unlisted-before-swept", UV, "terminate-under-access", "a VM leaves the list before accesses to its pages have landed") \
	X(HAND_WITHOUT_LOCK, "hand-without-lock", UV, "two-evictions", "the hand of the eviction is moved without a lock") \
	X(SYNC_UNDER_MMAP_LOCK, "sync-under-mmap-lock", SRCU_LOOKUP, "wait-under-mmap-lock", "a memslot update waits for readers with mmap_lock held")
/* clang-format on */
enum mutant {
#define X(id, name, owner, exhibit, about) MUTANT_##id,
	PEF_MUTANTS(X)
#undef X
		MUTANT_COUNT
};
_Static_assert(MUTANT_COUNT <= 64, "a set of switches is one word");

/* A set of switches: a bit 1 << enum mutant each. */
typedef uint64_t mutants_t;
static inline bool mutants_have(mutants_t set, enum mutant m)
{
	return (set >> m & 1u) != 0;
}
const char *mutant_name(enum mutant m);
enum mutant_owner mutant_owner(enum mutant m);
/** mutant_exhibit - the entry of the museum, or the scenario, that shows it; @about: the sentence on it */
const char *mutant_exhibit(enum mutant m);
const char *mutant_about(enum mutant m);
/** mutant_is_fix - it takes a fault away */
bool mutant_is_fix(enum mutant m);
/** mutant_is_invented - it never existed: its exhibit is a scenario, not an entry of the museum */
bool mutant_is_invented(enum mutant m);
/** mutant_goes_with - whether a hypervisor of this design can have it */
bool mutant_goes_with(enum mutant m, enum design_id design);
/** mutant_parse - the switch of a name, whatever it belongs to; false when there is none */
bool mutant_parse(const char *text, size_t len, enum mutant *out);

/*
 * Bugs that existed, each a mutant of something here, with a twin that does not
 * have it. X(ENUM, "id", "scenario", DESIGN, "what brings it about", "what the twin
 * has", "class", "one sentence"); a switch stands by its name, the scenario is
 * scenarios/museum/ID-SCENARIO.pef, whose parameter "bug" chooses.
 */
/* clang-format off */
#define PEF_MUSEUM(X) \
	X(M1, "M1", "srcu-dropped-early", V8_RMAP, "srcu-dropped-early", "no switch", "atomicity", "the rmap is looked up in an SRCU section and written after it, when the slot is gone") \
	X(M2, "M2", "two-page-ins", V8_RMAP, "as posted", "v9-rmap", "lost update", "two page-ins of one page both find it normal: two device pages, one mark") \
	X(M3, "M3", "stale-rmap", V9_RMAP, "as posted", "uvmem-lock", "use after free", "the pointer into a deleted slot's rmap is followed by a fault or an unmapping") \
	X(M4, "M4", "not-dropped", V9_RMAP, "as posted", "fix-drop-on-delete", "device-page leak", "a slot is deleted and made again, and the process still maps its device pages") \
	X(M5, "M5", "double-page-in", V9_RMAP, "as posted", "uvmem-fixed", "double page-in", "a fault sends a page that a page-in has just made secure") \
	X(M7, "M7", "ksm-read-lock", UVMEM_LOCK, "ksm-under-read-lock", "no switch", "lock rule", "ksm_madvise changes a VMA with mmap_lock held for reading") \
	X(M8, "M8", "inval-order", V9_RMAP, "as posted", "fix-inval-order", "wrong argument", "UV_PAGE_INVAL gets a size for an order: refused, and a stale mapping stays") \
	X(M9, "M9", "svm-off-running", V9_RMAP, "as posted", "fix-svm-off-check", "missing exclusion", "KVM_PPC_SVM_OFF takes the VM away under its running vCPUs") \
	X(M12, "M12", "lock-kept", UVMEM_LOCK, "page-out-keeps-lock", "no switch", "lock leak", "a migration that cannot begin leaves the mutex taken for ever") \
	X(M14, "M14", "start-flag-late", UVMEM_LOCK, "start-flag-on-success-only", "no switch", "wrong return path", "a failing H_SVM_INIT_START returns past the ultravisor") \
	X(M15, "M15", "abort-refused", UVMEM_LOCK, "abort-checks-secure-bit", "no switch", "wrong permission check", "H_SVM_INIT_ABORT is refused, and the VM stays half secure") \
	X(M17, "M17", "drop-by-gup", UVMEM_LOCK, "drop-by-gup", "no switch", "orphaned pages", "the fault that should bring pages back finds an invalid slot: they stay, their array goes") \
	X(M23, "M23", "no-reference", UVMEM_LOCK, "era 5.18", "era 6.1", "use after free", "a device page is freed under a second thread that faults on it (CVE-2022-3523)") \
	X(M25, "M25", "page-in-failure", UVMEM_LOCK, "page-in-failure-leaks", "no switch", "device-page leak", "a refused UV_PAGE_IN leaves a locked device page; a later share never ends")
/* clang-format on */
enum museum {
#define X(id, name, file, design, mutant, twin, class, about) MUSEUM_##id,
	PEF_MUSEUM(X)
#undef X
		MUSEUM_COUNT
};

/*
 * Eras of the host kernel's counting of references on device-private pages
 * (Linux 27674ef6c73f, the fault_page series of 6.1, 1afaeb8293c9).
 * X(ENUM, "name", "one sentence"), in order of time.
 */
/* clang-format off */
#define PEF_ERAS(X) \
	X(V5_5, "5.5", "Linux 5.5 to 5.17: a free device page has a count of 1; nobody holds one during a fault") \
	X(V5_18, "5.18", "Linux 5.18 to 6.0: counts begin at 0; nobody holds one during a fault") \
	X(V6_1, "6.1", "Linux 6.1 to 6.14: each faulting thread holds a reference on the device page") \
	X(V6_15, "6.15", "Linux 6.15 on: only the thread that could lock the device page goes on; others come again")
/* clang-format on */
enum mm_era {
#define X(id, name, about) ERA_##id,
	PEF_ERAS(X)
#undef X
		ERA_COUNT
};
#define ERA_DEFAULT ERA_V6_1
const char *era_name(enum mm_era era);
bool era_parse(const char *text, size_t len, enum mm_era *out);

/*
 * What becomes of pages on the device when their slot is deleted: the open
 * question of the mail of 2019-10-23. X(NAME, "word", "one sentence")
 */
/* clang-format off */
#define PEF_SLOT_DELETES(X) \
	X(DESIGN, "own", "what the design does by itself") \
	X(BRING_BACK, "bring-back", "all pages return before the deletion ends") \
	X(ZERO_FILL, "zero-fill", "they are gone, accesses find zero pages") \
	X(FORGET, "forget", "they are forgotten when userspace unmaps them")
/* clang-format on */
enum slot_delete {
#define X(name, word, about) SLOT_DELETE_##name,
	PEF_SLOT_DELETES(X)
#undef X
		SLOT_DELETE_COUNT
};
/** slot_delete_name - the word of a policy, "own" for the design's own */
const char *slot_delete_name(enum slot_delete policy);
bool slot_delete_parse(const char *text, size_t len, enum slot_delete *out);

/* Profiles of the ultravisor. X(ENUM, "name", "one sentence") */
/* clang-format off */
#define PEF_UV_PROFILES(X) \
	X(DOC, "doc", "the published document: its codes, zeroing, eviction under memory pressure")
/* clang-format on */

#endif
