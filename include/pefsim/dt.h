/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dt.h - reading a flattened device tree.
 *
 * Machines and price lists are device trees, and either may come from anybody.
 * So there is one small reader between them and libfdt: a blob is checked as a
 * whole when it is opened, every getter stays inside the property it reads, and
 * every complaint has one form, which names the node's path and the property:
 *
 *   /cpus/cpu@0: property 'ibm,ppc-interrupt-server#s': 3 bytes, want a multiple of 4
 *
 * The first complaint stays; what follows from it is not told.
 *
 * Locking: none; a tree is constant while open. Errors: functions marked
 * "complains" return false and leave a message. Blocking: never.
 */
#ifndef PEFSIM_DT_H
#define PEFSIM_DT_H

#include "pefsim/types.h"

#define DT_BYTES_MAX (UINT64_C(64) << 20) /* of a blob; trees of real machines have less than 1 MiB */

/* A tree while it is read. */
struct dt {
	const void *blob; /* checked; belongs to whoever opened the tree */
	void *copy; /* owned: the blob again, when it was not aligned */
	char *message; /* where complaints go; the opener's */
	size_t size; /* bytes of @message */
	bool complained;
};

/* A node of an open tree. */
typedef struct {
	int at;
} dt_node_t;
#define DT_NO_NODE ((dt_node_t){-1})
#define DT_ROOT ((dt_node_t){0})

static inline bool dt_exists(dt_node_t node)
{
	return node.at >= 0;
}

/**
 * dt_open - check a blob from end to end, and be ready to read it
 * @blob:    @len bytes, any content is safe; must outlive the tree
 * @message: on error, what is wrong; @size bytes, kept for later complaints
 * Returns PEF_OK (close with dt_close()) or PEF_PARSE or PEF_NOMEM.
 */
enum pef_err dt_open(struct dt *dt, const void *blob, size_t len, char *message, size_t size);
void dt_close(struct dt *dt);
/** dt_is_blob - whether bytes begin like a blob, whatever their file is called */
bool dt_is_blob(const void *bytes, size_t len);

/** dt_claimed_size - what a blob's header says of its size; 0 when @len bytes do not begin one */
uint32_t dt_claimed_size(const void *bytes, size_t len);
/** dt_boot_cpu - the header's boot_cpuid_phys */
uint32_t dt_boot_cpu(const struct dt *dt);

/* ---- nodes: DT_NO_NODE when there is none ----------------------------------- */

dt_node_t dt_find(const struct dt *dt, const char *path);
dt_node_t dt_first_child(const struct dt *dt, dt_node_t node);
dt_node_t dt_next_child(const struct dt *dt, dt_node_t child);
/** dt_child - the child of that name; a name without "@" matches any unit address */
dt_node_t dt_child(const struct dt *dt, dt_node_t node, const char *name);
/** dt_next_compatible - the next node after @after (DT_NO_NODE: from the root) with that compatible */
dt_node_t dt_next_compatible(const struct dt *dt, dt_node_t after, const char *compatible);
/** dt_node_name - the node's name with its unit address; "" for the root */
const char *dt_node_name(const struct dt *dt, dt_node_t node);
/** dt_path - the node's path, unprintable bytes as '?'; returns @buf */
const char *dt_path(const struct dt *dt, dt_node_t node, char *buf, size_t size);

/* ---- properties --------------------------------------------------------------- */

bool dt_has(const struct dt *dt, dt_node_t node, const char *name);
/** dt_is - whether a property is exactly that one string; an absent one is not */
bool dt_is(const struct dt *dt, dt_node_t node, const char *name, const char *text);

/** dt_complain - leave a message about a node and (unless NULL) a property; returns false */
bool dt_complain(struct dt *dt, dt_node_t node, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The rest complains, and returns false, when a property is absent or has another shape. */

/** dt_u32 - a property of one cell */
bool dt_u32(struct dt *dt, dt_node_t node, const char *name, uint32_t *out);
/** dt_count - how many entries of @cells cells a property has; at least one */
bool dt_count(struct dt *dt, dt_node_t node, const char *name, unsigned cells, unsigned *out);
/** dt_cells - the number in @cells (1 or 2) cells from cell @first on */
bool dt_cells(struct dt *dt, dt_node_t node, const char *name, unsigned first, unsigned cells, uint64_t *out);
/** dt_string - a property that is one string; @out points into the blob */
bool dt_string(struct dt *dt, dt_node_t node, const char *name, const char **out);
/** dt_string_count - how many strings a property holds; at least one */
bool dt_string_count(struct dt *dt, dt_node_t node, const char *name, unsigned *out);
/** dt_string_at - the string of an index; @out points into the blob */
bool dt_string_at(struct dt *dt, dt_node_t node, const char *name, unsigned index, const char **out);
/** dt_reg_cells - cells of an address and of a size in the reg of @node's children: 1 or 2 each */
bool dt_reg_cells(struct dt *dt, dt_node_t node, unsigned *address, unsigned *size);

/** dt_number - a number in one cell or in two, whatever the property has */
bool dt_number(struct dt *dt, dt_node_t node, const char *name, uint64_t *out);

/* ---- writing --------------------------------------------------------------------- */

/*
 * A blob that is written from front to end, the root first; what goes wrong is
 * told once, by dt_finish().
 */
struct dt_writer {
	void *blob; /* the caller's, @room bytes */
	size_t room;
	int err; /* the first error; then nothing more is written */
};
void dt_begin(struct dt_writer *w, void *blob, size_t room);
void dt_begin_node(struct dt_writer *w, const char *name);
void dt_end_node(struct dt_writer *w);
void dt_put_cell(struct dt_writer *w, const char *name, uint32_t value);
void dt_put_string(struct dt_writer *w, const char *name, const char *value);
/** dt_put_numbers - @count numbers of two cells each */
void dt_put_numbers(struct dt_writer *w, const char *name, const uint64_t *values, unsigned count);
/** dt_finish - end the blob; returns its bytes, 0 when it did not fit */
size_t dt_finish(struct dt_writer *w, uint32_t boot_cpu);

/* ---- files ------------------------------------------------------------------------- */

/**
 * dts_load - a device tree blob from a .dtb, or from a .dts through the dtc program
 * @path:    which of the two it is, is told by its content
 * @out:     a blob of *@len bytes to be freed by the caller; dt_open() has seen it
 * @message: on error, what is wrong; @size bytes
 * Returns PEF_OK, PEF_NOFILE, PEF_PARSE, PEF_LIMIT or PEF_NOMEM. Blocks while dtc runs.
 */
enum pef_err dts_load(const char *path, void **out, size_t *len, char *message, size_t size);
/** dts_load_bytes - the same, but a .dtb is taken as it is: its bytes need not be a tree (at most DT_BYTES_MAX) */
enum pef_err dts_load_bytes(const char *path, void **out, size_t *len, char *message, size_t size);

#endif
