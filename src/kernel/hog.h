/*
 * Inner loops of the HOG detector (face/hog_detector.h), one table for each instruction set: bytes of a
 * pyramid, gradients, histograms of cells, features, filters. All work on rows whose memory goes on
 * for HOG_SLACK elements after the last one: loops read and write whole vectors there.
 */
#ifndef KERNEL_HOG_H
#define KERNEL_HOG_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

#define HOG_SLACK 64
#define HOG_CELL 8   /* pixels */
#define HOG_SIDE 10  /* cells of a filter */
#define HOG_BINS 18  /* orientations, with their sign */
#define HOG_SLOTS 20 /* bins in memory; 18 is another name of 0, 19 stays empty */
#define HOG_PLANES 31
#define HOG_ZONE (4 * HOG_SLOTS) /* floats: four cells meet in a zone of 8 x 8 pixels */

struct hog_columns { /* where the columns of a smaller or larger picture lie in its source */
    size_t count;    /* a multiple of 16; only the first of them may be asked for */
    const int32_t *left;
    const float *part; /* how far towards left + 1 */
    const uint8_t
        *pick; /* 16 for every 8 columns: left - left of the first of the 8, and the same + 1 */
};

struct hog_shrink { /* one row of one plane between two rows of its source */
    const uint8_t *top, *bottom;
    float above, below; /* their weights */
    float bias;         /* added before the fraction is cut off */
};

struct hog_pixels { /* rows of one or three planes, at the first pixel of a run */
    const uint8_t *above[3], *here[3], *below[3];
};

struct hog_blocks { /* of the rows of blocks above and below a row of cells */
    const float *limit[2], *scale[2];
};

struct hog_products {     /* what a filter is the sum of */
    const float *factors; /* of each: 10 along the row, then 10 down the column */
    const uint8_t *planes;
    size_t paired; /* so many of them come in pairs of the same plane, before the others */
    size_t count;
};

struct hog_kernels {
    enum cpu_simd simd;
    /* Splits n pixels into planes. */
    void (*split)(const uint8_t *rgb, size_t n, uint8_t *red, uint8_t *green, uint8_t *blue);
    /* True when red, green and blue are the same in all n pixels. */
    bool (*is_grey)(const uint8_t *rgb, size_t n);
    /* Bilinear interpolation in the order of operations of dlib, so that fractions are cut alike. */
    void (*shrink)(const struct hog_shrink *row, const struct hog_columns *columns, uint8_t *out);
    /* For n pixels the length of the gradient, and its orientation as an offset in floats into a
     * zone. Of three planes the one with the longest gradient counts, of equal ones the last. */
    void (*gradients)(const struct hog_pixels *pixels, size_t planes, size_t n, float *length,
                      uint16_t *slot);
    /* Adds a row of 8 * zones pixels to their zones, with weights for the cells to the upper left,
     * lower left, upper right and lower right. */
    void (*collect)(const float *length, const uint16_t *slot, const float weights[HOG_CELL][4],
                    size_t zones, float *out);
    /* From zones to the cells between them: full = lower + what is above, lower = what is below. */
    void (*merge)(const float *zones, size_t cells, float *lower, float *full);
    /* From HOG_SLOTS floats for each cell to HOG_BINS rows, and the energy of each cell. */
    void (*spread)(const float *full, size_t cells, float *rows, size_t stride, float *energy);
    /* 2 x 2 cells: what their histograms are cut at, and the factor after that. */
    void (*blocks)(const float *upper, const float *lower, size_t n, float *limit, float *scale);
    /* 31 rows from 18, whose first cell has the block [0] at its upper left. */
    void (*features)(const float *rows, size_t stride, const struct hog_blocks *blocks, size_t n,
                     float *out, size_t out_stride);
    /* Adds a row of features to the HOG_SIDE rows of scores that it is part of. */
    void (*filter)(const float *features, size_t stride, const struct hog_products *products,
                   size_t n, float *const scores[HOG_SIDE]);
};

/* The table of one instruction set, or NULL where the processor lacks it. */
const struct hog_kernels *hog_kernels_of(enum cpu_simd simd);
/* The table that cpu_simd_choice() names. */
const struct hog_kernels *hog_kernels_best(void);

extern const struct hog_kernels hog_kernels_scalar, hog_kernels_avx2, hog_kernels_avx512,
    hog_kernels_neon;

#endif
