/*
 * Opening a search file: it is mapped, and everything but the embeddings is compared with its checksums, at the speed of
 * memory. Then what the numbers in it say is bounded, because a checksum is no proof of who wrote them.
 */
#define _GNU_SOURCE
#include "gallery/search_file.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 8 /* to open a file that others are changing */

static vultus_status damaged(const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_FORMAT, "is damaged: its %s", what);
}

/* Where others may write into the folder, too, they could have put it there. */
static bool is_ours(const struct stat *info)
{
    uid_t user = geteuid();
    return (info->st_uid == user || info->st_uid == 0 || user == 0) && !(info->st_mode & 022);
}

/* Opens and maps the file if its size is what its head says. */
static vultus_status map_file(const char *path, const char *embedder, const struct search *search,
                              struct search_map **out, vultus_error *error)
{
    struct layout_head head = {0};
    struct layout layout;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT
                   ? status_set(error, VULTUS_ERR_NOT_FOUND, "is not there")
                   : status_set(error, VULTUS_ERR_IO, "cannot be opened (%s)", strerror(errno));
    vultus_status status = VULTUS_OK;
    if (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_size < LAYOUT_FIRST ||
        pread(fd, &head, sizeof head, LAYOUT_HEAD) != sizeof head)
        status = damaged("size", error);
    if (!status && !is_ours(&info))
        status = status_set(error, VULTUS_ERR_FORMAT, "may be written by others");
    if (!status)
        status = layout_check_head(&head, error);
    if (!status && (head.dimension != search->dimension || head.raw != (uint32_t)search->raw ||
                    strcmp(head.embedder, embedder)))
        status = status_set(error, VULTUS_ERR_FORMAT, "is of another embedder");
    if (!status) {
        layout_of(&head, head.axes, &layout);
        if ((uint64_t)info.st_size != layout.end)
            status = damaged("size", error);
    }
    if (status) {
        close(fd);
        return status;
    }
    status = search_map_new(fd, layout.end, false, out, error);
    if (!status) {
        (*out)->head = head;
        (*out)->layout = layout;
    }
    return status;
}

static vultus_status check_sums(struct search_map *map, vultus_error *error)
{
    static const char *const names[COLUMNS] = {"people", "names", "rows", "codes", "fine codes"};
    memcpy(&map->erasures, map->beginning + LAYOUT_ERASURES, sizeof map->erasures);
    if (!layout_find_slot(&map->head, map->beginning, &map->slot))
        return damaged("slots", error);
    if (!map->slot.valid)
        return status_set(error, VULTUS_ERR_BUSY, "was not written to its end");
    if (checksum(map->base + map->layout.axes_at, layout_axes_bytes(&map->head)) !=
        map->head.axes_check)
        return damaged("axes", error);
    for (int c = COLUMNS - 1; c >= 0; c--) { /* fine codes first: they need not stay in memory */
        if (!layout_verify(&map->layout, (enum layout_column)c, map->base, &map->slot))
            return damaged(names[c], error);
        if (c == COLUMN_FINE)
            search_map_advise(map);
    }
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ what the numbers say */

static vultus_status take_people(struct search *search, const struct search_map *map,
                                 vultus_error *error)
{
    const struct layout_slot *slot = &map->slot;
    search->members = search_map_item(map, COLUMN_MEMBERS, 0);
    search->names = search_map_item(map, COLUMN_NAMES, 0);
    search->members_count = slot->members;
    search->names_size = slot->names;
    search->members_capacity = map->head.members;
    search->names_capacity = map->head.names;
    search->has_face = mem_zalloc(search->members_capacity, sizeof *search->has_face);
    if (!search->has_face)
        return status_memory(error, "the search index");
    if (slot->members && (!slot->names || search->names[slot->names - 1]))
        return damaged("names", error);
    for (size_t i = 0; i < slot->members; i++)
        if (search->members[i].name >= slot->names ||
            (i && search->members[i].id <= search->members[i - 1].id))
            return damaged("people", error);
    for (size_t i = 0; i < slot->members; i++)
        search->gone += !search_name(search, i)[0];
    return VULTUS_OK;
}

static vultus_status take_rows(struct search *search, const struct search_map *map,
                               vultus_error *error)
{
    const struct layout_slot *slot = &map->slot;
    search->rows = search_map_item(map, COLUMN_ROWS, 0);
    search->matrix = (float *)(void *)(map->base + map->layout.matrix_at);
    search->faces = slot->faces;
    search->capacity = map->head.faces;
    for (size_t i = 0; i < slot->faces; i++) {
        const struct row *row = &search->rows[i];
        bool sane = row->squared > 0 && row->squared < INFINITY && row->weight > 0 &&
                    row->weight < INFINITY;
        if (row->member == NOBODY) {
            search->erased++;
            continue;
        }
        if (row->member >= slot->members || !sane)
            return damaged("rows", error);
        search->people += !search->has_face[row->member];
        search->has_face[row->member] = true;
    }
    return search->erased == slot->erased ? VULTUS_OK : damaged("rows", error);
}

static bool all_within(const float *values, size_t count, float most)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(values[i]) <= most))
            return false;
    return true;
}

static vultus_status take_codes(struct search *search, const struct search_map *map,
                                vultus_error *error)
{
    const size_t count = map->head.axes;
    float *weights = (float *)(void *)(map->base + map->layout.axes_at);
    if (!count)
        return VULTUS_OK;
    if (!all_within(weights, 2 * count, 1e12f) ||
        (map->head.turned && !all_within(weights + 2 * count, count * search->dimension, 1.01f)))
        return damaged("axes", error);
    const struct axes learnt = {.dimension = search->dimension,
                                .count = count,
                                .weights = weights,
                                .inverses = weights + count,
                                .vectors = map->head.turned ? weights + 2 * count : NULL};
    vultus_status status = axes_copy(&learnt, &search->axes, error);
    if (!status)
        status = codes_scratch_new(&search->axes, &search->scratch, error);
    search->codes = search_map_item(map, COLUMN_CODES, 0);
    search->fine = search_map_item(map, COLUMN_FINE, 0);
    search->coded = map->slot.faces / CODES_GROUP * CODES_GROUP;
    search->groups_capacity = map->layout.columns[COLUMN_CODES].most;
    search->learnt_from = map->head.learnt_from;
    return status;
}

/* *again: somebody replaced the file or erased from it meanwhile. */
static vultus_status open_once(const char *path, const char *embedder, struct search *search,
                               bool *again, vultus_error *error)
{
    struct search_map *map = NULL;
    vultus_status status = map_file(path, embedder, search, &map, error);
    *again = false;
    if (status)
        return status;
    search->map = map;
    status = check_sums(map, error);
    if (!status)
        status = take_people(search, map, error);
    if (!status)
        status = take_rows(search, map, error);
    if (!status)
        status = take_codes(search, map, error);
    *again = search_state(search) == SEARCH_CHANGED;
    if (!status && *again)
        status = status_set(error, VULTUS_ERR_BUSY, "is being changed");
    if (status)
        search_clear(search);
    return status;
}

vultus_status search_file_open(const char *path, const char *embedder, struct search *search,
                               struct search_file_mark *mark, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    bool again = true;
    search_clear(search);
    for (int i = 0; again && i < TRIES; i++)
        status = open_once(path, embedder, search, &again, error);
    if (status)
        return status;
    *mark = search->map->slot.mark;
    return VULTUS_OK;
}

vultus_status search_file_open_any(const char *path, struct search **out,
                                   struct search_file_mark *mark, vultus_error *error)
{
    struct layout_head head = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "is not there");
    ssize_t size = fd < 0 ? -1 : pread(fd, &head, sizeof head, LAYOUT_HEAD);
    if (fd >= 0)
        close(fd);
    if (size != sizeof head)
        return status_set(error, VULTUS_ERR_FORMAT, "cannot be read, or is too short");
    vultus_status status = layout_check_head(&head, error);
    if (!status)
        status = search_new(head.dimension, head.raw, out, error);
    if (!status)
        status = search_file_open(path, head.embedder, *out, mark, error);
    return status;
}
