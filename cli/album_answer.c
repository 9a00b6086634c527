/*
 * Clusters for people and programs. Faces are put in order once: by cluster, in it by how well they show the
 * person; so the first face of a group is its best.
 */
#include "album_answer.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

static struct column cluster_columns[] = {
    {.key = "cluster", .right = true},
    {.key = "name", .width = 7},
    {.key = "faces", .right = true},
    {.key = "pictures", .right = true},
    {.key = "best"},
};

static struct column face_columns[] = {
    {.key = "face", .right = true},
    {.key = "cluster", .right = true},
    {.key = "name"},
    {.key = "file"},
    {.key = "x", .side = COLUMN_CSV},
    {.key = "y", .side = COLUMN_CSV},
    {.key = "width", .side = COLUMN_CSV},
    {.key = "height", .side = COLUMN_CSV},
    {.key = "score", .side = COLUMN_CSV},
    {.key = "size", .right = true},
    {.key = "sharpness", .right = true},
};

/* ------------------------------------------------------------------ collecting */

static int by_text(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

static bool is_among(const struct file_list *pictures, const char *path)
{
    return !pictures || (pictures->count && bsearch(&path, pictures->items, pictures->count,
                                                    sizeof *pictures->items, by_text));
}

static int by_cluster(const void *x, const void *y)
{
    const vultus_album_face *a = x, *b = y;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* The largest first, then by number: that is how they lie. */
static int largest_first(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* The best face to the front of its cluster, while groups still lie by cluster. */
static void bring_best(struct groups *groups, const vultus_cluster_info *info)
{
    size_t low = 0, high = groups->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (groups->faces[groups->items[middle].first].cluster < info->id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == groups->count)
        return;
    vultus_album_face *faces = groups->faces + groups->items[low].first;
    for (size_t k = 1; faces->cluster == info->id && k < groups->items[low].count; k++)
        if (faces[k].id == info->best) {
            vultus_album_face best = faces[k];
            memmove(faces + 1, faces, k * sizeof *faces);
            faces[0] = best;
        }
}

int groups_collect(const vultus_album *album, const struct file_list *pictures, size_t least,
                   struct groups *out)
{
    vultus_cluster_list list = {0};
    vultus_album_face face;
    vultus_error error = {0};
    size_t count = 0;
    *out = (struct groups){0};
    while (vultus_album_face_at(album, count, &face))
        count++;
    out->faces = mem_array(count, sizeof *out->faces);
    out->items = mem_array(count, sizeof *out->items);
    if (!out->faces || !out->items) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < count; i++)
        if (vultus_album_face_at(album, i, &face) && face.cluster && is_among(pictures, face.path))
            out->faces[out->face_count++] = face;
    qsort(out->faces, out->face_count, sizeof *out->faces, by_cluster);
    for (size_t begin = 0, end; begin < out->face_count; begin = end) {
        end = begin;
        while (end < out->face_count && out->faces[end].cluster == out->faces[begin].cluster)
            end++;
        if (end - begin >= least)
            out->items[out->count++] = (struct group){begin, end - begin};
        else
            out->small += end - begin;
    }
    if (vultus_album_clusters(album, &list, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < list.count; i++)
        bring_best(out, &list.items[i]);
    qsort(out->items, out->count, sizeof *out->items, largest_first);
    vultus_cluster_list_clear(&list);
    return EXIT_DONE;
}

void groups_clear(struct groups *groups)
{
    mem_free(groups->faces);
    mem_free(groups->items);
    *groups = (struct groups){0};
}

/* ------------------------------------------------------------------ answering */

static json_t *json_member(const vultus_album_face *face)
{
    json_t *value = json_box(&face->face);
    if (value && (json_object_set_new(value, "face", json_integer(face->id)) ||
                  json_object_set_new(value, "file", json_text(face->path)) ||
                  json_object_set_new(value, "quality", json_quality(&face->face)))) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

static bool put_cluster_json(const vultus_album_face *faces, size_t count)
{
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = !json_array_append_new(list, json_member(&faces[i]));
    if (!good) {
        json_decref(list);
        list = NULL;
    }
    return json_line(stdout,
                     json_pack("{s:I, s:o, s:o, s:o, s:I, s:o}", "cluster",
                               (json_int_t)faces->cluster, "name", json_text(faces->name), "count",
                               json_whole(count), "pictures", json_whole(count), "best",
                               (json_int_t)faces->id, "faces", list),
                     JSON_DIGITS);
}

static void put_face_row(struct table *table, const vultus_album_face *face)
{
    table_whole(table, face->id);
    table_whole(table, face->cluster);
    table_text(table, face->name);
    table_text(table, face->path);
    table_number(table, face->face.box.x, 0, 2);
    table_number(table, face->face.box.y, 0, 2);
    table_number(table, face->face.box.width, 0, 2);
    table_number(table, face->face.box.height, 0, 2);
    table_number(table, face->face.score, 3, 5);
    table_number(table, face->face.quality.size, 0, 2);
    table_number(table, face->face.quality.sharpness, 2, 4);
    table_end(table);
}

static bool put_face_json(const vultus_album_face *face)
{
    json_t *value = json_member(face);
    if (value && (json_object_set_new(value, "cluster", json_integer(face->cluster)) ||
                  json_object_set_new(value, "name", json_text(face->name)))) {
        json_decref(value);
        value = NULL;
    }
    return json_line(stdout, value, JSON_DIGITS);
}

int groups_answer_faces(const struct groups *groups, enum format format)
{
    struct table table = {.columns = face_columns,
                          .count = sizeof face_columns / sizeof *face_columns,
                          .format = format};
    bool good = true;
    answer_begin();
    for (size_t i = 0; i < groups->face_count; i++)
        column_fit(&face_columns[3], groups->faces[i].path);
    for (size_t g = 0; g < groups->count && good; g++)
        for (size_t i = 0; i < groups->items[g].count && good; i++) {
            const vultus_album_face *face = &groups->faces[groups->items[g].first + i];
            column_fit(&face_columns[2], face->name ? face->name : "");
            if (format == FORMAT_JSON)
                good = put_face_json(face);
            else
                put_face_row(&table, face);
        }
    table_finish(&table);
    return answer_end() && good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

static void put_cluster_row(struct table *table, const vultus_album_face *faces, size_t count)
{
    table_whole(table, faces->cluster);
    table_text(table, faces->name);
    table_whole(table, (long long)count);
    table_whole(table, (long long)count); /* a cluster has no two faces of one picture */
    table_text(table, faces->path);
    table_end(table);
}

int groups_answer(const struct groups *groups, enum format format)
{
    struct table table = {.columns = cluster_columns,
                          .count = sizeof cluster_columns / sizeof *cluster_columns,
                          .format = format};
    bool good = true;
    if (format == FORMAT_CSV)
        return groups_answer_faces(groups, format);
    answer_begin();
    for (size_t g = 0; g < groups->count; g++) {
        const vultus_album_face *best = &groups->faces[groups->items[g].first];
        column_fit(&cluster_columns[1], best->name ? best->name : "-");
        column_fit(&cluster_columns[4], best->path);
    }
    for (size_t g = 0; g < groups->count && good; g++) {
        const vultus_album_face *faces = &groups->faces[groups->items[g].first];
        if (format == FORMAT_JSON)
            good = put_cluster_json(faces, groups->items[g].count);
        else
            put_cluster_row(&table, faces, groups->items[g].count);
    }
    table_finish(&table);
    return answer_end() && good ? EXIT_DONE : EXIT_ENVIRONMENT;
}
