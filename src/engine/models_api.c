/* Lists of packs of models, installed and not, for people who manage them. */
#include "engine/engine.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

vultus_status vultus_models_folder(char *path, size_t size, vultus_error *error)
{
    return pack_folder(NULL, path, size, error);
}

/* ------------------------------------------------------------------ lists */

static char *join_files(const struct contract_model *contract, uint64_t *bytes)
{
    char files[CONTRACT_NETWORKS_MAX * (CONTRACT_NAME_MAX + 2)] = "";
    size_t length = 0;
    *bytes = 0;
    for (size_t i = 0; i < contract->network_count; i++) {
        int more = snprintf(files + length, sizeof files - length, "%s%s", i ? " " : "",
                            contract->networks[i].file);
        length += more > 0 ? (size_t)more : 0;
        *bytes += contract->networks[i].bytes;
    }
    return mem_string(files);
}

static vultus_status add_model(const struct contract_pack *pack, const struct contract_model *from,
                               bool installed, vultus_models *list, vultus_error *error)
{
    vultus_model *items = mem_resize(list->items, list->count + 1, sizeof *items);
    if (!items)
        return status_memory(error, "a list of models");
    list->items = items;
    vultus_model *model = &items[list->count++];
    *model = (vultus_model){
        .installed = installed, .dimension = from->dimension, .threshold = from->threshold};
    model->pack = mem_string(pack->name);
    model->id = mem_string(from->id);
    model->kind = mem_string(contract_kind_name(from->kind));
    model->method = mem_string(from->method);
    model->licence = mem_string(from->licence);
    model->provenance = mem_string(from->provenance);
    model->landmarks = mem_string(from->landmarks);
    model->base = mem_string(from->base);
    model->files = join_files(from, &model->bytes);
    model->metric = mem_string(from->kind != CONTRACT_EMBEDDER        ? ""
                               : from->metric == VULTUS_METRIC_COSINE ? "cosine"
                                                                      : "euclidean");
    model->is_default = !strcmp(pack->name, PACK_DEFAULT);
    return model->pack && model->id && model->kind && model->method && model->licence &&
                   model->provenance && model->files && model->metric && model->landmarks &&
                   model->base
               ? VULTUS_OK
               : status_memory(error, "a list of models");
}

static vultus_status add_pack(const struct contract_pack *pack, bool installed, vultus_models *list,
                              vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < pack->model_count; i++)
        status = add_model(pack, &pack->models[i], installed, list, error);
    return status;
}

void vultus_models_clear(vultus_models *models)
{
    for (size_t i = 0; models && i < models->count; i++) {
        vultus_model *model = &models->items[i];
        char *const texts[] = {model->pack,      model->id,         model->kind,  model->method,
                               model->licence,   model->provenance, model->files, model->metric,
                               model->landmarks, model->base};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            mem_free(texts[k]);
    }
    if (models) {
        mem_free(models->items);
        *models = (vultus_models){0};
    }
}

vultus_status vultus_models_list(const char *folder, vultus_models *out, vultus_error *error)
{
    char base[FILE_PATH_MAX];
    struct file_list packs = {0};
    vultus_models list = {0};
    vultus_status status = pack_folder(folder, base, sizeof base, error);
    if (status)
        return status;
    if (!file_exists(base)) {
        *out = list;
        return VULTUS_OK;
    }
    status = file_list_folder(base, FILE_LIST_FOLDERS, &packs, error);
    for (size_t i = 0; !status && i < packs.count; i++) {
        struct contract_pack pack = {0};
        vultus_error trouble = {0};
        vultus_status read = pack_read(base, file_name(packs.items[i]), &pack, &trouble);
        if (read == VULTUS_ERR_MEMORY) {
            status = status_memory(error, "a list of models");
        } else if (read && error) {
            *error = trouble; /* a damaged pack hides none of the others */
        } else if (!read) {
            status = add_pack(&pack, true, &list, error);
            contract_clear(&pack);
        }
    }
    file_list_clear(&packs);
    if (status)
        vultus_models_clear(&list);
    else
        *out = list;
    return status;
}

static vultus_status read_manifest(const char *path, struct contract_pack *out, vultus_error *error)
{
    struct buffer text;
    vultus_status status = file_read(path, CONTRACT_BYTES_MAX, &text, error);
    if (status)
        return status;
    status = contract_parse(text.data, text.size, path, out, error);
    buffer_clear(&text);
    return status;
}

vultus_status vultus_models_read(const char *manifest, vultus_models *out, vultus_error *error)
{
    struct contract_pack pack = {0};
    vultus_models list = {0};
    vultus_status status = read_manifest(manifest, &pack, error);
    if (status)
        return status;
    status = add_pack(&pack, false, &list, error);
    contract_clear(&pack);
    if (status)
        vultus_models_clear(&list);
    else
        *out = list;
    return status;
}
