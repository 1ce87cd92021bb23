/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types.h - the few types every room shares.
 *
 * A page number means nothing without its space: a gfn of a guest, a normal
 * frame of the hypervisor, a device page of the hypervisor's pool and a secure
 * frame of the ultravisor are all small integers, and the bug this project
 * starts from is a number kept after its meaning changed. So each space has a
 * one-field struct of its own, and the compiler refuses one for another.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#ifndef PEFSIM_TYPES_H
#define PEFSIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Guest pages are 64 KiB everywhere in this protocol (order 16). */
#define PEF_PAGE_SHIFT 16u
#define PEF_PAGE_SIZE (UINT64_C(1) << PEF_PAGE_SHIFT)

/* Limits that every room may rely on. Each has a checked error message. */
#define PEF_GUESTS_MAX 16u /* guests in one scenario */
#define PEF_DOMAINS_MAX 18u /* hypervisor, ultravisor, guests */
#define PEF_SLOTS_MAX 512u /* memslots of one guest (firmware limit) */
#define PEF_NAME_MAX 48u /* bytes of a context name, with its zero */
#define PEF_DELAY_MAX (UINT64_C(1) << 40) /* cycles of one delay, five minutes of POWER9 */
#define PEF_NEVER UINT64_MAX /* a time that does not come */

/* Time: an integer count of POWER9 core cycles since the start of the run. */
typedef uint64_t cycles_t;

typedef struct {
	uint64_t n;
} gfn_t; /* guest frame number (gpa >> 16) */
typedef struct {
	uint32_t n;
} hfn_t; /* normal frame, owned by the hypervisor */
typedef struct {
	uint32_t n;
} dfn_t; /* device-private page of the hypervisor's pool */
typedef struct {
	uint32_t n;
} sfn_t; /* secure frame, owned by the ultravisor */

#define HFN_NONE ((hfn_t){UINT32_MAX})
#define DFN_NONE ((dfn_t){UINT32_MAX})
#define SFN_NONE ((sfn_t){UINT32_MAX})

static inline gfn_t gfn_of_gpa(uint64_t gpa)
{
	return (gfn_t){gpa >> PEF_PAGE_SHIFT};
}
static inline uint64_t gpa_of_gfn(gfn_t gfn)
{
	return gfn.n << PEF_PAGE_SHIFT;
}

/*
 * What a page holds, as one word. 0 is the zero page. Kind and writer are kept
 * beside the value, so that a reader of any page can say where its content came
 * from. Two tokens are the same content only if they are equal as numbers.
 *
 *   63..60 kind (enum token_kind)   59..48 origin   47..0 value
 *
 * Origin: 0 none, 1 hypervisor side, 2 ultravisor, 16 + guest index.
 * For TOKEN_CIPHER the value is the number of the page-out that made it.
 */
typedef uint64_t token_t;
enum token_kind { TOKEN_PLAIN = 0, TOKEN_CIPHER = 1, TOKEN_TORN = 2 };
#define TOKEN_ZERO ((token_t)0)
#define TOKEN_ORIGIN_HOST 1u
#define TOKEN_ORIGIN_UV 2u
#define TOKEN_ORIGIN_GUEST(i) (16u + (unsigned)(i))

static inline token_t token_make(enum token_kind kind, unsigned origin, uint64_t value)
{
	return ((uint64_t)kind << 60) | ((uint64_t)(origin & 0xfffu) << 48) | (value & UINT64_C(0xffffffffffff));
}
static inline enum token_kind token_kind(token_t t)
{
	return (enum token_kind)(t >> 60);
}
static inline unsigned token_origin(token_t t)
{
	return (unsigned)(t >> 48) & 0xfffu;
}
static inline uint64_t token_value(token_t t)
{
	return t & UINT64_C(0xffffffffffff);
}

/*
 * Simulator errors, by whose fault they are. Protocol answers (H_P3, U_BUSY)
 * are data, not errors; broken invariants are findings (finding.h).
 * X(NAME, "one sentence")
 */
/* clang-format off */
#define PEF_ERRORS(X) \
	X(OK, "no error") \
	X(USAGE, "the command line is wrong") \
	X(PARSE, "an input file does not parse or names unknown things") \
	X(NOFILE, "a file cannot be read or written") \
	X(PLATFORM, "a device tree lacks or garbles what is needed") \
	X(PRICE, "the price list lacks a step or prices it at zero") \
	X(LIMIT, "a limit of the simulator or of the platform is exceeded") \
	X(NOMEM, "the host has no memory left") \
	X(DIVERGED, "a replay took another way") \
	X(BUG, "pefsim broke one of its own rules")
/* clang-format on */
enum pef_err {
#define X(name, text) PEF_##name,
	PEF_ERRORS(X)
#undef X
};

/* Exit codes of the program (docs/command-line.md). */
enum pef_exit {
	PEF_EXIT_OK = 0,
	PEF_EXIT_FINDING = 1,
	PEF_EXIT_USAGE = 2,
	PEF_EXIT_INPUT = 3,
	PEF_EXIT_NOTHING = 4,
	PEF_EXIT_INCONCLUSIVE = 5,
	PEF_EXIT_DIVERGED = 6,
	PEF_EXIT_BUG = 7,
	PEF_EXIT_INTERRUPTED = 130,
};

#endif
