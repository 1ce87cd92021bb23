/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dt_write.c - writing a flattened device tree: the other half of the door.
 *
 * libfdt's sequential writer, which wants everything in order: the reserve map,
 * the root, its properties, its children. The first error stays and stops the
 * rest, so that a tree can be written down without a look at each line.
 *
 * Locking: none. Errors: dt_finish() returns 0. Blocking: never.
 */
#include "pefsim/dt.h"

#include <libfdt.h>
#include <string.h>

/* Of a tree whose words are few; more is nobody's tree. */
#define WRITE_NUMBERS_MAX 1024u

static void dt_note(struct dt_writer *w, int err)
{
	if (!w->err)
		w->err = err;
}

void dt_begin(struct dt_writer *w, void *blob, size_t room)
{
	*w = (struct dt_writer){.blob = blob, .room = room};
	dt_note(w, fdt_create(blob, room > INT32_MAX ? INT32_MAX : (int)room));
	if (!w->err)
		dt_note(w, fdt_finish_reservemap(blob));
	dt_begin_node(w, "");
}

void dt_begin_node(struct dt_writer *w, const char *name)
{
	if (!w->err)
		dt_note(w, fdt_begin_node(w->blob, name));
}

void dt_end_node(struct dt_writer *w)
{
	if (!w->err)
		dt_note(w, fdt_end_node(w->blob));
}

void dt_put_cell(struct dt_writer *w, const char *name, uint32_t value)
{
	if (!w->err)
		dt_note(w, fdt_property_u32(w->blob, name, value));
}

void dt_put_string(struct dt_writer *w, const char *name, const char *value)
{
	if (!w->err)
		dt_note(w, fdt_property(w->blob, name, value, (int)strlen(value) + 1));
}

void dt_put_numbers(struct dt_writer *w, const char *name, const uint64_t *values, unsigned count)
{
	unsigned char *to = NULL;

	if (!w->err && count > WRITE_NUMBERS_MAX)
		dt_note(w, -FDT_ERR_NOSPACE);
	if (!w->err)
		dt_note(w, fdt_property_placeholder(w->blob, name, (int)(8 * count), (void **)&to));
	for (unsigned i = 0; !w->err && i < 8 * count; i++)
		to[i] = (unsigned char)(values[i / 8] >> (56 - 8 * (i % 8)));
}

size_t dt_finish(struct dt_writer *w, uint32_t boot_cpu)
{
	dt_end_node(w);
	if (!w->err)
		dt_note(w, fdt_finish(w->blob));
	if (w->err)
		return 0;
	fdt_set_boot_cpuid_phys(w->blob, boot_cpu);
	return fdt_totalsize(w->blob);
}
