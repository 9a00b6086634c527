/* An album in a temporary file, of made-up faces: face i is alone in the picture /p/<i>.jpg. */
#ifndef TEST_ALBUM_MADE_UP_H
#define TEST_ALBUM_MADE_UP_H

#include "../store/store_support.h"
#include "faces_made_up.h"

#include "engine/album.h"

#include <unistd.h>

static struct fake_engine fake;
static float *embeddings;
static uint32_t *person;
static const char *path;

static inline void album_make_up(const struct made_up *of)
{
    made_up_faces(of, &embeddings, &person);
    fake_engine(&fake, "synthetic@00000001", of->dimension, 0.375f);
    path = strdup(support_join(support_folder(), "album.safetensors"));
}

static inline int album_forget(void **state)
{
    (void)state;
    free(embeddings);
    free(person);
    free((void *)(uintptr_t)path);
    return 0;
}

static inline vultus_album *open_album(void)
{
    vultus_album *album = NULL;
    vultus_error error = {0};
    assert_ok(vultus_album_open(path, NULL, &album, &error), &error);
    assert_ok(vultus_album_use(album, &fake.engine, &error), &error);
    return album;
}

/* A picture with these faces, by their numbers. */
static inline void put(vultus_album *album, const char *name, size_t count, const size_t *which)
{
    vultus_face faces[8] = {{.score = 0}};
    float rows[8 * DIMENSION];
    vultus_error error = {0};
    const vultus_album_picture picture = {name, 1000, 5};
    for (size_t i = 0; i < count; i++) {
        faces[i] = (vultus_face){.box = {(float)i, 2, 50, 60},
                                 .score = 0.9f,
                                 .quality = {.size = 50, .sharpness = 0.5f, .score = 0.3f}};
        memcpy(rows + i * DIMENSION, embeddings + which[i] * DIMENSION, DIMENSION * sizeof *rows);
    }
    assert_ok(vultus_album_put(album, &picture, faces, count, rows, &error), &error);
}

static inline void put_one(vultus_album *album, size_t i)
{
    char name[32];
    snprintf(name, sizeof name, "/p/%02zu.jpg", i);
    put(album, name, 1, &i);
}

/* Of the face that was put as number `i`. */
static inline vultus_album_face face_of(const vultus_album *album, size_t i)
{
    char name[32];
    vultus_album_face face;
    snprintf(name, sizeof name, "/p/%02zu.jpg", i);
    for (size_t k = 0; vultus_album_face_at(album, k, &face); k++)
        if (!strcmp(face.path, name))
            return face;
    fail_msg("%s is not there", name);
    return face;
}

static inline size_t clusters_of(const vultus_album *album)
{
    vultus_cluster_list list;
    vultus_error error = {0};
    assert_ok(vultus_album_clusters(album, &list, &error), &error);
    size_t count = list.count;
    vultus_cluster_list_clear(&list);
    return count;
}

static inline vultus_album *reopen(vultus_album *album)
{
    vultus_error error = {0};
    assert_ok(vultus_album_save(album, &error), &error);
    vultus_album_close(album);
    return open_album();
}

#endif
