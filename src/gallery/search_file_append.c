/*
 * Appending to a search file: what is new is written behind what is there, then a slot that counts it. A process that is
 * killed in between has changed nothing that counts.
 */
#define _GNU_SOURCE
#include "base/file_lock.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool search_file_worn(const struct search *search)
{
    const struct search_map *map = search->map;
    return !map || map->making || !search_map_has_same(search) ||
           search->erased > search->faces / 4;
}

/* The file as it is now, if it is the one that is mapped and nobody has written to it since. */
static vultus_status open_same(const char *path, const struct search_map *map, int *out,
                               vultus_error *error)
{
    uint8_t beginning[LAYOUT_ERASURES];
    struct layout_slot slot;
    struct stat now, mapped;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return status_set(error, VULTUS_ERR_IO, "cannot be written (%s)", strerror(errno));
    if (!fstat(fd, &now) && !fstat(map->fd, &mapped) && now.st_dev == mapped.st_dev &&
        now.st_ino == mapped.st_ino &&
        pread(fd, beginning, sizeof beginning, 0) == (ssize_t)sizeof beginning &&
        layout_find_slot(&map->head, beginning, &slot) && slot.valid &&
        slot.sequence == map->slot.sequence) {
        *out = fd;
        return VULTUS_OK;
    }
    close(fd);
    return status_set(error, VULTUS_ERR_BUSY, "was written by another process");
}

/* Items of a column, and the sums of the blocks that became whole. */
static vultus_status write_column(int fd, const struct search_map *map, enum layout_column column,
                                  size_t from, size_t to, vultus_error *error)
{
    const size_t size = map->layout.columns[column].size, block = map->layout.columns[column].block;
    const uint64_t at = map->layout.columns[column].at, sums = map->layout.columns[column].sums_at;
    if (!size)
        return VULTUS_OK;
    vultus_status status = search_map_write(fd, search_map_item(map, column, from),
                                            (to - from) * size, at + from * size, error);
    if (!status)
        status = search_map_write(fd, map->base + sums + from / block * sizeof(uint64_t),
                                  (to / block - from / block) * sizeof(uint64_t),
                                  sums + from / block * sizeof(uint64_t), error);
    return status;
}

vultus_status search_map_append(int fd, const struct search *search, struct layout_slot *next,
                                vultus_error *error)
{
    const struct search_map *map = search->map;
    const struct layout_slot *before = &map->slot;
    const uint64_t row = search->stride * sizeof(float);
    vultus_status status = search_map_write(fd, search->matrix + before->faces * search->stride,
                                            (next->faces - before->faces) * row,
                                            map->layout.matrix_at + before->faces * row, error);
    for (int c = 0; !status && c < COLUMNS; c++) {
        const enum layout_column column = (enum layout_column)c;
        layout_note_sums(&map->layout, column, map->base, layout_items(before, column), next);
        status = write_column(fd, map, column, layout_items(before, column),
                              layout_items(next, column), error);
    }
    return status;
}

vultus_status search_file_append(const char *path, const struct search_file_mark *mark,
                                 struct search *search, vultus_error *error)
{
    struct search_map *map = search->map;
    int lock = -1, fd = -1;
    search_codes_update(search);
    if (search_file_worn(search))
        return status_set(error, VULTUS_ERR_LIMIT, "is full");
    struct layout_slot next = map->slot;
    next.sequence++;
    next.faces = smaller(search->faces, map->head.faces);
    next.members = search->members_count;
    next.names = search->names_size;
    next.mark = *mark;
    if (!memcmp(&next.mark, &map->slot.mark, sizeof next.mark))
        return VULTUS_OK;
    vultus_status status = search_map_lock(path, 0, &lock, error);
    if (!status)
        status = open_same(path, map, &fd, error);
    if (!status)
        status = search_map_append(fd, search, &next, error);
    layout_seal_slot(&map->head, &next);
    if (!status)
        status = search_map_write(fd, &next, sizeof next, LAYOUT_SLOT(next.sequence), error);
    if (!status)
        map->slot = next;
    if (fd >= 0)
        close(fd);
    file_unlock(lock);
    return status;
}
