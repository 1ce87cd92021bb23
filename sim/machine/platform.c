/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform.c - a machine from a PowerNV device tree.
 *
 * Read is what Linux and the ultravisor read, and nothing else: a tree of a
 * real machine has thousands of properties that are nobody's business here.
 * What is read is checked hard, because a machine that is half understood gives
 * results that look right. "clock-frequency" of a cpu is not looked at: emulated
 * trees hold a number without meaning there, and the core clock belongs to the
 * price list.
 *
 * Locking: none. Errors: PEF_PLATFORM, PEF_PARSE, PEF_NOFILE. Blocking: as
 * dts_load().
 */
#include "pefsim/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHIP_UNKNOWN UINT32_MAX

/* ---- cpus ------------------------------------------------------------------- */

/* A core that is not usable says so in "status"; without one it is. */
static bool platform_is_core(const struct dt *dt, dt_node_t node)
{
	return dt_is(dt, node, "device_type", "cpu") &&
	       (!dt_has(dt, node, "status") || dt_is(dt, node, "status", "okay"));
}

static bool platform_read_timebase(struct platform *p, struct dt *dt, dt_node_t core)
{
	uint32_t hz;
	if (!dt_u32(dt, core, "timebase-frequency", &hz))
		return false;
	if (hz == 0)
		return dt_complain(dt, core, "timebase-frequency", "0 Hz");
	if (p->core_count > 0 && hz != p->timebase_hz)
		return dt_complain(dt, core, "timebase-frequency", "%u Hz, want %" PRIu64 " as the cores before it", hz,
			p->timebase_hz);
	p->timebase_hz = hz;
	return true;
}

/* Linux takes "reg" for the one thread of a core without server numbers (setup-common.c, smp_setup_cpu_maps). */
static bool platform_read_core(struct platform *p, struct dt *dt, dt_node_t core)
{
	const char *servers = "ibm,ppc-interrupt-server#s";
	uint32_t chip = 0;
	unsigned count;

	if (!dt_has(dt, core, servers))
		servers = "reg";
	if (!platform_read_timebase(p, dt, core) || !dt_count(dt, core, servers, 1, &count))
		return false;
	if (dt_has(dt, core, "ibm,chip-id") && !dt_u32(dt, core, "ibm,chip-id", &chip))
		return false;
	if (count > PLATFORM_THREADS_MAX - p->thread_count)
		return dt_complain(dt, core, servers, "more than %u threads in all", PLATFORM_THREADS_MAX);
	for (unsigned i = 0; i < count; i++) {
		uint64_t server;
		if (!dt_cells(dt, core, servers, i, 1, &server))
			return false;
		p->thread_server[p->thread_count] = (uint32_t)server;
		p->thread_chip[p->thread_count++] = chip;
	}
	p->core_count++;
	return true;
}

struct thread_place {
	uint32_t server, chip;
};

static int thread_place_compare(const void *a, const void *b)
{
	const struct thread_place *x = a, *y = b;
	return (x->server > y->server) - (x->server < y->server);
}

/* Firmware lists cores in any order; here a thread's position is that of its number. */
static bool platform_sort_threads(struct platform *p, struct dt *dt, dt_node_t cpus)
{
	struct thread_place *places = malloc(p->thread_count * sizeof(*places));
	if (!places)
		return dt_complain(dt, cpus, NULL, "no memory");
	for (uint32_t i = 0; i < p->thread_count; i++)
		places[i] = (struct thread_place){p->thread_server[i], p->thread_chip[i]};
	qsort(places, p->thread_count, sizeof(*places), thread_place_compare);
	for (uint32_t i = 0; i < p->thread_count; i++) {
		p->thread_server[i] = places[i].server;
		p->thread_chip[i] = places[i].chip;
	}
	free(places);
	for (uint32_t i = 1; i < p->thread_count; i++)
		if (p->thread_server[i] == p->thread_server[i - 1])
			return dt_complain(dt, cpus, NULL, "two threads have server number %u", p->thread_server[i]);
	return true;
}

static bool platform_read_cpus(struct platform *p, struct dt *dt)
{
	dt_node_t cpus = dt_find(dt, "/cpus");
	if (!dt_exists(cpus))
		return dt_complain(dt, DT_ROOT, NULL, "no node /cpus");
	for (dt_node_t core = dt_first_child(dt, cpus); dt_exists(core); core = dt_next_child(dt, core))
		if (platform_is_core(dt, core) && !platform_read_core(p, dt, core))
			return false;
	if (p->core_count == 0)
		return dt_complain(dt, cpus, NULL, "no usable node with device_type \"cpu\"");
	return platform_sort_threads(p, dt, cpus);
}

/* ---- memory ------------------------------------------------------------------- */

static bool range_overlaps(const struct platform_range *a, const struct platform_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static uint64_t range_sum(const struct platform_range *ranges, uint32_t count)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += ranges[i].size;
	return sum;
}

static bool range_check_overlap(const struct platform_range *ranges, uint32_t count, const struct platform_range *r,
	const char *kind, struct dt *dt, dt_node_t node, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (range_overlaps(&ranges[i], r))
			return dt_complain(dt, node, name,
				"0x%" PRIx64 " size 0x%" PRIx64 " overlaps %s 0x%" PRIx64 " size 0x%" PRIx64, r->base,
				r->size, kind, ranges[i].base, ranges[i].size);
	return true;
}

/* One range of normal memory or of secure memory, whatever property it comes from. */
static bool platform_add_range(
	struct platform *p, bool secure, struct platform_range r, struct dt *dt, dt_node_t node, const char *name)
{
	struct platform_range *ranges = secure ? p->secure : p->memory;
	uint32_t *count = secure ? &p->secure_count : &p->memory_count;

	if (r.size == 0)
		return dt_complain(dt, node, name, "size 0 at 0x%" PRIx64, r.base);
	if ((r.base | r.size) & (PEF_PAGE_SIZE - 1))
		return dt_complain(
			dt, node, name, "0x%" PRIx64 " size 0x%" PRIx64 " is not a multiple of 64 KiB", r.base, r.size);
	if (r.base + r.size < r.base)
		return dt_complain(dt, node, name, "0x%" PRIx64 " size 0x%" PRIx64 " wraps around", r.base, r.size);
	if (!range_check_overlap(p->memory, p->memory_count, &r, "memory", dt, node, name) ||
		!range_check_overlap(p->secure, p->secure_count, &r, "secure memory", dt, node, name))
		return false;
	if (*count == PLATFORM_RANGES_MAX)
		return dt_complain(dt, node, name, "more than %u ranges", PLATFORM_RANGES_MAX);
	if (r.size > PLATFORM_FRAMES_MAX * PEF_PAGE_SIZE - range_sum(ranges, *count))
		return dt_complain(dt, node, name, "more than %u frames of 64 KiB in all", PLATFORM_FRAMES_MAX);
	ranges[(*count)++] = r;
	return true;
}

/*
 * The chip a range belongs to: its number, or the last cell of an associativity
 * list, whose first cell says how many follow (PAPR, "ibm,associativity").
 */
static bool platform_read_chip(struct dt *dt, dt_node_t node, uint32_t *chip)
{
	static const char list[] = "ibm,associativity";
	unsigned count;
	uint64_t told, last;

	*chip = CHIP_UNKNOWN;
	if (dt_has(dt, node, "ibm,chip-id"))
		return dt_u32(dt, node, "ibm,chip-id", chip);
	if (!dt_has(dt, node, list))
		return true;
	if (!dt_count(dt, node, list, 1, &count) || !dt_cells(dt, node, list, 0, 1, &told))
		return false;
	if (count < 2 || told != count - 1)
		return dt_complain(dt, node, list, "says %" PRIu64 " cells follow, has %u", told, count - 1);
	if (!dt_cells(dt, node, list, count - 1, 1, &last))
		return false;
	*chip = (uint32_t)last;
	return true;
}

/* All base, size pairs of a property. */
static bool platform_add_ranges(struct platform *p, bool secure, struct dt *dt, dt_node_t node, const char *name,
	unsigned address, unsigned size)
{
	struct platform_range r = {0};
	unsigned count;

	if (!platform_read_chip(dt, node, &r.chip) || !dt_count(dt, node, name, address + size, &count))
		return false;
	for (unsigned i = 0; i < count; i++) {
		unsigned first = i * (address + size);
		if (!dt_cells(dt, node, name, first, address, &r.base) ||
			!dt_cells(dt, node, name, first + address, size, &r.size) ||
			!platform_add_range(p, secure, r, dt, node, name))
			return false;
	}
	return true;
}

static bool platform_read_memory(struct platform *p, struct dt *dt)
{
	unsigned address, size;
	if (!dt_reg_cells(dt, DT_ROOT, &address, &size))
		return false;
	for (dt_node_t node = dt_first_child(dt, DT_ROOT); dt_exists(node); node = dt_next_child(dt, node))
		if (dt_is(dt, node, "device_type", "memory") &&
			!platform_add_ranges(p, false, dt, node, "reg", address, size))
			return false;
	return p->memory_count > 0 || dt_complain(dt, DT_ROOT, NULL, "no node with device_type \"memory\"");
}

/* Two cells of base and two of size, whatever the parent says: so Linux reads it, and the ultravisor. */
static bool platform_read_secure(struct platform *p, struct dt *dt)
{
	static const char deprecated[] = "secure-memory-ranges";
	dt_node_t node = DT_NO_NODE;

	while (dt_exists(node = dt_next_compatible(dt, node, "ibm,secure-memory")))
		if (!platform_add_ranges(p, true, dt, node, "reg", 2, 2))
			return false;
	if (p->secure_count > 0)
		return true;
	node = dt_next_compatible(dt, DT_NO_NODE, "ibm,uv-firmware");
	if (!dt_exists(node) || !dt_has(dt, node, deprecated))
		return true;
	p->secure_is_deprecated = true;
	return platform_add_ranges(p, true, dt, node, deprecated, 2, 2);
}

/* ---- the whole ------------------------------------------------------------------ */

/* Chips that have threads; memory of others is somebody's without cores. */
static uint32_t platform_count_chips(const struct platform *p)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < p->thread_count; i++) {
		uint32_t j = 0;
		while (j < i && p->thread_chip[j] != p->thread_chip[i])
			j++;
		count += j == i;
	}
	return count;
}

static bool platform_read_tree(struct platform *p, struct dt *dt)
{
	const char *model = "unnamed machine";
	if (dt_has(dt, DT_ROOT, "model") && !dt_string(dt, DT_ROOT, "model", &model))
		return false;
	snprintf(p->model, sizeof(p->model), "%s", model);
	for (char *c = p->model; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	p->has_ultravisor = dt_exists(dt_next_compatible(dt, DT_NO_NODE, "ibm,ultravisor"));
	if (!platform_read_cpus(p, dt) || !platform_read_memory(p, dt) || !platform_read_secure(p, dt))
		return false;
	p->chip_count = platform_count_chips(p);
	return true;
}

enum pef_err platform_parse(const void *blob, size_t len, struct platform *out, char *message, size_t size)
{
	struct dt dt;
	enum pef_err err = dt_open(&dt, blob, len, message, size);
	if (err != PEF_OK)
		return err;
	struct platform *p = calloc(1, sizeof(*p));
	if (!p) {
		snprintf(message, size, "no memory for a platform");
		err = PEF_NOMEM;
	} else if (platform_read_tree(p, &dt)) {
		*out = *p;
	} else {
		err = PEF_PLATFORM;
	}
	free(p);
	dt_close(&dt);
	return err;
}

enum pef_err platform_read(const char *path, struct platform *out, char *message, size_t size)
{
	void *blob;
	size_t len;
	char why[400];
	enum pef_err err = dts_load(path, &blob, &len, message, size);
	if (err != PEF_OK)
		return err;
	err = platform_parse(blob, len, out, why, sizeof(why));
	if (err != PEF_OK)
		snprintf(message, size, "%s: %s", path, why);
	free(blob);
	return err;
}

uint64_t platform_memory_bytes(const struct platform *p)
{
	return range_sum(p->memory, p->memory_count);
}

uint64_t platform_secure_bytes(const struct platform *p)
{
	return range_sum(p->secure, p->secure_count);
}
