/*
 * Loading a model of a pack: contract, files, hashes, sessions. Networks are loaded side by side
 * when there are threads, because that is most of a cold start.
 */
#include "engine/engine.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

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
    struct buffer bytes;
    (void)worker;
    for (size_t i = 0; i < network->output_count; i++)
        config.outputs[i] = network->outputs[i];
    vultus_status status =
        pack_read_network(loading->folder, loading->model->pack.name, network, &bytes, error);
    if (status)
        return status;
    status = session_open(loading->runtime, bytes.data, bytes.size, &config,
                          &loading->model->networks[index], error);
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
    const struct contract_model *contract = model->contract;
    struct session_shape input = session_input_shape(model->networks[0]);
    struct session_shape output = session_output_shape(model->networks[0], 0);
    if (input.rank != 4 || input.sizes[1] != 3 || input.sizes[2] != contract->height ||
        input.sizes[3] != contract->width || input.sizes[0] >= 0)
        return status_set(error, VULTUS_ERR_MODEL,
                          "embedder %s: the input of %s is not "
                          "[free, 3, %u, %u] as its contract says",
                          contract->id, contract->networks[0].file, contract->height,
                          contract->width);
    if (output.rank != 2 || output.sizes[1] != (int64_t)contract->dimension)
        return status_set(error, VULTUS_ERR_MODEL,
                          "embedder %s: the output of %s is not "
                          "[free, %zu] as its contract says",
                          contract->id, contract->networks[0].file, contract->dimension);
    return VULTUS_OK;
}

vultus_status engine_open_detector(const struct engine_model *model,
                                   const struct detect_method **method, void **state,
                                   vultus_error *error)
{
    const struct contract_model *contract = model->contract;
    struct session *networks[CONTRACT_NETWORKS_MAX] = {0};
    const struct detect_method *found = detect_method_of(contract->method);
    if (!found)
        return status_set(error, VULTUS_ERR_MODEL,
                          "detector %s is of method \"%s\", which this "
                          "vultus does not know",
                          contract->id, contract->method);
    for (size_t i = 0; found->roles[i]; i++) {
        const struct contract_network *network = contract_network_of(contract, found->roles[i]);
        if (!network)
            return status_set(error, VULTUS_ERR_MODEL,
                              "detector %s has no network with the role %s", contract->id,
                              found->roles[i]);
        networks[i] = model->networks[network - contract->networks];
    }
    vultus_status status = found->open(contract, networks, state, error);
    if (!status)
        *method = found;
    return status;
}

/* Of the weights and of how they are fed: other colours or another template give other embeddings. */
static vultus_status make_id(struct engine_model *model, vultus_error *error)
{
    const struct contract_model *c = model->contract;
    char hex[HASH_HEX_SIZE], fed[512];
    uint8_t hash[HASH_SIZE];
    hash_hex(c->networks[0].origin, hex);
    int length = snprintf(fed, sizeof fed, "%s %d %ux%u %a %a %a %a %a %a", hex, c->bgr, c->width,
                          c->height, (double)c->mean[0], (double)c->mean[1], (double)c->mean[2],
                          (double)c->scale[0], (double)c->scale[1], (double)c->scale[2]);
    for (size_t i = 0; i < VULTUS_LANDMARKS && length > 0 && (size_t)length < sizeof fed; i++)
        length += snprintf(fed + length, sizeof fed - (size_t)length, " %a,%a",
                           (double)c->points[i].x, (double)c->points[i].y);
    vultus_status status = hash_bytes(fed, strlen(fed), hash, error);
    if (status)
        return status;
    hash_hex(hash, hex);
    (void)snprintf(model->id, sizeof model->id, "%s@%.8s", c->id, hex);
    return VULTUS_OK;
}

vultus_status engine_load(struct session_runtime *runtime, struct pool *pool, const char *folder,
                          const char *name, enum contract_kind kind, struct engine_model *out,
                          vultus_error *error)
{
    char pack[CONTRACT_NAME_MAX + 1];
    const char *slash = strchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : strlen(name);
    if (length > CONTRACT_NAME_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "\"%.64s...\" is too long for a model's name",
                          name);
    memcpy(pack, name, length);
    pack[length] = '\0';
    vultus_status status = pack_read(folder, pack, &out->pack, error);
    if (!status)
        status = choose(out, slash ? slash + 1 : NULL, kind, error);
    if (status)
        return status;
    struct loading loading = {runtime, folder, out};
    status = pool_for(pool, out->contract->network_count, load_network, &loading, error);
    if (!status && kind == CONTRACT_EMBEDDER)
        status = check_embedder(out, error);
    if (status)
        return status;
    return make_id(out, error);
}

void engine_unload(struct engine_model *model)
{
    for (size_t i = 0; model->contract && i < model->contract->network_count; i++)
        session_close(model->networks[i]);
    contract_clear(&model->pack);
    *model = (struct engine_model){0};
}
