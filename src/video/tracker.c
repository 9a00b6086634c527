/*
 * Boxes of faces are filtered as the middle, the logarithm of the size and that of the shape, in units of the size:
 * a face that is twice as near moves twice as fast and is found half as exactly. Overlap is measured after both
 * boxes have grown a little (Yang et al. 2023, C-BIoU): at a few finds a second a face that turns away has often
 * left its box.
 */
#include "video/tracker.h"
#include "base/box.h"
#include "base/memory.h"
#include "video/assignment.h"

#include <math.h>
#include <string.h>

#define STRONG 0.6f
#define WEAK 0.3f
#define CONFIRM 2
#define ABSENCE 1.5f

/* Deviations and unrest, in sizes of the face and seconds; a face crosses its own width in a fifth of a second. */
#define PLACE_DEVIATION 0.06
#define PLACE_RATE 2.0
#define PLACE_UNREST 4.0
#define SIZE_DEVIATION 0.08
#define SIZE_RATE 0.4
#define SIZE_UNREST 0.4
#define SHAPE_DEVIATION 0.1
#define SHAPE_UNREST 0.01
#define COAST 0.35 /* seconds after which somebody hidden is thought to have slowed to a third */

#define REACH 0.25f        /* how far boxes grow on each side, in their own size */
#define REACH_LOST 0.5f    /* more for each second that a face was lost, */
#define REACH_MOST 0.8f    /* up to this */
#define LEAST_OVERLAP 0.15 /* of the grown boxes */
#define WEAK_OVERLAP 0.4   /* weak finds are often no face: they have to be nearer */
#define LEAVE 0.75         /* cost of no find: the least overlap that is worth it */
#define BEHIND 0.1         /* cost of having been lost: whoever is before the other has the find */
#define SIZE_STEP 0.7      /* logarithm: faces of twice the size are not one face */
#define CROSSED 0.2        /* overlap of two tracks that may be exchanged */

struct tracker {
    struct tracker_options options;
    double time;
    uint64_t last_id;
    struct track *tracks[TRACKER_TRACKS_MAX];
    size_t count;
    struct assignment assignment;
    size_t waiting[TRACKER_TRACKS_MAX], left[TRACKER_FOUND_MAX]; /* of a pass: whose turn it is */
    size_t waiting_count, left_count;
};

vultus_status tracker_open(const struct tracker_options *options, struct tracker **out,
                           vultus_error *error)
{
    struct tracker *tracker = mem_zalloc(1, sizeof *tracker);
    if (!tracker)
        return status_memory(error, "following faces");
    struct tracker_options *own = &tracker->options;
    *own = options ? *options : (struct tracker_options){0};
    own->strong = own->strong > 0 ? own->strong : STRONG;
    own->weak = own->weak > 0 ? own->weak : WEAK;
    own->confirm = own->confirm ? own->confirm : CONFIRM;
    own->absence = own->absence > 0 ? own->absence : ABSENCE;
    *out = tracker;
    return VULTUS_OK;
}

static void remove_track(struct tracker *tracker, size_t index)
{
    size_t behind = tracker->count - index - 1;
    mem_free(tracker->tracks[index]);
    memmove(&tracker->tracks[index], &tracker->tracks[index + 1], behind * sizeof *tracker->tracks);
    tracker->count--;
}

void tracker_close(struct tracker *tracker)
{
    if (!tracker)
        return;
    while (tracker->count)
        remove_track(tracker, tracker->count - 1);
    assignment_clear(&tracker->assignment);
    mem_free(tracker);
}

/* ------------------------------------------------------------------ motion */

static double size_of(const vultus_box *box)
{
    return sqrt(fmax(1, (double)box->width) * fmax(1, (double)box->height));
}

static void place_box(struct track *track)
{
    double size = exp(track->size.value), shape = exp(track->shape.value / 2);
    track->box.width = (float)(size * shape);
    track->box.height = (float)(size / shape);
    track->box.x = (float)track->x.value - track->box.width / 2;
    track->box.y = (float)track->y.value - track->box.height / 2;
}

static void measure(struct track *track, const vultus_box *box, double age)
{
    double size = size_of(box), deviation = PLACE_DEVIATION * size;
    double x = box->x + (double)box->width / 2, y = box->y + (double)box->height / 2;
    kalman_correct(&track->x, x + track->x.rate * age, deviation);
    kalman_correct(&track->y, y + track->y.rate * age, deviation);
    kalman_correct(&track->size, log(size), SIZE_DEVIATION);
    kalman_correct(&track->shape, log(fmax(1, box->width) / fmax(1, box->height)), SHAPE_DEVIATION);
    place_box(track);
}

static void start(struct track *track, const vultus_box *box)
{
    double size = size_of(box), deviation = PLACE_DEVIATION * size, rate = PLACE_RATE * size;
    kalman_start(&track->x, box->x + (double)box->width / 2, deviation, rate);
    kalman_start(&track->y, box->y + (double)box->height / 2, deviation, rate);
    kalman_start(&track->size, log(size), SIZE_DEVIATION, SIZE_RATE);
    kalman_start(&track->shape, log(fmax(1, box->width) / fmax(1, box->height)), SHAPE_DEVIATION,
                 0);
    track->box = *box;
}

static void move(struct track *track, double seconds)
{
    double size = exp(track->size.value), unrest = PLACE_UNREST * size * size;
    kalman_predict(&track->x, seconds, unrest);
    kalman_predict(&track->y, seconds, unrest);
    kalman_predict(&track->size, seconds, SIZE_UNREST);
    kalman_predict(&track->shape, seconds, SHAPE_UNREST);
    if (track->state == TRACK_LOST) {
        double slower = exp(-seconds / COAST);
        track->x.rate *= slower;
        track->y.rate *= slower;
        track->size.rate = 0;
    }
    place_box(track);
}

void tracker_advance(struct tracker *tracker, double time)
{
    double seconds = fmax(0, time - tracker->time);
    tracker->time += seconds;
    for (size_t i = tracker->count; i-- > 0;)
        if (tracker->tracks[i]->state == TRACK_ENDED)
            remove_track(tracker, i);
    for (size_t i = 0; i < tracker->count; i++) {
        struct track *track = tracker->tracks[i];
        track->index = TRACKER_NONE;
        move(track, seconds);
        if (tracker->time - track->seen > (double)tracker->options.absence)
            track->state = TRACK_ENDED;
    }
}

/* ------------------------------------------------------------------ who is who */

static vultus_box grown(const vultus_box *box, float reach)
{
    float x = reach * box->width, y = reach * box->height;
    return (vultus_box){box->x - x, box->y - y, box->width + 2 * x, box->height + 2 * y};
}

static double cost_of(const struct tracker *tracker, const struct track *track,
                      const struct tracker_found *found, double least)
{
    float lost = track->state == TRACK_LOST ? (float)(tracker->time - track->seen) : 0;
    float reach = fminf(REACH + REACH_LOST * lost, REACH_MOST);
    vultus_box here = grown(&track->box, reach), there = grown(&found->box, reach);
    double overlap = box_overlap(&here, &there);
    double step = fabs(log(size_of(&found->box)) - track->size.value);
    double behind = track->state == TRACK_LOST ? BEHIND : 0;
    return overlap < least || step > SIZE_STEP ? INFINITY : 1 - overlap + step / 4 + behind;
}

static void begin_pass(struct tracker *tracker, unsigned states)
{
    tracker->waiting_count = 0;
    for (size_t i = 0; i < tracker->count; i++)
        if ((states >> tracker->tracks[i]->state & 1) &&
            tracker->tracks[i]->index == TRACKER_NONE && !tracker->tracks[i]->cut)
            tracker->waiting[tracker->waiting_count++] = i;
}

static void take(struct tracker *tracker, struct track *track, const struct tracker_found *found,
                 size_t index)
{
    measure(track, &found->box, (double)found->age);
    track->index = index;
    track->score = found->score;
    track->seen = tracker->time;
    track->found++;
    if (track->state == TRACK_LOST)
        track->state = TRACK_SEEN;
}

/* Pairs the tracks that wait with the finds that are left; whoever is paired is taken from both. */
static vultus_status pass(struct tracker *tracker, const struct tracker_found *found, double least,
                          vultus_error *error)
{
    struct assignment *assignment = &tracker->assignment;
    size_t rows = tracker->waiting_count, columns = tracker->left_count, left = 0;
    if (!rows || !columns)
        return VULTUS_OK;
    vultus_status status = assignment_begin(assignment, rows, columns, error);
    if (status)
        return status;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < columns; k++)
            assignment->cost[i * columns + k] = cost_of(
                tracker, tracker->tracks[tracker->waiting[i]], &found[tracker->left[k]], least);
    assignment->leave = LEAVE;
    assignment_solve(assignment);
    for (size_t i = 0; i < rows; i++) {
        size_t k = assignment->chosen[i];
        if (k == ASSIGNMENT_NONE)
            continue;
        size_t index = tracker->left[k];
        take(tracker, tracker->tracks[tracker->waiting[i]], &found[index], index);
        tracker->left[k] = TRACKER_NONE;
    }
    for (size_t k = 0; k < columns; k++)
        if (tracker->left[k] != TRACKER_NONE)
            tracker->left[left++] = tracker->left[k];
    tracker->left_count = left;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ birth and loss */

static void confirm(struct tracker *tracker, struct track *track)
{
    if (track->state == TRACK_NEW && track->found >= tracker->options.confirm) {
        track->state = TRACK_SEEN;
        track->id = ++tracker->last_id;
    }
}

static vultus_status bear(struct tracker *tracker, const struct tracker_found *found,
                          vultus_error *error)
{
    for (size_t k = 0; k < tracker->left_count && tracker->count < TRACKER_TRACKS_MAX; k++) {
        struct track *track = mem_zalloc(1, sizeof *track);
        if (!track)
            return status_memory(error, "following faces");
        size_t index = tracker->left[k];
        start(track, &found[index].box);
        track->born = track->seen = tracker->time;
        track->found = 1;
        track->index = index;
        track->score = found[index].score;
        tracker->tracks[tracker->count++] = track;
    }
    return VULTUS_OK;
}

static bool inside(const vultus_box *searched, const vultus_box *box)
{
    float x = box->x + box->width / 2, y = box->y + box->height / 2;
    return !searched || (x >= searched->x && y >= searched->y &&
                         x <= searched->x + searched->width && y <= searched->y + searched->height);
}

/* Those that were looked for and not found; what was elsewhere is as it was. */
static void lose(struct tracker *tracker, const vultus_box *searched)
{
    for (size_t i = 0; i < tracker->count; i++) {
        struct track *track = tracker->tracks[i];
        if (track->index != TRACKER_NONE || track->state == TRACK_ENDED)
            continue;
        if (!inside(searched, &track->box)) {
            if (track->state != TRACK_LOST)
                track->seen = tracker->time;
        } else
            track->state = track->state == TRACK_NEW ? TRACK_ENDED : TRACK_LOST;
    }
}

static void mark_crossed(struct tracker *tracker)
{
    for (size_t i = 0; i < tracker->count; i++)
        for (size_t k = i + 1; k < tracker->count; k++)
            if (tracker->tracks[i]->id && tracker->tracks[k]->id && !tracker->tracks[i]->cut &&
                !tracker->tracks[k]->cut &&
                box_overlap(&tracker->tracks[i]->box, &tracker->tracks[k]->box) > CROSSED)
                tracker->tracks[i]->crossed = tracker->tracks[k]->crossed = true;
}

/* Puts aside which finds a pass may give: those with a score of at least `least` and under `most`. */
static void lay_out(struct tracker *tracker, const struct tracker_found *found, size_t count,
                    float least, float most)
{
    tracker->left_count = 0;
    for (size_t i = 0; i < count; i++)
        if (found[i].score >= least && found[i].score < most)
            tracker->left[tracker->left_count++] = i;
}

vultus_status tracker_update(struct tracker *tracker, const struct tracker_found *found,
                             size_t count, const vultus_box *searched, vultus_error *error)
{
    const struct tracker_options *options = &tracker->options;
    size_t most = count < TRACKER_FOUND_MAX ? count : TRACKER_FOUND_MAX;
    /* The largest problem's memory first: what may fail does so before anything has changed. */
    vultus_status status = assignment_begin(&tracker->assignment, tracker->count, most, error);
    if (status)
        return status;
    lay_out(tracker, found, most, options->strong, INFINITY);
    begin_pass(tracker, 1u << TRACK_SEEN | 1u << TRACK_LOST);
    if (!status)
        status = pass(tracker, found, LEAST_OVERLAP, error);
    begin_pass(tracker, 1u << TRACK_NEW);
    if (!status)
        status = pass(tracker, found, LEAST_OVERLAP, error);
    size_t unknown = tracker->left_count;
    size_t kept[TRACKER_FOUND_MAX];
    memcpy(kept, tracker->left, unknown * sizeof *kept);
    lay_out(tracker, found, most, options->weak, options->strong);
    begin_pass(tracker, 1u << TRACK_SEEN);
    if (!status)
        status = pass(tracker, found, WEAK_OVERLAP, error);
    if (status)
        return status;
    lose(tracker, searched);
    memcpy(tracker->left, kept, unknown * sizeof *kept);
    tracker->left_count = unknown;
    status = bear(tracker, found, error);
    for (size_t i = 0; i < tracker->count; i++)
        confirm(tracker, tracker->tracks[i]);
    mark_crossed(tracker);
    return status;
}

void tracker_hold(struct tracker *tracker)
{
    for (size_t i = 0; i < tracker->count; i++)
        if (tracker->tracks[i]->state == TRACK_SEEN || tracker->tracks[i]->state == TRACK_NEW)
            tracker->tracks[i]->seen = tracker->time;
}

void tracker_cut(struct tracker *tracker)
{
    for (size_t i = 0; i < tracker->count; i++) {
        struct track *track = tracker->tracks[i];
        if (track->state == TRACK_NEW)
            track->state = TRACK_ENDED;
        else if (track->state == TRACK_SEEN)
            track->state = TRACK_LOST;
        track->cut = true;
    }
}

bool tracker_join(struct track *first, struct track *second)
{
    if (first->state != TRACK_LOST || second->state == TRACK_LOST || second->state == TRACK_ENDED ||
        first->seen > second->born)
        return false;
    uint64_t id = first->id;
    double born = first->born;
    unsigned found = first->found + second->found;
    void *owned = first->owned;
    *first = *second;
    first->id = id;
    first->born = born;
    first->found = found;
    first->owned = owned;
    first->state = TRACK_SEEN;
    second->state = TRACK_ENDED;
    return true;
}

struct track *tracker_split(struct tracker *tracker, struct track *old)
{
    struct track *track = tracker->count < TRACKER_TRACKS_MAX ? mem_copy(old, sizeof *track) : NULL;
    if (!track)
        return NULL;
    track->id = old->id ? ++tracker->last_id : 0;
    track->born = tracker->time;
    track->owned = NULL;
    track->crossed = false;
    tracker->tracks[tracker->count++] = track;
    old->state = old->state == TRACK_NEW ? TRACK_ENDED : TRACK_LOST;
    old->cut = true;
    old->index = TRACKER_NONE;
    return track;
}

size_t tracker_count(const struct tracker *tracker)
{
    return tracker->count;
}

struct track *tracker_track(const struct tracker *tracker, size_t index)
{
    return tracker->tracks[index];
}
