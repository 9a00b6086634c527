/*
 * The public side of sources: which kind takes an address, which frames of a recording are wanted, and the picture of
 * those. What is not wanted is decoded, as others may build on it, but no picture is made of it.
 */
#include "video/source_kind.h"
#include "video/source_address.h"
#include "base/memory.h"
#include "base/pool.h"

#include <math.h>
#include <stdatomic.h>

#define TIMEOUT 10.0
#define THREADS 2  /* of the decoder of a recording: the networks want the others */
#define EARLY 1000 /* microseconds that a frame may come before it is due */
#define TIMEOUT_MAX 3600.0
#define DAMAGED_MAX 100 /* frames of a camera in a row */

/* The first that takes an address has it; the last takes all. */
static const struct source_kind *const kinds[] = {&source_raw, &source_camera, &source_folder,
                                                  &source_ffmpeg};

struct source {
    const struct source_kind *kind;
    void *self;        /* of a recording */
    struct live *live; /* of a live source; one of the two */
    void *room;        /* of develop() */
    struct source_options options;
    struct source_facts facts;
    uint64_t number;
    double due; /* microseconds: when the next frame is wanted */
    bool over;
    atomic_bool closing;
};

/* On any thread. */
static bool must_stop(void *context)
{
    struct source *source = context;
    const struct source_options *options = &source->options;
    return atomic_load(&source->closing) || (options->stop && options->stop(options->context));
}

static vultus_status check_options(const struct source_options *options, const char *name,
                                   vultus_error *error)
{
    if (!isfinite(options->rate) || options->rate < 0 || !isfinite(options->give_up) ||
        options->give_up < 0)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: a rate and a time are positive numbers, or 0", name);
    if (!isfinite(options->timeout) || options->timeout < 0 || options->timeout > TIMEOUT_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: a timeout is 0 to %.0f seconds", name,
                          TIMEOUT_MAX);
    return VULTUS_OK;
}

static struct source_terms terms_of(struct source *source)
{
    const struct source_options *options = &source->options;
    double timeout = options->timeout > 0 ? options->timeout : TIMEOUT;
    unsigned processors = pool_processors();
    return (struct source_terms){
        .name = source->facts.name,
        .threads = options->threads       ? options->threads
                   : processors < THREADS ? processors
                                          : THREADS,
        .patience = {.stop = must_stop, .context = source, .limit = (uint64_t)(timeout * 1e9)}};
}

static vultus_status open_live(struct source *source, const char *address,
                               const struct source_terms *terms, const vultus_error *why,
                               vultus_error *error)
{
    struct live_terms live = {source->kind, address, *terms, &source->options};
    void *self = source->self;
    source->self = NULL; /* it is the reader's now */
    source->facts.live = true;
    return live_open(&live, self, why, &source->live, error);
}

static vultus_status open_kind(struct source *source, const char *address, vultus_error *error)
{
    struct source_terms terms = terms_of(source);
    vultus_error why = {0};
    patience_begin(&terms.patience);
    vultus_status status = source->kind->open(address, &terms, &source->self, &source->facts, &why);
    bool again = source->options.patient && status == VULTUS_ERR_IO && address_is_live(address);
    if (status && !again) {
        if (error)
            *error = why;
        return status;
    }
    return again || source->facts.live ? open_live(source, address, &terms, &why, error)
                                       : VULTUS_OK;
}

vultus_status source_open(const char *address, const struct source_options *options,
                          struct source **out, vultus_error *error)
{
    struct source *source = mem_zalloc(1, sizeof *source);
    if (!source)
        return status_memory(error, "a source");
    if (options)
        source->options = *options;
    for (size_t i = 0; !source->kind; i++)
        if (!kinds[i]->takes || kinds[i]->takes(address))
            source->kind = kinds[i];
    source->facts.kind = source->kind->name;
    address_show(address, source->facts.name, sizeof source->facts.name);
    vultus_status status = check_options(&source->options, source->facts.name, error);
    if (!status)
        status = open_kind(source, address, error);
    if (status) {
        source_close(source);
        return status;
    }
    *out = source;
    return VULTUS_OK;
}

/* Of a recording: whether this frame is one of those that were asked for. */
static bool is_wanted(struct source *source, uint64_t number, int64_t time)
{
    const struct source_options *options = &source->options;
    if (options->every > 1 && number % options->every)
        return false;
    if (options->rate <= 0)
        return true;
    if ((double)(time + EARLY) < source->due)
        return false;
    double period = 1e6 / options->rate;
    source->due += period;
    if (source->due < (double)time) /* the recording has fewer frames, or a gap */
        source->due = (double)time + period;
    return true;
}

static vultus_status take_wanted(struct source *source, struct source_shot *shot, uint64_t *number,
                                 vultus_error *error)
{
    for (;;) {
        if (must_stop(source))
            return status_set(error, VULTUS_ERR_CANCELLED, "%s: stopped", source->facts.name);
        vultus_status status = source->kind->read(source->self, shot, error);
        if (status || !shot->data)
            return status;
        *number = source->number++;
        if (is_wanted(source, *number, shot->time))
            return VULTUS_OK;
        source->kind->drop(shot);
    }
}

static vultus_status take(struct source *source, struct source_shot *shot,
                          struct video_frame *frame, vultus_error *error)
{
    if (source->live)
        return live_take(source->live, shot, &frame->number, &frame->fresh, error);
    frame->fresh = !source->number;
    return take_wanted(source, shot, &frame->number, error);
}

/* The next picture. A camera's frame that is damaged is passed over, unless it is one of very many. */
static vultus_status take_picture(struct source *source, struct video_frame *frame,
                                  vultus_error *error)
{
    for (unsigned damaged = 0;; damaged++) {
        struct source_shot shot = {0};
        vultus_status status = take(source, &shot, frame, error);
        if (status || !shot.data)
            return status;
        frame->time = shot.time;
        frame->arrived = shot.arrived;
        frame->key = shot.key;
        status = source->kind->develop(&source->room, &shot, &frame->image, error);
        if (status != VULTUS_ERR_FORMAT || !source->live || damaged >= DAMAGED_MAX)
            return status;
    }
}

vultus_status source_next(struct source *source, struct video_frame *out, vultus_error *error)
{
    struct video_frame frame = {0};
    vultus_status status = source->over ? VULTUS_OK : take_picture(source, &frame, error);
    source->over = status || !frame.image;
    if (status)
        return status;
    if (frame.image && !source->facts.width) {
        source->facts.width = frame.image->width;
        source->facts.height = frame.image->height;
    }
    *out = frame;
    return VULTUS_OK;
}

void source_describe(const struct source *source, struct source_facts *out)
{
    *out = source->facts;
    if (source->live)
        live_describe(source->live, out);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    atomic_store(&source->closing, true);
    live_close(source->live);
    if (source->self)
        source->kind->close(source->self);
    if (source->kind && source->kind->forget)
        source->kind->forget(source->room);
    mem_free(source);
}
