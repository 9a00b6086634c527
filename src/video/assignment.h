/*
 * Who belongs to what at the least cost in all: the Hungarian method with shortest augmenting paths (Jonker and
 * Volgenant 1987), exact, O(rows² x columns). Ties are broken by the order, so the answer is always the same.
 */
#ifndef VIDEO_ASSIGNMENT_H
#define VIDEO_ASSIGNMENT_H

#include "base/status.h"

#define ASSIGNMENT_NONE SIZE_MAX

struct assignment { /* all zero: nothing is there yet. Its memory is kept from use to use */
    size_t rows, columns;
    double *cost; /* rows x columns, for the caller to fill in; INFINITY: never */
    double
        leave; /* what it costs to leave a row alone, for the caller too; pairs that cost more are not made */
    size_t *chosen; /* out: the column of each row, or ASSIGNMENT_NONE */
    size_t room;
    double *numbers;
    size_t *places;
};

/* Makes room for this many; at most 1,000 of each. MEMORY: what was there stays. */
vultus_status assignment_begin(struct assignment *assignment, size_t rows, size_t columns,
                               vultus_error *error) VULTUS_MUST_USE;
void assignment_solve(struct assignment *assignment);
void assignment_clear(struct assignment *assignment);

#endif
