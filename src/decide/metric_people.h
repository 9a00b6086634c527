/* Who is learnt from and who is held out, and the batches of P people with K faces each. */
#ifndef DECIDE_METRIC_PEOPLE_H
#define DECIDE_METRIC_PEOPLE_H

#include "base/random.h"
#include "base/status.h"

#define METRIC_FACES_EACH 4 /* K of a batch: Hermans 2017 uses 4 with P of 18 */

/* Rows of the labelled set by person. */
struct metric_group {
    const uint32_t *rows; /* in metric_people's `rows` */
    size_t count;
};

struct metric_people {
    uint32_t *rows;
    struct metric_group
        *groups; /* learnt from: first those with several faces, then those with one; then
                                    held out */
    size_t several, single, held;
    size_t faces, held_faces;
    uint32_t *order; /* of batches: several + single, shuffled by the epoch */
    uint32_t *shuffle;
};

/*
 * Holds out a share of the people with several faces and of those with one, each by chance, where that
 * leaves two people to learn from and gives two, one of them with several faces, to try them on; else
 * nobody. ARGUMENT: there are not two people, or none has two faces.
 */
vultus_status metric_people_init(struct metric_people *people, const vultus_labelled *labelled,
                                 double held, struct random *random,
                                 vultus_error *error) VULTUS_MUST_USE;
void metric_people_clear(struct metric_people *people);

/* Puts the people into a new order; returns how many batches of `batch` faces that makes. */
size_t metric_people_shuffle(struct metric_people *people, size_t batch, struct random *random);
/* The rows of one of them, with the number of each one's person among those learnt from. Returns how
 * many. */
size_t metric_people_batch(struct metric_people *people, size_t index, size_t batch,
                           struct random *random, uint32_t *rows, uint32_t *person);

#endif
