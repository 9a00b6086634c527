/*
 * What onnx_check lets through and what not. Files are made field by field from a good one; every
 * case changes one thing, and the reason must be said.
 */
#include "model/onnx_check.h"
#include "network.h"
#include "support.h"
#include "wire.h"

enum { MODEL_IR = 1, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TRAINING = 20, MODEL_FUNCTIONS = 25 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5, GRAPH_SPARSE = 15 };
enum { NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7, NODE_OVERLOAD = 8 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_TENSOR = 5, ATTRIBUTE_GRAPH = 6, ATTRIBUTE_GRAPHS = 11 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_FLOATS = 4, TENSOR_STRINGS = 6, TENSOR_INT64S = 7 };
enum { TENSOR_RAW = 9, TENSOR_EXTERNAL = 13, TENSOR_LOCATION = 14 };
enum { FLOAT = 1, INT64 = 7, STRING = 8, FLOAT16 = 10 };

struct file { /* one node and one tensor; zeros are the good file */
    const char *operator, * domain, *opset_domain;
    uint64_t opset, type, dims[10];
    size_t rank, raw, floats, int64s;
    bool packed;                                                                  /* the dims */
    unsigned model_field, graph_field, node_field, attribute_field, tensor_field; /* one more */
    size_t attribute_tensors;
    bool no_graph, no_node, no_opset, two_graphs;
};

static struct buffer make_tensor(const struct file *file)
{
    static const uint8_t zeros[4096];
    struct buffer tensor = wire_new();
    static const uint64_t plain[] = {2, 3};
    const uint64_t *sizes = file->rank ? file->dims : plain;
    size_t rank = file->rank ? file->rank : 2;
    if (file->packed) /* sizes of one byte each */
        wire_bytes(&tensor, TENSOR_DIMS, (uint8_t[]){(uint8_t)sizes[0], (uint8_t)sizes[1]}, 2);
    for (size_t i = 0; !file->packed && i < rank; i++)
        wire_number(&tensor, TENSOR_DIMS, sizes[i]);
    wire_number(&tensor, TENSOR_TYPE, file->type ? file->type : FLOAT);
    if (file->floats)
        wire_bytes(&tensor, TENSOR_FLOATS, zeros, file->floats);
    else if (file->int64s)
        wire_bytes(&tensor, TENSOR_INT64S, zeros, file->int64s);
    else
        wire_bytes(&tensor, TENSOR_RAW, zeros, file->raw ? file->raw : 24);
    if (file->tensor_field == TENSOR_LOCATION)
        wire_number(&tensor, TENSOR_LOCATION, 1);
    else if (file->tensor_field)
        wire_text(&tensor, file->tensor_field, "x");
    return tensor;
}

static struct buffer make_node(const struct file *file)
{
    struct buffer node = wire_new(), attribute = wire_new(), tensor;
    wire_text(&node, NODE_OPERATOR, file->operator? file->operator: "Conv");
    if (file->domain)
        wire_text(&node, NODE_DOMAIN, file->domain);
    if (file->node_field)
        wire_text(&node, file->node_field, "x");
    wire_text(&attribute, ATTRIBUTE_NAME, "value");
    for (size_t i = 0; i < file->attribute_tensors; i++) {
        tensor = make_tensor(file);
        wire_message(&attribute, ATTRIBUTE_TENSOR, &tensor);
    }
    if (file->attribute_field)
        wire_text(&attribute, file->attribute_field, "");
    wire_message(&node, NODE_ATTRIBUTE, &attribute);
    return node;
}

static struct buffer make_file(const struct file *file)
{
    struct buffer model = wire_new(), graph = wire_new(), opset = wire_new();
    struct buffer tensor = make_tensor(file), node = make_node(file);
    wire_number(&model, MODEL_IR, 8);
    if (!file->no_node)
        wire_message(&graph, GRAPH_NODE, &node);
    if (!file->attribute_tensors) /* else it is there */
        wire_message(&graph, GRAPH_TENSOR, &tensor);
    if (file->graph_field)
        wire_text(&graph, file->graph_field, "x");
    if (file->two_graphs)
        wire_bytes(&model, MODEL_GRAPH, graph.data, graph.size);
    if (!file->no_graph)
        wire_message(&model, MODEL_GRAPH, &graph);
    if (file->opset_domain)
        wire_text(&opset, OPSET_DOMAIN, file->opset_domain);
    wire_number(&opset, OPSET_VERSION, file->opset ? file->opset : 13);
    if (!file->no_opset)
        wire_message(&model, MODEL_OPSET, &opset);
    if (file->model_field)
        wire_text(&model, file->model_field, "x");
    buffer_clear(&graph);
    buffer_clear(&node);
    buffer_clear(&tensor);
    buffer_clear(&opset);
    return model;
}

static vultus_status check(const struct file *file, vultus_error *error)
{
    struct buffer bytes = make_file(file);
    vultus_status status = onnx_check(bytes.data, bytes.size, "x.onnx", error);
    buffer_clear(&bytes);
    return status;
}

static void plain_networks_pass(void **state)
{
    static const struct file files[] = {{0}, {.domain = "ai.onnx"},
                                        {
                                            .domain = "com.microsoft",
                                            .operator= "FusedConv" },
                                            {.opset_domain = "ai.onnx"},
                                            {.opset = ONNX_OPSET_MIN},
                                            {.opset = ONNX_OPSET_MAX},
                                            {.packed = true},
                                            {.floats = 24},
                                            {.type = INT64, .int64s = 6},
                                            {.type = INT64, .raw = 48},
                                            {.type = FLOAT16, .raw = 12},
                                            {.rank = 1, .dims = {6}},
                                            {.rank = 8, .dims = {1, 1, 1, 2, 1, 3, 1, 1}},
                                            {.attribute_tensors = 1},
    };
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (check(&files[i], &error))
            fail_msg("file %zu: %s", i, error.message);
}

static void everything_else_is_refused(void **state)
{
    static const struct {
        struct file file;
        const char *said;
    } cases[] = {{{.tensor_field = TENSOR_EXTERNAL}, "weights lie in another file"},
                 {{.tensor_field = TENSOR_LOCATION}, "weights lie in another file"},
                 {{.tensor_field = TENSOR_STRINGS}, "a tensor of text"},
                 {{.type = STRING}, "not plain numbers"}, {{.type = 99}, "not plain numbers"},
                 {{.raw = 20}, "another number of values"},
                 {{.raw = 25}, "another number of values"},
                 {{.floats = 20}, "another number of values"},
                 {{.type = INT64, .int64s = 5}, "another number of values"},
                 {{.rank = 9, .dims = {1, 1, 1, 1, 1, 1, 1, 2, 3}}, "impossible size"},
                 {{.rank = 2, .dims = {UINT64_MAX, 6}}, "impossible size"},
                 {{.rank = 3, .dims = {INT64_MAX, INT64_MAX, 6}}, "impossible size"},
                 {{.rank = 2, .dims = {INT64_MAX / 4, 4}}, "another number of values"},
                 {{.attribute_tensors = 1, .raw = 20}, "another number of values"},
                 {{.attribute_tensors = 1, .tensor_field = TENSOR_EXTERNAL}, "another file"},
                 {{.attribute_tensors = 2}, "damaged"},
                 {{.attribute_field = ATTRIBUTE_GRAPH}, "control flow"},
                 {{.attribute_field = ATTRIBUTE_GRAPHS}, "control flow"},
                 {{.operator= "If" }, "the operator If,"},
                  {{.operator= "Loop" }, "the operator Loop,"},
                   {{.operator= "Scan" }, "the operator Scan,"},
                    {{.operator= "StringConcat" }, "StringConcat"},
                     {{.operator= "ImageDecoder" }, "ImageDecoder"},
                      {{.operator= "RandomNormal" }, "RandomNormal"},
                       {{.operator= "SequenceMap" }, "SequenceMap"},
                        {{.operator= "FusedConv" }, "FusedConv"},
                         {{.operator= "Con" }, "the operator Con,"},
                          {{.operator= "Convo" }, "the operator Convo,"},
                           {{.operator= "" }, "the operator ,"},
                            {{.operator= "\x01"
                                         "a\x7f\xff" },
                              "the operator ?a??,"},
                             {{.domain = "com.microsoft"}, "com.microsoft.Conv"},
                             {{.domain = "com.microsoft", .operator= "EPContext" },
                               "com.microsoft.EPContext"},
                              {{.domain = "my.own"}, "my.own.Conv"},
                              {{.domain = "ai.onnx.ml", .operator= "TreeEnsemble" },
                                "ai.onnx.ml.TreeEnsemble"},
                               {
                                   {.domain = "ai.onnx.contrib", .operator= "PyOp" }, "PyOp"},
                                   {{.node_field = NODE_OVERLOAD}, "functions of its own"},
                                   {{.graph_field = GRAPH_SPARSE}, "sparse"},
                                   {{.model_field = MODEL_TRAINING}, "training"},
                                   {{.model_field = MODEL_FUNCTIONS}, "functions of its own"},
                                   {{.opset = ONNX_OPSET_MIN - 1}, "version 6, 7 to"},
                                   {{.opset = ONNX_OPSET_MAX + 1}, "7 to 30"},
                                   {{.no_opset = true}, "version 0"},
                                   {{.opset_domain = "com.microsoft"}, "version 0"},
                                   {{.no_graph = true}, "no ONNX network"},
                                   {{.no_node = true}, "no ONNX network"},
                                   {{.two_graphs = true}, "damaged"},
                              };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_error error = {0};
        vultus_status status = check(&cases[i].file, &error);
        if (status != VULTUS_ERR_MODEL || !strstr(error.message, cases[i].said) ||
            strncmp(error.message, "x.onnx: refused: ", 17))
            fail_msg("case %zu: status %d, \"%s\" does not say \"%s\"", i, status, error.message,
                     cases[i].said);
    }
}

static void what_is_no_protobuf_is_refused(void **state)
{
    static const uint8_t texts[][24] = {"",
                                        "text",
                                        "<html>",
                                        "\x89PNG",
                                        "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
                                        "\x3B",
                                        "\x38",
                                        "\x3A\x7F",
                                        "abcdORTM-and-more",
                                        "\x00\x00",
                                        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        vultus_error error = {0};
        size_t size = strlen((const char *)texts[i]);
        assert_error(VULTUS_ERR_MODEL, onnx_check(texts[i], size, "x.onnx", &error), &error,
                     "refused");
    }
}

/* The version of the operators is the last field, so no part of a file is a file. */
static void cut_files_are_refused(void **state)
{
    static const float numbers[6] = {1, 2, 3, 4, 5, 6};
    struct network_tensor input = {"in", {2, {-1, 3}}, NULL};
    struct network_tensor output = {"out", {2, {2, 3}}, numbers};
    struct buffer bytes = network_bytes(&input, &output, 1);
    vultus_error error = {0};
    (void)state;
    assert_ok(onnx_check(bytes.data, bytes.size, "x.onnx", &error), &error);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_equal(onnx_check(bytes.data, size, "x.onnx", &error), VULTUS_ERR_MODEL);
    buffer_clear(&bytes);
}

static void too_many_nodes_are_refused(void **state)
{
    struct buffer model = wire_new(), graph = wire_new(), opset = wire_new();
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i <= ONNX_NODES_MAX; i++) {
        struct buffer node = wire_new();
        wire_text(&node, NODE_OPERATOR, "Relu");
        wire_message(&graph, GRAPH_NODE, &node);
    }
    wire_message(&model, MODEL_GRAPH, &graph);
    wire_number(&opset, OPSET_VERSION, 13);
    wire_message(&model, MODEL_OPSET, &opset);
    assert_error(VULTUS_ERR_MODEL, onnx_check(model.data, model.size, "x.onnx", &error), &error,
                 "more nodes");
    buffer_clear(&model);
}

static void operators_are_looked_up(void **state)
{
    static const char *const known[] = {"Abs", "Conv", "Gemm", "PRelu", "Upsample", "Xor"};
    static const char *const runtime[] = {"Attention", "FusedConv", "QLinearAdd",
                                          "SkipLayerNormalization"};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(onnx_operator_known(known[i], strlen(known[i]), false));
    for (size_t i = 0; i < sizeof runtime / sizeof *runtime; i++)
        assert_true(onnx_operator_known(runtime[i], strlen(runtime[i]), true));
    assert_false(onnx_operator_known("", 0, false));
    assert_false(onnx_operator_known("conv", 4, false));
    assert_false(onnx_operator_known("Conv\0", 5, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_networks_pass),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(what_is_no_protobuf_is_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(too_many_nodes_are_refused),
        cmocka_unit_test(operators_are_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
