/* Galleries: opening, closing, enrolment. Checks what callers pass in; the rest is the store's. */
#include "base/file.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/engine.h"
#include "engine/gallery.h"
#include "engine/sample.h"
#include "gallery/names.h"
#include "image/image.h"

#include <math.h>
#include <stdio.h>
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
        gallery->store->weigher = gallery_weight;
    if (!status && options) {
        gallery->templates = options->templates;
        gallery->exact = options->exact;
    }
    if (status)
        vultus_gallery_close(gallery);
    else
        *out = gallery;
    return status;
}

void gallery_note_added(vultus_gallery *gallery, const struct store_sample *sample)
{
    const float *x = sample->embedding;
    double squared = 0;
    for (size_t i = 0; i < sample->dimension; i++)
        squared += (double)x[i] * (double)x[i];
    snprintf(gallery->added, sizeof gallery->added, "%s", sample->embedder);
    gallery->added_dimension = sample->dimension;
    gallery->added_raw = !(fabs(sqrt(squared) - 1) < 1e-3);
}

/* Whoever adds faces to a large gallery brings its search file up to date, so that others start at once. */
static void keep_search_file(vultus_gallery *gallery)
{
    struct search *index = NULL;
    struct store_mark mark = {0};
    vultus_error error;
    if (!gallery->added[0] ||
        search_new(gallery->added_dimension, gallery->added_raw, &index, &error))
        return;
    search_set_weigher(index, gallery_weight);
    if (gallery->store->methods->keep)
        gallery->store->methods->keep(gallery->store, gallery->added, index, &mark);
    search_free(index);
}

void vultus_gallery_close(vultus_gallery *gallery)
{
    if (!gallery)
        return;
    keep_search_file(gallery);
    gallery_filter_clear(&gallery->filter);
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

vultus_status gallery_need(bool all_there, vultus_error *error)
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
    vultus_status status = gallery_need(gallery != NULL, error);
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
    if (!status && !enrolled.duplicate)
        gallery_note_added(gallery, &row);
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
    vultus_status status = gallery_need(gallery && engine && image && has, error);
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
