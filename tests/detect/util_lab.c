/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_lab.c - see util_lab.h.
 *
 * Locking: none. Errors: a failed assertion of cmocka. Blocking: runs to the end.
 */
#include "util_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

void lab_open_as(struct lab *lab, const struct engine_config *config)
{
	static const struct domain_ops ops = {0};

	*lab = (struct lab){.engine = engine_create(config)};
	assert_non_null(lab->engine);
	lab->d[0] = engine_add_domain(lab->engine, "d0", &ops, NULL, 0);
	lab->d[1] = engine_add_domain(lab->engine, "d1", &ops, NULL, 0);
}

void lab_open(struct lab *lab, enum engine_exec exec)
{
	lab_open_as(lab, &(struct engine_config){.exec = exec, .seed = 1});
}

void lab_open_lean(struct lab *lab, enum engine_exec exec)
{
	lab_open_as(lab, &(struct engine_config){.exec = exec, .seed = 1, .detectors_off = true});
}

void lab_spawn(struct lab *lab, unsigned n, void (*fn)(void *), void *arg)
{
	char name[16];

	snprintf(name, sizeof(name), "d%u.main", n);
	context_spawn(lab->d[n], name, name, fn, arg, 1);
}

void lab_run(struct lab *lab)
{
	assert_int_equal(engine_run(lab->engine, &lab->result), PEF_OK);
	lab->count = engine_findings(lab->engine, &lab->findings);
}

void lab_close(struct lab *lab)
{
	engine_destroy(lab->engine);
}

void lab_try(struct lab *lab, enum engine_exec exec, void (*fn)(void *), void *arg)
{
	lab_open(lab, exec);
	lab_spawn(lab, 0, fn, arg);
	lab_run(lab);
}
