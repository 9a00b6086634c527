/*
 * Limited-memory BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale
 * optimization", 1989): the two-loop recursion over the last MEMORY steps. The line search brackets by
 * doubling and halves the bracket (Lewis and Overton 2013) until the weak Wolfe conditions hold: it
 * needs no interpolation, and so bears values that are sums of single-precision products. A search that
 * finds nothing lower is the end of what rounding lets one see, and counts as converged.
 */
#include "decide/lbfgs.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define MEMORY 10     /* steps that are remembered; 3 to 20 are usual */
#define DECREASE 1e-4 /* of the first Wolfe condition */
#define CURVATURE 0.9 /* of the second */
#define TRIALS 30     /* of one line search */
#define FLAT                                                                                       \
    1e-2 /* times the tolerance: a step that lowers the value by less than this part is the last */

struct state {
    const struct lbfgs_problem *problem;
    double *x, *gradient;           /* where we are */
    double *trial, *trial_gradient; /* where the line search is */
    double *direction;
    double *steps, *changes;  /* of x and of the gradient: MEMORY rows */
    double curvature[MEMORY]; /* step . change */
    size_t count, next;
    double value;
};

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(double *out, double factor, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += factor * x[i];
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* direction = - (inverse Hessian as remembered) gradient */
static void find_direction(struct state *state)
{
    const size_t n = state->problem->size;
    double part[MEMORY];
    double *direction = state->direction;
    for (size_t i = 0; i < n; i++)
        direction[i] = -state->gradient[i];
    for (size_t k = 0; k < state->count; k++) {
        size_t at = (state->next + MEMORY - 1 - k) % MEMORY;
        part[at] = dot(state->steps + at * n, direction, n) / state->curvature[at];
        add(direction, -part[at], state->changes + at * n, n);
    }
    if (state->count) {
        size_t last = (state->next + MEMORY - 1) % MEMORY;
        const double *change = state->changes + last * n;
        double scale = state->curvature[last] / dot(change, change, n);
        for (size_t i = 0; i < n; i++)
            direction[i] *= scale;
    }
    for (size_t k = state->count; k-- > 0;) {
        size_t at = (state->next + MEMORY - 1 - k) % MEMORY;
        double other = dot(state->changes + at * n, direction, n) / state->curvature[at];
        add(direction, part[at] - other, state->steps + at * n, n);
    }
}

/* Leaves a lower place in trial; *found is false when there is none. */
static vultus_status search_line(struct state *state, double step, double *value, bool *found,
                                 vultus_error *error)
{
    const size_t n = state->problem->size;
    const double slope = dot(state->gradient, state->direction, n);
    double low = 0, high = INFINITY;
    *found = false;
    for (int i = 0; i < TRIALS && slope < 0; i++) {
        for (size_t k = 0; k < n; k++)
            state->trial[k] = state->x[k] + step * state->direction[k];
        vultus_status status = state->problem->evaluate(state->problem->context, state->trial,
                                                        value, state->trial_gradient, error);
        if (status)
            return status;
        if (!(*value <= state->value + DECREASE * step * slope)) {
            high = step;
        } else if (dot(state->trial_gradient, state->direction, n) < CURVATURE * slope) {
            low = step;
        } else {
            *found = true;
            return VULTUS_OK;
        }
        step = isinf(high) ? 2 * low : (low + high) / 2;
    }
    return VULTUS_OK;
}

static void remember(struct state *state)
{
    const size_t n = state->problem->size;
    double *step = state->steps + state->next * n, *change = state->changes + state->next * n;
    for (size_t i = 0; i < n; i++) {
        step[i] = state->trial[i] - state->x[i];
        change[i] = state->trial_gradient[i] - state->gradient[i];
    }
    state->curvature[state->next] = dot(step, change, n);
    if (state->curvature[state->next] > 0) { /* else rounding has eaten it */
        state->next = (state->next + 1) % MEMORY;
        state->count += state->count < MEMORY;
    }
}

static void accept(struct state *state, double value)
{
    double *x = state->x, *gradient = state->gradient;
    state->x = state->trial;
    state->gradient = state->trial_gradient;
    state->trial = x;
    state->trial_gradient = gradient;
    state->value = value;
}

static vultus_status descend(struct state *state, struct lbfgs_report *out, vultus_error *error)
{
    const struct lbfgs_problem *problem = state->problem;
    vultus_status status =
        problem->evaluate(problem->context, state->x, &state->value, state->gradient, error);
    if (status)
        return status;
    const double first = largest(state->gradient, problem->size);
    while (largest(state->gradient, problem->size) > problem->tolerance * first) {
        double value = 0;
        bool found = false;
        if (out->iterations == problem->iterations)
            return VULTUS_OK;
        if (problem->stop && problem->stop(problem->stop_context))
            return status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
        find_direction(state);
        double step =
            state->count
                ? 1
                : 1 / fmax(1e-12, sqrt(dot(state->gradient, state->gradient, problem->size)));
        status = search_line(state, step, &value, &found, error);
        if (status)
            return status;
        if (!found)
            break;
        out->iterations++;
        bool flat = state->value - value <= FLAT * problem->tolerance * fabs(value);
        remember(state);
        accept(state, value);
        if (flat)
            break;
    }
    out->converged = true;
    return VULTUS_OK;
}

vultus_status lbfgs_minimise(const struct lbfgs_problem *problem, double *x,
                             struct lbfgs_report *out, vultus_error *error)
{
    struct lbfgs_report report = {0};
    const size_t n = problem->size;
    double *room = mem_array(2 * MEMORY + 5, n * sizeof *room);
    if (!room)
        return status_memory(error, "training");
    struct state state = {.problem = problem,
                          .x = room,
                          .gradient = room + n,
                          .trial = room + 2 * n,
                          .trial_gradient = room + 3 * n,
                          .direction = room + 4 * n,
                          .steps = room + 5 * n,
                          .changes = room + (5 + MEMORY) * n};
    memcpy(state.x, x, n * sizeof *x);
    vultus_status status = descend(&state, &report, error);
    if (!status) {
        memcpy(x, state.x, n * sizeof *x);
        if (out)
            *out = report;
    }
    mem_free(room);
    return status;
}
