/* Boxes on their way to become faces, and the suppression of those that overlap a better one. */
#ifndef FACE_CANDIDATE_H
#define FACE_CANDIDATE_H

#include "base/status.h"

#define CANDIDATES_MAX                                                                             \
    20000 /* per list; the best are kept. A crowd of 1,000 faces needs about 8,000 */

struct candidate {
    float x1, y1, x2, y2;
    float score;
    float shift[4]; /* corrections dx1, dy1, dx2, dy2 as parts of width and height */
    vultus_point landmarks[VULTUS_LANDMARKS];
};

struct candidates {
    struct candidate *items;
    size_t count, capacity;
};

vultus_status candidates_add(struct candidates *list, const struct candidate *item,
                             vultus_error *error) VULTUS_MUST_USE;
vultus_status candidates_join(struct candidates *list, const struct candidates *more,
                              vultus_error *error) VULTUS_MUST_USE;
void candidates_clear(struct candidates *list);

enum overlap {
    OVERLAP_UNION,   /* intersection over union */
    OVERLAP_SMALLER, /* intersection over the smaller area */
    OVERLAP_AROUND   /* intersection over the box around both, as dlib has it */
};

/* Keeps, best first, those that overlap no better one by more than `limit`; of equal scores, the one
 * further left and up goes first, so that the answer does not depend on threads. */
vultus_status candidates_suppress(struct candidates *list, float limit, enum overlap overlap,
                                  vultus_error *error) VULTUS_MUST_USE;

/* Makes every box the mean, weighted by score, of all of `voters` that share more than `limit` of it
 * (intersection over union). The voters are those that suppression chose among. */
void candidates_vote(struct candidates *list, const struct candidates *voters, float limit);

/* Suppression after which every box that is kept is the mean, weighted by score, of itself and of
 * those that it strikes (union, more than `limit`), and so are its landmarks; its score stays. */
vultus_status candidates_blend(struct candidates *list, float limit,
                               vultus_error *error) VULTUS_MUST_USE;

/* Moves every box by its corrections. */
void candidates_shift(struct candidates *list);
/* Makes every box a square of its longer side around its centre. */
void candidates_square(struct candidates *list);

/* The faces that a detector gives out: box, score, landmarks; to be cleared with vultus_faces_clear. */
vultus_status candidates_give(const struct candidates *list, vultus_faces *out,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
