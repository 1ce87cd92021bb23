/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * random.c - numbers by chance, hashes of bytes, and the name of a finding.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <stdio.h>

#include "pefsim/explore.h"

/* splitmix64 */
uint64_t explore_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t explore_hash(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

const char *finding_signature(const struct finding *f, char *buf, size_t size)
{
	char object[48] = "";

	if (obj_type(f->subject) != OBJ_NONE)
		obj_print(obj_make(obj_type(f->subject), OBJ_NO_GUEST, OBJ_NO_INDEX), object, sizeof(object));
	snprintf(buf, size, "%s%s%s", f->title, object[0] ? " of " : "", object);
	return buf;
}
