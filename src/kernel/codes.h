/*
 * Inner loops of exact search over short codes (gallery/coding.h), one table for each instruction set. Rows
 * come in groups of 16, each a run of bytes:
 *
 *   chunks x 64 bytes   byte [4 r + j] of chunk c: row r, in its lower half axis 8 c + j, in its upper
 *                       half axis 8 c + 4 + j; a code of 0..15 stands for (code - 7.5) * scale
 *   16 floats           each row's scale
 *   16 half floats      each row's residual: a bound on what the codes leave out
 *   16 half floats      each row's length: a bound on that of the decoded row
 *
 * Fine codes, of rows that the former do not rule out, are a run of bytes for each row alone: one of 0..127 for
 * each axis in order, standing for (code - 63.5) * scale, and behind them scale, residual and length.
 */
#ifndef KERNEL_CODES_H
#define KERNEL_CODES_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CODES_GROUP 16
#define CODES_CHUNK 8 /* axes */
#define CODES_CHUNK_BYTES 64
#define CODES_GROUP_BYTES(chunks) ((chunks)*CODES_CHUNK_BYTES + CODES_GROUP * 8)
#define CODES_CENTRE 7.5f
#define CODES_FINE_BYTES(chunks) ((chunks)*CODES_CHUNK + 8)
#define CODES_FINE_CENTRE 63.5f

struct codes_probe {
    const int8_t *values; /* chunks * CODES_CHUNK */
    size_t chunks;
    float scale;       /* of the values */
    float centre;      /* CODES_CENTRE * their sum */
    float fine_centre; /* CODES_FINE_CENTRE * their sum */
    float norm;        /* of the probe: times a row's residual */
    float error;       /* of the probe's own rounding: times a row's length */
    size_t narrow;     /* codes_narrow of the values */
};

struct codes_kernels {
    enum cpu_simd simd;
    /* For each row of `count` groups the most that its product with the probe can be:
     * scale_row * scale * (sum of values * codes - centre) + norm * residual + error * length. */
    void (*bounds)(const uint8_t *groups, size_t count, const struct codes_probe *probe,
                   float *out);
    /* The same for several probes with one reading of the codes; out[p] has 16 * count floats. All have the
     * same number of chunks. */
    void (*bounds_many)(const uint8_t *groups, size_t count, const struct codes_probe *probes,
                        size_t probe_count, float *const *out);
    /* The same by the fine codes of the rows at some places; out has `count` floats. */
    void (*bounds_fine)(const uint8_t *rows, const uint32_t *places, size_t count,
                        const struct codes_probe *probe, float *out);
    /* The places of the values that are >= least, in order; returns how many. */
    size_t (*select)(const float *values, size_t n, float least, uint32_t *places);
};

/* The table of one instruction set, or NULL where the processor lacks it. */
const struct codes_kernels *codes_kernels_of(enum cpu_simd simd);
/* The table that cpu_simd_choice() names. */
const struct codes_kernels *codes_kernels_best(void);

extern const struct codes_kernels codes_kernels_scalar, codes_kernels_avx2, codes_kernels_avx512,
    codes_kernels_vnni, codes_kernels_neon, codes_kernels_dotprod;

/* How many chunks from each multiple of that number on have sums of products that fit 16 bits, whatever the
 * codes: those with values 4 i and 4 i + 1, and those with the other two. */
size_t codes_narrow(const int8_t *values, size_t chunks);

/* Half floats, for whoever writes groups: the least that is not below a value, infinite over 65,504; and
 * back, for values that are not negative. */
uint16_t codes_half_up(float value);
float codes_half_float(uint16_t half);

/* From the sum of values * codes of a row of fine codes to its bound; `behind` are its scale, residual and length. */
static inline float codes_fine_bound(const uint8_t *behind, int32_t sum,
                                     const struct codes_probe *probe)
{
    float scale;
    uint16_t residual, length;
    memcpy(&scale, behind, sizeof scale);
    memcpy(&residual, behind + 4, sizeof residual);
    memcpy(&length, behind + 6, sizeof length);
    return scale * (probe->scale * ((float)sum - probe->fine_centre)) +
           probe->norm * codes_half_float(residual) + probe->error * codes_half_float(length);
}

/* In terms of codes_kernels.bounds, for tables without a better way. */
#define CODES_BOUNDS_EACH(bounds)                                                                  \
    static void bounds_each(const uint8_t *groups, size_t count, const struct codes_probe *probes, \
                            size_t probe_count, float *const *out)                                 \
    {                                                                                              \
        for (size_t p = 0; p < probe_count; p++)                                                   \
            bounds(groups, count, &probes[p], out[p]);                                             \
    }

#endif
