/*
 * A conveyor takes frames: whoever's turn it is reads the next one and says whether it is to be searched, which
 * depends on nothing but the frames before it; searches then run side by side, and frames are followed in order.
 * Whole frames are searched when something moved, at most once in an interval, and after a cut at once and again.
 */
#include "video/watch_line.h"
#include "base/memory.h"
#include "base/pool.h"

#include <math.h>

#define INTERVAL 0.5
#define ANYWAY 10        /* intervals after which a frame is searched although nothing moved */
#define PART_MOST 0.5f   /* of the frame: a part that moved is searched alone when it is smaller */
#define PART_LEAST 0.25f /* of a side: what comes into view is larger than what has moved of it */

static bool stops(void *context)
{
    const struct watch *watch = context;
    return watch->stop && watch->stop(watch->stop_context);
}

static void tell_notice(void *context, enum source_state state, const char *line)
{
    struct watch *watch = context;
    (void)state;
    if (!watch->options->notice)
        return;
    pthread_mutex_lock(watch->turn);
    watch->options->notice(watch->options->context, watch->source, line);
    pthread_mutex_unlock(watch->turn);
}

static double interval_of(const struct watch_line *line)
{
    double asked = line->watch->options->interval;
    return watch_spacing(line, asked > 0 ? asked : INTERVAL, &line->search_ns);
}

/* The part that moved where that is small, else all of it. */
static vultus_box part_to_search(const struct motion *motion, vultus_box moved)
{
    const vultus_box all = {0, 0, (float)motion->width, (float)motion->height};
    float width = fmaxf(moved.width, floorf(PART_LEAST * all.width));
    float height = fmaxf(moved.height, floorf(PART_LEAST * all.height));
    vultus_box part = {fminf(moved.x, all.width - width), fminf(moved.y, all.height - height),
                       width, height};
    return width * height < PART_MOST * all.width * all.height ? part : all;
}

/* In turn. */
static void plan(struct watch_line *line, struct watch_shot *shot)
{
    double time = (double)shot->frame.time / 1e6, interval = interval_of(line);
    double since = time - line->searched;
    shot->motion = motion_look(&line->motion, shot->frame.image);
    shot->motion.cut |= shot->frame.fresh;
    if (shot->motion.cut && line->searcher) {
        watch_aside_forget(line->searcher);
        watch_aside_forget(line->checker);
    }
    if (shot->motion.cut)
        line->eager = line->watch->options->confirm ? line->watch->options->confirm : 2;
    if (atomic_exchange(&line->again, false) && !line->eager)
        line->eager = 1;
    if (line->searcher && !watch_aside_idle(line->searcher))
        return;
    bool anyway = line->eager || since >= ANYWAY * interval || line->watch->options->redact;
    shot->search = anyway || (shot->motion.moved && since >= interval * 0.999);
    if (!shot->search)
        return;
    shot->searched = anyway
                         ? (vultus_box){0, 0, (float)line->motion.width, (float)line->motion.height}
                         : part_to_search(&line->motion, shot->motion.region);
    line->eager -= line->eager > 0;
    line->searched = time;
    motion_searched(&line->motion);
}

/* A shot without an image is the end. */
static void *work(void *context, size_t index, unsigned worker)
{
    struct watch_line *line = context;
    struct watch_shot *shot = mem_zalloc(1, sizeof *shot);
    (void)worker;
    pthread_mutex_lock(&line->reading);
    while (line->turn != index)
        pthread_cond_wait(&line->next_turn, &line->reading);
    if (shot && !line->ended) {
        shot->status = source_next(line->source, &shot->frame, &shot->error);
        if (!shot->status && shot->frame.image)
            plan(line, shot);
    }
    line->ended = line->ended || !shot || shot->status || !shot->frame.image;
    line->turn++;
    pthread_cond_broadcast(&line->next_turn);
    pthread_mutex_unlock(&line->reading);
    if (shot && shot->search && line->searcher) {
        shot->status = watch_aside_begin(line->searcher, shot, &shot->error);
        shot->search = false;
    } else if (shot && shot->search)
        watch_search(line, shot);
    return shot;
}

static void discard(void *context, void *result)
{
    (void)context;
    watch_shot_free(result);
}

/* What was found aside meanwhile. */
static vultus_status follow_late(struct watch_line *line, struct watch_aside *aside)
{
    struct watch_shot *late = aside ? watch_aside_take(aside) : NULL;
    if (!late)
        return VULTUS_OK;
    vultus_status status = late->status;
    if (status)
        line->error = late->error;
    else
        status = watch_take(line, late, &line->error);
    watch_aside_done(aside);
    return status;
}

static bool deliver(void *context, size_t index, void *result)
{
    struct watch_line *line = context;
    struct watch_shot *shot = result;
    (void)index;
    if (!shot)
        line->status = status_memory(&line->error, "a frame");
    else if (shot->status) {
        line->status = shot->status;
        line->error = shot->error;
    }
    bool more = !line->status && shot->frame.image && !stops(line->watch);
    if (more && !line->facts.live && line->watch->options->pace)
        line->watch->options->pace(line->watch->options->context, line->watch->source,
                                   (double)shot->frame.time / 1e6);
    if (more) {
        line->status = follow_late(line, line->checker);
        if (!line->status)
            line->status = follow_late(line, line->searcher);
        if (!line->status)
            line->status = watch_follow(line, shot, &line->error);
        line->watch->report.frames++;
        line->watch->report.seconds = (double)shot->frame.time / 1e6;
    }
    watch_shot_free(shot);
    return more && !line->status;
}

static vultus_status convey(struct watch_line *line, vultus_error *error)
{
    struct pool *pool = NULL;
    const struct conveyor conveyor = {
        .count = SIZE_MAX, .work = work, .deliver = deliver, .discard = discard, .context = line};
    /* Frames of a live source are taken one by one: beside this thread work its own and those aside. */
    vultus_status status = pool_open(line->facts.live ? 1 : line->watch->threads, &pool, error);
    if (status)
        return status;
    status = pool_convey(pool, &conveyor, error);
    pool_close(pool);
    if (status || !line->status)
        return status;
    if (line->status == VULTUS_ERR_CANCELLED && stops(line->watch))
        return VULTUS_OK;
    if (error)
        *error = line->error;
    return line->status;
}

static vultus_status open_line(struct watch_line *line, vultus_error *error)
{
    struct watch *watch = line->watch;
    const vultus_watch_options *options = watch->options;
    const struct source_options from = {.every = options->every,
                                        .rate = options->rate,
                                        .timeout = options->timeout,
                                        .patient = options->patient,
                                        .stop = stops,
                                        .notice = tell_notice,
                                        .context = watch};
    const struct tracker_options follow = {.confirm = options->confirm,
                                           .absence = (float)options->absence};
    line->visitors = mem_array(TRACKER_TRACKS_MAX, sizeof *line->visitors);
    line->embedding = mem_array(watch->eyes->dimension + 1, sizeof *line->embedding);
    if (!line->visitors || !line->embedding)
        return status_memory(error, "following faces");
    vultus_status status = tracker_open(&follow, &line->tracker, error);
    if (!status)
        status = source_open(watch->address, &from, &line->source, error);
    if (!status)
        source_describe(line->source, &line->facts);
    bool aside = line->facts.live && !options->redact;
    if (!status && aside)
        status = watch_aside_open(line, watch_search, &line->searcher, error);
    if (!status && aside)
        status = watch_aside_open(line, watch_check, &line->checker, error);
    return status;
}

vultus_status watch_run(struct watch *watch, vultus_error *error)
{
    struct watch_line line = {.watch = watch, .searched = -INFINITY, .checked = -INFINITY};
    pthread_mutex_init(&line.reading, NULL);
    pthread_cond_init(&line.next_turn, NULL);
    vultus_status status = open_line(&line, error);
    if (status == VULTUS_ERR_CANCELLED && stops(watch))
        status = VULTUS_OK;
    else if (!status) {
        status = convey(&line, error);
        vultus_status last = watch_end(&line, status ? NULL : error);
        status = status ? status : last;
        source_describe(line.source, &line.facts);
        watch->report.dropped = line.facts.dropped;
        watch->report.searches = atomic_load(&line.searches);
    }
    watch_aside_close(line.searcher);
    watch_aside_close(line.checker);
    source_close(line.source);
    tracker_close(line.tracker);
    mem_free_wiped(line.embedding, (watch->eyes->dimension + 1) * sizeof *line.embedding);
    mem_free_wiped(line.visitors, TRACKER_TRACKS_MAX * sizeof *line.visitors);
    pthread_cond_destroy(&line.next_turn);
    pthread_mutex_destroy(&line.reading);
    return status;
}
