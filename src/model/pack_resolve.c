/*
 * Fills in what a contract leaves open, from the network's own inputs and outputs as ONNX Runtime
 * tells them, so that the pack.json that is installed says everything and nothing is guessed later.
 */
#include "model/pack_resolve.h"
#include "base/memory.h"
#include "model/contract.h"
#include "model/session.h"

#include <string.h>

struct open_ends { /* the parts of a contract that may be left open, borrowed */
    json_t *network, *input, *output;
    bool embedder;
    const char *name;
};

static bool is_open(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text && !strcmp(text, "*");
}

static bool has_open(const struct open_ends *ends)
{
    static const char *const sides[] = {"layout", "width", "height"};
    bool open = is_open(ends->network, "input") || is_open(ends->network, "outputs") ||
                is_open(ends->output, "dimension");
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        open |= is_open(ends->input, sides[i]);
    return open;
}

static vultus_status put(json_t *object, const char *field, json_t *value, vultus_error *error)
{
    return json_object_set_new(object, field, value) ? status_memory(error, "a contract")
                                                     : VULTUS_OK;
}

static vultus_status open_network(const struct open_ends *ends, struct session_runtime *runtime,
                                  const struct buffer *bytes, struct session **out,
                                  vultus_error *error)
{
    const json_t *outputs = json_object_get(ends->network, "outputs");
    struct session_config config = {.name = ends->name};
    if (!is_open(ends->network, "input"))
        config.input = json_string_value(json_object_get(ends->network, "input"));
    for (size_t i = 0; i < json_array_size(outputs) && i < SESSION_OUTPUTS_MAX; i++) {
        const char *output = json_string_value(json_array_get(outputs, i));
        if (output) /* the contract's reader will refuse what is none */
            config.outputs[config.output_count++] = output;
    }
    return session_open(runtime, bytes->data, bytes->size, &config, out, error);
}

/* ------------------------------------------------------------------ the input */

static vultus_status fill_layout(const struct open_ends *ends, const struct session_shape *shape,
                                 vultus_error *error)
{
    bool planes = shape->rank == 4 && shape->sizes[1] == 3;
    bool pixels = shape->rank == 4 && shape->sizes[3] == 3;
    if (!is_open(ends->input, "layout"))
        return VULTUS_OK;
    if (!planes && !pixels)
        return status_set(error, VULTUS_ERR_MODEL,
                          "%s: its input is neither [any, 3, height, width] nor [any, height, "
                          "width, 3]",
                          ends->name);
    return put(ends->input, "layout", json_string(planes ? "NCHW" : "NHWC"), error);
}

static vultus_status fill_side(const struct open_ends *ends, const char *field, int64_t side,
                               vultus_error *error)
{
    if (!is_open(ends->input, field))
        return VULTUS_OK;
    if (side > 0)
        return put(ends->input, field, json_integer(side), error);
    (void)json_object_del(ends->input, field);
    return VULTUS_OK;
}

static vultus_status fill_input(const struct open_ends *ends, const struct session *session,
                                vultus_error *error)
{
    struct session_shape shape = session_input_shape(session);
    vultus_status status = fill_layout(ends, &shape, error);
    const char *layout = json_string_value(json_object_get(ends->input, "layout"));
    size_t rows = layout && !strcmp(layout, "NHWC") ? 1 : 2;
    if (!status && shape.rank == 4)
        status = fill_side(ends, "height", shape.sizes[rows], error);
    if (!status && shape.rank == 4)
        status = fill_side(ends, "width", shape.sizes[rows + 1], error);
    if (!status && is_open(ends->network, "input"))
        status = put(ends->network, "input", json_string(session_input_name(session)), error);
    return status;
}

/* ------------------------------------------------------------------ the outputs */

/* Numbers for one face; 0: the file does not say. */
static size_t numbers_of(const struct session_shape *shape)
{
    size_t numbers = 1;
    for (size_t i = 1; i < shape->rank; i++)
        if (shape->sizes[i] < 0 ||
            __builtin_mul_overflow(numbers, (size_t)shape->sizes[i], &numbers))
            return 0;
    return numbers;
}

/* Some embedders also give the length of the embedding or a quality: the longest output counts. */
static size_t embedding_of(const struct session *session)
{
    size_t best = 0, most = 0;
    for (size_t i = 0; i < session_output_count(session); i++) {
        struct session_shape shape = session_output_shape(session, i);
        size_t numbers = numbers_of(&shape);
        if (numbers > most) {
            most = numbers;
            best = i;
        }
    }
    return best;
}

static vultus_status fill_outputs(const struct open_ends *ends, const struct session *session,
                                  vultus_error *error)
{
    size_t first = ends->embedder ? embedding_of(session) : 0;
    size_t count = ends->embedder ? 1 : session_output_count(session);
    json_t *names = json_array();
    bool good = names != NULL;
    for (size_t i = first; good && i < first + count; i++)
        good = !json_array_append_new(names, json_string(session_output_name(session, i)));
    if (good)
        return put(ends->network, "outputs", names, error);
    json_decref(names);
    return status_memory(error, "a contract");
}

/* Runs the network once to see how many numbers it gives. */
static vultus_status try_dimension(const struct open_ends *ends, struct session *session,
                                   size_t output, size_t *out, vultus_error *error)
{
    struct session_shape shape = session_input_shape(session);
    struct session_result result = {0};
    size_t floats = 1;
    const char *layout = json_string_value(json_object_get(ends->input, "layout"));
    size_t rows = layout && !strcmp(layout, "NHWC") ? 1 : 2;
    json_int_t sides[] = {json_integer_value(json_object_get(ends->input, "height")),
                          json_integer_value(json_object_get(ends->input, "width"))};
    for (size_t i = 0; i < shape.rank; i++) {
        if (shape.sizes[i] < 0)
            shape.sizes[i] = i == 0 ? 1 : i == rows ? sides[0] : i == rows + 1 ? sides[1] : 3;
        if (shape.sizes[i] < 1 || shape.sizes[i] > CONTRACT_SIDE_MAX)
            return status_set(error, VULTUS_ERR_MODEL, "%s: its input is of no known size",
                              ends->name);
        floats *= (size_t)shape.sizes[i];
    }
    float *input = mem_zalloc(floats, sizeof *input);
    if (!input)
        return status_memory(error, "trying a network");
    vultus_status status = session_run(session, input, &shape, &result, error);
    mem_free(input);
    if (!status)
        *out = numbers_of(&result.shapes[output]);
    session_result_clear(&result);
    return status;
}

static vultus_status fill_dimension(const struct open_ends *ends, struct session *session,
                                    vultus_error *error)
{
    size_t output = embedding_of(session);
    struct session_shape shape = session_output_shape(session, output);
    size_t numbers = numbers_of(&shape);
    vultus_status status = VULTUS_OK;
    if (!numbers)
        status = try_dimension(ends, session, output, &numbers, error);
    if (!status && (numbers < 2 || numbers > CONTRACT_DIMENSION_MAX))
        status = status_set(error, VULTUS_ERR_MODEL,
                            "%s: gives %zu numbers for a face, an embedding has 2 to %d",
                            ends->name, numbers, CONTRACT_DIMENSION_MAX);
    return status ? status
                  : put(ends->output, "dimension", json_integer((json_int_t)numbers), error);
}

static vultus_status fill(const struct open_ends *ends, struct session *session,
                          vultus_error *error)
{
    vultus_status status = fill_input(ends, session, error);
    if (!status && is_open(ends->output, "dimension"))
        status = fill_dimension(ends, session, error);
    if (!status && is_open(ends->network, "outputs"))
        status = fill_outputs(ends, session, error);
    return status;
}

vultus_status pack_resolve(json_t *root, const struct buffer *network, const char *name,
                           vultus_error *error)
{
    json_t *models = json_object_get(root, "models"), *model = json_array_get(models, 0);
    json_t *networks = json_object_get(model, "networks");
    const char *kind = json_string_value(json_object_get(model, "kind"));
    struct open_ends ends = {.network = json_array_get(networks, 0),
                             .input = json_object_get(model, "input"),
                             .output = json_object_get(model, "output"),
                             .embedder = kind && !strcmp(kind, "embedder"),
                             .name = name};
    struct session_runtime *runtime = NULL;
    struct session *session = NULL;
    if (json_array_size(models) != 1 || json_array_size(networks) != 1 || !has_open(&ends))
        return VULTUS_OK;
    vultus_status status = session_runtime_open(&runtime, error);
    if (!status)
        status = open_network(&ends, runtime, network, &session, error);
    if (!status)
        status = fill(&ends, session, error);
    session_close(session);
    session_runtime_close(runtime);
    return status;
}
