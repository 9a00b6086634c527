/*
 * Walks the ModelProto of an ONNX file (onnx.proto3) without building it: the messages Model, Graph,
 * Node, Attribute and Tensor, one function each, and nothing deeper, because graphs inside nodes are
 * refused. What ONNX Runtime checks itself (types, names, shapes) is left to it; here is what it would
 * accept but vultus does not want: files beside the file, code, and claims of sizes.
 */
#include "model/onnx_check.h"
#include "model/protobuf.h"

#include <string.h>

/* Field numbers of onnx.proto3. */
enum { MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TRAINING = 20, MODEL_FUNCTIONS = 25 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_TENSOR = 5, GRAPH_SPARSE = 15 };
enum { NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7, NODE_OVERLOAD = 8 };
enum {
    ATTRIBUTE_TENSOR = 5,
    ATTRIBUTE_GRAPH = 6,
    ATTRIBUTE_TENSORS = 10,
    ATTRIBUTE_GRAPHS = 11,
    ATTRIBUTE_REFERENCE = 21,
    ATTRIBUTE_SPARSE = 22,
    ATTRIBUTE_SPARSES = 23
};
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_SEGMENT = 3,
    TENSOR_FLOATS = 4,
    TENSOR_INT32S = 5,
    TENSOR_STRINGS = 6,
    TENSOR_INT64S = 7,
    TENSOR_RAW = 9,
    TENSOR_DOUBLES = 10,
    TENSOR_UINT64S = 11,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14
};

struct check {
    const char *name;
    vultus_error *error;
    size_t nodes, tensors, graphs;
    uint64_t opset; /* of the standard; 0: not named yet */
};

static vultus_status refuse(const struct check *check, const char *reason)
{
    return status_set(check->error, VULTUS_ERR_MODEL, "%s: refused: %s", check->name, reason);
}

static vultus_status damaged(const struct check *check)
{
    return refuse(check, "it is no ONNX network, or a damaged one");
}

typedef vultus_status visitor(struct check *check, const struct protobuf_field *field,
                              void *context);

/* Calls `visit` for every field of a message. */
static vultus_status walk(struct check *check, struct protobuf message, visitor *visit,
                          void *context)
{
    struct protobuf_field field;
    enum protobuf_next next;
    vultus_status status = VULTUS_OK;
    while (!status && (next = protobuf_next(&message, &field)) != PROTOBUF_END)
        status = next == PROTOBUF_FIELD ? visit(check, &field, context) : damaged(check);
    return status;
}

/* A field that is a message or text. */
static vultus_status enter(struct check *check, const struct protobuf_field *field, visitor *visit,
                           void *context)
{
    return field->wire == PROTOBUF_BYTES ? walk(check, field->body, visit, context)
                                         : damaged(check);
}

/* ------------------------------------------------------------------ tensors */

struct tensor {
    uint64_t elements, type, rank;
    uint64_t held; /* numbers that its bytes can hold at most */
    uint64_t raw;  /* bytes of raw data */
    bool has_raw;
};

/* Bytes of one number in raw data; 0: a type that networks of vultus have no use for. */
static uint64_t bytes_of(uint64_t type)
{
    static const uint8_t bytes[] = {
        [1] = 4, [2] = 1,  [3] = 1,  [4] = 2,  [5] = 2,  [6] = 4, [7] = 8,
        [9] = 1, [10] = 2, [11] = 8, [12] = 4, [13] = 8, [16] = 2};
    return type < sizeof bytes ? bytes[type] : 0;
}

static vultus_status add_size(struct check *check, struct tensor *tensor, uint64_t size)
{
    if (++tensor->rank > ONNX_RANK_MAX || size > INT64_MAX ||
        __builtin_mul_overflow(tensor->elements, size, &tensor->elements))
        return refuse(check, "a tensor of an impossible size");
    return VULTUS_OK;
}

static vultus_status visit_dims(struct check *check, const struct protobuf_field *field,
                                struct tensor *tensor)
{
    struct protobuf packed = field->body;
    uint64_t size = 0;
    enum protobuf_next next;
    vultus_status status = VULTUS_OK;
    if (field->wire == PROTOBUF_VARINT)
        return add_size(check, tensor, field->value);
    if (field->wire != PROTOBUF_BYTES)
        return damaged(check);
    while (!status && (next = protobuf_varint(&packed, &size)) != PROTOBUF_END)
        status = next == PROTOBUF_FIELD ? add_size(check, tensor, size) : damaged(check);
    return status;
}

static vultus_status visit_tensor(struct check *check, const struct protobuf_field *field,
                                  void *context)
{
    struct tensor *tensor = context;
    uint64_t size = field->wire == PROTOBUF_VARINT ? 1 : protobuf_size(&field->body);
    switch (field->number) {
    case TENSOR_DIMS: return visit_dims(check, field, tensor);
    case TENSOR_TYPE:
        tensor->type = field->value;
        return field->wire == PROTOBUF_VARINT ? VULTUS_OK : damaged(check);
    case TENSOR_RAW:
        if (field->wire != PROTOBUF_BYTES)
            return damaged(check);
        tensor->raw = size; /* the last one counts */
        tensor->has_raw = true;
        return VULTUS_OK;
    case TENSOR_FLOATS: tensor->held += (size + 3) / 4; return VULTUS_OK;
    case TENSOR_DOUBLES: tensor->held += (size + 7) / 8; return VULTUS_OK;
    case TENSOR_INT32S:
    case TENSOR_INT64S:
    case TENSOR_UINT64S: tensor->held += size; return VULTUS_OK;
    case TENSOR_EXTERNAL:
        return refuse(check, "its weights lie in another file; export it as one file");
    case TENSOR_LOCATION:
        return field->wire == PROTOBUF_VARINT && !field->value
                   ? VULTUS_OK
                   : refuse(check, "its weights lie in another file; export it as one file");
    case TENSOR_STRINGS: return refuse(check, "a tensor of text");
    case TENSOR_SEGMENT: return refuse(check, "a tensor in segments");
    default: return VULTUS_OK;
    }
}

static vultus_status check_tensor(struct check *check, const struct protobuf_field *field)
{
    struct tensor tensor = {.elements = 1};
    if (++check->tensors > ONNX_TENSORS_MAX)
        return refuse(check, "more tensors than any network of faces has");
    vultus_status status = enter(check, field, visit_tensor, &tensor);
    if (status)
        return status;
    uint64_t bytes = bytes_of(tensor.type);
    if (!bytes)
        return refuse(check, "a tensor of a type that is not plain numbers");
    if (tensor.has_raw ? tensor.elements != tensor.raw / bytes || tensor.raw % bytes
                       : tensor.elements > tensor.held)
        return refuse(check, "a tensor with another number of values than its shape says");
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ nodes */

static vultus_status visit_attribute(struct check *check, const struct protobuf_field *field,
                                     void *context)
{
    bool *has_tensor = context;
    switch (field->number) {
    case ATTRIBUTE_TENSOR:
        if (*has_tensor) /* a parser would merge the two */
            return damaged(check);
        *has_tensor = true;
        return check_tensor(check, field);
    case ATTRIBUTE_TENSORS: return check_tensor(check, field);
    case ATTRIBUTE_GRAPH:
    case ATTRIBUTE_GRAPHS: return refuse(check, "a graph inside a node (control flow)");
    case ATTRIBUTE_SPARSE:
    case ATTRIBUTE_SPARSES: return refuse(check, "a sparse tensor");
    case ATTRIBUTE_REFERENCE: return refuse(check, "functions of its own");
    default: return VULTUS_OK;
    }
}

struct node {
    struct protobuf operator, domain;
};

static vultus_status visit_node(struct check *check, const struct protobuf_field *field,
                                void *context)
{
    struct node *node = context;
    bool has_tensor = false;
    switch (field->number) {
    case NODE_ATTRIBUTE: return enter(check, field, visit_attribute, &has_tensor);
    case NODE_OPERATOR: node->operator= field->body; break;
    case NODE_DOMAIN: node->domain = field->body; break;
    case NODE_OVERLOAD: return refuse(check, "functions of its own");
    default: break;
    }
    return field->wire == PROTOBUF_BYTES && protobuf_size(&field->body) <= ONNX_TEXT_MAX
               ? VULTUS_OK
               : damaged(check);
}

static vultus_status check_node(struct check *check, const struct protobuf_field *field)
{
    struct node node = {0};
    if (++check->nodes > ONNX_NODES_MAX)
        return refuse(check, "more nodes than any network of faces has");
    vultus_status status = enter(check, field, visit_node, &node);
    if (status)
        return status;
    size_t length = protobuf_size(&node.operator), domain = protobuf_size(&node.domain);
    bool of_runtime = protobuf_is(&node.domain, "com.microsoft");
    bool known_domain = of_runtime || !domain || protobuf_is(&node.domain, "ai.onnx");
    if (known_domain && length &&
        onnx_operator_known((const char *)node.operator.at, length, of_runtime))
        return VULTUS_OK;
    char text[40] = "", place[40] = "";
    for (size_t i = 0; i < length && i + 1 < sizeof text; i++) /* a line for people */
        text[i] =
            node.operator.at[i]> 32 && node.operator.at[i]<127 ? (char)node.operator.at[i] : '?';
    for (size_t i = 0; i < domain && i + 1 < sizeof place; i++)
        place[i] =
            node.domain.at[i] > 32 && node.domain.at[i] < 127 ? (char)node.domain.at[i] : '?';
    return status_set(check->error, VULTUS_ERR_MODEL,
                      "%s: refused: the operator %s%s%s, which networks in vultus may not use",
                      check->name, place, domain ? "." : "", text);
}

/* ------------------------------------------------------------------ the whole */

static vultus_status visit_graph(struct check *check, const struct protobuf_field *field,
                                 void *context)
{
    (void)context;
    switch (field->number) {
    case GRAPH_NODE: return check_node(check, field);
    case GRAPH_TENSOR: return check_tensor(check, field);
    case GRAPH_SPARSE: return refuse(check, "a sparse tensor");
    default: return VULTUS_OK;
    }
}

struct opset {
    struct protobuf domain;
    uint64_t version;
};

static vultus_status visit_opset(struct check *check, const struct protobuf_field *field,
                                 void *context)
{
    struct opset *opset = context;
    if (field->number == OPSET_DOMAIN && field->wire == PROTOBUF_BYTES)
        opset->domain = field->body;
    else if (field->number == OPSET_VERSION && field->wire == PROTOBUF_VARINT)
        opset->version = field->value;
    else
        return damaged(check);
    return VULTUS_OK;
}

static vultus_status visit_model(struct check *check, const struct protobuf_field *field,
                                 void *context)
{
    struct opset opset = {0};
    vultus_status status = VULTUS_OK;
    (void)context;
    switch (field->number) {
    case MODEL_GRAPH:
        if (check->graphs++)
            return damaged(check);
        return enter(check, field, visit_graph, NULL);
    case MODEL_OPSET:
        status = enter(check, field, visit_opset, &opset);
        if (!status && (!protobuf_size(&opset.domain) || protobuf_is(&opset.domain, "ai.onnx")))
            check->opset = opset.version;
        return status;
    case MODEL_TRAINING: return refuse(check, "it holds a program for training");
    case MODEL_FUNCTIONS: return refuse(check, "functions of its own");
    default: return VULTUS_OK;
    }
}

vultus_status onnx_check(const void *bytes, size_t size, const char *name, vultus_error *error)
{
    static const char runtime_format[] = "ORTM";
    struct check check = {.name = name, .error = error};
    struct protobuf model = {bytes, (const uint8_t *)bytes + size};
    /* ONNX Runtime takes these four bytes for its own format, whatever the rest is */
    if (size >= 8 && !memcmp(model.at + 4, runtime_format, 4))
        return refuse(&check, "it is in ONNX Runtime's own format; give the ONNX file");
    vultus_status status = walk(&check, model, visit_model, NULL);
    if (status)
        return status;
    if (!check.graphs || !check.nodes)
        return damaged(&check);
    if (check.opset < ONNX_OPSET_MIN || check.opset > ONNX_OPSET_MAX)
        return status_set(error, VULTUS_ERR_MODEL,
                          "%s: refused: its operators are of version %llu, %d to %d are known",
                          name, (unsigned long long)check.opset, ONNX_OPSET_MIN, ONNX_OPSET_MAX);
    return VULTUS_OK;
}
