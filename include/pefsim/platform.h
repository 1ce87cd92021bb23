/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform.h - the machine, as read from a host device tree.
 *
 * What Linux and the ultravisor read from a PowerNV tree: cpus, memory per
 * chip, timebase, the ultravisor node and secure memory. Secure memory is the
 * sum of "reg" of all nodes compatible with "ibm,secure-memory"; only when
 * there is none, the deprecated property "secure-memory-ranges" of the node
 * compatible with "ibm,uv-firmware". None at all: secure guests are refused, as
 * Linux does (arch/powerpc/kvm/book3s_hv_uvmem.c, kvmppc_get_secmem_size).
 *
 * Locking: none; constant after reading. Errors: PEF_PLATFORM naming node and
 * property, and those of dts_load(). Blocking: a .dts runs the dtc program.
 */
#ifndef PEFSIM_PLATFORM_H
#define PEFSIM_PLATFORM_H

#include "pefsim/dt.h"
#include "pefsim/types.h"

#define PLATFORM_THREADS_MAX 4096u
#define PLATFORM_RANGES_MAX 64u
#define PLATFORM_FRAMES_MAX (1u << 24) /* frames of 64 KiB, of normal and of secure memory each: 1 TiB */

struct platform_range {
	uint64_t base, size;
	uint32_t chip; /* ibm,chip-id, or the associativity's last cell; UINT32_MAX: not told */
};

struct platform {
	char model[80];
	uint32_t core_count;
	uint32_t thread_count; /* hardware threads of all cores */
	uint32_t chip_count;
	uint32_t thread_chip[PLATFORM_THREADS_MAX]; /* by position, in order of server number */
	uint32_t thread_server[PLATFORM_THREADS_MAX];
	uint64_t timebase_hz;
	bool has_ultravisor; /* a node compatible with ibm,ultravisor */
	struct platform_range memory[PLATFORM_RANGES_MAX];
	uint32_t memory_count;
	struct platform_range secure[PLATFORM_RANGES_MAX];
	uint32_t secure_count;
	bool secure_is_deprecated; /* from secure-memory-ranges */
};

/**
 * platform_read - read a machine
 * @path:    a .dtb or a .dts
 * @out:     set on PEF_OK
 * @message: on error: what is wrong, with node path and property; @size bytes
 */
enum pef_err platform_read(const char *path, struct platform *out, char *message, size_t size);
/** platform_parse - the same from a blob in memory; @len bytes, any content is safe */
enum pef_err platform_parse(const void *blob, size_t len, struct platform *out, char *message, size_t size);
/** platform_memory_bytes, platform_secure_bytes - sums over the ranges; 0 secure bytes: no secure guests */
uint64_t platform_memory_bytes(const struct platform *p);
uint64_t platform_secure_bytes(const struct platform *p);

#endif
