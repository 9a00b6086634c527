/* Any bytes as pack.json: a contract within its limits, or an error of one line and nothing kept. */
#include "fuzz.h"

#include "base/file.h"
#include "base/memory.h"
#include "model/contract.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void check_model(const struct contract_model *model)
{
    need(contract_name_valid(model->id) && contract_name_valid(model->method));
    need(model->licence && model->provenance);
    need(model->network_count >= 1 && model->network_count <= CONTRACT_NETWORKS_MAX);
    for (size_t i = 0; i < model->network_count; i++) {
        const struct contract_network *network = &model->networks[i];
        need(contract_name_valid(network->role) && contract_name_valid(network->file));
        need(network->part == CONTRACT_WEIGHTS || (network->input[0] && network->output_count));
        need(network->output_count <= SESSION_OUTPUTS_MAX);
        need(network->bytes <= SESSION_NETWORK_MAX);
    }
    for (size_t i = 0; i < 3; i++)
        need(isfinite(model->mean[i]) && isfinite(model->scale[i]) && model->scale[i] >= 0);
    need(model->width <= CONTRACT_SIDE_MAX && model->height <= CONTRACT_SIDE_MAX);
    need(model->kind < CONTRACT_KINDS && model->option_count <= CONTRACT_OPTIONS_MAX);
    for (size_t i = 0; i < model->option_count; i++) {
        need(model->options[i].count >= 1 && model->options[i].count <= CONTRACT_OPTION_VALUES);
        for (size_t k = 0; k < model->options[i].count; k++)
            need(isfinite(model->options[i].values[k]));
    }
    if (model->kind != CONTRACT_EMBEDDER)
        return;
    need(model->shape_count <= CONTRACT_SHAPES_MAX && isfinite(model->margin));
    for (size_t i = 0; i < model->shape_count; i++)
        for (size_t k = 0; k < model->shapes[i].count; k++)
            need(model->shapes[i].use[k] < model->shapes[i].of);
    need(!model->base[0] == !model->base_id[0]);
    need((model->width > 0 && model->height > 0) || model->base[0]);
    need(model->dimension >= 1 && model->dimension <= CONTRACT_DIMENSION_MAX);
    need(isfinite(model->threshold));
    for (size_t i = 0; !model->base[0] && i < VULTUS_LANDMARKS; i++)
        need(model->points[i].x > 0 && model->points[i].x <= (float)model->width &&
             model->points[i].y > 0 && model->points[i].y <= (float)model->height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contract_pack pack = {0};
    vultus_error error = {0};
    long live = mem_live();
    vultus_status status = contract_parse(data, size, "fuzz.json", &pack, &error);
    if (status) {
        need(status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_LIMIT);
        need(error.message[0] && !strchr(error.message, '\n') && !pack.models);
    } else {
        need(contract_name_valid(pack.name) && pack.model_count >= 1);
        need(pack.model_count <= CONTRACT_MODELS_MAX);
        for (size_t i = 0; i < pack.model_count; i++)
            check_model(&pack.models[i]);
        contract_clear(&pack);
    }
    need(mem_live() == live);
    return 0;
}

static const char tiny[] =
    "{\"format\":1,\"name\":\"p\",\"models\":[{\"id\":\"e\",\"kind\":\"embedder\","
    "\"input\":{\"layout\":\"NCHW\",\"colour\":\"RGB\",\"mean\":[0,0,0],\"scale\":[1,1,1],"
    "\"width\":16,\"height\":16},\"networks\":[{\"role\":\"r\",\"file\":\"f\",\"input\":\"i\","
    "\"outputs\":[\"o\"]}],\"output\":{\"dimension\":2},\"alignment\":{\"width\":16,\"height\":16,"
    "\"template\":[[1,1],[2,1],[1,2],[1,3],[2,3]]},\"metric\":\"cosine\",\"threshold\":0}]}";

static const char based[] =
    "{\"format\":1,\"name\":\"p\",\"models\":[{\"id\":\"e\",\"kind\":\"embedder\",\"base\":\"a/b\","
    "\"base_id\":\"b@0\",\"networks\":[{\"role\":\"r\",\"file\":\"f.safetensors\"}],"
    "\"output\":{\"dimension\":2},\"metric\":\"cosine\",\"threshold\":0}]}";

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    struct buffer text = {0};
    char path[FILE_PATH_MAX];
    const char *root = getenv("VULTUS_SOURCE");
    size_t size = 0;
    if (index == 0) {
        size = sizeof tiny - 1 < capacity ? sizeof tiny - 1 : capacity;
        memcpy(out, tiny, size);
    } else if (index == 2) {
        size = sizeof based - 1 < capacity ? sizeof based - 1 : capacity;
        memcpy(out, based, size);
    } else if (index == 1 &&
               !file_join(path, sizeof path, root ? root : ".", "models/mobile/pack.json", NULL) &&
               !file_read(path, capacity, &text, NULL)) {
        size = text.size;
        memcpy(out, text.data, size);
        buffer_clear(&text);
    }
    return size;
}
