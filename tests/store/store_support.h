/* What tests of galleries share: samples and engines without any network. */
#ifndef STORE_SUPPORT_H
#define STORE_SUPPORT_H

#include "base/memory.h"
#include "engine/engine.h"
#include "engine/sample.h"
#include "image/image.h"
#include "postgres.h"
#include "support.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#define DIMENSION 32

/* An engine that only knows its embedder's name, dimension and threshold. */
struct fake_engine {
    struct contract_model contract;
    struct vultus_engine engine;
};

static inline const vultus_engine *fake_engine(struct fake_engine *fake, const char *id,
                                               size_t dimension, float cosine)
{
    memset(fake, 0, sizeof *fake);
    fake->contract.dimension = dimension;
    fake->contract.metric = VULTUS_METRIC_COSINE;
    fake->contract.threshold = cosine;
    fake->engine.embedder.contract = &fake->contract;
    snprintf(fake->engine.embedder.id, sizeof fake->engine.embedder.id, "%s", id);
    return &fake->engine;
}

static inline uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* A unit vector that only the seed decides. */
static inline void fake_embedding(uint64_t seed, size_t dimension, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < dimension; i++) {
        out[i] = (float)((double)(int64_t)next_random(&seed) / 9.3e18);
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < dimension; i++)
        out[i] = (float)((double)out[i] / sqrt(squared));
}

/* A sample of the picture number `seed`; its arrays are static, so there is nothing to free. */
static inline const vultus_sample *fake_sample(uint64_t seed, const char *embedder,
                                               size_t dimension)
{
    static struct vultus_sample sample;
    static float embedding[4096];
    static uint8_t thumbnail[200];
    uint64_t state = seed;
    memset(&sample, 0, sizeof sample);
    sample.verdict = VULTUS_SAMPLE_OK;
    sample.face_count = 1;
    sample.has_face = true;
    sample.face.box = (vultus_box){1.5f + (float)(seed % 100), -2, 64, 80};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        sample.face.landmarks[i] = (vultus_point){10.25f * (float)i, 20.5f};
    sample.face.score = 0.875f;
    sample.face.quality = (vultus_quality){
        .size = 64, .sharpness = 0.5f, .brightness = 0.25f, .roll = -3.5f, .yaw = 0.125f};
    fake_embedding(seed, dimension, embedding);
    sample.embedding = embedding;
    sample.dimension = dimension;
    snprintf(sample.embedder, sizeof sample.embedder, "%s", embedder);
    for (size_t i = 0; i < HASH_SIZE; i += 8) {
        uint64_t bits = next_random(&state);
        memcpy(sample.picture + i, &bits, 8);
    }
    for (size_t i = 0; i < sizeof thumbnail; i++)
        thumbnail[i] = (uint8_t)next_random(&state);
    sample.thumbnail = (struct buffer){.data = thumbnail, .size = sizeof thumbnail};
    return &sample;
}

/* Every test runs twice: with galleries that are plain and, where VULTUS_TEST_ENCRYPTED is set, encrypted. */
static inline bool encrypted(void)
{
    return getenv("VULTUS_TEST_ENCRYPTED") != NULL;
}

/* Before main: a key for all galleries of the program, or none. */
static void __attribute__((constructor)) set_key(void)
{
    vultus_error error = {0};
    const char *path;
    unsetenv("VULTUS_KEYRING");
    unsetenv("VULTUS_KEY_FILE");
    if (!encrypted())
        return;
    path = support_join(support_folder(), "key");
    if (vultus_key_make(path, &error) || setenv("VULTUS_KEY_FILE", path, 1)) {
        fprintf(stderr, "%s\n", error.message);
        _exit(1);
    }
}

/* A file with a key, of which a test has up to sixteen. */
static inline const char *new_key(void)
{
    static char paths[16][256];
    static unsigned number;
    vultus_error error = {0};
    char name[32], *path = paths[number % 16];
    snprintf(name, sizeof name, "key-%u", number++);
    snprintf(path, sizeof paths[0], "%s", support_join(support_folder(), name));
    assert_ok(vultus_key_make(path, &error), &error);
    return path;
}

/* A new place for a gallery: a file, or one in PostgreSQL where the tests run against it. */
static inline const char *fresh_path(void)
{
    static unsigned number;
    char name[32];
    if (postgres_wanted())
        return postgres_gallery(number++);
    snprintf(name, sizeof name, "gallery-%u.db", number++);
    return support_join(support_folder(), name);
}

static inline vultus_gallery *open_gallery(const char *path)
{
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    assert_ok(vultus_gallery_open(path, NULL, &gallery, &error), &error);
    return gallery;
}

static inline vultus_enrolled enroll(vultus_gallery *gallery, const char *name, uint64_t seed,
                                     const char *embedder)
{
    vultus_error error = {0};
    vultus_enrolled out;
    memset(&out, 0x55, sizeof out);
    assert_ok(vultus_gallery_enroll(gallery, name, "a/picture.jpg",
                                    fake_sample(seed, embedder, DIMENSION), &out, &error),
              &error);
    return out;
}

/* A closed gallery; every two faces are a person's. */
static inline const char *gallery_with_faces(unsigned count, const char *embedder)
{
    const char *path = fresh_path();
    char name[16];
    vultus_gallery *gallery = open_gallery(path);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "person %u", i / 2);
        enroll(gallery, name, i, embedder);
    }
    vultus_gallery_close(gallery);
    return path;
}

static inline size_t slurp(const char *path, char *out, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(out, 1, capacity, file);
    fclose(file);
    return size;
}

static inline void spill(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Another program's changes by hand. */
static inline void execute(const char *path, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message))
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

/* Who the face of this seed is said to be: lives until the next call. */
static inline const char *fake_nearest(vultus_gallery *gallery, const char *model, uint64_t seed)
{
    static vultus_identity who;
    struct fake_engine fake;
    vultus_error error = {0};
    float probe[DIMENSION];
    fake_embedding(seed, DIMENSION, probe);
    assert_ok(vultus_gallery_identify(gallery, fake_engine(&fake, model, DIMENSION, 0.9f), probe,
                                      NULL, &who, &error),
              &error);
    return who.match ? who.best.name : "unknown";
}

/* Of a person; 0 when there is none. */
static inline size_t faces_of(vultus_gallery *gallery, const char *name)
{
    vultus_face_records records = {0};
    if (vultus_gallery_faces(gallery, name, &records, NULL))
        return 0;
    size_t count = records.count;
    vultus_face_records_clear(&records);
    return count;
}

static inline void assert_whole(vultus_gallery *gallery)
{
    vultus_faults faults = {0};
    vultus_error error = {0};
    assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
    if (faults.found)
        fail_msg("%s", faults.items[0]);
    vultus_faults_clear(&faults);
}

#endif
