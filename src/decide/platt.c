/*
 * Platt's sigmoid by Newton's method with a backtracking line search, in the numerically safe form of Lin,
 * Lin and Weng. His targets, (n + 1) / (n + 2) and 1 / (n + 2) instead of 1 and 0, keep the slope finite
 * where the classes do not overlap.
 */
#include "decide/platt.h"

#include <math.h>

#define STEPS_MAX 100
#define ENOUGH 1e-10 /* of the gradient; the loss is a mean, so near 1 */
#define RIDGE 1e-12  /* keeps the Hessian invertible */
#define CLASSES 2

struct side {
    const float *scores;
    size_t count;
    double target;
};

struct moments { /* of the mean loss: value, gradient, Hessian */
    double loss, g[2], h[3];
};

double platt_probability(const struct platt *platt, double score)
{
    double z = platt->slope * score + platt->offset;
    return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}

static struct moments measure(const struct side sides[CLASSES], const struct platt *platt)
{
    struct moments sum = {.h = {RIDGE, 0, RIDGE}};
    for (int c = 0; c < CLASSES; c++) {
        const struct side *side = &sides[c];
        double weight = 0.5 / (double)side->count;
        for (size_t i = 0; i < side->count; i++) {
            double x = (double)side->scores[i], z = platt->slope * x + platt->offset;
            double p = platt_probability(platt, x), off = p - side->target, bend = p * (1 - p);
            /* -t log p - (1 - t) log(1 - p) */
            sum.loss += weight * (fmax(z, 0) - side->target * z + log1p(exp(-fabs(z))));
            sum.g[0] += weight * off * x;
            sum.g[1] += weight * off;
            sum.h[0] += weight * bend * x * x;
            sum.h[1] += weight * bend * x;
            sum.h[2] += weight * bend;
        }
    }
    return sum;
}

struct platt platt_fit(const float *same, size_t same_count, const float *different,
                       size_t different_count)
{
    const struct side sides[CLASSES] = {
        {same, same_count, ((double)same_count + 1) / ((double)same_count + 2)},
        {different, different_count, 1 / ((double)different_count + 2)}};
    struct platt at = {0, 0};
    struct moments here = measure(sides, &at);
    for (int step = 0; step < STEPS_MAX; step++) {
        if (fabs(here.g[0]) < ENOUGH && fabs(here.g[1]) < ENOUGH)
            break;
        double determinant = here.h[0] * here.h[2] - here.h[1] * here.h[1];
        double d0 = -(here.h[2] * here.g[0] - here.h[1] * here.g[1]) / determinant;
        double d1 = -(here.h[0] * here.g[1] - here.h[1] * here.g[0]) / determinant;
        double fall = here.g[0] * d0 + here.g[1] * d1, length = 1;
        struct platt next = at;
        struct moments there = here;
        for (; length > 1e-10; length /= 2) {
            next = (struct platt){at.slope + length * d0, at.offset + length * d1};
            there = measure(sides, &next);
            if (there.loss < here.loss + 1e-4 * length * fall)
                break;
        }
        if (!(there.loss < here.loss))
            break;
        at = next;
        here = there;
    }
    return at;
}
