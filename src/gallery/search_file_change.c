/*
 * Changing what a search file says of some people. The file is made void and its readers are told; then all that there is
 * of these people is said anew, what was not said again is overwritten, and it is brought to the disk. Once the
 * database has changed, too, the file is valid again. Who is killed in between leaves a file that is known not to be whole.
 */
#define _GNU_SOURCE
#include "base/checksum.h"
#include "base/file_lock.h"
#include "base/memory.h"
#include "gallery/search_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place { /* of a face of those people */
    int64_t face;
    uint32_t row;
    bool said; /* again */
};

struct search_file_change {
    int lock, fd;
    struct search *search; /* the file as it is to be: in pages of this process */
    struct search_file_mark mark;
    struct layout_slot next;
    struct place *places; /* by face */
    size_t count;
};

static void end_change(struct search_file_change *change)
{
    if (change->fd >= 0)
        close(change->fd);
    file_unlock(change->lock);
    search_free(change->search);
    mem_free(change->places);
    mem_free(change);
}

static vultus_status full(vultus_error *error)
{
    return status_set(error, VULTUS_ERR_LIMIT, "is full");
}

vultus_status search_file_change_begin(const char *path, unsigned milliseconds,
                                       struct search_file_change **out, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    struct search_file_change *change = mem_zalloc(1, sizeof *change);
    vultus_error why;
    if (!change)
        return status_memory(error, "the search file");
    change->lock = change->fd = -1;
    vultus_status status = search_map_lock(path, milliseconds, &change->lock, error);
    /* what another process was making when it was killed */
    if (!status && snprintf(name, sizeof name, "%s.new", path) < (int)sizeof name)
        status = search_map_remove(name, error);
    if (!status && search_file_open_any(path, &change->search, &change->mark, &why))
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "%s", why.message);
    if (!status && (change->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) < 0)
        status = status_set(error, VULTUS_ERR_IO, "%s: cannot be changed (%s)", file_shown(path),
                            strerror(errno));
    if (status)
        end_change(change);
    else
        *out = change;
    return status;
}

struct search *search_file_change_index(struct search_file_change *change)
{
    return change->search;
}

const struct search_file_mark *search_file_change_mark(const struct search_file_change *change)
{
    return &change->mark;
}

const char *search_file_change_embedder(const struct search_file_change *change)
{
    return change->search->map->head.embedder;
}

/* ------------------------------------------------------------------ whom it is about */

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

static int by_face(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    return (one->face > other->face) - (one->face < other->face);
}

/* Twice through the rows: how many there are, and where. */
static vultus_status find_places(struct search_file_change *change, const bool *concerned,
                                 vultus_error *error)
{
    const struct search *search = change->search;
    size_t count = 0;
    for (size_t i = 0; i < search->faces; i++)
        count += search->rows[i].member != NOBODY && concerned[search->rows[i].member];
    change->places = mem_array(count + 1, sizeof *change->places);
    if (!change->places)
        return status_memory(error, "the search file");
    for (size_t i = 0; i < search->faces; i++)
        if (search->rows[i].member != NOBODY && concerned[search->rows[i].member])
            change->places[change->count++] =
                (struct place){.face = search->rows[i].face, .row = (uint32_t)i};
    qsort(change->places, change->count, sizeof *change->places, by_face);
    return VULTUS_OK;
}

vultus_status search_file_change_people(struct search_file_change *change, const int64_t *people,
                                        size_t count, vultus_error *error)
{
    const struct search *search = change->search;
    bool *concerned = mem_zalloc(search->members_count + 1, sizeof *concerned);
    if (!concerned)
        return status_memory(error, "the search file");
    for (size_t i = 0; i < count; i++) /* behind the last: whom the file does not have */
        concerned[search_member(search, people[i])] = true;
    vultus_status status = find_places(change, concerned, error);
    mem_free(concerned);
    return status ? status : make_void(search, change->fd, error);
}

/* ------------------------------------------------------------------ what is said anew */

/* A name at most as long as the old one takes its place; a longer one comes behind all others. */
vultus_status search_file_change_name(struct search_file_change *change, int64_t person,
                                      const char *name, vultus_error *error)
{
    struct search *search = change->search;
    const struct search_map *map = search->map;
    const struct layout *layout = &map->layout;
    const size_t at = search_member(search, person);
    if (at == search->members_count)
        return name ? full(error) : VULTUS_OK;
    struct member *member = &search->members[at];
    const uint64_t place = member->name;
    const size_t size = strlen(search->names + place);
    size_t length = name ? strlen(name) : 0;
    vultus_status status = VULTUS_OK;
    if (at >= map->slot.members) /* it was added just now */
        return VULTUS_OK;
    if (length > size) {
        status = search_add_name(search, name, &member->name, error);
        if (!status && !search_map_has_all(search))
            status = full(error);
        if (!status)
            status =
                search_map_write(change->fd, member, sizeof *member,
                                 layout->columns[COLUMN_MEMBERS].at + at * sizeof *member, error);
        length = 0;
    }
    if (status)
        return status;
    char *old = search->names + place;
    if (length)
        memcpy(old, name, length);
    memset(old + length, 0, size - length);
    return search_map_write(change->fd, old, size, layout->columns[COLUMN_NAMES].at + place, error);
}

vultus_status search_file_change_face(struct search_file_change *change, int64_t face,
                                      int64_t person, bool *there, vultus_error *error)
{
    struct search *search = change->search;
    const struct place wanted = {.face = face};
    struct place *place =
        bsearch(&wanted, change->places, change->count, sizeof *change->places, by_face);
    const size_t member = search_member(search, person);
    *there = place != NULL;
    if (!place)
        return VULTUS_OK;
    if (member == search->members_count)
        return full(error);
    search->rows[place->row].member = (uint32_t)member;
    place->said = true;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ writing */

static vultus_status write_row(const struct search *search, int fd, size_t row, vultus_error *error)
{
    return search_map_write(fd, &search->rows[row], sizeof(struct row),
                            search->map->layout.columns[COLUMN_ROWS].at + row * sizeof(struct row),
                            error);
}

/* Short and fine. */
static vultus_status overwrite_code(const struct search *search, int fd, size_t row,
                                    vultus_error *error)
{
    const struct search_map *map = search->map;
    const size_t size = map->layout.columns[COLUMN_CODES].size, at = row % CODES_GROUP;
    const size_t fine_size = codes_fine_bytes(&search->axes);
    if (row >= search->coded)
        return VULTUS_OK;
    uint8_t *group = search_map_item(map, COLUMN_CODES, row / CODES_GROUP);
    uint8_t *behind = group + map->head.axes / CODES_CHUNK * CODES_CHUNK_BYTES;
    uint8_t *fine = (uint8_t *)search_map_item(map, COLUMN_FINE, 0) + row * fine_size;
    for (uint8_t *chunk = group; chunk < behind; chunk += CODES_CHUNK_BYTES)
        memset(chunk + 4 * at, 0, 4);
    memset(behind + 4 * at, 0, 4);
    memset(behind + 4 * CODES_GROUP + 2 * at, 0, 2);
    memset(behind + 6 * CODES_GROUP + 2 * at, 0, 2);
    memset(fine, 0, fine_size);
    vultus_status status = search_map_write(
        fd, group, size, map->layout.columns[COLUMN_CODES].at + row / CODES_GROUP * size, error);
    if (!status)
        status = search_map_write(fd, fine, fine_size,
                                  map->layout.columns[COLUMN_FINE].at + row * fine_size, error);
    return status;
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
        status = write_row(search, fd, row, error);
    return status ? status : overwrite_code(search, fd, row, error);
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

vultus_status search_file_change_write(struct search_file_change *change, vultus_error *error)
{
    struct search *search = change->search;
    struct layout_slot *next = &change->next;
    const bool more = search->faces > search->map->slot.faces;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < change->count; i++)
        status = change->places[i].said
                     ? write_row(search, change->fd, change->places[i].row, error)
                     : overwrite_row(search, change->fd, change->places[i].row, error);
    if (more)
        search_codes_update(search);
    if (!status && !(more ? search_map_has_same(search) : search_map_has_all(search)))
        status = full(error);
    *next = search->map->slot;
    next->sequence += 2; /* behind the one that made it void */
    next->faces = search->faces;
    next->members = search->members_count;
    next->names = search->names_size;
    next->erased = search->erased;
    if (!status)
        status = search_map_append(change->fd, search, next, error);
    if (!status)
        status = write_sums(search, change->fd, next, error);
    if (!status && fdatasync(change->fd))
        status = status_set(error, VULTUS_ERR_IO, "cannot be written (%s)", strerror(errno));
    return status;
}

void search_file_change_finish(struct search_file_change *change,
                               const struct search_file_mark *mark)
{
    vultus_error error;
    if (!change)
        return;
    if (mark) {
        change->next.mark = *mark;
        layout_seal_slot(&change->search->map->head, &change->next);
        if (search_map_write(change->fd, &change->next, sizeof change->next,
                             LAYOUT_SLOT(change->next.sequence), &error))
            mark = NULL; /* it stays void, and is made again */
    }
    end_change(change);
}
