/* A HOG detector of two small filters, made up, and a picture for it. */
#ifndef TEST_HOG_MADE_UP_H
#define TEST_HOG_MADE_UP_H

#include "face/detect.h"
#include "face/hog_detector.h"
#include "support.h"
#include "tensors.h"

#include <math.h>

#define PRODUCTS 5 /* two pairs in planes 3 and 28, and one alone */

static uint32_t state = 99;

static inline uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static struct tensors tensors;
static float factors[PRODUCTS][2][HOG_SIDE], thresholds[2] = {-0.1f, 0.2f};
static uint8_t planes[PRODUCTS] = {3, 3, 20, 28, 28}, detectors[PRODUCTS] = {0, 0, 0, 1, 1};

static inline void make_factors(void)
{
    for (size_t i = 0; i < PRODUCTS; i++)
        for (size_t k = 0; k < 2 * HOG_SIDE; k++)
            factors[i][k / HOG_SIDE][k % HOG_SIDE] = (float)(next() % 2001) / 1000 - 1;
}

static inline const void *filters_file(size_t *size)
{
    memset(&tensors, 0, sizeof tensors);
    tensors_add(&tensors, "filters", "F32", "5,2,10", factors, sizeof factors);
    tensors_add(&tensors, "thresholds", "F32", "2", thresholds, sizeof thresholds);
    tensors_add(&tensors, "planes", "U8", "5", planes, sizeof planes);
    tensors_add(&tensors, "detectors", "U8", "5", detectors, sizeof detectors);
    return tensors_file(&tensors, size);
}

static inline vultus_status open_detector(struct weights **weights, void **detector,
                                          vultus_error *error)
{
    static struct contract_model contract = {.id = "made_up", .method = "hog"};
    size_t size;
    make_factors();
    const void *file = filters_file(&size);
    assert_ok(weights_wrap(file, size, "hog.safetensors", weights, error), error);
    struct model_part part = {.weights = *weights};
    return detect_hog.open(&contract, &part, detector, error);
}

struct picture {
    uint32_t width, height;
    uint8_t rgb[128][128][3];
};

static struct picture picture;

static inline void fill_picture(uint32_t width, uint32_t height, bool grey)
{
    picture.width = width;
    picture.height = height;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (size_t c = 0; c < 3; c++) {
                double wave =
                    90 * sin(x / 5.0 + (grey ? 0 : (double)c)) + 30 * cos(y / 3.0 - x / 9.0);
                picture.rgb[y][x][c] = (uint8_t)(128 + wave + (grey ? 0 : next() % 8));
            }
}

static inline struct hog_level level_of_picture(void)
{
    return (struct hog_level){.width = picture.width,
                              .height = picture.height,
                              .planes = 3,
                              .pixels = picture.rgb[0][0],
                              .stride = sizeof picture.rgb[0]};
}

#endif
