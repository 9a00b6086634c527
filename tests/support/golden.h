/*
 * What tests of the networks share: the installed default pack, the pictures that golden files name,
 * and the golden files themselves. What is not there is skipped, visibly.
 */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "support.h"

#include "base/file.h"
#include "base/hash.h"
#include "model/pack.h"

#include <jansson.h>

/* Skips the running test unless the default pack is installed. */
#define golden_need_models()                                                                       \
    do {                                                                                           \
        struct contract_pack pack_;                                                                \
        vultus_error missing_ = {0};                                                               \
        if (pack_read(NULL, PACK_DEFAULT, &pack_, &missing_))                                      \
            support_skip(missing_.message);                                                        \
        contract_clear(&pack_);                                                                    \
    } while (0)

/* A JSON file of tests/golden; json_decref it. */
static inline json_t *golden_read(const char *name)
{
    json_error_t trouble;
    json_t *root = json_load_file(support_join(support_source("tests/golden"), name), 0, &trouble);
    if (!root)
        fail_msg("%s:%d: %s", name, trouble.line, trouble.text);
    return root;
}

static inline double golden_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("the golden file has no number \"%s\"", key);
    return json_number_value(value);
}

/* The numbers of a list that has at least `count` of them. */
static inline void golden_floats(const json_t *list, size_t count, float *out)
{
    if (json_array_size(list) < count)
        fail_msg("the golden file has %zu numbers, %zu are expected", json_array_size(list), count);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)json_number_value(json_array_get(list, i));
}

static inline const char *golden_place(const char *path)
{
    static char place[FILE_PATH_MAX];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (!strncmp(path, "data:", 5))
        return support_data(path + 5);
    if (cache && cache[0] == '/')
        (void)snprintf(place, sizeof place, "%s/vultus/photos/%s", cache, path + 7);
    else
        (void)snprintf(place, sizeof place, "%s/.cache/vultus/photos/%s", home ? home : "",
                       path + 7);
    return file_exists(place) ? place : NULL;
}

/*
 * The picture that a golden file describes by "sha256" and "paths": "data:..." lies in the test
 * data, "photos:..." among the pictures of the demo. NULL when it is in none of these places, or
 * another picture is.
 */
static inline vultus_image *golden_picture(const json_t *object)
{
    const char *wanted = json_string_value(json_object_get(object, "sha256"));
    const json_t *paths = json_object_get(object, "paths");
    vultus_image *image = NULL;
    for (size_t i = 0; !image && i < json_array_size(paths); i++) {
        const char *path = golden_place(json_string_value(json_array_get(paths, i)));
        struct buffer bytes;
        uint8_t hash[HASH_SIZE];
        char hex[HASH_HEX_SIZE];
        vultus_error error = {0};
        if (!path)
            continue;
        assert_ok(file_read(path, VULTUS_FILE_BYTES_MAX, &bytes, &error), &error);
        assert_ok(hash_bytes(bytes.data, bytes.size, hash, &error), &error);
        hash_hex(hash, hex);
        if (wanted && !strcmp(hex, wanted))
            assert_ok(vultus_image_decode(bytes.data, bytes.size, path, NULL, &image, &error),
                      &error);
        else
            fprintf(stderr, "%s is not the picture of the golden file\n", path);
        buffer_clear(&bytes);
    }
    return image;
}

/* A picture with a face in it, the first that is here; NULL: none of them. */
static inline vultus_image *golden_any_picture(void)
{
    json_t *golden = golden_read("embedding.json");
    const json_t *faces = json_object_get(golden, "faces");
    vultus_image *image = NULL;
    for (size_t i = 0; !image && i < json_array_size(faces); i++)
        image = golden_picture(json_array_get(faces, i));
    json_decref(golden);
    return image;
}

#endif
