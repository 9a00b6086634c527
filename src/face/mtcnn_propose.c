/*
 * MTCNN's first half: P-Net slides over a pyramid of the picture. The pyramid is cut into strips of
 * rows that give the same cells as the whole level would: they bound the memory whatever the size of
 * the picture, and are the units of parallel work.
 */
#include "face/mtcnn.h"
#include "base/memory.h"

#include <math.h>

#define CELL MTCNN_CELL
#define STRIDE 2                   /* pixels between cells */
#define STRIP_PIXELS (96u * 1024u) /* of a strip: 1 MB of input, 8 MB inside the network */
#define LEVELS_MAX 64
/* A face that fills the picture, or more, is found only by windows that reach over its edge. Levels
 * on which the picture is smaller than WIDE_SIDE get a black margin of WIDE_MARGIN of the shorter
 * side, and follow one another twice as closely: they are cheap, and without them 31 of 400 tight
 * portraits (AT&T) are missed, with them none. */
#define WIDE_SIDE (4 * CELL)
#define WIDE_MARGIN 0.25f

struct strip {              /* cells row .. row + rows - 1 of a level of the pyramid */
    vultus_box region;      /* what part of the picture the level shows */
    uint32_t width, height; /* of the level */
    uint32_t row, rows;
    size_t level;
};

struct proposing {
    struct mtcnn_search *search;
    struct strip *strips;
    struct candidates *found; /* one list for each strip */
    size_t count;
};

static vultus_status read_cells(const struct mtcnn_search *search, const struct strip *strip,
                                const struct session_result *result, struct candidates *out,
                                vultus_error *error)
{
    size_t width = (size_t)(strip->width - CELL) / STRIDE + 1;
    const struct session_shape *prob = &result->shapes[0], *boxes = &result->shapes[1];
    float across = strip->region.width / (float)strip->width;
    float down = strip->region.height / (float)strip->height;
    vultus_status status = VULTUS_OK;
    if (prob->rank != 4 || prob->sizes[1] != 1 || boxes->rank != 4 || boxes->sizes[1] != 4 ||
        prob->sizes[2] < strip->rows || prob->sizes[3] < (int64_t)width ||
        boxes->sizes[2] != prob->sizes[2] || boxes->sizes[3] != prob->sizes[3])
        return mtcnn_odd_output("P-Net", error);
    size_t stride = (size_t)prob->sizes[3], plane = stride * (size_t)prob->sizes[2];
    for (size_t y = 0; y < strip->rows; y++) {
        const float *scores = result->data[0] + y * stride;
        const float *shifts = result->data[1] + y * stride;
        for (size_t x = 0; !status && x < width; x++) {
            if (!(scores[x] >= search->thresholds[0]))
                continue;
            struct candidate c = {.score = scores[x]};
            c.x1 = strip->region.x + (float)(x * STRIDE) * across;
            c.y1 = strip->region.y + (float)((y + strip->row) * STRIDE) * down;
            c.x2 = c.x1 + CELL * across;
            c.y2 = c.y1 + CELL * down;
            for (size_t k = 0; k < 4; k++)
                c.shift[k] = shifts[k * plane + x];
            status = candidates_add(out, &c, error);
        }
    }
    return status;
}

static vultus_status propose_strip(void *context, size_t index, unsigned worker,
                                   vultus_error *error)
{
    struct proposing *proposing = context;
    struct mtcnn_search *search = proposing->search;
    const struct strip *strip = &proposing->strips[index];
    struct planes input = {.width = strip->width, .height = STRIDE * (strip->rows - 1) + CELL};
    struct session_result result = {0};
    size_t floats = 3 * (size_t)input.width * input.height;
    (void)worker;
    vultus_status status = status_stopped(search->call->options->stop, error);
    if (status)
        return status;
    planes_normalise(&input, search->mtcnn->bgr, search->mtcnn->mean, search->mtcnn->scale);
    input.data = mem_aligned(floats, sizeof *input.data);
    if (!input.data)
        return status_memory(error, "detection");
    status = resample_box(search->call->mips, strip->region, strip->height, STRIDE * strip->row,
                          &input, error);
    if (!status)
        status = mtcnn_run(search, search->mtcnn->pnet, &input, 1, &result, error);
    if (!status)
        status = read_cells(search, strip, &result, &proposing->found[index], error);
    session_result_clear(&result);
    mem_free_wiped(input.data, floats * sizeof *input.data);
    return status;
}

/* Levels are as large as make a face of min_face, min_face / factor, ... pixels fill a cell. With
 * `strips` NULL it only counts. */
static size_t plan_strips(const struct mtcnn_search *search, float min_face, float max_face,
                          struct strip *strips)
{
    const float full_width = (float)search->call->width, full_height = (float)search->call->height;
    const float shorter = fminf(full_width, full_height);
    float scale = CELL / min_face;
    size_t count = 0;
    for (size_t level = 0; level < LEVELS_MAX; level++) {
        bool wide = shorter * scale < WIDE_SIDE;
        float margin = wide ? WIDE_MARGIN * shorter : 0;
        vultus_box region = {-margin, -margin, full_width + 2 * margin, full_height + 2 * margin};
        float width = ceilf(region.width * scale), height = ceilf(region.height * scale);
        if (width < CELL || height < CELL || (max_face > 0 && CELL / scale >= max_face))
            break;
        uint32_t cells = ((uint32_t)height - CELL) / STRIDE + 1;
        uint32_t rows = STRIP_PIXELS / ((uint32_t)width * STRIDE) + 1;
        for (uint32_t row = 0; row < cells; row += rows, count++)
            if (strips)
                strips[count] = (struct strip){region,
                                               (uint32_t)width,
                                               (uint32_t)height,
                                               row,
                                               cells - row < rows ? cells - row : rows,
                                               level};
        scale *= wide ? sqrtf(search->mtcnn->factor) : search->mtcnn->factor;
    }
    return count;
}

/* Within a level neighbours suppress one another at 0.5; among levels at 0.7. */
static vultus_status collect(struct proposing *proposing, vultus_error *error)
{
    struct mtcnn_search *search = proposing->search;
    struct candidates level = {0};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < proposing->count; i++) {
        status = candidates_join(&level, &proposing->found[i], error);
        bool last = i + 1 == proposing->count ||
                    proposing->strips[i + 1].level != proposing->strips[i].level;
        if (status || !last)
            continue;
        status = candidates_suppress(&level, 0.5f, OVERLAP_UNION, error);
        if (!status)
            status = candidates_join(&search->list, &level, error);
        level.count = 0;
    }
    candidates_clear(&level);
    if (!status)
        status = candidates_suppress(&search->list, 0.7f, OVERLAP_UNION, error);
    candidates_shift(&search->list);
    candidates_square(&search->list);
    return status;
}

vultus_status mtcnn_propose(struct mtcnn_search *search, float min_face, float max_face,
                            vultus_error *error)
{
    struct proposing proposing = {.search = search};
    vultus_status status = VULTUS_OK;
    proposing.count = plan_strips(search, min_face, max_face, NULL);
    proposing.strips = mem_zalloc(proposing.count, sizeof *proposing.strips);
    proposing.found = mem_zalloc(proposing.count, sizeof *proposing.found);
    if (!proposing.strips || !proposing.found) {
        status = status_memory(error, "detection");
    } else {
        plan_strips(search, min_face, max_face, proposing.strips);
        status = pool_for(search->call->pool, proposing.count, propose_strip, &proposing, error);
    }
    if (!status)
        status = collect(&proposing, error);
    for (size_t i = 0; proposing.found && i < proposing.count; i++)
        candidates_clear(&proposing.found[i]);
    mem_free(proposing.found);
    mem_free(proposing.strips);
    return status;
}
