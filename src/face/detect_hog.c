/*
 * The HOG detector of dlib: King, "Max-Margin Object Detection", 2015, over the features of
 * Felzenszwalb et al., 2010. Five filters of 80 x 80 pixels (frontal, left, right, rotated left and
 * right) slide over a pyramid of steps of 5/6; a box that overlaps a better one is dropped.
 *
 * A picture that is all grey is searched in one plane, as dlib searches grey pictures, however it is
 * stored. Shown the same in colours dlib cuts off fractions that it rounds in grey, and its scores
 * are up to 0.1 away from these.
 */
#include "face/detect.h"
#include "face/hog_detector.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define UPSAMPLED_MAX (2 * VULTUS_PIXELS_MAX) /* pixels: 600 MB in three planes */
#define SMALLEST_BOX 73.0f /* pixels that a window of 80 is said to be wide on its level */

static const char *const known[] = {"threshold", "overlap", "covered", NULL};
static const char *const roles[] = {"filters", NULL};

/* ------------------------------------------------------------------ opening */

/* Products come in the order of detectors; each detector gets its run of them. */
static vultus_status cut_products(struct hog *hog, const float *factors, const uint8_t *planes,
                                  const uint8_t *detectors, size_t count, vultus_error *error)
{
    if (!count || count > HOG_PRODUCTS_MAX)
        return status_set(error, VULTUS_ERR_MODEL, "the HOG filters have %zu products, at most %d",
                          count, HOG_PRODUCTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (planes[i] >= HOG_PLANES || detectors[i] >= hog->detectors ||
            (i && detectors[i] < detectors[i - 1]))
            return status_set(
                error, VULTUS_ERR_MODEL,
                "product %zu of the HOG filters is of no plane or filter, or out of order", i);
        struct hog_products *products = &hog->products[detectors[i]];
        if (!products->count)
            *products = (struct hog_products){factors + 2 * HOG_SIDE * i, planes + i, 0, 0};
        products->count++;
    }
    for (size_t d = 0; d < hog->detectors; d++) {
        struct hog_products *list = &hog->products[d];
        while (list->paired + 1 < list->count &&
               list->planes[list->paired] == list->planes[list->paired + 1])
            list->paired += 2;
    }
    return VULTUS_OK;
}

static bool all_finite(const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

static vultus_status read_filters(struct hog *hog, const struct weights *weights,
                                  vultus_error *error)
{
    struct weights_shape factors = {3, {0, 2, HOG_SIDE}}, limits = {1, {0}};
    const void *values, *planes = NULL, *detectors = NULL, *thresholds = NULL;
    vultus_status status =
        weights_tensor(weights, "filters", WEIGHTS_F32, &factors, &values, error);
    struct weights_shape list = {1, {factors.sizes[0]}};
    if (!status)
        status = weights_tensor(weights, "planes", WEIGHTS_U8, &list, &planes, error);
    if (!status)
        status = weights_tensor(weights, "detectors", WEIGHTS_U8, &list, &detectors, error);
    if (!status)
        status = weights_tensor(weights, "thresholds", WEIGHTS_F32, &limits, &thresholds, error);
    if (status)
        return status;
    hog->detectors = limits.sizes[0];
    if (!hog->detectors || hog->detectors > HOG_DETECTORS_MAX)
        return status_set(error, VULTUS_ERR_MODEL, "%zu HOG filters, at most %d", hog->detectors,
                          HOG_DETECTORS_MAX);
    if (!all_finite(values, 2 * HOG_SIDE * factors.sizes[0]) ||
        !all_finite(thresholds, hog->detectors))
        return status_set(error, VULTUS_ERR_MODEL,
                          "the HOG filters have a number that is not finite");
    memcpy(hog->thresholds, thresholds, hog->detectors * sizeof *hog->thresholds);
    return cut_products(hog, values, planes, detectors, factors.sizes[0], error);
}

static void fill_weights(struct hog *hog)
{
    for (size_t y = 0; y < HOG_CELL; y++)
        for (size_t x = 0; x < HOG_CELL; x++) {
            float right = ((float)x + 0.5f) / HOG_CELL, lower = ((float)y + 0.5f) / HOG_CELL;
            float *to = hog->weights[y][x];
            to[0] = (1 - right) * (1 - lower);
            to[1] = (1 - right) * lower;
            to[2] = right * (1 - lower);
            to[3] = right * lower;
        }
}

static vultus_status hog_open(const struct contract_model *contract, const struct model_part *parts,
                              void **out, vultus_error *error)
{
    if (!parts[0].weights)
        return status_set(error, VULTUS_ERR_MODEL, "the filters of %s are not a safetensors file",
                          contract->id);
    struct hog *hog = mem_zalloc(1, sizeof *hog);
    if (!hog)
        return status_memory(error, "the detector");
    hog->kernels = hog_kernels_best();
    fill_weights(hog);
    vultus_status status =
        contract_number(contract, "threshold", -10, 10, 0, &hog->threshold, error);
    if (!status)
        status = contract_number(contract, "overlap", 0, 1, 0.5f, &hog->overlap, error);
    if (!status)
        status = contract_number(contract, "covered", 0, 1, 1, &hog->covered, error);
    if (!status)
        status = read_filters(hog, parts[0].weights, error);
    if (status) {
        mem_free(hog);
        return status;
    }
    *out = hog;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ a picture */

static bool picture_is_grey(const struct hog *hog, const struct mip *picture)
{
    for (uint32_t y = 0; y < picture->height; y++)
        if (!hog->kernels->is_grey(picture->pixels + y * picture->stride, picture->width))
            return false;
    return true;
}

/* dlib's sizes; the borders are for its rounding of boxes. */
static vultus_status double_size(uint64_t *width, uint64_t *height, unsigned times,
                                 vultus_error *error)
{
    for (unsigned i = 0; i < times; i++) {
        *width = 2 * *width + 2;
        *height = 2 * *height + 1;
    }
    double pixels = (double)*width * (double)*height;
    if (!times || pixels <= (double)UPSAMPLED_MAX)
        return VULTUS_OK;
    return status_set(
        error, VULTUS_ERR_LIMIT,
        "doubled %u times the picture would have %.0f megapixels, at most %.0f: upsample "
        "less or make the picture smaller",
        times, pixels / 1e6, (double)UPSAMPLED_MAX / 1e6);
}

/* Doubles level 0 once; *block is what it lies in then. */
static vultus_status upsample(struct hog_search *search, uint8_t **block, size_t *size,
                              vultus_error *error)
{
    const struct hog_level from = search->levels[0];
    struct hog_level to;
    size_t bytes = hog_level_shape(&to, 2 * from.width + 2, 2 * from.height + 1, from.planes);
    uint8_t *pixels = mem_aligned(bytes, 1);
    if (!pixels)
        return status_memory(error, "the doubled picture");
    to.pixels = pixels;
    const struct hog_making making = {search->hog->kernels, &from, &to, pixels};
    vultus_status status = hog_resize(&making, search->pool, error);
    mem_free_wiped(*block, *size);
    *block = pixels;
    *size = bytes;
    search->levels[0] = to;
    return status;
}

/* The first level whose windows are at least as large as the smallest face. */
static size_t first_level(float min_face, unsigned upsampled)
{
    float box = ldexpf(SMALLEST_BOX, -(int)upsampled);
    size_t level = 0;
    for (; box < min_face && level < HOG_LEVELS_MAX; level++)
        box *= 1.2f;
    return level;
}

static vultus_status hog_find(const void *detector, struct detect_call *call, vultus_faces *out,
                              vultus_error *error)
{
    const vultus_detect_options *options = call->options;
    const struct mip *picture = &call->mips->levels[0];
    struct hog_search search = {.hog = detector, .pool = call->pool, .stop = call->options->stop};
    uint64_t width = picture->width, height = picture->height;
    uint8_t *block = NULL;
    size_t size = 0;
    if (options->upsample > VULTUS_UPSAMPLE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "pictures are doubled at most %d times",
                          VULTUS_UPSAMPLE_MAX);
    vultus_status status = double_size(&width, &height, options->upsample, error);
    if (status)
        return status;
    search.levels[0] = (struct hog_level){.width = picture->width,
                                          .height = picture->height,
                                          .planes = picture_is_grey(detector, picture) ? 1 : 3,
                                          .pixels = picture->pixels,
                                          .stride = picture->stride};
    search.threshold = options->thresholds[0] != 0 ? options->thresholds[0] : search.hog->threshold;
    search.skip = first_level(options->min_face, options->upsample);
    for (unsigned i = 0; !status && i < options->upsample; i++)
        status = upsample(&search, &block, &size, error);
    if (!status)
        status = hog_search_pyramid(&search, error);
    if (!status)
        status = hog_faces(search.hog, &search.hits, options->upsample, out, error);
    mem_free_wiped(block, size);
    hog_hits_clear(&search.hits);
    return status;
}

const struct detect_method detect_hog = {.name = "hog",
                                         .roles = roles,
                                         .knows = known,
                                         .reads =
                                             DETECT_THRESHOLD | DETECT_MIN_FACE | DETECT_UPSAMPLE,
                                         .weights = true,
                                         .boxes_only = true,
                                         .open = hog_open,
                                         .find = hog_find,
                                         .close = mem_free};
