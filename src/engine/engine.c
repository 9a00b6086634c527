/*
 * The engine: loads a detector and an embedder by their contracts and runs pictures through them.
 * Networks are shared by all calling threads; the pool inside serves one call at a time, and calls
 * that come meanwhile work on their own thread, so that many callers never wait for one another.
 */
#include "engine/engine.h"
#include "engine/calibrated.h"
#include "engine/fusion.h"
#include "engine/pipeline.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define SHAPE_FINDER "dlib/points" /* and of how many points */
#define LANDMARKS_DEFAULT SHAPE_FINDER "5"
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

const char *vultus_version(void)
{
    return TEXT(VULTUS_VERSION_MAJOR) "." TEXT(VULTUS_VERSION_MINOR) "." TEXT(VULTUS_VERSION_PATCH);
}

const char *vultus_runtime_version(void)
{
    return session_runtime_version();
}

const char *vultus_simd(void)
{
    return cpu_simd_name(kernel_best()->simd);
}

struct pool *engine_take_pool(vultus_engine *engine)
{
    return engine->pool && !pthread_mutex_trylock(&engine->pool_lock) ? engine->pool : NULL;
}

void engine_return_pool(vultus_engine *engine, struct pool *pool)
{
    if (pool)
        pthread_mutex_unlock(&engine->pool_lock);
}

static vultus_status open_landmarks(vultus_engine *engine, const char *folder, const char *name,
                                    vultus_error *error)
{
    vultus_status status = engine_load(engine->runtime, engine->pool, folder, name,
                                       CONTRACT_LANDMARKS, &engine->landmark_model, error);
    return status ? status
                  : engine_open_landmarks(&engine->landmark_model, &engine->landmarks, error);
}

/* The shape finder: the one asked for, else the pipeline's, else what the detector's boxes need. */
static vultus_status load_landmarks(vultus_engine *engine, const vultus_engine_options *options,
                                    const char *name, vultus_error *error)
{
    const struct contract_model *detector = engine->detector.contract;
    bool wanted = options->landmarks || name;
    if (options->landmarks)
        name = options->landmarks;
    if (!name && engine->detect.method->boxes_only)
        name = detector->landmarks[0] ? detector->landmarks : LANDMARKS_DEFAULT;
    if (!name || (!wanted && options->detect_only && !pipeline_installed(options->models, name)))
        return VULTUS_OK;
    return open_landmarks(engine, options->models, name, error);
}

/* An embedder that is aligned by a shape needs a finder of that shape: chips that are aligned otherwise would
 * give other embeddings under the same id. Where no finder was asked for, dlib's comes along. */
static vultus_status align_part(vultus_engine *engine, const vultus_engine_options *options,
                                const struct contract_model *contract, vultus_error *error)
{
    if (!contract->shape_count || contract->alignment == CONTRACT_ALIGN_BOX)
        return VULTUS_OK;
    for (size_t i = 0; i < contract->shape_count; i++) {
        char name[sizeof SHAPE_FINDER + 20];
        (void)snprintf(name, sizeof name, SHAPE_FINDER "%zu", contract->shapes[i].of);
        if (contract->shapes[i].of == engine->landmarks.count)
            return VULTUS_OK;
        if (!engine->landmarks.method && pipeline_installed(options->models, name))
            return open_landmarks(engine, options->models, name, error);
    }
    return status_set(error, VULTUS_ERR_MODEL,
                      "embedder %s is aligned by %zu points, which nothing here finds; run: vultus "
                      "models install dlib, and use: --landmarker " SHAPE_FINDER "%zu",
                      contract->id, contract->shapes[0].of, contract->shapes[0].of);
}

static vultus_status align_embedder(vultus_engine *engine, const vultus_engine_options *options,
                                    vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < engine->embedder.part_count; i++)
        status = align_part(engine, options,
                            engine_part_model(&engine->embedder.parts[i])->contract, error);
    return status;
}

static vultus_status load_attributes(vultus_engine *engine, const vultus_engine_options *options,
                                     vultus_error *error)
{
    struct contract_pack pack = {0};
    vultus_status status = VULTUS_OK;
    if (!options->attributes)
        return VULTUS_OK;
    status = pack_read(options->models, options->attributes, &pack, error);
    for (size_t i = 0; !status && i < pack.model_count; i++) {
        char name[2 * CONTRACT_NAME_MAX + 2];
        struct engine_model *model = &engine->attribute_models[engine->attribute_count];
        if (pack.models[i].kind != CONTRACT_ATTRIBUTES ||
            engine->attribute_count == ENGINE_ATTRIBUTES_MAX)
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", pack.name, pack.models[i].id);
        engine->attribute_count++;
        status = engine_load(engine->runtime, engine->pool, options->models, name,
                             CONTRACT_ATTRIBUTES, model, error);
        if (!status)
            status = engine_open_attributes(model, &engine->attributes[engine->attribute_count - 1],
                                            error);
    }
    if (!status && !engine->attribute_count)
        status =
            status_set(error, VULTUS_ERR_MODEL, "model pack %s tells no attributes", pack.name);
    contract_clear(&pack);
    return status;
}

static vultus_status load_liveness(vultus_engine *engine, const vultus_engine_options *options,
                                   vultus_error *error)
{
    vultus_status status =
        engine_load(engine->runtime, engine->pool, options->models, options->liveness,
                    CONTRACT_LIVENESS, &engine->liveness_model, error);
    return status ? status
                  : engine_open_liveness(&engine->liveness_model, &engine->liveness, error);
}

/* A pack may stand in the place of a pipeline. */
static vultus_status check_pipeline(const vultus_engine_options *options, vultus_error *error)
{
    const char *name = options->pipeline;
    if (!name || pipeline_known(name) || pack_published(name) ||
        (contract_name_valid(name) && pipeline_installed(options->models, name)))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_MODEL,
                      "there is no pipeline and no installed model pack %.64s; see: vultus detect "
                      "--help, or vultus models list",
                      name);
}

static vultus_status load_calibration(vultus_engine *engine, const vultus_engine_options *options,
                                      vultus_error *error)
{
    const struct contract_model *contract = engine->embedder.contract;
    const char *contracts[ENGINE_PARTS_MAX];
    for (size_t i = 0; i < engine->embedder.part_count; i++)
        contracts[i] = engine_part_model(&engine->embedder.parts[i])->contract->calibration;
    const struct calibrated_choice choice = {
        .wanted = options->calibration,
        .contracts = contracts,
        .contract_count = engine->embedder.part_count,
        .embedder = engine->embedder.id,
        .by_distance = calibration_by_distance(contract->metric, contract->raw)};
    vultus_status status = calibrated_choose(&choice, &engine->calibration, error);
    if (!status && engine->calibration)
        fusion_calibrate(&engine->embedder, &engine->calibration->numbers);
    return status;
}

static vultus_status load_parts(vultus_engine *engine, const vultus_engine_options *options,
                                vultus_error *error)
{
    struct pipeline parts = pipeline_of(options->pipeline);
    const struct engine_source source = {engine->runtime, engine->pool, options->models,
                                         options->models};
    vultus_status status = check_pipeline(options, error);
    if (!status)
        status = engine_load(engine->runtime, engine->pool, options->models,
                             options->detector ? options->detector : parts.detector,
                             CONTRACT_DETECTOR, &engine->detector, error);
    if (!status)
        status = engine_open_detector(&engine->detector, &engine->detect, error);
    if (!status)
        status = load_landmarks(engine, options, parts.landmarks, error);
    if (!status && !options->detect_only)
        status =
            engine_open_embedder(&source, options->embedder ? options->embedder : parts.embedder,
                                 &engine->embedder, error);
    if (!status && engine->embedder.contract)
        status = align_embedder(engine, options, error);
    if (!status && !options->detect_only)
        status = load_calibration(engine, options, error);
    if (!status)
        status = load_attributes(engine, options, error);
    if (!status && options->liveness)
        status = load_liveness(engine, options, error);
    return status;
}

vultus_status vultus_engine_open(const vultus_engine_options *options, vultus_engine **out,
                                 vultus_error *error)
{
    static const vultus_engine_options defaults;
    vultus_engine *engine = mem_zalloc(1, sizeof *engine);
    vultus_status status = VULTUS_OK;
    if (!engine)
        return status_memory(error, "an engine");
    if (!out) {
        mem_free(engine);
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_engine_open: no place for the engine");
    }
    if (!options)
        options = &defaults;
    pthread_mutex_init(&engine->pool_lock, NULL);
    engine->kernels = kernel_best();
    if (options->threads > 1)
        status = pool_open(options->threads, &engine->pool, error);
    if (!status)
        status = session_runtime_open(&engine->runtime, error);
    if (!status)
        status = load_parts(engine, options, error);
    if (status)
        vultus_engine_close(engine);
    else
        *out = engine;
    return status;
}

vultus_status vultus_engine_check(const vultus_engine *engine, const vultus_detect_options *options,
                                  vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (!engine)
        return status_set(error, VULTUS_ERR_ARGUMENT, "an engine is needed");
    if (options)
        status = detect_check_options(engine->detect.method, engine->detector.contract->id, options,
                                      error);
    if (!status)
        status = engine_check_model(&engine->detector, error);
    return status ? status : engine_check_model(&engine->landmark_model, error);
}

void vultus_engine_close(vultus_engine *engine)
{
    if (!engine)
        return;
    if (engine->detect.method)
        engine->detect.method->close(engine->detect.state);
    if (engine->landmarks.method)
        engine->landmarks.method->close(engine->landmarks.state);
    for (size_t i = 0; i < engine->attribute_count; i++) {
        if (engine->attributes[i].method)
            engine->attributes[i].method->close(engine->attributes[i].state);
        engine_unload(&engine->attribute_models[i]);
    }
    if (engine->liveness.method)
        engine->liveness.method->close(engine->liveness.state);
    engine_unload(&engine->liveness_model);
    engine_unload(&engine->detector);
    engine_unload(&engine->landmark_model);
    engine_close_embedder(&engine->embedder);
    vultus_calibration_free(engine->calibration);
    session_runtime_close(engine->runtime);
    pool_close(engine->pool);
    pthread_mutex_destroy(&engine->pool_lock);
    mem_free(engine);
}

const char *vultus_engine_embedder(const vultus_engine *engine)
{
    return engine ? engine->embedder.id : "";
}

const char *vultus_engine_detector(const vultus_engine *engine)
{
    return engine ? engine->detector.id : "";
}

const char *vultus_engine_landmarks(const vultus_engine *engine)
{
    return engine && engine->landmarks.method ? engine->landmark_model.id : NULL;
}

size_t vultus_engine_shape_count(const vultus_engine *engine)
{
    return engine && engine->landmarks.method ? engine->landmarks.count : 0;
}

size_t vultus_engine_dimension(const vultus_engine *engine)
{
    return engine && engine->embedder.contract ? engine->embedder.contract->dimension : 0;
}

void vultus_engine_timings(const vultus_engine *engine, vultus_timings *out)
{
    *out = (vultus_timings){.pictures = atomic_load(&engine->pictures),
                            .faces = atomic_load(&engine->faces),
                            .detect = atomic_load(&engine->detect_ns),
                            .detect_networks = atomic_load(&engine->detect_network_ns),
                            .align = atomic_load(&engine->align_ns),
                            .embed = atomic_load(&engine->embed_ns),
                            .embed_networks = atomic_load(&engine->embed_network_ns)};
}

void vultus_engine_timings_reset(vultus_engine *engine)
{
    atomic_store(&engine->pictures, 0);
    atomic_store(&engine->faces, 0);
    atomic_store(&engine->detect_ns, 0);
    atomic_store(&engine->detect_network_ns, 0);
    atomic_store(&engine->align_ns, 0);
    atomic_store(&engine->embed_ns, 0);
    atomic_store(&engine->embed_network_ns, 0);
}
