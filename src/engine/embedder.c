/*
 * An embedder is a list of parts, each a network and, where its contract names a base, a projection of
 * what that network gives. A projection says nothing of pictures: its chips are its base's, and it is bound
 * to the id of its base's embeddings, because those of another model would be projected to nothing.
 */
#include "engine/fusion.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* What a contract with a base leaves out. */
static void inherit(const struct contract_model *base, struct contract_model *out)
{
    out->width = base->width;
    out->height = base->height;
    out->bgr = base->bgr;
    out->nhwc = base->nhwc;
    out->standardise = base->standardise;
    memcpy(out->mean, base->mean, sizeof out->mean);
    memcpy(out->scale, base->scale, sizeof out->scale);
    out->alignment = base->alignment;
    out->margin = base->margin;
    memcpy(out->points, base->points, sizeof out->points);
    memcpy(out->shapes, base->shapes, sizeof out->shapes);
    out->shape_count = base->shape_count;
}

static vultus_status load_base(const struct engine_source *source,
                               const struct contract_model *projection, struct engine_model *out,
                               vultus_error *error)
{
    vultus_error why = {0};
    vultus_status status = engine_load(source->runtime, source->pool, source->bases,
                                       projection->base, CONTRACT_EMBEDDER, out, &why);
    if (status == VULTUS_ERR_MEMORY)
        return status_memory(error, "a base");
    if (status)
        return status_set(error, status, "embedder %s needs its base %.60s: %.120s", projection->id,
                          projection->base, why.message);
    if (out->contract->base[0])
        return status_set(error, VULTUS_ERR_MODEL,
                          "embedder %s: its base %.80s is a projection itself", projection->id,
                          projection->base);
    if (strcmp(out->id, projection->base_id) != 0)
        return status_set(error, VULTUS_ERR_MODEL,
                          "embedder %s was trained on %s, but the base that is installed is %s; "
                          "train it again, or install that base",
                          projection->id, projection->base_id, out->id);
    return VULTUS_OK;
}

static vultus_status load_projection(const struct engine_source *source, struct engine_part *part,
                                     vultus_error *error)
{
    struct engine_model *model = &part->projection;
    /* Inside of the pack that this part owns. */
    struct contract_model *own = &model->pack.models[model->contract - model->pack.models];
    const struct weights *weights = model->parts[0].weights;
    vultus_status status = load_base(source, own, &part->network, error);
    if (!status)
        status = weights_check(weights, error);
    if (!status)
        status = engine_read_projection(weights, own->networks[0].file,
                                        part->network.contract->dimension, own->dimension,
                                        &part->map, error);
    if (!status)
        inherit(part->network.contract, own);
    return status;
}

static vultus_status open_part(const struct engine_source *source, const char *name,
                               struct engine_part *part, vultus_error *error)
{
    vultus_status status = engine_load(source->runtime, source->pool, source->folder, name,
                                       CONTRACT_EMBEDDER, &part->network, error);
    if (status || !part->network.contract->base[0])
        return status;
    part->projection = part->network;
    part->network = (struct engine_model){0};
    return load_projection(source, part, error);
}

const struct engine_model *engine_part_model(const struct engine_part *part)
{
    return part->projection.contract ? &part->projection : &part->network;
}

vultus_status engine_open_embedder(const struct engine_source *source, const char *name,
                                   struct engine_embedder *out, vultus_error *error)
{
    struct fusion_name names[ENGINE_PARTS_MAX];
    size_t count = 0;
    vultus_status status = fusion_read(name, names, &count, error);
    for (size_t i = 0; !status && i < count; i++) {
        out->parts[i].weight = names[i].weight;
        out->part_count = i + 1;
        status = open_part(source, names[i].name, &out->parts[i], error);
    }
    if (status)
        return status;
    if (count > 1)
        return fusion_finish(out, error);
    const struct engine_model *last = engine_part_model(&out->parts[0]);
    out->contract = last->contract;
    memcpy(out->id, last->id, sizeof out->id);
    return VULTUS_OK;
}

void engine_close_embedder(struct engine_embedder *embedder)
{
    for (size_t i = 0; i < embedder->part_count; i++) {
        projection_clear(&embedder->parts[i].map);
        engine_unload(&embedder->parts[i].projection);
        engine_unload(&embedder->parts[i].network);
    }
    mem_free(embedder->made);
    *embedder = (struct engine_embedder){0};
}

static vultus_status run_part(const struct engine_part *part, struct embed_call *call,
                              vultus_error *error)
{
    float *out = call->out;
    size_t floats = call->count * part->network.contract->dimension;
    call->contract = part->network.contract;
    call->network = part->network.parts[0].session;
    if (!part->projection.contract || !call->count)
        return embed_faces(call, error);
    call->out = mem_array(floats, sizeof *call->out);
    if (!call->out)
        return status_memory(error, "embeddings");
    vultus_status status = embed_faces(call, error);
    if (!status)
        status = projection_apply(&part->map, call->out, call->count, out, error);
    mem_free_wiped(call->out, floats * sizeof *call->out);
    call->out = out;
    return status;
}

/* The embeddings of one part to their places in the fused ones, which begin at `at`. */
static vultus_status add_part(const struct engine_embedder *embedder, size_t index, size_t at,
                              struct embed_call *call, vultus_error *error)
{
    const struct engine_part *part = &embedder->parts[index];
    size_t dimension = engine_part_model(part)->contract->dimension;
    size_t floats = call->count * dimension;
    struct embed_call own = *call;
    own.out = mem_array(floats, sizeof *own.out);
    if (!own.out)
        return status_memory(error, "embeddings");
    vultus_status status = run_part(part, &own, error);
    for (size_t i = 0; !status && i < call->count; i++)
        fusion_put(own.out + i * dimension, dimension, part->weight,
                   call->out + i * embedder->contract->dimension + at);
    mem_free_wiped(own.out, floats * sizeof *own.out);
    call->align_ns += own.align_ns;
    call->network_ns += own.network_ns;
    return status;
}

vultus_status engine_run_embedder(const struct engine_embedder *embedder, struct embed_call *call,
                                  vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (embedder->part_count == 1)
        return run_part(&embedder->parts[0], call, error);
    for (size_t i = 0, at = 0; !status && i < embedder->part_count; i++) {
        status = add_part(embedder, i, at, call, error);
        at += engine_part_model(&embedder->parts[i])->contract->dimension;
    }
    return status;
}

/* ------------------------------------------------------------------ by id */

static vultus_status find_in_pack(const char *base, const char *pack_name, const char *id,
                                  char out[2 * CONTRACT_NAME_MAX + 2], vultus_error *error)
{
    struct contract_pack pack = {0};
    vultus_status status = VULTUS_OK;
    if (pack_read(base, pack_name, &pack, NULL))
        return VULTUS_OK; /* a damaged pack hides none of the others */
    for (size_t i = 0; !status && !out[0] && i < pack.model_count; i++) {
        char name[2 * CONTRACT_NAME_MAX + 2];
        struct engine_model model = {0};
        (void)snprintf(name, sizeof name, "%s/%s", pack.name, pack.models[i].id);
        if (pack.models[i].kind != CONTRACT_EMBEDDER)
            continue;
        status = engine_load_contract(base, name, CONTRACT_EMBEDDER, &model, error);
        if (!status && !strcmp(model.id, id))
            memcpy(out, name, sizeof name);
        engine_unload(&model);
    }
    contract_clear(&pack);
    return status;
}

vultus_status engine_find_embedder(const char *folder, const char *id,
                                   char out[2 * CONTRACT_NAME_MAX + 2], vultus_error *error)
{
    char base[FILE_PATH_MAX], found[2 * CONTRACT_NAME_MAX + 2] = "";
    struct file_list packs = {0};
    vultus_status status = pack_folder(folder, base, sizeof base, error);
    if (!status && file_exists(base))
        status = file_list_folder(base, FILE_LIST_FOLDERS, &packs, error);
    for (size_t i = 0; !status && !found[0] && i < packs.count; i++)
        status = find_in_pack(base, file_name(packs.items[i]), id, found, error);
    file_list_clear(&packs);
    if (!status && !found[0])
        status = status_set(error, VULTUS_ERR_NOT_FOUND,
                            "the embedder %.80s is not installed; see: vultus models list", id);
    if (!status)
        memcpy(out, found, sizeof found);
    return status;
}
