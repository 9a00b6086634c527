/*
 * The pixels of MMOD's pyramid. Each level is made of the one before, bilinear, corners on corners, without a
 * filter, with 8 bits behind the point: dlib has floats, and twice the memory.
 *
 * The large levels of large pictures are not stored. Their rows are made when they are read, from rows of the
 * level before, which are made in the same way, down to the picture; as rows are read from top to bottom, two
 * rows of each level are all that has to be remembered, and each is made once for a band.
 */
#include "base/memory.h"
#include "face/mmod.h"

#include <string.h>

#define STRIP_ROWS 32   /* one piece of work */
#define FRACTION 256.0f /* of levels that were made */

struct making {        /* of the rows of one level */
    uint16_t *rows[2]; /* the last of even and of odd number; NULL: the level is stored */
    uint32_t held[2];  /* their numbers */
    float *blend;      /* two rows of the level before, and what is between them */
    uint32_t blended;  /* the number of the upper one */
};

struct mmod_reader {
    const struct mmod_pyramid *pyramid;
    struct making levels[MMOD_LEVELS_MAX];
    float *scratch; /* a row of level 0, and 1 more */
    void *block;
    size_t size;
};

typedef float quad __attribute__((vector_size(16))); /* a pixel and a number that is not used */

static quad load_quad(const float *from)
{
    quad value;
    memcpy(&value, from, sizeof value);
    return value;
}

static double step_of(uint32_t from, uint32_t to)
{
    return (double)(from - 1) / (double)(to > 1 ? to - 1 : 1);
}

static void blend_rows(const float *top, const float *bottom, float part, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = top[i] + part * (bottom[i] - top[i]);
}

static void blend_columns(const struct mmod_column *columns, const float *row, uint32_t width,
                          uint16_t *out)
{
    for (uint32_t x = 0; x < width; x++) {
        quad left = load_quad(row + columns[x].left), right = load_quad(row + columns[x].right);
        quad value = (left + columns[x].part * (right - left)) * FRACTION + 0.5f;
        for (size_t c = 0; c < 3; c++)
            out[3 * (size_t)x + c] = (uint16_t)value[c];
    }
}

static void read_row(struct mmod_reader *reader, size_t index, uint32_t y, float *out);

static size_t blend_floats(const struct mmod_level *from)
{
    return 3 * (size_t)from->width + 1;
}

/* A row of a level, of two rows of the one before; `columns` are the level's. */
static void make_row(struct mmod_reader *reader, size_t index, const struct mmod_column *columns,
                     struct making *making, uint32_t y, uint16_t *out)
{
    const struct mmod_level *from = &reader->pyramid->levels[index - 1], *to = from + 1;
    size_t room = blend_floats(from);
    float *top = making->blend, *bottom = top + room, *between = bottom + room;
    double step = step_of(from->height, to->height);
    uint32_t above = (uint32_t)(y * step);
    above = above < from->height ? above : from->height - 1;
    if (making->blended != above) {
        read_row(reader, index - 1, above, top);
        read_row(reader, index - 1, above + 1 < from->height ? above + 1 : above, bottom);
        making->blended = above;
    }
    blend_rows(top, bottom, (float)(y * step - above), room - 1, between);
    blend_columns(columns, between, to->width, out);
}

static const uint16_t *made_row(struct mmod_reader *reader, size_t index, uint32_t y)
{
    struct making *making = &reader->levels[index];
    uint16_t *row = making->rows[y & 1];
    if (making->held[y & 1] != y)
        make_row(reader, index, reader->pyramid->levels[index].columns, making, y, row);
    making->held[y & 1] = y;
    return row;
}

/* A row of a level as floats, 0..255. */
static void read_row(struct mmod_reader *reader, size_t index, uint32_t y, float *out)
{
    const struct mmod_level *level = &reader->pyramid->levels[index];
    size_t count = 3 * (size_t)level->width;
    if (level->bytes) {
        const uint8_t *from = level->bytes + y * level->stride;
        for (size_t i = 0; i < count; i++)
            out[i] = (float)from[i];
        return;
    }
    const uint16_t *from = level->pixels ? level->pixels + y * count : made_row(reader, index, y);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)from[i] * (1 / FRACTION);
}

/* ------------------------------------------------------------------ readers */

struct cut { /* a block into parts; without a block only counts */
    uint8_t *block;
    size_t used;
};

static void *take(struct cut *cut, size_t size)
{
    size_t at = cut->used;
    cut->used += (size + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
    return cut->block ? cut->block + at : NULL;
}

static void take_blend(const struct mmod_level *from, struct making *making, struct cut *cut)
{
    size_t floats = 3 * blend_floats(from);
    making->blend = take(cut, floats * sizeof *making->blend);
    making->blended = UINT32_MAX;
    if (making->blend) /* the numbers behind the rows meet the last pixel's fourth lane */
        memset(making->blend, 0, floats * sizeof *making->blend);
}

static void lay_out(struct mmod_reader *reader, struct cut *cut)
{
    const struct mmod_pyramid *pyramid = reader->pyramid;
    reader->scratch = take(cut, blend_floats(&pyramid->levels[0]) * sizeof *reader->scratch);
    for (size_t i = 1; i < pyramid->count; i++) {
        struct making *making = &reader->levels[i];
        if (!pyramid->levels[i].columns)
            continue;
        take_blend(&pyramid->levels[i - 1], making, cut);
        for (size_t k = 0; k < 2; k++) {
            making->rows[k] = take(cut, 3 * (size_t)pyramid->levels[i].width * sizeof(uint16_t));
            making->held[k] = UINT32_MAX;
        }
    }
}

vultus_status mmod_reader_open(const struct mmod_pyramid *pyramid, struct mmod_reader **out,
                               vultus_error *error)
{
    struct mmod_reader *reader = mem_zalloc(1, sizeof *reader);
    struct cut cut = {0};
    if (!reader)
        return status_memory(error, "the picture's pyramid");
    reader->pyramid = pyramid;
    lay_out(reader, &cut);
    reader->size = cut.used;
    reader->block = mem_aligned(cut.used, 1);
    if (!reader->block) {
        mem_free(reader);
        return status_memory(error, "the picture's pyramid");
    }
    cut = (struct cut){reader->block, 0};
    lay_out(reader, &cut);
    *out = reader;
    return VULTUS_OK;
}

void mmod_reader_close(struct mmod_reader *reader)
{
    if (!reader)
        return;
    mem_free_wiped(reader->block, reader->size);
    mem_free(reader);
}

/* ------------------------------------------------------------------ levels */

static vultus_status plan_columns(const struct mmod_pyramid *pyramid, size_t index,
                                  struct mmod_column **out, vultus_error *error)
{
    const struct mmod_level *from = &pyramid->levels[index - 1], *to = from + 1;
    struct mmod_column *columns = mem_array(to->width, sizeof *columns);
    double step = step_of(from->width, to->width);
    if (!columns)
        return status_memory(error, "the picture's pyramid");
    for (uint32_t x = 0; x < to->width; x++) {
        uint32_t left = (uint32_t)(x * step);
        left = left < from->width ? left : from->width - 1;
        uint32_t right = left + 1 < from->width ? left + 1 : left;
        columns[x] = (struct mmod_column){3 * left, 3 * right, (float)(x * step - left)};
    }
    *out = columns;
    return VULTUS_OK;
}

vultus_status mmod_plan_level(struct mmod_pyramid *pyramid, size_t index, vultus_error *error)
{
    return plan_columns(pyramid, index, &pyramid->levels[index].columns, error);
}

struct resizing {
    const struct mmod_pyramid *pyramid;
    size_t index;
    struct mmod_column *columns;
};

static vultus_status resize_strip(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct resizing *work = context;
    const struct mmod_level *to = &work->pyramid->levels[work->index];
    struct mmod_reader *reader = NULL;
    struct making making = {.blended = UINT32_MAX};
    size_t floats = 3 * blend_floats(to - 1);
    uint32_t end = (uint32_t)(index + 1) * STRIP_ROWS;
    (void)worker;
    vultus_status status = mmod_reader_open(work->pyramid, &reader, error);
    if (status)
        return status;
    making.blend = mem_zalloc(floats, sizeof *making.blend);
    if (!making.blend)
        status = status_memory(error, "the picture's pyramid");
    for (uint32_t y = (uint32_t)index * STRIP_ROWS; !status && y < end && y < to->height; y++)
        make_row(reader, work->index, work->columns, &making, y,
                 to->pixels + 3 * (size_t)to->width * y);
    mem_free_wiped(making.blend, making.blend ? floats * sizeof *making.blend : 0);
    mmod_reader_close(reader);
    return status;
}

vultus_status mmod_make_level(struct mmod_pyramid *pyramid, size_t index, struct pool *pool,
                              vultus_error *error)
{
    struct resizing work = {pyramid, index, NULL};
    vultus_status status = plan_columns(pyramid, index, &work.columns, error);
    size_t strips = ((size_t)pyramid->levels[index].height + STRIP_ROWS - 1) / STRIP_ROWS;
    if (!status)
        status = pool_for(pool, strips, resize_strip, &work, error);
    mem_free(work.columns);
    return status;
}

/* ------------------------------------------------------------------ what the network sees */

void mmod_pyramid_rows(struct mmod_reader *reader, uint32_t row, const struct planes *planes)
{
    const struct mmod_pyramid *pyramid = reader->pyramid;
    float *scratch = reader->scratch;
    size_t plane = (size_t)planes->width * planes->height;
    memset(planes->data, 0, 3 * plane * sizeof *planes->data);
    for (size_t i = 0; i < pyramid->count; i++) {
        const struct mmod_level *level = &pyramid->levels[i];
        uint32_t begin = level->top > row ? level->top : row;
        uint32_t end = level->top + level->height;
        end = end < row + planes->height ? end : row + planes->height;
        for (uint32_t y = begin; y < end; y++) {
            float *out = planes->data + (size_t)planes->width * (y - row) + level->left;
            read_row(reader, i, y - level->top, scratch);
            for (size_t c = 0; c < 3; c++) {
                const size_t from = planes->bgr ? 2 - c : c;
                for (size_t x = 0; x < level->width; x++)
                    out[c * plane + x] =
                        scratch[3 * x + from] * planes->scale[c] + planes->shift[c];
            }
        }
    }
}
