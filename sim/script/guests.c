/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guests.c - the sections "guest": memslots, vCPUs, how the guest boots.
 *
 * A slot's number stands for one place in guest memory during the whole
 * scenario, so that "1:0" always means the same page: a slot that a script
 * creates again has the address it had, though it may have another size.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const char slot_usage[] = "slot INT gpa NUM pages NUM [shared INT..INT | absent]";
static const char guest_usage[] = "lines of 'guest': slot, boot, vcpus, lpid, svm";

bool guest_find(const struct reader *r, const char *name, unsigned *out)
{
	for (unsigned i = 0; i < r->s->guest_count; i++)
		if (strcmp(r->s->guests[i].name, name) == 0) {
			*out = i;
			return true;
		}
	return false;
}

struct slot_spec *guest_slot(struct guest_spec *g, uint64_t id)
{
	for (unsigned i = 0; i < g->slot_count; i++)
		if (g->slots[i].id == id)
			return &g->slots[i];
	return NULL;
}

struct slot_spec *guest_add_slot(struct reader *r, struct guest_spec *g)
{
	g->slots = script_grow(r->arena, g->slots, g->slot_count, sizeof(*g->slots));
	return &g->slots[g->slot_count++];
}

/* Tells an overlap with another slot of the section that is there from the start; names may overlap. */
static void overlap_check(struct cursor *c, const struct guest_spec *g, const struct slot_spec *slot)
{
	for (unsigned i = 0; i < g->slot_count; i++) {
		const struct slot_spec *o = &g->slots[i];
		if (!slot->present || !o->present)
			continue;
		if (slot->gpa >= o->gpa + o->pages * PEF_PAGE_SIZE || o->gpa >= slot->gpa + slot->pages * PEF_PAGE_SIZE)
			continue;
		diag_error(c->r->diag, c->line, c->line->words[1].column, "slot %u overlaps slot %u", slot->id, o->id);
		diag_help(c->r->diag, "slot %u is from 0x%llx to 0x%llx", o->id, (unsigned long long)o->gpa,
			(unsigned long long)(o->gpa + o->pages * PEF_PAGE_SIZE));
		return;
	}
}

bool slot_address_read(struct cursor *c, const char *usage, uint64_t *gpa)
{
	if (!cursor_expect(c, "gpa", usage) || !cursor_number(c, "the address", 0, SCRIPT_GPA_END - PEF_PAGE_SIZE, gpa))
		return false;
	if (*gpa % PEF_PAGE_SIZE) {
		c->i--;
		cursor_error(c, "address 0x%llx is not a multiple of 64K", (unsigned long long)*gpa);
		diag_help(c->r->diag, "the page begins at 0x%llx", (unsigned long long)(*gpa & ~(PEF_PAGE_SIZE - 1)));
		return false;
	}
	return true;
}

bool slot_place_read(struct cursor *c, const char *usage, uint64_t *gpa, uint64_t *pages)
{
	return slot_address_read(c, usage, gpa) && cursor_expect(c, "pages", usage) &&
	       cursor_number(c, "the number of pages", 1, (SCRIPT_GPA_END - *gpa) / PEF_PAGE_SIZE, pages);
}

static bool shared_read(struct cursor *c, struct slot_spec *slot)
{
	uint64_t last;

	if (!cursor_take(c, "shared"))
		return true;
	if (!cursor_number(c, "the first shared page", 0, slot->pages - 1, &slot->shared_first) ||
		!cursor_expect(c, "..", slot_usage) ||
		!cursor_number(c, "the last shared page", slot->shared_first, slot->pages - 1, &last))
		return false;
	slot->shared_count = last - slot->shared_first + 1;
	return true;
}

/* "absent": a name for addresses; slot_create or slot_move may bring a memslot there. */
static bool presence_read(struct cursor *c, struct slot_spec *slot)
{
	slot->present = !cursor_take(c, "absent");
	return !slot->present || shared_read(c, slot);
}

static void slot_read(struct cursor *c, struct guest_spec *g)
{
	struct slot_spec slot = {.present = true};
	uint64_t id;

	if (!cursor_number(c, "the slot's number", 0, PEF_SLOTS_MAX - 1, &id))
		return;
	slot.id = (uint32_t)id;
	if (guest_slot(g, id)) {
		diag_error(c->r->diag, c->line, c->line->words[1].column, "slot %u of guest %s is defined twice",
			slot.id, g->name);
		diag_help(c->r->diag, "first defined at %s:%u", c->r->slot_lines[g - c->r->s->guests][id]->source->path,
			c->r->slot_lines[g - c->r->s->guests][id]->number);
		return;
	}
	/* Until it is read, and if it cannot be, any page is taken to be in it. */
	c->r->slot_pages[g - c->r->s->guests][id] = SCRIPT_GPA_END >> PEF_PAGE_SHIFT;
	if (!slot_place_read(c, slot_usage, &slot.gpa, &slot.pages) || !presence_read(c, &slot) ||
		!cursor_end(c, slot_usage))
		return;
	overlap_check(c, g, &slot);
	c->r->slot_lines[g - c->r->s->guests][id] = c->line;
	c->r->slot_pages[g - c->r->s->guests][id] = slot.pages;
	*guest_add_slot(c->r, g) = slot;
}

static void boot_read(struct cursor *c, struct guest_spec *g)
{
	if (cursor_take(c, "normal"))
		g->boot = BOOT_NORMAL;
	else if (cursor_take(c, "secure"))
		g->boot = BOOT_SECURE;
	else if (cursor_take(c, "manual"))
		g->boot = BOOT_MANUAL;
	else
		cursor_error(c, "a guest cannot boot like this");
	if (!cursor_end(c, "boot normal, boot secure or boot manual"))
		diag_help(c->r->diag, "boot normal, boot secure or boot manual");
}

static void svm_read(struct cursor *c, struct guest_spec *g)
{
	static const char *const words[] = {"enabled", "disabled"};
	unsigned i = 0;

	if (cursor_choice(c, "word", words, 2, "svm enabled or svm disabled", &i))
		cursor_end(c, "svm enabled or svm disabled");
	g->svm_disabled = i == 1;
}

enum guest_line { LINE_BOOT, LINE_VCPUS, LINE_LPID, LINE_SVM, LINE_SLOT, LINE_COUNT };
#define LINES_ONCE LINE_SLOT /* these stand once in a section */

static void guest_line(struct reader *r, struct guest_spec *g, const struct line *line, const struct line **seen)
{
	static const char *const words[LINE_COUNT] = {"boot", "vcpus", "lpid", "svm", "slot"};
	struct cursor c = cursor_at(r, line, 1);
	struct suggest s = suggest_begin(line->words[0].text);
	uint64_t number;
	unsigned i = 0;

	while (i < LINE_COUNT && !word_is(&line->words[0], WORD_PLAIN, words[i]))
		i++;
	if (i < LINES_ONCE && seen[i]) {
		diag_error(r->diag, line, line->words[0].column, "'%s' is given twice", words[i]);
		diag_help(r->diag, "first given at %s:%u", seen[i]->source->path, seen[i]->number);
		return;
	}
	if (i < LINES_ONCE)
		seen[i] = line;
	if (i == LINE_BOOT) {
		boot_read(&c, g);
	} else if (i == LINE_VCPUS) {
		g->vcpus = SCRIPT_VCPUS_MAX;
		if (cursor_number(&c, "the number of vCPUs", 1, SCRIPT_VCPUS_MAX, &number) &&
			cursor_end(&c, "vcpus INT"))
			g->vcpus = (unsigned)number;
	} else if (i == LINE_LPID) {
		if (cursor_number(&c, "the partition's number", 1, 4095, &number) && cursor_end(&c, "lpid INT"))
			g->lpid = (uint32_t)number;
	} else if (i == LINE_SVM) {
		svm_read(&c, g);
	} else if (i == LINE_SLOT) {
		slot_read(&c, g);
	} else {
		c.i = 0;
		cursor_error(&c, "unknown word '%s' in section 'guest'", line->words[0].text);
		for (i = 0; i < LINE_COUNT; i++)
			suggest_offer(&s, words[i]);
		suggest_help(r->diag, &s, "%s", guest_usage);
	}
}

void guest_read(struct reader *r, const struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);
	const struct line *seen[LINES_ONCE] = {NULL};
	struct guest_spec *g = &r->s->guests[r->s->guest_count];
	char name[PEF_NAME_MAX];
	unsigned other;

	if (!cursor_name(&c, "the guest's name", name) || !cursor_end(&c, "guest NAME"))
		return;
	if (guest_find(r, name, &other)) {
		diag_error(r->diag, section->head, section->head->words[1].column, "guest '%s' is defined twice", name);
		diag_help(r->diag, "first defined at %s:%u", r->guest_lines[other]->source->path,
			r->guest_lines[other]->number);
		return;
	}
	if (r->s->guest_count == PEF_GUESTS_MAX) {
		diag_error(r->diag, section->head, 1, "more than %u guests", PEF_GUESTS_MAX);
		return;
	}
	r->guest_lines[r->s->guest_count] = section->head;
	r->slot_lines[r->s->guest_count] = script_alloc(r->arena, PEF_SLOTS_MAX * sizeof(struct line *));
	r->slot_pages[r->s->guest_count] = script_alloc(r->arena, PEF_SLOTS_MAX * sizeof(uint64_t));
	r->s->guest_count++;
	memcpy(g->name, name, sizeof(name));
	g->boot = BOOT_NORMAL;
	g->vcpus = 1;
	g->line = section->head->source == r->source ? section->head->number : 0;
	for (const struct node *n = section->first; n; n = n->next)
		guest_line(r, g, n->line, seen);
}

static bool lpid_is_used(const struct reader *r, uint32_t lpid, unsigned except)
{
	for (unsigned i = 0; i < r->s->guest_count; i++)
		if (i != except && r->s->guests[i].lpid == lpid)
			return true;
	return false;
}

/* Only a secure guest can share, and without help it is secure only when it boots so. */
static void shared_check(struct reader *r, unsigned guest)
{
	const struct guest_spec *g = &r->s->guests[guest];

	for (unsigned i = 0; i < g->slot_count && g->boot != BOOT_SECURE; i++) {
		const struct line *line = r->slot_lines[guest][g->slots[i].id];
		if (!g->slots[i].shared_count)
			continue;
		diag_error(r->diag, line, line->words[0].column,
			"slot %u is shared by a guest that does not boot secure", g->slots[i].id);
		diag_help(r->diag, "say 'boot secure' in its section, or share pages with uv_share_page");
	}
}

void guests_finish(struct reader *r)
{
	for (unsigned i = 0; i < r->s->guest_count; i++) {
		struct guest_spec *g = &r->s->guests[i];
		shared_check(r, i);
		if (g->lpid == 0)
			g->lpid = 1 + i;
		if (!lpid_is_used(r, g->lpid, i))
			continue;
		diag_error(r->diag, r->guest_lines[i], 1, "lpid %u of guest '%s' is another guest's, too", g->lpid,
			g->name);
		diag_help(r->diag, "give one of them another 'lpid'; without one, it is 1 + the guest's position");
	}
	if (r->s->guest_count == 0 && !diag_has_errors(r->diag)) {
		diag_error(r->diag, NULL, 0, "there is no section 'guest'");
		diag_help(r->diag, "a scenario has at least one guest");
	}
}
