/*
 * Coding. With x an embedding and q a probe, both on the axes, y = w x the
 * weighted coordinates and y' = scale (code - 7.5) the decoded ones:
 *
 *   q x = sum (q / w) y' + q (x - y' / w)
 *
 * The second term is at most |q| times the residual |x - y' / w|, which counts
 * what lies outside the axes, too. q / w is rounded to bytes; what that adds is
 * at most its error's length times |y'|. All is rounded up, and float32's own
 * rounding is paid for with SLACK.
 */
#include "gallery/coding.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* Of a sum of up to 4096 products in float32, in parts of the vectors' lengths:
 * measured 1e-6. */
#define SLACK 2e-5f

struct codes_scratch { /* of each axes->count */
    float *turned, *weighted;
    uint8_t *steps;
};

vultus_status codes_scratch_new(const struct axes *axes, struct codes_scratch **out,
                                vultus_error *error)
{
    struct codes_scratch *scratch = mem_zalloc(1, sizeof *scratch);
    /* the codes of a row lie behind its coordinates */
    float *room = mem_array(axes->count, 2 * sizeof *room + 1);
    if (!scratch || !room) {
        mem_free(scratch);
        mem_free(room);
        return status_memory(error, "the search index");
    }
    scratch->turned = room;
    scratch->weighted = room + axes->count;
    scratch->steps = (uint8_t *)(room + 2 * axes->count);
    *out = scratch;
    return VULTUS_OK;
}

void codes_scratch_free(struct codes_scratch *scratch)
{
    if (!scratch)
        return;
    mem_free(scratch->turned);
    mem_free(scratch);
}

size_t codes_group_bytes(const struct axes *axes)
{
    return CODES_GROUP_BYTES(axes->count / CODES_CHUNK);
}

size_t codes_fine_bytes(const struct axes *axes)
{
    return CODES_FINE_BYTES(axes->count / CODES_CHUNK);
}

struct steps { /* that a coordinate may be coded in */
    float centre, most;
};
static const struct steps coarse_steps = {CODES_CENTRE, 15}, fine_steps = {CODES_FINE_CENTRE, 127};

/* Comparisons and a cast, which vectors have, where fminf and rintf would be
 * calls. */
static inline float code_of(float value, float inverse, struct steps steps)
{
    float code = value * inverse + (steps.centre + 0.5f);
    code = code < steps.most ? code : steps.most;
    code = code > 0 ? code : 0;
    return (float)(int32_t)code;
}

/* The squared residual on the axes for a scale, in as many sums as there are
 * lanes. */
static float squared_error(const struct axes *axes, const struct codes_scratch *scratch,
                           float scale)
{
    const float inverse = 1 / scale;
    const struct steps steps = coarse_steps;
    const float *weighted = scratch->weighted, *inverses = axes->inverses;
    float sums[CODES_CHUNK] = {0}, sum = 0;
    for (size_t i = 0; i < axes->count; i += CODES_CHUNK)
        for (size_t k = 0; k < CODES_CHUNK; k++) {
            float value = weighted[i + k];
            float decoded = scale * (code_of(value, inverse, steps) - steps.centre);
            float error = (value - decoded) * inverses[i + k];
            sums[k] += error * error;
        }
    for (size_t k = 0; k < CODES_CHUNK; k++)
        sum += sums[k];
    return sum;
}

static float greatest_of(const struct axes *axes, const struct codes_scratch *scratch)
{
    float lanes[CODES_CHUNK] = {0}, greatest = 0;
    for (size_t i = 0; i < axes->count; i += CODES_CHUNK)
        for (size_t k = 0; k < CODES_CHUNK; k++) {
            float size = fabsf(scratch->weighted[i + k]);
            lanes[k] = size > lanes[k] ? size : lanes[k];
        }
    for (size_t k = 0; k < CODES_CHUNK; k++)
        greatest = lanes[k] > greatest ? lanes[k] : greatest;
    return greatest;
}

/* A scale that cuts a few large coordinates short is better than coarse steps
 * for all. */
static float choose_scale(const struct axes *axes, const struct codes_scratch *scratch)
{
    static const float parts[] = {1.0f, 0.85f, 0.72f, 0.62f, 0.53f, 0.45f};
    float greatest = fmaxf(greatest_of(axes, scratch) / CODES_CENTRE, 1e-20f);
    float best = 0, least = INFINITY;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        float sum = squared_error(axes, scratch, parts[i] * greatest);
        if (sum >= least)
            break; /* it falls, then rises */
        least = sum;
        best = parts[i] * greatest;
    }
    return best;
}

static void turn(const struct axes *axes, struct codes_scratch *scratch, const float *embedding,
                 const float *factors)
{
    axes_turn(axes, embedding, scratch->turned);
    for (size_t i = 0; i < axes->count; i++)
        scratch->weighted[i] = scratch->turned[i] * factors[i];
}

/* What a code of a row is beside its steps. */
struct row_code {
    float scale;
    uint16_t residual, length;
};

/* Codes the embedding that was turned. */
static struct row_code code_row(const struct axes *axes, const struct codes_scratch *scratch,
                                float scale, struct steps steps, float outside, float whole)
{
    const float inverse = 1 / scale;
    const float *weighted = scratch->weighted, *inverses = axes->inverses;
    float errors[CODES_CHUNK] = {0}, lengths[CODES_CHUNK] = {0}, error = 0, length = 0;
    for (size_t i = 0; i < axes->count; i += CODES_CHUNK) {
        uint8_t codes[CODES_CHUNK];
        for (size_t k = 0; k < CODES_CHUNK; k++) {
            float code = code_of(weighted[i + k], inverse, steps);
            float decoded = scale * (code - steps.centre);
            float missing = (weighted[i + k] - decoded) * inverses[i + k];
            codes[k] = (uint8_t)(int32_t)code;
            errors[k] += missing * missing;
            lengths[k] += decoded * decoded;
        }
        memcpy(scratch->steps + i, codes, sizeof codes);
    }
    for (size_t k = 0; k < CODES_CHUNK; k++) {
        error += errors[k];
        length += lengths[k];
    }
    return (struct row_code){
        .scale = scale,
        .residual = codes_half_up(sqrtf(error + outside) * (1 + SLACK) + SLACK * sqrtf(whole)),
        .length = codes_half_up(sqrtf(length) * (1 + SLACK))};
}

static void put_coarse(const struct axes *axes, const struct codes_scratch *scratch,
                       const struct row_code *code, size_t row, uint8_t *group)
{
    uint8_t *behind = group + axes->count / CODES_CHUNK * CODES_CHUNK_BYTES;
    for (size_t i = 0; i < axes->count; i += CODES_CHUNK)
        for (size_t j = 0; j < 4; j++)
            group[i / CODES_CHUNK * CODES_CHUNK_BYTES + 4 * row + j] =
                (uint8_t)(scratch->steps[i + j] | scratch->steps[i + 4 + j] << 4);
    memcpy(behind + 4 * row, &code->scale, 4);
    memcpy(behind + 4 * CODES_GROUP + 2 * row, &code->residual, 2);
    memcpy(behind + 6 * CODES_GROUP + 2 * row, &code->length, 2);
}

static void put_fine(const struct axes *axes, const struct codes_scratch *scratch,
                     const struct row_code *code, uint8_t *fine)
{
    memcpy(fine, scratch->steps, axes->count);
    memcpy(fine + axes->count, &code->scale, 4);
    memcpy(fine + axes->count + 4, &code->residual, 2);
    memcpy(fine + axes->count + 6, &code->length, 2);
}

void codes_write(const struct axes *axes, struct codes_scratch *scratch, const float *embeddings,
                 size_t stride, uint8_t *group, uint8_t *fine)
{
    const struct kernel_table *kernel = kernel_best();
    for (size_t r = 0; r < CODES_GROUP; r++) {
        const float *x = embeddings + r * stride;
        turn(axes, scratch, x, axes->weights);
        float whole = kernel->dot(x, x, axes->dimension);
        float inside = kernel->dot(scratch->turned, scratch->turned, axes->count);
        float outside = axes->vectors ? fmaxf(0, whole - inside) + 1e-6f * whole : 0;
        struct row_code code =
            code_row(axes, scratch, choose_scale(axes, scratch), coarse_steps, outside, whole);
        put_coarse(axes, scratch, &code, r, group);
        if (!fine)
            continue;
        float scale = fmaxf(greatest_of(axes, scratch) / CODES_FINE_CENTRE, 1e-20f);
        code = code_row(axes, scratch, scale, fine_steps, outside, whole);
        put_fine(axes, scratch, &code, fine + r * codes_fine_bytes(axes));
    }
}

void codes_probe_make(const struct axes *axes, struct codes_scratch *scratch, const float *probe,
                      int8_t *values, struct codes_probe *out)
{
    float error = 0;
    int sum = 0;
    turn(axes, scratch, probe, axes->inverses);
    float scale = fmaxf(greatest_of(axes, scratch) / 127, 1e-30f);
    for (size_t i = 0; i < axes->count; i++) {
        float value = rintf(scratch->weighted[i] / scale);
        float missing = scratch->weighted[i] - value * scale;
        values[i] = (int8_t)value;
        sum += values[i];
        error += missing * missing;
    }
    float norm = sqrtf(kernel_best()->dot(probe, probe, axes->dimension));
    *out = (struct codes_probe){.values = values,
                                .chunks = axes->count / CODES_CHUNK,
                                .narrow = codes_narrow(values, axes->count / CODES_CHUNK),
                                .scale = scale,
                                .centre = CODES_CENTRE * (float)sum,
                                .fine_centre = CODES_FINE_CENTRE * (float)sum,
                                .norm = norm * (1 + SLACK),
                                .error = sqrtf(error) * (1 + SLACK) + SLACK * scale};
}
