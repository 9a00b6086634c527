/*
 * Projections as files: a pack folder with a contract that names the base, and projection.safetensors
 * with the tensors sizes (I32: in, out, hidden), linear [out, in] and, where hidden is not 0, inner
 * [hidden, in], bias [hidden] and outer [out, hidden], all F32.
 */
#include "engine/engine.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

static vultus_status read_tensor(const struct weights *weights, const char *name, size_t rows,
                                 size_t columns, float *out, vultus_error *error)
{
    struct weights_shape shape = {columns ? 2 : 1, {rows, columns}};
    const float *data = NULL;
    size_t count = rows * (columns ? columns : 1);
    vultus_status status =
        weights_tensor(weights, name, WEIGHTS_F32, &shape, (const void **)&data, error);
    for (size_t i = 0; !status && i < count; i++)
        if (!isfinite(data[i]))
            status = status_set(error, VULTUS_ERR_MODEL,
                                "the projection's tensor %s has NaN or infinity", name);
    if (!status)
        memcpy(out, data, count * sizeof *out);
    return status;
}

vultus_status engine_read_projection(const struct weights *weights, const char *name, size_t in,
                                     size_t out, struct projection *projection, vultus_error *error)
{
    struct weights_shape shape = {1, {3}};
    struct projection read = {0};
    const int32_t *sizes;
    if (!weights)
        return status_set(error, VULTUS_ERR_MODEL, "%s: a projection is weights (.safetensors)",
                          name);
    vultus_status status =
        weights_tensor(weights, "sizes", WEIGHTS_I32, &shape, (const void **)&sizes, error);
    if (status)
        return status;
    if (sizes[0] < 0 || (size_t)sizes[0] != in || sizes[1] < 0 || (size_t)sizes[1] != out ||
        sizes[2] < 0 || sizes[2] > PROJECTION_SIDE_MAX)
        return status_set(error, VULTUS_ERR_MODEL,
                          "%s projects %d numbers to %d with %d between; %zu to %zu, and at most "
                          "%d between, are expected",
                          name, sizes[0], sizes[1], sizes[2], in, out, PROJECTION_SIDE_MAX);
    const size_t hidden = (size_t)sizes[2];
    status = projection_init(&read, in, out, hidden, error);
    if (!status)
        status = read_tensor(weights, "linear", out, in, read.linear, error);
    if (!status && hidden)
        status = read_tensor(weights, "inner", hidden, in, read.inner, error);
    if (!status && hidden)
        status = read_tensor(weights, "bias", hidden, 0, read.bias, error);
    if (!status && hidden)
        status = read_tensor(weights, "outer", out, hidden, read.outer, error);
    if (status)
        projection_clear(&read);
    else
        *projection = read;
    return status;
}
