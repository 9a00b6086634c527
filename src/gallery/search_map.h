/* A search file that is mapped, for the files that open and write it. */
#ifndef GALLERY_SEARCH_MAP_H
#define GALLERY_SEARCH_MAP_H

#include "base/file.h"
#include "gallery/search_layout.h"

struct search_map {
    int fd;
    uint8_t *
        base; /* all of it: what is written here is this process' own, except while it is being made */
    size_t size;
    const uint8_t *beginning; /* its first pages, as they are in the file now */
    uint64_t erasures;        /* that there had been when it was opened */
    unsigned searches;        /* since what they looked at was let go */
    bool making;              /* nobody else knows it yet: writing to `base` writes to the file */
    struct layout_head head;
    struct layout_slot slot;
    struct layout layout;
    char
        temporary[FILE_PATH_MAX]; /* its name while it is being made; "": it has none, or its own */
};

/* Maps `size` bytes of a file, which the map owns from now on, also on failure. */
vultus_status search_map_new(int fd, size_t size, bool making, struct search_map **out,
                             vultus_error *error) VULTUS_MUST_USE;
void search_map_free(struct search_map *map);

/* What lies at an item of a column. */
void *search_map_item(const struct search_map *map, enum layout_column column, size_t index);
/* All arrays of an index are in its file, as far as they can be. */
bool search_map_has_all(const struct search *search);
/* And its codes are on the file's axes. */
bool search_map_has_same(const struct search *search);
/* Changes from now on are this process' own; where things lie stays the same. */
vultus_status search_map_part(struct search_map *map, vultus_error *error) VULTUS_MUST_USE;
/* Of a file that is being made: what was written there may leave this process' memory. */
void search_map_leave(const struct search_map *map, uint64_t at, uint64_t bytes);
/* Tells the system that embeddings and fine codes are looked at here and there. */
void search_map_advise(const struct search_map *map);

/* Writes all of it, or says why not: IO. */
vultus_status search_map_write(int fd, const void *data, size_t size, uint64_t at,
                               vultus_error *error) VULTUS_MUST_USE;
/* Writes the items behind those of the map's slot up to those of another, whose sums it notes. */
vultus_status search_map_append(int fd, const struct search *search, struct layout_slot *next,
                                vultus_error *error) VULTUS_MUST_USE;
/* Counts up the erasures of an open file. */
vultus_status search_map_erase(int fd, vultus_error *error) VULTUS_MUST_USE;
/* Overwrites and removes a file, without its lock; one that is not there is a success. IO. */
vultus_status search_map_remove(const char *path, vultus_error *error) VULTUS_MUST_USE;
/* The lock of a file, for which it is waited so long. BUSY, IO. */
vultus_status search_map_lock(const char *path, unsigned milliseconds, int *out,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
