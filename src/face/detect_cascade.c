/*
 * Cascades of boosted trees over rectangle features (Viola and Jones 2001; tilted features: Lienhart and
 * Maydt 2002) or local binary patterns (Liao et al. 2007), trained by OpenCV's tools and found in its
 * files. The answer is that of detectMultiScale: the same grey, the same levels, windows and groups.
 *
 * role "cascade": weights as tools/models/cascade_xml.py writes them. Options, under OpenCV's names:
 * scaleFactor, minNeighbors, minSize, maxSize.
 *
 * A group of n windows has the score 1 - m / (2n), where m is the least number that makes a face,
 * minNeighbors + 1: 0.5 for a face that is just one, towards 1 with each more that agrees.
 */
#include "face/detect.h"
#include "base/memory.h"
#include "face/cascade_search.h"

#include <math.h>
#include <string.h>

#define BAND 64 /* rows made grey at a time */
#define SCALE_MOST 10.0f
#define NEIGHBORS_MOST 10000.0f

static const char *const known[] = {"scaleFactor", "minNeighbors", "minSize", "maxSize", NULL};
static const char *const roles[] = {"cascade", NULL};

struct detector {
    struct cascade cascade;
    float scale_factor, min_neighbors, min_size, max_size; /* the contract's */
};

static void cascade_close(void *state)
{
    struct detector *detector = state;
    if (!detector)
        return;
    cascade_clear(&detector->cascade);
    mem_free(detector);
}

static vultus_status cascade_open(const struct contract_model *contract,
                                  const struct model_part *parts, void **out, vultus_error *error)
{
    if (!parts[0].weights)
        return status_set(error, VULTUS_ERR_MODEL, "the cascade of %s is no file of weights",
                          contract->id);
    struct detector *detector = mem_zalloc(1, sizeof *detector);
    if (!detector)
        return status_memory(error, "the detector");
    vultus_status status = contract_number(contract, "scaleFactor", CASCADE_SCALE_LEAST, SCALE_MOST,
                                           1.1f, &detector->scale_factor, error);
    if (!status)
        status = contract_number(contract, "minNeighbors", 0, NEIGHBORS_MOST, 3,
                                 &detector->min_neighbors, error);
    if (!status)
        status =
            contract_number(contract, "minSize", 0, VULTUS_SIDE_MAX, 0, &detector->min_size, error);
    if (!status)
        status =
            contract_number(contract, "maxSize", 0, VULTUS_SIDE_MAX, 0, &detector->max_size, error);
    if (!status)
        status = cascade_load(parts[0].weights, &detector->cascade, error);
    if (status)
        cascade_close(detector);
    else
        *out = detector;
    return status;
}

/* ------------------------------------------------------------------ pixels */

struct greying {
    const struct mip *from;
    const struct cascade_kernels *kernels;
    struct cascade_picture *to;
};

static vultus_status grey_band(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct greying *greying = context;
    uint32_t end = (uint32_t)(index + 1) * BAND;
    (void)worker;
    (void)error;
    if (end > greying->from->height)
        end = greying->from->height;
    for (uint32_t y = (uint32_t)index * BAND; y < end; y++)
        greying->kernels->grey(greying->from->pixels + y * greying->from->stride,
                               greying->from->width,
                               greying->to->pixels + (size_t)y * greying->from->width);
    return VULTUS_OK;
}

static size_t picture_bytes(const struct cascade_picture *picture)
{
    return (size_t)picture->width * picture->height + CASCADE_SLACK;
}

static vultus_status make_grey(const struct detect_call *call,
                               const struct cascade_kernels *kernels, struct cascade_picture *out,
                               vultus_error *error)
{
    struct cascade_picture grey = {.width = call->width, .height = call->height};
    struct greying greying = {&call->mips->levels[0], kernels, &grey};
    grey.pixels = mem_alloc(picture_bytes(&grey));
    if (!grey.pixels)
        return status_memory(error, "a grey picture");
    for (size_t i = 0; i < CASCADE_SLACK; i++)
        grey.pixels[picture_bytes(&grey) - 1 - i] = 0;
    *out = grey;
    return pool_for(call->pool, (grey.height + BAND - 1) / BAND, grey_band, &greying, error);
}

struct enlarging {
    const struct cascade_kernels *kernels;
    const struct cascade_picture *from;
    struct cascade_picture to;
    struct cascade_target target;
};

static vultus_status enlarge_band(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct enlarging *all = context;
    uint32_t end = (uint32_t)(index + 1) * BAND;
    size_t width = all->from->width + (size_t)CASCADE_SLACK;
    size_t out_width = all->to.width + (size_t)CASCADE_SLACK;
    uint16_t *blended = mem_zalloc(width, sizeof *blended);
    uint8_t *row = mem_zalloc(out_width, 1);
    vultus_status status = blended && row ? VULTUS_OK : status_memory(error, "a larger picture");
    (void)worker;
    if (end > all->to.height)
        end = all->to.height;
    for (uint32_t y = (uint32_t)index * BAND; !status && y < end; y++) {
        cascade_resize_row(all->kernels, all->from, &all->target, y, blended, row);
        memcpy(all->to.pixels + (size_t)y * all->to.width, row, all->to.width);
    }
    mem_free_wiped(blended, width * sizeof *blended);
    mem_free_wiped(row, out_width);
    return status;
}

/* Replaces the picture by one 2^times as large. */
static vultus_status enlarge(const struct detect_call *call, const struct cascade_kernels *kernels,
                             struct cascade_picture *picture, vultus_error *error)
{
    unsigned times = call->options->upsample;
    struct enlarging all = {.kernels = kernels, .from = picture};
    uint64_t width = (uint64_t)picture->width << times, height = (uint64_t)picture->height << times;
    if (width * height > VULTUS_PIXELS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "a picture of %u x %u pixels is too large to be upsampled %u times",
                          call->width, call->height, times);
    all.to.width = all.target.width = (uint32_t)width;
    all.to.height = all.target.height = (uint32_t)height;
    int32_t *from = mem_zalloc(width + CASCADE_SLACK, sizeof *from);
    uint16_t *part = mem_zalloc(width + CASCADE_SLACK, sizeof *part);
    all.to.pixels = mem_zalloc(picture_bytes(&all.to), 1);
    vultus_status status =
        from && part && all.to.pixels ? VULTUS_OK : status_memory(error, "a larger picture");
    for (uint32_t x = 0; !status && x < all.to.width; x++)
        cascade_tap(picture->width, all.to.width, x, &from[x], &part[x]);
    all.target.from = from;
    all.target.part = part;
    if (!status)
        status = pool_for(call->pool, (all.to.height + BAND - 1) / BAND, enlarge_band, &all, error);
    mem_free(from);
    mem_free(part);
    struct cascade_picture *drop = status ? &all.to : picture;
    mem_free_wiped(drop->pixels, drop->pixels ? picture_bytes(drop) : 0);
    if (!status)
        *picture = all.to;
    return status;
}

/* ------------------------------------------------------------------ faces */

/* What lies in the picture of a window, in the pixels of the picture that was given. */
static vultus_box clip(const struct cascade_rect *rect, const struct cascade_picture *picture,
                       float shrink)
{
    float x1 = fmaxf((float)rect->x, 0), y1 = fmaxf((float)rect->y, 0);
    float x2 = fminf((float)rect->x + (float)rect->width, (float)picture->width);
    float y2 = fminf((float)rect->y + (float)rect->height, (float)picture->height);
    return (vultus_box){x1 * shrink, y1 * shrink, (x2 - x1) * shrink, (y2 - y1) * shrink};
}

static vultus_status add_faces(const struct cascade_rects *list,
                               const struct cascade_search *search, unsigned min_neighbors,
                               unsigned upsample, vultus_faces *out, vultus_error *error)
{
    float shrink = 1.0f / (float)(1u << upsample), least = (float)min_neighbors + 1;
    if (!list->count)
        return VULTUS_OK;
    vultus_face *faces = mem_zalloc(list->count, sizeof *faces);
    if (!faces)
        return status_memory(error, "faces");
    for (size_t i = 0; i < list->count; i++) {
        faces[i].box = clip(&list->items[i], &search->picture, shrink);
        faces[i].score = 1 - least / (2 * (float)list->items[i].votes);
    }
    *out = (vultus_faces){faces, list->count};
    return VULTUS_OK;
}

/* Sizes in whole pixels, as OpenCV takes them. */
static int32_t whole(float size)
{
    return (int32_t)ceilf(fminf(size, 2 * VULTUS_SIDE_MAX));
}

static vultus_status choose(const struct detector *detector, const vultus_detect_options *options,
                            struct cascade_search *search, vultus_error *error)
{
    float enlarged = (float)(1u << options->upsample);
    float factor = options->scale_factor > 0 ? options->scale_factor : detector->scale_factor;
    search->min_size = whole(detector->min_size);
    search->max_size = whole(detector->max_size);
    if (options->min_face > 0)
        search->min_size = whole(options->min_face * enlarged);
    if (!(factor >= CASCADE_SCALE_LEAST && factor <= SCALE_MOST))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a scale factor of %g: it must be from %g to %g", (double)factor,
                          (double)CASCADE_SCALE_LEAST, (double)SCALE_MOST);
    /* the double that is written alike: powers of 1.1f are not those of 1.1 */
    search->scale_factor = rint((double)factor * 1e6) / 1e6;
    return VULTUS_OK;
}

static vultus_status cascade_find(const void *state, struct detect_call *call, vultus_faces *out,
                                  vultus_error *error)
{
    const struct detector *detector = state;
    const vultus_detect_options *options = call->options;
    unsigned min_neighbors =
        options->min_neighbors ? options->min_neighbors : (unsigned)detector->min_neighbors;
    struct cascade_search search = {.cascade = &detector->cascade,
                                    .kernels = cascade_kernels_best(),
                                    .pool = call->pool,
                                    .stop = call->options->stop};
    struct cascade_rects found = {0};
    vultus_status status = choose(detector, options, &search, error);
    if (!status)
        status = make_grey(call, search.kernels, &search.picture, error);
    if (!status && options->upsample)
        status = enlarge(call, search.kernels, &search.picture, error);
    if (!status)
        status = cascade_scan(&search, &found, error);
    if (!status)
        status = cascade_group(&found, min_neighbors, error);
    if (!status)
        status = add_faces(&found, &search, min_neighbors, options->upsample, out, error);
    cascade_rects_clear(&found);
    if (search.picture.pixels)
        mem_free_wiped(search.picture.pixels, picture_bytes(&search.picture));
    return status;
}

const struct detect_method detect_cascade = {.name = "cascade",
                                             .roles = roles,
                                             .knows = known,
                                             .reads = DETECT_MIN_FACE | DETECT_UPSAMPLE |
                                                      DETECT_SCALE_FACTOR | DETECT_MIN_NEIGHBORS,
                                             .weights = true,
                                             .boxes_only = true,
                                             .open = cascade_open,
                                             .find = cascade_find,
                                             .close = cascade_close};
