/* Kernels of codes in plain C: what the others must equal. */
#include "kernel/codes.h"

#include <string.h>

static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe, float *out)
{
    for (size_t g = 0; g < count; g++, groups += CODES_GROUP_BYTES(probe->chunks)) {
        const uint8_t *behind = groups + probe->chunks * CODES_CHUNK_BYTES;
        float scales[CODES_GROUP];
        uint16_t residuals[CODES_GROUP], lengths[CODES_GROUP];
        memcpy(scales, behind, sizeof scales);
        memcpy(residuals, behind + sizeof scales, sizeof residuals);
        memcpy(lengths, behind + sizeof scales + sizeof residuals, sizeof lengths);
        for (size_t r = 0; r < CODES_GROUP; r++) {
            int32_t sum = 0;
            for (size_t c = 0; c < probe->chunks; c++)
                for (size_t j = 0; j < 4; j++) {
                    unsigned code = groups[c * CODES_CHUNK_BYTES + 4 * r + j];
                    sum += (int32_t)(code & 15) * probe->values[c * CODES_CHUNK + j] +
                           (int32_t)(code >> 4) * probe->values[c * CODES_CHUNK + 4 + j];
                }
            out[g * CODES_GROUP + r] = scales[r] * (probe->scale * ((float)sum - probe->centre)) +
                                       probe->norm * codes_half_float(residuals[r]) +
                                       probe->error * codes_half_float(lengths[r]);
        }
    }
}

CODES_BOUNDS_EACH(bounds)

static void bounds_fine(const uint8_t *rows, const uint32_t *places, size_t count,
                        const struct codes_probe *probe, float *out)
{
    const size_t axes = probe->chunks * CODES_CHUNK;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + places[i] * CODES_FINE_BYTES(probe->chunks);
        int32_t sum = 0;
        for (size_t k = 0; k < axes; k++)
            sum += (int32_t)row[k] * probe->values[k];
        out[i] = codes_fine_bound(row + axes, sum, probe);
    }
}

static size_t select_from(const float *values, size_t n, float least, uint32_t *places)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (values[i] >= least)
            places[count++] = (uint32_t)i;
    return count;
}

const struct codes_kernels codes_kernels_scalar = {CPU_SCALAR, bounds, bounds_each, bounds_fine,
                                                   select_from};
