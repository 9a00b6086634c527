/*
 * Reads pack.json: the pack, its models and their networks. The getters are in contract_read.c, what
 * only embedders have in contract_embedder.c.
 */
#include "model/contract.h"
#include "base/memory.h"
#include "model/contract_read.h"

#include <math.h>
#include <string.h>

static bool is_weights(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && !strcmp(dot, ".safetensors");
}

/* Names of the tensors that go in and out of a network. */
static vultus_status read_ends(struct contract_reader *reader, const json_t *object,
                               struct contract_network *out)
{
    const json_t *outputs = json_object_get(object, "outputs");
    size_t count = json_array_size(outputs);
    vultus_status status =
        contract_read_tensor(reader, json_object_get(object, "input"), "input", out->input);
    if (!status && (count < 1 || count > SESSION_OUTPUTS_MAX))
        status = contract_wrong(reader, "outputs", "one to sixteen names are expected");
    for (size_t i = 0; !status && i < count; i++)
        status =
            contract_read_tensor(reader, json_array_get(outputs, i), "outputs", out->outputs[i]);
    out->output_count = status ? 0 : count;
    return status;
}

static vultus_status read_network(struct contract_reader *reader, const json_t *object,
                                  struct contract_network *out)
{
    const json_t *hash = json_object_get(object, "sha256");
    const json_t *origin = json_object_get(object, "origin_sha256");
    static const char *const keys[] = {"role",          "file",      "sha256", "bytes",
                                       "input",         "outputs",   "source", "from",
                                       "origin_sha256", "semantics", NULL};
    size_t bytes = 0;
    vultus_status status = contract_known_keys(reader, object, keys, NULL);
    if (!status)
        status = contract_read_name(reader, object, "role", out->role);
    if (!status)
        status = contract_read_name(reader, object, "file", out->file);
    if (!status) {
        out->part = is_weights(out->file) ? CONTRACT_WEIGHTS : CONTRACT_NETWORK;
        if (out->part == CONTRACT_NETWORK)
            status = read_ends(reader, object, out);
    }
    if (!status && hash) {
        out->has_hash = contract_read_hash(json_string_value(hash), out->hash);
        if (!out->has_hash)
            status = contract_wrong(reader, "sha256", "64 hexadecimal digits are expected");
    }
    memcpy(out->origin, out->hash, sizeof out->origin);
    if (!status && origin && !contract_read_hash(json_string_value(origin), out->origin))
        status = contract_wrong(reader, "origin_sha256", "64 hexadecimal digits are expected");
    if (!status && json_object_get(object, "bytes"))
        status = contract_read_whole(reader, object, "bytes", 1, SESSION_NETWORK_MAX, &bytes);
    out->bytes = bytes;
    return status;
}

static vultus_status read_networks(struct contract_reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *list = json_object_get(object, "networks");
    struct contract_reader inner = *reader;
    vultus_status status = VULTUS_OK;
    out->network_count = json_array_size(list);
    if (out->network_count < 1 || out->network_count > CONTRACT_NETWORKS_MAX) {
        out->network_count = 0;
        return contract_wrong(reader, "networks", "one to eight networks are expected");
    }
    for (size_t i = 0; !status && i < out->network_count; i++) {
        (void)snprintf(inner.where, sizeof inner.where, "%.60s.networks[%zu]", reader->where, i);
        status = read_network(&inner, json_array_get(list, i), &out->networks[i]);
        for (size_t k = 0; !status && k < i; k++)
            if (!strcmp(out->networks[k].role, out->networks[i].role))
                status =
                    contract_wrong(&inner, "role", "another network of this model has it already");
    }
    return status;
}

static vultus_status read_input(struct contract_reader *reader, const json_t *object,
                                struct contract_model *out)
{
    const json_t *input = json_object_get(object, "input");
    const char *layout = json_string_value(json_object_get(input, "layout"));
    const char *colour = json_string_value(json_object_get(input, "colour"));
    const json_t *standardise = json_object_get(input, "standardise");
    static const char *const keys[] = {"layout", "colour", "mean",        "scale",
                                       "width",  "height", "standardise", NULL};
    size_t width = 0, height = 0;
    struct contract_reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.input", reader->where);
    if (!layout || (strcmp(layout, "NCHW") && strcmp(layout, "NHWC")))
        return contract_wrong(&inner, "layout", "\"NCHW\" or \"NHWC\" is expected");
    out->nhwc = !strcmp(layout, "NHWC");
    if (standardise && !json_is_boolean(standardise))
        return contract_wrong(&inner, "standardise", "true or false is expected");
    out->standardise = json_is_true(standardise);
    if (!colour || (strcmp(colour, "RGB") && strcmp(colour, "BGR")))
        return contract_wrong(&inner, "colour", "\"RGB\" or \"BGR\" is expected");
    out->bgr = !strcmp(colour, "BGR");
    vultus_status status = contract_known_keys(&inner, input, keys, NULL);
    if (!status)
        status = contract_read_floats(&inner, input, "mean", 3, 0, 255, out->mean);
    if (!status)
        status = contract_read_floats(&inner, input, "scale", 3, 1e-6f, 100, out->scale);
    if (!status && (out->kind == CONTRACT_EMBEDDER || json_object_get(input, "width"))) {
        status = contract_read_whole(&inner, input, "width", 16, CONTRACT_SIDE_MAX, &width);
        if (!status)
            status = contract_read_whole(&inner, input, "height", 16, CONTRACT_SIDE_MAX, &height);
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
static vultus_status read_options(struct contract_reader *reader, const json_t *object,
                                  struct contract_model *out)
{
    json_t *options = json_object_get(object, "options"), *value;
    const char *name;
    struct contract_reader inner = *reader;
    (void)snprintf(inner.where, sizeof inner.where, "%.60s.options", reader->where);
    if (options && !json_is_object(options))
        return contract_wrong(reader, "options", "an object of numbers is expected");
    json_object_foreach(options, name, value)
    {
        struct contract_option *option = &out->options[out->option_count];
        if (out->option_count == CONTRACT_OPTIONS_MAX || !contract_name_valid(name))
            return contract_wrong(reader, "options",
                                  "at most 24 names of letters, digits and . _ - are expected");
        if (!read_option(value, option))
            return contract_wrong(&inner, name, "a number, or a list of at most 16, is expected");
        memcpy(option->name, name, strlen(name) + 1);
        out->option_count++;
    }
    return VULTUS_OK;
}

static vultus_status read_detector(struct contract_reader *reader, const json_t *object,
                                   struct contract_model *out)
{
    const json_t *landmarks = json_object_get(object, "landmarks");
    const char *text = json_string_value(landmarks);
    if (landmarks && (!text || strlen(text) >= sizeof out->landmarks))
        return contract_wrong(reader, "landmarks",
                              "the name PACK/MODEL of a finder of shapes is expected");
    if (text)
        memcpy(out->landmarks, text, strlen(text) + 1);
    return VULTUS_OK;
}

static vultus_status read_landmark_box(struct contract_reader *reader, const json_t *object,
                                       struct contract_model *out)
{
    static const float as_it_is[3] = {0, 0, 1};
    memcpy(out->landmark_box, as_it_is, sizeof as_it_is);
    if (!json_object_get(object, "landmark_box"))
        return VULTUS_OK;
    vultus_status status =
        contract_read_floats(reader, object, "landmark_box", 3, -4, 4, out->landmark_box);
    if (!status && !(out->landmark_box[2] > 0))
        status = contract_wrong(reader, "landmark_box", "a size over 0 is expected");
    return status;
}

static bool has_network(const struct contract_model *model)
{
    for (size_t i = 0; i < model->network_count; i++)
        if (model->networks[i].part == CONTRACT_NETWORK)
            return true;
    return false;
}

static vultus_status check_model_keys(struct contract_reader *reader, const json_t *object,
                                      enum contract_kind kind)
{
    static const char *const keys[] = {"id",         "kind",         "method",   "licence",
                                       "provenance", "citation",     "networks", "input",
                                       "options",    "landmark_box", NULL};
    static const char *const detector[] = {"landmarks", NULL};
    static const char *const embedder[] = {"base",
                                           "base_id",
                                           "output",
                                           "alignment",
                                           "metric",
                                           "threshold",
                                           "identify_threshold",
                                           "calibration",
                                           NULL};
    return contract_known_keys(reader, object, keys,
                               kind == CONTRACT_DETECTOR   ? detector
                               : kind == CONTRACT_EMBEDDER ? embedder
                                                           : NULL);
}

static vultus_status read_model(struct contract_reader *reader, const json_t *object,
                                struct contract_model *out)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    vultus_status status = contract_read_name(reader, object, "id", out->id);
    while (!status && out->kind < CONTRACT_KINDS &&
           (!kind || strcmp(kind, contract_kind_name(out->kind)) != 0))
        out->kind++;
    if (!status && out->kind == CONTRACT_KINDS)
        status = contract_wrong(reader, "kind",
                                "\"detector\", \"landmarks\", \"embedder\", \"attributes\" or "
                                "\"liveness\" is expected");
    if (!status)
        status = check_model_keys(reader, object, out->kind);
    if (status)
        return status;
    if (json_object_get(object, "method"))
        status = contract_read_name(reader, object, "method", out->method);
    else
        memcpy(out->method, out->id, sizeof out->method);
    if (!status)
        status = contract_read_text(reader, object, "licence", &out->licence);
    if (!status)
        status = contract_read_text(reader, object, "provenance", &out->provenance);
    if (!status && out->kind == CONTRACT_EMBEDDER)
        status = contract_read_base(reader, object, out);
    if (!status)
        status = read_networks(reader, object, out);
    if (!status && out->base[0] && (out->network_count != 1 || has_network(out)))
        status = contract_wrong(reader, "networks",
                                "one file of weights is expected of a model with a base");
    if (!status && ((out->kind == CONTRACT_EMBEDDER && !out->base[0]) ||
                    json_object_get(object, "input") || has_network(out)))
        status = read_input(reader, object, out);
    if (!status)
        status = read_options(reader, object, out);
    if (!status && out->kind == CONTRACT_DETECTOR)
        status = read_detector(reader, object, out);
    if (!status)
        status = read_landmark_box(reader, object, out);
    if (!status && out->kind == CONTRACT_EMBEDDER)
        status = contract_read_embedder(reader, object, out);
    return status;
}

static vultus_status read_pack(struct contract_reader *reader, const json_t *root,
                               struct contract_pack *out)
{
    static const char *const keys[] = {"format",  "name",   "summary", "version",
                                       "sources", "models", NULL};
    const json_t *models = json_object_get(root, "models");
    size_t count = json_array_size(models);
    vultus_status status = VULTUS_OK;
    if (json_integer_value(json_object_get(root, "format")) != 1)
        status = contract_wrong(reader, "format", "1 is expected; a newer vultus may read others");
    if (!status)
        status = contract_known_keys(reader, root, keys, NULL);
    if (!status)
        status = contract_read_name(reader, root, "name", out->name);
    if (!status)
        status = contract_read_text(reader, root, "summary", &out->summary);
    if (!status && (count < 1 || count > CONTRACT_MODELS_MAX))
        status = contract_wrong(reader, "models", "1 to 32 models are expected");
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
                status = contract_wrong(reader, "id", "another model of this pack has it already");
    }
    return status;
}

vultus_status contract_parse(const void *text, size_t size, const char *name,
                             struct contract_pack *out, vultus_error *error)
{
    struct contract_reader reader = {.file = name, .error = error};
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
        mem_free(pack->models[i].calibration);
    }
    mem_free(pack->models);
    mem_free(pack->summary);
    *pack = (struct contract_pack){0};
}

const char *contract_kind_name(enum contract_kind kind)
{
    static const char *const names[CONTRACT_KINDS] = {"detector", "landmarks", "embedder",
                                                      "attributes", "liveness"};
    return names[kind];
}

static const struct contract_option *find_option(const struct contract_model *model,
                                                 const char *name)
{
    for (size_t i = 0; i < model->option_count; i++)
        if (!strcmp(model->options[i].name, name))
            return &model->options[i];
    return NULL;
}

size_t contract_count(const struct contract_model *model, const char *option)
{
    const struct contract_option *found = find_option(model, option);
    return found ? found->count : 0;
}

vultus_status contract_numbers(const struct contract_model *model, const char *option, float low,
                               float high, const float *fallback, float *out, size_t count,
                               vultus_error *error)
{
    const struct contract_option *found = find_option(model, option);
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
