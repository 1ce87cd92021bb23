/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * paths.h - where shipped platforms and price lists are found.
 *
 * Looked for in this order: the folder that PEFSIM_DATA names, share/pefsim
 * beside the installed program, the build folder's share/pefsim.
 *
 * Locking: none. Errors: false when nothing is there. Blocking: never.
 */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>
#include <stddef.h>

#define PATHS_DEFAULT_MACHINE "platforms/power9-1socket-pef.dtb"
#define PATHS_DEFAULT_PRICES "prices/power9.dtb"
#define PATHS_DEMONSTRATION "scenarios/seed/boot-share-pageout.pef"

/** paths_shipped - full path of a shipped file, as "prices/power9.dtb" */
bool paths_shipped(const char *name, char *out, size_t size);
/**
 * paths_resolve - a file as a scenario names it: beside the scenario, as it
 * stands, or a shipped one (a .dts is found as its compiled .dtb)
 * @scenario: path of the scenario file
 */
bool paths_resolve(const char *name, const char *scenario, char *out, size_t size);

#endif
