/* What contracts say beyond the mobile pack: weights, options, landmarks, attributes, alignments. */
#include "model/contract.h"
#include "base/file.h"
#include "support.h"

#include <dirent.h>
#include <stdlib.h>

#define HEAD "{\"format\":1,\"name\":\"x\",\"models\":["
#define HOG                                                                                        \
    "{\"id\":\"hog\",\"kind\":\"detector\",\"landmarks\":\"a/points5\","                           \
    "\"landmark_box\":[0.1,-0.2,0.9],\"options\":{\"threshold\":-0.5,\"levels\":[1,2,3]},"         \
    "\"networks\":[{\"role\":\"filters\",\"file\":\"hog.safetensors\"}]}"
#define INPUT                                                                                      \
    "\"input\":{\"layout\":\"NHWC\",\"colour\":\"RGB\",\"standardise\":true,\"mean\":[0,0,0],"     \
    "\"scale\":[1,1,1],\"width\":96,\"height\":96},"                                               \
    "\"networks\":[{\"role\":\"e\",\"file\":\"e.onnx\",\"input\":\"i\",\"outputs\":[\"o\"]}]"
#define FACE                                                                                       \
    "{\"id\":\"face\",\"kind\":\"embedder\"," INPUT                                                \
    ",\"output\":{\"dimension\":128,\"normalise\":false},\"metric\":\"euclidean\","                \
    "\"threshold\":0.6,\"alignment\":{\"method\":\"affine\",\"width\":96,\"height\":96,"           \
    "\"template\":[[30,30],[60,30],[45,50],[35,70],[55,70]],\"shapes\":[{\"of\":68,"               \
    "\"use\":[36,45,33],\"template\":[[10,10],[80,10],[45,-60]]}]}}"
#define MORE                                                                                       \
    "{\"id\":\"p68\",\"kind\":\"landmarks\",\"networks\":[{\"role\":\"t\",\"file\":"               \
    "\"t.safetensors\"}]},{\"id\":\"age\",\"kind\":\"attributes\"," INPUT "}"
#define MINE                                                                                       \
    "{\"id\":\"mine\",\"kind\":\"embedder\",\"base\":\"x/face\",\"base_id\":\"face@12\","          \
    "\"networks\":[{\"role\":\"projection\",\"file\":\"m.safetensors\"}],"                         \
    "\"output\":{\"dimension\":64},\"metric\":\"cosine\",\"threshold\":0.3}"

#define LIVE                                                                                       \
    "{\"id\":\"live\",\"kind\":\"liveness\",\"method\":\"tree\",\"options\":{\"threshold\":0.75}"  \
    "," INPUT "}"

static const char good[] = HEAD HOG "," FACE "," MORE "," MINE "," LIVE "]}";

static vultus_status parse(const char *text, struct contract_pack *out, vultus_error *error)
{
    return contract_parse(text, strlen(text), "x.json", out, error);
}

static void every_kind_is_read(void **state)
{
    struct contract_pack pack = {0};
    vultus_error error = {0};
    float value = 0, three[3];
    (void)state;
    assert_ok(parse(good, &pack, &error), &error);
    assert_int_equal(pack.model_count, 6);
    const struct contract_model *hog = &pack.models[0], *face = &pack.models[1];
    assert_int_equal(hog->networks[0].part, CONTRACT_WEIGHTS);
    assert_string_equal(hog->landmarks, "a/points5");
    assert_float_equal(hog->landmark_box[1], -0.2, 1e-6);
    assert_ok(contract_number(hog, "threshold", -1, 1, 0, &value, &error), &error);
    assert_float_equal(value, -0.5, 1e-6);
    assert_ok(contract_number(hog, "missing", -1, 1, 0.25f, &value, &error), &error);
    assert_float_equal(value, 0.25, 0);
    assert_ok(contract_numbers(hog, "levels", 0, 9, NULL, three, 3, &error), &error);
    assert_float_equal(three[2], 3, 0);
    assert_error(VULTUS_ERR_FORMAT, contract_number(hog, "threshold", 0, 1, 0, &value, &error),
                 &error, "hog: options.threshold: 1 number from 0 to 1 is expected");
    assert_error(VULTUS_ERR_FORMAT, contract_numbers(hog, "levels", 0, 9, NULL, three, 2, &error),
                 &error, "options.levels: 2 numbers");
    assert_error(VULTUS_ERR_FORMAT, contract_numbers(hog, "none", 0, 9, NULL, three, 2, &error),
                 &error, "options.none");
    assert_true(face->nhwc && face->standardise && face->raw);
    assert_int_equal(face->alignment, CONTRACT_ALIGN_AFFINE);
    assert_int_equal(face->shape_count, 1);
    assert_int_equal(face->shapes[0].use[1], 45);
    assert_float_equal(face->shapes[0].points[2].y, -60, 0);
    assert_int_equal(pack.models[2].kind, CONTRACT_LANDMARKS);
    assert_int_equal(pack.models[3].kind, CONTRACT_ATTRIBUTES);
    assert_string_equal(pack.models[4].base, "x/face");
    assert_string_equal(pack.models[4].base_id, "face@12");
    assert_int_equal(pack.models[4].dimension, 64);
    assert_int_equal(pack.models[5].kind, CONTRACT_LIVENESS);
    assert_string_equal(contract_kind_name(CONTRACT_LIVENESS), "liveness");
    assert_ok(contract_number(&pack.models[5], "threshold", 0, 1, 0, &value, &error), &error);
    assert_float_equal(value, 0.75f, 0);
    contract_clear(&pack);
}

static void refuse(const char *from, const char *to, const char *said)
{
    struct contract_pack pack = {0};
    vultus_error error = {0};
    const char *at = strstr(good, from);
    if (!at)
        fail_msg("the test itself is wrong: no %s", from);
    size_t before = (size_t)(at - good), size = sizeof good + strlen(to);
    char *text = malloc(size);
    snprintf(text, size, "%.*s%s%s", (int)before, good, to, at + strlen(from));
    vultus_status status = parse(text, &pack, &error);
    if (status != VULTUS_ERR_FORMAT || !strstr(error.message, said))
        fail_msg("%s -> %s: status %d, \"%s\" does not say \"%s\"", from, to, status, error.message,
                 said);
    free(text);
}

static void every_new_field_is_checked(void **state)
{
    (void)state;
    refuse("\"landmarks\":\"a/points5\"", "\"landmarks\":5", "models[0].landmarks");
    refuse("[0.1,-0.2,0.9]", "[0.1,-0.2]", "models[0].landmark_box");
    refuse("[0.1,-0.2,0.9]", "[0.1,-0.2,9]", "models[0].landmark_box");
    refuse("\"threshold\":-0.5", "\"threshold\":\"a\"", "models[0].options.threshold");
    refuse("[1,2,3]", "[]", "models[0].options.levels");
    refuse("[1,2,3]", "[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8]", "models[0].options.levels");
    refuse("\"levels\"", "\"a b\"", "models[0].options");
    refuse("\"kind\":\"landmarks\"", "\"kind\":\"points\"", "models[2].kind");
    refuse("\"standardise\":true", "\"standardise\":1", "standardise");
    refuse("\"normalise\":false", "\"normalise\":0", "normalise");
    refuse("\"affine\"", "\"rigid\"", "alignment.method");
    refuse("\"of\":68", "\"of\":69", "shapes[0].of");
    refuse("[36,45,33]", "[36,45]", "shapes[0].template");
    refuse("[36,45,33]", "[36,45,68]", "shapes[0].use");
    refuse("[36,45,33]", "[36,45,-1]", "shapes[0].use");
    refuse("[10,10],[80,10]", "[10],[80,10]", "shapes[0].template");
    refuse("[36,45,33],\"template\":[[10,10],[80,10],[45,-60]]",
           "[36,45],\"template\":[[10,10],[80,10]]", "three points");
    refuse("\"base\":\"x/face\"", "\"base\":\"\"", "models[4].base");
    refuse("\"base\":\"x/face\",", "", "models[4].base");
    refuse("\"base_id\":\"face@12\"", "\"base_id\":7", "models[4].base_id");
    refuse("m.safetensors\"", "m.onnx\",\"input\":\"i\",\"outputs\":[\"o\"]", "models[4].networks");
    refuse("\"dimension\":64", "\"dimension\":64,\"normalise\":false", "normalise");
}

/* Every pack that the source offers is one that the library reads. */
static void offered_packs_are_good(void **state)
{
    const char *folder = support_source("models");
    char path[512];
    size_t count = 0;
    (void)state;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));) {
        struct contract_pack pack = {0};
        struct buffer text;
        vultus_error error = {0};
        snprintf(path, sizeof path, "%.200s/%.200s/pack.json", support_source("models"),
                 entry->d_name);
        if (!file_exists(path))
            continue;
        assert_ok(file_read(path, CONTRACT_BYTES_MAX, &text, &error), &error);
        assert_ok(contract_parse(text.data, text.size, path, &pack, &error), &error);
        assert_string_equal(pack.name, entry->d_name);
        for (size_t i = 0; i < pack.model_count; i++) {
            assert_true(strlen(pack.models[i].licence) > 0);
            assert_true(strlen(pack.models[i].provenance) > 0);
            for (size_t k = 0; k < pack.models[i].network_count; k++)
                assert_true(pack.models[i].networks[k].has_hash &&
                            pack.models[i].networks[k].bytes > 0);
        }
        contract_clear(&pack);
        buffer_clear(&text);
        count++;
    }
    closedir(list);
    assert_true(count >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),
        cmocka_unit_test(every_new_field_is_checked),
        cmocka_unit_test(offered_packs_are_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
