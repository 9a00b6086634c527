/*
 * A gallery's faces embedded by another model. From the picture where it is still the one that was enrolled,
 * else from the thumbnail, which shows the face with a margin: where in it the landmarks are follows from
 * how it was cut. What was known of the face stays as it was; only the embedding is new.
 */
#include "base/memory.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "engine/sample.h"

#include <math.h>
#include <string.h>

#define BATCH 64 /* faces of one transaction */

enum origin { ORIGIN_NONE, ORIGIN_PICTURE, ORIGIN_THUMBNAIL };

struct job {
    const char *name; /* of the person */
    vultus_face_record record;
    float *embedding; /* the new one */
    enum origin origin;
    vultus_error why; /* there is none */
};

struct migration {
    vultus_gallery *gallery;
    vultus_engine *engine;
    const vultus_migration_options *options;
    struct job jobs[BATCH];
    size_t count, done, total;
    vultus_migration sum;
};

/* ------------------------------------------------------------------ one face */

/* Where the face is in its thumbnail: how much that was made smaller is told by the side that the picture's
 * edge did not cut. */
static vultus_face in_thumbnail(const vultus_face *face, const vultus_image *thumbnail)
{
    vultus_box box = sample_margin(face->box);
    float left = fmaxf(0, floorf(box.x)), top = fmaxf(0, floorf(box.y));
    float width = ceilf(box.x + box.width) - left, height = ceilf(box.y + box.height) - top;
    float across = (float)vultus_image_width(thumbnail),
          down = (float)vultus_image_height(thumbnail);
    bool whole = fmaxf(across, down) < SAMPLE_THUMBNAIL_SIDE;
    float scale = whole ? 1 : fmaxf(across / fmaxf(1, width), down / fmaxf(1, height));
    vultus_face found = *face;
    found.box = (vultus_box){(face->box.x - left) * scale, (face->box.y - top) * scale,
                             face->box.width * scale, face->box.height * scale};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        found.landmarks[i] = (vultus_point){(face->landmarks[i].x - left) * scale,
                                            (face->landmarks[i].y - top) * scale};
    return found;
}

/* True when the middle of one lies in the other: the detector and the arithmetic mean the same face. */
static bool agree(vultus_box box, vultus_box other)
{
    float x = other.x + other.width / 2 - box.x, y = other.y + other.height / 2 - box.y;
    return x >= 0 && y >= 0 && x <= box.width && y <= box.height;
}

/* Thumbnails that were imported may have been cut in another way, so the detector looks too. */
static vultus_status find(struct migration *migration, const vultus_image *thumbnail,
                          const vultus_face *known, vultus_face *out, vultus_error *error)
{
    vultus_faces faces = {0};
    vultus_status status = vultus_detect(migration->engine, thumbnail, NULL, &faces, error);
    *out = in_thumbnail(known, thumbnail);
    if (!status && faces.count && !agree(faces.items[0].box, out->box))
        *out = faces.items[0];
    vultus_faces_clear(&faces);
    return status;
}

static vultus_status embed(struct migration *migration, const vultus_image *image,
                           const vultus_face *face, enum origin origin, struct job *job,
                           vultus_error *error)
{
    vultus_status status = vultus_embed(migration->engine, image, face, 1,
                                        &migration->options->embed, &job->embedding, error);
    if (!status)
        job->origin = origin;
    return status;
}

/* The picture may have been enrolled for one face of several, and is known by its place then, too. */
static vultus_status is_the_picture(const vultus_image *image, const vultus_face_record *record,
                                    bool *is, vultus_error *error)
{
    uint8_t known[HASH_SIZE];
    vultus_status status = sample_know(image, NULL, known, error);
    *is = !status && !memcmp(known, record->picture, HASH_SIZE);
    if (!status && !*is)
        status = sample_know(image, &record->face.box, known, error);
    *is = *is || (!status && !memcmp(known, record->picture, HASH_SIZE));
    return status;
}

static vultus_status by_picture(struct migration *migration, struct job *job, vultus_error *error)
{
    const vultus_face_record *record = &job->record;
    vultus_image *image = NULL;
    bool is = false;
    if (!record->source || vultus_image_read(record->source, NULL, &image, error))
        return error->code == VULTUS_ERR_MEMORY ? VULTUS_ERR_MEMORY : VULTUS_OK;
    vultus_status status = is_the_picture(image, record, &is, error);
    if (!status && is)
        status = embed(migration, image, &record->face, ORIGIN_PICTURE, job, error);
    vultus_image_free(image);
    return status;
}

static vultus_status by_thumbnail(struct migration *migration, struct job *job, vultus_error *error)
{
    const vultus_face_record *record = &job->record;
    vultus_image *image = NULL;
    vultus_face face;
    if (!record->thumbnail)
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "the picture is not there any more, and there is no thumbnail");
    vultus_status status = vultus_image_decode(record->thumbnail, record->thumbnail_size,
                                               "the thumbnail", NULL, &image, error);
    if (!status)
        status = find(migration, image, &record->face, &face, error);
    if (!status)
        status = embed(migration, image, &face, ORIGIN_THUMBNAIL, job, error);
    vultus_image_free(image);
    return status;
}

/* A face that cannot be embedded is no failure of the whole; memory and models are. */
static vultus_status work(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct migration *migration = context;
    struct job *job = &migration->jobs[index];
    vultus_error own = {0};
    (void)worker;
    vultus_status status = by_picture(migration, job, &own);
    if (!status && !job->origin)
        status = by_thumbnail(migration, job, &own);
    job->why = own;
    if (status != VULTUS_ERR_MEMORY && status != VULTUS_ERR_MODEL)
        return VULTUS_OK;
    *error = own;
    return status;
}

/* ------------------------------------------------------------------ a batch */

static void leave(struct migration *migration, const struct job *job, const char *why)
{
    migration->sum.left++;
    if (migration->options->left)
        migration->options->left(migration->options->context, job->name, &job->record, why);
}

static void clear(struct migration *migration)
{
    for (size_t i = 0; i < migration->count; i++) {
        vultus_row_clear(NULL, &migration->jobs[i].record);
        vultus_embeddings_free(migration->jobs[i].embedding,
                               vultus_engine_dimension(migration->engine));
    }
    migration->count = 0;
}

/* The record with the new embedding, which stays the job's. */
static vultus_face_record renewed(const struct migration *migration, const struct job *job)
{
    vultus_face_record record = job->record;
    record.embedder = (char *)(uintptr_t)vultus_engine_embedder(migration->engine);
    record.embedding = job->embedding;
    record.dimension = vultus_engine_dimension(migration->engine);
    return record;
}

static void note(struct migration *migration, const struct job *job)
{
    if (job->origin == ORIGIN_PICTURE)
        migration->sum.by_picture++;
    else
        migration->sum.by_thumbnail++;
}

/* Where one of them is refused, the others are not. */
static vultus_status store_each(struct migration *migration, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < migration->count; i++) {
        const struct job *job = &migration->jobs[i];
        const vultus_face_record record = renewed(migration, job);
        if (!job->origin)
            continue;
        status = vultus_gallery_import(migration->gallery, &job->name, &record, 1, NULL, error);
        if (status == VULTUS_ERR_ARGUMENT) {
            leave(migration, job, error->message);
            status = VULTUS_OK;
        } else if (!status) {
            note(migration, job);
        }
    }
    return status;
}

static vultus_status store(struct migration *migration, vultus_error *error)
{
    const char *names[BATCH];
    vultus_face_record records[BATCH];
    size_t count = 0;
    for (size_t i = 0; i < migration->count; i++) {
        const struct job *job = &migration->jobs[i];
        if (!job->origin)
            leave(migration, job, job->why.message);
        if (!job->origin)
            continue;
        names[count] = job->name;
        records[count++] = renewed(migration, job);
    }
    if (!count)
        return VULTUS_OK;
    vultus_status status =
        vultus_gallery_import(migration->gallery, names, records, count, NULL, error);
    if (status == VULTUS_ERR_ARGUMENT)
        return store_each(migration, error);
    for (size_t i = 0; !status && i < migration->count; i++)
        if (migration->jobs[i].origin)
            note(migration, &migration->jobs[i]);
    return status;
}

static vultus_status flush(struct migration *migration, vultus_error *error)
{
    struct pool *pool = engine_take_pool(migration->engine);
    vultus_status status = VULTUS_OK;
    if (pool)
        status = pool_for(pool, migration->count, work, migration, error);
    for (size_t i = 0; !pool && !status && i < migration->count; i++)
        status = work(migration, i, 0, error);
    engine_return_pool(migration->engine, pool);
    if (!status)
        status = store(migration, error);
    clear(migration);
    return status ? status
                  : store_progress(migration->options->progress, migration->done, migration->total,
                                   error);
}

/* ------------------------------------------------------------------ all of them */

static vultus_status take(struct migration *migration, const char *name, vultus_face_record *record,
                          vultus_error *error)
{
    struct store *store = migration->gallery->store;
    const char *embedder = vultus_engine_embedder(migration->engine);
    vultus_enrolled enrolled;
    bool there = false;
    migration->done++;
    if (!strcmp(record->embedder, embedder))
        return VULTUS_OK;
    vultus_status status =
        store->methods->find(store, record->picture, embedder, &enrolled, &there, error);
    if (status)
        return status;
    if (there) {
        migration->sum.there++;
        return VULTUS_OK;
    }
    migration->jobs[migration->count++] = (struct job){.name = name, .record = *record};
    *record = (vultus_face_record){0}; /* it is the job's now */
    return migration->count == BATCH ? flush(migration, error) : VULTUS_OK;
}

static vultus_status take_person(struct migration *migration, const char *name, vultus_error *error)
{
    vultus_face_records records = {0};
    vultus_status status = vultus_gallery_faces(migration->gallery, name, &records, error);
    if (status == VULTUS_ERR_NOT_FOUND)
        return VULTUS_OK; /* renamed or removed meanwhile */
    for (size_t i = 0; !status && i < records.count; i++)
        status = take(migration, name, &records.items[i], error);
    vultus_face_records_clear(&records);
    return status;
}

vultus_status vultus_gallery_migrate(vultus_gallery *gallery, vultus_engine *engine,
                                     const vultus_migration_options *options, vultus_migration *out,
                                     vultus_error *error)
{
    static const vultus_migration_options defaults;
    vultus_people people = {0};
    if (!gallery || !engine || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a gallery, an engine and a place for the answer are needed");
    if (engine_check_embedder(engine, error))
        return VULTUS_ERR_ARGUMENT;
    struct migration *migration = mem_zalloc(1, sizeof *migration);
    if (!migration)
        return status_memory(error, "a migration");
    migration->gallery = gallery;
    migration->engine = engine;
    migration->options = options ? options : &defaults;
    vultus_status status = vultus_gallery_people(gallery, &people, error);
    for (size_t i = 0; !status && i < people.count; i++)
        migration->total += people.items[i].faces;
    for (size_t i = 0; !status && i < people.count; i++)
        status = take_person(migration, people.items[i].name, error);
    if (!status && migration->count)
        status = flush(migration, error);
    clear(migration);
    *out = migration->sum;
    vultus_people_clear(&people);
    mem_free(migration);
    return status;
}
