/*
 * Reads pack.json. Every getter names the path of the field in its message, so that somebody who
 * writes a contract by hand sees at once what is amiss.
 */
#include "model/contract.h"
#include "base/memory.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct reader {
    const char *file;
    char where[96]; /* such as models[1].input */
    vultus_error *error;
};

static vultus_status wrong(struct reader *reader, const char *field, const char *expected)
{
    return status_set(reader->error, VULTUS_ERR_FORMAT, "%s: %s%s%s: %s", reader->file,
                      reader->where, reader->where[0] ? "." : "", field, expected);
}

static vultus_status read_name(struct reader *reader, const json_t *object, const char *field,
                               char out[CONTRACT_NAME_MAX + 1])
{
    const char *text = json_string_value(json_object_get(object, field));
    if (!text || !contract_name_valid(text))
        return wrong(reader, field, "a name of 1 to 63 letters, digits and . _ - is expected");
    memcpy(out, text, strlen(text) + 1);
    return VULTUS_OK;
}

/* Names of tensors may have any characters. */
static vultus_status read_tensor(struct reader *reader, const json_t *value, const char *field,
                                 char out[CONTRACT_NAME_MAX + 1])
{
    const char *text = json_string_value(value);
    if (!text || !text[0] || strlen(text) > CONTRACT_NAME_MAX)
        return wrong(reader, field, "the name of a tensor (1 to 63 bytes) is expected");
    memcpy(out, text, strlen(text) + 1);
    return VULTUS_OK;
}

/* Optional text, "" where there is none. */
static vultus_status read_text(struct reader *reader, const json_t *object, const char *field,
                               char **out)
{
    const json_t *value = json_object_get(object, field);
    const char *text = value ? json_string_value(value) : "";
    if (!text || strlen(text) > CONTRACT_TEXT_MAX)
        return wrong(reader, field, "text of at most 4000 bytes is expected");
    *out = mem_string(text);
    return *out ? VULTUS_OK : status_memory(reader->error, "a contract");
}

static vultus_status read_number(struct reader *reader, const json_t *object, const char *field,
                                 double low, double high, double *out)
{
    const json_t *value = json_object_get(object, field);
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= high)) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "a number from %g to %g is expected", low, high);
        return wrong(reader, field, expected);
    }
    *out = number;
    return VULTUS_OK;
}

/* A whole number; out stays as it is where the field is wrong. */
static vultus_status read_whole(struct reader *reader, const json_t *object, const char *field,
                                size_t low, size_t high, size_t *out)
{
    const json_t *value = json_object_get(object, field);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < (json_int_t)low || number > (json_int_t)high) {
        char expected[80];
        (void)snprintf(expected, sizeof expected, "a whole number from %zu to %zu is expected", low,
                       high);
        return wrong(reader, field, expected);
    }
    *out = (size_t)number;
    return VULTUS_OK;
}

static vultus_status read_floats(struct reader *reader, const json_t *object, const char *field,
                                 size_t count, float low, float high, float *out)
{
    const json_t *list = json_object_get(object, field);
    bool good = json_array_size(list) == count;
    for (size_t i = 0; good && i < count; i++) {
        double number = json_number_value(json_array_get(list, i));
        good = json_is_number(json_array_get(list, i)) && number >= (double)low &&
               number <= (double)high;
        out[i] = (float)number;
    }
    if (!good) {
        char expected[96];
        (void)snprintf(expected, sizeof expected, "%zu numbers from %g to %g are expected", count,
                       (double)low, (double)high);
        return wrong(reader, field, expected);
    }
    return VULTUS_OK;
}

static bool read_hash(const char *text, uint8_t out[HASH_SIZE])
{
    if (!text || strlen(text) != 2 * HASH_SIZE)
        return false;
    for (size_t i = 0; i < 2 * HASH_SIZE; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | digit : digit << 4);
    }
    return true;
}

static bool is_weights(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && !strcmp(dot, ".safetensors");
}

/* Names of the tensors that go in and out of a network. */
static vultus_status read_ends(struct reader *reader, const json_t *object,
                               struct contract_network *out)
{
    const json_t *outputs = json_object_get(object, "outputs");
    size_t count = json_array_size(outputs);
    vultus_status status =
        read_tensor(reader, json_object_get(object, "input"), "input", out->input);
    if (!status && (count < 1 || count > SESSION_OUTPUTS_MAX))
        status = wrong(reader, "outputs", "one to sixteen names are expected");
    for (size_t i = 0; !status && i < count; i++)
        status = read_tensor(reader, json_array_get(outputs, i), "outputs", out->outputs[i]);
    out->output_count = status ? 0 : count;
    return status;
}

static vultus_status read_network(struct reader *reader, const json_t *object,
                                  struct contract_network *out)
{
    const json_t *hash = json_object_get(object, "sha256");
    const json_t *origin = json_object_get(object, "origin_sha256");
    size_t bytes = 0;
    vultus_status status = read_name(reader, object, "role", out->role);
    if (!status)
        status = read_name(reader, object, "file", out->file);
    if (!status) {
        out->part = is_weights(out->file) ? CONTRACT_WEIGHTS : CONTRACT_NETWORK;
        if (out->part == CONTRACT_NETWORK)
            status = read_ends(reader, object, out);
    }
    if (!status && hash) {
        out->has_hash = read_hash(json_string_value(hash), out->hash);
        if (!out->has_hash)
            status = wrong(reader, "sha256", "64 hexadecimal digits are expected");
    }
    memcpy(out->origin, out->hash, sizeof out->origin);
    if (!status && origin && !read_hash(json_string_value(origin), out->origin))
        status = wrong(reader, "origin_sha256", "64 hexadecimal digits are expected");
    if (!status && json_object_get(object, "bytes"))
        status = read_whole(reader, object, "bytes", 1, SESSION_NETWORK_MAX, &bytes);
    out->bytes = bytes;
    return status;
}

static vultus_status read_networks(struct reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *list = json_object_get(object, "networks");
    struct reader inner = *reader;
    vultus_status status = VULTUS_OK;
    out->network_count = json_array_size(list);
    if (out->network_count < 1 || out->network_count > CONTRACT_NETWORKS_MAX) {
        out->network_count = 0;
        return wrong(reader, "networks", "one to eight networks are expected");
    }
    for (size_t i = 0; !status && i < out->network_count; i++) {
        (void)snprintf(inner.where, sizeof inner.where, "%.60s.networks[%zu]", reader->where, i);
        status = read_network(&inner, json_array_get(list, i), &out->networks[i]);
        for (size_t k = 0; !status && k < i; k++)
            if (!strcmp(out->networks[k].role, out->networks[i].role))
                status = wrong(&inner, "role", "another network of this model has it already");
    }
    return status;
}

static vultus_status read_input(struct reader *reader, const json_t *object,
                                struct contract_model *out)
{
    const json_t *input = json_object_get(object, "input");
    const char *layout = json_string_value(json_object_get(input, "layout"));
    const char *colour = json_string_value(json_object_get(input, "colour"));
    const json_t *standardise = json_object_get(input, "standardise");
    size_t width = 0, height = 0;
    struct reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.input", reader->where);
    if (!layout || (strcmp(layout, "NCHW") && strcmp(layout, "NHWC")))
        return wrong(&inner, "layout", "\"NCHW\" or \"NHWC\" is expected");
    out->nhwc = !strcmp(layout, "NHWC");
    if (standardise && !json_is_boolean(standardise))
        return wrong(&inner, "standardise", "true or false is expected");
    out->standardise = json_is_true(standardise);
    if (!colour || (strcmp(colour, "RGB") && strcmp(colour, "BGR")))
        return wrong(&inner, "colour", "\"RGB\" or \"BGR\" is expected");
    out->bgr = !strcmp(colour, "BGR");
    vultus_status status = read_floats(&inner, input, "mean", 3, 0, 255, out->mean);
    if (!status)
        status = read_floats(&inner, input, "scale", 3, 1e-6f, 100, out->scale);
    if (!status && (out->kind == CONTRACT_EMBEDDER || json_object_get(input, "width"))) {
        status = read_whole(&inner, input, "width", 16, CONTRACT_SIDE_MAX, &width);
        if (!status)
            status = read_whole(&inner, input, "height", 16, CONTRACT_SIDE_MAX, &height);
    }
    out->width = (uint32_t)width;
    out->height = (uint32_t)height;
    return status;
}

static bool read_option(const json_t *value, struct contract_option *out)
{
    out->count = json_is_array(value) ? json_array_size(value) : 1;
    bool good = out->count >= 1 && out->count <= CONTRACT_OPTION_VALUES;
    for (size_t i = 0; good && i < out->count; i++) {
        const json_t *number = json_is_array(value) ? json_array_get(value, i) : value;
        out->values[i] = (float)json_number_value(number);
        good = json_is_number(number) && isfinite(out->values[i]);
    }
    return good;
}

/* Numbers for the method, which knows their names and limits. */
static vultus_status read_options(struct reader *reader, const json_t *object,
                                  struct contract_model *out)
{
    json_t *options = json_object_get(object, "options"), *value;
    const char *name;
    struct reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.options", reader->where);
    if (options && !json_is_object(options))
        return wrong(reader, "options", "an object of numbers is expected");
    json_object_foreach(options, name, value)
    {
        struct contract_option *option = &out->options[out->option_count];
        if (out->option_count == CONTRACT_OPTIONS_MAX || !contract_name_valid(name))
            return wrong(reader, "options",
                         "at most 24 names of letters, digits and . _ - are expected");
        if (!read_option(value, option))
            return wrong(&inner, name, "a number, or a list of at most 16, is expected");
        memcpy(option->name, name, strlen(name) + 1);
        out->option_count++;
    }
    return VULTUS_OK;
}

static vultus_status read_detector(struct reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *landmarks = json_object_get(object, "landmarks");
    const char *text = json_string_value(landmarks);
    static const float as_it_is[3] = {0, 0, 1};
    memcpy(out->landmark_box, as_it_is, sizeof as_it_is);
    if (landmarks && (!text || strlen(text) >= sizeof out->landmarks))
        return wrong(reader, "landmarks", "the name PACK/MODEL of a finder of shapes is expected");
    if (text)
        memcpy(out->landmarks, text, strlen(text) + 1);
    if (!json_object_get(object, "landmark_box"))
        return VULTUS_OK;
    return read_floats(reader, object, "landmark_box", 3, -4, 4, out->landmark_box);
}

/* [x, y] in the chip; points of shapes may lie outside of it. */
static bool read_point(const json_t *point, vultus_point *out)
{
    double x = json_number_value(json_array_get(point, 0));
    double y = json_number_value(json_array_get(point, 1));
    *out = (vultus_point){(float)x, (float)y};
    return json_array_size(point) == 2 && json_is_number(json_array_get(point, 0)) &&
           json_is_number(json_array_get(point, 1)) && fabs(x) < 1e5 && fabs(y) < 1e5;
}

static vultus_status read_shape(struct reader *reader, const json_t *object,
                                struct contract_shape *out)
{
    const json_t *use = json_object_get(object, "use"),
                 *points = json_object_get(object, "template");
    vultus_status status = read_whole(reader, object, "of", 5, VULTUS_SHAPE_MAX, &out->of);
    if (status)
        return status;
    out->count = json_array_size(points);
    if (out->count < 2 || out->count > out->of || json_array_size(use) != out->count)
        return wrong(reader, "template", "as many points as \"use\" has numbers are expected");
    for (size_t i = 0; i < out->count; i++) {
        const json_t *index = json_array_get(use, i);
        json_int_t number = json_integer_value(index);
        if (!json_is_integer(index) || number < 0 || (size_t)number >= out->of)
            return wrong(reader, "use", "numbers of points of the shape, from 0, are expected");
        out->use[i] = (uint8_t)number;
        if (!read_point(json_array_get(points, i), &out->points[i]))
            return wrong(reader, "template", "points [x, y] are expected");
    }
    return VULTUS_OK;
}

static vultus_status read_shapes(struct reader *reader, const json_t *alignment,
                                 struct contract_model *out)
{
    const json_t *shapes = json_object_get(alignment, "shapes");
    struct reader inner = *reader;
    vultus_status status = VULTUS_OK;
    if (json_array_size(shapes) > CONTRACT_SHAPES_MAX)
        return wrong(reader, "shapes", "at most two shapes are expected");
    for (size_t i = 0; !status && i < json_array_size(shapes); i++) {
        (void)snprintf(inner.where, sizeof inner.where, "%.70s.shapes[%zu]", reader->where, i);
        status = read_shape(&inner, json_array_get(shapes, i), &out->shapes[i]);
        if (!status && out->alignment == CONTRACT_ALIGN_AFFINE && out->shapes[i].count != 3)
            status = wrong(&inner, "template", "three points are expected for affine alignment");
        out->shape_count = i + 1;
    }
    return status;
}

static vultus_status read_template(struct reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *alignment = json_object_get(object, "alignment");
    const json_t *points = json_object_get(alignment, "template");
    size_t width = 0, height = 0;
    struct reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.alignment", reader->where);
    vultus_status status = read_whole(&inner, alignment, "width", 16, CONTRACT_SIDE_MAX, &width);
    if (!status)
        status = read_whole(&inner, alignment, "height", 16, CONTRACT_SIDE_MAX, &height);
    if (!status && ((uint32_t)width != out->width || (uint32_t)height != out->height))
        status = wrong(&inner, "width", "the size of the input is expected");
    if (!status && json_array_size(points) != VULTUS_LANDMARKS)
        status = wrong(&inner, "template", "five points are expected");
    for (size_t i = 0; !status && i < VULTUS_LANDMARKS; i++) {
        const json_t *point = json_array_get(points, i);
        double x = json_number_value(json_array_get(point, 0));
        double y = json_number_value(json_array_get(point, 1));
        if (json_array_size(point) != 2 || !(x > 0 && x < (double)width) ||
            !(y > 0 && y < (double)height))
            status = wrong(&inner, "template", "points [x, y] inside the chip are expected");
        out->points[i] = (vultus_point){(float)x, (float)y};
        for (size_t k = 0; !status && k < i; k++)
            if (out->points[k].x == out->points[i].x && out->points[k].y == out->points[i].y)
                status = wrong(&inner, "template", "five different points are expected");
    }
    return status;
}

static vultus_status read_alignment(struct reader *reader, const json_t *object,
                                    struct contract_model *out)
{
    const json_t *alignment = json_object_get(object, "alignment");
    const char *method = json_string_value(json_object_get(alignment, "method"));
    double margin = 0;
    struct reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.alignment", reader->where);
    out->alignment = CONTRACT_ALIGN_SIMILARITY;
    if (method && !strcmp(method, "affine"))
        out->alignment = CONTRACT_ALIGN_AFFINE;
    else if (method && !strcmp(method, "box"))
        out->alignment = CONTRACT_ALIGN_BOX;
    else if (method && strcmp(method, "similarity") != 0)
        return wrong(&inner, "method", "\"similarity\", \"affine\" or \"box\" is expected");
    if (json_object_get(alignment, "margin")) {
        vultus_status status = read_number(&inner, alignment, "margin", -0.5, 4, &margin);
        if (status)
            return status;
    }
    out->margin = (float)margin;
    vultus_status status = read_template(reader, object, out);
    return status ? status : read_shapes(&inner, alignment, out);
}

static vultus_status read_embedder(struct reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const char *metric = json_string_value(json_object_get(object, "metric"));
    double threshold = 0;
    struct reader inner = *reader;
    const json_t *output = json_object_get(object, "output");
    const json_t *normalise = json_object_get(output, "normalise");
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.output", reader->where);
    vultus_status status =
        read_whole(&inner, output, "dimension", 2, CONTRACT_DIMENSION_MAX, &out->dimension);
    if (!status && normalise && !json_is_boolean(normalise))
        status = wrong(&inner, "normalise", "true or false is expected");
    out->raw = json_is_false(normalise);
    if (!status)
        status = read_alignment(reader, object, out);
    if (!status && (!metric || (strcmp(metric, "cosine") && strcmp(metric, "euclidean"))))
        status = wrong(reader, "metric", "\"cosine\" or \"euclidean\" is expected");
    if (status)
        return status;
    out->metric = strcmp(metric, "cosine") ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_COSINE;
    status = read_number(reader, object, "threshold", -1, 2, &threshold);
    out->threshold = (float)threshold;
    out->has_identify_threshold = json_object_get(object, "identify_threshold") != NULL;
    if (!status && out->has_identify_threshold)
        status = read_number(reader, object, "identify_threshold", -1, 2, &threshold);
    out->identify_threshold = (float)threshold;
    return status;
}

static bool has_network(const struct contract_model *model)
{
    for (size_t i = 0; i < model->network_count; i++)
        if (model->networks[i].part == CONTRACT_NETWORK)
            return true;
    return false;
}

static vultus_status read_model(struct reader *reader, const json_t *object,
                                struct contract_model *out)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    vultus_status status = read_name(reader, object, "id", out->id);
    while (!status && out->kind < CONTRACT_KINDS &&
           (!kind || strcmp(kind, contract_kind_name(out->kind)) != 0))
        out->kind++;
    if (!status && out->kind == CONTRACT_KINDS)
        status = wrong(reader, "kind",
                       "\"detector\", \"landmarks\", \"embedder\" or \"attributes\" is expected");
    if (status)
        return status;
    if (json_object_get(object, "method"))
        status = read_name(reader, object, "method", out->method);
    else
        memcpy(out->method, out->id, sizeof out->method);
    if (!status)
        status = read_text(reader, object, "licence", &out->licence);
    if (!status)
        status = read_text(reader, object, "provenance", &out->provenance);
    if (!status)
        status = read_networks(reader, object, out);
    if (!status &&
        (out->kind == CONTRACT_EMBEDDER || json_object_get(object, "input") || has_network(out)))
        status = read_input(reader, object, out);
    if (!status)
        status = read_options(reader, object, out);
    if (!status && out->kind == CONTRACT_DETECTOR)
        status = read_detector(reader, object, out);
    if (!status && out->kind == CONTRACT_EMBEDDER)
        status = read_embedder(reader, object, out);
    return status;
}

static vultus_status read_pack(struct reader *reader, const json_t *root, struct contract_pack *out)
{
    const json_t *models = json_object_get(root, "models");
    size_t count = json_array_size(models);
    vultus_status status = VULTUS_OK;
    if (json_integer_value(json_object_get(root, "format")) != 1)
        status = wrong(reader, "format", "1 is expected; a newer vultus may read others");
    if (!status)
        status = read_name(reader, root, "name", out->name);
    if (!status)
        status = read_text(reader, root, "summary", &out->summary);
    if (!status && (count < 1 || count > CONTRACT_MODELS_MAX))
        status = wrong(reader, "models", "1 to 32 models are expected");
    if (status)
        return status;
    out->models = mem_zalloc(count, sizeof *out->models);
    if (!out->models)
        return status_memory(reader->error, "a contract");
    out->model_count = count;
    for (size_t i = 0; !status && i < count; i++) {
        (void)snprintf(reader->where, sizeof reader->where, "models[%zu]", i);
        status = read_model(reader, json_array_get(models, i), &out->models[i]);
        for (size_t k = 0; !status && k < i; k++)
            if (!strcmp(out->models[k].id, out->models[i].id))
                status = wrong(reader, "id", "another model of this pack has it already");
    }
    return status;
}

vultus_status contract_parse(const void *text, size_t size, const char *name,
                             struct contract_pack *out, vultus_error *error)
{
    struct reader reader = {.file = name, .error = error};
    struct contract_pack pack = {0};
    json_error_t trouble;
    if (size > CONTRACT_BYTES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: larger than %zu bytes", name,
                          CONTRACT_BYTES_MAX);
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &trouble);
    if (!root && (json_error_code(&trouble) == json_error_out_of_memory || !trouble.text[0]))
        return status_memory(error, "a contract"); /* jansson does not say so everywhere */
    if (!root)
        return status_set(error, VULTUS_ERR_FORMAT, "%s:%d: not JSON: %.120s", name, trouble.line,
                          trouble.text);
    vultus_status status = read_pack(&reader, root, &pack);
    json_decref(root);
    if (status)
        contract_clear(&pack);
    else
        *out = pack;
    return status;
}

void contract_clear(struct contract_pack *pack)
{
    for (size_t i = 0; i < pack->model_count; i++) {
        mem_free(pack->models[i].licence);
        mem_free(pack->models[i].provenance);
    }
    mem_free(pack->models);
    mem_free(pack->summary);
    *pack = (struct contract_pack){0};
}

const char *contract_kind_name(enum contract_kind kind)
{
    static const char *const names[CONTRACT_KINDS] = {"detector", "landmarks", "embedder",
                                                      "attributes"};
    return names[kind];
}

vultus_status contract_numbers(const struct contract_model *model, const char *option, float low,
                               float high, const float *fallback, float *out, size_t count,
                               vultus_error *error)
{
    const struct contract_option *found = NULL;
    for (size_t i = 0; i < model->option_count; i++)
        if (!strcmp(model->options[i].name, option))
            found = &model->options[i];
    bool good = found ? found->count == count : fallback != NULL;
    for (size_t i = 0; good && found && i < count; i++)
        good = found->values[i] >= low && found->values[i] <= high;
    if (!good)
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: options.%s: %zu number%s from %g to %g %s expected", model->id,
                          option, count, count == 1 ? "" : "s", (double)low, (double)high,
                          count == 1 ? "is" : "are");
    memcpy(out, found ? found->values : fallback, count * sizeof *out);
    return VULTUS_OK;
}

vultus_status contract_number(const struct contract_model *model, const char *option, float low,
                              float high, float fallback, float *out, vultus_error *error)
{
    return contract_numbers(model, option, low, high, &fallback, out, 1, error);
}

const struct contract_network *contract_network_of(const struct contract_model *model,
                                                   const char *role)
{
    for (size_t i = 0; i < model->network_count; i++)
        if (!strcmp(model->networks[i].role, role))
            return &model->networks[i];
    return NULL;
}

bool contract_name_valid(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length > CONTRACT_NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}
