/*
 * Albums to files: the lists of trained_clusters.c, each gathered in a buffer. The same album is the same
 * bytes. Only its owner may read the file: faces are what people cannot change.
 */
#include "base/memory.h"
#include "engine/album.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

/* Box, landmarks, score and quality in a row. */
static void pack_place(const vultus_face *face, float place[ALBUM_PLACE])
{
    const vultus_quality *q = &face->quality;
    const float rest[] = {face->score, q->size,  q->sharpness, q->brightness, q->roll,
                          q->yaw,      q->pitch, q->contrast,  q->occlusion,  q->score};
    memcpy(place, &face->box, 4 * sizeof *place);
    memcpy(place + 4, face->landmarks, 10 * sizeof *place);
    memcpy(place + 14, rest, sizeof rest);
}

enum { TENSORS = 13 };

struct writing {
    struct trained_tensor tensors[TENSORS];
    size_t count;
    struct buffer columns[TENSORS]; /* what tensors point to, but for the embeddings */
};

static vultus_status add_text(struct buffer *out, const char *text, vultus_error *error)
{
    return buffer_append(out, text, strlen(text) + 1, error);
}

static vultus_status add_numbers(struct buffer *out, const uint32_t *numbers, size_t count,
                                 vultus_error *error)
{
    return buffer_append(out, numbers, count * sizeof *numbers, error);
}

enum column { FACE, PLACES, PICTURE, PATHS, NAME, NAMES, LINK, STEP, STEPS, MOVE, RENAME, RENAMES };

static vultus_status fill_faces(const vultus_album *album, struct buffer *columns,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < album->face_count && !status; i++) {
        const struct album_face *face = &album->faces[i];
        const uint32_t numbers[] = {face->id, face->picture, face->cluster, face->said};
        float place[ALBUM_PLACE];
        pack_place(&face->face, place);
        status = add_numbers(&columns[FACE], numbers, 4, error);
        if (!status)
            status = buffer_append(&columns[PLACES], place, sizeof place, error);
    }
    for (size_t i = 0; i < album->picture_count && !status; i++) {
        const struct album_picture *picture = &album->pictures[i];
        const uint64_t modified = (uint64_t)picture->modified;
        const uint32_t numbers[] = {(uint32_t)picture->bytes, (uint32_t)(picture->bytes >> 32),
                                    (uint32_t)modified, (uint32_t)(modified >> 32)};
        status = add_numbers(&columns[PICTURE], numbers, 4, error);
        if (!status)
            status = add_text(&columns[PATHS], picture->path, error);
    }
    return status;
}

static vultus_status fill_names(const struct album_name *names, size_t count,
                                struct buffer *numbers, struct buffer *texts, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = add_numbers(numbers, &names[i].cluster, 1, error);
        if (!status)
            status = add_text(texts, names[i].text, error);
    }
    return status;
}

static vultus_status fill_steps(const vultus_album *album, struct buffer *columns,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < album->link_count && !status; i++) {
        const struct album_link *link = &album->links[i];
        const uint32_t numbers[] = {link->a, link->b, link->same, link->step};
        status = add_numbers(&columns[LINK], numbers, 4, error);
    }
    for (size_t i = 0; i < album->step_count && !status; i++) {
        const struct album_step *step = &album->steps[i];
        const uint32_t numbers[] = {step->serial, (uint32_t)step->move_count,
                                    (uint32_t)step->name_count};
        status = add_numbers(&columns[STEP], numbers, 3, error);
        if (!status)
            status = add_text(&columns[STEPS], step->text, error);
        for (size_t k = 0; k < step->move_count && !status; k++) {
            const uint32_t move[] = {step->moves[k].face, step->moves[k].cluster};
            status = add_numbers(&columns[MOVE], move, 2, error);
        }
        if (!status)
            status = fill_names(step->names, step->name_count, &columns[RENAME], &columns[RENAMES],
                                error);
    }
    return status;
}

static void list_tensors(const vultus_album *album, struct writing *writing)
{
    static const struct {
        const char *name;
        enum weights_type type;
        size_t width;
    } kinds[] = {{"face", WEIGHTS_I32, 4},    {"place", WEIGHTS_F32, ALBUM_PLACE},
                 {"picture", WEIGHTS_I32, 4}, {"paths", WEIGHTS_U8, 1},
                 {"name", WEIGHTS_I32, 1},    {"names", WEIGHTS_U8, 1},
                 {"link", WEIGHTS_I32, 4},    {"step", WEIGHTS_I32, 3},
                 {"steps", WEIGHTS_U8, 1},    {"move", WEIGHTS_I32, 2},
                 {"rename", WEIGHTS_I32, 1},  {"renames", WEIGHTS_U8, 1}};
    writing->tensors[writing->count++] = (struct trained_tensor){
        "embeddings", WEIGHTS_F32, {2, {album->face_count, album->dimension}}, album->embeddings};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct buffer *column = &writing->columns[i];
        const size_t rows = column->size / (weights_type_size(kinds[i].type) * kinds[i].width);
        struct trained_tensor tensor = {kinds[i].name, kinds[i].type, {1, {rows}}, column->data};
        if (kinds[i].width > 1)
            tensor.shape = (struct weights_shape){2, {rows, kinds[i].width}};
        writing->tensors[writing->count++] = tensor;
    }
}

static json_t *make_head(const vultus_album *album)
{
    json_t *head =
        json_pack("{s:s, s:s, s:b, s:I, s:s, s:I, s:I, s:I}", "embedder", album->embedder, "metric",
                  album->metric == VULTUS_METRIC_EUCLIDEAN ? "euclidean" : "cosine", "raw",
                  album->raw, "dimension", (json_int_t)album->dimension, "method", album->method,
                  "next_face", (json_int_t)album->next_face, "next_cluster",
                  (json_int_t)album->next_cluster, "next_step", (json_int_t)album->next_step);
    bool good = head != NULL;
    if (good && !isnan(album->threshold))
        good = !json_object_set_new(head, "threshold", json_real(album->threshold));
    if (good && !isnan(album->far))
        good = !json_object_set_new(head, "far", json_real(album->far));
    if (good)
        return head;
    json_decref(head);
    return NULL;
}

vultus_status album_write(const vultus_album *album, vultus_error *error)
{
    struct writing writing = {0};
    for (size_t i = 0; i < TENSORS; i++)
        buffer_init(&writing.columns[i], TRAINED_BYTES_MAX);
    vultus_status status = fill_faces(album, writing.columns, error);
    if (!status)
        status = fill_names(album->names, album->name_count, &writing.columns[NAME],
                            &writing.columns[NAMES], error);
    if (!status)
        status = fill_steps(album, writing.columns, error);
    json_t *head = status ? NULL : make_head(album);
    if (!status && !head)
        status = status_memory(error, "an album");
    if (!status) {
        list_tensors(album, &writing);
        const struct trained_file file = {.kind = ALBUM_KIND,
                                          .version = ALBUM_VERSION,
                                          .head = head,
                                          .tensors = writing.tensors,
                                          .tensor_count = writing.count};
        status = trained_write_private(album->path, &file, error);
    }
    json_decref(head);
    for (size_t i = 0; i < TENSORS; i++)
        buffer_clear(&writing.columns[i]);
    return status;
}
