/*
 * What somebody should look at in a gallery. All embeddings of the engine's embedder are read into one
 * matrix, decide/outliers.c says how they lie among each other, and review_concerns.c makes of it concerns
 * with a reason and what to do. Nothing is changed.
 */
#include "base/memory.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "engine/reviewing.h"

#include <math.h>
#include <string.h>

static vultus_status grow(struct reviewing *review, vultus_error *error)
{
    size_t capacity = review->capacity ? 2 * review->capacity : 256;
    if (review->count < review->capacity)
        return VULTUS_OK;
    float *rows = mem_resize(review->rows, capacity, review->dimension * sizeof *rows);
    if (rows)
        review->rows = rows;
    float *weights = mem_resize(review->weights, capacity, sizeof *weights);
    if (weights)
        review->weights = weights;
    uint32_t *person = mem_resize(review->person, capacity, sizeof *person);
    if (person)
        review->person = person;
    struct reviewed_face *kept = mem_resize(review->kept, capacity, sizeof *kept);
    if (kept)
        review->kept = kept;
    if (!rows || !weights || !person || !kept)
        return status_memory(error, "a review");
    review->capacity = capacity;
    return VULTUS_OK;
}

static vultus_status keep_face(struct reviewing *review, vultus_face_record *record,
                               vultus_error *error)
{
    vultus_status status = grow(review, error);
    size_t at = review->count;
    if (status)
        return status;
    if (record->dimension != review->dimension)
        return status_set(error, VULTUS_ERR_MISMATCH, "face %lld has %zu numbers, not %zu",
                          (long long)record->id, record->dimension, review->dimension);
    float score = record->face.quality.score;
    review->kept[at] = (struct reviewed_face){.id = record->id,
                                              .person = (uint32_t)review->people_count,
                                              .confidence = record->face.score,
                                              .quality = record->face.quality,
                                              .source = record->source};
    record->source = NULL;
    memcpy(review->rows + at * review->dimension, record->embedding,
           review->dimension * sizeof *review->rows);
    review->weights[at] = isnan(score) ? 1 : fmaxf(score, SEARCH_WEIGHT_MIN);
    review->person[at] = (uint32_t)review->people_count;
    review->count++;
    return VULTUS_OK;
}

static vultus_status read_person(struct reviewing *review, size_t index, vultus_error *error)
{
    vultus_face_records records = {0};
    const char *embedder = vultus_engine_embedder(review->engine);
    size_t before = review->count;
    vultus_status status =
        vultus_gallery_faces(review->gallery, review->people.items[index].name, &records, error);
    if (status == VULTUS_ERR_NOT_FOUND)
        return VULTUS_OK; /* renamed or removed meanwhile */
    for (size_t i = 0; !status && i < records.count; i++) {
        if (strcmp(records.items[i].embedder, embedder) != 0)
            review->made.left_out++;
        else
            status = keep_face(review, &records.items[i], error);
    }
    if (!status && review->count > before) {
        review->names[review->people_count] = (uint32_t)index;
        review->faces[review->people_count++] = review->count - before;
    }
    vultus_face_records_clear(&records);
    return status;
}

static vultus_status read_all(struct reviewing *review, vultus_error *error)
{
    vultus_status status = vultus_gallery_people(review->gallery, &review->people, error);
    if (status)
        return status;
    review->names = mem_array(review->people.count, sizeof *review->names);
    review->faces = mem_array(review->people.count, sizeof *review->faces);
    if (!review->names || !review->faces)
        return status_memory(error, "a review");
    for (size_t i = 0; !status && i < review->people.count; i++)
        status = read_person(review, i, error);
    if (!status && !review->count && review->made.left_out)
        status = status_set(error, VULTUS_ERR_MISMATCH,
                            "the gallery has %zu faces, but none by %.90s; name their embedder",
                            review->made.left_out, vultus_engine_embedder(review->engine));
    return status;
}

/* ------------------------------------------------------------------ all of it */

static vultus_status compare(struct reviewing *review, vultus_error *error)
{
    struct pool *pool = engine_take_pool(review->engine);
    const struct outliers_call call = {
        .faces = {.rows = review->rows,
                  .person = review->person,
                  .weight = review->weights,
                  .count = review->count,
                  .dimension = review->dimension,
                  .people = review->people_count,
                  .distances = review->made.metric == VULTUS_METRIC_EUCLIDEAN},
        .alike = reviewing_wants(review, VULTUS_CONCERN_DUPLICATE) ? review->identify_threshold
                                                                   : INFINITY,
        .pool = pool,
        .progress = review->options->progress,
        .context = review->options->context};
    vultus_status status = outliers_find(&call, &review->outliers, error);
    engine_return_pool(review->engine, pool);
    return status;
}

static vultus_status set_thresholds(struct reviewing *review, vultus_error *error)
{
    const vultus_review_options *options = review->options;
    vultus_review *made = &review->made;
    made->metric = vultus_engine_metric(review->engine);
    made->threshold = options->has_threshold
                          ? options->threshold
                          : vultus_engine_threshold(review->engine, VULTUS_METRIC_OWN);
    made->identify_threshold = vultus_engine_identify_threshold(review->engine, VULTUS_METRIC_OWN);
    if (isnan(made->identify_threshold))
        made->identify_threshold = made->threshold;
    if (isnan(made->threshold))
        return status_set(error, VULTUS_ERR_ARGUMENT, "this embedder has no threshold; give one");
    review->threshold = reviewing_shown(review, made->threshold);
    review->identify_threshold = reviewing_shown(review, made->identify_threshold);
    return VULTUS_OK;
}

static void clear(struct reviewing *review)
{
    for (size_t i = 0; i < review->count; i++)
        mem_free(review->kept[i].source);
    mem_free_wiped(review->rows, review->capacity * review->dimension * sizeof *review->rows);
    mem_free(review->weights);
    mem_free(review->person);
    mem_free(review->kept);
    mem_free(review->names);
    mem_free(review->faces);
    outliers_clear(&review->outliers);
    vultus_people_clear(&review->people);
    vultus_review_clear(&review->made);
}

vultus_status vultus_gallery_review(vultus_gallery *gallery, vultus_engine *engine,
                                    const vultus_review_options *options, vultus_review *out,
                                    vultus_error *error)
{
    static const vultus_review_options defaults;
    struct reviewing review = {.gallery = gallery,
                               .engine = engine,
                               .options = options ? options : &defaults,
                               .dimension = vultus_engine_dimension(engine)};
    if (!gallery || !engine || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a gallery, an engine and a place for the answer are needed");
    vultus_status status = engine_check_embedder(engine, error);
    if (!status)
        status = set_thresholds(&review, error);
    if (!status)
        status = read_all(&review, error);
    if (!status)
        status = compare(&review, error);
    if (!status)
        status = reviewing_conclude(&review, error);
    if (!status) {
        review.made.people = review.people_count;
        review.made.faces = review.count;
        *out = review.made;
        review.made = (vultus_review){0};
    }
    clear(&review);
    return status;
}

void vultus_review_clear(vultus_review *review)
{
    if (!review)
        return;
    for (size_t i = 0; i < review->count; i++) {
        mem_free(review->items[i].name);
        mem_free(review->items[i].source);
        mem_free(review->items[i].other);
    }
    mem_free(review->items);
    *review = (vultus_review){0};
}
