/*
 * Contracts: the one that vultus brings, and what is wrong with others. Every case changes the good
 * contract at one place, and the message must name that place.
 */
#include "base/memory.h"
#include "model/contract.h"
#include "support.h"

#include <jansson.h>

/* A detector and an embedder, as small as a contract can be; %s of the cases are put in. */
static const char good[] =
    "{\"format\":1,\"name\":\"pack\",\"models\":["
    "{\"id\":\"det\",\"kind\":\"detector\",\"method\":\"mtcnn\","
    "\"input\":{\"layout\":\"NCHW\",\"colour\":\"BGR\",\"mean\":[1,2,3],\"scale\":[0.5,1,2]},"
    "\"networks\":[{\"role\":\"pnet\",\"file\":\"p.onnx\",\"input\":\"in\",\"outputs\":[\"a\","
    "\"b\"]}],"
    "\"options\":{\"thresholds\":[0.1,0.2,0.3],\"factor\":0.7}},"
    "{\"id\":\"emb\",\"kind\":\"embedder\","
    "\"input\":{\"layout\":\"NCHW\",\"colour\":\"RGB\",\"mean\":[0,0,0],\"scale\":[1,1,1],"
    "\"width\":112,\"height\":96},"
    "\"networks\":[{\"role\":\"embedding\",\"file\":\"e.onnx\",\"input\":\"in\",\"outputs\":["
    "\"out\"],"
    "\"sha256\":\"00000000000000000000000000000000000000000000000000000000000000ff\",\"bytes\":5}],"
    "\"output\":{\"dimension\":128},"
    "\"alignment\":{\"width\":112,\"height\":96,"
    "\"template\":[[38,51],[73,51],[56,71],[41,92],[70,92]]},"
    "\"metric\":\"euclidean\",\"threshold\":1.1}]}";

static vultus_status parse(const char *text, struct contract_pack *pack, vultus_error *error)
{
    return contract_parse(text, strlen(text), "x.json", pack, error);
}

static void a_good_contract_is_read(void **state)
{
    struct contract_pack pack;
    vultus_error error = {0};
    (void)state;
    assert_ok(parse(good, &pack, &error), &error);
    assert_string_equal(pack.name, "pack");
    assert_string_equal(pack.summary, "");
    assert_int_equal(pack.model_count, 2);
    const struct contract_model *detector = &pack.models[0], *embedder = &pack.models[1];
    assert_int_equal(detector->kind, CONTRACT_DETECTOR);
    assert_string_equal(detector->method, "mtcnn");
    assert_true(detector->bgr);
    assert_int_equal(detector->width, 0);
    assert_float_equal(detector->mean[2], 3, 0);
    assert_float_equal(detector->scale[0], 0.5, 0);
    float thresholds[3], factor;
    assert_int_equal(contract_numbers(detector, "thresholds", 0, 1, NULL, thresholds, 3, NULL),
                     VULTUS_OK);
    assert_float_equal(thresholds[1], 0.2, 1e-6);
    assert_int_equal(contract_number(detector, "factor", 0, 1, 0, &factor, NULL), VULTUS_OK);
    assert_float_equal(factor, 0.7, 1e-6);
    assert_int_equal(detector->networks[0].output_count, 2);
    assert_string_equal(detector->networks[0].outputs[1], "b");
    assert_false(detector->networks[0].has_hash);
    assert_int_equal(embedder->kind, CONTRACT_EMBEDDER);
    assert_string_equal(embedder->method, "emb"); /* its id, where there is none */
    assert_false(embedder->bgr);
    assert_int_equal(embedder->width, 112);
    assert_int_equal(embedder->height, 96);
    assert_int_equal(embedder->dimension, 128);
    assert_int_equal(embedder->metric, VULTUS_METRIC_EUCLIDEAN);
    assert_float_equal(embedder->threshold, 1.1, 1e-6);
    assert_float_equal(embedder->points[3].y, 92, 0);
    assert_true(embedder->networks[0].has_hash);
    assert_int_equal(embedder->networks[0].hash[31], 0xFF);
    assert_int_equal(embedder->networks[0].bytes, 5);
    assert_ptr_equal(contract_network_of(embedder, "embedding"), &embedder->networks[0]);
    assert_null(contract_network_of(embedder, "pnet"));
    assert_string_equal(contract_kind_name(detector->kind), "detector");
    assert_string_equal(contract_kind_name(embedder->kind), "embedder");
    contract_clear(&pack);
    contract_clear(&pack);
}

/* The good contract with one piece of its text replaced by another. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(good, from);
    if (!at)
        fail_msg("the test itself is wrong: no %s", from);
    size_t before = (size_t)(at - good), size = sizeof good + strlen(to);
    char *text = malloc(size);
    snprintf(text, size, "%.*s%s%s", (int)before, good, to, at + strlen(from));
    return text;
}

static void refuse(const char *from, const char *to, const char *said)
{
    struct contract_pack pack = {.name = "untouched"};
    vultus_error error = {0};
    char *text = changed(from, to);
    long live = mem_live();
    vultus_status status = parse(text, &pack, &error);
    if (status != VULTUS_ERR_FORMAT || !strstr(error.message, said) ||
        strncmp(error.message, "x.json", 6))
        fail_msg("%s -> %s: status %d, \"%s\" does not say \"%s\"", from, to, status, error.message,
                 said);
    assert_string_equal(pack.name, "untouched");
    assert_int_equal(mem_live(), live);
    free(text);
}

static void every_field_is_checked(void **state)
{
    static const char *const cases[][3] = {
        {"\"format\":1", "\"format\":2", "format"},
        {"\"format\":1", "\"format\":\"1\"", "format"},
        {"\"format\":1,", "", "format"},
        {"\"name\":\"pack\",", "", ": name: "},
        {"\"pack\"", "\"../etc\"", ": name: "},
        {"\"pack\"", "\"\"", ": name: "},
        {"\"pack\"", "7", ": name: "},
        {"\"models\":[", "\"models\":[1,", "models[0].id"},
        {"\"models\":[", "\"summary\":5,\"models\":[", "summary"},
        {"\"id\":\"det\",", "", "models[0].id"},
        {"\"det\"", "\"a/b\"", "models[0].id"},
        {"\"det\"", "\".hidden\"", "models[0].id"},
        {"\"det\"", "\"-option\"", "models[0].id"},
        {"\"det\"", "\"d\\u00e9t\"", "models[0].id"},
        {"\"kind\":\"detector\",", "", "models[0].kind"},
        {"\"detector\"", "\"Detector\"", "models[0].kind"},
        {"\"mtcnn\"", "\"\"", "models[0].method"},
        {"\"mtcnn\"", "null", "models[0].method"},
        {"\"mtcnn\"", "\"mtcnn\",\"licence\":[]", "models[0].licence"},
        {"\"mtcnn\"", "\"mtcnn\",\"provenance\":1", "models[0].provenance"},
        {"\"NCHW\"", "\"NCWH\"", "models[0].input.layout"},
        {"\"layout\":\"NCHW\",\"colour\":\"BGR\"", "\"colour\":\"BGR\"", "models[0].input.layout"},
        {"\"BGR\"", "\"bgr\"", "models[0].input.colour"},
        {"[1,2,3]", "[1,2]", "models[0].input.mean"},
        {"[1,2,3]", "[1,2,3,4]", "models[0].input.mean"},
        {"[1,2,3]", "[1,2,256]", "models[0].input.mean"},
        {"[1,2,3]", "[1,2,\"3\"]", "models[0].input.mean"},
        {"[1,2,3]", "2", "models[0].input.mean"},
        {"[0.5,1,2]", "[0,1,2]", "models[0].input.scale"},
        {"[0.5,1,2]", "[-1,1,2]", "models[0].input.scale"},
        {"[0.5,1,2]", "[1,1,1e30]", "models[0].input.scale"},
        {"[{\"role\":\"pnet\",\"file\":\"p.onnx\",\"input\":\"in\",\"outputs\":[\"a\",\"b\"]}]",
         "[]", "models[0].networks: "},
        {"\"name\"", "\"Name\":1,\"name\"", "x.json: Name: no contract has such a field"},
        {"\"mtcnn\"", "\"mtcnn\",\"treshold\":1", "models[0].treshold: no contract has"},
        {"\"mtcnn\"", "\"mtcnn\",\"metric\":\"cosine\"", "models[0].metric: no contract has"},
        {"\"role\"", "\"sha\":1,\"role\"", "models[0].networks[0].sha: no contract has"},
        {"\"dimension\"", "\"normalize\":true,\"dimension\"", "models[1].output.normalize: no"},
        {"\"metric\"", "\"landmarks\":\"a/b\",\"metric\"", "models[1].landmarks: no contract has"},
        {"\"pnet\"", "\"p net\"", "models[0].networks[0].role"},
        {"\"p.onnx\"", "\"/etc/passwd\"", "models[0].networks[0].file"},
        {"\"p.onnx\"", "\"..\"", "models[0].networks[0].file"},
        {"\"p.onnx\"", "\"a/../b\"", "models[0].networks[0].file"},
        {"\"p.onnx\"", "\"a\\\\b\"", "models[0].networks[0].file"},
        {"\"p.onnx\"", "\"a\\nb\"", "models[0].networks[0].file"},
        {"\"input\":\"in\"", "\"input\":\"\"", "models[0].networks[0].input"},
        {"\"input\":\"in\",", "", "models[0].networks[0].input"},
        {"[\"a\",\"b\"]", "[]", "models[0].networks[0].outputs"},
        {"[\"a\",\"b\"]",
         "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\","
         "\"o\",\"p\",\"q\"]",
         "models[0].networks[0].outputs"},
        {"[\"a\",\"b\"]", "[\"a\",2]", "models[0].networks[0].outputs"},
        {"[0.1,0.2,0.3]", "[0.1,0.2,\"0.3\"]", "models[0].options.thresholds"},
        {"[0.1,0.2,0.3]", "[]", "models[0].options.thresholds"},
        {"[0.1,0.2,0.3]", "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]",
         "models[0].options.thresholds"},
        {"\"factor\":0.7", "\"factor\":true", "models[0].options.factor"},
        {"\"factor\":0.7", "\"factor\":1e300", "models[0].options.factor"},
        {"\"factor\":0.7", "\"a factor\":0.7", "models[0].options: "},
        {"\"options\":{", "\"options\":5,\"licence\":{", "models[0].licence: "},
        {"\"options\":{\"thresholds\":[0.1,0.2,0.3],\"factor\":0.7}", "\"options\":5",
         "models[0].options: "},
        {"\"colour\":\"BGR\"", "\"colour\":\"BGR\",\"standardise\":1",
         "models[0].input.standardise"},
        {"\"options\"", "\"landmarks\":5,\"options\"", "models[0].landmarks"},
        {"\"options\"", "\"landmark_box\":[0,1],\"options\"", "models[0].landmark_box"},
        {"\"width\":112,\"height\":96,", "\"method\":\"warp\",\"width\":112,\"height\":96,",
         "models[1].alignment.method"},
        {"\"width\":112,\"height\":96,", "\"margin\":9,\"width\":112,\"height\":96,",
         "models[1].alignment.margin"},
        {"\"width\":112,\"height\":96,",
         "\"shapes\":[{\"of\":68,\"use\":[1],\"template\":[[1,2],[3,4]]}],\"width\":112,\"height\":"
         "96,",
         "models[1].alignment.shapes[0].template"},
        {"\"width\":112,\"height\":96,",
         "\"shapes\":[{\"of\":68,\"use\":[1,68],\"template\":[[1,2],[3,4]]}],\"width\":112,"
         "\"height\":96,",
         "models[1].alignment.shapes[0].use"},
        {"\"dimension\":128", "\"dimension\":128,\"normalise\":1", "models[1].output.normalise"},
        {"\"width\":112,\"height\":96}", "\"width\":112}", "models[1].input.height"},
        {"\"width\":112,\"height\":96}", "\"width\":0,\"height\":96}", "models[1].input.width"},
        {"\"width\":112,\"height\":96}", "\"width\":4e9,\"height\":96}", "models[1].input.width"},
        {"\"width\":112,\"height\":96}", "\"width\":-112,\"height\":96}", "models[1].input.width"},
        {"00ff\"", "00fg\"", "models[1].networks[0].sha256"},
        {"00ff\"", "00FF\"", "models[1].networks[0].sha256"},
        {"00ff\"", "ff\"", "models[1].networks[0].sha256"},
        {"00ff\"", "00ff00\"", "models[1].networks[0].sha256"},
        {"\"bytes\":5", "\"bytes\":0", "models[1].networks[0].bytes"},
        {"\"bytes\":5", "\"bytes\":1e18", "models[1].networks[0].bytes"},
        {"\"bytes\":5", "\"bytes\":\"5\"", "models[1].networks[0].bytes"},
        {"\"dimension\":128", "\"dimension\":1", "models[1].output.dimension"},
        {"\"dimension\":128", "\"dimension\":1000000", "models[1].output.dimension"},
        {"\"output\":{\"dimension\":128},", "", "models[1].output.dimension"},
        {"\"alignment\":{\"width\":112", "\"alignment\":{\"width\":96",
         "models[1].alignment.width"},
        {"\"alignment\"", "\"aligned\"", "models[1].aligned: no contract"},
        {",[70,92]", "", "models[1].alignment.template"},
        {"[70,92]", "[70,92,1]", "models[1].alignment.template"},
        {"[70,92]", "[70,96]", "models[1].alignment.template"},
        {"[70,92]", "[-1,92]", "models[1].alignment.template"},
        {"[70,92]", "[\"70\",92]", "models[1].alignment.template"},
        {"\"euclidean\"", "\"l2\"", "models[1].metric"},
        {"\"metric\":\"euclidean\",", "", "models[1].metric"},
        {"\"threshold\":1.1", "\"threshold\":3", "models[1].threshold"},
        {",\"threshold\":1.1", "", "models[1].threshold"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i][0], cases[i][1], cases[i][2]);
}

/* The limits of options are the methods': each says its own. */
static void a_method_reads_its_numbers(void **state)
{
    struct contract_pack pack;
    vultus_error error = {0};
    float numbers[3] = {7, 7, 7};
    static const float fallback[2] = {4, 5};
    (void)state;
    assert_ok(parse(good, &pack, &error), &error);
    const struct contract_model *model = &pack.models[0];
    assert_error(VULTUS_ERR_FORMAT, contract_number(model, "factor", 0.8f, 1, 0, numbers, &error),
                 &error, "det: options.factor: 1 number from 0.8 to 1 is expected");
    assert_error(VULTUS_ERR_FORMAT,
                 contract_numbers(model, "thresholds", 0, 1, NULL, numbers, 2, &error), &error,
                 "options.thresholds: 2 numbers");
    assert_error(VULTUS_ERR_FORMAT,
                 contract_numbers(model, "nothing", 0, 1, NULL, numbers, 1, &error), &error,
                 "options.nothing");
    assert_float_equal(numbers[0], 7, 0);
    assert_ok(contract_numbers(model, "nothing", 0, 1, fallback, numbers, 2, &error), &error);
    assert_float_equal(numbers[1], 5, 0);
    contract_clear(&pack);
}

static void what_is_no_json_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "{",
                                        "[]x",
                                        "null",
                                        "\"text\"",
                                        "[",
                                        "{\"a\":1,}",
                                        "{\"format\":1e999}",
                                        "\xFF\xFE",
                                        "{\"name\":\"\xC3\"}",
                                        "{\"format\":1,\"name\":\"a\\u0000b\"}",
                                        "<html>"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct contract_pack pack;
        vultus_error error = {0};
        vultus_status status = parse(texts[i], &pack, &error);
        if (status != VULTUS_ERR_FORMAT || !strstr(error.message, "x.json:"))
            fail_msg("%s: status %d, %s", texts[i], status, error.message);
    }
    refuse("\"format\":1", "\"format\":1,\"format\":1", "not JSON"); /* which one would count? */
    refuse("\"kind\":\"detector\"", "\"kind\":\"detector\",\"kind\":\"embedder\"", "not JSON");
}

static void limits_hold(void **state)
{
    struct contract_pack pack;
    vultus_error error = {0};
    size_t size = CONTRACT_BYTES_MAX + 1;
    char *text = malloc(size + 1), name[CONTRACT_NAME_MAX + 8];
    (void)state;
    memset(text, ' ', size);
    assert_error(VULTUS_ERR_LIMIT, contract_parse(text, size, "x.json", &pack, &error), &error,
                 "x.json: larger than");
    memcpy(text, good, sizeof good - 1); /* white space behind is JSON still */
    assert_ok(contract_parse(text, size - 1, "x.json", &pack, &error), &error);
    contract_clear(&pack);
    memset(text, '[', size); /* a stack is not to be filled by it */
    assert_error(VULTUS_ERR_FORMAT, contract_parse(text, size - 1, "x.json", &pack, &error), &error,
                 "not JSON");
    free(text);

    snprintf(name, sizeof name, "\"%0*d\"", CONTRACT_NAME_MAX, 0);
    char *longest = changed("\"det\"", name);
    assert_ok(parse(longest, &pack, &error), &error);
    contract_clear(&pack);
    free(longest);
    snprintf(name, sizeof name, "\"%0*d\"", CONTRACT_NAME_MAX + 1, 0);
    refuse("\"det\"", name, "models[0].id");

    char licence[CONTRACT_TEXT_MAX + 40];
    snprintf(licence, sizeof licence, "\"mtcnn\",\"licence\":\"%0*d\"", CONTRACT_TEXT_MAX + 1, 0);
    refuse("\"mtcnn\"", licence, "models[0].licence");
}

/* As many models, and networks of one, as there may be, and one more. */
static void counts_hold(void **state)
{
    json_error_t trouble;
    vultus_error error = {0};
    struct contract_pack pack;
    (void)state;
    for (size_t more = 0; more <= 1; more++)
        for (int networks = 0; networks <= 1; networks++) {
            json_t *root = json_loads(good, 0, &trouble);
            json_t *models = json_object_get(root, "models");
            json_t *list =
                networks ? json_object_get(json_array_get(models, 0), "networks") : models;
            size_t most = networks ? CONTRACT_NETWORKS_MAX : CONTRACT_MODELS_MAX;
            while (json_array_size(list) < most + more) {
                json_t *copy = json_deep_copy(json_array_get(list, 0));
                json_object_set_new(copy, networks ? "role" : "id",
                                    json_sprintf("another%zu", json_array_size(list)));
                json_array_append_new(list, copy);
            }
            char *text = json_dumps(root, 0);
            vultus_status status = parse(text, &pack, &error);
            assert_int_equal(status, more ? VULTUS_ERR_FORMAT : VULTUS_OK);
            if (!status)
                contract_clear(&pack);
            free(text);
            json_decref(root);
        }
}

/* Two models of one id, or two networks of one role: which of them would be meant? */
static void twins_are_refused(void **state)
{
    json_error_t trouble;
    vultus_error error = {0};
    struct contract_pack pack;
    (void)state;
    for (int networks = 0; networks <= 1; networks++) {
        json_t *root = json_loads(good, 0, &trouble);
        json_t *models = json_object_get(root, "models");
        json_t *list = networks ? json_object_get(json_array_get(models, 0), "networks") : models;
        json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
        char *text = json_dumps(root, 0);
        assert_error(VULTUS_ERR_FORMAT, parse(text, &pack, &error), &error, "has it already");
        free(text);
        json_decref(root);
    }
}

static void memory_may_end(void **state)
{
    (void)state;
    long live = mem_live();
    for (long n = 1;; n++) {
        struct contract_pack pack = {.name = "untouched"};
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = parse(good, &pack, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (!failed) {
            assert_int_equal(status, VULTUS_OK);
            contract_clear(&pack);
            break;
        }
        assert_int_equal(status, VULTUS_ERR_MEMORY);
        assert_string_equal(pack.name, "untouched");
        assert_int_equal(mem_live(), live);
    }
    assert_int_equal(mem_live(), live);
}

static void names_are_safe_names(void **state)
{
    static const char *const bad[] = {"",    ".",   "..", ".a",       "-a",  "a/b", "a\\b",
                                      "a b", "a\n", "a%", "\xC3\xA4", "a:b", "~"};
    static const char *const fine[] = {"a", "A.b_c-d", "0", "_", "a..b", "pack.json"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(contract_name_valid(bad[i]));
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        assert_true(contract_name_valid(fine[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_contract_is_read),
        cmocka_unit_test(every_field_is_checked),
        cmocka_unit_test(a_method_reads_its_numbers),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(counts_hold),
        cmocka_unit_test(twins_are_refused),
        cmocka_unit_test(memory_may_end),
        cmocka_unit_test(names_are_safe_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
