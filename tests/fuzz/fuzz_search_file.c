/*
 * Search files: whatever the bytes are, they are refused or searched without a step outside. The checksums are made right
 * first, so that what lies behind them is reached: nobody who forges a file would leave them wrong.
 */
#include "fuzz.h"

#include "base/checksum.h"
#include "base/memory.h"
#include "gallery/search_map.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EMBEDDER "e@1"
enum { DIMENSION = 8, FACES = 40, TOP = 3 };

static char path[64];
static size_t file_size;

static void need(bool fact)
{
    if (!fact)
        abort();
}

static void remove_file(void)
{
    char lock[80];
    snprintf(lock, sizeof lock, "%s.lock", path);
    unlink(path);
    unlink(lock);
}

static void make_file(void)
{
    struct search *search = NULL;
    const struct search_file_mark mark = {.edits = 1};
    const struct search_file_size size = {FACES, FACES, 24 * FACES};
    vultus_error error;
    if (!path[0])
        atexit(remove_file);
    snprintf(path, sizeof path, "/tmp/fuzz-search-%ld", (long)getpid());
    need(!search_new(DIMENSION, false, &search, &error));
    need(!search_file_begin(path, &size, search, &error));
    for (int i = 0; i < FACES; i++) {
        float x[DIMENSION] = {cosf((float)i), sinf((float)i)};
        char name[24];
        snprintf(name, sizeof name, "p %d", i);
        need(!search_add_person(search, i + 1, name, &error) &&
             !search_add_face(search, i, i + 1, (const uint8_t *)x, &error));
    }
    need(!search_file_seal(path, EMBEDDER, &mark, search, &error));
    file_size = search->map->layout.end;
    search_free(search);
}

/* Triples of a place and a byte: the first half of the file's parts are what a head, a slot and rows have. */
static void change(uint8_t *file, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i += 4) {
        size_t at = ((size_t)data[i] << 8 | data[i + 1]) % 700; /* within a part */
        file[(data[i + 2] % 24 * (size_t)LAYOUT_ALIGNMENT + (data[i + 2] & 1 ? 8192 : 0) + at) %
             file_size] = data[i + 3];
    }
}

static void make_checksums_right(uint8_t *file)
{
    struct layout_head head;
    struct layout_slot slot;
    struct layout layout;
    memcpy(&head, file, sizeof head);
    layout_seal_head(&head);
    if (layout_check_head(&head, NULL))
        return;
    layout_of(&head, head.axes, &layout);
    memcpy(&slot, file + LAYOUT_SLOT(1), sizeof slot);
    if (layout.end != file_size || slot.faces > head.faces || slot.members > head.members ||
        slot.names > head.names)
        return;
    head.axes_check = checksum(file + layout.axes_at, layout_axes_bytes(&head));
    layout_seal_head(&head);
    slot.sequence |= 1;
    for (int c = 0; c < COLUMNS; c++)
        layout_note_sums(&layout, (enum layout_column)c, file, 0, &slot);
    layout_seal_slot(&head, &slot);
    memcpy(file, &head, sizeof head);
    memcpy(file + LAYOUT_SLOT(1), &slot, sizeof slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t *good, *file;
    struct search *search = NULL;
    struct search_hit hits[TOP];
    struct search_file_mark mark;
    vultus_error error;
    if (!good) {
        make_file();
        need((good = malloc(file_size)) && (file = malloc(file_size)));
        int fd = open(path, O_RDONLY);
        need(read(fd, good, file_size) == (ssize_t)file_size);
        close(fd);
    }
    long live = mem_live();
    memcpy(file, good, file_size);
    change(file, data, size);
    if (size % 4 != 1)
        make_checksums_right(file);
    int fd = open(path, O_RDWR);
    need(pwrite(fd, file, file_size, 0) == (ssize_t)file_size);
    close(fd);
    need(!search_new(DIMENSION, false, &search, &error));
    vultus_status status = search_file_open(path, EMBEDDER, search, &mark, &error);
    need(!status || (error.code == status && error.message[0]));
    const float probe[DIMENSION] = {1};
    for (size_t i = 0;
         i < (status ? 0 : search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, TOP)); i++)
        need(strlen(hits[i].name) < file_size);
    search_free(search);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const uint8_t seeds[][8] = {{0, 8, 0, 1, 0, 40, 1, 9}, {0, 16, 9, 200, 0, 8, 7, 255}};
    if (index >= 2 || capacity < 8)
        return 0;
    memcpy(out, seeds[index], 8);
    return 8;
}
