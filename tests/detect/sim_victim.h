/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim_victim.h - code with known mistakes, built as model code is.
 *
 * Each victim_*_bad has its nearest good twin. They run in a context of domain
 * d0; victim_foreign() touches @victim_other, which lies in another domain.
 *
 * Locking: none. Errors: what the detectors find. Blocking: yields.
 */
#ifndef TESTS_DETECT_SIM_VICTIM_H
#define TESTS_DETECT_SIM_VICTIM_H

void victim_read_freed(void *arg);
void victim_read_live(void *arg);
void victim_write_freed(void *arg);
void victim_write_live(void *arg);
void victim_copy_freed(void *arg);
void victim_copy_live(void *arg);
void victim_memset_freed(void *arg);
void victim_memset_live(void *arg);
void victim_memmove_over(void *arg); /* one word too many */
void victim_memmove_within(void *arg);
void victim_red_zone(void *arg);
void victim_last_word(void *arg);
void victim_below(void *arg);
void victim_tail_byte_bad(void *arg);
void victim_tail_byte_good(void *arg);
void victim_free_twice(void *arg);
void victim_free_two(void *arg);
void victim_free_middle(void *arg);
void victim_free_null(void *arg);
void victim_read_null(void *arg); /* a member of what is not there */
void victim_foreign(void *arg); /* arg: a pointer into another domain's heap */
void victim_atomics(void *arg); /* arg: int, set to 1 when all is right */
void victim_atomic_freed(void *arg);
void victim_stale(void *arg); /* keeps a pointer in another object, frees, reads through it */
void victim_stack(void *arg);

#endif
