/* What tests of galleries with search files share. */
#ifndef STORE_SEARCH_SUPPORT_H
#define STORE_SEARCH_SUPPORT_H

#include "gallery/store.h"
#include "store_support.h"

#include <unistd.h>

#define MODEL "synthetic@00000001"
enum { LEAST = 8, FACES = 60 };

static char told[512]; /* the last notice */
static unsigned notices;

static inline void notice(void *context, const char *line)
{
    (void)context;
    notices++;
    snprintf(told, sizeof told, "%s", line);
}

static inline const char *file_of(const char *path)
{
    static char out[4200];
    snprintf(out, sizeof out, "%s-search-%s", path, MODEL);
    return out;
}

static inline vultus_gallery *open_as(const char *path, bool read_only, bool search_files)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    const vultus_gallery_options options = {
        .read_only = read_only, .search_files = search_files, .notice = notice};
    notices = 0;
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    return gallery;
}

static inline vultus_gallery *open_reader(const char *path)
{
    return open_as(path, true, true);
}

/* Faces 0..FACES-1, two of each person, and its search file. */
static inline const char *filled(void)
{
    const char *path = gallery_with_faces(FACES, MODEL);
    assert_true(file_exists(file_of(path)));
    return path;
}

/* The person of each face is found, or not, as they are in the gallery's rows. */
static inline void check(vultus_gallery *gallery, unsigned faces)
{
    vultus_people people = {0};
    vultus_error error = {0};
    char name[32];
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (unsigned i = 0; i < faces; i++) {
        bool there = false;
        snprintf(name, sizeof name, "person %u", i / 2);
        for (size_t p = 0; p < people.count; p++)
            there |= !strcmp(people.items[p].name, name);
        assert_string_equal(fake_nearest(gallery, MODEL, i), there ? name : "unknown");
    }
    vultus_people_clear(&people);
}

static inline void check_at(const char *path, unsigned faces)
{
    vultus_gallery *gallery = open_reader(path);
    check(gallery, faces);
    vultus_gallery_close(gallery);
}

static inline void delete_person(vultus_gallery *gallery, const char *name)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_delete(gallery, name, &error), &error);
}

static inline bool file_has(const char *path, const void *bytes, size_t size)
{
    static char all[4 << 20];
    size_t have = slurp(path, all, sizeof all);
    assert_true(have < sizeof all);
    return memmem(all, have, bytes, size) != NULL;
}

static inline bool has_face(const char *path, uint64_t seed)
{
    float vector[DIMENSION];
    fake_embedding(seed, DIMENSION, vector);
    return file_has(path, vector, 16);
}

#endif
