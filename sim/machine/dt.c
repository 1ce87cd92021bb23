/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dt.c - the one door to libfdt.
 *
 * fdt_check_full() walks a blob once and proves that every tag, name and
 * property lies inside it; after that libfdt's readers are safe. What it does
 * not prove is what a property holds, so lengths and terminating zeros are
 * looked at here, each time. A bug in a later tree can then be told by its
 * place, not by a crash.
 *
 * Locking: none. Errors: one message, the first. Blocking: never.
 */
#include "pefsim/dt.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 256u

static void dt_make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

enum pef_err dt_open(struct dt *dt, const void *blob, size_t len, char *message, size_t size)
{
	*dt = (struct dt){.blob = blob, .message = message, .size = size};
	if (len < FDT_V17_SIZE || len > DT_BYTES_MAX) {
		snprintf(message, size, "not a device tree: %zu bytes, want %zu to %llu", len, FDT_V17_SIZE,
			(unsigned long long)DT_BYTES_MAX);
		return PEF_PARSE;
	}
	if ((uintptr_t)blob & 7u) {
		dt->copy = malloc(len);
		if (!dt->copy) {
			snprintf(message, size, "no memory for a device tree of %zu bytes", len);
			return PEF_NOMEM;
		}
		dt->blob = memcpy(dt->copy, blob, len);
	}
	/* fdt_check_full() of libfdt 1.6.1 runs off the end of a blob that claims to be older. */
	int err = fdt_magic(dt->blob) == FDT_MAGIC && fdt_version(dt->blob) < 17 ? -FDT_ERR_BADVERSION
										 : fdt_check_full(dt->blob, len);
	if (err) {
		snprintf(message, size, "not a device tree: %s", fdt_strerror(err));
		dt_close(dt);
		return PEF_PARSE;
	}
	return PEF_OK;
}

void dt_close(struct dt *dt)
{
	free(dt->copy);
	*dt = (struct dt){0};
}

bool dt_is_blob(const void *bytes, size_t len)
{
	static const unsigned char magic[] = {0xd0, 0x0d, 0xfe, 0xed};
	return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static uint32_t dt_load_cell(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static dt_node_t dt_node_of(int offset)
{
	return offset < 0 ? DT_NO_NODE : (dt_node_t){offset};
}

uint32_t dt_claimed_size(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	return len >= 8 && dt_is_blob(bytes, len) ? dt_load_cell(at + 4) : 0;
}

uint32_t dt_boot_cpu(const struct dt *dt)
{
	return fdt_boot_cpuid_phys(dt->blob);
}

dt_node_t dt_find(const struct dt *dt, const char *path)
{
	return dt_node_of(fdt_path_offset(dt->blob, path));
}

dt_node_t dt_first_child(const struct dt *dt, dt_node_t node)
{
	return dt_node_of(fdt_first_subnode(dt->blob, node.at));
}

dt_node_t dt_next_child(const struct dt *dt, dt_node_t child)
{
	return dt_node_of(fdt_next_subnode(dt->blob, child.at));
}

dt_node_t dt_child(const struct dt *dt, dt_node_t node, const char *name)
{
	return dt_node_of(fdt_subnode_offset(dt->blob, node.at, name));
}

dt_node_t dt_next_compatible(const struct dt *dt, dt_node_t after, const char *compatible)
{
	return dt_node_of(fdt_node_offset_by_compatible(dt->blob, after.at, compatible));
}

const char *dt_node_name(const struct dt *dt, dt_node_t node)
{
	const char *name = fdt_get_name(dt->blob, node.at, NULL);
	return name ? name : "";
}

const char *dt_path(const struct dt *dt, dt_node_t node, char *buf, size_t size)
{
	/* A path too long for @buf is cut at its front: the node's own name tells more. */
	if (fdt_get_path(dt->blob, node.at, buf, size > INT32_MAX ? INT32_MAX : (int)size) != 0)
		snprintf(buf, size, ".../%s", dt_node_name(dt, node));
	dt_make_printable(buf);
	return buf;
}

static const void *dt_property(const struct dt *dt, dt_node_t node, const char *name, size_t *len)
{
	int bytes = 0;
	const void *data = fdt_getprop(dt->blob, node.at, name, &bytes);
	*len = data && bytes > 0 ? (size_t)bytes : 0;
	return data;
}

bool dt_has(const struct dt *dt, dt_node_t node, const char *name)
{
	size_t len;
	return dt_property(dt, node, name, &len) != NULL;
}

bool dt_is(const struct dt *dt, dt_node_t node, const char *name, const char *text)
{
	size_t len;
	const void *data = dt_property(dt, node, name, &len);
	return data && len == strlen(text) + 1 && memcmp(data, text, len) == 0;
}

bool dt_complain(struct dt *dt, dt_node_t node, const char *name, const char *format, ...)
{
	char path[PATH_BYTES];
	char why[PATH_BYTES];
	va_list args;

	if (dt->complained)
		return false;
	dt->complained = true;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	dt_make_printable(why);
	dt_path(dt, node, path, sizeof(path));
	if (name)
		snprintf(dt->message, dt->size, "%s: property '%s': %s", path, name, why);
	else
		snprintf(dt->message, dt->size, "%s: %s", path, why);
	return false;
}

/* The bytes of a property that has to be there. */
static const void *dt_require(struct dt *dt, dt_node_t node, const char *name, size_t *len)
{
	const void *data = dt_property(dt, node, name, len);
	if (!data)
		dt_complain(dt, node, name, "missing");
	return data;
}

bool dt_u32(struct dt *dt, dt_node_t node, const char *name, uint32_t *out)
{
	size_t len;
	const void *data = dt_require(dt, node, name, &len);
	if (!data)
		return false;
	if (len != 4)
		return dt_complain(dt, node, name, "%zu bytes, want 4", len);
	*out = dt_load_cell(data);
	return true;
}

bool dt_count(struct dt *dt, dt_node_t node, const char *name, unsigned cells, unsigned *out)
{
	size_t len;
	if (!dt_require(dt, node, name, &len))
		return false;
	if (len == 0)
		return dt_complain(dt, node, name, "empty, want a multiple of %u bytes", 4 * cells);
	if (len % (4 * cells))
		return dt_complain(dt, node, name, "%zu bytes, want a multiple of %u", len, 4 * cells);
	*out = (unsigned)(len / (4 * cells));
	return true;
}

bool dt_cells(struct dt *dt, dt_node_t node, const char *name, unsigned first, unsigned cells, uint64_t *out)
{
	size_t len;
	const unsigned char *data = dt_require(dt, node, name, &len);
	if (!data)
		return false;
	size_t end = 4 * ((size_t)first + cells);
	if (len < end)
		return dt_complain(dt, node, name, "%zu bytes, want at least %zu", len, end);
	uint64_t value = 0;
	for (unsigned i = first; i < first + cells; i++)
		value = value << 32 | dt_load_cell(data + 4 * (size_t)i);
	*out = value;
	return true;
}

bool dt_number(struct dt *dt, dt_node_t node, const char *name, uint64_t *out)
{
	unsigned cells;
	if (!dt_count(dt, node, name, 1, &cells))
		return false;
	if (cells > 2)
		return dt_complain(dt, node, name, "%u cells, want 1 or 2", cells);
	return dt_cells(dt, node, name, 0, cells, out);
}

bool dt_string_count(struct dt *dt, dt_node_t node, const char *name, unsigned *out)
{
	size_t len;
	if (!dt_require(dt, node, name, &len))
		return false;
	int count = fdt_stringlist_count(dt->blob, node.at, name);
	if (count <= 0)
		return dt_complain(dt, node, name, "not a list of strings");
	*out = (unsigned)count;
	return true;
}

bool dt_string_at(struct dt *dt, dt_node_t node, const char *name, unsigned index, const char **out)
{
	unsigned count;
	if (!dt_string_count(dt, node, name, &count))
		return false;
	if (index >= count)
		return dt_complain(dt, node, name, "%u strings, want at least %u", count, index + 1);
	*out = fdt_stringlist_get(dt->blob, node.at, name, (int)index, NULL);
	return *out || dt_complain(dt, node, name, "not a list of strings");
}

bool dt_string(struct dt *dt, dt_node_t node, const char *name, const char **out)
{
	unsigned count;
	if (!dt_string_count(dt, node, name, &count))
		return false;
	if (count != 1)
		return dt_complain(dt, node, name, "%u strings, want one", count);
	return dt_string_at(dt, node, name, 0, out);
}

static bool dt_cell_width(struct dt *dt, dt_node_t node, const char *name, unsigned initial, unsigned *out)
{
	uint32_t width = initial;
	if (dt_has(dt, node, name) && !dt_u32(dt, node, name, &width))
		return false;
	if (width < 1 || width > 2)
		return dt_complain(dt, node, name, "%u cells, want 1 or 2", width);
	*out = width;
	return true;
}

bool dt_reg_cells(struct dt *dt, dt_node_t node, unsigned *address, unsigned *size)
{
	/* The defaults are the Devicetree Specification's, 2.3.5. */
	return dt_cell_width(dt, node, "#address-cells", 2, address) && dt_cell_width(dt, node, "#size-cells", 1, size);
}
