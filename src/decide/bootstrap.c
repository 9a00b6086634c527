/*
 * The bootstrap of bootstrap.h: all draws are kept, so that quantiles are exact. They lie linearly between
 * two draws, as numpy.percentile has them. Draws in which a figure cannot be told do not count for it.
 */
#include "decide/bootstrap.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of one figure in all draws. */
static void interval(const double *draws, const struct bootstrap_plan *plan, size_t figure,
                     double confidence, double *scratch, double *low, double *high)
{
    size_t kept = 0, all = plan->options->resamples;
    for (size_t i = 0; i < all; i++)
        if (!isnan(draws[i * plan->figures + figure]))
            scratch[kept++] = draws[i * plan->figures + figure];
    if (2 * kept < all || !kept)
        return;
    qsort(scratch, kept, sizeof *scratch, statistics_doubles);
    *low = statistics_quantile(scratch, kept, (1 - confidence) / 2);
    *high = statistics_quantile(scratch, kept, (1 + confidence) / 2);
}

static void draw_all(const struct bootstrap_plan *plan, uint32_t *weights, double *draws)
{
    struct random random;
    random_seed(&random, plan->options->seed);
    for (size_t i = 0; i < plan->options->resamples; i++) {
        memset(weights, 0, plan->units * sizeof *weights);
        for (size_t k = 0; k < plan->units; k++)
            weights[random_below(&random, plan->units)]++;
        plan->measure(plan->context, weights, draws + i * plan->figures);
    }
}

static vultus_status check(const vultus_bootstrap *options, vultus_error *error)
{
    if (options->resamples > VULTUS_RESAMPLES_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%u resamples; at most %d are drawn",
                          options->resamples, VULTUS_RESAMPLES_MAX);
    if (options->confidence != 0 && !(options->confidence > 0 && options->confidence < 1))
        return status_set(error, VULTUS_ERR_ARGUMENT, "a confidence of %g; it lies between 0 and 1",
                          options->confidence);
    return VULTUS_OK;
}

vultus_status bootstrap_run(const struct bootstrap_plan *plan, double *low, double *high,
                            vultus_error *error)
{
    const vultus_bootstrap *options = plan->options;
    for (size_t k = 0; k < plan->figures; k++)
        low[k] = high[k] = NAN;
    vultus_status status = options ? check(options, error) : VULTUS_OK;
    if (status || !options || !options->resamples || plan->units < 2)
        return status;
    double confidence = options->confidence != 0 ? options->confidence : 0.95;
    uint32_t *weights = mem_array(plan->units, sizeof *weights);
    double *draws = mem_array(options->resamples, plan->figures * sizeof *draws);
    double *scratch = mem_array(options->resamples, sizeof *scratch);
    if (!weights || !draws || !scratch)
        status = status_memory(error, "the bootstrap");
    else
        draw_all(plan, weights, draws);
    for (size_t k = 0; !status && k < plan->figures; k++)
        interval(draws, plan, k, confidence, scratch, &low[k], &high[k]);
    mem_free(weights);
    mem_free(draws);
    mem_free(scratch);
    return status;
}
