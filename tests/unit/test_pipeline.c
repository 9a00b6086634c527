/* Names of pipelines and models, and where they lead. */
#include "engine/pipeline.h"
#include "base/file.h"
#include "support.h"

#include <sys/stat.h>

static void pipelines_have_all_parts(void **state)
{
    const char *summary = NULL, *name;
    size_t count = 0;
    (void)state;
    assert_string_equal(pipeline_of(NULL).embedder, pipeline_of("mobile").embedder);
    while ((name = vultus_pipeline(count, &summary)) != NULL) {
        struct pipeline parts = pipeline_of(name);
        assert_true(parts.detector && parts.embedder && summary[0]);
        count++;
    }
    assert_int_equal(count, 6);
    assert_null(vultus_pipeline(count, NULL));
    assert_string_equal(pipeline_of("dlib").detector, "dlib/hog");
    assert_string_equal(pipeline_of("dlib").landmarks, "dlib/points5");
    assert_true(pipeline_brings("yunet") && pipeline_brings("arcface"));
    assert_false(pipeline_brings("mobile") || pipeline_brings("dlib") || pipeline_brings("x"));
    struct pipeline own = pipeline_of("my-pack");
    assert_string_equal(own.detector, "my-pack");
    assert_string_equal(own.embedder, "my-pack");
    assert_null(own.landmarks);
}

static void put_pack(const char *folder, const char *pack, const char *id)
{
    char path[512], text[512];
    vultus_error error = {0};
    snprintf(path, sizeof path, "%s/%s", folder, pack);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/%s/pack.json", folder, pack);
    int size = snprintf(text, sizeof text,
                        "{\"format\":1,\"name\":\"%s\",\"models\":[{\"id\":\"%s\",\"kind\":"
                        "\"detector\",\"networks\":[{\"role\":\"w\",\"file\":"
                        "\"w.safetensors\"}]}]}",
                        pack, id);
    assert_ok(file_write(path, text, (size_t)size, &error), &error);
}

static void leads(const char *folder, const char *name, const char *pack, const char *id)
{
    char found[CONTRACT_NAME_MAX + 1], model[CONTRACT_NAME_MAX + 1];
    vultus_error error = {0};
    assert_ok(pipeline_resolve(folder, name, CONTRACT_DETECTOR, found, model, &error), &error);
    assert_string_equal(found, pack);
    assert_string_equal(model, id);
}

static void a_model_is_found_in_any_pack(void **state)
{
    const char *folder = support_folder();
    char name[200];
    char found[CONTRACT_NAME_MAX + 1], model[CONTRACT_NAME_MAX + 1];
    vultus_error error = {0};
    (void)state;
    put_pack(folder, "first", "hog");
    put_pack(folder, "second", "haar");
    leads(folder, "first", "first", "");
    leads(folder, "first/hog", "first", "hog");
    leads(folder, "haar", "second", "haar");
    leads(folder, "none", "none", "");
    leads(folder, "../x", "..", "x"); /* names are checked where packs are read */
    assert_ok(pipeline_resolve(folder, "haar", CONTRACT_EMBEDDER, found, model, &error), &error);
    assert_string_equal(found, "haar"); /* of another kind */
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_error(VULTUS_ERR_ARGUMENT,
                 pipeline_resolve(folder, name, CONTRACT_DETECTOR, found, model, &error), &error,
                 "too long");
    name[100] = '/';
    assert_int_equal(pipeline_resolve(folder, name + 98, CONTRACT_DETECTOR, found, model, &error),
                     VULTUS_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipelines_have_all_parts),
        cmocka_unit_test(a_model_is_found_in_any_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
