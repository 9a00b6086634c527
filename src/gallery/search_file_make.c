/*
 * Making a search file: the index is filled in a shared mapping of PATH.new, so that a gallery that is larger than
 * memory can be filled at all; room on the disk is taken before, because a mapping cannot report that the disk is
 * full. The checksums and the head come last, and then the name.
 */
#define _GNU_SOURCE
#include "base/checksum.h"
#include "base/memory.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beyond what is there: a hole, which takes nothing on the disk until it is used. */
#define MORE(count) ((count) + (count) / 4 + 4096)
#define PIECE_BLOCKS 64 /* that are in memory at a time: 35 MB of fine codes of 128 axes */

static vultus_status full(int reason, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "cannot be made (%s)", strerror(reason));
}

static int take_room(int fd, uint64_t at, uint64_t size)
{
    return size ? posix_fallocate(fd, (off_t)at, (off_t)size) : 0;
}

static int take_rooms(int fd, const struct layout *layout, const struct search_file_size *size)
{
    const uint64_t items[] = {[COLUMN_MEMBERS] = size->people,
                              [COLUMN_NAMES] = size->name_bytes,
                              [COLUMN_ROWS] = size->faces};
    const uint64_t row = layout->matrix_size / layout->columns[COLUMN_ROWS].most;
    int reason = take_room(fd, 0, layout->axes_at + layout->axes_size);
    for (int c = 0; !reason && c < COLUMN_CODES; c++)
        reason = take_room(fd, layout->columns[c].at, items[c] * layout->columns[c].size);
    return reason ? reason : take_room(fd, layout->matrix_at, size->faces * row);
}

static void take_arrays(struct search *search, struct search_map *map)
{
    search->map = map;
    search->members = search_map_item(map, COLUMN_MEMBERS, 0);
    search->names = search_map_item(map, COLUMN_NAMES, 0);
    search->rows = search_map_item(map, COLUMN_ROWS, 0);
    search->matrix = (float *)(void *)(map->base + map->layout.matrix_at);
    search->members_capacity = map->head.members;
    search->names_capacity = map->head.names;
    search->capacity = map->head.faces;
}

vultus_status search_file_begin(const char *path, const struct search_file_size *size,
                                struct search *search, vultus_error *error)
{
    struct layout_head head = {.dimension = (uint32_t)search->dimension,
                               .raw = search->raw,
                               .faces = MORE(size->faces) / CODES_GROUP * CODES_GROUP,
                               .members = MORE(size->people),
                               .names = MORE(size->name_bytes)};
    const size_t axes = (search->dimension + CODES_CHUNK - 1) / CODES_CHUNK * CODES_CHUNK;
    char name[FILE_PATH_MAX];
    struct layout layout;
    struct search_map *map;
    if (snprintf(name, sizeof name, "%s.new", path) >= (int)sizeof name)
        return status_set(error, VULTUS_ERR_LIMIT, "has too long a path");
    if (size->faces > SEARCH_FACES_MAX || size->people > SEARCH_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "would be too large");
    search_clear(search);
    layout_of(&head, axes, &layout);
    vultus_status status = search_map_remove(name, error); /* of somebody who was killed */
    if (status)
        return status;
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return full(errno, error);
    int reason = ftruncate(fd, (off_t)layout.end) ? errno : take_rooms(fd, &layout, size);
    bool *has_face = reason ? NULL : mem_zalloc(head.members, sizeof *has_face);
    if (!has_face) {
        close(fd);
        unlink(name);
        return reason ? full(reason, error) : status_memory(error, "the search index");
    }
    status = search_map_new(fd, layout.end, true, &map, error);
    if (status) {
        unlink(name);
        mem_free(has_face);
        return status;
    }
    map->head = head;
    map->layout = layout;
    memcpy(map->temporary, name, strlen(name) + 1);
    take_arrays(search, map);
    search->has_face = has_face;
    return VULTUS_OK;
}

bool search_map_codes(struct search *search)
{
    struct search_map *map = search->map;
    struct layout layout;
    if (!map || !map->making)
        return false;
    layout_of(&map->head, search->axes.count, &layout);
    for (int c = COLUMN_CODES; c < COLUMNS; c++)
        if (take_room(map->fd, layout.columns[c].at,
                      (uint64_t)layout.columns[c].size * (search->faces / CODES_GROUP)))
            return false;
    map->layout = layout;
    search->codes = search_map_item(map, COLUMN_CODES, 0);
    search->fine = search_map_item(map, COLUMN_FINE, 0);
    search->groups_capacity = layout.columns[COLUMN_CODES].most;
    return true;
}

/* ------------------------------------------------------------------ its end */

static void write_axes(const struct axes *axes, uint8_t *out)
{
    const size_t bytes = axes->count * sizeof(float);
    memcpy(out, axes->weights, bytes);
    memcpy(out + bytes, axes->inverses, bytes);
    if (axes->vectors)
        memcpy(out + 2 * bytes, axes->vectors, bytes * axes->dimension);
}

/* In pieces, which leave memory as soon as they have their sums. */
static void note_sums(struct search_map *map, enum layout_column column)
{
    const struct layout *layout = &map->layout;
    const size_t size = layout->columns[column].size;
    const size_t items = size ? layout_items(&map->slot, column) : 0;
    const size_t piece = PIECE_BLOCKS * layout->columns[column].block;
    size_t from = 0;
    for (; items - from >= piece; from += piece) {
        layout_sum(layout, column, map->base, from, from + piece);
        search_map_leave(map, layout->columns[column].at + (uint64_t)from * size,
                         (uint64_t)piece * size);
    }
    layout_note_sums(layout, column, map->base, from, &map->slot);
}

static void write_beginning(const char *embedder, const struct search_file_mark *mark,
                            struct search *search)
{
    struct search_map *map = search->map;
    struct layout_head *head = &map->head;
    bool coded = search->coded && search->coded == search->faces / CODES_GROUP * CODES_GROUP;
    head->axes = coded ? (uint32_t)search->axes.count : 0;
    head->turned = coded && search->axes.vectors;
    head->learnt_from = coded ? search->learnt_from : 0;
    strncpy(head->embedder, embedder, sizeof head->embedder - 1);
    layout_of(head, head->axes, &map->layout);
    if (coded)
        write_axes(&search->axes, map->base + map->layout.axes_at);
    head->axes_check = checksum(map->base + map->layout.axes_at, layout_axes_bytes(head));
    layout_seal_head(head);
    map->slot = (struct layout_slot){.sequence = 1,
                                     .valid = 1,
                                     .faces = search->faces,
                                     .members = search->members_count,
                                     .names = search->names_size,
                                     .mark = *mark};
    for (int c = 0; c < COLUMNS; c++)
        note_sums(map, (enum layout_column)c);
    layout_seal_slot(head, &map->slot);
    memcpy(map->base + LAYOUT_HEAD, head, sizeof *head);
    memcpy(map->base + LAYOUT_SLOT(1), &map->slot, sizeof map->slot);
    map->base[LAYOUT_ERASURES] = 1;
}

vultus_status search_file_seal(const char *path, const char *embedder,
                               const struct search_file_mark *mark, struct search *search,
                               vultus_error *error)
{
    struct search_map *map = search->map;
    search_codes_update(search);
    if (!map || !map->making || !search_map_holds(map, search->matrix) ||
        !search_map_holds(map, search->rows) || !search_map_holds(map, search->members) ||
        !search_map_holds(map, search->names) ||
        (search->codes &&
         !(search_map_holds(map, search->codes) && search_map_holds(map, search->fine))))
        return status_set(error, VULTUS_ERR_IO, "cannot be made (no room for its codes)");
    write_beginning(embedder, mark, search);
    if (ftruncate(map->fd, (off_t)map->layout.end))
        return full(errno, error);
    int old = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    vultus_status status = VULTUS_OK;
    if (rename(map->temporary, path))
        status = full(errno, error);
    else
        map->temporary[0] = '\0';
    if (!status && old >= 0)
        status = search_map_erase(old, error); /* who reads it opens the new one */
    if (old >= 0)
        close(old);
    if (!status)
        status = search_map_part(map, error);
    if (!status)
        search_map_advise(map);
    return status;
}

/* ------------------------------------------------------------------ without what was erased */

static vultus_status copy_people(const struct search *from, struct search *into,
                                 vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < from->members_count; i++)
        if (search_name(from, i)[0]) /* those who were erased have none */
            status = search_add_person(into, from->members[i].id, search_name(from, i), error);
    return status;
}

static vultus_status copy_rows(struct search *from, struct search *into, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < from->faces; i++) {
        const struct row *row = &from->rows[i];
        search_map_passed(from, i);
        if (row->member == NOBODY)
            continue;
        if (!search_whole(from, i))
            return status_set(error, VULTUS_ERR_FORMAT, "is damaged: an embedding");
        status = search_add_face(into, row->face, from->members[row->member].id,
                                 (const uint8_t *)search_vector(from, i), error);
        if (!status)
            into->rows[into->faces - 1].weight = row->weight;
    }
    return status;
}

vultus_status search_file_renew(const char *path, const char *embedder,
                                const struct search_file_mark *mark, struct search *search,
                                vultus_error *error)
{
    struct search *fresh = NULL;
    const struct search_file_size size = {search->faces - search->erased, search->members_count,
                                          search->names_size};
    vultus_status status = search_new(search->dimension, search->raw, &fresh, error);
    if (status)
        return status;
    search_set_weigher(fresh, search->weigher);
    status = search_file_begin(path, &size, fresh, error);
    if (!status)
        status = copy_people(search, fresh, error);
    if (!status)
        status = copy_rows(search, fresh, error);
    if (!status)
        status = search_file_seal(path, embedder, mark, fresh, error);
    if (!status) {
        struct search old = *search;
        *search = *fresh;
        *fresh = old;
    }
    search_free(fresh);
    return status;
}
