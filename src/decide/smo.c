/*
 * Sequential minimal optimisation with the working set chosen by second-order information (Fan, Chen and Lin,
 * "Working set selection using second order information for training support vector machines", JMLR 2005):
 * the algorithm of libsvm, without its cache and shrinking, because the problems here are pairs of people.
 */
#include "decide/smo.h"

#include <math.h>
#include <stdbool.h>

#define FLAT 1e-12 /* libsvm's tau: curvature of a kernel that has none */

struct state {
    const struct smo_problem *problem;
    double *alpha, *gradient;
};

static bool can_rise(const struct state *state, size_t t) /* along the row's sign */
{
    return state->problem->sign[t] > 0 ? state->alpha[t] < state->problem->bound[t]
                                       : state->alpha[t] > 0;
}

static bool can_fall(const struct state *state, size_t t)
{
    return state->problem->sign[t] > 0 ? state->alpha[t] > 0
                                       : state->alpha[t] < state->problem->bound[t];
}

static double curvature(const struct smo_problem *problem, size_t i, size_t j)
{
    const float *kernel = problem->kernel;
    const size_t n = problem->count;
    double value = (double)kernel[i * n + i] + kernel[j * n + j] - 2.0 * kernel[i * n + j];
    return value > 0 ? value : FLAT;
}

/* False when the conditions hold well enough. */
static bool choose_pair(const struct state *state, size_t *first, size_t *second)
{
    const struct smo_problem *problem = state->problem;
    double most = -INFINITY, other = -INFINITY, best = INFINITY;
    size_t i = problem->count, j = problem->count;
    for (size_t t = 0; t < problem->count; t++) {
        double value = -problem->sign[t] * state->gradient[t];
        if (can_rise(state, t) && value >= most) {
            most = value;
            i = t;
        }
    }
    for (size_t t = 0; i < problem->count && t < problem->count; t++) {
        double value = problem->sign[t] * state->gradient[t];
        if (!can_fall(state, t))
            continue;
        other = fmax(other, value);
        if (most + value <= 0)
            continue;
        double gain = -(most + value) * (most + value) / curvature(problem, i, t);
        if (gain <= best) {
            best = gain;
            j = t;
        }
    }
    *first = i;
    *second = j;
    return most + other >= problem->tolerance && j < problem->count;
}

/* The best of both alphas, the others held; their bounds are corners of a box. */
static void move_pair(struct state *state, size_t i, size_t j)
{
    const struct smo_problem *problem = state->problem;
    const double si = problem->sign[i], sj = problem->sign[j];
    double *alpha = state->alpha, old_i = alpha[i], old_j = alpha[j];
    double step = (-si * state->gradient[i] + sj * state->gradient[j]) / curvature(problem, i, j);
    /* alpha_i moves by si * step, alpha_j by -sj * step */
    step = fmin(step, si > 0 ? problem->bound[i] - old_i : old_i);
    step = fmin(step, sj > 0 ? old_j : problem->bound[j] - old_j);
    alpha[i] = fmin(problem->bound[i], fmax(0, old_i + si * step));
    alpha[j] = fmin(problem->bound[j], fmax(0, old_j - sj * step));
    const float *row_i = problem->kernel + i * problem->count;
    const float *row_j = problem->kernel + j * problem->count;
    const double change_i = si * (alpha[i] - old_i), change_j = sj * (alpha[j] - old_j);
    for (size_t t = 0; t < problem->count; t++)
        state->gradient[t] += problem->sign[t] * (row_i[t] * change_i + row_j[t] * change_j);
}

/* The mean over the free rows, else the middle of what the bound ones allow. */
static double find_rho(const struct state *state)
{
    const struct smo_problem *problem = state->problem;
    double low = -INFINITY, high = INFINITY, sum = 0;
    size_t free = 0;
    for (size_t t = 0; t < problem->count; t++) {
        double value = problem->sign[t] * state->gradient[t];
        bool rise = can_rise(state, t), fall = can_fall(state, t);
        if (rise && fall) {
            sum += value;
            free++;
        } else if (rise) {
            high = fmin(high, value);
        } else {
            low = fmax(low, value);
        }
    }
    return free ? sum / (double)free : (low + high) / 2;
}

void smo_solve(const struct smo_problem *problem, double *alpha, double *rho)
{
    struct state state = {problem, alpha, problem->gradient};
    size_t i, j;
    for (size_t t = 0; t < problem->count; t++) {
        alpha[t] = 0;
        state.gradient[t] = -1;
    }
    for (size_t step = 0; step < problem->steps && choose_pair(&state, &i, &j); step++)
        move_pair(&state, i, j);
    *rho = find_rho(&state);
}
