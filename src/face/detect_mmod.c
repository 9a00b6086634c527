/*
 * MMOD, dlib's detector by a network: King, "Max-Margin Object Detection", 2015. A convolutional
 * network [1,3,H,W] -> scores [1,1,h,w] slides over the tiled pyramid of the picture (mmod_pyramid.c);
 * a cell for every 8 pixels, each a window of 80 x 80 that sees 189 pixels around. A window whose score is
 * over the threshold (0 unless the user says another) is a face; one that shares more than `overlap`
 * of the box around both with a better one is dropped.
 *
 * The tiled picture is cut into bands of rows that give the same cells as the whole would: the network
 * pads its last four maps with zeros, so a band has HALO more rows of cells at its inner edges, which are
 * thrown away. Bands bound the memory, whatever the size of the picture, and are the units of work.
 *
 * The score of a face is 1 / (1 + exp(-4 s)), s being the network's (dlib_geometry.h).
 */
#include "face/mmod.h"
#include "base/memory.h"
#include "face/candidate.h"
#include "face/detect.h"
#include "face/dlib_geometry.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define STRIDE 8    /* pixels between cells: three convolutions of 5 with a stride of 2 */
#define FIELD 29    /* pixels that these three see */
#define FIRST 14    /* pixel of the middle of cell 0 */
#define HALO 10     /* rows of cells: three convolutions of 5, one of 9 */
#define WINDOW 80.0 /* pixels */
#define BAND_PIXELS (2u << 20) /* 25 MB of input; a network that sees all of it has 75 MB inside */
#define BAND_CELLS_MIN (4 * HALO)
#define WIDE 2000     /* pixels: wider bands are cut into parts, */
#define PART_CELLS 96 /* so wide, and as much more as the halo */

struct mmod {
    struct session *network;
    struct mmod_layout layout;
    float threshold, overlap;
    bool bgr;
    float mean[3], scale[3];
};

struct search {
    const struct mmod *mmod;
    const struct detect_call *call;
    struct mmod_pyramid pyramid;
    uint32_t across, down; /* cells of the tiled picture */
    float threshold;
    size_t bands,
        columns; /* parts that the cells are cut into; the columns of a band come one after another */
    struct candidates *found; /* of each band */
    atomic_uint_fast64_t network_ns;
};

static const char *const known[] = {"threshold", "overlap", "padding", "outer_padding", NULL};
static const char *const roles[] = {"detector", NULL};

static vultus_status mmod_open(const struct contract_model *contract,
                               const struct model_part *parts, void **out, vultus_error *error)
{
    float padding, outer;
    struct mmod made = {.network = parts[0].session, .bgr = contract->bgr};
    struct session_shape shape = {0};
    if (made.network)
        shape = session_input_shape(made.network);
    if (shape.rank != 4 || shape.sizes[1] != 3 || shape.sizes[2] >= 0 || shape.sizes[3] >= 0)
        return status_set(error, VULTUS_ERR_MODEL,
                          "detector %s: the input of its network is not [1,3,height,width] with "
                          "free sizes",
                          contract->id);
    vultus_status status =
        contract_number(contract, "threshold", -10, 10, 0, &made.threshold, error);
    if (!status)
        status = contract_number(contract, "overlap", 0, 1, 0.5f, &made.overlap, error);
    if (!status)
        status = contract_number(contract, "padding", 0, 1000, 10, &padding, error);
    if (!status)
        status = contract_number(contract, "outer_padding", 0, 1000, 11, &outer, error);
    if (status)
        return status;
    made.layout = (struct mmod_layout){(uint32_t)padding, (uint32_t)outer};
    for (size_t i = 0; i < 3; i++) {
        made.mean[i] = contract->mean[i];
        made.scale[i] = contract->scale[i];
    }
    *out = mem_copy(&made, sizeof made);
    return *out ? VULTUS_OK : status_memory(error, "the detector");
}

/* Cells along a side of the tiled picture. */
static uint32_t cells_of(uint32_t pixels)
{
    return pixels < FIELD ? 0 : (pixels - FIELD) / STRIDE + 1;
}

/* The box of a window, in whole pixels of the picture as dlib rounds them, the last ones included. */
static struct candidate box_of(const struct search *search, uint32_t x, uint32_t y, float score)
{
    double middle[2] = {STRIDE * (double)x + FIRST, STRIDE * (double)y + FIRST};
    size_t index = mmod_pyramid_level(&search->pyramid, middle[0], middle[1]);
    const struct mmod_level *level = &search->pyramid.levels[index];
    double corners[4];
    for (size_t k = 0; k < 4; k++) {
        double side = k < 2 ? -(WINDOW - 1) / 2 : (WINDOW - 1) / 2;
        corners[k] = middle[k & 1] + side - (k & 1 ? level->top : level->left);
        for (size_t i = 0; i < index; i++)
            corners[k] = dlib_level_up(corners[k]);
        corners[k] = floor(corners[k] + 0.5);
    }
    return (struct candidate){.x1 = (float)corners[0],
                              .y1 = (float)corners[1],
                              .x2 = (float)corners[2] + 1,
                              .y2 = (float)corners[3] + 1,
                              .score = score};
}

struct span { /* cells begin <= i < end; with the halo from <= i < to */
    uint32_t begin, end, from, to;
};

/* `alike`: all of one size, so that memory which ONNX Runtime keeps for a size serves them all; costs a second
 * halo at the edges. */
static struct span span_of(uint32_t cells, size_t count, size_t index, bool alike)
{
    struct span span = {.begin = (uint32_t)(cells * index / count),
                        .end = (uint32_t)(cells * (index + 1) / count)};
    uint32_t size = (uint32_t)((cells + count - 1) / count) + 2 * HALO;
    span.from = span.begin > HALO ? span.begin - HALO : 0;
    span.to = span.end + HALO < cells ? span.end + HALO : cells;
    if (alike && size < cells) {
        span.from = span.from < cells - size ? span.from : cells - size;
        span.to = span.from + size;
    }
    return span;
}

static vultus_status read_part(const struct search *search, const struct span *band,
                               const struct span *part, const struct session_result *result,
                               struct candidates *out, vultus_error *error)
{
    const struct session_shape *shape = &result->shapes[0];
    const size_t across = part->to - part->from;
    vultus_status status = VULTUS_OK;
    if (shape->rank != 4 || shape->sizes[1] != 1 || shape->sizes[2] != band->to - band->from ||
        shape->sizes[3] != (int64_t)across)
        return status_set(error, VULTUS_ERR_MODEL,
                          "the network's output is not a score for every 8 pixels, as MMOD's is");
    for (uint32_t y = band->begin; y < band->end; y++) {
        const float *row = result->data[0] + (size_t)(y - band->from) * across;
        for (uint32_t x = part->begin; !status && x < part->end; x++)
            if (row[x - part->from] > search->threshold) {
                struct candidate box = box_of(search, x, y, row[x - part->from]);
                status = candidates_add(out, &box, error);
            }
    }
    return status;
}

/* The columns of a part, where a band has several. */
static float *copy_part(const struct planes *band, uint32_t left, uint32_t width)
{
    float *copy = mem_aligned(3 * (size_t)width * band->height, sizeof *copy);
    for (size_t y = 0; copy && y < 3 * (size_t)band->height; y++)
        memcpy(copy + y * width, band->data + y * band->width + left, width * sizeof *copy);
    return copy;
}

static vultus_status search_part(struct search *search, const struct span *band, size_t index,
                                 const struct planes *input, struct candidates *out,
                                 vultus_error *error)
{
    const struct span part = span_of(search->across, search->columns, index, true);
    uint32_t width =
        search->columns > 1 ? STRIDE * (part.to - part.from - 1) + FIELD : input->width;
    struct session_shape shape = {4, {1, 3, input->height, width}};
    struct session_result result = {0};
    float *copy = search->columns > 1 ? copy_part(input, STRIDE * part.from, width) : NULL;
    if (search->columns > 1 && !copy)
        return status_memory(error, "detection");
    vultus_status status =
        session_run(search->mmod->network, copy ? copy : input->data, &shape, &result, error);
    mem_free_wiped(copy, copy ? 3 * (size_t)width * input->height * sizeof *copy : 0);
    if (status)
        return status;
    atomic_fetch_add_explicit(&search->network_ns, result.nanoseconds, memory_order_relaxed);
    status = read_part(search, band, &part, &result, out, error);
    session_result_clear(&result);
    return status;
}

static vultus_status search_band(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct search *search = context;
    const struct span band = span_of(search->down, search->bands, index, search->columns > 1);
    struct planes input = {.width = search->pyramid.width,
                           .height = STRIDE * (band.to - band.from - 1) + FIELD};
    size_t plane = (size_t)input.width * input.height;
    struct mmod_reader *reader = NULL;
    (void)worker;
    vultus_status status = status_stopped(search->call->options->stop, error);
    if (!status)
        status = mmod_reader_open(&search->pyramid, &reader, error);
    if (status)
        return status;
    input.data = mem_aligned(3 * plane, sizeof *input.data);
    if (input.data) {
        planes_normalise(&input, search->mmod->bgr, search->mmod->mean, search->mmod->scale);
        mmod_pyramid_rows(reader, STRIDE * band.from, &input);
    } else {
        status = status_memory(error, "detection");
    }
    mmod_reader_close(reader);
    for (uint32_t part = 0; !status && part < search->columns; part++) {
        status = status_stopped(search->call->options->stop, error);
        if (!status)
            status = search_part(search, &band, part, &input, &search->found[index], error);
    }
    mem_free_wiped(input.data, input.data ? 3 * plane * sizeof *input.data : 0);
    return status;
}

/* As few bands as fit into BAND_PIXELS, or one for each thread. */
static size_t count_bands(const struct search *search)
{
    uint32_t rows = BAND_PIXELS / STRIDE / search->pyramid.width;
    rows = rows > BAND_CELLS_MIN + 2 * HALO ? rows - 2 * HALO : BAND_CELLS_MIN;
    size_t bands = (search->down + rows - 1) / rows;
    size_t threads = search->call->pool ? pool_threads(search->call->pool) : 1;
    size_t most = search->down / BAND_CELLS_MIN;
    size_t wanted = (bands + threads - 1) / threads * threads; /* so that none waits at the end */
    return wanted <= most ? wanted : bands > most ? bands : most ? most : 1;
}

static vultus_status search_bands(struct search *search, struct candidates *out,
                                  vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    search->across = cells_of(search->pyramid.width);
    search->down = cells_of(search->pyramid.height);
    if (!search->across || !search->down)
        return VULTUS_OK;
    search->bands = count_bands(search);
    search->columns =
        search->pyramid.width > WIDE ? (search->across + PART_CELLS - 1) / PART_CELLS : 1;
    search->found = mem_zalloc(search->bands, sizeof *search->found);
    if (!search->found)
        return status_memory(error, "detection");
    status = pool_for(search->call->pool, search->bands, search_band, search, error);
    for (size_t i = 0; i < search->bands; i++) {
        if (!status)
            status = candidates_join(out, &search->found[i], error);
        candidates_clear(&search->found[i]);
    }
    mem_free(search->found);
    return status;
}

/* Back from a doubled picture, and to a score from 0 to 1. */
static void finish(struct candidates *list, unsigned doublings)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        c->x1 = (float)floor(dlib_undouble((double)c->x1, false, doublings) + 0.5);
        c->y1 = (float)floor(dlib_undouble((double)c->y1, true, doublings) + 0.5);
        c->x2 = (float)floor(dlib_undouble((double)c->x2 - 1, false, doublings) + 0.5) + 1;
        c->y2 = (float)floor(dlib_undouble((double)c->y2 - 1, true, doublings) + 0.5) + 1;
        c->score = dlib_confidence(c->score);
    }
}

static vultus_status mmod_find(const void *detector, struct detect_call *call, vultus_faces *out,
                               vultus_error *error)
{
    const vultus_detect_options *options = call->options;
    struct search search = {.mmod = detector, .call = call};
    struct candidates list = {0};
    search.threshold =
        options->thresholds[0] != 0 ? options->thresholds[0] : search.mmod->threshold;
    vultus_status status =
        mmod_pyramid_init(&search.pyramid, &call->mips->levels[0], options->upsample,
                          &search.mmod->layout, call->pool, error);
    if (status)
        return status;
    status = search_bands(&search, &list, error);
    mmod_pyramid_clear(&search.pyramid);
    call->network_ns += atomic_load(&search.network_ns);
    if (!status)
        status = candidates_suppress(&list, search.mmod->overlap, OVERLAP_AROUND, error);
    if (!status) {
        finish(&list, options->upsample);
        status = candidates_give(&list, out, error);
    }
    candidates_clear(&list);
    return status;
}

const struct detect_method detect_mmod = {.name = "mmod",
                                          .roles = roles,
                                          .knows = known,
                                          .reads = DETECT_THRESHOLD | DETECT_UPSAMPLE,
                                          .boxes_only = true,
                                          .open = mmod_open,
                                          .find = mmod_find,
                                          .close = mem_free};
