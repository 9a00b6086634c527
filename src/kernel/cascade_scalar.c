/*
 * Loops of cascades, one window after the other. Sums wrap around at 32 bits, which their
 * differences do not notice.
 */
#include "kernel/cascade_window.h"

#include <math.h>
#include <string.h>

static void grey(const uint8_t *rgb, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((9798u * rgb[3 * i] + 19235u * rgb[3 * i + 1] + 3735u * rgb[3 * i + 2] +
                            16384u) >>
                           15);
}

static void blend(const uint8_t *above, const uint8_t *below, unsigned part, size_t n,
                  uint16_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)((256 - part) * above[i] + part * below[i]);
}

static void narrow(const uint16_t *row, const int32_t *from, const uint16_t *part, size_t n,
                   uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(((256u - part[i]) * row[from[i]] + part[i] * (uint32_t)row[from[i] + 1] +
                            32768u) >>
                           16);
}

static void sum(const struct cascade_sums *row)
{
    uint32_t total = 0, squares = 0;
    for (size_t i = 0; i <= row->count; i++) {
        size_t to = row->odd ? (i & 1) * row->odd + i / 2 : i;
        row->sums[to] = row->above[to] + total;
        if (row->squares)
            row->sums[(ptrdiff_t)to + row->squares] =
                row->above[(ptrdiff_t)to + row->squares] + squares;
        uint32_t pixel = i < row->count ? row->pixels[i] : 0;
        total += pixel;
        squares += pixel * pixel;
    }
}

static uint32_t inner(const uint32_t *at, const int32_t corner[4])
{
    return at[corner[0]] - at[corner[1]] - at[corner[2]] + at[corner[3]];
}

static void normalise(const struct cascade_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        double total = (int32_t)inner(row->at + i, row->inner);
        double squares = inner(row->at + row->squares + i, row->inner);
        double spread = row->area * squares - total * total;
        float norm = spread > 0 ? (float)(1 / sqrt(spread)) : 1;
        row->norm[i] = spread > 0 && row->area * (double)norm < 0.1 ? norm : 0;
    }
}

static void begin(const struct cascade_row *row)
{
    const struct cascade_program *program = row->program;
    size_t words = (row->count + 63) / 64;
    memset(row->alive, 0, words * sizeof *row->alive);
    memset(row->first, 0, words * sizeof *row->first);
    for (size_t i = 0; i < row->count; i++) {
        float norm = program->lbp ? 1 : row->norm[i];
        bool passes = window_passes(program, program->stages, row->at + i, norm);
        if (norm > 0)
            (passes ? row->alive : row->first)[i / 64] |= (uint64_t)1 << i % 64;
    }
}

static void finish(const struct cascade_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        if (row->alive[i / 64] >> i % 64 & 1 &&
            !window_finishes(row->program, 1, row->at + i, row->program->lbp ? 1 : row->norm[i]))
            row->alive[i / 64] &= ~((uint64_t)1 << i % 64);
}

const struct cascade_kernels cascade_scalar = {.simd = CPU_SCALAR,
                                               .grey = grey,
                                               .blend = blend,
                                               .narrow = narrow,
                                               .sum = sum,
                                               .normalise = normalise,
                                               .begin = begin,
                                               .finish = finish};
