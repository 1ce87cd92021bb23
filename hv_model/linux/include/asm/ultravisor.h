/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ultravisor.h - the ultracalls. The tree's own header is taken where there is
 * one (PEF_TREE_ULTRAVISOR_H), so that its order of arguments is what runs.
 *
 * Locking: any. Errors: codes of the ultravisor. Blocking: yields.
 */
#include "../pef/kernel.h"
#ifdef PEF_TREE_ULTRAVISOR_H
#define FW_FEATURE_ULTRAVISOR 0
#define SPRN_PTCR 0
#define firmware_has_feature(x) 1
#define mtspr(x, value) ((void)(value))
#include PEF_TREE_ULTRAVISOR_H
#elif !defined(PEF_ULTRAVISOR_H)
#define PEF_ULTRAVISOR_H
static inline int uv_page_in(u64 lpid, u64 source, u64 gpa, u64 flags, u64 shift)
{
	return (int)ucall_norets(UV_PAGE_IN, lpid, source, gpa, flags, shift);
}
static inline int uv_page_out(u64 lpid, u64 target, u64 gpa, u64 flags, u64 shift)
{
	return (int)ucall_norets(UV_PAGE_OUT, lpid, target, gpa, flags, shift);
}
static inline int uv_register_mem_slot(u64 lpid, u64 gpa, u64 size, u64 flags, u64 id)
{
	return (int)ucall_norets(UV_REGISTER_MEM_SLOT, lpid, gpa, size, flags, id);
}
static inline int uv_unregister_mem_slot(u64 lpid, u64 id)
{
	return (int)ucall_norets(UV_UNREGISTER_MEM_SLOT, lpid, id);
}
static inline int uv_page_inval(u64 lpid, u64 gpa, u64 shift)
{
	return (int)ucall_norets(UV_PAGE_INVAL, lpid, gpa, shift);
}
static inline int uv_svm_terminate(u64 lpid)
{
	return (int)ucall_norets(UV_SVM_TERMINATE, lpid);
}
#endif
