/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm.h - the ESM blob: what the ultravisor looks for in it, and the digests.
 *
 * The published format holds an encrypted key and SHA-512 sums. Here a page's
 * content is a token (types.h), so a digest is 64-bit FNV-1a over tokens, and a
 * lockbox names its key instead of holding it. docs/esm-blob.md has the layout.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_ESM_H
#define PEFSIM_ESM_H

#include "pefsim/types.h"

#define ESM_TREE_MAX \
	(UINT64_C(1) << 20) /* bytes of a guest's tree or blob (published firmware: two of them in 2 MiB) */
#define ESM_KEY_ID UINT64_C(0x7065667369000001) /* the one key of the simulated machine */

#define ESM_LOCKBOX "/lockboxes/lockbox-1"
#define ESM_LOCKBOX_KEY "key-id"
#define ESM_DIGESTS "/digest"
#define ESM_KERNEL_RANGE "kernel-range" /* address and size of the kernel, two cells each */

/* Properties of ESM_DIGESTS, two cells each; one that is not there is not compared. X(NAME, "property", "over what") */
/* clang-format off */
#define ESM_DIGEST_ROWS(X) \
	X(BOOTARGS, "bootargs", "the bytes of /chosen bootargs, without the final zero") \
	X(FDT, "fdt", "the bytes of the device tree") \
	X(RTAS, "rtas", "the pages of /rtas linux,rtas-base, rtas-size") \
	X(KERNEL, "kernel", "the pages of kernel-range") \
	X(INITRD, "initrd", "the pages of /chosen linux,initrd-start, linux,initrd-end")
/* clang-format on */
enum esm_digest {
#define X(name, property, about) ESM_##name,
	ESM_DIGEST_ROWS(X)
#undef X
		ESM_DIGEST_COUNT
};

/* 64-bit FNV-1a: begin with ESM_DIGEST_BEGIN, feed bytes, or the token of each page as 8 bytes, highest first. */
#define ESM_DIGEST_BEGIN UINT64_C(0xcbf29ce484222325)
static inline uint64_t esm_digest_bytes(uint64_t digest, const void *bytes, size_t len)
{
	const uint8_t *at = (const uint8_t *)bytes;
	for (size_t i = 0; i < len; i++)
		digest = (digest ^ at[i]) * UINT64_C(0x100000001b3);
	return digest;
}
static inline uint64_t esm_digest_page(uint64_t digest, token_t token)
{
	for (unsigned shift = 64; shift > 0; shift -= 8)
		digest = (digest ^ (token >> (shift - 8) & 0xffu)) * UINT64_C(0x100000001b3);
	return digest;
}

#endif
