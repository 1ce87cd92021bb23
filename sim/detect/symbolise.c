/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbolise.c - return addresses to functions and lines; the door to libdw.
 *
 * libdwfl is shown this process, so it knows where position-independent code
 * was loaded. An address inside an inlined function gives one place for each
 * function inlined there, as a reader of the source expects. The tree's root is
 * what stands before this file's own name in its path, so places are told
 * relative to it wherever the project was built. Without debug information the
 * dynamic symbol's name is told, with no file.
 *
 * Asking the debug information takes some fifty microseconds an address, and the
 * runs of a check tell the same findings again and again, so what an address means
 * is remembered. It stays true: nothing that was loaded is ever unloaded.
 *
 * Locking: for reports, from one host thread at a time; the opened debug
 * information is kept for the next report. Errors: an unknown address gives no
 * place. Blocking: reads files of the host.
 */
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/heap.h"

#include "places.h"
#include "region.h"

#define SYMBOLISE_LINUX "/linux/"
#define SYMBOLISE_SELF "sim/detect/symbolise.c"

/* Places of one address, innermost first. */
struct symbolise_out {
	struct chain_place *places;
	unsigned count, max;
};

/* Deepest inlining that is told of one address. */
#define SYMBOLISE_DEPTH_MAX 16u

struct symbolise_known {
	uintptr_t address;
	unsigned count;
	struct chain_place places[];
};

static Dwfl *symbolise_dwfl;
static void *symbolise_known; /* a tree of search.h, by address */

static Dwfl *symbolise_open(void)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};

	if (symbolise_dwfl)
		return symbolise_dwfl;
	symbolise_dwfl = dwfl_begin(&callbacks);
	if (!symbolise_dwfl)
		return NULL;
	if (dwfl_linux_proc_report(symbolise_dwfl, getpid()) != 0 || dwfl_report_end(symbolise_dwfl, NULL, NULL) != 0) {
		dwfl_end(symbolise_dwfl);
		symbolise_dwfl = NULL;
	}
	return symbolise_dwfl;
}

/* The path below the tree's root; as it is when it lies elsewhere. */
static const char *symbolise_relative(const char *path)
{
	static const char *const tops[] = {"/hv_model/", "/uv_model/", "/sim/", "/tests/", "/include/pefsim/"};
	size_t self = strlen(__FILE__), tail = strlen(SYMBOLISE_SELF);
	const char *best = NULL;

	/* A kernel file was compiled as if its tree were there. */
	if (strncmp(path, SYMBOLISE_LINUX, strlen(SYMBOLISE_LINUX)) == 0)
		return path + strlen(SYMBOLISE_LINUX);
	if (self > tail && strncmp(path, __FILE__, self - tail) == 0)
		return path + (self - tail);
	/* Built with mapped or relative paths: the last folder of the tree's that the path names. */
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		for (const char *at = strstr(path, tops[i]); at; at = strstr(at + 1, tops[i])) {
			if (!best || at > best)
				best = at;
		}
	}
	return best ? best + 1 : path;
}

/* Machinery that a reader of a chain does not want to see. */
static bool symbolise_is_hidden(const char *file)
{
	static const char *const hidden[] = {
		"sim/engine/", "sim/detect/", "sim/sync/", "sim/trace/", "include/pefsim/", "hv_model/linux/"};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (strncmp(file, hidden[i], strlen(hidden[i])) == 0)
			return true;
	}
	return false;
}

static void symbolise_put(struct symbolise_out *out, const char *function, const char *path, int line)
{
	const char *file = path ? symbolise_relative(path) : "";
	struct chain_place *place;

	if (out->count == out->max || symbolise_is_hidden(file))
		return;
	place = &out->places[out->count++];
	snprintf(place->function, sizeof(place->function), "%s", function ? function : "?");
	snprintf(place->file, sizeof(place->file), "%s", file);
	place->line = line > 0 ? (unsigned)line : 0;
}

static const char *symbolise_call_file(Dwarf_Die *unit, Dwarf_Die *inlined, int *line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;
	Dwarf_Files *files;
	size_t count;

	*line = 0;
	if (dwarf_attr(inlined, DW_AT_call_line, &attribute) && dwarf_formudata(&attribute, &number) == 0)
		*line = (int)number;
	if (!dwarf_attr(inlined, DW_AT_call_file, &attribute) || dwarf_formudata(&attribute, &number) != 0)
		return NULL;
	if (dwarf_getsrcfiles(unit, &files, &count) != 0 || number >= count)
		return NULL;
	return dwarf_filesrc(files, number, NULL, NULL);
}

/* Functions around an address, the inlined ones with the place they were called from. */
static void symbolise_scopes(struct symbolise_out *out, Dwarf_Die *unit, Dwarf_Addr address, const char *file, int line)
{
	Dwarf_Die *scopes = NULL;
	int count = dwarf_getscopes(unit, address, &scopes);

	/* Outside of an inlined function these go on where it was defined, not where it was called. */
	if (count > 0) {
		Dwarf_Die innermost = scopes[0];

		free(scopes);
		scopes = NULL;
		count = dwarf_getscopes_die(&innermost, &scopes);
	}

	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		Dwarf_Attribute attribute;
		const char *name;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		name = dwarf_formstring(dwarf_attr_integrate(&scopes[i], DW_AT_name, &attribute));
		symbolise_put(out, name, file, line);
		if (tag == DW_TAG_subprogram)
			break;
		file = symbolise_call_file(unit, &scopes[i], &line);
	}
	free(scopes);
}

static void symbolise_without_lines(struct symbolise_out *out, Dwfl_Module *module, uintptr_t address)
{
	const char *name = module ? dwfl_module_addrname(module, address) : NULL;
	Dl_info info;

	if (!name && dladdr((void *)address, &info))
		name = info.dli_sname;
	symbolise_put(out, name, NULL, 0);
}

/* The compilation unit of an address. clang writes no table of addresses, so the units are asked themselves. */
static Dwarf_Die *symbolise_unit(Dwfl_Module *module, uintptr_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

	/* The table names the nearest unit it has, not always one that holds the address. */
	if (unit && dwarf_haspc(unit, address - *bias) == 1)
		return unit;
	unit = NULL;
	while ((unit = dwfl_module_nextcu(module, unit, bias))) {
		if (dwarf_haspc(unit, address - *bias) == 1)
			return unit;
	}
	return NULL;
}

/* A return address is behind its call, so the call's place is asked for. */
static void symbolise_address(struct symbolise_out *out, uintptr_t address)
{
	Dwfl *dwfl = symbolise_open();
	Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, address - 1) : NULL;
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = module ? symbolise_unit(module, address - 1, &bias) : NULL;
	Dwarf_Line *where = unit ? dwarf_getsrc_die(unit, address - 1 - bias) : NULL;
	const char *file;
	unsigned before = out->count;
	int line = 0;

	if (!where) {
		symbolise_without_lines(out, module, address - 1);
		return;
	}
	file = dwarf_linesrc(where, NULL, NULL);
	dwarf_lineno(where, &line);
	symbolise_scopes(out, unit, address - 1 - bias, file, line);
	/* A unit without scopes: assembly, or only a line table. */
	if (out->count == before && out->count < out->max && file && !symbolise_is_hidden(symbolise_relative(file)))
		symbolise_put(out, dwfl_module_addrname(module, address - 1), file, line);
}

/* ---- what was asked before --------------------------------------------------------------- */

static int symbolise_order(const void *a, const void *b)
{
	const struct symbolise_known *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static const struct symbolise_known *symbolise_ask(uintptr_t address)
{
	struct chain_place places[SYMBOLISE_DEPTH_MAX];
	struct symbolise_out out = {places, 0, SYMBOLISE_DEPTH_MAX};
	const struct symbolise_known key = {.address = address};
	struct symbolise_known *const *at = tfind(&key, &symbolise_known, symbolise_order);

	if (at)
		return *at;
	symbolise_address(&out, address);
	struct symbolise_known *k = malloc(sizeof(*k) + out.count * sizeof(*places));
	if (k)
		*k = (struct symbolise_known){.address = address, .count = out.count};
	if (!k || !tsearch(k, &symbolise_known, symbolise_order))
		region_die("the host has no memory left for names of functions");
	memcpy(k->places, places, out.count * sizeof(*places));
	return k;
}

unsigned chain_places(const struct domain *d, uint32_t chain, struct chain_place *out, unsigned max)
{
	uintptr_t frames[CHAIN_FRAMES_MAX];
	unsigned frame_count = chain_frames(d, chain, frames, CHAIN_FRAMES_MAX), count = 0;

	for (unsigned i = 0; i < frame_count && count < max; i++) {
		const struct symbolise_known *k = symbolise_ask(frames[i]);
		unsigned take = k->count < max - count ? k->count : max - count;

		memcpy(&out[count], k->places, take * sizeof(*out));
		count += take;
	}
	return count;
}

/* ---- from lines to addresses --------------------------------------------------------- */

/* Whether a row of a line table is where a statement begins that has instructions of its own. */
static bool places_row(Dwarf_Lines *rows, size_t i, size_t count, int *line, Dwarf_Addr *address)
{
	Dwarf_Line *row = dwarf_onesrcline(rows, i), *next = i + 1 < count ? dwarf_onesrcline(rows, i + 1) : NULL;
	Dwarf_Addr behind;
	bool begins, end;

	if (dwarf_linebeginstatement(row, &begins) || !begins || dwarf_lineendsequence(row, &end) || end)
		return false;
	if (!next || dwarf_lineaddr(row, address) || dwarf_lineaddr(next, &behind) || behind == *address)
		return false;
	return dwarf_lineno(row, line) == 0 && *line > 0;
}

void places_each(
	uintptr_t inside, const char *file, void (*each)(void *arg, unsigned line, uintptr_t address), void *arg)
{
	Dwfl *dwfl = symbolise_open();
	Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, inside) : NULL;
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias, address;
	Dwarf_Lines *rows;
	size_t count;
	int line;

	while (module && (unit = dwfl_module_nextcu(module, unit, &bias))) {
		if (dwarf_getsrclines(unit, &rows, &count) != 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			const char *path = dwarf_linesrc(dwarf_onesrcline(rows, i), NULL, NULL);
			if (path && !strcmp(symbolise_relative(path), file) &&
				places_row(rows, i, count, &line, &address))
				each(arg, (unsigned)line, (uintptr_t)(address + bias));
		}
	}
}
