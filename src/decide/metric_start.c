/*
 * Faces that come from one camera, or in one bad quality, have much in common that does not tell people
 * apart: the mean m of their unit embeddings is long then, and short where they are as varied as what the
 * embedder was trained with. The start I - m m^T / (m^T m + SHARE) takes that direction away as far as it is
 * long: whitening along one direction (compare WCCN, Hatch, Kajarekar and Stolcke 2006), which a few dozen
 * people are enough to know. Full whitening within people needs more of them: with 20 it made other
 * pictures worse (LFW by 1 %), see docs/decisions.md.
 */
#include "decide/metric_start.h"
#include "base/eigen.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

#define SHARE                                                                                      \
    0.15 /* of the squared length 1 of an embedding: what a mean of varied faces may have */

static void mean_of(const float *rows, size_t count, size_t n, double *mean)
{
    memset(mean, 0, n * sizeof *mean);
    for (size_t r = 0; r < count; r++) {
        const float *row = rows + r * n;
        double squared = 0;
        for (size_t i = 0; i < n; i++)
            squared += (double)row[i] * (double)row[i];
        double scale = 1 / sqrt(squared) / (double)count;
        for (size_t i = 0; i < n; i++)
            mean[i] += (double)row[i] * scale;
    }
}

/* Each row of the linear way w becomes w - (w . m) m / (m . m + SHARE). */
static void take_away(struct projection *projection, const double *mean)
{
    const size_t n = projection->in;
    double squared = 0;
    for (size_t i = 0; i < n; i++)
        squared += mean[i] * mean[i];
    for (size_t r = 0; r < projection->out; r++) {
        float *row = projection->linear + r * n;
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += (double)row[i] * mean[i];
        for (size_t i = 0; i < n; i++)
            row[i] -= (float)(along * mean[i] / (squared + SHARE));
    }
}

/* The main axes of the rows: eigenvectors of their second moments. */
static vultus_status main_axes(struct projection *projection, const float *rows, size_t count,
                               vultus_error *error)
{
    const size_t n = projection->in;
    double *moments = mem_zalloc(n * n + n, sizeof *moments);
    if (!moments)
        return status_memory(error, "training");
    for (size_t r = 0; r < count; r++) {
        const float *row = rows + r * n;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                moments[i * n + j] += (double)row[i] * (double)row[j];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            moments[j * n + i] = moments[i * n + j];
    vultus_status status = eigen_symmetric(moments, n, moments + n * n, error);
    for (size_t i = 0; !status && i < projection->out * n; i++)
        projection->linear[i] = (float)moments[i];
    mem_free(moments);
    return status;
}

vultus_status metric_start(struct projection *projection, const float *rows, size_t count,
                           bool centred, uint64_t seed, vultus_error *error)
{
    const size_t n = projection->in;
    struct random random;
    double *mean = mem_array(n, sizeof *mean);
    vultus_status status = mean ? VULTUS_OK : status_memory(error, "training");
    random_seed(&random, seed);
    memset(projection->linear, 0, projection->count * sizeof *projection->linear);
    for (size_t i = 0; i < projection->hidden * n; i++)
        projection->inner[i] = (float)(random_normal(&random) / sqrt((double)n));
    for (size_t i = 0; i < projection->out; i++)
        projection->linear[i * n + i] = 1;
    if (!status && projection->out < n)
        status = main_axes(projection, rows, count, error);
    if (!status && centred) {
        mean_of(rows, count, n, mean);
        take_away(projection, mean);
    }
    mem_free(mean);
    return status;
}
