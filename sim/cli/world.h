/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - a scenario made into domains, models and contexts.
 *
 * This is the one place that names both models: it reads the platform, sizes
 * the memories, adds the domains (hv, uv, then one a guest), gives every edge
 * its lookahead from the price list, and starts a context for each thread of
 * the scenario. Scripts meet the models in actor.c and ops_*.c.
 *
 * Locking: none before the run; afterwards every part belongs to its domain.
 * Errors: world_create() with a message. Blocking: never.
 */
#ifndef WORLD_H
#define WORLD_H

#include "pefsim/engine.h"
#include "pefsim/model.h"
#include "pefsim/platform.h"
#include "pefsim/scenario.h"

#include "esm_images.h"
#include "events.h"

struct world;

/* One thread of a scenario at work. */
struct actor {
	struct world *world;
	const struct thread *thread;
	unsigned index; /* of the thread in the scenario */
};

/* A guest's boot: its memslots and, for the first vCPU, what it does before its script. */
struct boot {
	struct world *world;
	unsigned guest;
	bool vcpu_has_script; /* else a context of its own boots the guest */
};

struct world {
	const struct scenario *scenario;
	struct engine *engine;
	struct world_config config;
	struct esm_images *images;
	uint64_t seed; /* of the run; 0: "choose" takes the first, "maybe" never happens */
	struct hv *hv;
	struct uv *uv;
	struct guest_machine *machines[PEF_GUESTS_MAX]; /* each in its guest's arena */
	struct actor *actors;
	struct boot boots[PEF_GUESTS_MAX];
	struct domain_ops hv_ops, uv_ops, guest_ops; /* the models' own, and the script's events */
};

/**
 * world_create - build everything a scenario needs
 * @scenario: must outlive the world
 * @platform: constant; sizes and hardware threads
 * @engine:   the engine's configuration; its price list decides the lookahead
 * @message:  on error, what is wrong; @size bytes
 * Returns PEF_OK and *@out, PEF_LIMIT when the platform is too small, or an error of
 * esm_images_load().
 */
enum pef_err world_create(const struct scenario *scenario, const struct platform *platform,
	const struct engine_config *engine, struct world **out, char *message, size_t size);
void world_destroy(struct world *world);

/** actor_main - body of a scenario thread's context; @arg is a struct actor */
void actor_main(void *arg);
/** boot_setup_main - body of "gN.setup", a host context that makes the memslots */
void boot_setup_main(void *arg);
/** boot_vcpu_main - body of a first vCPU that has no script of its own */
void boot_vcpu_main(void *arg);
/** boot_guest - what the first vCPU does before its script; yields */
void boot_guest(struct boot *boot);
/** boot_uv_esm - write the image and ask for UV_ESM; its result; yields. @fdt, @blob: of the statement, or NULL */
int64_t boot_uv_esm(const struct world *world, unsigned guest, unsigned vcpu, const char *fdt, const char *blob);
/** boot_wait_all - until every guest has booted; yields */
void boot_wait_all(const struct world *world);
/** world_gfn - the guest page that "SLOT:PAGE" of a scenario means */
gfn_t world_gfn(const struct world *world, unsigned guest, uint32_t slot, uint64_t page);

#endif
