/*
 * Inner loops of cascades: pictures to integral images, and boosted trees over all windows of a row
 * at once. One table for each instruction set; all of them give the scalar answer exactly.
 *
 * A row of windows is `step` 1 or 2 pixels apart. So that neighbouring windows always read
 * neighbouring numbers, the rows of integral images that are looked at in steps of two keep their even
 * columns first and the odd ones from column `odd` on.
 */
#ifndef KERNEL_CASCADE_H
#define KERNEL_CASCADE_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

#define CASCADE_LANES_MAX 16
/* What a row must have behind its last element (both halves of a split one), and pixels behind
 * theirs: loops read and write past the end. */
#define CASCADE_SLACK 32
#define CASCADE_TREE_MAX 16 /* nodes of one tree */

struct cascade_node {
    float weight[3]; /* Haar: of the three rectangles; the third may be 0: there is none */
    float threshold; /* Haar: left if the sum is below */
    float leaf[2];   /* left, right: the value where the child is 0 */
    int16_t child[2];
    uint16_t nodes; /* of the tree, in its first node */
    uint16_t zero;
    /* Elements of the integral image, from the one of the window's corner. Haar: four of each
     * rectangle, counted +, -, -, +. LBP: a grid of 4 x 4, row by row. */
    int32_t corner[16];
    uint32_t subset[8]; /* LBP: left if the bit of the pattern is set */
};

struct cascade_stage {
    uint32_t first, end; /* nodes */
    float threshold;     /* a window passes if the sum of leaves is at least this */
    float doubt;         /* how far a sum of floats may be from the sum of doubles that counts */
};

struct cascade_program {
    const struct cascade_node *nodes;
    const struct cascade_stage *stages;
    size_t stage_count;
    bool lbp;
};

struct cascade_row { /* of windows */
    const struct cascade_program *program;
    const uint32_t *at; /* the element of the first window's corner */
    size_t count;
    /* Haar: windows are judged relative to the deviation of the pixels inside of a frame of one */
    ptrdiff_t squares; /* elements from the integral image to that of the squares */
    int32_t inner[4];  /* the four corners of what is inside, and its pixels */
    double area;
    float
        *norm; /* out, count + CASCADE_SLACK: 1 / (deviation * area); 0 where there is too little */
    uint64_t *alive; /* a bit for each window, in words of 64 */
    uint64_t *first; /* out: those that were looked at and failed in the first stage */
};

struct cascade_sums { /* one row of pixels on its way into integral images */
    const uint8_t *pixels;
    size_t count;
    const uint32_t *above;
    uint32_t *sums;
    ptrdiff_t squares; /* 0: not wanted */
    size_t odd;        /* 0: columns in order */
};

struct cascade_kernels {
    enum cpu_simd simd;
    /* RGB to grey, as cvtColor of OpenCV rounds. */
    void (*grey)(const uint8_t *rgb, size_t n, uint8_t *out);
    /* out[i] = (256 - part) * above[i] + part * below[i], part <= 256. */
    void (*blend)(const uint8_t *above, const uint8_t *below, unsigned part, size_t n,
                  uint16_t *out);
    /* out[i] = ((256 - part[i]) * row[from[i]] + part[i] * row[from[i] + 1] + 32768) / 65536; all three
     * arrays have CASCADE_SLACK elements more, of which those of `from` are valid. */
    void (*narrow)(const uint16_t *row, const int32_t *from, const uint16_t *part, size_t n,
                   uint8_t *out);
    void (*sum)(const struct cascade_sums *row);
    /* Haar: fills `norm`. */
    void (*normalise)(const struct cascade_row *row);
    /* The first stage: sets the bits of `alive` and `first`. */
    void (*begin)(const struct cascade_row *row);
    /* All other stages: clears bits of `alive`. */
    void (*finish)(const struct cascade_row *row);
};

/* The table of one instruction set, or NULL where the processor lacks it. */
const struct cascade_kernels *cascade_kernels_of(enum cpu_simd simd);
/* The table that cpu_simd_choice() names. */
const struct cascade_kernels *cascade_kernels_best(void);

extern const struct cascade_kernels cascade_scalar, cascade_avx2, cascade_avx512, cascade_neon;

#endif
