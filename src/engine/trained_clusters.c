/*
 * Albums from files (see model/trained.h). Every list is a tensor, because the header has no room for a
 * million faces; texts are bytes, each ended by NUL. All of it is untrusted: a number that leads nowhere
 * makes the whole file damaged.
 *
 *   embeddings F32 [faces, dimension]     face I32 [faces, 4]: id, picture, cluster, said (version 1: without)
 *   place F32 [faces, 24]: box, landmarks, score, quality     picture I32 [pictures, 4]: bytes, time (low, high)
 *   paths U8     name I32 [names], names U8     link I32 [links, 4]: a, b, same, step
 *   step I32 [steps, 3]: serial, moves, names; steps U8     move I32 [moves, 2]: face, cluster
 *   rename I32 [renames], renames U8: cluster and name before, of all steps
 */
#include "base/file.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/album.h"
#include "gallery/names.h"
#include "gallery/search.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

#define COUNTER_MAX 2147483647.0 /* of numbers that go on */

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "an album");
}

/* What a row of places says. */
static void unpack_place(const float place[ALBUM_PLACE], vultus_face *face)
{
    *face = (vultus_face){.score = place[14],
                          .quality = {.size = place[15],
                                      .sharpness = place[16],
                                      .brightness = place[17],
                                      .roll = place[18],
                                      .yaw = place[19],
                                      .pitch = place[20],
                                      .contrast = place[21],
                                      .occlusion = place[22],
                                      .score = place[23]}};
    memcpy(&face->box, place, 4 * sizeof *place);
    memcpy(face->landmarks, place + 4, 10 * sizeof *place);
}

struct reading {
    const struct trained *file;
    vultus_album *album;
    vultus_error *error;
};

static vultus_status odd(const struct reading *reading, const char *why)
{
    return status_set(reading->error, VULTUS_ERR_FORMAT, "%s: damaged album: %s",
                      file_shown(reading->album->path), why);
}

static vultus_status take(const struct reading *reading, const char *name, enum weights_type type,
                          size_t width, const void **data, size_t *rows)
{
    struct weights_shape shape = {width > 1 ? 2 : 1, {0, width}};
    vultus_error why;
    if (weights_tensor(reading->file->weights, name, type, &shape, data, &why))
        return odd(reading, why.message);
    *rows = shape.sizes[0];
    return VULTUS_OK;
}

/* Texts of a column, one after the other. */
struct texts {
    const char *at, *end;
};

static vultus_status take_texts(const struct reading *reading, const char *name,
                                struct texts *texts)
{
    const void *data = NULL;
    size_t size = 0;
    vultus_status status = take(reading, name, WEIGHTS_U8, 1, &data, &size);
    if (status)
        return status;
    *texts = (struct texts){data, (const char *)data + size};
    if (size && texts->end[-1])
        return odd(reading, "its texts have no end");
    return VULTUS_OK;
}

static vultus_status next_text(const struct reading *reading, struct texts *texts, size_t most,
                               char **out)
{
    if (texts->at == texts->end)
        return odd(reading, "a text is missing");
    size_t length = strlen(texts->at);
    if (length > most)
        return odd(reading, "a text is too long");
    *out = mem_copy(texts->at, length + 1);
    texts->at += length + 1;
    return *out ? VULTUS_OK : no_memory(reading->error);
}

static vultus_status read_head(const struct reading *reading)
{
    static const char *const keys[] = {"next_face", "next_cluster", "next_step", "dimension"};
    vultus_album *album = reading->album;
    const char *metric = NULL, *embedder = NULL, *method = NULL;
    double numbers[4];
    vultus_error why;
    vultus_status status = trained_text(reading->file, "metric", 16, &metric, &why);
    if (!status)
        status = trained_text(reading->file, "embedder", ALBUM_EMBEDDER_MAX, &embedder, &why);
    if (!status)
        status = trained_text(reading->file, "method", ALBUM_METHOD_MAX, &method, &why);
    for (size_t i = 0; i < 4 && !status; i++)
        status = trained_number(reading->file, keys[i], i == 3 ? 0 : 1,
                                i == 3 ? SEARCH_DIMENSION_MAX : COUNTER_MAX, &numbers[i], &why);
    if (!status && json_object_get(reading->file->head, "threshold"))
        status = trained_number(reading->file, "threshold", -1e6, 1e6, &album->threshold, &why);
    if (!status && json_object_get(reading->file->head, "far"))
        status = trained_number(reading->file, "far", 0, 0.5, &album->far, &why);
    if (status)
        return odd(reading, why.message);
    memcpy(album->embedder, embedder, strlen(embedder) + 1);
    memcpy(album->method, method, strlen(method) + 1);
    album->metric = strcmp(metric, "euclidean") ? VULTUS_METRIC_COSINE : VULTUS_METRIC_EUCLIDEAN;
    album->raw = json_is_true(json_object_get(reading->file->head, "raw"));
    album->next_face = (uint32_t)numbers[0];
    album->next_cluster = (uint32_t)numbers[1];
    album->next_step = (uint32_t)numbers[2];
    album->dimension = (size_t)numbers[3];
    return VULTUS_OK;
}

static vultus_status read_pictures(const struct reading *reading)
{
    vultus_album *album = reading->album;
    const uint32_t(*numbers)[4] = NULL;
    struct texts paths = {0};
    size_t count = 0;
    vultus_status status =
        take(reading, "picture", WEIGHTS_I32, 4, (const void **)&numbers, &count);
    if (!status)
        status = take_texts(reading, "paths", &paths);
    if (status)
        return status;
    album->pictures = mem_zalloc(count, sizeof *album->pictures);
    if (!album->pictures)
        return no_memory(reading->error);
    album->picture_capacity = count;
    for (size_t i = 0; i < count && !status; i++) {
        struct album_picture *picture = &album->pictures[i];
        status = next_text(reading, &paths, VULTUS_SOURCE_MAX, &picture->path);
        if (status)
            break;
        album->picture_count++;
        picture->bytes = (uint64_t)numbers[i][1] << 32 | numbers[i][0];
        picture->modified = (int64_t)((uint64_t)numbers[i][3] << 32 | numbers[i][2]);
        if (!*picture->path || (i && strcmp(album->pictures[i - 1].path, picture->path) >= 0))
            status = odd(reading, "its pictures are not in order");
    }
    return status;
}

static vultus_status check_face(const struct reading *reading, size_t i, const float *place)
{
    const vultus_album *album = reading->album;
    const struct album_face *face = &album->faces[i];
    vultus_error why;
    for (size_t k = 0; k < ALBUM_PLACE; k++)
        if (!isfinite(place[k]) && k < 18) /* from the pose on NaN is what is not known */
            return odd(reading, "the place of a face is no number");
    if (!face->id || (i && album->faces[i - 1].id >= face->id) || face->id >= album->next_face)
        return odd(reading, "its faces are not in order");
    if (face->picture >= album->picture_count || face->cluster >= album->next_cluster)
        return odd(reading, "a face leads nowhere");
    if (decision_check(album->embeddings + i * album->dimension, album->dimension, album->raw,
                       "an embedding", &why))
        return odd(reading, why.message);
    return VULTUS_OK;
}

static vultus_status read_faces(const struct reading *reading)
{
    vultus_album *album = reading->album;
    const size_t width = reading->file->version < 2 ? 3 : 4;
    const uint32_t *numbers = NULL;
    const float(*places)[ALBUM_PLACE] = NULL, *embeddings = NULL;
    size_t count = 0, others = 0;
    vultus_error why;
    vultus_status status =
        take(reading, "face", WEIGHTS_I32, width, (const void **)&numbers, &count);
    if (!status)
        status = take(reading, "place", WEIGHTS_F32, ALBUM_PLACE, (const void **)&places, &others);
    struct weights_shape shape = {2, {count, album->dimension}};
    if (!status &&
        (others != count || count > VULTUS_CLUSTER_FACES_MAX || (count && !album->dimension) ||
         weights_tensor(reading->file->weights, "embeddings", WEIGHTS_F32, &shape,
                        (const void **)&embeddings, &why)))
        status = odd(reading, "its faces are not all there");
    if (status || !count)
        return status;
    album->faces = mem_zalloc(count, sizeof *album->faces);
    album->embeddings = mem_copy(embeddings, count * album->dimension * sizeof *embeddings);
    if (!album->faces || !album->embeddings)
        return no_memory(reading->error);
    album->face_count = album->face_capacity = count;
    for (size_t i = 0; i < count && !status; i++, numbers += width) {
        album->faces[i] = (struct album_face){.id = numbers[0],
                                              .picture = numbers[1],
                                              .cluster = numbers[2],
                                              .said = width == 3 || numbers[3]};
        unpack_place(places[i], &album->faces[i].face);
        status = check_face(reading, i, places[i]);
    }
    return status;
}

static vultus_status read_names(const struct reading *reading)
{
    vultus_album *album = reading->album;
    const uint32_t *numbers = NULL;
    struct texts texts = {0};
    size_t count = 0;
    vultus_status status = take(reading, "name", WEIGHTS_I32, 1, (const void **)&numbers, &count);
    if (!status)
        status = take_texts(reading, "names", &texts);
    if (status)
        return status;
    album->names = mem_zalloc(count, sizeof *album->names);
    if (!album->names)
        return no_memory(reading->error);
    for (size_t i = 0; i < count && !status; i++) {
        struct album_name *name = &album->names[i];
        name->cluster = numbers[i];
        status = next_text(reading, &texts, VULTUS_NAME_MAX, &name->text);
        if (status)
            break;
        album->name_count++;
        if (!name->cluster || (i && album->names[i - 1].cluster >= name->cluster) ||
            names_fault(name->text, strlen(name->text)))
            status = odd(reading, "a name is none");
    }
    return status;
}

static vultus_status read_links(const struct reading *reading)
{
    vultus_album *album = reading->album;
    const uint32_t(*numbers)[4] = NULL;
    size_t count = 0;
    vultus_status status = take(reading, "link", WEIGHTS_I32, 4, (const void **)&numbers, &count);
    if (status)
        return status;
    if (count > ALBUM_LINKS_MAX)
        return odd(reading, "it has too many links");
    album->links = mem_zalloc(count, sizeof *album->links);
    if (!album->links)
        return no_memory(reading->error);
    album->link_capacity = count;
    for (size_t i = 0; i < count; i++) {
        album->links[album->link_count++] =
            (struct album_link){numbers[i][0], numbers[i][1], numbers[i][2], numbers[i][3]};
        const struct album_face *a = album_find_face(album, numbers[i][0]),
                                *b = album_find_face(album, numbers[i][1]);
        if (!a || !b || a == b || numbers[i][2] > 1)
            return odd(reading, "a link leads nowhere");
    }
    return VULTUS_OK;
}

struct step_columns {
    const uint32_t (*steps)[3], (*moves)[2], *renames;
    size_t step_count, move_count, rename_count;
    struct texts texts, names;
};

static vultus_status read_step(const struct reading *reading, struct step_columns *columns,
                               size_t index)
{
    struct album_step *step = &reading->album->steps[index];
    const uint32_t moves = columns->steps[index][1], names = columns->steps[index][2];
    step->serial = columns->steps[index][0];
    reading->album->step_count++;
    if (!step->serial || step->serial >= reading->album->next_step ||
        (index && reading->album->steps[index - 1].serial >= step->serial) ||
        moves > columns->move_count || names > columns->rename_count)
        return odd(reading, "a step is none");
    vultus_status status = next_text(reading, &columns->texts, ALBUM_STEP_TEXT_MAX, &step->text);
    step->moves = mem_alloc(moves * sizeof *step->moves);
    step->names = mem_zalloc(names, sizeof *step->names);
    if (!status && (!step->moves || !step->names))
        status = no_memory(reading->error);
    if (status)
        return status;
    for (uint32_t i = 0; i < moves; i++, columns->moves++)
        step->moves[step->move_count++] =
            (struct album_move){(*columns->moves)[0], (*columns->moves)[1]};
    columns->move_count -= moves;
    for (uint32_t i = 0; i < names && !status; i++, columns->renames++) {
        step->names[i].cluster = *columns->renames;
        status = next_text(reading, &columns->names, VULTUS_NAME_MAX, &step->names[i].text);
        step->name_count += !status;
        if (!status && *step->names[i].text &&
            names_fault(step->names[i].text, strlen(step->names[i].text)))
            status = odd(reading, "a name is none");
    }
    columns->rename_count -= names;
    return status;
}

static vultus_status read_steps(const struct reading *reading)
{
    vultus_album *album = reading->album;
    struct step_columns columns = {0};
    vultus_status status =
        take(reading, "step", WEIGHTS_I32, 3, (const void **)&columns.steps, &columns.step_count);
    if (!status)
        status = take(reading, "move", WEIGHTS_I32, 2, (const void **)&columns.moves,
                      &columns.move_count);
    if (!status)
        status = take(reading, "rename", WEIGHTS_I32, 1, (const void **)&columns.renames,
                      &columns.rename_count);
    if (!status)
        status = take_texts(reading, "steps", &columns.texts);
    if (!status)
        status = take_texts(reading, "renames", &columns.names);
    if (!status && columns.step_count > VULTUS_ALBUM_STEPS_MAX)
        status = odd(reading, "it has too many steps");
    if (status || !columns.step_count)
        return status;
    album->steps = mem_zalloc(columns.step_count, sizeof *album->steps);
    if (!album->steps)
        return no_memory(reading->error);
    for (size_t i = 0; i < columns.step_count && !status; i++)
        status = read_step(reading, &columns, i);
    return status;
}

/* A face that moves back to a number that was never given could meet one that will be. */
static vultus_status check_moves(const struct reading *reading)
{
    const vultus_album *album = reading->album;
    for (size_t s = 0; s < album->step_count; s++)
        for (size_t i = 0; i < album->steps[s].move_count; i++)
            if (!album->steps[s].moves[i].cluster ||
                album->steps[s].moves[i].cluster >= album->next_cluster)
                return odd(reading, "a step leads nowhere");
    return VULTUS_OK;
}

static vultus_status read_all(const struct reading *reading)
{
    vultus_status status = read_head(reading);
    if (!status)
        status = read_pictures(reading);
    if (!status)
        status = read_faces(reading);
    if (!status)
        status = read_names(reading);
    if (!status)
        status = read_links(reading);
    if (!status)
        status = read_steps(reading);
    return status ? status : check_moves(reading);
}

vultus_status album_read(const char *path, vultus_album *album, vultus_error *error)
{
    struct trained file;
    vultus_status status = trained_read(path, ALBUM_KIND, ALBUM_VERSION, &file, error);
    if (status)
        return status;
    const struct reading reading = {&file, album, error};
    status = read_all(&reading);
    trained_clear(&file);
    return status;
}

vultus_status album_parse(const void *bytes, size_t size, vultus_album *album, vultus_error *error)
{
    struct trained file;
    vultus_status status =
        trained_parse(bytes, size, album->path, ALBUM_KIND, ALBUM_VERSION, &file, error);
    if (status)
        return status;
    const struct reading reading = {&file, album, error};
    status = read_all(&reading);
    trained_clear(&file);
    return status;
}
