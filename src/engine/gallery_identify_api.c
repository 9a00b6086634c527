/*
 * Identification: keeps the search index of one embedder up to date with the store, and turns its hits into
 * decisions. Of an index in a file it is looked afterwards whether somebody erased from it meanwhile; then the
 * answer is found again.
 */
#include "decide/decision.h"
#include "engine/calibrated.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "face/quality.h"

#include <math.h>
#include <string.h>

#define TRIES 4 /* with the search file; then in memory */

float gallery_weight(const vultus_face *face)
{
    return quality_score(&face->quality, face->score);
}

#define REFUSALS_MAX 64 /* people that one picture was noted not to show */

/* What a store searches by itself: a large gallery in a server, among everybody, by the best face of each. */
static vultus_status ask_store(vultus_gallery *gallery, const vultus_engine *engine,
                               const float *probe, const vultus_decision *decision, size_t people,
                               bool *answered, vultus_error *error)
{
    vultus_metric metric = decision ? decision->metric : VULTUS_METRIC_OWN;
    const struct store_question question = {
        .embedder = gallery->embedder,
        .probe = probe,
        .metric = metric == VULTUS_METRIC_OWN ? vultus_engine_metric(engine) : metric,
        .people = (people < VULTUS_TOP_MAX ? people : VULTUS_TOP_MAX) +
                  (decision && decision->picture ? REFUSALS_MAX : 0),
        .exact = gallery->exact};
    *answered = false;
    if (!gallery->store->methods->nearest || gallery->templates != VULTUS_TEMPLATE_BEST ||
        (decision && decision->filter))
        return VULTUS_OK;
    vultus_status status = gallery->store->methods->nearest(
        gallery->store, &question, gallery->index, &gallery->counts, answered, error);
    if (status || *answered)
        gallery->mark = (struct store_mark){0};
    return status;
}

static vultus_status update_index(vultus_gallery *gallery, const vultus_engine *engine,
                                  const float *probe, const vultus_decision *decision,
                                  size_t people, vultus_error *error)
{
    const char *embedder = vultus_engine_embedder(engine);
    size_t dimension = vultus_engine_dimension(engine);
    bool answered = false;
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
        search_set_weigher(gallery->index, gallery_weight);
        if (gallery->store->private)
            search_guard(gallery->index);
        gallery->mark = (struct store_mark){0};
        strncpy(gallery->embedder, embedder, STORE_EMBEDDER_MAX);
        gallery->embedder[STORE_EMBEDDER_MAX] = '\0';
    }
    vultus_status status = ask_store(gallery, engine, probe, decision, people, &answered, error);
    if (status || answered)
        return status;
    status = gallery->store->methods->sync(gallery->store, embedder, gallery->index, &gallery->mark,
                                           error);
    gallery->counts =
        (struct store_counts){search_people(gallery->index), search_faces(gallery->index)};
    return status;
}

/* An index without faces is an empty gallery, or one of another embedder. */
static vultus_status check_embedders(vultus_gallery *gallery, const vultus_engine *engine,
                                     vultus_error *error)
{
    char other[STORE_EMBEDDER_MAX + 1];
    const char *embedder = vultus_engine_embedder(engine);
    if (gallery->counts.people)
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

struct ranking {
    vultus_match *matches;
    size_t capacity, count;
};

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
    const uint64_t *allowed = gallery->filter.allowed;
    size_t people = allowed ? gallery->filter.people : gallery->counts.people;
    size_t faces = allowed ? gallery->filter.faces : gallery->counts.faces;
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
        .faces = gallery->templates == VULTUS_TEMPLATE_BEST ? faces : people,
        .far = VULTUS_IDENTIFY_FAR};
    return decision_resolve(decision, &own, out, error);
}

/* Brings the index up to date and makes the rule for it. */
static vultus_status prepare(vultus_gallery *gallery, const vultus_engine *engine,
                             const float *probe, const vultus_decision *decision, size_t people,
                             struct decision_rule *out, vultus_error *error)
{
    vultus_status status = decision_check(probe, vultus_engine_dimension(engine),
                                          vultus_engine_raw(engine), "the probe", error);
    if (!status)
        status = update_index(gallery, engine, probe, decision, people, error);
    if (!status)
        status = gallery_filter_update(gallery, decision ? decision->filter : NULL, error);
    if (!status)
        status = resolve(gallery, engine, decision, out, error);
    return status ? status : check_embedders(gallery, engine, error);
}

static vultus_status rank(vultus_gallery *gallery, const vultus_engine *engine, const float *probe,
                          const struct decision_rule *rule, const vultus_decision *decision,
                          struct ranking *out, vultus_error *error)
{
    struct search_hit hits[VULTUS_TOP_MAX];
    vultus_engine *shared = (vultus_engine *)(uintptr_t)engine; /* its pool has a lock of its own */
    const struct search_way way = {.metric = rule->metric,
                                   .templates = gallery->templates,
                                   .allowed = gallery->filter.allowed,
                                   .pool = engine_take_pool(shared)};
    const vultus_image *picture = decision ? decision->picture : NULL;
    size_t more = picture ? out->capacity + REFUSALS_MAX : out->capacity; /* who are left out */
    vultus_status status =
        search_nearest_by(gallery->index, probe, &way, hits,
                          more < VULTUS_TOP_MAX ? more : VULTUS_TOP_MAX, &out->count, error);
    engine_return_pool(shared, way.pool);
    if (!status && picture)
        status = leave_out(gallery, picture, hits, &out->count, error);
    if (status)
        return status;
    if (out->count > out->capacity)
        out->count = out->capacity;
    measure(rule, probe, search_dimension(gallery->index), hits, out->count, out->matches);
    return VULTUS_OK;
}

/* The ranking and the rule it is decided by, from an index that was sound all the while. */
static vultus_status find(vultus_gallery *gallery, const vultus_engine *engine, const float *probe,
                          const vultus_decision *decision, struct decision_rule *rule,
                          struct ranking *out, vultus_error *error)
{
    for (int i = 0;; i++) {
        vultus_status status =
            prepare(gallery, engine, probe, decision, out->capacity, rule, error);
        if (!status)
            status = rank(gallery, engine, probe, rule, decision, out, error);
        if (!gallery->index || search_state(gallery->index) == SEARCH_SOUND)
            return status;
        gallery->mark.alone = i >= TRIES;
    }
}

vultus_status vultus_gallery_identify(vultus_gallery *gallery, const vultus_engine *engine,
                                      const float *probe, const vultus_decision *decision,
                                      vultus_identity *out, vultus_error *error)
{
    /* Nobody is as far away as can be, in both metrics. */
    const vultus_match nobody = {.similarity = NAN, .cosine = -1.0f, .distance = 2.0f, .far = NAN};
    vultus_match matches[2] = {nobody, nobody};
    struct decision_rule rule;
    struct ranking ranking = {matches, 2, 0};
    vultus_status status = gallery_need(gallery && engine && out, error);
    if (!status)
        status = find(gallery, engine, probe, decision, &rule, &ranking, error);
    if (status)
        return status;
    const bool some = gallery->filter.allowed != NULL;
    *out = (vultus_identity){.people = some ? gallery->filter.people : gallery->counts.people,
                             .faces = some ? gallery->filter.faces : gallery->counts.faces,
                             .best = matches[0],
                             .second = matches[1],
                             .margin = nearness(&rule, &matches[0]) - nearness(&rule, &matches[1]),
                             .threshold = rule.threshold,
                             .threshold_far = rule.threshold_far,
                             .metric = rule.metric};
    bool near = decision_matches(&rule, matches[0].cosine, matches[0].distance);
    out->why = ranking.count ? decision_why(&rule, near, ranking.count > 1 ? out->margin : INFINITY)
                             : VULTUS_WHY_EMPTY;
    out->match = out->why == VULTUS_WHY_NONE;
    if (!decision_is_live(&rule)) {
        out->best = out->second = nobody;
        out->margin = 0;
    }
    return VULTUS_OK;
}

vultus_status vultus_gallery_rank(vultus_gallery *gallery, const vultus_engine *engine,
                                  const float *probe, const vultus_decision *decision,
                                  vultus_match *matches, size_t capacity, size_t *count,
                                  vultus_error *error)
{
    struct decision_rule rule;
    vultus_status status =
        gallery_need(gallery && engine && count && (matches || !capacity), error);
    if (decision && decision->top && decision->top < capacity)
        capacity = decision->top;
    struct ranking ranking = {matches, capacity, 0};
    if (!status)
        status = find(gallery, engine, probe, decision, &rule, &ranking, error);
    if (!status)
        *count = decision_is_live(&rule) ? ranking.count : 0;
    return status;
}
