/*
 * Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1 with its usual decays.
 * Weight decay is the caller's: beside the gradient it would be scaled by it (Loshchilov and Hutter 2019).
 */
#include "decide/adam.h"
#include "base/memory.h"

#include <math.h>

#define FIRST_DECAY 0.9
#define SECOND_DECAY 0.999
#define EPSILON 1e-8f

vultus_status adam_init(struct adam *adam, size_t count, vultus_error *error)
{
    float *means = mem_zalloc(2 * count, sizeof *means);
    if (!means)
        return status_memory(error, "training");
    *adam = (struct adam){means, means + count, count, 1, 1};
    return VULTUS_OK;
}

void adam_clear(struct adam *adam)
{
    mem_free(adam->first);
    *adam = (struct adam){0};
}

void adam_step(struct adam *adam, const float *gradient, float rate, float *weights)
{
    adam->first_left *= FIRST_DECAY;
    adam->second_left *= SECOND_DECAY;
    const float step = rate / (float)(1 - adam->first_left);
    const float scale = 1 / (float)sqrt(1 - adam->second_left);
    for (size_t i = 0; i < adam->count; i++) {
        float g = gradient[i];
        adam->first[i] += (float)(1 - FIRST_DECAY) * (g - adam->first[i]);
        adam->second[i] += (float)(1 - SECOND_DECAY) * (g * g - adam->second[i]);
        weights[i] -= step * adam->first[i] / (sqrtf(adam->second[i]) * scale + EPSILON);
    }
}
