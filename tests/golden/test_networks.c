/*
 * The installed networks against what the original ones answered (networks.json, made by
 * make_networks.py, and faceapi_networks.json, made by make_faceapi.js): import, packs, contracts and
 * ONNX Runtime in one test. A session is asked twice, for a run must leave nothing behind.
 */
#include "golden.h"

#include <math.h>

struct found { /* a network of an installed pack */
    struct contract_pack pack;
    const struct contract_network *network;
    struct session *session;
};

/* The session is NULL where the pack is not installed. */
static struct found open_network(struct session_runtime *runtime, const char *pack,
                                 const char *file)
{
    struct found found = {0};
    struct buffer bytes;
    vultus_error error = {0};
    if (pack_read(NULL, pack, &found.pack, &error)) {
        fprintf(stderr, "SKIPPED %s: %s\n", file, error.message);
        return found;
    }
    for (size_t m = 0; m < found.pack.model_count; m++)
        for (size_t i = 0; i < found.pack.models[m].network_count; i++)
            if (!strcmp(found.pack.models[m].networks[i].file, file))
                found.network = &found.pack.models[m].networks[i];
    if (!found.network)
        fail_msg("%s is not in the pack %s", file, pack);
    struct session_config config = {
        .name = file, .input = found.network->input, .output_count = found.network->output_count};
    for (size_t i = 0; i < config.output_count; i++)
        config.outputs[i] = found.network->outputs[i];
    assert_ok(pack_read_network(NULL, pack, found.network, &bytes, &error), &error);
    assert_ok(session_open(runtime, bytes.data, bytes.size, &config, &found.session, &error),
              &error);
    buffer_clear(&bytes);
    return found;
}

static size_t read_shape(const json_t *list, struct session_shape *out)
{
    size_t count = 1;
    out->rank = json_array_size(list);
    assert_true(out->rank >= 1 && out->rank <= SESSION_RANK_MAX);
    for (size_t i = 0; i < out->rank; i++) {
        out->sizes[i] = json_integer_value(json_array_get(list, i));
        count *= (size_t)out->sizes[i];
    }
    return count;
}

/* The rule of make_networks.py. */
static float *make_input(size_t count)
{
    float *input = calloc(count, sizeof *input);
    assert_non_null(input);
    for (size_t i = 0; i < count; i++)
        input[i] = ((float)((uint32_t)(i * 2654435761u) >> 24) - 127.5f) / 128;
    return input;
}

static const json_t *output_of(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *each = json_array_get(list, i);
        if (!strcmp(json_string_value(json_object_get(each, "name")), name))
            return each;
    }
    return NULL;
}

#define SMALL                                                                                      \
    0.01 /* probabilities that are all below: what matters of them is that they are small */

/* The greatest difference, as a part of the greatest value of this output. */
static double compare(const json_t *expected, const struct session_shape *shape, const float *data,
                      const char *file)
{
    struct session_shape wanted = {0};
    size_t count = read_shape(json_object_get(expected, "shape"), &wanted);
    const json_t *values = json_object_get(expected, "values");
    size_t step = (size_t)golden_number(expected, "step");
    double worst = 0, greatest = 0;
    assert_int_equal(shape->rank, wanted.rank);
    for (size_t i = 0; i < wanted.rank; i++)
        assert_int_equal(shape->sizes[i], wanted.sizes[i]);
    assert_int_equal(json_array_size(values), (count + step - 1) / step);
    for (size_t i = 0; i < json_array_size(values); i++) {
        double value = json_number_value(json_array_get(values, i));
        double difference = fabs((double)data[i * step] - value);
        if (!(difference <= 1e9))
            fail_msg("%s gave %f", file, (double)data[i * step]);
        worst = fmax(worst, difference);
        greatest = fmax(greatest, fabs(value));
    }
    return worst / fmax(greatest, SMALL);
}

static double try_case(const json_t *golden, const struct found *found, double tolerance)
{
    const json_t *outputs = json_object_get(golden, "outputs");
    const char *file = json_string_value(json_object_get(golden, "file"));
    struct session_shape shape = {0};
    float *input = make_input(read_shape(json_object_get(golden, "shape"), &shape));
    double worst = 0;
    for (int round = 0; round < 2; round++) {
        struct session_result result;
        vultus_error error = {0};
        assert_ok(session_run(found->session, input, &shape, &result, &error), &error);
        assert_int_equal(result.count, json_array_size(outputs));
        for (size_t i = 0; i < result.count; i++) {
            const json_t *expected = output_of(outputs, found->network->outputs[i]);
            if (!expected)
                fail_msg("%s: no golden output %s", file, found->network->outputs[i]);
            double off = compare(expected, &result.shapes[i], result.data[i], file);
            if (off > tolerance)
                fail_msg("%s, %s of %lld x %lld x %lld x %lld: differs by %.2g, allowed are %.2g",
                         file, found->network->outputs[i], (long long)shape.sizes[0],
                         (long long)shape.sizes[1], (long long)shape.sizes[2],
                         (long long)shape.sizes[3], off, tolerance);
            worst = fmax(worst, off);
        }
        session_result_clear(&result);
    }
    free(input);
    return worst;
}

static void check_answers(const char *file_of_cases, size_t least_cases)
{
    struct session_runtime *runtime = NULL;
    vultus_error error = {0};
    json_t *golden = golden_read(file_of_cases);
    const json_t *cases = json_object_get(golden, "cases");
    double tolerance = golden_number(golden, "tolerance"), worst = 0;
    assert_ok(session_runtime_open(&runtime, &error), &error);
    assert_true(json_array_size(cases) >= least_cases);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *each = json_array_get(cases, i);
        const char *file = json_string_value(json_object_get(each, "file"));
        struct found found =
            open_network(runtime, json_string_value(json_object_get(each, "pack")), file);
        if (!found.session)
            continue;
        double off = try_case(each, &found, tolerance);
        print_message("%s: %.2g\n", file, off);
        worst = fmax(worst, off);
        session_close(found.session);
        contract_clear(&found.pack);
    }
    print_message("greatest difference, as a part of the greatest value: %.2g\n", worst);
    session_runtime_close(runtime);
    json_decref(golden);
}

static void answers_are_the_original_ones(void **state)
{
    (void)state;
    golden_need_models();
    check_answers("networks.json", 10);
}

static void answers_are_those_of_face_api(void **state)
{
    struct contract_pack pack = {0};
    vultus_error error = {0};
    (void)state;
    if (pack_read(NULL, "face-api", &pack, &error))
        support_skip(error.message);
    contract_clear(&pack);
    check_answers("faceapi_networks.json", 6);
}

/* What is asked of a network that it does not have is an error that names it. */
static void other_names_are_refused(void **state)
{
    struct session_runtime *runtime = NULL;
    struct session *session = NULL;
    struct contract_pack pack;
    struct buffer bytes;
    vultus_error error = {0};
    (void)state;
    golden_need_models();
    assert_ok(session_runtime_open(&runtime, &error), &error);
    assert_ok(pack_read(NULL, PACK_DEFAULT, &pack, &error), &error);
    const struct contract_network *network = &pack.models[0].networks[0];
    assert_ok(pack_read_network(NULL, PACK_DEFAULT, network, &bytes, &error), &error);

    struct session_config config = {.name = "x.onnx",
                                    .input = "elsewhere",
                                    .outputs = {network->outputs[0]},
                                    .output_count = 1};
    assert_error(VULTUS_ERR_MODEL,
                 session_open(runtime, bytes.data, bytes.size, &config, &session, &error), &error,
                 "has no input named \"elsewhere\"");
    config.input = network->input;
    config.outputs[0] = "nowhere";
    assert_error(VULTUS_ERR_MODEL,
                 session_open(runtime, bytes.data, bytes.size, &config, &session, &error), &error,
                 "has no output named \"nowhere\"");
    config.outputs[0] = network->outputs[0];
    assert_error(VULTUS_ERR_MODEL,
                 session_open(runtime, bytes.data, bytes.size / 2, &config, &session, &error),
                 &error, "x.onnx: refused: it is no ONNX network");
    assert_error(VULTUS_ERR_MODEL, session_open(runtime, "text", 4, &config, &session, &error),
                 &error, "x.onnx");
    assert_null(session);
    buffer_clear(&bytes);
    contract_clear(&pack);
    session_runtime_close(runtime);
}

/* A run with a shape that the network cannot take fails, and the next one works. */
static void odd_shapes_are_refused(void **state)
{
    struct session_runtime *runtime = NULL;
    vultus_error error = {0};
    (void)state;
    golden_need_models();
    assert_ok(session_runtime_open(&runtime, &error), &error);
    struct found found = open_network(runtime, PACK_DEFAULT, "rnet.onnx");
    struct session_shape shape = {4, {1, 3, 23, 24}};
    struct session_result result = {0};
    float *input = make_input(3 * 24 * 24);
    assert_error(VULTUS_ERR_MODEL, session_run(found.session, input, &shape, &result, &error),
                 &error, "rnet.onnx");
    assert_int_equal(result.count, 0);
    shape.sizes[2] = 24;
    assert_ok(session_run(found.session, input, &shape, &result, &error), &error);
    session_result_clear(&result);
    session_result_clear(&result);
    free(input);
    session_close(found.session);
    contract_clear(&found.pack);
    session_runtime_close(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_the_original_ones),
        cmocka_unit_test(answers_are_those_of_face_api),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(odd_shapes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
