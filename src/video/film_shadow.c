/*
 * See film_shadow.h. A frame is covered where its faces were found; where a lost one is thought to be, where it was last
 * found, and, if it is found again while the frame waits, on the way between the two; and where a face that is new in one of the
 * frames behind it was first seen. Too much rather than too little: a face that shows for one frame is shown.
 */
#include "video/film_shadow.h"
#include "video/tracker.h"
#include "base/memory.h"

#include <string.h>

#define ABSENCE 0.7f /* seconds for which a lost face is covered where it is thought to be */
#define WAITING_BYTES ((size_t)256 << 20) /* of frames, when there are more than two */
#define SECONDS(time) ((double)(time) / 1e6)

struct trail { /* what a track has here */
    uint64_t serial;
    bool was_found, ever_kept;
    vultus_box box; /* of the last find */
    int64_t time;
};

struct waiting {
    vultus_image *image;
    int64_t time;
    struct shadow_face *faces;
    size_t count;
};

struct shadow {
    struct tracker *tracker;
    struct waiting frames[SHADOW_FRAMES + 1]; /* the oldest first */
    size_t count;
    vultus_box *boxes; /* of the frame that was taken last */
    uint64_t tracks, kept;
};

vultus_status shadow_open(struct shadow **out, vultus_error *error)
{
    const struct tracker_options options = {
        .strong = 1e-6f, .weak = 1e-6f, .confirm = 1, .absence = ABSENCE};
    struct shadow *shadow = mem_zalloc(1, sizeof *shadow);
    if (!shadow)
        return status_memory(error, "a film");
    vultus_status status = tracker_open(&options, &shadow->tracker, error);
    if (status) {
        mem_free(shadow);
        return status;
    }
    *out = shadow;
    return VULTUS_OK;
}

static void forget_track(struct track *track)
{
    mem_free(track->owned);
    track->owned = NULL;
}

static void forget_frame(struct waiting *frame)
{
    vultus_image_free(frame->image);
    mem_free(frame->faces);
}

void shadow_close(struct shadow *shadow)
{
    if (!shadow)
        return;
    for (size_t i = 0; i < tracker_count(shadow->tracker); i++)
        forget_track(tracker_track(shadow->tracker, i));
    tracker_close(shadow->tracker);
    for (size_t i = 0; i < shadow->count; i++)
        forget_frame(&shadow->frames[i]);
    mem_free(shadow->boxes);
    mem_free(shadow);
}

static vultus_status follow(struct shadow *shadow, int64_t time, const vultus_faces *found,
                            vultus_error *error)
{
    struct tracker_found places[TRACKER_FOUND_MAX];
    size_t count = found->count < TRACKER_FOUND_MAX ? found->count : TRACKER_FOUND_MAX;
    for (size_t i = 0; i < count; i++)
        places[i] = (struct tracker_found){found->items[i].box, found->items[i].score, 0};
    tracker_advance(shadow->tracker, SECONDS(time));
    return tracker_update(shadow->tracker, places, count, NULL, error);
}

static struct trail *trail_of(struct shadow *shadow, struct track *track)
{
    struct trail *trail = track->owned;
    if (!trail) {
        track->owned = trail = mem_zalloc(1, sizeof *trail);
        if (trail)
            trail->serial = ++shadow->tracks;
    }
    return trail;
}

static void mark_found(const struct track *track, struct trail *trail, const vultus_faces *found,
                       int64_t time, struct shadow_face *out)
{
    out->index = track->index;
    out->box = found->items[track->index].box;
    out->found = true;
    out->born = !trail->was_found;
    trail->was_found = true;
    trail->box = out->box;
    trail->time = time;
}

/* Every track that is not over, then what was found and has none. */
static vultus_status mark_all(struct shadow *shadow, const vultus_faces *found,
                              struct waiting *frame, bool *used, vultus_error *error)
{
    for (size_t i = 0; i < tracker_count(shadow->tracker); i++) {
        struct track *track = tracker_track(shadow->tracker, i);
        if (track->state == TRACK_ENDED) {
            forget_track(track);
            continue;
        }
        struct trail *trail = trail_of(shadow, track);
        if (!trail)
            return status_memory(error, "a film");
        struct shadow_face *face = &frame->faces[frame->count++];
        *face = (struct shadow_face){.serial = trail->serial,
                                     .box = track->box,
                                     .before = trail->was_found ? trail->box : track->box,
                                     .time_before = trail->time};
        if (track->index < found->count) {
            used[track->index] = true;
            mark_found(track, trail, found, frame->time, face);
        }
    }
    for (size_t i = 0; i < found->count; i++)
        if (!used[i])
            frame->faces[frame->count++] =
                (struct shadow_face){.box = found->items[i].box, .found = true, .index = i};
    return VULTUS_OK;
}

vultus_status shadow_add(struct shadow *shadow, vultus_image *image, int64_t time,
                         const vultus_faces *found, vultus_error *error)
{
    struct waiting frame = {.image = image, .time = time};
    vultus_status status = follow(shadow, time, found, error);
    bool *used = mem_zalloc(found->count, sizeof *used);
    frame.faces = mem_zalloc(tracker_count(shadow->tracker) + found->count, sizeof *frame.faces);
    if (!status && (!used || !frame.faces))
        status = status_memory(error, "a film");
    if (!status)
        status = mark_all(shadow, found, &frame, used, error);
    mem_free(used);
    if (status) {
        forget_frame(&frame);
        return status;
    }
    shadow->frames[shadow->count++] = frame;
    return VULTUS_OK;
}

const struct shadow_face *shadow_newest(const struct shadow *shadow, size_t *count)
{
    const struct waiting *frame = &shadow->frames[shadow->count - 1];
    *count = frame->count;
    return frame->faces;
}

void shadow_keep(struct shadow *shadow, uint64_t serial)
{
    struct waiting *frame = &shadow->frames[shadow->count - 1];
    for (size_t i = 0; i < tracker_count(shadow->tracker); i++) {
        struct trail *trail = tracker_track(shadow->tracker, i)->owned;
        if (trail && trail->serial == serial) {
            shadow->kept += !trail->ever_kept;
            trail->ever_kept = true;
        }
    }
    for (size_t i = 0; i < frame->count; i++)
        if (frame->faces[i].serial == serial && frame->faces[i].found)
            frame->faces[i].kept = true;
}

static vultus_box on_the_way(const struct shadow_face *lost, int64_t now,
                             const struct shadow_face *again, int64_t then)
{
    float part = then > lost->time_before
                     ? (float)(now - lost->time_before) / (float)(then - lost->time_before)
                     : 1;
    const vultus_box *a = &lost->before, *b = &again->box;
    return (vultus_box){a->x + part * (b->x - a->x), a->y + part * (b->y - a->y),
                        a->width + part * (b->width - a->width),
                        a->height + part * (b->height - a->height)};
}

/* Adds where a lost face may be, with the frames that wait behind its own. */
static size_t cover_lost(const struct shadow *shadow, const struct shadow_face *lost,
                         vultus_box *out)
{
    size_t count = 0;
    out[count++] = lost->before;
    for (size_t j = 1; j < shadow->count; j++)
        for (size_t i = 0; i < shadow->frames[j].count; i++) {
            const struct shadow_face *face = &shadow->frames[j].faces[i];
            if (face->serial != lost->serial || !face->found)
                continue;
            out[count++] = on_the_way(lost, shadow->frames[0].time, face, shadow->frames[j].time);
            return count;
        }
    return count;
}

static size_t cover(const struct shadow *shadow, vultus_box *out)
{
    const struct waiting *frame = &shadow->frames[0];
    size_t count = 0;
    for (size_t i = 0; i < frame->count; i++) {
        const struct shadow_face *face = &frame->faces[i];
        if (face->kept)
            continue;
        out[count++] = face->box;
        if (!face->found)
            count += cover_lost(shadow, face, out + count);
    }
    for (size_t j = 1; j < shadow->count; j++)
        for (size_t i = 0; i < shadow->frames[j].count; i++)
            if (shadow->frames[j].faces[i].born && !shadow->frames[j].faces[i].kept)
                out[count++] = shadow->frames[j].faces[i].box;
    return count;
}

static size_t frames_that_wait(const vultus_image *image)
{
    size_t most = WAITING_BYTES / (image->stride * image->height);
    return most < 2 ? 2 : most < SHADOW_FRAMES ? most : SHADOW_FRAMES;
}

vultus_status shadow_take(struct shadow *shadow, bool all, struct shadow_frame *out,
                          vultus_error *error)
{
    size_t most = 0;
    *out = (struct shadow_frame){0};
    if (!shadow->count || (!all && shadow->count <= frames_that_wait(shadow->frames[0].image)))
        return VULTUS_OK;
    most = 3 * shadow->frames[0].count;
    for (size_t j = 1; j < shadow->count; j++)
        most += shadow->frames[j].count;
    vultus_box *boxes = mem_array(most, sizeof *boxes);
    if (!boxes)
        return status_memory(error, "a film");
    mem_free(shadow->boxes);
    shadow->boxes = boxes;
    *out = (struct shadow_frame){shadow->frames[0].image, shadow->frames[0].time, boxes,
                                 cover(shadow, boxes)};
    mem_free(shadow->frames[0].faces);
    memmove(shadow->frames, shadow->frames + 1, --shadow->count * sizeof *shadow->frames);
    return VULTUS_OK;
}

void shadow_counts(const struct shadow *shadow, uint64_t *tracks, uint64_t *redacted)
{
    *tracks = shadow->tracks;
    *redacted = shadow->tracks - shadow->kept;
}
