/* The functions of vultus/metric.h but for the files, which are in trained_projection.c. */
#include "engine/projection.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "decide/metric_train.h"

#include <string.h>

static vultus_status check_rows(const vultus_labelled *labelled, vultus_error *error)
{
    if (!labelled || !labelled->count || !labelled->embeddings || !labelled->person ||
        labelled->dimension < 2 || labelled->dimension > PROJECTION_SIDE_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "labelled embeddings of 2 to %d numbers are needed to learn from",
                          PROJECTION_SIDE_MAX);
    if (labelled->embedder && strlen(labelled->embedder) > PROJECTION_EMBEDDER_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "the id of an embedder has at most %d bytes",
                          PROJECTION_EMBEDDER_MAX);
    for (size_t i = 0; i < labelled->count; i++) {
        if (labelled->person[i] >= labelled->people && labelled->person[i] != VULTUS_NOBODY)
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "row %zu has person %u; there are %zu people", i, labelled->person[i],
                              labelled->people);
        vultus_status status = decision_check(labelled->embeddings + i * labelled->dimension,
                                              labelled->dimension, true, "an embedding", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

vultus_status vultus_projection_train(const vultus_labelled *labelled,
                                      const vultus_metric_options *options, vultus_projection **out,
                                      vultus_error *error)
{
    if (!out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no place for the projection");
    vultus_status status = check_rows(labelled, error);
    if (status)
        return status;
    vultus_projection *made = mem_zalloc(1, sizeof *made);
    if (!made)
        return status_memory(error, "a projection");
    status = metric_train(labelled, options, &made->map, &made->report, error);
    if (status) {
        mem_free(made);
        return status;
    }
    made->loss = options ? options->loss : VULTUS_LOSS_TRIPLET;
    if (labelled->embedder)
        memcpy(made->embedder, labelled->embedder, strlen(labelled->embedder) + 1);
    *out = made;
    return VULTUS_OK;
}

void vultus_projection_free(vultus_projection *projection)
{
    if (projection)
        projection_clear(&projection->map);
    mem_free(projection);
}

const vultus_metric_report *vultus_projection_report(const vultus_projection *projection)
{
    return projection ? &projection->report : NULL;
}

size_t vultus_projection_dimension(const vultus_projection *projection)
{
    return projection ? projection->map.out : 0;
}

/* Into a block of its own first, so that a failure leaves `out` as it is. */
static vultus_status apply(const struct projection *map, const float *embeddings, size_t count,
                           float *out, vultus_error *error)
{
    if (!count)
        return VULTUS_OK;
    if (!embeddings || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "embeddings, and a place for what they become, are needed");
    float *made = mem_array(count * map->out, sizeof *made);
    if (!made)
        return status_memory(error, "embeddings");
    vultus_status status = projection_apply(map, embeddings, count, made, error);
    if (!status)
        memcpy(out, made, count * map->out * sizeof *made);
    mem_free_wiped(made, count * map->out * sizeof *made);
    return status;
}

vultus_status vultus_projection_apply(const vultus_projection *projection, const float *embeddings,
                                      size_t count, float *out, vultus_error *error)
{
    if (!projection)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a projection is needed");
    return apply(&projection->map, embeddings, count, out, error);
}

/* ------------------------------------------------------------------ of an engine */

static const struct engine_part *projecting(const vultus_engine *engine)
{
    const struct engine_embedder *embedder = engine ? &engine->embedder : NULL;
    return embedder && embedder->part_count == 1 && embedder->parts[0].projection.contract
               ? &embedder->parts[0]
               : NULL;
}

const char *vultus_engine_base(const vultus_engine *engine)
{
    const struct engine_part *part = projecting(engine);
    return part ? part->network.id : NULL;
}

vultus_status vultus_engine_project(const vultus_engine *engine, const float *embeddings,
                                    size_t count, size_t base_dimension, float *out,
                                    vultus_error *error)
{
    const struct engine_part *part = projecting(engine);
    if (!part || part->map.in != base_dimension)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the embedder %s projects no embeddings of %zu numbers",
                          vultus_engine_embedder(engine), base_dimension);
    return apply(&part->map, embeddings, count, out, error);
}
