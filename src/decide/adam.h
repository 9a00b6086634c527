/* Adam: steps of gradient descent whose length each weight finds for itself. */
#ifndef DECIDE_ADAM_H
#define DECIDE_ADAM_H

#include "base/status.h"

struct adam {
    float *first, *second; /* running means of the gradient and of its square */
    size_t count;
    double first_left,
        second_left; /* powers of the decays: the part of the means that is still missing */
};

vultus_status adam_init(struct adam *adam, size_t count, vultus_error *error) VULTUS_MUST_USE;
void adam_clear(struct adam *adam);
/* One step of `rate` on `count` weights. */
void adam_step(struct adam *adam, const float *gradient, float rate, float *weights);

#endif
