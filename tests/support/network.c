/*
 * ONNX files are protocol buffers; these are the few fields that a network of Identity nodes needs,
 * with their numbers from onnx.proto.
 */
#include "network.h"
#include "support.h"

enum { MODEL_IR = 1, MODEL_GRAPH = 7, MODEL_OPSET = 8, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_WEIGHTS = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OPERATOR = 4 };
enum { TENSOR_SIZE = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, ELEMENT = 1, SHAPE = 2, DIMENSION = 1 };
enum { DIMENSION_VALUE = 1, DIMENSION_NAME = 2, FLOAT = 1 };

static void put(struct buffer *out, const void *data, size_t size)
{
    vultus_error error = {0};
    assert_ok(buffer_append(out, data, size, &error), &error);
}

static void put_varint(struct buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(out, &(uint8_t){(uint8_t)(value | 0x80)}, 1);
    put(out, &(uint8_t){(uint8_t)value}, 1);
}

static void put_number(struct buffer *out, unsigned field, uint64_t value)
{
    put_varint(out, field << 3);
    put_varint(out, value);
}

static void put_bytes(struct buffer *out, unsigned field, const void *data, size_t size)
{
    put_varint(out, field << 3 | 2);
    put_varint(out, size);
    put(out, data, size);
}

static void put_text(struct buffer *out, unsigned field, const char *text)
{
    put_bytes(out, field, text, strlen(text));
}

/* A message inside another; it is cleared. */
static void put_message(struct buffer *out, unsigned field, struct buffer *message)
{
    put_bytes(out, field, message->data, message->size);
    buffer_clear(message);
}

static struct buffer message(void)
{
    struct buffer buffer;
    buffer_init(&buffer, (size_t)16 << 20);
    return buffer;
}

static struct buffer value_of(const struct network_tensor *tensor)
{
    struct buffer value = message(), type = message(), floats = message(), shape = message();
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        struct buffer dimension = message();
        if (tensor->shape.sizes[i] < 0)
            put_text(&dimension, DIMENSION_NAME, (char[]){'f', (char)('0' + i), '\0'});
        else
            put_number(&dimension, DIMENSION_VALUE, (uint64_t)tensor->shape.sizes[i]);
        put_message(&shape, DIMENSION, &dimension);
    }
    put_number(&floats, ELEMENT, FLOAT);
    put_message(&floats, SHAPE, &shape);
    put_message(&type, TYPE_TENSOR, &floats);
    put_text(&value, VALUE_NAME, tensor->name);
    put_message(&value, VALUE_TYPE, &type);
    return value;
}

static struct buffer weights_of(const struct network_tensor *tensor, const char *name)
{
    struct buffer weights = message();
    size_t count = 1;
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        put_number(&weights, TENSOR_SIZE, (uint64_t)tensor->shape.sizes[i]);
        count *= (size_t)tensor->shape.sizes[i];
    }
    put_number(&weights, TENSOR_TYPE, FLOAT);
    put_text(&weights, TENSOR_NAME, name);
    put_bytes(&weights, TENSOR_BYTES, tensor->data, count * sizeof *tensor->data);
    return weights;
}

struct buffer network_bytes(const struct network_tensor *input,
                            const struct network_tensor *outputs, size_t count)
{
    struct buffer model = message(), graph = message(), opset = message(), value;
    for (size_t i = 0; i < count; i++) {
        char source[32];
        struct buffer node = message();
        snprintf(source, sizeof source, "constant%zu", i);
        put_text(&node, NODE_INPUT, outputs[i].data ? source : input->name);
        put_text(&node, NODE_OUTPUT, outputs[i].name);
        put_text(&node, NODE_OPERATOR, "Identity");
        put_message(&graph, GRAPH_NODE, &node);
        if (outputs[i].data) {
            value = weights_of(&outputs[i], source);
            put_message(&graph, GRAPH_WEIGHTS, &value);
        }
        value = value_of(&outputs[i]);
        put_message(&graph, GRAPH_OUTPUT, &value);
    }
    put_text(&graph, GRAPH_NAME, "test");
    value = value_of(input);
    put_message(&graph, GRAPH_INPUT, &value);
    put_number(&model, MODEL_IR, 8);
    put_message(&model, MODEL_GRAPH, &graph);
    put_number(&opset, OPSET_VERSION, 13);
    put_message(&model, MODEL_OPSET, &opset);
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
