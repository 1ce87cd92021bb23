/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * from_c.c - a scenario made from C: the example of docs/scenario-language.md.
 *
 * The test `docs` sees that the page shows these lines, from the first include
 * on, and the test `docs_from_c` builds and runs them.
 *
 * Locking: none. Errors: exit code 1. Blocking: never.
 */
#include <stdio.h>

#include "pefsim/scenario.h"

int main(void)
{
	struct scenario_builder *b = builder_create("from-c");
	struct scenario *s;

	builder_design(b, DESIGN_UVMEM_LOCK);
	unsigned g0 = builder_guest(b, "g0", BOOT_SECURE, 1);
	builder_slot(b, g0, 0, 0x0, 4);
	unsigned vcpu = builder_thread(b, "vcpu0", THREAD_GUEST, g0, 0);
	unsigned qemu = builder_thread(b, "qemu0", THREAD_HOST, g0, 0);
	for (int page = 2; page < 4; page++)
		builder_op(b, vcpu, "write 0:%d", page);
	builder_op(b, vcpu, "signal written");
	builder_op(b, qemu, "wait written");
	builder_op(b, qemu, "hva_read 0:2 -> 0|SIGBUS");
	if (builder_finish(b, &s, stderr))
		return 1;
	scenario_print(s, stdout);
	scenario_free(s);
	return 0;
}
