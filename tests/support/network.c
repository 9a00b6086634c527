/*
 * ONNX files are protocol buffers; these are the few fields that a network of Identity nodes needs,
 * with their numbers from onnx.proto.
 */
#include "network.h"
#include "support.h"
#include "wire.h"

enum { MODEL_IR = 1, MODEL_GRAPH = 7, MODEL_OPSET = 8, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_WEIGHTS = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OPERATOR = 4 };
enum { TENSOR_SIZE = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, ELEMENT = 1, SHAPE = 2, DIMENSION = 1 };
enum { DIMENSION_VALUE = 1, DIMENSION_NAME = 2, FLOAT = 1 };

static struct buffer value_of(const struct network_tensor *tensor)
{
    struct buffer value = wire_new(), type = wire_new(), floats = wire_new(), shape = wire_new();
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        struct buffer dimension = wire_new();
        if (tensor->shape.sizes[i] < 0)
            wire_text(&dimension, DIMENSION_NAME, (char[]){'f', (char)('0' + i), '\0'});
        else
            wire_number(&dimension, DIMENSION_VALUE, (uint64_t)tensor->shape.sizes[i]);
        wire_message(&shape, DIMENSION, &dimension);
    }
    wire_number(&floats, ELEMENT, FLOAT);
    wire_message(&floats, SHAPE, &shape);
    wire_message(&type, TYPE_TENSOR, &floats);
    wire_text(&value, VALUE_NAME, tensor->name);
    wire_message(&value, VALUE_TYPE, &type);
    return value;
}

static struct buffer weights_of(const struct network_tensor *tensor, const char *name)
{
    struct buffer weights = wire_new();
    size_t count = 1;
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        wire_number(&weights, TENSOR_SIZE, (uint64_t)tensor->shape.sizes[i]);
        count *= (size_t)tensor->shape.sizes[i];
    }
    wire_number(&weights, TENSOR_TYPE, FLOAT);
    wire_text(&weights, TENSOR_NAME, name);
    wire_bytes(&weights, TENSOR_BYTES, tensor->data, count * sizeof *tensor->data);
    return weights;
}

struct buffer network_bytes(const struct network_tensor *input,
                            const struct network_tensor *outputs, size_t count)
{
    struct buffer model = wire_new(), graph = wire_new(), opset = wire_new(), value;
    for (size_t i = 0; i < count; i++) {
        char source[32];
        struct buffer node = wire_new();
        snprintf(source, sizeof source, "constant%zu", i);
        wire_text(&node, NODE_INPUT, outputs[i].data ? source : input->name);
        wire_text(&node, NODE_OUTPUT, outputs[i].name);
        wire_text(&node, NODE_OPERATOR, "Identity");
        wire_message(&graph, GRAPH_NODE, &node);
        if (outputs[i].data) {
            value = weights_of(&outputs[i], source);
            wire_message(&graph, GRAPH_WEIGHTS, &value);
        }
        value = value_of(&outputs[i]);
        wire_message(&graph, GRAPH_OUTPUT, &value);
    }
    wire_text(&graph, GRAPH_NAME, "test");
    value = value_of(input);
    wire_message(&graph, GRAPH_INPUT, &value);
    wire_number(&model, MODEL_IR, 8);
    wire_message(&model, MODEL_GRAPH, &graph);
    wire_number(&opset, OPSET_VERSION, 13);
    wire_message(&model, MODEL_OPSET, &opset);
    return model;
}

struct session *network_open(struct session_runtime *runtime, const struct network_tensor *input,
                             const struct network_tensor *outputs, size_t count)
{
    struct session *session = NULL;
    struct session_config config = {
        .name = "test.onnx", .input = input->name, .output_count = count};
    struct buffer bytes = network_bytes(input, outputs, count);
    vultus_error error = {0};
    for (size_t i = 0; i < count; i++)
        config.outputs[i] = outputs[i].name;
    assert_ok(session_open(runtime, bytes.data, bytes.size, &config, &session, &error), &error);
    buffer_clear(&bytes);
    return session;
}
