/*
 * Grids of anchors, on which single-stage detectors answer: every output row belongs to one anchor of
 * one cell. Published files name and order their outputs differently, so outputs are told apart by
 * their shapes: the numbers of a row say what it is, the number of rows says of which grid.
 */
#ifndef FACE_ANCHORS_H
#define FACE_ANCHORS_H

#include "face/candidate.h"
#include "model/session.h"

#define ANCHORS_GRIDS_MAX 5 /* strides of 8, 16, 32, 64, 128 pixels */
#define ANCHORS_ROLES_MAX 4
#define ANCHORS_SIZES_MAX 3

struct anchors_table { /* an output as rows of numbers */
    const float *data;
    size_t rows, columns;
};

/* [rows, columns] or [1, rows, columns]; false for others. */
bool anchors_table(const struct session_result *result, size_t output, struct anchors_table *out);

struct anchors_grid {
    uint32_t stride, columns, rows;
    const float
        *data[ANCHORS_ROLES_MAX]; /* of each role: (row * columns + column) * each + anchor */
};

struct anchors {
    size_t count; /* of grids: 3 or 5, from fine to coarse */
    size_t each;  /* anchors of a cell */
    struct anchors_grid grids[ANCHORS_GRIDS_MAX];
};

/*
 * Sorts outputs into grids of an input of width x height. widths[role] is how many numbers a row of
 * the role has; roles of equal width keep the order of the outputs. False when they do not fit.
 */
bool anchors_sort(const struct session_result *result, const size_t *widths, size_t roles,
                  uint32_t width, uint32_t height, struct anchors *out);

/* Priors: squares of fixed sizes around the middle of each cell, grid after grid in one table. */
struct priors {
    size_t count; /* of grids */
    struct priors_grid {
        uint32_t stride;
        size_t each; /* squares of a cell */
        float sides[ANCHORS_SIZES_MAX];
    } grids[ANCHORS_GRIDS_MAX];
    bool whole_cells; /* cells that reach over the edge of the input are left out */
};

struct prior {
    float x, y, side; /* of the middle, in pixels of the input */
};

size_t priors_count(const struct priors *priors, uint32_t width, uint32_t height);
/* index below priors_count. */
struct prior priors_at(const struct priors *priors, uint32_t width, uint32_t height, size_t index);

#endif
