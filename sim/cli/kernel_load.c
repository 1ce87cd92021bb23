/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_load.c - an object from the cache becomes a design. See kernel.h.
 *
 * What the object may write to (its data and bss) is found in its program headers:
 * the writable segment without the part that the loader made read-only after
 * relocation.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads files.
 */
#include "kernel.h"

#include <dirent.h>
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pefsim/model.h"
#include "pefsim/variants.h"

static const char *kernel_cache_given;

void kernel_use_cache(const char *folder)
{
	kernel_cache_given = folder;
}

static bool cache_make(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0777);
		*at = '/';
	}
	mkdir(path, 0777);
	return access(path, W_OK) == 0;
}

bool kernel_cache(const char *given, char *out, size_t size)
{
	const char *folder = given ? given : kernel_cache_given, *base = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	if (folder)
		snprintf(out, size, "%s", folder);
	else if (base && base[0])
		snprintf(out, size, "%s/pefsim", base);
	else
		snprintf(out, size, "%s/.cache/pefsim", home ? home : "/tmp");
	if (cache_make(out))
		return true;
	fprintf(stderr, "pefsim: the cache '%s' cannot be written to\nhelp: --cache DIR names another\n", out);
	return false;
}

/* ---- writable memory of an object -------------------------------------------------- */

struct range_search {
	uintptr_t inside; /* an address in the object */
	uintptr_t lo, hi;
};

static bool header_holds(const struct dl_phdr_info *info, const ElfW(Phdr) * header, uintptr_t address)
{
	uintptr_t lo = info->dlpi_addr + header->p_vaddr;
	return header->p_type == PT_LOAD && address - lo < header->p_memsz;
}

static void range_of(const struct dl_phdr_info *info, struct range_search *search)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), relro = 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		if (header->p_type == PT_GNU_RELRO)
			relro = (info->dlpi_addr + header->p_vaddr + header->p_memsz) & ~(page - 1);
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_W))
			continue;
		search->lo = info->dlpi_addr + header->p_vaddr;
		search->hi = search->lo + header->p_memsz;
	}
	if (relro > search->lo && relro <= search->hi)
		search->lo = relro;
}

static int range_visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct range_search *search = arg;
	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		if (header_holds(info, &info->dlpi_phdr[i], search->inside)) {
			range_of(info, search);
			return 1;
		}
	}
	return 0;
}

/* ---- loading ------------------------------------------------------------------------- */

static bool load_failed(const char *path, const char *why)
{
	fprintf(stderr, "pefsim: %s cannot be loaded: %s\nhelp: 'pefsim kernel build --tree DIR' makes it anew\n", path,
		why);
	return false;
}

bool kernel_load(const char *path, const char *name, const void **inside)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return load_failed(path, dlerror());
	const struct pef_kernel *kernel = dlsym(handle, "pef_kernel_entry");
	if (!kernel)
		return load_failed(path, "it is no kernel object");
	struct range_search search = {.inside = (uintptr_t)kernel};
	dl_iterate_phdr(range_visit, &search);
	const struct kernel_object object = {kernel, (void *)search.lo, search.hi - search.lo};
	char full[PEF_NAME_MAX];
	enum design_id id;
	*inside = kernel;
	snprintf(full, sizeof(full), KERNEL_PREFIX "%.40s", name);
	enum pef_err err = hv_kernel_add(full, &object, &id);
	if (err == PEF_USAGE)
		return load_failed(path, "it was built for another pefsim");
	return err ? load_failed(path, "there are too many loaded designs") : true;
}

/* The last of the names that begin with @name and a dot: 6.1.192 for 6.1. */
static bool find_longer(const char *cache, const char *name, char *best, size_t size)
{
	DIR *dir = opendir(cache);
	size_t len = strlen(name);
	best[0] = '\0';
	for (struct dirent *e; dir && (e = readdir(dir));) {
		const char *rest = e->d_name + (strncmp(e->d_name, name, len) ? strlen(e->d_name) : len);
		if (rest[0] != '.' || rest[strspn(rest, ".0123456789")])
			continue;
		if (strverscmp(e->d_name, best) > 0)
			snprintf(best, size, "%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	return best[0] != '\0';
}

bool kernel_find(const char *design)
{
	char cache[PATH_MAX - 300], path[PATH_MAX], longer[256];
	const void *inside;
	const char *name = design + strlen(KERNEL_PREFIX);

	if (strncmp(design, KERNEL_PREFIX, strlen(KERNEL_PREFIX)) != 0 || !name[0] || strchr(name, '/'))
		return false;
	if (!kernel_cache(NULL, cache, sizeof(cache)))
		return false;
	snprintf(path, sizeof(path), "%s/%s", cache, name);
	if (access(path, R_OK) != 0 && find_longer(cache, name, longer, sizeof(longer)))
		snprintf(path, sizeof(path), "%s/%s", cache, longer);
	if (access(path, R_OK) == 0)
		return kernel_load(path, name, &inside);
	fprintf(stderr, "pefsim: no kernel was built as '%s' in %s\nhelp: pefsim kernel build --tree DIR\n", design,
		cache);
	return false;
}
