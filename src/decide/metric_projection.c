/*
 * Forward and backward of a projection, a batch at a time as matrix products. Inputs are made unit length
 * first, so that embedders that keep their length and those that do not are trained with the same
 * numbers. A row that becomes 0 has no direction: it stays 0 on the way forward and gives no gradient.
 */
#include "decide/metric_projection.h"
#include "base/memory.h"
#include "decide/metric_matrix.h"

#include <math.h>
#include <string.h>

#define APPLY_ROWS 64       /* of one turn of projection_apply */
#define LENGTH_LEAST 1e-12f /* below it a row has no direction that means anything */

vultus_status projection_init(struct projection *projection, size_t in, size_t out, size_t hidden,
                              vultus_error *error)
{
    if (!in || !out || in > PROJECTION_SIDE_MAX || out > PROJECTION_SIDE_MAX ||
        hidden > PROJECTION_SIDE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a projection from %zu to %zu numbers with %zu between; at most %d of "
                          "each are possible",
                          in, out, hidden, PROJECTION_SIDE_MAX);
    size_t count = out * in + hidden * (in + 1) + out * hidden;
    float *block = mem_aligned(count, sizeof *block);
    if (!block)
        return status_memory(error, "a projection");
    memset(block, 0, count * sizeof *block);
    *projection = (struct projection){.in = in,
                                      .out = out,
                                      .hidden = hidden,
                                      .linear = block,
                                      .inner = block + out * in,
                                      .bias = block + out * in + hidden * in,
                                      .outer = block + out * in + hidden * (in + 1),
                                      .count = count};
    return VULTUS_OK;
}

void projection_clear(struct projection *projection)
{
    mem_free(projection->linear);
    *projection = (struct projection){0};
}

/* Scratch of the way back: the transposes of dL/dz, x, the hidden layer and the outer weights, and dL/dhidden. */
static size_t scratch_floats(const struct projection *p, size_t rows)
{
    return rows * (p->out + p->in + 3 * p->hidden) + p->hidden * p->out;
}

vultus_status projection_pass_init(struct projection_pass *pass,
                                   const struct projection *projection, size_t capacity,
                                   struct pool *pool, vultus_error *error)
{
    const struct projection *p = projection;
    size_t floats =
        capacity * (p->in + p->hidden + p->out + 1) + scratch_floats(projection, capacity);
    float *block = mem_aligned(floats, sizeof *block);
    if (!block)
        return status_memory(error, "a projection");
    *pass = (struct projection_pass){.projection = projection,
                                     .pool = pool,
                                     .capacity = capacity,
                                     .x = block,
                                     .hidden = block + capacity * p->in,
                                     .y = block + capacity * (p->in + p->hidden),
                                     .length = block + capacity * (p->in + p->hidden + p->out),
                                     .block = block,
                                     .block_floats = floats};
    pass->scratch = pass->length + capacity;
    return VULTUS_OK;
}

void projection_pass_clear(struct projection_pass *pass)
{
    mem_free_wiped(pass->block, pass->block_floats * sizeof *pass->block);
    *pass = (struct projection_pass){0};
}

static float length_of(const float *row, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)row[i] * (double)row[i];
    return (float)sqrt(sum);
}

static void scale_into(const float *row, size_t count, float length, float *out)
{
    float scale = length > LENGTH_LEAST ? 1 / length : 0;
    for (size_t i = 0; i < count; i++)
        out[i] = row[i] * scale;
}

void projection_forward(struct projection_pass *pass, const float *embeddings, size_t rows)
{
    const struct projection *p = pass->projection;
    pass->rows = rows;
    for (size_t r = 0; r < rows; r++)
        scale_into(embeddings + r * p->in, p->in, length_of(embeddings + r * p->in, p->in),
                   pass->x + r * p->in);
    matrix_multiply(&(struct matrix_product){pass->x, p->linear, rows, p->out, p->in, pass->y},
                    pass->pool);
    if (p->hidden) {
        float *more = pass->scratch;
        matrix_multiply(
            &(struct matrix_product){pass->x, p->inner, rows, p->hidden, p->in, pass->hidden},
            pass->pool);
        for (size_t r = 0; r < rows; r++)
            for (size_t i = 0; i < p->hidden; i++)
                pass->hidden[r * p->hidden + i] =
                    fmaxf(pass->hidden[r * p->hidden + i] + p->bias[i], 0);
        matrix_multiply(
            &(struct matrix_product){pass->hidden, p->outer, rows, p->out, p->hidden, more},
            pass->pool);
        for (size_t i = 0; i < rows * p->out; i++)
            pass->y[i] += more[i];
    }
    for (size_t r = 0; r < rows; r++) {
        float *y = pass->y + r * p->out;
        pass->length[r] = length_of(y, p->out);
        scale_into(y, p->out, pass->length[r], y);
    }
}

/* Through the division by the length: dz = (dy - y (y . dy)) / |z|. */
static void undo_length(const struct projection_pass *pass, float *gradient)
{
    size_t n = pass->projection->out;
    for (size_t r = 0; r < pass->rows; r++) {
        const float *y = pass->y + r * n;
        float *g = gradient + r * n;
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += (double)y[i] * (double)g[i];
        float scale = pass->length[r] > LENGTH_LEAST ? 1 / pass->length[r] : 0;
        for (size_t i = 0; i < n; i++)
            g[i] = (g[i] - y[i] * (float)along) * scale;
    }
}

static void hidden_backward(struct projection_pass *pass, const float *dz, const float *dz_columns,
                            const float *x_columns, float *room, struct projection *gradient)
{
    const struct projection *p = pass->projection;
    const size_t rows = pass->rows, n = p->hidden;
    float *columns = room, *outer_columns = columns + n * rows;
    float *dh = outer_columns + n * p->out, *dh_columns = dh + n * rows;
    matrix_transpose(pass->hidden, rows, n, columns);
    matrix_multiply(&(struct matrix_product){dz_columns, columns, p->out, n, rows, gradient->outer},
                    pass->pool);
    matrix_transpose(p->outer, p->out, n, outer_columns);
    matrix_multiply(&(struct matrix_product){dz, outer_columns, rows, n, p->out, dh}, pass->pool);
    memset(gradient->bias, 0, n * sizeof *gradient->bias);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i++) {
            if (!(pass->hidden[r * n + i] > 0))
                dh[r * n + i] = 0;
            gradient->bias[i] += dh[r * n + i];
        }
    matrix_transpose(dh, rows, n, dh_columns);
    matrix_multiply(
        &(struct matrix_product){dh_columns, x_columns, n, p->in, rows, gradient->inner},
        pass->pool);
}

void projection_backward(struct projection_pass *pass, float *gradient_y,
                         struct projection *gradient)
{
    const struct projection *p = pass->projection;
    const size_t rows = pass->rows;
    float *dz_columns = pass->scratch, *x_columns = dz_columns + p->out * rows;
    undo_length(pass, gradient_y);
    matrix_transpose(gradient_y, rows, p->out, dz_columns);
    matrix_transpose(pass->x, rows, p->in, x_columns);
    matrix_multiply(
        &(struct matrix_product){dz_columns, x_columns, p->out, p->in, rows, gradient->linear},
        pass->pool);
    if (p->hidden)
        hidden_backward(pass, gradient_y, dz_columns, x_columns, x_columns + p->in * rows,
                        gradient);
}

vultus_status projection_apply(const struct projection *projection, const float *embeddings,
                               size_t rows, float *out, vultus_error *error)
{
    const struct projection *p = projection;
    struct projection_pass pass = {0};
    vultus_status status =
        projection_pass_init(&pass, p, rows < APPLY_ROWS ? rows : APPLY_ROWS, NULL, error);
    for (size_t at = 0; !status && at < rows; at += APPLY_ROWS) {
        size_t count = rows - at < APPLY_ROWS ? rows - at : APPLY_ROWS;
        projection_forward(&pass, embeddings + at * p->in, count);
        for (size_t r = 0; !status && r < count; r++)
            if (!(pass.length[r] > LENGTH_LEAST) || !isfinite(pass.length[r]))
                status =
                    status_set(error, VULTUS_ERR_MODEL, "the projection gave no usable embedding");
        if (!status)
            memcpy(out + at * p->out, pass.y, count * p->out * sizeof *out);
    }
    projection_pass_clear(&pass);
    return status;
}
