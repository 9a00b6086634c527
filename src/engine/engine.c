/*
 * The engine: loads a detector and an embedder by their contracts and runs pictures through them.
 * Networks are shared by all calling threads; the pool inside serves one call at a time, and calls
 * that come meanwhile work on their own thread, so that many callers never wait for one another.
 */
#include "engine/engine.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

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
        status = engine_load(engine->runtime, engine->pool, options->models,
                             options->detector ? options->detector : PACK_DEFAULT,
                             CONTRACT_DETECTOR, &engine->detector, error);
    if (!status)
        status = engine_load(engine->runtime, engine->pool, options->models,
                             options->embedder ? options->embedder : PACK_DEFAULT,
                             CONTRACT_EMBEDDER, &engine->embedder, error);
    if (!status)
        status =
            engine_open_detector(&engine->detector, &engine->method, &engine->method_state, error);
    if (status)
        vultus_engine_close(engine);
    else
        *out = engine;
    return status;
}

void vultus_engine_close(vultus_engine *engine)
{
    if (!engine)
        return;
    if (engine->method_state)
        engine->method->close(engine->method_state);
    engine_unload(&engine->detector);
    engine_unload(&engine->embedder);
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

size_t vultus_engine_dimension(const vultus_engine *engine)
{
    return engine ? engine->embedder.contract->dimension : 0;
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
