/*
 * gallery export FILE.npz: the faces by one embedder as arrays that numpy.load reads. Columns are gathered in memory, a
 * person at a time, and then written; texts are as wide as the longest.
 */
#include "base/file.h"
#include "base/memory.h"
#include "base/npz.h"
#include "base/utf8.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "export.h"
#include "npz_rows.h"

#include <stdlib.h>
#include <string.h>

struct columns {
    size_t count, capacity, dimension;
    const char *embedder;
    float *embeddings, *boxes, *landmarks, *scores, *quality;
    uint8_t *pictures;
    int64_t *faces, *offsets; /* of thumbnails: one more than there are faces */
    char **names, **sources, **dates;
    struct buffer thumbnails;
    char *people; /* lines of JSON */
    size_t people_size;
};

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

/* The block, longer; or as it was, and *good is false. */
static void *longer(void *block, size_t count, size_t size, bool *good)
{
    void *more = *good ? mem_resize(block, count, size) : NULL;
    *good = more != NULL;
    return more ? more : block;
}

static bool grow(struct columns *columns)
{
    size_t capacity = columns->capacity ? 2 * columns->capacity : 256;
    bool good = true;
    columns->embeddings =
        longer(columns->embeddings, capacity, columns->dimension * sizeof(float), &good);
    columns->boxes = longer(columns->boxes, capacity, 4 * sizeof(float), &good);
    columns->landmarks =
        longer(columns->landmarks, capacity, 2 * VULTUS_LANDMARKS * sizeof(float), &good);
    columns->scores = longer(columns->scores, capacity, sizeof(float), &good);
    columns->quality = longer(columns->quality, capacity, NPZ_QUALITY * sizeof(float), &good);
    columns->pictures = longer(columns->pictures, capacity, 32, &good);
    columns->faces = longer(columns->faces, capacity, sizeof(int64_t), &good);
    columns->offsets = longer(columns->offsets, capacity + 1, sizeof(int64_t), &good);
    columns->names = longer(columns->names, capacity, sizeof(char *), &good);
    columns->sources = longer(columns->sources, capacity, sizeof(char *), &good);
    columns->dates = longer(columns->dates, capacity, sizeof(char *), &good);
    columns->capacity = good ? capacity : columns->capacity;
    return good;
}

static int add_face(struct columns *columns, const char *name, const vultus_face_record *record)
{
    vultus_error error = {0};
    size_t at = columns->count;
    const vultus_face *face = &record->face;
    const vultus_quality *quality = &face->quality;
    if (at == columns->capacity && !grow(columns))
        return no_memory();
    columns->names[at] = mem_string(name);
    columns->sources[at] = mem_string(record->source ? record->source : "");
    columns->dates[at] = mem_string(record->created);
    columns->count++; /* also when one of them is missing: all are freed */
    if (!columns->names[at] || !columns->sources[at] || !columns->dates[at])
        return no_memory();
    memcpy(columns->embeddings + at * columns->dimension, record->embedding,
           columns->dimension * sizeof(float));
    memcpy(columns->boxes + 4 * at, &face->box, 4 * sizeof(float));
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
        columns->landmarks[2 * (at * VULTUS_LANDMARKS + i)] = face->landmarks[i].x;
        columns->landmarks[2 * (at * VULTUS_LANDMARKS + i) + 1] = face->landmarks[i].y;
    }
    columns->scores[at] = face->score;
    memcpy(columns->quality + NPZ_QUALITY * at,
           (const float[]){quality->size, quality->sharpness, quality->brightness, quality->roll,
                           quality->yaw},
           NPZ_QUALITY * sizeof(float));
    memcpy(columns->pictures + 32 * at, record->picture, 32);
    columns->faces[at] = record->id;
    columns->offsets[at] = (int64_t)columns->thumbnails.size;
    if (record->thumbnail_size &&
        buffer_append(&columns->thumbnails, record->thumbnail, record->thumbnail_size, &error))
        return fail(&error);
    columns->offsets[at + 1] = (int64_t)columns->thumbnails.size;
    return EXIT_DONE;
}

static int gather(vultus_gallery *gallery, struct columns *columns)
{
    vultus_error error = {0};
    vultus_people people = {0};
    int code = vultus_gallery_people(gallery, &people, &error) ? fail(&error) : EXIT_DONE;
    progress_begin("people read", people.count);
    for (size_t i = 0; !code && i < people.count; i++) {
        vultus_face_records records = {0};
        if (vultus_gallery_faces(gallery, people.items[i].name, &records, &error))
            code = fail(&error);
        for (size_t j = 0; !code && j < records.count; j++)
            if (!strcmp(records.items[j].embedder, columns->embedder) &&
                records.items[j].dimension == columns->dimension)
                code = add_face(columns, people.items[i].name, &records.items[j]);
        vultus_face_records_clear(&records);
        progress_step(i + 1);
        code = code ? code : interrupted();
    }
    progress_end();
    if (!code &&
        export_known_lines(gallery, &people, &columns->people, &columns->people_size, &error))
        code = fail(&error);
    vultus_people_clear(&people);
    return code;
}

/* ------------------------------------------------------------------ writing */

/* Code points, filled up with 0 to the longest. */
static vultus_status write_texts(struct npz_writer *writer, const char *name, char *const *texts,
                                 size_t count, size_t axes, vultus_error *error)
{
    struct npy npy = {.kind = NPY_TEXT, .width = 1, .axes = axes, .shape = {count}};
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        size_t points = 0, size = strlen(texts[i]);
        for (size_t at = 0; at < size; points++)
            utf8_next(texts[i], size, &at);
        npy.width = points > npy.width ? points : npy.width;
    }
    uint8_t *data = npy_bytes(&npy, &bytes) ? mem_zalloc(1, bytes) : NULL;
    if (!data)
        return status_set(error, VULTUS_ERR_MEMORY, "not enough memory for \"%s\"", name);
    for (size_t i = 0; i < count; i++) {
        uint8_t *to = data + i * npy_item(&npy);
        size_t size = strlen(texts[i]);
        for (size_t at = 0; at < size; to += 4) {
            uint32_t point = utf8_next(texts[i], size, &at);
            point = point == UTF8_BAD ? 0xFFFD : point;
            for (unsigned byte = 0; byte < 4; byte++)
                to[byte] = (uint8_t)(point >> (8 * byte));
        }
    }
    vultus_status status = npz_write(writer, name, &npy, data, error);
    mem_free(data);
    return status;
}

static vultus_status write_all(const struct columns *columns, struct npz_writer *writer,
                               vultus_error *error)
{
    const size_t n = columns->count;
    char *const embedder[] = {(char *)columns->embedder};
    static const int64_t none = 0;
    const struct {
        const char *name;
        struct npy npy;
        const void *data;
    } arrays[] = {
        {"embeddings", {NPY_FLOAT32, 1, 2, {n, columns->dimension}}, columns->embeddings},
        {"pictures", {NPY_UINT8, 1, 2, {n, 32}}, columns->pictures},
        {"boxes", {NPY_FLOAT32, 1, 2, {n, 4}}, columns->boxes},
        {"landmarks", {NPY_FLOAT32, 1, 3, {n, VULTUS_LANDMARKS, 2}}, columns->landmarks},
        {"scores", {NPY_FLOAT32, 1, 1, {n}}, columns->scores},
        {"quality", {NPY_FLOAT32, 1, 2, {n, NPZ_QUALITY}}, columns->quality},
        {"faces", {NPY_INT64, 1, 1, {n}}, columns->faces},
        {"thumbnails", {NPY_UINT8, 1, 1, {columns->thumbnails.size}}, columns->thumbnails.data},
        {"thumbnail_offsets", {NPY_INT64, 1, 1, {n + 1}}, n ? columns->offsets : &none},
        {"people", {NPY_UINT8, 1, 1, {columns->people_size}}, columns->people},
    };
    vultus_status status = write_texts(writer, "embedder", embedder, 1, 0, error);
    if (!status)
        status = write_texts(writer, "names", columns->names, n, 1, error);
    if (!status)
        status = write_texts(writer, "sources", columns->sources, n, 1, error);
    if (!status)
        status = write_texts(writer, "created", columns->dates, n, 1, error);
    const size_t count = sizeof arrays / sizeof *arrays - !columns->people_size;
    for (size_t i = 0; !status && i < count; i++)
        status = npz_write(writer, arrays[i].name, &arrays[i].npy, arrays[i].data, error);
    return status;
}

static int write_file(const struct columns *columns, const char *path)
{
    struct file_replacement file;
    struct npz_writer *writer = NULL;
    vultus_error error = {0};
    if (file_replace_begin(path, true, &file, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    vultus_status status = npz_create(file.temporary[0] ? file.temporary : path, &writer, &error);
    if (!status)
        status = write_all(columns, writer, &error);
    if (status) {
        if (npz_finish(writer, NULL))
            complain("%s: cannot be closed", path);
    } else {
        status = npz_finish(writer, &error);
    }
    if (!status)
        status = file_replace_commit(&file, &error);
    else
        file_replace_abort(&file);
    if (status)
        fail(&error);
    return status ? EXIT_ENVIRONMENT : EXIT_DONE;
}

/* ------------------------------------------------------------------ which faces */

static bool is_named(const char *id, const char *name)
{
    size_t length = strlen(name);
    return !strncmp(id, name, length) && (!id[length] || id[length] == '@');
}

/* The embedder that was named, or the only one. */
static int choose(const struct options *options, const vultus_gallery_stats *stats,
                  struct columns *columns)
{
    const vultus_gallery_embedder *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < stats->embedder_count; i++) {
        const vultus_gallery_embedder *each = &stats->embedders[i];
        if (each->faces && (!options->embedder || is_named(each->id, options->embedder))) {
            found = each;
            count++;
        }
    }
    if (count > 1) {
        complain("the gallery has faces by %zu embedders (%s and others), and arrays are of one; "
                 "name it with --embedder",
                 count, found->id);
        return EXIT_USAGE;
    }
    if (!found) {
        complain("the gallery has no faces%s%s", options->embedder ? " by " : "",
                 options->embedder ? options->embedder : "");
        return EXIT_INPUTS;
    }
    columns->embedder = found->id;
    columns->dimension = found->dimension;
    return EXIT_DONE;
}

static void clear(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        mem_free(columns->names[i]);
        mem_free(columns->sources[i]);
        mem_free(columns->dates[i]);
    }
    mem_free_wiped(columns->embeddings, columns->capacity * columns->dimension * sizeof(float));
    void *const blocks[] = {
        columns->boxes, columns->landmarks, columns->scores, columns->quality, columns->pictures,
        columns->faces, columns->offsets,   columns->names,  columns->sources, columns->dates};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mem_free(blocks[i]);
    buffer_clear(&columns->thumbnails);
    free(columns->people); /* of open_memstream */
}

int export_npz(const struct options *options, vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_gallery_stats stats = {0};
    struct columns columns = {.count = 0};
    buffer_init(&columns.thumbnails, SIZE_MAX / 4);
    if (vultus_gallery_statistics(gallery, &stats, &error))
        return fail(&error);
    int code = choose(options, &stats, &columns);
    interrupts_watch();
    if (!code)
        code = gather(gallery, &columns);
    if (!code)
        code = write_file(&columns, options->output);
    if (!code)
        say("%s has %zu faces by %s", options->output, columns.count, columns.embedder);
    clear(&columns);
    vultus_gallery_stats_clear(&stats);
    return code;
}
