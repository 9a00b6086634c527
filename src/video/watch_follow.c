/*
 * A frame in its order: tracks move on, take what was found, are looked at and told. Between searches the
 * surroundings of faces that are known are searched, which costs a small part of a whole frame.
 */
#include "video/watch_line.h"
#include "base/box.h"

#include <math.h>

#define CHECK 0.12        /* seconds between searches around faces */
#define CHECK_ROOM 0.8f   /* around a face on each side, in its size */
#define CHECK_SMALL 0.55f /* of the size of the face: what is much smaller is another's */
#define SHOWN 0.4 /* seconds that a face is shown where it is thought to be after it was lost */

/* Told, and no longer known. */
static vultus_status retire(struct watch_line *line, struct track *track, vultus_error *error)
{
    struct watch *watch = line->watch;
    vultus_status status = VULTUS_OK;
    if (!track->owned)
        return VULTUS_OK;
    pthread_mutex_lock(watch->turn);
    status = events_leave(&line->events, watch_subject(track), track, line->frame, error);
    pthread_mutex_unlock(watch->turn);
    subject_free(track->owned);
    track->owned = NULL;
    return status;
}

static vultus_status retire_ended(struct watch_line *line, bool all, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < tracker_count(line->tracker); i++) {
        struct track *track = tracker_track(line->tracker, i);
        if (track->state != TRACK_ENDED && !all)
            continue;
        vultus_status one = retire(line, track, status ? NULL : error);
        status = status ? status : one;
    }
    return status;
}

vultus_status watch_end(struct watch_line *line, vultus_error *error)
{
    vultus_status status = retire_ended(line, true, error);
    events_clear(&line->events);
    vultus_status film = watch_film_commit(&line->film, status ? NULL : error);
    return status ? status : film;
}

/* ------------------------------------------------------------------ around faces that are known */

/* The surroundings of a face, in whole pixels of the frame; false: too little of them is in it. */
static bool surroundings(vultus_box frame, const struct track *track, vultus_box *out)
{
    const vultus_box *box = &track->box;
    float room = CHECK_ROOM * fmaxf(box->width, box->height);
    float left = fmaxf(floorf(box->x - room), 0), top = fmaxf(floorf(box->y - room), 0);
    float right = fminf(ceilf(box->x + box->width + room), frame.width);
    float bottom = fminf(ceilf(box->y + box->height + room), frame.height);
    *out = (vultus_box){left, top, right - left, bottom - top};
    return out->width >= 16 && out->height >= 16;
}

/* The parts of the frame that are searched because faces are there. */
static void plan_check(struct watch_line *line, struct watch_shot *shot)
{
    size_t count = tracker_count(line->tracker);
    shot->check = true;
    if (count > WATCH_AROUND_MOST) {
        shot->around[shot->around_count++] = (struct watch_part){.box = watch_frame_box(shot)};
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct track *track = tracker_track(line->tracker, i);
        struct watch_part *part = &shot->around[shot->around_count];
        part->least = CHECK_SMALL * fminf(track->box.width, track->box.height);
        if (track->state != TRACK_ENDED && !track->cut &&
            surroundings(watch_frame_box(shot), track, &part->box))
            shot->around_count++;
    }
    line->watch->report.checks += shot->around_count;
}

/* `age`: seconds that the shot is behind the tracks. */
static vultus_status update(struct watch_line *line, const vultus_faces *faces, double age,
                            const vultus_box *searched, vultus_error *error)
{
    struct tracker_found found[TRACKER_FOUND_MAX];
    size_t count = faces->count < TRACKER_FOUND_MAX ? faces->count : TRACKER_FOUND_MAX;
    for (size_t i = 0; i < count; i++)
        found[i] = (struct tracker_found){faces->items[i].box, faces->items[i].score, (float)age};
    return tracker_update(line->tracker, found, count, searched, error);
}

static bool is_whole(const struct watch_shot *shot)
{
    vultus_box frame = watch_frame_box(shot);
    return shot->searched.width >= frame.width && shot->searched.height >= frame.height;
}

/* Whether somebody is not confirmed, or waits to be judged, and has to be found again, moving or not. */
static bool is_unsure(const struct tracker *tracker)
{
    for (size_t i = 0; i < tracker_count(tracker); i++) {
        const struct track *track = tracker_track(tracker, i);
        const struct subject *subject = watch_subject(track);
        if (track->state == TRACK_NEW ||
            (track->state == TRACK_SEEN && subject && subject->live.required &&
             subject->live.state == LIVE_OPEN))
            return true;
    }
    return false;
}

/* Gives tracks what this frame has for them. */
static vultus_status track(struct watch_line *line, struct watch_shot *shot, vultus_error *error)
{
    double time = (double)shot->frame.time / 1e6;
    vultus_status status = VULTUS_OK;
    line->time = fmax(line->time, time);
    tracker_advance(line->tracker, time);
    if (shot->motion.cut)
        tracker_cut(line->tracker);
    status = retire_ended(line, false, error);
    if (status)
        return status;
    if (shot->search) {
        line->checked = time;
        if (line->checker) /* it does not know who is new */
            watch_aside_forget(line->checker);
        return update(line, &shot->faces, line->time - time,
                      is_whole(shot) ? NULL : &shot->searched, error);
    }
    if (shot->check)
        return update(line, &shot->faces, line->time - time, NULL, error);
    if (!shot->motion.moved && !is_unsure(line->tracker)) {
        tracker_hold(line->tracker);
        return VULTUS_OK;
    }
    if (!tracker_count(line->tracker) ||
        time - line->checked < watch_spacing(line, CHECK, &line->check_ns) ||
        (line->checker && !watch_aside_idle(line->checker)))
        return VULTUS_OK;
    line->checked = time;
    plan_check(line, shot);
    if (line->checker) {
        status = watch_aside_begin(line->checker, shot, error);
        shot->check = false;
        return status;
    }
    watch_check(line, shot);
    if (shot->status && error)
        *error = shot->error;
    return shot->status ? shot->status : update(line, &shot->faces, 0, NULL, error);
}

/* ------------------------------------------------------------------ telling */

/* Of two who are visible with one name the less sure one is nobody for now. */
static void settle(struct watch_line *line)
{
    size_t count = tracker_count(line->tracker);
    for (size_t i = 0; i < count; i++) {
        struct subject *subject = watch_subject(tracker_track(line->tracker, i));
        if (!subject)
            continue;
        subject->contested = false;
        for (size_t k = 0; k < count; k++) {
            const struct track *other = tracker_track(line->tracker, k);
            subject->contested |= other->owned && other->state == TRACK_SEEN &&
                                  subject_yields(subject, watch_subject(other));
        }
    }
}

/* After a change of who is enrolled: whoever has no name may have one now. */
static void look_again(struct watch_line *line)
{
    const vultus_watch_options *options = line->watch->options;
    uint64_t changes = options->changes(options->context);
    if (changes == line->changes)
        return;
    line->changes = changes;
    atomic_store(&line->again, true);
    for (size_t i = 0; i < tracker_count(line->tracker); i++) {
        struct subject *subject = watch_subject(tracker_track(line->tracker, i));
        if (subject && subject->vote.state != VOTE_NAMED)
            subject_forget_looks(subject);
    }
}

static vultus_status tell(struct watch_line *line, struct watch_shot *shot, vultus_error *error)
{
    struct watch *watch = line->watch;
    double time = (double)shot->frame.time / 1e6;
    size_t count = 0;
    vultus_status status = VULTUS_OK;
    settle(line);
    for (size_t i = 0; !status && i < tracker_count(line->tracker); i++) {
        struct track *track = tracker_track(line->tracker, i);
        struct subject *subject = watch_subject(track);
        if (!subject || track->state == TRACK_ENDED)
            continue;
        watch->report.tracks += track->id && !subject->appeared;
        status = events_review(&line->events, subject, track, time, shot->frame.number, error);
        vultus_visitor visitor = subject_visitor(subject, track);
        visitor.visible |= !track->cut && time - track->seen < SHOWN;
        visitor.redacted = watch_covers(line, shot, track);
        if (track->id || visitor.recognition == VULTUS_RECOGNITION_NAMED)
            line->visitors[count++] = visitor;
    }
    vultus_image *shown = NULL;
    if (!status)
        status = watch_shown(line, shot, &shown, error);
    const vultus_watched_frame frame = {.source = watch->source,
                                        .address = line->facts.name,
                                        .number = shot->frame.number,
                                        .time = time,
                                        .rate = line->facts.rate,
                                        .total = line->facts.frames,
                                        .arrived = shot->frame.arrived,
                                        .image = shown,
                                        .visitors = line->visitors,
                                        .count = count};
    if (!status && watch->options->frame)
        watch->options->frame(watch->options->context, &frame);
    if (!status && watch->options->changes)
        look_again(line);
    if (!status && watch->options->output)
        status = watch_film_write(&line->film, watch->options, shot, &frame, error);
    return status;
}

vultus_status watch_take(struct watch_line *line, struct watch_shot *shot, vultus_error *error)
{
    const struct watch *watch = line->watch;
    line->frame = shot->frame.number;
    line->events.tell = watch->options->event;
    line->events.context = watch->options->context;
    line->events.source = watch->source;
    line->events.address = line->facts.name;
    line->events.width = (unsigned)vultus_image_width(shot->frame.image);
    line->events.height = (unsigned)vultus_image_height(shot->frame.image);
    line->events.cooldown = watch->options->cooldown;
    vultus_status status = track(line, shot, error);
    if (!status && watch->options->redact)
        status = watch_keep(line, shot, error);
    for (size_t i = 0; !status && i < tracker_count(line->tracker); i++)
        status = watch_review(line, shot, tracker_track(line->tracker, i), error);
    return status ? status : retire_ended(line, false, error); /* whoever goes on as another */
}

vultus_status watch_follow(struct watch_line *line, struct watch_shot *shot, vultus_error *error)
{
    vultus_status status = watch_take(line, shot, error);
    if (status)
        return status;
    pthread_mutex_lock(line->watch->turn);
    status = tell(line, shot, error);
    pthread_mutex_unlock(line->watch->turn);
    return status;
}
