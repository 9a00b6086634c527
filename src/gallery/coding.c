/*
 * Coding. With x an embedding and q a probe, both on the axes, y = w x the weighted coordinates and
 * y' = scale (code - 7.5) the decoded ones:
 *
 *   q x = sum (q / w) y' + q (x - y' / w)
 *
 * The second term is at most |q| times the residual |x - y' / w|, which counts what lies outside the axes,
 * too. q / w is rounded to bytes; what that adds is at most its error's length times |y'|. All is
 * rounded up, and float32's own rounding is paid for with SLACK.
 */
#include "gallery/coding.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* Of a sum of up to 4096 products in float32, in parts of the vectors' lengths: measured 1e-6. */
#define SLACK 2e-5f

struct codes_scratch {
    float *turned, *weighted; /* axes->count */
};

vultus_status codes_scratch_new(const struct axes *axes, struct codes_scratch **out,
                                vultus_error *error)
{
    struct codes_scratch *scratch = mem_zalloc(1, sizeof *scratch);
    float *room = mem_array(2 * axes->count, sizeof *room);
    if (!scratch || !room) {
        mem_free(scratch);
        mem_free(room);
        return status_memory(error, "the search index");
    }
    scratch->turned = room;
    scratch->weighted = room + axes->count;
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

static float code_of(float value, float inverse)
{
    float code = rintf(value * inverse + CODES_CENTRE);
    return fminf(15, fmaxf(0, code));
}

/* The squared residual on the axes for a scale. */
static float squared_error(const struct axes *axes, const struct codes_scratch *scratch,
                           float scale)
{
    const float inverse = 1 / scale;
    float sum = 0;
    for (size_t i = 0; i < axes->count; i++) {
        float decoded = scale * (code_of(scratch->weighted[i], inverse) - CODES_CENTRE);
        float error = (scratch->weighted[i] - decoded) * axes->inverses[i];
        sum += error * error;
    }
    return sum;
}

/* A scale that cuts a few large coordinates short is better than coarse steps for all. */
static float choose_scale(const struct axes *axes, const struct codes_scratch *scratch)
{
    static const float parts[] = {1.0f, 0.85f, 0.72f, 0.62f, 0.53f, 0.45f};
    float greatest = 0, best = 0, least = INFINITY;
    for (size_t i = 0; i < axes->count; i++)
        greatest = fmaxf(greatest, fabsf(scratch->weighted[i]));
    greatest = fmaxf(greatest / CODES_CENTRE, 1e-20f);
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

void codes_write(const struct axes *axes, struct codes_scratch *scratch, const float *embeddings,
                 size_t stride, uint8_t *group)
{
    const struct kernel_table *kernel = kernel_best();
    const size_t chunks = axes->count / CODES_CHUNK;
    float scales[CODES_GROUP];
    uint16_t residuals[CODES_GROUP], lengths[CODES_GROUP];
    for (size_t r = 0; r < CODES_GROUP; r++) {
        const float *x = embeddings + r * stride;
        turn(axes, scratch, x, axes->weights);
        float scale = choose_scale(axes, scratch), inverse = 1 / scale, error = 0, length = 0;
        for (size_t i = 0; i < axes->count; i++) {
            float code = code_of(scratch->weighted[i], inverse);
            float decoded = scale * (code - CODES_CENTRE);
            float missing = (scratch->weighted[i] - decoded) * axes->inverses[i];
            uint8_t *byte = group + i / CODES_CHUNK * CODES_CHUNK_BYTES + 4 * r + i % 4;
            error += missing * missing;
            length += decoded * decoded;
            if (i % CODES_CHUNK < 4)
                *byte = (uint8_t)code;
            else
                *byte = (uint8_t)(*byte | (unsigned)code << 4);
        }
        float whole = kernel->dot(x, x, axes->dimension);
        float inside = kernel->dot(scratch->turned, scratch->turned, axes->count);
        float outside = axes->vectors ? fmaxf(0, whole - inside) + 1e-6f * whole : 0;
        scales[r] = scale;
        residuals[r] = codes_half_up(sqrtf(error + outside) * (1 + SLACK) + SLACK * sqrtf(whole));
        lengths[r] = codes_half_up(sqrtf(length) * (1 + SLACK));
    }
    uint8_t *behind = group + chunks * CODES_CHUNK_BYTES;
    memcpy(behind, scales, sizeof scales);
    memcpy(behind + sizeof scales, residuals, sizeof residuals);
    memcpy(behind + sizeof scales + sizeof residuals, lengths, sizeof lengths);
}

void codes_probe_make(const struct axes *axes, struct codes_scratch *scratch, const float *probe,
                      int8_t *values, struct codes_probe *out)
{
    float greatest = 0, error = 0;
    int sum = 0;
    turn(axes, scratch, probe, axes->inverses);
    for (size_t i = 0; i < axes->count; i++)
        greatest = fmaxf(greatest, fabsf(scratch->weighted[i]));
    float scale = fmaxf(greatest / 127, 1e-30f);
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
                                .scale = scale,
                                .centre = CODES_CENTRE * (float)sum,
                                .norm = norm * (1 + SLACK),
                                .error = sqrtf(error) * (1 + SLACK) + SLACK * scale};
}
