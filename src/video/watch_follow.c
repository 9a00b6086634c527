/*
 * A frame in its order: tracks move on, take what was found, are looked at and told. Between searches the
 * surroundings of faces that are known are searched, which costs a small part of a whole frame.
 */
#include "video/watch_line.h"
#include "base/box.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define CHECK 0.12        /* seconds between searches around faces */
#define CHECK_MOST 8      /* tracks: for more of them the whole frame is searched */
#define CHECK_ROOM 0.8f   /* around a face on each side, in its size */
#define CHECK_SMALL 0.55f /* of the size of the face: what is much smaller is another's */
#define SAME 0.5          /* overlap of two finds of one face */
#define UNLIKE 0.2        /* below the margin of one face: surely two */
#define SHOWN 0.4 /* seconds that a face is shown where it is thought to be after it was lost */

static struct subject *subject_of(const struct track *track)
{
    return track->owned;
}

/* Somebody new; NULL when memory runs out. */
static struct subject *begin(const struct watch_eyes *eyes)
{
    struct subject *subject = subject_new();
    if (subject) {
        subject->live.threshold = eyes->live_threshold;
        subject->live.required = eyes->require_live;
    }
    return subject;
}

/* Told, and no longer known. */
static vultus_status retire(struct watch_line *line, struct track *track, vultus_error *error)
{
    struct watch *watch = line->watch;
    vultus_status status = VULTUS_OK;
    if (!track->owned)
        return VULTUS_OK;
    pthread_mutex_lock(watch->turn);
    status = events_leave(&line->events, subject_of(track), track, line->frame, error);
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

static vultus_box frame_of(const struct watch_shot *shot)
{
    const vultus_image *image = shot->frame.image;
    return (vultus_box){0, 0, (float)image->width, (float)image->height};
}

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

/* Takes over what is no second find of a face. */
static vultus_status merge(vultus_faces *all, const vultus_faces *more, vultus_error *error)
{
    vultus_face *items = mem_resize(all->items, all->count + more->count + 1, sizeof *items);
    if (!items)
        return status_memory(error, "faces");
    all->items = items;
    size_t before = all->count;
    for (size_t i = 0; i < more->count; i++) {
        size_t same = 0;
        while (same < before && box_overlap(&items[same].box, &more->items[i].box) < SAME)
            same++;
        if (same == before)
            items[all->count++] = more->items[i];
        else if (more->items[i].score > items[same].score)
            items[same] = more->items[i];
    }
    return VULTUS_OK;
}

static vultus_status check_around(struct watch_line *line, struct watch_shot *shot,
                                  vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    size_t count = tracker_count(line->tracker);
    if (count > CHECK_MOST)
        return watch_find(line->watch, shot->frame.image, frame_of(shot), 0, &shot->faces, error);
    for (size_t i = 0; !status && i < count; i++) {
        const struct track *track = tracker_track(line->tracker, i);
        float least = CHECK_SMALL * fminf(track->box.width, track->box.height);
        vultus_faces found = {0};
        vultus_box part;
        if (track->state == TRACK_ENDED || track->cut ||
            !surroundings(frame_of(shot), track, &part))
            continue;
        status = watch_find(line->watch, shot->frame.image, part, least, &found, error);
        line->watch->report.checks++;
        if (!status)
            status = merge(&shot->faces, &found, error);
        vultus_faces_clear(&found);
    }
    return status;
}

static vultus_status update(struct watch_line *line, const vultus_faces *faces,
                            const vultus_box *searched, vultus_error *error)
{
    struct tracker_found found[TRACKER_FOUND_MAX];
    size_t count = faces->count < TRACKER_FOUND_MAX ? faces->count : TRACKER_FOUND_MAX;
    for (size_t i = 0; i < count; i++)
        found[i] = (struct tracker_found){faces->items[i].box, faces->items[i].score};
    return tracker_update(line->tracker, found, count, searched, error);
}

static bool is_whole(const struct watch_shot *shot)
{
    vultus_box frame = frame_of(shot);
    return shot->searched.width >= frame.width && shot->searched.height >= frame.height;
}

/* Whether somebody is not confirmed, or waits to be judged, and has to be found again, moving or not. */
static bool is_unsure(const struct tracker *tracker)
{
    for (size_t i = 0; i < tracker_count(tracker); i++) {
        const struct track *track = tracker_track(tracker, i);
        const struct subject *subject = subject_of(track);
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
    tracker_advance(line->tracker, time);
    if (shot->motion.cut)
        tracker_cut(line->tracker);
    status = retire_ended(line, false, error);
    if (status)
        return status;
    if (shot->search) {
        line->checked = time;
        return update(line, &shot->faces, is_whole(shot) ? NULL : &shot->searched, error);
    }
    if (!shot->motion.moved && !is_unsure(line->tracker)) {
        tracker_hold(line->tracker);
        return VULTUS_OK;
    }
    if (!tracker_count(line->tracker) || time - line->checked < CHECK)
        return VULTUS_OK;
    line->checked = time;
    status = check_around(line, shot, error);
    return status ? status : update(line, &shot->faces, NULL, error);
}

/* ------------------------------------------------------------------ whose faces they are */

static bool are_one(const struct watch_eyes *eyes, const struct subject *a, const struct subject *b)
{
    bool named = a->vote.state == VOTE_NAMED && b->vote.state == VOTE_NAMED;
    if (named)
        return !strcmp(a->vote.name, b->vote.name);
    return a->mean && b->mean && eyes->margin(eyes->context, a->mean, b->mean) >= 0;
}

/* Somebody who was lost and is back elsewhere goes on as whoever it was. */
static struct track *join(struct watch_line *line, struct track *fresh)
{
    for (size_t i = 0; i < tracker_count(line->tracker); i++) {
        struct track *lost = tracker_track(line->tracker, i);
        if (lost != fresh && lost->owned && lost->state == TRACK_LOST &&
            are_one(line->watch->eyes, subject_of(lost), subject_of(fresh)) &&
            tracker_join(lost, fresh))
            return lost;
    }
    return NULL;
}

/* Adds an embedding to what is known of a track, and asks whose face that is. */
static vultus_status learn(struct watch_line *line, struct track *track, const vultus_face *face,
                           const float *embedding, double now, vultus_error *error)
{
    const struct watch_eyes *eyes = line->watch->eyes;
    struct subject *subject = subject_of(track);
    struct look look;
    vultus_status status = subject_embedded(subject, face, embedding, eyes->dimension, now, error);
    if (!status)
        status = eyes->name(eyes->context, subject->mean, subject_quality(face), &look, error);
    if (!status)
        (void)vote_add(&subject->vote, &look);
    track->crossed = false;
    return status;
}

/* The track that goes on where this face is surely another one; else the track itself. */
static struct track *split(struct watch_line *line, struct track *track, const float *embedding)
{
    const struct watch_eyes *eyes = line->watch->eyes;
    const struct subject *subject = subject_of(track);
    if (!track->crossed || !subject->mean ||
        eyes->margin(eyes->context, subject->mean, embedding) > -UNLIKE)
        return track;
    struct subject *fresh = begin(eyes);
    struct track *other = fresh ? tracker_split(line->tracker, track) : NULL;
    if (!other) {
        subject_free(fresh);
        return track;
    }
    other->owned = fresh;
    return other;
}

static vultus_status look(struct watch_line *line, struct watch_shot *shot, struct track *track,
                          const vultus_face *face, vultus_error *error)
{
    struct watch *watch = line->watch;
    const struct watch_eyes *eyes = watch->eyes;
    double now = (double)shot->frame.time / 1e6;
    pthread_mutex_lock(watch->turn);
    vultus_status status =
        eyes->embed(eyes->context, shot->frame.image, face, line->embedding, error);
    if (!status) {
        track = split(line, track, line->embedding);
        status = learn(line, track, face, line->embedding, now, error);
    }
    if (!status && subject_of(track)->vote.looks == 1 && !subject_of(track)->appeared) {
        struct track *first = join(line, track);
        if (first)
            status = learn(line, first, face, line->embedding, now, error);
    }
    pthread_mutex_unlock(watch->turn);
    watch->report.looks++;
    return status;
}

static vultus_status take_picture(struct watch_line *line, struct watch_shot *shot,
                                  struct subject *subject, const vultus_face *face,
                                  vultus_error *error)
{
    uint8_t *jpeg = NULL;
    size_t size = 0;
    const vultus_box *box = &face->box;
    if (box->x + box->width <= 0 || box->y + box->height <= 0 || box->x >= frame_of(shot).width ||
        box->y >= frame_of(shot).height)
        return VULTUS_OK;
    vultus_image *shown = NULL;
    vultus_status status = watch_shown(line, shot, &shown, error);
    if (!status)
        status = line->watch->eyes->picture(shown, face, 0, &jpeg, &size, error);
    if (!status)
        subject_pictured(subject, face, jpeg, size);
    return status;
}

/* Of a picture of a face the name is not told: each track is judged before it has one, and now and then again. */
static vultus_status judge(struct watch_line *line, struct watch_shot *shot, struct track *track,
                           const vultus_face *face, vultus_error *error)
{
    const struct watch_eyes *eyes = line->watch->eyes;
    double now = (double)shot->frame.time / 1e6;
    float score;
    if (!eyes->live || !subject_wants_live(subject_of(track), track, face, now))
        return VULTUS_OK;
    vultus_status status = eyes->live(eyes->context, shot->frame.image, face, &score, error);
    if (!status)
        live_vote_add(&subject_of(track)->live, score, subject_quality(face), now);
    return status;
}

static vultus_status review(struct watch_line *line, struct watch_shot *shot, struct track *track,
                            vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (track->index == TRACKER_NONE || track->state == TRACK_ENDED)
        return VULTUS_OK;
    const vultus_face *face = &shot->faces.items[track->index];
    if (!track->owned && !(track->owned = begin(line->watch->eyes)))
        return status_memory(error, "following faces");
    struct subject *subject = subject_of(track);
    if (subject_wants_picture(subject, face))
        status = take_picture(line, shot, subject, face, error);
    track->crossed |= !subject_looks_same(subject, shot->frame.image, face);
    if (!status)
        status = judge(line, shot, track, face, error);
    if (!status && line->watch->eyes->dimension &&
        subject_wants_look(subject, track, face, (double)shot->frame.time / 1e6))
        status = look(line, shot, track, face, error);
    return status;
}

/* ------------------------------------------------------------------ telling */

/* Of two who are visible with one name the less sure one is nobody for now. */
static void settle(struct watch_line *line)
{
    size_t count = tracker_count(line->tracker);
    for (size_t i = 0; i < count; i++) {
        struct subject *subject = subject_of(tracker_track(line->tracker, i));
        if (!subject)
            continue;
        subject->contested = false;
        for (size_t k = 0; k < count; k++) {
            const struct track *other = tracker_track(line->tracker, k);
            subject->contested |= other->owned && other->state == TRACK_SEEN &&
                                  subject_yields(subject, subject_of(other));
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
        struct subject *subject = subject_of(tracker_track(line->tracker, i));
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
        struct subject *subject = subject_of(track);
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
        status = review(line, shot, tracker_track(line->tracker, i), error);
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
