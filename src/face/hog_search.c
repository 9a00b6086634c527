/*
 * The HOG detector over all levels of a picture. Levels are made and searched in batches that fit
 * BATCH_BYTES, so a picture of 100 megapixels never has all of them in memory.
 *
 * A batch is one list of pieces of work for the threads: strips of the next level, then bands of this one,
 * and so on down the pyramid, so that making levels costs no turn of its own. A piece waits for the level
 * that it reads. Pieces are taken in their order and wait only for those before them, which others are
 * working on: the first of those at work never waits.
 */
#include "base/memory.h"
#include "face/hog_detector.h"

#include <math.h>
#include <pthread.h>

#define BATCH_BYTES ((size_t)16 << 20)
#define BAND_ROWS_MIN 16 /* rows of windows; a band looks at 9 more rows of features */

struct piece {
    struct hog_band band;
    struct hog_resizing *making; /* NULL: a band of `band.level`; else its strip number `strip` */
    size_t strip;
    struct hog_hits found;
};

struct batch {
    struct hog_search *search;
    size_t begin, end; /* its levels; the first of all is not made */
    struct hog_resizing *making[HOG_LEVELS_MAX];
    struct piece *pieces;
    size_t count;
    float *rooms; /* of each thread */
    size_t room;
    pthread_mutex_t lock;
    pthread_cond_t made;
    size_t left[HOG_LEVELS_MAX]; /* strips to make of a level, under the lock */
};

static void wait_for_level(struct batch *batch, size_t level)
{
    pthread_mutex_lock(&batch->lock);
    while (batch->left[level])
        pthread_cond_wait(&batch->made, &batch->lock);
    pthread_mutex_unlock(&batch->lock);
}

static void strip_is_made(struct batch *batch, size_t level)
{
    pthread_mutex_lock(&batch->lock);
    if (!--batch->left[level])
        pthread_cond_broadcast(&batch->made);
    pthread_mutex_unlock(&batch->lock);
}

static vultus_status work(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct batch *batch = context;
    struct piece *piece = &batch->pieces[index];
    size_t level = piece->band.index;
    vultus_status status = status_stopped(batch->search->stop, error);
    if (!piece->making) {
        wait_for_level(batch, level);
        if (status)
            return status;
        return hog_scan(batch->search->hog, &piece->band, batch->rooms + worker * batch->room,
                        &piece->found, error);
    }
    wait_for_level(batch, level - 1);
    if (!status)
        status = hog_resize_strip(piece->making, piece->strip, error);
    strip_is_made(batch, level); /* after a failure too: others wait for it */
    return status;
}

/* None is more than two thirds of a thread's share of the batch. */
static size_t bands_of(const struct batch *batch, size_t level, double share)
{
    const struct hog_level *at = &batch->search->levels[level];
    double cells = (double)hog_rows(at->width) * hog_rows(at->height);
    size_t most = hog_rows(at->height) / BAND_ROWS_MIN;
    size_t wanted = share > 0 ? (size_t)ceil(cells / share) : 1;
    if (level < batch->search->skip || level < batch->begin)
        return 0;
    wanted = wanted > most ? most : wanted;
    return wanted ? wanted : 1;
}

static double share_of(const struct batch *batch)
{
    const struct hog_search *search = batch->search;
    double cells = 0;
    size_t first = batch->begin > search->skip ? batch->begin : search->skip;
    for (size_t i = first; i < batch->end; i++)
        cells += (double)hog_rows(search->levels[i].width) * hog_rows(search->levels[i].height);
    unsigned threads = search->pool ? pool_threads(search->pool) : 1;
    return cells * (threads > 1 ? 0.67 / threads : 1);
}

static void add_strips(struct batch *batch, size_t level)
{
    struct hog_resizing *making = batch->making[level];
    batch->left[level] = hog_resize_strips(making);
    for (size_t i = 0; i < batch->left[level]; i++)
        batch->pieces[batch->count++] =
            (struct piece){.band.index = (uint16_t)level, .making = making, .strip = i};
}

static void add_bands(struct batch *batch, size_t level, size_t parts)
{
    const struct hog_search *search = batch->search;
    uint32_t rows = hog_rows(search->levels[level].height);
    for (size_t k = 0; k < parts; k++)
        batch->pieces[batch->count++] = (struct piece){
            .band = {&search->levels[level], (uint16_t)level, (uint32_t)(rows * k / parts),
                     (uint32_t)(rows * (k + 1) / parts), search->threshold}};
}

static vultus_status cut(struct batch *batch, vultus_error *error)
{
    double share = share_of(batch);
    size_t count = 0;
    for (size_t i = batch->begin; i < batch->end; i++)
        count += bands_of(batch, i, share) + (i ? hog_resize_strips(batch->making[i]) : 0);
    batch->pieces = mem_array(count, sizeof *batch->pieces);
    if (!batch->pieces)
        return status_memory(error, "detection");
    for (size_t i = batch->begin; i <= batch->end; i++) {
        if (i && i < batch->end)
            add_strips(batch, i);
        if (i > batch->begin)
            add_bands(batch, i - 1, bands_of(batch, i - 1, share));
    }
    return VULTUS_OK;
}

/* The levels of a batch are planned: made, searched, and forgotten but for their pixels. */
static vultus_status run(struct batch *batch, vultus_error *error)
{
    struct hog_search *search = batch->search;
    unsigned threads = search->pool ? pool_threads(search->pool) : 1;
    size_t widest = batch->begin > search->skip ? batch->begin : search->skip;
    widest = widest < batch->end ? widest : batch->end - 1;
    batch->room = hog_room(search->hog, search->levels[widest].width);
    batch->rooms = mem_aligned(threads * batch->room, sizeof *batch->rooms);
    vultus_status status = batch->rooms ? cut(batch, error) : status_memory(error, "detection");
    pthread_mutex_init(&batch->lock, NULL);
    pthread_cond_init(&batch->made, NULL);
    if (!status)
        status = pool_for(search->pool, batch->count, work, batch, error);
    for (size_t i = 0; i < batch->count; i++) {
        if (!status)
            status = hog_hits_join(&search->hits, &batch->pieces[i].found, error);
        hog_hits_clear(&batch->pieces[i].found);
    }
    pthread_cond_destroy(&batch->made);
    pthread_mutex_destroy(&batch->lock);
    mem_free(batch->pieces);
    mem_free_wiped(batch->rooms, batch->rooms ? threads * batch->room * sizeof(float) : 0);
    return status;
}

/* ------------------------------------------------------------------ batches */

struct blocks { /* what batches are made in, turn by turn: the next one is made of the last */
    uint8_t *items[2];
    size_t bytes; /* of each */
};

static size_t level_bytes(const struct hog_level *level)
{
    return level->plane * level->planes;
}

/* Gives the levels sizes; returns their number. */
static size_t shape_levels(struct hog_search *search, struct blocks *blocks)
{
    size_t largest = 0, total = 0;
    size_t count = hog_level_count(search->levels[0].width, search->levels[0].height);
    for (size_t i = 1; i < count; i++) {
        const struct hog_level *last = &search->levels[i - 1];
        size_t bytes = hog_level_shape(&search->levels[i], last->width * 5 / 6,
                                       last->height * 5 / 6, last->planes);
        largest = bytes > largest ? bytes : largest;
        total += bytes;
    }
    blocks->bytes = largest > BATCH_BYTES ? largest : BATCH_BYTES;
    if (blocks->bytes > total)
        blocks->bytes = total;
    return count;
}

/* As many levels as the block holds. */
static vultus_status plan(struct batch *batch, size_t count, struct blocks *blocks, size_t turn,
                          vultus_error *error)
{
    struct hog_search *search = batch->search;
    size_t used = 0;
    batch->end = batch->begin ? batch->begin : 1;
    for (; batch->end < count; batch->end++) {
        struct hog_level *level = &search->levels[batch->end];
        if (used + level_bytes(level) > blocks->bytes)
            break;
        if (!blocks->items[turn])
            blocks->items[turn] = mem_aligned(blocks->bytes, 1);
        if (!blocks->items[turn])
            return status_memory(error, "the picture's pyramid");
        const struct hog_making making = {search->hog->kernels, level - 1, level,
                                          blocks->items[turn] + used};
        level->pixels = making.pixels;
        vultus_status status = hog_resize_begin(&making, &batch->making[batch->end], error);
        if (status)
            return status;
        used += level_bytes(level);
    }
    return VULTUS_OK;
}

vultus_status hog_search_pyramid(struct hog_search *search, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    struct blocks blocks = {0};
    size_t done = 0, count = shape_levels(search, &blocks);
    for (size_t turn = 0; !status && done < count; turn = !turn) {
        struct batch batch = {.search = search, .begin = done};
        status = plan(&batch, count, &blocks, turn, error);
        if (!status)
            status = run(&batch, error);
        for (size_t i = 0; i < count; i++)
            hog_resize_end(batch.making[i]);
        done = batch.end;
    }
    for (size_t i = 0; i < 2; i++)
        mem_free_wiped(blocks.items[i], blocks.items[i] ? blocks.bytes : 0);
    return status;
}
