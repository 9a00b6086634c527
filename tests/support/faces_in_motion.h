/*
 * Faces that move over a frame of 1280 x 720 as somebody's script says, and a detector that finds them with errors:
 * a stage for tests of tracking, and the count of identity switches.
 */
#ifndef FACES_IN_MOTION_H
#define FACES_IN_MOTION_H

#include "base/random.h"
#include "video/tracker.h"

#define STAGE_ACTORS 64

struct actor {
    double x, y, size; /* the middle at second `enters` */
    double speed_x, speed_y;
    double enters, leaves;    /* seconds; leaves 0: never */
    double hidden, shown;     /* between them nobody sees it */
    uint64_t id;              /* of the track that had it last */
    size_t switches;          /* how often another took over */
    size_t followed, visible; /* frames */
};

struct stage {
    struct actor actors[STAGE_ACTORS];
    size_t count;
    double misses, jitter; /* share of faces not found; deviation in sizes of the face */
    double strange;        /* false faces a frame */
    float weak;            /* share of finds with a weak score */
    struct random random;
};

static inline bool actor_visible(const struct actor *actor, double time)
{
    return time >= actor->enters && (actor->leaves <= 0 || time < actor->leaves) &&
           !(time >= actor->hidden && time < actor->shown);
}

static inline vultus_box actor_box(const struct actor *actor, double time)
{
    double x = actor->x + actor->speed_x * (time - actor->enters);
    double y = actor->y + actor->speed_y * (time - actor->enters);
    return (vultus_box){(float)(x - actor->size / 2), (float)(y - actor->size * 0.6),
                        (float)actor->size, (float)(actor->size * 1.2)};
}

/* What the detector finds; who[i] is the actor, or STAGE_ACTORS for a false face. */
static inline size_t stage_detect(struct stage *stage, double time, struct tracker_found *found,
                                  size_t *who)
{
    struct random *random = &stage->random;
    size_t count = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const struct actor *actor = &stage->actors[i];
        vultus_box box = actor_box(actor, time);
        if (!actor_visible(actor, time) || random_real(random) < stage->misses)
            continue;
        double error = stage->jitter * actor->size;
        box.x += (float)(error * random_normal(random));
        box.y += (float)(error * random_normal(random));
        box.width *= (float)(1 + stage->jitter * random_normal(random));
        box.height *= (float)(1 + stage->jitter * random_normal(random));
        float score = random_real(random) < (double)stage->weak ? 0.4f : 0.95f;
        who[count] = i;
        found[count++] = (struct tracker_found){box, score, 0};
    }
    if (random_real(random) < stage->strange) {
        who[count] = STAGE_ACTORS;
        found[count++] = (struct tracker_found){
            {(float)(1200 * random_real(random)), (float)(650 * random_real(random)), 50, 60},
            0.7f,
            0};
    }
    return count;
}

/* Counts who follows whom after an update. */
static inline void stage_judge(struct stage *stage, const struct tracker *tracker, double time,
                               const size_t *who)
{
    for (size_t i = 0; i < stage->count; i++)
        stage->actors[i].visible += actor_visible(&stage->actors[i], time);
    for (size_t i = 0; i < tracker_count(tracker); i++) {
        const struct track *track = tracker_track(tracker, i);
        if (!track->id || track->index == TRACKER_NONE || who[track->index] == STAGE_ACTORS)
            continue;
        struct actor *actor = &stage->actors[who[track->index]];
        actor->followed++;
        actor->switches += actor->id && actor->id != track->id;
        actor->id = track->id;
    }
}

static inline size_t stage_switches(const struct stage *stage)
{
    size_t sum = 0;
    for (size_t i = 0; i < stage->count; i++)
        sum += stage->actors[i].switches;
    return sum;
}

#endif
