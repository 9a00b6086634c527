/*
 * Loading a model of a pack: contract, files, hashes, sessions. Networks are loaded side by side
 * when there are threads, because that is most of a cold start.
 */
#include "engine/engine.h"
#include "engine/pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIVENESS_THRESHOLD 0.5f /* of a model whose contract says nothing */

struct loading {
    struct session_runtime *runtime;
    const char *folder;
    struct engine_model *model;
};

static vultus_status load_network(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct loading *loading = context;
    const struct contract_network *network = &loading->model->contract->networks[index];
    struct session_config config = {
        .name = network->file, .input = network->input, .output_count = network->output_count};
    struct model_part *part = &loading->model->parts[index];
    const char *pack = loading->model->pack.name;
    struct buffer bytes;
    (void)worker;
    if (network->part == CONTRACT_WEIGHTS)
        return pack_map_weights(loading->folder, pack, network, &part->weights, error);
    for (size_t i = 0; i < network->output_count; i++)
        config.outputs[i] = network->outputs[i];
    vultus_status status = pack_read_network(loading->folder, pack, network, &bytes, error);
    if (status)
        return status;
    status = session_open(loading->runtime, bytes.data, bytes.size, &config, &part->session, error);
    buffer_clear(&bytes);
    return status;
}

/* "PACK" means its first model of the kind, "PACK/MODEL" one by its id. */
static vultus_status choose(struct engine_model *model, const char *wanted, enum contract_kind kind,
                            vultus_error *error)
{
    for (size_t i = 0; i < model->pack.model_count; i++) {
        const struct contract_model *each = &model->pack.models[i];
        if (each->kind == kind && (!wanted || !strcmp(each->id, wanted))) {
            model->contract = each;
            return VULTUS_OK;
        }
    }
    return status_set(error, VULTUS_ERR_MODEL,
                      "model pack %s has no %s%s%s; see: vultus models "
                      "info %s",
                      model->pack.name, contract_kind_name(kind), wanted ? " " : "",
                      wanted ? wanted : "", model->pack.name);
}

/* The network must be as the contract says; a wrong one would give embeddings of nothing. */
static vultus_status check_embedder(const struct engine_model *model, vultus_error *error)
{
    const struct contract_model *c = model->contract;
    const char *file = c->networks[0].file;
    if (c->base[0]) /* its weights are read with its base at hand */
        return VULTUS_OK;
    if (!model->parts[0].session)
        return status_set(error, VULTUS_ERR_MODEL, "embedder %s: %s is no network", c->id, file);
    struct session_shape input = session_input_shape(model->parts[0].session);
    struct session_shape output = session_output_shape(model->parts[0].session, 0);
    const int64_t expected[] = {1, c->nhwc ? c->height : 3, c->nhwc ? c->width : c->height,
                                c->nhwc ? 3 : c->width};
    bool fits = input.rank == 4;
    for (size_t i = 0; fits && i < 4; i++) /* exporters leave any of them free, or the batch at 1 */
        fits = input.sizes[i] < 0 || input.sizes[i] == expected[i];
    if (!fits)
        return status_set(
            error, VULTUS_ERR_MODEL,
            "embedder %s: the input of %s is not [any, %d, %d, %d] as its contract says", c->id,
            file, (int)expected[1], (int)expected[2], (int)expected[3]);
    if (output.rank < 2 || (output.sizes[1] >= 0 && output.sizes[1] != (int64_t)c->dimension))
        return status_set(error, VULTUS_ERR_MODEL,
                          "embedder %s: the output of %s is not [any, %zu] as its contract says",
                          c->id, file, c->dimension);
    return VULTUS_OK;
}

/* The files of a model in the order of a method's roles. */
static vultus_status parts_of(const struct engine_model *model, const char *const *roles,
                              bool weights, struct model_part out[CONTRACT_NETWORKS_MAX],
                              vultus_error *error)
{
    const struct contract_model *contract = model->contract;
    for (size_t i = 0; roles[i]; i++) {
        const struct contract_network *network = contract_network_of(contract, roles[i]);
        if (!network)
            return status_set(error, VULTUS_ERR_MODEL, "%s %s has no network with the role %s",
                              contract_kind_name(contract->kind), contract->id, roles[i]);
        if ((network->part == CONTRACT_WEIGHTS) != weights)
            return status_set(error, VULTUS_ERR_MODEL, "%s %s: %s must be %s",
                              contract_kind_name(contract->kind), contract->id, network->file,
                              weights ? "weights (.safetensors)" : "a network (.onnx)");
        out[i] = model->parts[network - contract->networks];
    }
    return VULTUS_OK;
}

static vultus_status unknown_method(const struct contract_model *contract, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL,
                      "%s %s is of method \"%s\", which this vultus does not know",
                      contract_kind_name(contract->kind), contract->id, contract->method);
}

/* Weights that cannot be understood may be so because the file was changed: that says how to mend it. */
static vultus_status changed(const struct engine_model *model, vultus_status status,
                             vultus_error *error)
{
    vultus_status check = status == VULTUS_ERR_MODEL ? engine_check_model(model, error) : VULTUS_OK;
    return check ? check : status;
}

static vultus_status check_options(const struct contract_model *contract, const char *const *known,
                                   vultus_error *error)
{
    for (size_t i = 0; i < contract->option_count; i++) {
        size_t k = 0;
        while (known && known[k] && strcmp(known[k], contract->options[i].name) != 0)
            k++;
        if (!known || !known[k])
            return status_set(error, VULTUS_ERR_FORMAT,
                              "%s %s: options.%s: the method %s knows no such option; see "
                              "docs/contracts.md",
                              contract_kind_name(contract->kind), contract->id,
                              contract->options[i].name, contract->method);
    }
    return VULTUS_OK;
}

vultus_status engine_open_detector(const struct engine_model *model, struct engine_detector *out,
                                   vultus_error *error)
{
    struct model_part parts[CONTRACT_NETWORKS_MAX] = {0};
    const struct detect_method *method = detect_method_of(model->contract->method);
    if (!method)
        return unknown_method(model->contract, error);
    vultus_status status = check_options(model->contract, method->knows, error);
    if (!status)
        status = parts_of(model, method->roles, method->weights, parts, error);
    if (!status)
        status = method->open(model->contract, parts, &out->state, error);
    if (!status)
        out->method = method;
    return changed(model, status, error);
}

vultus_status engine_open_landmarks(const struct engine_model *model, struct engine_landmarks *out,
                                    vultus_error *error)
{
    struct model_part parts[CONTRACT_NETWORKS_MAX] = {0};
    const struct landmark_method *method = landmark_method_of(model->contract->method);
    if (!method)
        return unknown_method(model->contract, error);
    vultus_status status = check_options(model->contract, NULL, error);
    if (!status)
        status = parts_of(model, method->roles, method->weights, parts, error);
    if (!status)
        status = method->open(model->contract, parts, &out->state, &out->count, error);
    if (!status)
        out->method = method;
    return changed(model, status, error);
}

vultus_status engine_open_attributes(const struct engine_model *model,
                                     struct engine_attributes *out, vultus_error *error)
{
    struct model_part parts[CONTRACT_NETWORKS_MAX] = {0};
    const struct attributes_method *method = attributes_method_of(model->contract->method);
    if (!method)
        return unknown_method(model->contract, error);
    vultus_status status = check_options(model->contract, NULL, error);
    if (!status)
        status = parts_of(model, method->roles, false, parts, error);
    if (!status)
        status = method->open(model->contract, parts, &out->state, error);
    if (!status)
        out->method = method;
    return status;
}

vultus_status engine_open_liveness(const struct engine_model *model, struct engine_liveness *out,
                                   vultus_error *error)
{
    struct model_part parts[CONTRACT_NETWORKS_MAX] = {0};
    const struct liveness_method *method = liveness_method_of(model->contract->method);
    if (!method)
        return unknown_method(model->contract, error);
    vultus_status status = check_options(model->contract, method->knows, error);
    if (!status)
        status = contract_number(model->contract, "threshold", 0, 1, LIVENESS_THRESHOLD,
                                 &out->threshold, error);
    if (!status)
        status = parts_of(model, method->roles, false, parts, error);
    if (!status)
        status = method->open(model->contract, parts, &out->state, error);
    if (!status)
        out->method = method;
    return status;
}

struct fed { /* 138 points of 40 characters and a head of 200 fit */
    char text[8192];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void feed(struct fed *fed, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int more = vsnprintf(fed->text + fed->length, sizeof fed->text - fed->length, format, values);
    va_end(values);
    if (more > 0 && (size_t)more < sizeof fed->text - fed->length)
        fed->length += (size_t)more;
}

/* Of the weights and of how they are fed: other colours or another template give other embeddings. */
static void feed_network(struct fed *fed, const struct contract_model *c, const char *hex)
{
    feed(fed, "%s %d %ux%u %a %a %a %a %a %a", hex, c->bgr, c->width, c->height, (double)c->mean[0],
         (double)c->mean[1], (double)c->mean[2], (double)c->scale[0], (double)c->scale[1],
         (double)c->scale[2]);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        feed(fed, " %a,%a", (double)c->points[i].x, (double)c->points[i].y);
    if (c->standardise || c->alignment || c->raw)
        feed(fed, " %d %d %a %d", c->standardise, (int)c->alignment, (double)c->margin, c->raw);
    for (size_t i = 0; i < c->shape_count; i++)
        for (size_t k = 0; k < c->shapes[i].count; k++)
            feed(fed, " %u:%a,%a", c->shapes[i].use[k], (double)c->shapes[i].points[k].x,
                 (double)c->shapes[i].points[k].y);
}

/* With a base: of the weights and of what they project. */
static vultus_status make_id(struct engine_model *model, vultus_error *error)
{
    const struct contract_model *c = model->contract;
    char hex[HASH_HEX_SIZE];
    struct fed fed = {0};
    uint8_t hash[HASH_SIZE];
    hash_hex(c->networks[0].origin, hex);
    if (c->base[0])
        feed(&fed, "%s %s", hex, c->base_id);
    else
        feed_network(&fed, c, hex);
    vultus_status status = hash_bytes(fed.text, fed.length, hash, error);
    if (status)
        return status;
    hash_hex(hash, hex);
    (void)snprintf(model->id, sizeof model->id, "%s@%.8s", c->id, hex);
    return VULTUS_OK;
}

/* `name` is what the user wrote: that of a pack, or of a model. */
static vultus_status read_pack(const char *folder, const char *pack, const char *name,
                               enum contract_kind kind, struct engine_model *out,
                               vultus_error *error)
{
    char base[FILE_PATH_MAX], path[FILE_PATH_MAX], models[PACK_NAMES_SIZE];
    vultus_status status = pack_read(folder, pack, &out->pack, error);
    if (status != VULTUS_ERR_MODEL || pack_published(pack) ||
        pack_folder(folder, base, sizeof base, NULL) ||
        file_join(path, sizeof path, base, pack, NULL) || file_exists(path))
        return status;
    if (pipeline_brings(pack))
        return status_set(
            error, VULTUS_ERR_MODEL,
            "model pack %s is not installed; its file is yours to bring, with: vultus models "
            "add FILE.onnx --contract %s",
            pack, pack);
    if (strcmp(pack, name) != 0)
        return status;
    pipeline_models(folder, kind, models);
    return status_set(error, VULTUS_ERR_MODEL,
                      "there is no %s and no model pack %s; installed: %s; see: vultus models list",
                      contract_kind_name(kind), name, models);
}

vultus_status engine_load_contract(const char *folder, const char *name, enum contract_kind kind,
                                   struct engine_model *out, vultus_error *error)
{
    char pack[CONTRACT_NAME_MAX + 1], id[CONTRACT_NAME_MAX + 1];
    vultus_status status = pipeline_resolve(folder, name, kind, pack, id, error);
    if (!status)
        status = read_pack(folder, pack, name, kind, out, error);
    if (!status)
        status = choose(out, id[0] ? id : NULL, kind, error);
    return status ? status : make_id(out, error);
}

vultus_status engine_load(struct session_runtime *runtime, struct pool *pool, const char *folder,
                          const char *name, enum contract_kind kind, struct engine_model *out,
                          vultus_error *error)
{
    vultus_status status = engine_load_contract(folder, name, kind, out, error);
    if (status)
        return status;
    struct loading loading = {runtime, folder, out};
    status = pool_for(pool, out->contract->network_count, load_network, &loading, error);
    if (!status && kind == CONTRACT_EMBEDDER)
        status = check_embedder(out, error);
    return status;
}

vultus_status engine_check_model(const struct engine_model *model, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && model->contract && i < model->contract->network_count; i++)
        if (model->parts[i].weights)
            status = weights_check(model->parts[i].weights, error);
    return status;
}

void engine_unload(struct engine_model *model)
{
    for (size_t i = 0; model->contract && i < model->contract->network_count; i++) {
        session_close(model->parts[i].session);
        weights_close(model->parts[i].weights);
    }
    contract_clear(&model->pack);
    *model = (struct engine_model){0};
}
