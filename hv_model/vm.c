/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.c - the VM as a whole: its vCPUs run, it stops being secure, it goes.
 *
 * KVM_PPC_SVM_OFF (kvmhv_svm_off() of Linux 6.1) makes a secure VM a normal one
 * for a reset. It must not happen under a running vCPU, so a vCPU counts itself
 * first and looks at mmu_ready after, and the ioctl does it the other way round;
 * a vCPU that finds mmu_ready clear waits for the ioctl. What happens to the
 * pages, and in which order the ultravisor is told, is the design's business;
 * the version that had no check is one of them.
 *
 * Locking: takes mmu_setup_lock, and inside it what the design takes. Errors:
 * enum host_result. Blocking: yields.
 */
#include "design.h"
#include "ucall.h"

/* ---- vCPUs ---------------------------------------------------------------------------- */

/* The vCPU did not run yet, and does now. */
HV_UNSEEN static bool vm_note_running(struct hv_guest *kvm, unsigned vcpu, bool runs)
{
	if (vcpu >= kvm->vcpu_count || kvm->vcpu_runs[vcpu] == runs)
		return false;
	kvm->vcpu_runs[vcpu] = runs;
	return true;
}

void kvm_vcpu_run(struct hv_guest *kvm, unsigned vcpu)
{
	if (!vm_note_running(kvm, vcpu, true))
		return;
	WRITE_ONCE(kvm->vcpus_running, READ_ONCE(kvm->vcpus_running) + 1);
	if (READ_ONCE(kvm->mmu_ready))
		return;
	/* kvmhv_setup_mmu() */
	sim_mutex_lock(&kvm->mmu_setup_lock);
	WRITE_ONCE(kvm->mmu_ready, 1);
	sim_mutex_unlock(&kvm->mmu_setup_lock);
}

void kvm_vcpu_exit(struct hv_guest *kvm, unsigned vcpu)
{
	if (vm_note_running(kvm, vcpu, false))
		WRITE_ONCE(kvm->vcpus_running, READ_ONCE(kvm->vcpus_running) - 1);
}

/* ---- KVM_PPC_SVM_OFF ----------------------------------------------------------------------- */

/* The design's part, then the hypervisor translates again. */
static int64_t vm_make_normal(struct hv_guest *kvm)
{
	int64_t result = kvm->hv->design->svm_off(kvm);
	if (result)
		return result;
	uv_write_pate(kvm, PATE_DW0(kvm), PATE_DW1);
	kvm_set_secure(kvm, 0);
	return 0;
}

static int64_t vm_svm_off_checked(struct hv_guest *kvm)
{
	int64_t result = HOST_EBUSY;

	sim_mutex_lock(&kvm->mmu_setup_lock);
	WRITE_ONCE(kvm->mmu_ready, 0);
	if (!READ_ONCE(kvm->vcpus_running))
		result = vm_make_normal(kvm);
	WRITE_ONCE(kvm->mmu_ready, 1);
	sim_mutex_unlock(&kvm->mmu_setup_lock);
	return result;
}

int64_t kvm_svm_off(struct hv_guest *kvm)
{
	bool fixed = mutants_have(kvm->hv->config.mutants, MUTANT_FIX_SVM_OFF_CHECK);
	bool alone = kvm->hv->design->one_at_a_time;

	cost_charge(STEP_SYSCALL);
	if (!(kvm_secure(kvm) & SECURE_INIT_START))
		return 0;
	if (kvm->hv->design->svm_off_unchecked && !fixed)
		return vm_make_normal(kvm);
	if (alone)
		sim_mutex_lock(&kvm->slots_lock);
	int64_t result = vm_svm_off_checked(kvm);
	if (alone)
		sim_mutex_unlock(&kvm->slots_lock);
	return result;
}

/* ---- destruction ---------------------------------------------------------------------------- */

void kvm_destroy_vm(struct hv_guest *kvm)
{
	if (kvm_secure(kvm))
		uv_svm_terminate(kvm);
	if (kvm->hv->pool.pages > 0)
		uv_write_pate(kvm, 0, 0);
	if (kvm->hv->design->guest_destroy)
		kvm->hv->design->guest_destroy(kvm);
	memslot_destroy(kvm);
	kvm_set_secure(kvm, 0);
}
