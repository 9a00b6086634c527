/* Unknown faces: keeping them, grouping them, and giving a group a name, which makes them faces of somebody. */
#include "body.h"
#include "handlers.h"
#include "look.h"
#include "reply.h"
#include "service.h"
#include "unknown.h"

#include "answers/json_decisions.h"
#include "answers/json_people.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const image_field[] = {"image", NULL};
static const char *const name_fields[] = {"name", "faces", NULL};

/* ------------------------------------------------------------------ keeping */

struct keeping {
    struct request *request;
    const vultus_image *image;
    const vultus_faces *faces;
    const float *embeddings;
    vultus_face_record *records; /* that are to be kept */
    size_t count;
    json_t *list;
};

static bool is_kept(const struct request *request, const vultus_identity *who,
                    const vultus_face *face)
{
    const float least = request->parameters.given[PARAMETER_MIN_QUALITY]
                            ? request->parameters.min_quality
                            : UNKNOWN_QUALITY;
    return !who->match && (who->why == VULTUS_WHY_FAR || who->why == VULTUS_WHY_EMPTY) &&
           face->quality.score >= least;
}

/* One face: who it is, and whether it is kept. False: the reply says what is wrong. */
static bool look_at(struct keeping *keeping, struct worker *worker, size_t i)
{
    struct request *request = keeping->request;
    const vultus_engine *engine = request->server->engine;
    const vultus_face *face = &keeping->faces->items[i];
    const float *probe = keeping->embeddings + i * vultus_engine_dimension(engine);
    const struct unknown_face unknown = {keeping->image, face, probe, i, keeping->faces->count};
    vultus_decision decision = parameters_decision(&request->parameters);
    vultus_identity who;
    vultus_error error = {0};
    uint64_t began = clock_ns();
    decision.quality = face->quality.score;
    decision.picture = keeping->image;
    vultus_status status =
        vultus_gallery_identify(worker->gallery, engine, probe, &decision, &who, &error);
    request->stages[STAGE_SEARCH] += clock_ns() - began;
    const bool kept = !status && is_kept(request, &who, face);
    if (kept)
        status = unknown_record(engine, &unknown, &keeping->records[keeping->count], &error);
    if (status) {
        reply_failure(request, &error);
        return false;
    }
    keeping->count += kept;
    keeping->list = json_appended(
        keeping->list,
        json_joined(json_joined(json_box(face), json_identity(&who, metric_name(who.metric))),
                    json_pack("{s:b}", "kept", kept)));
    return true;
}

/* With the lock of changes. */
static vultus_status add(const struct keeping *keeping, vultus_gallery *unknown,
                         vultus_imported *imported, vultus_error *error)
{
    const struct parameters *parameters = &keeping->request->parameters;
    const unsigned most = keeping->request->server->options.keep_unknown;
    char date[UNKNOWN_DATE_SIZE];
    vultus_gallery_stats stats = {0};
    const char **names = mem_array(keeping->count, sizeof *names);
    vultus_status status =
        names ? vultus_gallery_statistics(unknown, &stats, error) : status_memory(error, "names");
    if (!status && stats.faces + keeping->count > UNKNOWN_MAX)
        status = status_set(error, VULTUS_ERR_LIMIT,
                            "%zu unknown faces are kept already; name or delete some", stats.faces);
    unknown_date(parameters->given[PARAMETER_DAYS] && parameters->days < most ? parameters->days
                                                                              : most,
                 date);
    for (size_t i = 0; !status && i < keeping->count; i++)
        names[i] = date;
    if (!status)
        status = vultus_gallery_import(unknown, names, keeping->records, keeping->count, imported,
                                       error);
    vultus_gallery_stats_clear(&stats);
    mem_free(names);
    return status;
}

static void keep(struct keeping *keeping)
{
    struct request *request = keeping->request;
    vultus_imported imported = {0};
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    if (keeping->count && !(status = writer_take_unknown(request, true, &unknown, &error))) {
        status = add(keeping, unknown, &imported, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_pack("{s:O, s:o, s:o}", "faces", keeping->list, "kept",
                             json_whole(imported.added), "duplicates",
                             json_whole(imported.duplicates)),
                   JSON_DIGITS);
}

static void look_at_all(struct request *request, struct worker *worker, const vultus_image *image,
                        const vultus_faces *faces)
{
    const size_t dimension = vultus_engine_dimension(request->server->engine);
    float *embeddings = faces->count ? look_embed(request, image, faces, faces->count) : NULL;
    struct keeping keeping = {.request = request,
                              .image = image,
                              .faces = faces,
                              .embeddings = embeddings,
                              .records = mem_zalloc(faces->count + 1, sizeof *keeping.records),
                              .list = json_array()};
    bool good = embeddings || !faces->count;
    if (good && !keeping.records) {
        reply_error(request, ERROR_BUSY, "not enough memory");
        good = false;
    }
    for (size_t i = 0; good && i < faces->count; i++)
        good = look_at(&keeping, worker, i);
    if (good)
        keep(&keeping);
    for (size_t i = 0; i < keeping.count; i++)
        vultus_row_clear(NULL, &keeping.records[i]);
    mem_free(keeping.records);
    json_decref(keeping.list);
    vultus_embeddings_free(embeddings, faces->count * dimension);
}

void handle_keep_unknown(struct request *request, struct worker *worker)
{
    struct body body = {0};
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    if (!request->server->options.keep_unknown)
        reply_error(request, ERROR_FORBIDDEN,
                    "this server keeps no unknown faces; start it with --keep-unknown DAYS");
    else if (look_rate(request) && body_read(request, image_field, &body) &&
             body_picture(request, &body, "image", &image) &&
             look_detect(request, image, 0, &faces))
        look_at_all(request, worker, image, &faces);
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    body_clear(&body);
}

/* ------------------------------------------------------------------ groups */

static json_t *json_unknown(const struct unknown_groups *groups, size_t i)
{
    const vultus_face_record *record = &groups->faces.items[i];
    return json_joined(json_box(&record->face),
                       json_pack("{s:o, s:s, s:o, s:o}", "face", json_integer(record->id),
                                 "created", record->created, "expires",
                                 json_text(groups->faces.names[i]), "quality",
                                 json_quality(&record->face)));
}

static json_t *json_group(const struct unknown_groups *groups, uint32_t label)
{
    json_t *list = json_array();
    int64_t first = 0;
    for (size_t i = 0; list && i < groups->faces.count; i++)
        if (groups->labels[i] == label) {
            first = first ? first : groups->faces.items[i].id;
            list = json_appended(list, json_unknown(groups, i));
        }
    return json_pack("{s:o, s:o}", "group", json_integer(first), "faces", list);
}

void handle_unknown_groups(struct request *request, struct worker *worker)
{
    struct unknown_groups groups = {0};
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    vultus_status status = worker_unknown(worker, request, &unknown, &error);
    if (!status)
        status = unknown_group(unknown, request->server->engine, &groups, &error);
    if (status && status != VULTUS_ERR_NOT_FOUND) {
        reply_failure(request, &error);
    } else {
        json_t *list = json_array();
        for (uint32_t label = 0; list && label < groups.count && label < request->parameters.limit;
             label++)
            list = json_appended(list, json_group(&groups, label));
        reply_json(request, 200,
                   json_pack("{s:o, s:o, s:o}", "groups", list, "total", json_whole(groups.count),
                             "faces", json_whole(groups.faces.count)),
                   JSON_DIGITS);
    }
    unknown_groups_clear(&groups);
}

void handle_unknown_picture(struct request *request, struct worker *worker)
{
    vultus_named_faces face = {0};
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    int64_t id;
    if (!path_number(request, request->values[0], &id))
        return;
    vultus_status status = worker_unknown(worker, request, &unknown, &error);
    if (!status)
        status = vultus_gallery_face(unknown, id, &face, &error);
    if (status)
        reply_failure(request, &error);
    else
        reply_picture(request, &face.items[0]);
    vultus_named_faces_clear(&face);
}

/* ------------------------------------------------------------------ what becomes of them */

struct chosen { /* faces of a group */
    struct unknown_groups groups;
    size_t *rows, count;
    vultus_face_record *records; /* of them; their contents are the groups' */
};

static vultus_status choose(struct chosen *chosen, int64_t group, const int64_t *faces,
                            size_t face_count, vultus_error *error)
{
    const vultus_named_faces *all = &chosen->groups.faces;
    size_t at = 0;
    while (at < all->count && all->items[at].id != group)
        at++;
    if (at == all->count)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no group %lld", (long long)group);
    chosen->records = mem_array(all->count, sizeof *chosen->records);
    if (!chosen->records)
        return status_memory(error, "a group");
    for (size_t i = 0; i < all->count; i++) {
        bool wanted = !face_count && chosen->groups.labels[i] == chosen->groups.labels[at];
        for (size_t k = 0; !wanted && k < face_count; k++)
            wanted = all->items[i].id == faces[k];
        if (wanted)
            chosen->records[chosen->count++] = all->items[i];
    }
    return VULTUS_OK;
}

static void chosen_clear(struct chosen *chosen)
{
    mem_free(chosen->records);
    unknown_groups_clear(&chosen->groups);
}

static vultus_status erase(vultus_gallery *unknown, const struct chosen *chosen,
                           vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < chosen->count; i++)
        status = vultus_gallery_delete_face(unknown, chosen->records[i].id, error);
    return status;
}

/* Into the gallery first, all or none, and then out of the unknown: whoever is killed in between names them again, and
 * those that are there already stay as they are. */
static vultus_status give_name(struct request *request, struct chosen *chosen, const char *name,
                               vultus_imported *imported, vultus_error *error)
{
    vultus_gallery *gallery = NULL;
    const char **names = mem_array(chosen->count + 1, sizeof *names);
    if (!names)
        return status_memory(error, "a group");
    for (size_t i = 0; i < chosen->count; i++) {
        names[i] = name;
        chosen->records[i].source = NULL;
    }
    vultus_status status = writer_take(request, &gallery, error);
    if (!status) {
        status =
            vultus_gallery_import(gallery, names, chosen->records, chosen->count, imported, error);
        writer_give(request);
    }
    mem_free(names);
    return status;
}

/* With a name: NULL erases them. */
static void settle(struct request *request, const char *name, const int64_t *faces, size_t count)
{
    struct chosen chosen = {0};
    vultus_imported imported = {0};
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    int64_t group;
    if (!path_number(request, request->values[0], &group))
        return;
    vultus_status status = writer_take_unknown(request, false, &unknown, &error);
    if (!status) {
        status = unknown_group(unknown, request->server->engine, &chosen.groups, &error);
        if (!status)
            status = choose(&chosen, group, faces, count, &error);
        writer_give(request);
    }
    if (!status && name)
        status = give_name(request, &chosen, name, &imported, &error);
    if (!status && !(status = writer_take_unknown(request, false, &unknown, &error))) {
        status = erase(unknown, &chosen, &error);
        if (status == VULTUS_ERR_NOT_FOUND) /* somebody else was as quick */
            status = VULTUS_OK;
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else if (name)
        reply_json(request, 200,
                   json_pack("{s:o, s:o, s:o, s:b}", "name", json_text(name), "added",
                             json_whole(imported.added), "duplicates",
                             json_whole(imported.duplicates), "new_person",
                             imported.new_people > 0),
                   JSON_DIGITS);
    else
        reply_empty(request, 204);
    chosen_clear(&chosen);
}

void handle_name_unknown(struct request *request, struct worker *worker)
{
    struct body body = {0};
    int64_t *faces = mem_array(UNKNOWN_MAX, sizeof *faces);
    size_t count = 0;
    (void)worker;
    if (!faces)
        reply_error(request, ERROR_BUSY, "not enough memory");
    else if (body_read(request, name_fields, &body) &&
             (!json_object_get(body.json, "faces") ||
              body_numbers(request, &body, "faces", faces, UNKNOWN_MAX, &count))) {
        const char *name = body_text(&body, "name", NULL, 0);
        if (name && !vultus_name_check(name, NULL))
            settle(request, name, faces, count);
        else
            reply_error(request, ERROR_BAD_NAME, "name has to be the name of somebody");
    }
    mem_free(faces);
    body_clear(&body);
}

void handle_delete_unknown(struct request *request, struct worker *worker)
{
    (void)worker;
    settle(request, NULL, NULL, 0);
}

void handle_delete_unknown_face(struct request *request, struct worker *worker)
{
    vultus_gallery *unknown = NULL;
    vultus_error error = {0};
    int64_t face;
    (void)worker;
    if (!path_number(request, request->values[0], &face))
        return;
    vultus_status status = writer_take_unknown(request, false, &unknown, &error);
    if (!status) {
        status = vultus_gallery_delete_face(unknown, face, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_empty(request, 204);
}
