/*
 * Chips [n,3,height,width] -> embeddings [n,dimension]. One face may be looked at several times: its
 * mirror image (`flip`), or chips that are slightly turned, scaled and shifted (`jitter`). The raw
 * embeddings of all looks are averaged, and made unit length unless the contract says that they keep
 * their length.
 */
#include "face/embed.h"
#include "face/align.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Jitter, as dlib's: up to 3 degrees either way, 1 to 3 % larger, shifted by up to 2 % of a side, half
 * of them mirrored. */
#define JITTER_TURN 0.05236f
#define JITTER_LEAST 1.0f
#define JITTER_MOST 1.03f
#define JITTER_SHIFT 0.02f

struct work {
    struct embed_call *call;
    atomic_uint_fast64_t align_ns, network_ns;
};

struct look { /* one run of the network: a chip, and its mirror image where both count */
    struct work *work;
    const vultus_face *face;
    float *chip, *scratch;
    uint64_t random; /* splitmix64's state */
};

static size_t chip_floats(const struct contract_model *contract)
{
    return 3 * (size_t)contract->width * contract->height;
}

/* Uniform in 0..1; always the same for the same face, so that answers can be repeated. */
static float uniform(struct look *look)
{
    look->random += 0x9e3779b97f4a7c15u;
    return (float)(random_mix(look->random) >> 40) / (float)(1 << 24);
}

/* Turns, scales and shifts the chip around its centre. */
static struct affine jittered(struct look *look, const struct contract_model *contract,
                              struct affine map)
{
    float turn = (2 * uniform(look) - 1) * JITTER_TURN;
    float scale = JITTER_LEAST + uniform(look) * (JITTER_MOST - JITTER_LEAST);
    float cx = (float)(contract->width - 1) / 2, cy = (float)(contract->height - 1) / 2;
    float dx = (2 * uniform(look) - 1) * JITTER_SHIFT * (float)contract->width;
    float dy = (2 * uniform(look) - 1) * JITTER_SHIFT * (float)contract->height;
    float a = scale * cosf(turn), b = scale * sinf(turn);
    float tx = cx + dx - a * cx + b * cy, ty = cy + dy - b * cx - a * cy;
    return (struct affine){
        map.xx * a + map.xy * b, map.xy * a - map.xx * b, map.xx * tx + map.xy * ty + map.tx,
        map.yx * a + map.yy * b, map.yy * a - map.yx * b, map.yx * tx + map.yy * ty + map.ty};
}

static void mirror(const float *from, float *to, size_t rows, size_t width)
{
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < width; x++)
            to[y * width + x] = from[y * width + width - 1 - x];
}

/* All values of a chip to mean 0 and deviation 1, as FaceNet's first models were fed. */
static void standardise(float *chip, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)chip[i];
        squares += (double)chip[i] * (double)chip[i];
    }
    double mean = sum / (double)count, variance = squares / (double)count - mean * mean;
    double least = 1 / sqrt((double)count); /* of a flat chip */
    float scale = (float)(1 / fmax(sqrt(fmax(variance, 0)), least));
    for (size_t i = 0; i < count; i++)
        chip[i] = (chip[i] - (float)mean) * scale;
}

/* Planes to pixels, for networks that want them so. */
static void interleave(float *chip, float *scratch, size_t plane)
{
    memcpy(scratch, chip, 3 * plane * sizeof *chip);
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < 3; c++)
            chip[3 * i + c] = scratch[c * plane + i];
}

static vultus_status cut_chip(struct look *look, bool jitter, vultus_error *error)
{
    const struct embed_call *call = look->work->call;
    const struct contract_model *contract = call->contract;
    struct planes chip = {.data = look->chip, .width = contract->width, .height = contract->height};
    struct affine to_picture;
    if (!align_face(contract, look->face, &to_picture))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the landmarks of a face coincide");
    if (jitter)
        to_picture = jittered(look, contract, to_picture);
    planes_normalise(&chip, contract->bgr, contract->mean, contract->scale);
    resample_warp(call->mips, to_picture, &chip);
    if (jitter && uniform(look) < 0.5f) {
        memcpy(look->scratch, look->chip, chip_floats(contract) * sizeof *look->chip);
        mirror(look->scratch, look->chip, 3 * (size_t)contract->height, contract->width);
    }
    if (contract->standardise)
        standardise(look->chip, chip_floats(contract));
    return VULTUS_OK;
}

/* Runs the network on `chip` and adds its answer to the face's embedding. */
static vultus_status add_answer(struct look *look, float *chip, float *out, vultus_error *error)
{
    struct work *work = look->work;
    const struct contract_model *c = work->call->contract;
    struct session_shape shape = {4, {1, 3, c->height, c->width}};
    struct session_result result = {0};
    size_t floats = 1;
    if (c->nhwc) {
        shape = (struct session_shape){4, {1, c->height, c->width, 3}};
        interleave(chip, look->scratch, (size_t)c->width * c->height);
    }
    vultus_status status = session_run(work->call->network, chip, &shape, &result, error);
    if (status)
        return status;
    atomic_fetch_add(&work->network_ns, result.nanoseconds);
    for (size_t i = 0; i < result.shapes[0].rank; i++)
        floats *= (size_t)result.shapes[0].sizes[i];
    if (floats != c->dimension)
        status = status_set(error, VULTUS_ERR_MODEL,
                            "the embedder's output has %zu numbers, its contract says %zu", floats,
                            c->dimension);
    for (size_t i = 0; !status && i < c->dimension; i++)
        out[i] += result.data[0][i];
    session_result_clear(&result);
    return status;
}

static vultus_status finish(const struct contract_model *contract, float *out, size_t looks,
                            vultus_error *error)
{
    double sum = 0;
    for (size_t i = 0; i < contract->dimension; i++)
        sum += (double)out[i] * (double)out[i];
    if (!(sum > 1e-20) || !isfinite(sum))
        return status_set(error, VULTUS_ERR_MODEL, "the embedder gave no usable embedding");
    float scale = contract->raw ? 1 / (float)looks : (float)(1 / sqrt(sum));
    for (size_t i = 0; i < contract->dimension; i++)
        out[i] *= scale;
    return VULTUS_OK;
}

static vultus_status look_at(struct look *look, float *out, vultus_error *error)
{
    struct work *work = look->work;
    const struct embed_call *call = work->call;
    const struct contract_model *contract = call->contract;
    size_t cuts = call->jitter ? call->jitter : 1, floats = chip_floats(contract);
    vultus_status status = VULTUS_OK;
    memset(out, 0, contract->dimension * sizeof *out);
    for (size_t i = 0; !status && i < cuts; i++) {
        uint64_t start = clock_ns();
        float *mirrored = look->chip + floats;
        status = status_stopped(call->stop, error);
        if (!status)
            status = cut_chip(look, call->jitter > 0, error);
        if (!status && call->flip)
            mirror(look->chip, mirrored, 3 * (size_t)contract->height, contract->width);
        atomic_fetch_add(&work->align_ns, clock_ns() - start);
        if (!status)
            status = add_answer(look, look->chip, out, error);
        if (!status && call->flip)
            status = add_answer(look, mirrored, out, error);
    }
    return status ? status : finish(contract, out, cuts * (call->flip ? 2 : 1), error);
}

static vultus_status embed_face(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct work *work = context;
    const struct embed_call *call = work->call;
    size_t floats = chip_floats(call->contract);
    size_t room =
        floats * (1 + (size_t)call->flip + (size_t)(call->contract->nhwc || call->jitter > 0));
    struct look look = {.work = work, .face = &call->faces[index], .random = index};
    (void)worker;
    look.chip = mem_aligned(room, sizeof *look.chip);
    if (!look.chip)
        return status_memory(error, "chips");
    look.scratch = look.chip + floats * (1 + (size_t)call->flip);
    vultus_status status = look_at(&look, call->out + index * call->contract->dimension, error);
    mem_free_wiped(look.chip, room * sizeof *look.chip);
    return status;
}

vultus_status embed_faces(struct embed_call *call, vultus_error *error)
{
    struct work work = {.call = call};
    vultus_status status = pool_for(call->pool, call->count, embed_face, &work, error);
    call->align_ns = atomic_load(&work.align_ns);
    call->network_ns = atomic_load(&work.network_ns);
    return status;
}

void embed_whole(const struct contract_model *contract, uint32_t width, uint32_t height,
                 vultus_face *out)
{
    float x = (float)width / (float)contract->width, y = (float)height / (float)contract->height;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        out->landmarks[i] = (vultus_point){contract->points[i].x * x, contract->points[i].y * y};
    if (contract->alignment == CONTRACT_ALIGN_BOX) { /* so that with the margin it is the picture */
        float w = (float)width / (1 + contract->margin), h = (float)height / (1 + contract->margin);
        out->box = (vultus_box){((float)width - w) / 2, ((float)height - h) / 2, w, h};
    }
}
