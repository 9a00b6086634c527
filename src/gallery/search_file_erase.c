/*
 * Erasing from search files. First the file is made void and its readers are told, then everything of the person is
 * overwritten and brought to the disk, and once the database has forgotten them, too, the file is valid again. What is
 * in doubt is overwritten as a whole: it can be made again.
 */
#define _GNU_SOURCE
#include "base/checksum.h"
#include "base/file_lock.h"
#include "base/memory.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 5000 /* for whoever makes the file */

struct search_file_erasure {
    int lock, fd;
    struct search *search;
    struct layout_slot next;
};

static vultus_status failed(const char *path, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be erased (%s)", file_shown(path),
                      strerror(errno));
}

/* Zeros over all that is not a hole. */
static bool overwrite(int fd)
{
    static const uint8_t zeros[65536];
    struct stat info;
    vultus_error error;
    if (fstat(fd, &info))
        return false;
    off_t end = info.st_size;
    for (off_t at = 0; at < end && (at = lseek(fd, at, SEEK_DATA)) >= 0 && at < end;) {
        off_t hole = lseek(fd, at, SEEK_HOLE);
        if (hole < 0)
            hole = end;
        for (; at < hole; at += (off_t)sizeof zeros) {
            size_t size = hole - at < (off_t)sizeof zeros ? (size_t)(hole - at) : sizeof zeros;
            if (search_map_write(fd, zeros, size, (uint64_t)at, &error))
                return false;
        }
        at = hole;
    }
    return !fdatasync(fd);
}

vultus_status search_map_remove(const char *path, vultus_error *error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat info;
    if (fd < 0 && errno == ENOENT)
        return VULTUS_OK;
    if (fd < 0 && errno == ELOOP) /* a link leads to what is not ours */
        return unlink(path) ? failed(path, error) : VULTUS_OK;
    if (fd < 0)
        return failed(path, error);
    /* no file has an erasure count of 0, so readers are told by the first of the zeros */
    bool good = !fstat(fd, &info) && (!S_ISREG(info.st_mode) || overwrite(fd));
    good = good && !unlink(path);
    vultus_status status = good ? VULTUS_OK : failed(path, error);
    close(fd);
    return status;
}

/* Both the file and what somebody was making of it; who calls holds the lock. */
static vultus_status remove_both(const char *path, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    vultus_status status = search_map_remove(path, error);
    if (!status && snprintf(name, sizeof name, "%s.new", path) < (int)sizeof name)
        status = search_map_remove(name, error);
    return status;
}

vultus_status search_file_remove(const char *path, vultus_error *error)
{
    int lock = -1;
    vultus_status status = search_map_lock(path, WAIT_MS, &lock, error);
    if (!status)
        status = remove_both(path, error);
    file_unlock(lock);
    return status;
}

/* ------------------------------------------------------------------ one person */

bool search_file_peek(const char *path, struct search_file_mark *mark)
{
    uint8_t beginning[LAYOUT_ERASURES];
    struct layout_head head;
    struct layout_slot slot;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool whole = fd >= 0 && pread(fd, beginning, sizeof beginning, 0) == (ssize_t)sizeof beginning;
    if (fd >= 0)
        close(fd);
    if (!whole)
        return false;
    memcpy(&head, beginning + LAYOUT_HEAD, sizeof head);
    if (layout_check_head(&head, NULL) || !layout_find_slot(&head, beginning, &slot))
        return false;
    *mark = slot.mark;
    return slot.valid;
}

/* Short and fine. */
static vultus_status overwrite_code(const struct search *search, int fd, size_t row,
                                    vultus_error *error)
{
    const struct search_map *map = search->map;
    const size_t size = map->layout.columns[COLUMN_CODES].size, at = row % CODES_GROUP;
    if (row >= search->coded)
        return VULTUS_OK;
    uint8_t *group = search_map_item(map, COLUMN_CODES, row / CODES_GROUP);
    uint8_t *behind = group + map->head.axes / CODES_CHUNK * CODES_CHUNK_BYTES;
    for (uint8_t *chunk = group; chunk < behind; chunk += CODES_CHUNK_BYTES)
        memset(chunk + 4 * at, 0, 4);
    memset(behind + 4 * at, 0, 4);
    memset(behind + 4 * CODES_GROUP + 2 * at, 0, 2);
    memset(behind + 6 * CODES_GROUP + 2 * at, 0, 2);
    return search_map_write(fd, group, size,
                            map->layout.columns[COLUMN_CODES].at + row / CODES_GROUP * size, error);
}

static vultus_status overwrite_row(struct search *search, int fd, size_t row, vultus_error *error)
{
    const struct search_map *map = search->map;
    const size_t bytes = search->stride * sizeof(float);
    float *vector = search->matrix + row * search->stride;
    memset(vector, 0, bytes);
    search->rows[row] =
        (struct row){.member = NOBODY,
                     .squared = 1,
                     .weight = 1,
                     .check = (uint32_t)checksum(vector, search->dimension * sizeof *vector)};
    search->erased++;
    vultus_status status =
        search_map_write(fd, vector, bytes, map->layout.matrix_at + row * bytes, error);
    if (!status)
        status =
            search_map_write(fd, &search->rows[row], sizeof(struct row),
                             map->layout.columns[COLUMN_ROWS].at + row * sizeof(struct row), error);
    return status ? status : overwrite_code(search, fd, row, error);
}

static vultus_status overwrite_person(struct search *search, int fd, int64_t person,
                                      vultus_error *error)
{
    const struct search_map *map = search->map;
    const size_t member = search_member(search, person);
    vultus_status status = VULTUS_OK;
    if (member == search->members_count)
        return VULTUS_OK;
    for (size_t i = 0; !status && i < search->faces; i++)
        if (search->rows[i].member == member)
            status = overwrite_row(search, fd, i, error);
    if (status)
        return status;
    char *name = search->names + search->members[member].name;
    const size_t size = strlen(name);
    memset(name, 0, size);
    return search_map_write(
        fd, name, size, map->layout.columns[COLUMN_NAMES].at + search->members[member].name, error);
}

/* The sums of all columns anew. */
static vultus_status write_sums(const struct search *search, int fd, struct layout_slot *slot,
                                vultus_error *error)
{
    const struct search_map *map = search->map;
    vultus_status status = VULTUS_OK;
    for (int c = 0; !status && c < COLUMNS; c++) {
        const enum layout_column column = (enum layout_column)c;
        layout_note_sums(&map->layout, column, map->base, 0, slot);
        status = search_map_write(fd, map->base + map->layout.columns[c].sums_at,
                                  layout_items(slot, column) / map->layout.columns[c].block *
                                      sizeof(uint64_t),
                                  map->layout.columns[c].sums_at, error);
    }
    return status;
}

static vultus_status make_void(const struct search *search, int fd, vultus_error *error)
{
    struct layout_slot slot = search->map->slot;
    slot.sequence++;
    slot.valid = 0;
    layout_seal_slot(&search->map->head, &slot);
    vultus_status status =
        search_map_write(fd, &slot, sizeof slot, LAYOUT_SLOT(slot.sequence), error);
    return status ? status : search_map_erase(fd, error);
}

static vultus_status erase(struct search_file_erasure *erasure, int64_t person, vultus_error *error)
{
    struct search *search = erasure->search;
    vultus_status status = make_void(search, erasure->fd, error);
    if (!status)
        status = overwrite_person(search, erasure->fd, person, error);
    erasure->next = search->map->slot;
    erasure->next.sequence += 2;
    erasure->next.erased = search->erased;
    if (!status)
        status = write_sums(search, erasure->fd, &erasure->next, error);
    if (!status && fdatasync(erasure->fd))
        status = status_set(error, VULTUS_ERR_IO, "cannot be written (%s)", strerror(errno));
    return status;
}

static void end_erasure(struct search_file_erasure *erasure)
{
    if (erasure->fd >= 0)
        close(erasure->fd);
    file_unlock(erasure->lock);
    search_free(erasure->search);
    mem_free(erasure);
}

vultus_status search_file_erase_begin(const char *path, int64_t person, int64_t edits,
                                      struct search_file_erasure **out, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    struct search_file_mark mark;
    struct search_file_erasure *erasure = mem_zalloc(1, sizeof *erasure);
    vultus_error why;
    *out = NULL;
    if (!erasure)
        return status_memory(error, "the search file");
    erasure->lock = erasure->fd = -1;
    vultus_status status = search_map_lock(path, WAIT_MS, &erasure->lock, error);
    if (status) {
        end_erasure(erasure);
        return status;
    }
    status = search_file_open_any(path, &erasure->search, &mark, &why);
    if (!status && mark.edits == edits) {
        erasure->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        status = erasure->fd < 0 ? failed(path, error) : erase(erasure, person, error);
        if (!status && snprintf(name, sizeof name, "%s.new", path) < (int)sizeof name)
            status = search_map_remove(name, error);
        if (!status) {
            *out = erasure;
            return VULTUS_OK;
        }
    }
    status = remove_both(path, error);
    end_erasure(erasure);
    return status;
}

const struct search_file_mark *search_file_erasure_mark(const struct search_file_erasure *erasure)
{
    return &erasure->next.mark;
}

void search_file_erase_finish(struct search_file_erasure *erasure,
                              const struct search_file_mark *mark)
{
    vultus_error error;
    if (!erasure)
        return;
    if (mark) {
        erasure->next.mark = *mark;
        layout_seal_slot(&erasure->search->map->head, &erasure->next);
        if (search_map_write(erasure->fd, &erasure->next, sizeof erasure->next,
                             LAYOUT_SLOT(erasure->next.sequence), &error))
            mark = NULL; /* it stays void, and is made again */
    }
    end_erasure(erasure);
}
