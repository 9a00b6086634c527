/*
 * When to look again. While nobody is sure, every so often and ever less; afterwards for a clearly better picture,
 * after tracks have crossed, and now and then to be safe, because a track may have been handed over unseen.
 */
#include "video/subject.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define POOR 0.12f      /* a first look at less than this waits for a better picture, */
#define POOR_FINDS 4    /* but not for more finds than these */
#define SPACE 0.2       /* seconds between looks while it is open, each time a quarter more, */
#define SPACE_UNSURE 20 /* up to so many looks */
#define SPACE_CROSSED 0.15
#define SPACE_BETTER 0.5 /* seconds between looks at better pictures */
#define BETTER 1.25f     /* what makes one clearly better, */
#define BETTER_STEP 0.05f
#define LIKENESS 0.3       /* correlation of two finds of a face that somebody moves meanwhile */
#define WEIGHT_LEAST 0.05f /* in the mean */
#define WEIGHT_MOST 4.0f   /* of what was before: a mean of the last few looks */
#define SAFE 5.0           /* seconds after which a name is looked at again */
#define SAFE_UNKNOWN 2.0   /* the same of an unknown face: a better view may come */

struct subject *subject_new(void)
{
    struct subject *subject = mem_zalloc(1, sizeof *subject);
    if (!subject)
        return NULL;
    vote_open(&subject->vote, NULL);
    subject->quality = NAN;
    subject->checked = -INFINITY;
    return subject;
}

void subject_free(struct subject *subject)
{
    if (!subject)
        return;
    mem_free_wiped(subject->mean, subject->dimension * sizeof *subject->mean);
    mem_free_wiped(subject->thumbnail, subject->thumbnail_size);
    mem_free_wiped(subject, sizeof *subject);
}

float subject_quality(const vultus_face *face)
{
    return isnan(face->quality.score) ? 0 : face->quality.score;
}

static bool is_better(float quality, float best)
{
    return quality > BETTER * best + BETTER_STEP;
}

/* A first look at a poor picture waits for a better one, but not for ever. */
static bool is_worth(const struct track *track, const vultus_face *face)
{
    return subject_quality(face) >= POOR || track->found >= POOR_FINDS;
}

bool subject_wants_live(const struct subject *subject, const struct track *track,
                        const vultus_face *face, double now)
{
    return (subject->live.looks || is_worth(track, face)) &&
           live_vote_wants(&subject->live, now, track->crossed);
}

bool subject_wants_look(const struct subject *subject, const struct track *track,
                        const vultus_face *face, double now)
{
    const struct vote *vote = &subject->vote;
    float quality = subject_quality(face);
    double since = now - subject->looked;
    if (!vote->looks)
        return is_worth(track, face);
    if (track->crossed)
        return since >= SPACE_CROSSED;
    if (since >= SPACE_BETTER && is_better(quality, subject->looked_best))
        return true;
    switch (vote->state) {
    case VOTE_OPEN:
    case VOTE_DOUBT: return vote->looks < SPACE_UNSURE && since >= SPACE * (1 + vote->looks / 4.0);
    case VOTE_NAMED: return since >= SAFE;
    case VOTE_UNKNOWN: return since >= SAFE_UNKNOWN;
    }
    return false;
}

vultus_status subject_embedded(struct subject *subject, const vultus_face *face,
                               const float *embedding, size_t dimension, double now,
                               vultus_error *error)
{
    float quality = subject_quality(face), weight = fmaxf(quality, WEIGHT_LEAST);
    if (!subject->mean) {
        subject->mean = mem_zalloc(dimension, sizeof *subject->mean);
        if (!subject->mean)
            return status_memory(error, "an embedding");
        subject->dimension = dimension;
    }
    float sum = fminf(subject->weight, WEIGHT_MOST) + weight;
    for (size_t i = 0; i < dimension; i++)
        subject->mean[i] += (embedding[i] - subject->mean[i]) * weight / sum;
    subject->weight = sum;
    subject->looked = now;
    subject->looked_best = fmaxf(subject->looked_best, quality);
    return VULTUS_OK;
}

void subject_forget_looks(struct subject *subject)
{
    vote_open(&subject->vote, NULL);
}

bool subject_looks_same(struct subject *subject, const vultus_image *frame, const vultus_face *face)
{
    uint8_t now[PATCH_CELLS];
    if (!patch_take(frame, &face->box, now))
        return true;
    bool same = !subject->has_patch || patch_likeness(subject->patch, now) > LIKENESS;
    memcpy(subject->patch, now, sizeof now);
    subject->has_patch = true;
    return same;
}

bool subject_wants_picture(const struct subject *subject, const vultus_face *face)
{
    return !subject->thumbnail || isnan(subject->quality) ||
           is_better(subject_quality(face), subject->quality);
}

void subject_pictured(struct subject *subject, const vultus_face *face, uint8_t *thumbnail,
                      size_t size)
{
    mem_free_wiped(subject->thumbnail, subject->thumbnail_size);
    subject->thumbnail = thumbnail;
    subject->thumbnail_size = size;
    subject->quality = subject_quality(face);
    subject->score = face->score;
}

bool subject_yields(const struct subject *subject, const struct subject *other)
{
    const struct vote *mine = &subject->vote, *others = &other->vote;
    return mine->state == VOTE_NAMED && others->state == VOTE_NAMED &&
           !strcmp(mine->name, others->name) && others->far < mine->far;
}

vultus_visitor subject_visitor(const struct subject *subject, const struct track *track)
{
    static const vultus_recognition meanings[] = {[VOTE_OPEN] = VULTUS_RECOGNITION_OPEN,
                                                  [VOTE_NAMED] = VULTUS_RECOGNITION_NAMED,
                                                  [VOTE_UNKNOWN] = VULTUS_RECOGNITION_UNKNOWN,
                                                  [VOTE_DOUBT] = VULTUS_RECOGNITION_DOUBT};
    const struct vote *vote = &subject->vote;
    bool live = live_vote_allows(&subject->live), told = !subject->contested && live;
    return (vultus_visitor){.track = track->id,
                            .box = track->box,
                            .recognition = told ? meanings[vote->state]
                                           : !live && subject->live.state == LIVE_FAILED
                                               ? VULTUS_RECOGNITION_NOT_LIVE
                                               : VULTUS_RECOGNITION_OPEN,
                            .name = told ? vote->name : "",
                            .second = told ? vote->second : "",
                            .similarity = told ? vote->similarity : NAN,
                            .far = told ? vote->far : NAN,
                            .score = subject->score,
                            .quality = subject->quality,
                            .since = track->born,
                            .seen = track->seen,
                            .looks = vote->looks,
                            .live = live_vote_score(&subject->live),
                            .live_threshold = subject->live.threshold,
                            .visible = track->state == TRACK_SEEN};
}
