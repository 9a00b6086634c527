/*
 * Galleries: opening, enrolment, identification. Checks what callers pass in, keeps the search
 * index of one embedder up to date with the store, and turns its hits into decisions.
 */
#include "base/file.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/calibrated.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "engine/sample.h"
#include "face/quality.h"
#include "gallery/names.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

vultus_status gallery_location(const char **location, char path[FILE_PATH_MAX], vultus_error *error)
{
    if (*location || ((*location = getenv("VULTUS_DB")) && (*location)[0]))
        return VULTUS_OK;
    *location = path;
    return file_data_path("gallery.db", path, FILE_PATH_MAX, error);
}

vultus_status vultus_gallery_open(const char *location, const vultus_gallery_options *options,
                                  vultus_gallery **out, vultus_error *error)
{
    static const vultus_gallery_options defaults;
    char path[FILE_PATH_MAX];
    vultus_status status = gallery_location(&location, path, error);
    if (!status && options && options->actor)
        status = names_check(options->actor, error);
    if (status)
        return status;
    vultus_gallery *gallery = mem_zalloc(1, sizeof *gallery);
    if (!gallery || !(gallery->location = store_shown(location)))
        status = status_memory(error, "a gallery");
    else
        status = store_open(location, options ? options : &defaults, &gallery->store, error);
    if (!status)
        gallery->templates = options ? options->templates : VULTUS_TEMPLATE_BEST;
    if (status)
        vultus_gallery_close(gallery);
    else
        *out = gallery;
    return status;
}

void vultus_gallery_close(vultus_gallery *gallery)
{
    if (!gallery)
        return;
    search_free(gallery->index);
    if (gallery->store)
        gallery->store->methods->close(gallery->store);
    mem_free(gallery->location);
    mem_free(gallery);
}

const char *vultus_gallery_location(const vultus_gallery *gallery)
{
    return gallery ? gallery->location : NULL;
}

static vultus_status need(bool all_there, vultus_error *error)
{
    return all_there ? VULTUS_OK
                     : status_set(error, VULTUS_ERR_ARGUMENT,
                                  "a gallery, an engine and a place for the answer are needed");
}

/* ------------------------------------------------------------------ enrolment */

static bool is_finite(const vultus_face *face)
{
    const vultus_quality *q = &face->quality;
    float sum = face->box.x + face->box.y + face->box.width + face->box.height + face->score +
                q->size + q->sharpness + q->brightness + q->roll + q->yaw;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        sum += face->landmarks[i].x + face->landmarks[i].y;
    return isfinite(sum);
}

static vultus_status check_sample(const vultus_sample *sample, const char *source,
                                  vultus_error *error)
{
    if (!sample)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there is no sample to enrol");
    if (sample->verdict != VULTUS_SAMPLE_OK)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%.100s: cannot be enrolled: %s",
                          source ? source : "the sample", sample->reason);
    return decision_check(sample->embedding, sample->dimension, sample->raw,
                          "the sample's embedding", error);
}

vultus_status gallery_check_row(const struct store_sample *row, vultus_error *error)
{
    if (row->source && strnlen(row->source, VULTUS_SOURCE_MAX + 1) > VULTUS_SOURCE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%.100s...: the source is longer than %d bytes", row->source,
                          VULTUS_SOURCE_MAX);
    if (!row->embedder[0] || strnlen(row->embedder, STORE_EMBEDDER_MAX + 1) > STORE_EMBEDDER_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "the face names no embedder");
    if (row->dimension > SEARCH_DIMENSION_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "embeddings of %zu floats; a gallery takes up to %d", row->dimension,
                          SEARCH_DIMENSION_MAX);
    if (row->thumbnail_size > STORE_THUMBNAIL_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "a thumbnail of %zu bytes; a gallery takes up to %u", row->thumbnail_size,
                          STORE_THUMBNAIL_MAX);
    if (!is_finite(row->face))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the face's box or landmarks are not numbers");
    return VULTUS_OK;
}

vultus_status vultus_gallery_enroll(vultus_gallery *gallery, const char *name, const char *source,
                                    const vultus_sample *sample, vultus_enrolled *out,
                                    vultus_error *error)
{
    vultus_enrolled enrolled;
    vultus_status status = need(gallery != NULL, error);
    if (!status)
        status = names_check(name, error);
    if (!status)
        status = check_sample(sample, source, error);
    if (status)
        return status;
    const struct store_sample row = {
        .name = name,
        .source = source,
        .embedder = sample->embedder,
        .picture = sample->picture,
        .face = &sample->face,
        .embedding = sample->embedding,
        .dimension = sample->dimension,
        .thumbnail = sample->thumbnail.data,
        .thumbnail_size = sample->thumbnail.size,
    };
    status = gallery_check_row(&row, error);
    if (!status)
        status = gallery->store->methods->add(gallery->store, &row, 1, &enrolled, error);
    if (!status && out)
        *out = enrolled;
    return status;
}

vultus_status vultus_gallery_has(vultus_gallery *gallery, const vultus_engine *engine,
                                 const vultus_image *image, vultus_enrolled *out, bool *has,
                                 vultus_error *error)
{
    uint8_t picture[HASH_SIZE];
    vultus_enrolled enrolled;
    bool found = false;
    struct vultus_image copy; /* hashing notes the hash in the picture, which is not ours */
    vultus_status status = need(gallery && engine && image && has, error);
    if (!status) {
        copy = *image;
        status = image_hash(&copy, picture, error);
    }
    if (!status)
        status = gallery->store->methods->find(
            gallery->store, picture, vultus_engine_embedder(engine), &enrolled, &found, error);
    if (status)
        return status;
    if (found && out)
        *out = enrolled;
    *has = found;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ identification */

static float weight_of(const vultus_face *face)
{
    return quality_score(&face->quality, face->score);
}

static vultus_status update_index(vultus_gallery *gallery, const vultus_engine *engine,
                                  vultus_error *error)
{
    const char *embedder = vultus_engine_embedder(engine);
    size_t dimension = vultus_engine_dimension(engine);
    if (gallery->index &&
        (strcmp(gallery->embedder, embedder) || search_dimension(gallery->index) != dimension)) {
        search_free(gallery->index);
        gallery->index = NULL;
    }
    if (!gallery->index) {
        vultus_status status =
            search_new(dimension, vultus_engine_raw(engine), &gallery->index, error);
        if (status)
            return status;
        search_set_weigher(gallery->index, weight_of);
        gallery->mark = (struct store_mark){0};
        strncpy(gallery->embedder, embedder, STORE_EMBEDDER_MAX);
        gallery->embedder[STORE_EMBEDDER_MAX] = '\0';
    }
    return gallery->store->methods->sync(gallery->store, embedder, gallery->index, &gallery->mark,
                                         error);
}

/* An index without faces is an empty gallery, or one of another embedder. */
static vultus_status check_embedders(vultus_gallery *gallery, const vultus_engine *engine,
                                     vultus_error *error)
{
    char other[STORE_EMBEDDER_MAX + 1];
    const char *embedder = vultus_engine_embedder(engine);
    if (search_people(gallery->index))
        return VULTUS_OK;
    vultus_status status = gallery->store->methods->other(gallery->store, embedder, other, error);
    if (!status && other[0])
        status = status_set(error, VULTUS_ERR_MISMATCH,
                            "the gallery's faces are by %.70s, this embedder is %.70s; run: "
                            "vultus gallery migrate --to MODEL",
                            other, embedder);
    return status;
}

static void fill_match(const struct search_hit *hit, const vultus_comparison *comparison,
                       vultus_match *out)
{
    *out = (vultus_match){.person = hit->person,
                          .face = hit->face,
                          .similarity = comparison->similarity,
                          .cosine = comparison->cosine,
                          .distance = comparison->distance,
                          .far = comparison->far};
    strncpy(out->name, hit->name, VULTUS_NAME_MAX);
}

static float nearness(const struct decision_rule *rule, const vultus_match *match)
{
    return decision_nearness(rule, match->cosine, match->distance);
}

/* With all that stands for a person: the mean of what is measured, and what it means. */
static void compare_all(const struct decision_rule *rule, const float *probe,
                        const struct search_hit *hit, size_t dimension, vultus_comparison *out)
{
    struct decision_measure mean = {0};
    for (size_t i = 0; i < hit->count; i++) {
        struct decision_measure one = decision_measure(rule, probe, hit->embeddings[i], dimension);
        mean.cosine += one.cosine / (float)hit->count;
        mean.distance += one.distance / (float)hit->count;
        mean.score += one.score / (float)hit->count;
    }
    decision_tell(rule, &mean, out);
}

/* Measures hits as vultus_compare would. The last bits may differ from the index' own, so what is
 * nearly equal is put in order again. */
static void measure(const struct decision_rule *rule, const float *probe, size_t dimension,
                    const struct search_hit *hits, size_t count, vultus_match *out)
{
    for (size_t i = 0; i < count; i++) {
        vultus_comparison comparison;
        vultus_match match;
        compare_all(rule, probe, &hits[i], dimension, &comparison);
        fill_match(hits + i, &comparison, &match);
        size_t at = i;
        for (; at > 0 && (nearness(rule, &out[at - 1]) < nearness(rule, &match) ||
                          (nearness(rule, &out[at - 1]) == nearness(rule, &match) &&
                           out[at - 1].person > match.person));
             at--)
            out[at] = out[at - 1];
        out[at] = match;
    }
}

#define REFUSALS_MAX 64 /* people that one picture was noted not to show */

/* Takes out the hits whom the probe's picture was noted not to show. */
static vultus_status leave_out(vultus_gallery *gallery, const vultus_image *picture,
                               struct search_hit *hits, size_t *count, vultus_error *error)
{
    uint8_t hash[HASH_SIZE];
    int64_t people[REFUSALS_MAX];
    size_t refused = 0, kept = 0;
    vultus_status status = vultus_image_id(picture, hash, error);
    if (!status)
        status = gallery->store->methods->refusals(gallery->store, hash, people, REFUSALS_MAX,
                                                   &refused, error);
    for (size_t i = 0; !status && i < *count; i++) {
        size_t at = 0;
        while (at < refused && people[at] != hits[i].person)
            at++;
        if (at == refused)
            hits[kept++] = hits[i];
    }
    if (!status)
        *count = kept;
    return status;
}

/* The rule for a gallery of this size: the more people, the stricter. */
static vultus_status resolve(const vultus_gallery *gallery, const vultus_engine *engine,
                             const vultus_decision *decision, struct decision_rule *out,
                             vultus_error *error)
{
    size_t people = search_people(gallery->index);
    if (decision && decision->top > VULTUS_TOP_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%zu people to rank; at most %d are ranked",
                          decision->top, VULTUS_TOP_MAX);
    struct decision_own own = {
        .metric = vultus_engine_metric(engine),
        .raw = vultus_engine_raw(engine),
        .cosine = vultus_engine_identify_threshold(engine, VULTUS_METRIC_COSINE),
        .euclidean = vultus_engine_identify_threshold(engine, VULTUS_METRIC_EUCLIDEAN),
        .calibration = engine->calibration ? &engine->calibration->numbers : NULL,
        .embedder = engine->embedder.id,
        .people = people ? people : 1, /* of an empty gallery, what its first person would meet */
        .faces = gallery->templates == VULTUS_TEMPLATE_BEST ? search_faces(gallery->index) : people,
        .far = VULTUS_IDENTIFY_FAR};
    return decision_resolve(decision, &own, out, error);
}

/* Brings the index up to date and makes the rule for it. */
static vultus_status prepare(vultus_gallery *gallery, const vultus_engine *engine,
                             const float *probe, const vultus_decision *decision,
                             struct decision_rule *out, vultus_error *error)
{
    vultus_status status = decision_check(probe, vultus_engine_dimension(engine),
                                          vultus_engine_raw(engine), "the probe", error);
    if (!status)
        status = update_index(gallery, engine, error);
    if (!status)
        status = resolve(gallery, engine, decision, out, error);
    return status ? status : check_embedders(gallery, engine, error);
}

static vultus_status rank(vultus_gallery *gallery, const float *probe,
                          const struct decision_rule *rule, const vultus_decision *decision,
                          vultus_match *matches, size_t capacity, size_t *count,
                          vultus_error *error)
{
    struct search_hit hits[VULTUS_TOP_MAX];
    const struct search_way way = {.metric = rule->metric, .templates = gallery->templates};
    const vultus_image *picture = decision ? decision->picture : NULL;
    size_t more = picture ? capacity + REFUSALS_MAX : capacity; /* for those who are left out */
    vultus_status status =
        search_nearest_by(gallery->index, probe, &way, hits,
                          more < VULTUS_TOP_MAX ? more : VULTUS_TOP_MAX, count, error);
    if (!status && picture)
        status = leave_out(gallery, picture, hits, count, error);
    if (status)
        return status;
    if (*count > capacity)
        *count = capacity;
    measure(rule, probe, search_dimension(gallery->index), hits, *count, matches);
    return VULTUS_OK;
}

vultus_status vultus_gallery_identify(vultus_gallery *gallery, const vultus_engine *engine,
                                      const float *probe, const vultus_decision *decision,
                                      vultus_identity *out, vultus_error *error)
{
    /* Nobody is as far away as can be, in both metrics. */
    const vultus_match nobody = {.similarity = NAN, .cosine = -1.0f, .distance = 2.0f, .far = NAN};
    vultus_match matches[2] = {nobody, nobody};
    struct decision_rule rule;
    size_t count = 0;
    vultus_status status = need(gallery && engine && out, error);
    if (!status)
        status = prepare(gallery, engine, probe, decision, &rule, error);
    if (!status)
        status = rank(gallery, probe, &rule, decision, matches, 2, &count, error);
    if (status)
        return status;
    *out = (vultus_identity){.people = search_people(gallery->index),
                             .faces = search_faces(gallery->index),
                             .best = matches[0],
                             .second = matches[1],
                             .margin = nearness(&rule, &matches[0]) - nearness(&rule, &matches[1]),
                             .threshold = rule.threshold,
                             .threshold_far = rule.threshold_far,
                             .metric = rule.metric};
    bool near = decision_matches(&rule, matches[0].cosine, matches[0].distance);
    out->why =
        count ? decision_why(&rule, near, count > 1 ? out->margin : INFINITY) : VULTUS_WHY_EMPTY;
    out->match = out->why == VULTUS_WHY_NONE;
    return VULTUS_OK;
}

vultus_status vultus_gallery_rank(vultus_gallery *gallery, const vultus_engine *engine,
                                  const float *probe, const vultus_decision *decision,
                                  vultus_match *matches, size_t capacity, size_t *count,
                                  vultus_error *error)
{
    struct decision_rule rule;
    size_t found = 0;
    vultus_status status = need(gallery && engine && count && (matches || !capacity), error);
    if (!status)
        status = prepare(gallery, engine, probe, decision, &rule, error);
    if (decision && decision->top && decision->top < capacity)
        capacity = decision->top;
    if (!status)
        status = rank(gallery, probe, &rule, decision, matches, capacity, &found, error);
    if (!status)
        *count = found;
    return status;
}
