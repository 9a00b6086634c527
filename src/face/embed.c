/*
 * Chips [n,3,height,width] -> embeddings [n,dimension]. With `flip`, every chip is followed by its
 * mirror image and both raw embeddings are added before the sum is made unit length.
 */
#include "face/embed.h"
#include "face/align.h"
#include "base/clock.h"
#include "base/memory.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

struct work {
    struct embed_call *call;
    size_t batch;
    atomic_uint_fast64_t align_ns, network_ns;
};

static vultus_status cut_chip(const struct embed_call *call, const vultus_face *face, float *data,
                              vultus_error *error)
{
    const struct contract_model *contract = call->contract;
    struct planes chip = {.data = data, .width = contract->width, .height = contract->height};
    struct similarity to_picture;
    if (!align_chip(face->landmarks, contract->points, &to_picture))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the landmarks of a face coincide");
    planes_normalise(&chip, contract->bgr, contract->mean, contract->scale);
    resample_warp(call->mips, to_picture, &chip);
    return VULTUS_OK;
}

static void mirror(const float *from, float *to, size_t rows, size_t width)
{
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < width; x++)
            to[y * width + x] = from[y * width + width - 1 - x];
}

static vultus_status normalise(float *out, const float *a, const float *b, size_t n,
                               vultus_error *error)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = b ? a[i] + b[i] : a[i];
        sum += (double)out[i] * (double)out[i];
    }
    if (!(sum > 1e-20) || !isfinite(sum))
        return status_set(error, VULTUS_ERR_MODEL, "the embedder gave no usable embedding");
    float scale = (float)(1 / sqrt(sum));
    for (size_t i = 0; i < n; i++)
        out[i] *= scale;
    return VULTUS_OK;
}

static vultus_status run_batch(struct work *work, const float *chips, size_t begin, size_t count,
                               vultus_error *error)
{
    struct embed_call *call = work->call;
    const struct contract_model *contract = call->contract;
    size_t per_face = call->flip ? 2 : 1, n = contract->dimension;
    struct session_shape shape = {
        4, {(int64_t)(count * per_face), 3, contract->height, contract->width}};
    struct session_result result = {0};
    vultus_status status = session_run(call->network, chips, &shape, &result, error);
    if (status)
        return status;
    atomic_fetch_add(&work->network_ns, result.nanoseconds);
    if (result.shapes[0].rank != 2 || result.shapes[0].sizes[0] != (int64_t)(count * per_face) ||
        result.shapes[0].sizes[1] != (int64_t)n)
        status = status_set(error, VULTUS_ERR_MODEL,
                            "the embedder's output is not %zu x %zu as its contract says",
                            count * per_face, n);
    for (size_t i = 0; !status && i < count; i++) {
        const float *row = result.data[0] + i * per_face * n;
        status = normalise(call->out + (begin + i) * n, row, call->flip ? row + n : NULL, n, error);
    }
    session_result_clear(&result);
    return status;
}

static vultus_status embed_batch(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct work *work = context;
    struct embed_call *call = work->call;
    size_t begin = index * work->batch, left = call->count - begin;
    size_t count = left < work->batch ? left : work->batch, per_face = call->flip ? 2 : 1;
    size_t plane = (size_t)call->contract->width * call->contract->height;
    size_t floats = count * per_face * 3 * plane;
    uint64_t start = clock_ns();
    vultus_status status = VULTUS_OK;
    (void)worker;
    float *chips = mem_aligned(floats, sizeof *chips);
    if (!chips)
        return status_memory(error, "chips");
    for (size_t i = 0; !status && i < count; i++) {
        float *chip = chips + i * per_face * 3 * plane;
        status = cut_chip(call, &call->faces[begin + i], chip, error);
        if (!status && call->flip)
            mirror(chip, chip + 3 * plane, 3 * (size_t)call->contract->height,
                   call->contract->width);
    }
    atomic_fetch_add(&work->align_ns, clock_ns() - start);
    if (!status)
        status = run_batch(work, chips, begin, count, error);
    mem_free_wiped(chips, floats * sizeof *chips);
    return status;
}

vultus_status embed_faces(struct embed_call *call, vultus_error *error)
{
    /* small batches when there are few faces, so that every thread has one */
    size_t share = (call->count + pool_threads(call->pool) - 1) / pool_threads(call->pool);
    struct work work = {.call = call, .batch = share < EMBED_BATCH ? share : EMBED_BATCH};
    size_t batches = call->count ? (call->count + work.batch - 1) / work.batch : 0;
    vultus_status status = pool_for(call->pool, batches, embed_batch, &work, error);
    call->align_ns = atomic_load(&work.align_ns);
    call->network_ns = atomic_load(&work.network_ns);
    return status;
}

void embed_whole(const struct contract_model *contract, uint32_t width, uint32_t height,
                 vultus_point out[VULTUS_LANDMARKS])
{
    float x = (float)width / (float)contract->width, y = (float)height / (float)contract->height;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        out[i] = (vultus_point){contract->points[i].x * x, contract->points[i].y * y};
}
