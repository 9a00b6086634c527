/*
 * From how faces lie among each other to what a person should do: each concern names the face or person, the
 * reason with its figures, and the mend. A face with a conflict is not also an
 * outlier; one that is near enough to two people is none: they are listed as duplicates.
 */
#include "engine/reviewing.h"
#include "base/memory.h"
#include "base/status.h"
#include "face/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *vultus_concern_name(vultus_concern concern)
{
    static const char *const names[] = {"conflict", "outlier", "duplicate", "low quality",
                                        "single"};
    return (size_t)concern < sizeof names / sizeof *names ? names[concern] : "";
}

static const char *name_of(const struct reviewing *review, uint32_t person)
{
    return review->people.items[review->names[person]].name;
}

/* A new item; NULL: memory. */
static vultus_review_item *add(struct reviewing *review, vultus_concern concern, uint32_t person,
                               const struct reviewed_face *face, const char *other)
{
    vultus_review *made = &review->made;
    if (made->count == review->items_capacity) {
        size_t capacity = review->items_capacity ? 2 * review->items_capacity : 64;
        vultus_review_item *items = mem_resize(made->items, capacity, sizeof *items);
        if (!items)
            return NULL;
        made->items = items;
        review->items_capacity = capacity;
    }
    vultus_review_item *item = &made->items[made->count];
    *item = (vultus_review_item){.concern = concern,
                                 .name = mem_string(name_of(review, person)),
                                 .face = face ? face->id : 0,
                                 .own = NAN,
                                 .to_other = NAN,
                                 .quality = face ? face->quality.score : NAN};
    if (face && face->source)
        item->source = mem_string(face->source);
    if (other)
        item->other = mem_string(other);
    made->count++; /* also when a text is missing, so that it is cleared */
    bool whole = item->name && (!face || !face->source || item->source) && (!other || item->other);
    return whole ? item : NULL;
}

#define WRITE(place, ...) (void)snprintf(place, sizeof(place), __VA_ARGS__)

/* Of two faces of a person it is not known which is wrong: the worse picture is named. */
static bool is_worse_of_two(const struct reviewing *review, size_t row)
{
    size_t other = row > 0 && review->person[row - 1] == review->person[row] ? row - 1 : row + 1;
    if (review->weights[row] != review->weights[other])
        return review->weights[row] < review->weights[other];
    return row > other;
}

static bool put_place(struct reviewing *review, size_t row)
{
    const struct outliers_face *found = &review->outliers.faces[row];
    const struct reviewed_face *face = &review->kept[row];
    bool two = review->faces[face->person] == 2;
    const char *unit = review->made.metric == VULTUS_METRIC_EUCLIDEAN ? "distance" : "similarity";
    if (isnan(found->own))
        return true;
    if (!isnan(found->other) && found->other > found->own &&
        found->other >= review->identify_threshold && found->own < review->identify_threshold) {
        if (!reviewing_wants(review, VULTUS_CONCERN_CONFLICT))
            return true;
        vultus_review_item *item =
            add(review, VULTUS_CONCERN_CONFLICT, face->person, face, name_of(review, found->who));
        if (!item)
            return false;
        item->own = reviewing_shown(review, found->own);
        item->to_other = reviewing_shown(review, found->other);
        WRITE(item->reason, "nearer to another person: %s %.3f, to its own %.3f", unit,
              (double)item->to_other, (double)item->own);
        WRITE(item->advice, "enrol it under the right name, or merge the two people");
        return true;
    }
    if (found->own >= review->threshold || (two && !is_worse_of_two(review, row)) ||
        !reviewing_wants(review, VULTUS_CONCERN_OUTLIER))
        return true;
    vultus_review_item *item = add(review, VULTUS_CONCERN_OUTLIER, face->person, face, NULL);
    if (!item)
        return false;
    item->own = reviewing_shown(review, found->own);
    WRITE(item->reason, "%s %s %.3f, the threshold is %.3f",
          two ? "the two pictures look like two people:" : "far from the rest of this person:",
          unit, (double)item->own, (double)review->made.threshold);
    WRITE(item->advice, "look at it; if it is wrong, enrol the person again without it");
    return true;
}

static bool put_quality(struct reviewing *review, size_t row)
{
    const struct reviewed_face *face = &review->kept[row];
    float least =
        review->options->min_quality ? review->options->min_quality : VULTUS_REVIEW_QUALITY;
    if (!(face->quality.score < least) || !reviewing_wants(review, VULTUS_CONCERN_LOW_QUALITY))
        return true;
    vultus_review_item *item = add(review, VULTUS_CONCERN_LOW_QUALITY, face->person, face, NULL);
    if (!item)
        return false;
    const char *fault = NULL;
    (void)quality_fault(&face->quality, face->confidence, &fault);
    item->own = reviewing_shown(review, review->outliers.faces[row].own);
    WRITE(item->reason, "quality %.2f, at least %.2f is good: %s", (double)face->quality.score,
          (double)least, fault);
    WRITE(item->advice, "%s",
          review->faces[face->person] > 1 ? "there are other pictures: this one may go"
                                          : "enrol a better picture of the person");
    return true;
}

static bool put_pair(struct reviewing *review, const struct outliers_pair *pair)
{
    vultus_review_item *item =
        add(review, VULTUS_CONCERN_DUPLICATE, pair->a, NULL, name_of(review, pair->b));
    if (!item)
        return false;
    item->to_other = reviewing_shown(review, pair->nearness);
    WRITE(item->reason, "look like one person: %s %.3f, the threshold is %.3f",
          review->made.metric == VULTUS_METRIC_EUCLIDEAN ? "distance" : "similarity",
          (double)item->to_other, (double)review->made.identify_threshold);
    WRITE(item->advice, "if they are: vultus people merge FROM INTO");
    return true;
}

static bool put_single(struct reviewing *review, uint32_t person)
{
    if (review->faces[person] > 1)
        return true;
    vultus_review_item *item = add(review, VULTUS_CONCERN_SINGLE, person, NULL, NULL);
    if (!item)
        return false;
    WRITE(item->reason, "one picture only");
    WRITE(item->advice, "enrol one or two more, of another day");
    return true;
}

/* The clearest first. */
static float clearness(const vultus_review *review, const vultus_review_item *item)
{
    float sign = review->metric == VULTUS_METRIC_EUCLIDEAN ? -1.0f : 1.0f;
    switch (item->concern) {
    case VULTUS_CONCERN_CONFLICT: return sign * (item->to_other - item->own);
    case VULTUS_CONCERN_OUTLIER: return -sign * item->own;
    case VULTUS_CONCERN_DUPLICATE: return sign * item->to_other;
    case VULTUS_CONCERN_LOW_QUALITY: return -item->quality;
    default: return 0;
    }
}

struct ranked { /* qsort has no context */
    vultus_review_item item;
    float clearness;
    size_t at;
};

static int by_clearness(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->item.concern != y->item.concern)
        return x->item.concern < y->item.concern ? -1 : 1;
    if (x->clearness != y->clearness)
        return x->clearness > y->clearness ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool sort_items(vultus_review *review)
{
    struct ranked *ranked = mem_array(review->count, sizeof *ranked);
    if (!ranked)
        return false;
    for (size_t i = 0; i < review->count; i++)
        ranked[i] = (struct ranked){review->items[i], clearness(review, &review->items[i]), i};
    if (review->count)
        qsort(ranked, review->count, sizeof *ranked, by_clearness);
    for (size_t i = 0; i < review->count; i++)
        review->items[i] = ranked[i].item;
    mem_free(ranked);
    return true;
}

vultus_status reviewing_conclude(struct reviewing *review, vultus_error *error)
{
    bool good = true;
    for (size_t i = 0; good && i < review->count; i++)
        good = put_place(review, i) && put_quality(review, i);
    for (size_t i = 0; good && reviewing_wants(review, VULTUS_CONCERN_DUPLICATE) &&
                       i < review->outliers.pair_count;
         i++)
        good = put_pair(review, &review->outliers.pairs[i]);
    for (uint32_t i = 0;
         good && reviewing_wants(review, VULTUS_CONCERN_SINGLE) && i < review->people_count; i++)
        good = put_single(review, i);
    good = good && sort_items(&review->made);
    return good ? VULTUS_OK : status_memory(error, "a review");
}
