/* See unknown.h. */
#include "unknown.h"
#include "journal.h"
#include "service.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PAGE 1000

void unknown_date(unsigned days, char out[UNKNOWN_DATE_SIZE])
{
    char date[DATE_SIZE];
    date_of(time(NULL) + (time_t)days * 24 * 60 * 60, date);
    snprintf(out, UNKNOWN_DATE_SIZE, "%.10s", date);
}

/* ------------------------------------------------------------------ keeping */

/* Faces of one picture differ in what they are known by; one alone is known by its picture, so that it is the same face when
 * that is enrolled. */
static vultus_status identify(const struct unknown_face *face, vultus_face_record *out,
                              vultus_error *error)
{
    uint8_t parts[HASH_SIZE + 4];
    char hex[HASH_HEX_SIZE];
    const uint32_t number = (uint32_t)face->number;
    vultus_status status = vultus_image_id(face->image, out->picture, error);
    if (status)
        return status;
    hash_hex(out->picture, hex);
    memcpy(parts, out->picture, HASH_SIZE);
    memcpy(parts + HASH_SIZE, &number, sizeof number);
    if (!(out->source = mem_string(hex)))
        return status_memory(error, "a face");
    return face->count > 1 ? hash_bytes(parts, sizeof parts, out->picture, error) : VULTUS_OK;
}

vultus_status unknown_record(const vultus_engine *engine, const struct unknown_face *face,
                             vultus_face_record *out, vultus_error *error)
{
    const size_t dimension = vultus_engine_dimension(engine);
    uint8_t *thumbnail = NULL;
    size_t size = 0;
    *out = (vultus_face_record){.face = *face->face, .dimension = dimension};
    date_now(out->created);
    out->embedder = mem_string(vultus_engine_embedder(engine));
    out->embedding = mem_copy(face->embedding, dimension * sizeof *face->embedding);
    vultus_status status =
        out->embedder && out->embedding ? VULTUS_OK : status_memory(error, "a face");
    if (!status)
        status = identify(face, out, error);
    if (!status)
        status = vultus_image_thumbnail(face->image, face->face, 0, &thumbnail, &size, error);
    if (!status && !(out->thumbnail = mem_copy(thumbnail, size)))
        status = status_memory(error, "a face");
    if (!status)
        out->thumbnail_size = size;
    vultus_thumbnail_free(thumbnail, size);
    if (status)
        vultus_row_clear(NULL, out);
    return status;
}

/* ------------------------------------------------------------------ grouping */

/* Moves what counts of a page behind what there is; the rest is let go. */
static vultus_status take_page(struct unknown_groups *groups, vultus_named_faces *page,
                               const char *embedder, vultus_error *error)
{
    char today[UNKNOWN_DATE_SIZE];
    vultus_named_faces *all = &groups->faces;
    vultus_face_record *items = mem_resize(all->items, all->count + page->count, sizeof *items);
    if (items)
        all->items = items;
    char **names = items ? mem_resize(all->names, all->count + page->count, sizeof *names) : NULL;
    if (!names)
        return status_memory(error, "unknown faces");
    all->names = names;
    unknown_date(0, today);
    for (size_t i = 0; i < page->count; i++) {
        if (strcmp(page->items[i].embedder, embedder) != 0 || strcmp(page->names[i], today) < 0)
            continue;
        all->items[all->count] = page->items[i];
        all->names[all->count++] = page->names[i];
        page->items[i] = (vultus_face_record){0};
        page->names[i] = NULL;
    }
    return VULTUS_OK;
}

static vultus_status read_all(vultus_gallery *unknown, const char *embedder,
                              struct unknown_groups *groups, vultus_error *error)
{
    int64_t next = 1;
    vultus_status status = VULTUS_OK;
    for (size_t count = PAGE; !status && count == PAGE && groups->faces.count < UNKNOWN_MAX;) {
        vultus_named_faces page = {0};
        status = vultus_gallery_faces_from(unknown, next, PAGE, &page, error);
        count = page.count;
        if (!status && count) {
            next = page.items[count - 1].id + 1;
            status = take_page(groups, &page, embedder, error);
        }
        vultus_named_faces_clear(&page);
    }
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Numbers for the pictures that faces are from. */
static vultus_status number_pictures(const vultus_named_faces *faces, uint32_t *out,
                                     vultus_error *error)
{
    const char **sources = mem_array(faces->count, sizeof *sources);
    if (!sources)
        return status_memory(error, "unknown faces");
    for (size_t i = 0; i < faces->count; i++)
        sources[i] = faces->items[i].source ? faces->items[i].source : "";
    qsort(sources, faces->count, sizeof *sources, by_text);
    for (size_t i = 0; i < faces->count; i++) {
        const char *source = faces->items[i].source ? faces->items[i].source : "";
        const char **found = bsearch(&source, sources, faces->count, sizeof *sources, by_text);
        while (found > sources && !strcmp(found[-1], source))
            found--;
        out[i] = (uint32_t)(found - sources);
    }
    mem_free(sources);
    return VULTUS_OK;
}

static vultus_status cluster(const vultus_engine *engine, struct unknown_groups *groups,
                             vultus_error *error)
{
    const vultus_named_faces *faces = &groups->faces;
    const size_t count = faces->count, dimension = vultus_engine_dimension(engine);
    const vultus_metric metric = vultus_engine_metric(engine);
    float *embeddings = mem_array(count * dimension, sizeof *embeddings);
    uint32_t *numbers = mem_array(2 * count, sizeof *numbers); /* pictures, people */
    vultus_clustering clustering = {0};
    groups->labels = mem_array(count, sizeof *groups->labels);
    vultus_status status = embeddings && numbers && groups->labels
                               ? number_pictures(faces, numbers, error)
                               : status_memory(error, "unknown faces");
    for (size_t i = 0; !status && i < count; i++) {
        memcpy(embeddings + i * dimension, faces->items[i].embedding,
               dimension * sizeof *embeddings);
        numbers[count + i] = VULTUS_NOBODY;
    }
    const vultus_labelled labelled = {.embeddings = embeddings,
                                      .count = count,
                                      .dimension = dimension,
                                      .person = numbers + count,
                                      .picture = numbers,
                                      .metric = metric,
                                      .raw = vultus_engine_raw(engine),
                                      .embedder = vultus_engine_embedder(engine)};
    const vultus_cluster_options options = {.calibration = vultus_engine_calibration(engine),
                                            .own_threshold =
                                                vultus_engine_threshold(engine, metric)};
    if (!status)
        status = vultus_cluster(&labelled, &options, groups->labels, &clustering, error);
    groups->count = clustering.clusters;
    mem_free_wiped(embeddings, count * dimension * sizeof *embeddings);
    mem_free(numbers);
    return status;
}

vultus_status unknown_group(vultus_gallery *unknown, const vultus_engine *engine,
                            struct unknown_groups *out, vultus_error *error)
{
    *out = (struct unknown_groups){0};
    vultus_status status = read_all(unknown, vultus_engine_embedder(engine), out, error);
    return status || !out->faces.count ? status : cluster(engine, out, error);
}

void unknown_groups_clear(struct unknown_groups *groups)
{
    vultus_named_faces_clear(&groups->faces);
    mem_free(groups->labels);
    *groups = (struct unknown_groups){0};
}

/* ------------------------------------------------------------------ the end of their days */

static vultus_status erase_old(vultus_gallery *unknown, vultus_error *error)
{
    char today[UNKNOWN_DATE_SIZE];
    vultus_people dates = {0};
    vultus_status status = vultus_gallery_people(unknown, &dates, error);
    unknown_date(0, today);
    for (size_t i = 0; !status && i < dates.count; i++)
        if (strcmp(dates.items[i].name, today) < 0)
            status = vultus_gallery_delete(unknown, dates.items[i].name, error);
    vultus_people_clear(&dates);
    return status;
}

static void sweep_one(struct server *server, const char *name)
{
    struct request nobody = {.server = server};
    struct gallery_spot there;
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    snprintf(nobody.gallery, sizeof nobody.gallery, "%s", name);
    if (galleries_unknown(&server->galleries, name, &there, NULL))
        return;
    vultus_status status = writer_take_unknown(&nobody, false, &unknown, &error);
    if (!status) {
        status = erase_old(unknown, &error);
        writer_give(&nobody);
    }
    if (status)
        journal_say("unknown faces whose time has passed cannot be erased: %s", error.message);
}

void unknown_sweep(struct server *server)
{
    struct file_list names = {0};
    sweep_one(server, GALLERY_DEFAULT);
    if (!galleries_list(&server->galleries, &names, NULL))
        for (size_t i = 0; i < names.count; i++)
            sweep_one(server, names.items[i]);
    file_list_clear(&names);
}
