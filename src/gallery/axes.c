/*
 * Principal axes of the second moment, not centred: products are what search compares, and a mean is an axis
 * like any other. A coordinate is divided by its deviation, so that sixteen steps fit each axis; the
 * last axes may have next to none, so deviations have a least.
 */
#include "gallery/axes.h"
#include "base/eigen.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define DIMENSION_MAX 1024 /* n^3: half a second for 512, four for 1024 */
#define LEFT_OUT 0.005     /* of the energy may lie outside the coded axes: as much as rounding */
#define WORTH 0.75 /* of the axes: to leave out fewer is not worth turning every embedding */
#define LEAST_DEVIATION 0.02 /* of the greatest */
#define STEP 8               /* axes come in chunks of so many */

static size_t whole_chunks(size_t axes)
{
    return (axes + STEP - 1) / STEP * STEP;
}

static vultus_status allocate(struct axes *axes, bool turned, vultus_error *error)
{
    axes->weights = mem_zalloc(axes->count, sizeof(float));
    axes->inverses = mem_zalloc(axes->count, sizeof(float));
    if (turned)
        axes->vectors = mem_zalloc(axes->count * axes->dimension, sizeof(float));
    if (axes->weights && axes->inverses && (axes->vectors || !turned))
        return VULTUS_OK;
    axes_clear(axes);
    return status_memory(error, "the search index");
}

static vultus_status own_axes(struct axes *axes, vultus_error *error)
{
    axes->count = whole_chunks(axes->dimension);
    vultus_status status = allocate(axes, false, error);
    for (size_t i = 0; !status && i < axes->dimension; i++)
        axes->weights[i] = axes->inverses[i] = 1;
    return status;
}

static void second_moment(const float *embeddings, size_t stride, size_t rows, size_t n,
                          double *out)
{
    size_t taken = rows < AXES_SAMPLE ? rows : AXES_SAMPLE;
    memset(out, 0, n * n * sizeof *out);
    for (size_t s = 0; s < taken; s++) {
        const float *x = embeddings + s * rows / taken * stride;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k <= i; k++)
                out[i * n + k] += (double)(x[i] * x[k]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++)
            out[k * n + i] = out[i * n + k] /= (double)taken;
}

/* The number of axes that leave out little enough. */
static size_t enough(const double *values, size_t n)
{
    double all = 0, left = 0;
    size_t count = n;
    for (size_t i = 0; i < n; i++)
        all += fmax(values[i], 0);
    while (count > STEP && left + fmax(values[count - 1], 0) <= LEFT_OUT * all)
        left += fmax(values[--count], 0);
    return whole_chunks(count);
}

static vultus_status turned_axes(struct axes *axes, const double *vectors, const double *values,
                                 vultus_error *error)
{
    vultus_status status = allocate(axes, true, error);
    double greatest = sqrt(fmax(values[0], 1e-30));
    for (size_t i = 0; !status && i < axes->count && i < axes->dimension; i++) {
        double deviation = fmax(sqrt(fmax(values[i], 0)), LEAST_DEVIATION * greatest);
        axes->weights[i] = (float)(1 / deviation);
        axes->inverses[i] = 1 / axes->weights[i];
        for (size_t k = 0; k < axes->dimension; k++)
            axes->vectors[i * axes->dimension + k] = (float)vectors[i * axes->dimension + k];
    }
    return status;
}

vultus_status axes_learn(const float *embeddings, size_t stride, size_t rows, size_t dimension,
                         struct axes *out, vultus_error *error)
{
    struct axes axes = {.dimension = dimension};
    vultus_status status = VULTUS_OK;
    double *moment = NULL, *values = NULL;
    size_t count = dimension;
    if (dimension <= DIMENSION_MAX && rows > 2 * dimension) {
        moment = mem_array(dimension * dimension + dimension, sizeof *moment);
        if (!moment)
            return status_memory(error, "the search index");
        values = moment + dimension * dimension;
        second_moment(embeddings, stride, rows, dimension, moment);
        status = eigen_symmetric(moment, dimension, values, error);
        if (!status)
            count = axes.count = enough(values, dimension);
    }
    if (!status && (double)count > WORTH * (double)dimension)
        status = own_axes(&axes, error);
    else if (!status)
        status = turned_axes(&axes, moment, values, error);
    mem_free_wiped(moment, moment ? (dimension * dimension + dimension) * sizeof *moment : 0);
    if (!status)
        *out = axes;
    return status;
}

vultus_status axes_copy(const struct axes *learnt, struct axes *out, vultus_error *error)
{
    struct axes axes = {.dimension = learnt->dimension, .count = learnt->count};
    vultus_status status = allocate(&axes, learnt->vectors != NULL, error);
    if (status)
        return status;
    memcpy(axes.weights, learnt->weights, axes.count * sizeof(float));
    memcpy(axes.inverses, learnt->inverses, axes.count * sizeof(float));
    if (learnt->vectors)
        memcpy(axes.vectors, learnt->vectors, axes.count * axes.dimension * sizeof(float));
    *out = axes;
    return VULTUS_OK;
}

void axes_clear(struct axes *axes)
{
    mem_free_wiped(axes->vectors,
                   axes->vectors ? axes->count * axes->dimension * sizeof(float) : 0);
    mem_free(axes->weights);
    mem_free(axes->inverses);
    *axes = (struct axes){0};
}

void axes_turn(const struct axes *axes, const float *embedding, float *out)
{
    if (axes->vectors) {
        kernel_best()->dot_rows(embedding, axes->vectors, axes->dimension, axes->count,
                                axes->dimension, out);
        return;
    }
    memcpy(out, embedding, axes->dimension * sizeof *out);
    for (size_t i = axes->dimension; i < axes->count; i++)
        out[i] = 0;
}
