/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_doctor.c - pefsim doctor: what is here, what is missing, does it work.
 *
 * Each line is one fact with "ok" or "MISSING" and, when missing, what that
 * costs. The self-test runs the demonstration in both executors and compares
 * the hashes of the traces.
 *
 * Locking: none. Errors: exit 7 when the self-test fails, 3 when a needed part
 * is missing. Blocking: about a second.
 */
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "paths.h"
#include "session.h"

static void doctor_line(const char *what, const char *state, const char *detail)
{
	printf("%-22s %-8s %s\n", what, state, detail);
}

/* Whether a program is on the PATH. */
static bool doctor_has_program(const char *name)
{
	const char *path = getenv("PATH");
	char file[512];

	while (path && *path) {
		size_t len = strcspn(path, ":");
		snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, name);
		if (!access(file, X_OK))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static void doctor_host(void)
{
	struct utsname host;
	char detail[512];

	snprintf(detail, sizeof(detail), "%s, %s", PEF_VERSION,
#if defined(__clang__)
		"clang " __clang_version__
#else
		"gcc " __VERSION__
#endif
	);
	doctor_line("pefsim", "ok", detail);
	if (!uname(&host)) {
		snprintf(detail, sizeof(detail), "%.64s %.64s on %.64s, glibc %s", host.sysname, host.release,
			host.machine, gnu_get_libc_version());
		doctor_line("host", "ok", detail);
	}
	snprintf(detail, sizeof(detail), "%ld online; the threads executor uses one, a check uses all",
		sysconf(_SC_NPROCESSORS_ONLN));
	doctor_line("cores", "ok", detail);
#if defined(__x86_64__) && !defined(PEF_UCONTEXT)
	doctor_line("fiber switch", "ok", "x86-64 assembly");
#else
	doctor_line("fiber switch", "ok", "ucontext (slower)");
#endif
#if defined(PEF_HOOKS)
	doctor_line("access hooks", "ok", "stale pointers are seen");
#else
	doctor_line("access hooks", "MISSING", "a sanitizer build: stale pointers are not seen by pefsim");
#endif
}

static bool doctor_file(const char *what, const char *name)
{
	char path[512];
	bool found = paths_shipped(name, path, sizeof(path));
	doctor_line(what, found ? "ok" : "MISSING", found ? path : name);
	return found;
}

static void doctor_programs(void)
{
	bool dtc = doctor_has_program("dtc");
	doctor_line("dtc", dtc ? "ok" : "MISSING",
		dtc ? "device trees can be read as source" : "only .dtb can be read (package device-tree-compiler)");
	bool addresses = !access("/proc/self/exe", R_OK);
	doctor_line("/proc/self/exe", addresses ? "ok" : "MISSING",
		addresses ? "reports name functions and lines" : "reports name no functions");
}

/* The hash of the demonstration's trace in one executor; false when it does not run. */
static bool doctor_hash(enum engine_exec exec, const char *path, uint64_t *hash)
{
	struct options options = {.verb = VERB_RUN, .exec = exec, .seed = 1, .quiet = true, .steps_max = STEPS_DEFAULT};
	struct session s;
	bool ran = !session_open(&s, &options, path) && !session_run(&s) && session_exit(&s) == PEF_EXIT_OK;
	if (ran)
		*hash = trace_hash(s.world->engine);
	session_close(&s);
	return ran;
}

static bool doctor_self_test(void)
{
	char path[512], detail[128];
	uint64_t fibers = 0, threads = 1;

	if (!paths_shipped(PATHS_DEMONSTRATION, path, sizeof(path)))
		return false;
	bool ran = doctor_hash(ENGINE_FIBERS, path, &fibers) && doctor_hash(ENGINE_THREADS, path, &threads);
	bool same = ran && fibers == threads;
	snprintf(detail, sizeof(detail), "demonstration: fibers %016" PRIx64 ", threads %016" PRIx64, fibers, threads);
	doctor_line("self-test", same ? "ok" : "FAILED", ran ? detail : "the demonstration did not run to its end");
	return same;
}

int cmd_doctor(const struct options *options)
{
	(void)options;
	doctor_host();
	doctor_programs();
	bool found = doctor_file("machine", PATHS_DEFAULT_MACHINE);
	found &= doctor_file("prices", PATHS_DEFAULT_PRICES);
	found &= doctor_file("demonstration", PATHS_DEMONSTRATION);
	if (!found)
		return PEF_EXIT_INPUT;
	return doctor_self_test() ? PEF_EXIT_OK : PEF_EXIT_BUG;
}
