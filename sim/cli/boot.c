/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.c - what happens to a guest before its script begins.
 *
 * A host context makes the memslots. Then the first vCPU writes its image, a
 * page with the ESM blob and one with the device tree (esm_images.h), and asks
 * for UV_ESM when the scenario says "boot secure". Every script waits
 * until all guests have booted: that is also where a snapshot is worth taking.
 *
 * Locking: none. Errors: a slot or UV_ESM that fails is a finding. Blocking:
 * yields.
 */
#include "pefsim/finding.h"
#include "world.h"

static uint32_t boot_event_setup(const struct boot *b)
{
	return b->world->scenario->event_count + 2 * b->guest;
}

static uint32_t boot_event_booted(const struct world *w, unsigned guest)
{
	return w->scenario->event_count + 2 * guest + 1;
}

static void boot_failed(const struct boot *b, const char *what, int64_t code, char prefix)
{
	struct finding f;
	const char *name = abi_code_name(code, prefix);
	finding_begin(&f, FINDING_RESULT);
	snprintf(f.title, sizeof(f.title), "result in the boot of a guest: %s", what);
	finding_add_block(&f, "boot of %s:", b->world->scenario->guests[b->guest].name);
	finding_add_line(&f, "%s answered %s, expected success", what, name ? name : "an unknown code");
	finding_report(&f);
}

void boot_setup_main(void *arg)
{
	struct boot *b = arg;
	const struct guest_spec *spec = &b->world->scenario->guests[b->guest];

	context_set_line(context_self(), spec->line);
	for (unsigned i = 0; i < spec->slot_count; i++) {
		const struct slot_spec *slot = &spec->slots[i];
		struct hv_request request = {.kind = HV_SLOT_CREATE,
			.guest = b->guest,
			.slot = slot->id,
			.gfn = gfn_of_gpa(slot->gpa),
			.count = slot->pages};
		if (!slot->present)
			continue;
		int64_t result = hv_host_op(b->world->hv, &request);
		if (result)
			boot_failed(b, "slot_create", result, 'H');
	}
	events_raise(boot_event_setup(b));
}

/* A guest without memory has no image; its addresses are 0, which UV_ESM refuses. */
int64_t boot_uv_esm(const struct world *w, unsigned guest, unsigned vcpu, const char *fdt, const char *blob)
{
	static const struct guest_image nothing;
	const struct guest_image *found = esm_images_find(w->images, guest, fdt, blob);
	const struct guest_image *image = found ? found : &nothing;
	uint64_t args[2] = {image->blob, image->fdt};

	for (unsigned i = 0; i < image->page_count; i++) {
		token_t token = image->pages[i];
		int64_t result = vcpu_access(w->machines[guest], vcpu, (gfn_t){image->first.n + i}, true, &token);
		if (result)
			return result;
	}
	return vcpu_ucall(w->machines[guest], vcpu, ABI_UV_ESM, args, 2);
}

/* Slots that are "shared": the guest shares their pages as soon as it is secure. */
static void boot_share(const struct boot *b)
{
	const struct world *w = b->world;
	const struct guest_spec *spec = &w->scenario->guests[b->guest];

	for (unsigned i = 0; i < spec->slot_count; i++) {
		const struct slot_spec *slot = &spec->slots[i];
		uint64_t args[2] = {(slot->gpa >> PEF_PAGE_SHIFT) + slot->shared_first, slot->shared_count};
		if (!slot->shared_count)
			continue;
		int64_t result = vcpu_ucall(w->machines[b->guest], 0, ABI_UV_SHARE_PAGE, args, 2);
		if (result)
			boot_failed(b, "UV_SHARE_PAGE", result, 'U');
	}
}

/*S:190
 * A guest boots by the same calls as a script's: a host context makes the memslots, the first vCPU
 * writes its image and asks for UV_ESM. Every script waits until all guests have booted, so line one
 * of a script always finds the same machine.
 :*/
void boot_guest(struct boot *b)
{
	struct world *w = b->world;
	const struct guest_spec *spec = &w->scenario->guests[b->guest];

	events_wait(boot_event_setup(b), 1);
	context_set_line(context_self(), spec->line);
	if (spec->boot == BOOT_SECURE && spec->slot_count) {
		int64_t result = boot_uv_esm(w, b->guest, 0, NULL, NULL);
		if (result)
			boot_failed(b, "UV_ESM", result, 'U');
		else
			boot_share(b);
	}
	events_raise(boot_event_booted(w, b->guest));
}

void boot_vcpu_main(void *arg)
{
	boot_guest(arg);
}

void boot_wait_all(const struct world *w)
{
	for (unsigned i = 0; i < w->scenario->guest_count; i++)
		events_wait(boot_event_booted(w, i), 1);
}
