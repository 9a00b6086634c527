/*
 * Mapping search files. A file is mapped privately, so that what a process adds behind the file's rows stays
 * its own until it is appended; the beginning is mapped a second time, shared, to see when others erase.
 * Linux shows changes of a file in private pages that were not written to, so a reader sees erased rows at once, and
 * by the count of erasures that its answer may not count.
 */
#define _GNU_SOURCE
#include "gallery/search_map.h"
#include "base/checksum.h"
#include "base/clock.h"
#include "base/file_lock.h"
#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RESTING_BYTES ((uint64_t)1 << 30) /* smaller ones are quicker without */
#define RESTING_SEARCHES 8                /* that look at 30 MB each */
#define PASSED_ROWS 65536                 /* 32 MiB of 128 numbers each */

static vultus_status failed(vultus_error *error)
{
    return errno == ENOMEM
               ? status_memory(error, "the search file")
               : status_set(error, VULTUS_ERR_IO, "cannot be used (%s)", strerror(errno));
}

vultus_status search_map_new(int fd, size_t size, bool making, struct search_map **out,
                             vultus_error *error)
{
    struct search_map *map = mem_zalloc(1, sizeof *map);
    if (!map) {
        close(fd);
        return status_memory(error, "the search file");
    }
    map->fd = fd;
    map->making = making;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      making ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (base != MAP_FAILED)
        map->base = base, map->size = size;
    void *beginning =
        map->base ? mmap(NULL, LAYOUT_FIRST, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (beginning == MAP_FAILED) {
        vultus_status status = failed(error);
        search_map_free(map);
        return status;
    }
    map->beginning = beginning;
    *out = map;
    return VULTUS_OK;
}

void search_map_free(struct search_map *map)
{
    if (!map)
        return;
    if (map->base)
        munmap(map->base, map->size);
    if (map->beginning)
        munmap((void *)(uintptr_t)map->beginning, LAYOUT_FIRST);
    if (map->temporary[0])
        unlink(map->temporary);
    close(map->fd);
    mem_free(map);
}

void search_map_close(struct search *search)
{
    search_map_free(search->map);
    search->map = NULL;
}

bool search_map_holds(const struct search_map *map, const void *block)
{
    const uint8_t *byte = block;
    return map && byte >= map->base && byte < map->base + map->size;
}

void *search_map_item(const struct search_map *map, enum layout_column column, size_t index)
{
    return map->base + map->layout.columns[column].at + map->layout.columns[column].size * index;
}

bool search_map_has_all(const struct search *search)
{
    const struct search_map *map = search->map;
    bool without_codes = map && !map->head.axes && !search->coded;
    return search_map_holds(map, search->members) && search_map_holds(map, search->names) &&
           search_map_holds(map, search->rows) && search_map_holds(map, search->matrix) &&
           (without_codes ||
            (search_map_holds(map, search->codes) && search_map_holds(map, search->fine)));
}

bool search_map_has_same(const struct search *search)
{
    const struct layout_head *head = &search->map->head;
    return search_map_has_all(search) &&
           (head->axes ? search->learnt_from == head->learnt_from : !search->coded);
}

bool search_map_whole(const struct search *search, size_t row)
{
    if ((uint32_t)checksum(search_vector(search, row), search->dimension * sizeof(float)) ==
        search->rows[row].check)
        return true;
    atomic_store(&((struct search *)(uintptr_t)search)->damaged, true);
    return false;
}

static uint64_t erasures(const struct search_map *map)
{
    const volatile uint64_t *count =
        (const volatile uint64_t *)(const volatile void *)(map->beginning + LAYOUT_ERASURES);
#ifndef __SANITIZE_THREAD__ /* gcc's does not know fences, and refuses them */
    atomic_thread_fence(memory_order_seq_cst);
#endif
    return *count;
}

enum search_state search_state(const struct search *search)
{
    if (!search->map)
        return SEARCH_SOUND;
    if (!search->map->making && erasures(search->map) != search->map->erasures)
        return SEARCH_CHANGED;
    return atomic_load(&search->damaged) ? SEARCH_DAMAGED : SEARCH_SOUND;
}

vultus_status search_map_part(struct search_map *map, vultus_error *error)
{
    void *base = mmap(map->base, map->size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, map->fd, 0);
    if (base == MAP_FAILED)
        return failed(error);
    map->making = false;
    map->erasures = erasures(map);
    return VULTUS_OK;
}

/* The pages around each embedding are mapped with it; they are clean, and whole pages of the file. */
void search_map_rest(const struct search *search)
{
    struct search_map *map = search->map;
    if (!map || map->making || map->layout.matrix_size < RESTING_BYTES ||
        ++map->searches < RESTING_SEARCHES)
        return;
    const uint64_t bytes = map->slot.faces * search->stride * sizeof(float);
    map->searches = 0;
    madvise(map->base + map->layout.matrix_at, bytes / LAYOUT_ALIGNMENT * LAYOUT_ALIGNMENT,
            MADV_DONTNEED);
}

void search_map_leave(const struct search_map *map, uint64_t at, uint64_t bytes)
{
    const uint64_t from = at / LAYOUT_ALIGNMENT * LAYOUT_ALIGNMENT;
    if (map->making) /* a shared mapping: all of it stays in the file */
        madvise(map->base + from, at + bytes - from, MADV_DONTNEED);
}

void search_map_leave_rows(const struct search *search, size_t from, size_t to)
{
    const struct search_map *map = search->map;
    const uint64_t row = search->stride * sizeof(float);
    if (map && map->making && to > from)
        search_map_leave(map, map->layout.matrix_at + from * row, (to - from) * row);
}

void search_map_passed(const struct search *search, size_t row)
{
    struct search_map *map = search->map;
    if (!map || !row || row % PASSED_ROWS)
        return;
    search_map_leave_rows(search, row - PASSED_ROWS, row);
    if (map->making && search->codes) {
        const struct layout *layout = &map->layout;
        for (int c = COLUMN_CODES; c < COLUMNS; c++)
            search_map_leave(map,
                             layout->columns[c].at +
                                 (row - PASSED_ROWS) / CODES_GROUP * layout->columns[c].size,
                             PASSED_ROWS / CODES_GROUP * layout->columns[c].size);
    } else if (!map->making && row <= map->slot.faces && map->layout.matrix_size >= RESTING_BYTES) {
        map->searches = RESTING_SEARCHES;
        search_map_rest(search);
    }
}

void search_map_advise(const struct search_map *map)
{
    const uint64_t fine = map->layout.columns[COLUMN_FINE].at;
    madvise(map->base + map->layout.matrix_at, map->layout.matrix_size, MADV_RANDOM);
    madvise(map->base + fine, map->layout.end - fine, MADV_RANDOM);
    madvise(map->base + fine, map->layout.end - fine, MADV_DONTNEED); /* they were only checked */
}

vultus_status search_map_write(int fd, const void *data, size_t size, uint64_t at,
                               vultus_error *error)
{
    const uint8_t *bytes = data;
    while (size) {
        ssize_t done = pwrite(fd, bytes, size, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return status_set(error, VULTUS_ERR_IO, "cannot be written (%s)", strerror(errno));
        bytes += done;
        size -= (size_t)done;
        at += (uint64_t)done;
    }
    return VULTUS_OK;
}

vultus_status search_map_erase(int fd, vultus_error *error)
{
    uint64_t count = 0;
    if (pread(fd, &count, sizeof count, LAYOUT_ERASURES) < 0)
        count = 0;
    count++;
    return search_map_write(fd, &count, sizeof count, LAYOUT_ERASURES, error);
}

vultus_status search_map_lock(const char *path, unsigned milliseconds, int *out,
                              vultus_error *error)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    uint64_t start = clock_ns();
    for (;;) {
        vultus_status status = file_lock(path, out, error);
        if (status != VULTUS_ERR_BUSY || clock_ns() - start >= milliseconds * 1000000ull)
            return status;
        nanosleep(&pause, NULL);
    }
}
