/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * places.h - where the code of source lines begins, from debug information.
 *
 * Locking, Errors, Blocking: as symbolise.c.
 */
#ifndef PLACES_H
#define PLACES_H

#include <stdint.h>

/**
 * places_each - all places in an object where a statement of a file begins
 * @inside: an address in the object
 * @file:   as reports call it, "mm/migrate_device.c"
 * @each:   gets each line's number and address, in no order
 */
void places_each(
	uintptr_t inside, const char *file, void (*each)(void *arg, unsigned line, uintptr_t address), void *arg);

#endif
