/*
 * Whose faces they are: what a frame shows of a track is pictured, judged and embedded where that is worth it. Tracks that
 * turn out to be one person are joined, and one that went over to somebody else is split.
 */
#include "video/watch_line.h"

#include <string.h>

#define UNLIKE 0.2 /* below the margin of one face: surely two */

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
            are_one(line->watch->eyes, watch_subject(lost), watch_subject(fresh)) &&
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
    struct subject *subject = watch_subject(track);
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
    const struct subject *subject = watch_subject(track);
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
    vultus_status status =
        eyes->embed(eyes->context, shot->frame.image, face, line->embedding, error);
    pthread_mutex_lock(watch->turn);
    if (!status) {
        track = split(line, track, line->embedding);
        status = learn(line, track, face, line->embedding, now, error);
    }
    if (!status && watch_subject(track)->vote.looks == 1 && !watch_subject(track)->appeared) {
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
    if (box->x + box->width <= 0 || box->y + box->height <= 0 ||
        box->x >= watch_frame_box(shot).width || box->y >= watch_frame_box(shot).height)
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
    if (!eyes->live || !subject_wants_live(watch_subject(track), track, face, now))
        return VULTUS_OK;
    vultus_status status = eyes->live(eyes->context, shot->frame.image, face, &score, error);
    if (!status)
        live_vote_add(&watch_subject(track)->live, score, subject_quality(face), now);
    return status;
}

vultus_status watch_review(struct watch_line *line, struct watch_shot *shot, struct track *track,
                           vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (track->index == TRACKER_NONE || track->state == TRACK_ENDED)
        return VULTUS_OK;
    const vultus_face *face = &shot->faces.items[track->index];
    if (!track->owned && !(track->owned = begin(line->watch->eyes)))
        return status_memory(error, "following faces");
    struct subject *subject = watch_subject(track);
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
