/* vultus_detect, vultus_embed and vultus_compare: pixels in, faces and embeddings out. */
#include "engine/calibrated.h"
#include "engine/engine.h"
#include "face/quality.h"
#include "base/clock.h"
#include "base/memory.h"
#include "decide/decision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const vultus_detect_options detect_defaults;

static int by_size(const void *a, const void *b)
{
    const vultus_face *p = a, *q = b;
    float first = p->box.width * p->box.height, second = q->box.width * q->box.height;
    if (first != second)
        return first > second ? -1 : 1;
    if (p->box.x != q->box.x)
        return p->box.x < q->box.x ? -1 : 1;
    return (p->box.y > q->box.y) - (p->box.y < q->box.y);
}

static bool is_finite_face(const vultus_face *face)
{
    float sum = face->box.x + face->box.y + face->box.width + face->box.height;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        sum += face->landmarks[i].x + face->landmarks[i].y;
    for (size_t i = 0; i < face->shape_count && i < VULTUS_SHAPE_MAX; i++)
        sum += face->shape[i].x + face->shape[i].y;
    return isfinite(sum) && face->shape_count <= VULTUS_SHAPE_MAX;
}

bool engine_has_place(const vultus_face *face)
{
    const vultus_box *box = &face->box;
    return box->width > 0 && box->height > 0 &&
           isfinite(box->x + box->y + box->width + box->height);
}

/* A square around the box's centre, which is moved; both by parts of the longer side. */
static vultus_box square_of(const vultus_box *box, const float move[3])
{
    float side = fmaxf(box->width, box->height), scaled = side * move[2];
    return (vultus_box){box->x + box->width / 2 + side * move[0] - scaled / 2,
                        box->y + box->height / 2 + side * move[1] - scaled / 2, scaled, scaled};
}

static vultus_status shape_in(vultus_engine *engine, const vultus_image *image,
                              const struct mips *mips, vultus_box box, vultus_face *face,
                              vultus_error *error)
{
    struct landmark_call call = {.mips = mips,
                                 .width = image->width,
                                 .height = image->height,
                                 .box =
                                     square_of(&box, engine->landmark_model.contract->landmark_box),
                                 .shape = face->shape};
    vultus_status status = engine->landmarks.method->find(engine->landmarks.state, &call, error);
    atomic_fetch_add(&engine->detect_network_ns, call.network_ns);
    if (!status)
        face->shape_count = engine->landmarks.count;
    return status;
}

/* Where the detector gives boxes only, the five landmarks come from the shape; else the shape is looked
 * for where they are, because shapes depend much on the square, and boxes vary with the pose. */
static vultus_status find_shape(vultus_engine *engine, const vultus_image *image,
                                const struct mips *mips, vultus_face *face, vultus_error *error)
{
    if (!engine->landmarks.method) {
        for (size_t i = 0; engine->detect.method->boxes_only && i < VULTUS_LANDMARKS; i++)
            face->landmarks[i] = (vultus_point){NAN, NAN};
        return VULTUS_OK;
    }
    vultus_box square;
    if (engine->detect.method->boxes_only || !landmark_square(face->landmarks, &square))
        square = square_of(&face->box, engine->detector.contract->landmark_box);
    vultus_status status = shape_in(engine, image, mips, square, face, error);
    if (!status && engine->detect.method->boxes_only)
        landmark_five(face->shape, face->shape_count, face->landmarks);
    return status;
}

struct measuring { /* faces on their way out */
    vultus_engine *engine;
    const vultus_image *image;
    const struct mips *mips;
    vultus_faces *faces;
    const vultus_stop *stop;
};

static vultus_status measure(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct measuring *m = context;
    vultus_face *face = &m->faces->items[index];
    (void)worker;
    vultus_status status = status_stopped(m->stop, error);
    if (!status)
        status = find_shape(m->engine, m->image, m->mips, face, error);
    if (status)
        return status;
    face->quality = quality_measure(m->engine->embedder.contract, m->mips, face);
    return status;
}

/* Drops what is no face (networks are untrusted), orders the rest, and measures it. */
static vultus_status finish(struct measuring *measuring, size_t max_faces, struct pool *pool,
                            vultus_error *error)
{
    vultus_faces *faces = measuring->faces;
    size_t kept = 0;
    for (size_t i = 0; i < faces->count; i++)
        if (is_finite_face(&faces->items[i]) && faces->items[i].box.width > 0 &&
            faces->items[i].box.height > 0)
            faces->items[kept++] = faces->items[i];
    faces->count = kept;
    if (kept > 1)
        qsort(faces->items, kept, sizeof *faces->items, by_size);
    if (!max_faces || max_faces > VULTUS_FACES_MAX)
        max_faces = VULTUS_FACES_MAX;
    if (kept > max_faces)
        faces->count = max_faces;
    vultus_status status =
        faces->count ? engine_check_model(&measuring->engine->landmark_model, error) : VULTUS_OK;
    return status ? status : pool_for(pool, faces->count, measure, measuring, error);
}

vultus_status engine_find(vultus_engine *engine, const vultus_image *image, const struct mips *mips,
                          const vultus_detect_options *options, vultus_faces *out,
                          vultus_error *error)
{
    struct pool *pool = engine_take_pool(engine);
    vultus_detect_options wanted = options ? *options : detect_defaults;
    struct detect_call call = {.mips = mips,
                               .width = image->width,
                               .height = image->height,
                               .options = &wanted,
                               .pool = pool};
    vultus_faces faces = {0};
    vultus_status status = VULTUS_OK;
    status =
        detect_check_options(engine->detect.method, engine->detector.contract->id, &wanted, error);
    if (!(engine->detect.method->reads & DETECT_STAGES) && !wanted.thresholds[0])
        wanted.thresholds[0] = wanted.thresholds[2]; /* the last stage is the only one */
    if (!status && wanted.upsample > VULTUS_UPSAMPLE_MAX)
        status =
            status_set(error, VULTUS_ERR_ARGUMENT, "upsample %u; at most %d doublings are made",
                       wanted.upsample, VULTUS_UPSAMPLE_MAX);
    if (!status)
        status = engine_check_model(&engine->detector, error);
    if (!status)
        status = engine->detect.method->find(engine->detect.state, &call, &faces, error);
    atomic_fetch_add(&engine->detect_network_ns, call.network_ns);
    struct measuring measuring = {engine, image, mips, &faces, wanted.stop};
    if (!status)
        status = finish(&measuring, wanted.max_faces, pool, error);
    engine_return_pool(engine, pool);
    if (status) {
        vultus_faces_clear(&faces);
        return status;
    }
    atomic_fetch_add(&engine->pictures, 1);
    *out = faces;
    return VULTUS_OK;
}

static vultus_status check_image(const vultus_engine *engine, const vultus_image *image,
                                 vultus_error *error)
{
    if (!engine || !image)
        return status_set(error, VULTUS_ERR_ARGUMENT, "an engine and a picture are needed");
    return VULTUS_OK;
}

vultus_status vultus_detect(vultus_engine *engine, const vultus_image *image,
                            const vultus_detect_options *options, vultus_faces *out,
                            vultus_error *error)
{
    const struct mips *mips = NULL;
    uint64_t begin = clock_ns();
    vultus_status status = check_image(engine, image, error);
    if (!status && !out)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "nowhere to put the faces");
    if (!status)
        status = mips_of(image, engine->kernels, &mips, error);
    if (status)
        return status;
    status = engine_find(engine, image, mips, options, out, error);
    atomic_fetch_add(&engine->detect_ns, clock_ns() - begin);
    return status;
}

vultus_status vultus_find_shape(vultus_engine *engine, const vultus_image *image, vultus_face *face,
                                vultus_error *error)
{
    const struct mips *mips = NULL;
    vultus_status status = check_image(engine, image, error);
    if (!status && !engine->landmarks.method)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "the engine was opened without a finder of landmarks");
    if (!status && (!face || !engine_has_place(face)))
        status = status_set(error, VULTUS_ERR_ARGUMENT, "a face with a box is needed");
    if (!status)
        status = mips_of(image, engine->kernels, &mips, error);
    if (status)
        return status;
    status = engine_check_model(&engine->landmark_model, error);
    if (status)
        return status;
    vultus_face found = *face;
    status = shape_in(engine, image, mips, face->box, &found, error);
    if (status)
        return status;
    landmark_five(found.shape, found.shape_count, found.landmarks);
    *face = found;
    return VULTUS_OK;
}

void vultus_faces_clear(vultus_faces *faces)
{
    if (!faces)
        return;
    mem_free_wiped(faces->items, faces->count * sizeof *faces->items);
    *faces = (vultus_faces){0};
}

vultus_face vultus_face_whole(const vultus_engine *engine, const vultus_image *image)
{
    vultus_face face = {.box = {0, 0, (float)image->width, (float)image->height}, .score = 1};
    face.quality = (vultus_quality){
        .size = (float)(image->width < image->height ? image->width : image->height),
        .sharpness = NAN,
        .brightness = NAN,
        .contrast = NAN,
        .occlusion = NAN,
        .score = NAN};
    if (!engine->embedder.contract)
        return face;
    embed_whole(engine->embedder.contract, image->width, image->height, &face);
    return face;
}

vultus_status engine_check_embedder(const vultus_engine *engine, vultus_error *error)
{
    return engine->embedder.contract
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_ARGUMENT,
                            "the engine was opened to detect only: it embeds nothing");
}

vultus_status engine_embed(vultus_engine *engine, const struct mips *mips, const vultus_face *faces,
                           size_t count, const vultus_embed_options *options, float *out,
                           vultus_error *error)
{
    struct pool *pool = engine_take_pool(engine);
    struct embed_call call = {.mips = mips,
                              .faces = faces,
                              .count = count,
                              .flip = options ? options->flip : false,
                              .jitter = options ? options->jitter : 0,
                              .pool = pool,
                              .stop = options ? options->stop : NULL,
                              .out = out};
    vultus_status status = engine_run_embedder(&engine->embedder, &call, error);
    engine_return_pool(engine, pool);
    atomic_fetch_add(&engine->align_ns, call.align_ns);
    atomic_fetch_add(&engine->embed_network_ns, call.network_ns);
    atomic_fetch_add(&engine->faces, count);
    return status;
}

vultus_status vultus_embed(vultus_engine *engine, const vultus_image *image,
                           const vultus_face *faces, size_t count,
                           const vultus_embed_options *options, float **out, vultus_error *error)
{
    const struct mips *mips = NULL;
    uint64_t begin = clock_ns();
    size_t dimension = vultus_engine_dimension(engine);
    vultus_status status = check_image(engine, image, error);
    if (!status && (!out || (count && !faces) || count > VULTUS_FACES_MAX))
        status = status_set(error, VULTUS_ERR_ARGUMENT, "from 0 to %d faces are expected",
                            VULTUS_FACES_MAX);
    if (!status)
        status = engine_check_embedder(engine, error);
    if (!status && options && options->jitter > VULTUS_JITTER_MAX)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "jitter %u; at most %d chips are averaged",
                            options->jitter, VULTUS_JITTER_MAX);
    for (size_t i = 0; !status && i < count; i++)
        if (!is_finite_face(&faces[i]))
            status = status_set(error, VULTUS_ERR_ARGUMENT, "face %zu has no finite place", i);
    if (status)
        return status;
    float *embeddings = mem_aligned(count ? count * dimension : 1, sizeof *embeddings);
    if (!embeddings)
        return status_memory(error, "embeddings");
    status = mips_of(image, engine->kernels, &mips, error);
    if (!status)
        status = engine_embed(engine, mips, faces, count, options, embeddings, error);
    atomic_fetch_add(&engine->embed_ns, clock_ns() - begin);
    if (status)
        vultus_embeddings_free(embeddings, count * dimension);
    else
        *out = embeddings;
    return status;
}

void vultus_embeddings_free(float *embeddings, size_t floats)
{
    mem_free_wiped(embeddings, floats * sizeof *embeddings);
}

/* For unit vectors |a - b|^2 = 2 - 2 cos, so that both thresholds decide alike. */
static float threshold_in(const struct contract_model *contract, float threshold,
                          vultus_metric metric)
{
    if (metric == contract->metric || metric == VULTUS_METRIC_OWN)
        return threshold;
    if (contract->raw)
        return NAN;
    return metric == VULTUS_METRIC_EUCLIDEAN ? decision_euclidean(threshold)
                                             : 1 - threshold * threshold / 2;
}

vultus_metric vultus_engine_metric(const vultus_engine *engine)
{
    return engine && engine->embedder.contract ? engine->embedder.contract->metric
                                               : VULTUS_METRIC_OWN;
}

bool vultus_engine_raw(const vultus_engine *engine)
{
    return engine && engine->embedder.contract && engine->embedder.contract->raw;
}

float vultus_engine_threshold(const vultus_engine *engine, vultus_metric metric)
{
    const struct contract_model *contract = engine ? engine->embedder.contract : NULL;
    return contract ? threshold_in(contract, contract->threshold, metric) : NAN;
}

float vultus_engine_identify_threshold(const vultus_engine *engine, vultus_metric metric)
{
    const struct contract_model *contract = engine ? engine->embedder.contract : NULL;
    if (!contract)
        return NAN;
    return threshold_in(contract,
                        contract->has_identify_threshold ? contract->identify_threshold
                                                         : contract->threshold,
                        metric);
}

vultus_status vultus_compare(const vultus_engine *engine, const float *a, const float *b,
                             const vultus_decision *decision, vultus_comparison *out,
                             vultus_error *error)
{
    struct decision_rule rule;
    size_t dimension = vultus_engine_dimension(engine);
    vultus_status status = VULTUS_OK;
    if (!engine || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an engine and a place for the answer are "
                          "needed");
    const struct decision_own own = {
        .metric = vultus_engine_metric(engine),
        .raw = vultus_engine_raw(engine),
        .cosine = vultus_engine_threshold(engine, VULTUS_METRIC_COSINE),
        .euclidean = vultus_engine_threshold(engine, VULTUS_METRIC_EUCLIDEAN),
        .calibration = engine->calibration ? &engine->calibration->numbers : NULL,
        .embedder = engine->embedder.id};
    status = decision_check(a, dimension, own.raw, "the first embedding", error);
    if (!status)
        status = decision_check(b, dimension, own.raw, "the second embedding", error);
    if (!status)
        status = decision_resolve(decision, &own, &rule, error);
    if (!status)
        decision_compare(&rule, a, b, dimension, out);
    return status;
}

const char *vultus_why_text(vultus_why why)
{
    switch (why) {
    case VULTUS_WHY_NONE: return "";
    case VULTUS_WHY_FAR: return "far";
    case VULTUS_WHY_AMBIGUOUS: return "ambiguous";
    case VULTUS_WHY_LOW_QUALITY: return "low quality";
    case VULTUS_WHY_EMPTY: return "empty gallery";
    case VULTUS_WHY_NOT_LIVE: return "not live";
    }
    return "";
}

vultus_status vultus_describe(vultus_engine *engine, const vultus_image *image,
                              const vultus_face *faces, size_t count, vultus_attributes *out,
                              vultus_error *error)
{
    const struct mips *mips = NULL;
    vultus_status status = check_image(engine, image, error);
    if (!status && (count && (!faces || !out)))
        status = status_set(error, VULTUS_ERR_ARGUMENT, "faces and a place for answers are needed");
    if (!status && !engine->attribute_count)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "the engine was opened without a pack that tells attributes");
    for (size_t i = 0; !status && i < count; i++)
        if (!engine_has_place(&faces[i]))
            status = status_set(error, VULTUS_ERR_ARGUMENT, "face %zu has no place", i);
    if (!status)
        status = mips_of(image, engine->kernels, &mips, error);
    for (size_t i = 0; !status && i < count; i++) {
        vultus_attributes *one = &out[i];
        one->age = one->female = NAN;
        for (size_t k = 0; k < VULTUS_EXPRESSIONS; k++)
            one->expression[k] = NAN;
        struct attributes_call call = {mips, &faces[i], one};
        for (size_t k = 0; !status && k < engine->attribute_count; k++)
            status = engine->attributes[k].method->find(engine->attributes[k].state, &call, error);
    }
    return status;
}
