/*
 * The only file that knows ONNX Runtime, through its C API. One intra-op thread and no spinning: the
 * threads are ours. All sessions of a runtime share one arena that grows by what is asked, not by
 * doubling. Denormals count as zero while a network runs (some published networks are ten times
 * slower otherwise); the caller's floating point mode is put back.
 */
#include "model/session.h"
#include "base/clock.h"
#include "base/memory.h"
#include "model/denormals.h"
#include "model/onnx_check.h"

#include <onnxruntime_c_api.h>
#include <stdlib.h>
#include <string.h>

struct session_runtime {
    const OrtApi *api;
    OrtEnv *env;
    OrtMemoryInfo *memory;
    OrtSessionOptions *options;
};

struct session {
    struct room room;
    struct session_runtime *runtime;
    OrtSession *session;
    char *name;
    char *input;
    char *outputs[SESSION_OUTPUTS_MAX];
    size_t output_count;
    struct session_shape input_shape;
    struct session_shape output_shapes[SESSION_OUTPUTS_MAX];
};

/* Some messages begin with a file of ONNX Runtime's source and a whole signature: what comes behind. */
static const char *reason_of(const char *message)
{
    const char *place = strstr(message, "/onnxruntime_src/"), *reason = message;
    for (const char *at = place; at && (at = strstr(at, ") ")) != NULL; at += 2)
        reason = at + 2;
    return *reason ? reason : message;
}

/* Takes the OrtStatus and turns it into ours. */
static vultus_status failed(const OrtApi *api, OrtStatus *ort, vultus_status code, const char *name,
                            vultus_error *error)
{
    if (!ort)
        return VULTUS_OK;
    const char *reason = reason_of(api->GetErrorMessage(ort));
    status_set(error, code, "%s: ONNX Runtime: %.*s", name, (int)strcspn(reason, "\n"), reason);
    api->ReleaseStatus(ort);
    return code;
}

static void ORT_API_CALL no_log(void *unused, OrtLoggingLevel level, const char *category,
                                const char *id, const char *place, const char *message)
{
    (void)unused, (void)level, (void)category, (void)id, (void)place, (void)message;
}

/* Some builds of ONNX Runtime report to their maker, and write files about it, from the moment an
 * environment is made; vultus tells nobody anything. This runs when the library is loaded, when
 * there are no other threads yet that could read the environment. */
__attribute__((constructor)) static void no_telemetry(void)
{
    (void)setenv("ORT_DISABLE_TELEMETRY", "1", 1);
}

const char *session_runtime_version(void)
{
    return OrtGetApiBase()->GetVersionString();
}

static OrtStatus *make_options(const OrtApi *api, OrtSessionOptions *options)
{
    OrtStatus *ort = api->SetIntraOpNumThreads(options, 1);
    if (!ort)
        ort = api->SetInterOpNumThreads(options, 1);
    if (!ort)
        ort = api->SetSessionExecutionMode(options, ORT_SEQUENTIAL);
    if (!ort)
        ort = api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
    if (!ort)
        ort = api->DisableMemPattern(options); /* shapes differ from run to run */
    if (!ort)
        ort = api->AddSessionConfigEntry(options, "session.set_denormal_as_zero", "1");
    if (!ort)
        ort = api->AddSessionConfigEntry(options, "session.use_env_allocators", "1");
    if (!ort)
        ort = api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0");
    return ort;
}

static OrtStatus *share_arena(const OrtApi *api, OrtEnv *env, OrtMemoryInfo *memory)
{
    static const char *const keys[] = {"arena_extend_strategy", "initial_chunk_size_bytes"};
    static const size_t values[] = {1 /* as requested */, 1 << 20};
    OrtArenaCfg *arena = NULL;
    OrtStatus *ort = api->CreateArenaCfgV2(keys, values, 2, &arena);
    if (!ort)
        ort = api->CreateAndRegisterAllocator(env, memory, arena);
    if (arena)
        api->ReleaseArenaCfg(arena);
    return ort;
}

vultus_status session_runtime_open(struct session_runtime **out, vultus_error *error)
{
    const OrtApi *api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (!api)
        return status_set(error, VULTUS_ERR_MODEL,
                          "ONNX Runtime %s is older than the one vultus was built for (API %d)",
                          session_runtime_version(), ORT_API_VERSION);
    struct session_runtime *runtime = mem_zalloc(1, sizeof *runtime);
    if (!runtime)
        return status_memory(error, "ONNX Runtime");
    runtime->api = api;
    OrtStatus *ort = api->CreateEnvWithCustomLogger(no_log, NULL, ORT_LOGGING_LEVEL_FATAL, "vultus",
                                                    &runtime->env);
    if (!ort)
        ort = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &runtime->memory);
    if (!ort)
        ort = share_arena(api, runtime->env, runtime->memory);
    if (!ort)
        ort = api->CreateSessionOptions(&runtime->options);
    if (!ort)
        ort = make_options(api, runtime->options);
    vultus_status status = failed(api, ort, VULTUS_ERR_INTERNAL, "start", error);
    if (status) {
        session_runtime_close(runtime);
        return status;
    }
    *out = runtime;
    return VULTUS_OK;
}

void session_runtime_close(struct session_runtime *runtime)
{
    if (!runtime)
        return;
    if (runtime->options)
        runtime->api->ReleaseSessionOptions(runtime->options);
    if (runtime->memory)
        runtime->api->ReleaseMemoryInfo(runtime->memory);
    if (runtime->env)
        runtime->api->ReleaseEnv(runtime->env);
    mem_free(runtime);
}

/* ------------------------------------------------------------------ opening */

static vultus_status read_shape(const OrtApi *api, const OrtTypeInfo *type, const char *network,
                                const char *what, struct session_shape *out, vultus_error *error)
{
    const OrtTensorTypeAndShapeInfo *info = NULL;
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtStatus *ort = api->CastTypeInfoToTensorInfo(type, &info);
    if (!ort && info)
        ort = api->GetTensorElementType(info, &element);
    if (!ort && info)
        ort = api->GetDimensionsCount(info, &out->rank);
    if (ort)
        return failed(api, ort, VULTUS_ERR_MODEL, network, error);
    if (!info || element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || out->rank < 1 ||
        out->rank > SESSION_RANK_MAX)
        return status_set(error, VULTUS_ERR_MODEL,
                          "%s: \"%s\" is not a float tensor of 1 to %d dimensions", network, what,
                          SESSION_RANK_MAX);
    return failed(api, api->GetDimensions(info, out->sizes, out->rank), VULTUS_ERR_MODEL, network,
                  error);
}

static vultus_status count_ports(const struct session *session, bool output, size_t *count,
                                 vultus_error *error)
{
    const OrtApi *api = session->runtime->api;
    OrtStatus *ort = output ? api->SessionGetOutputCount(session->session, count)
                            : api->SessionGetInputCount(session->session, count);
    if (!ort && !output && *count != 1)
        return status_set(error, VULTUS_ERR_MODEL, "%s: has %zu inputs, one is expected",
                          session->name, *count);
    return failed(api, ort, VULTUS_ERR_MODEL, session->name, error);
}

/* The name of an input or output; mem_free it. */
static vultus_status name_port(const struct session *session, bool output, size_t i, char **out,
                               vultus_error *error)
{
    const OrtApi *api = session->runtime->api;
    OrtAllocator *allocator = NULL;
    char *name = NULL;
    OrtStatus *ort = api->GetAllocatorWithDefaultOptions(&allocator);
    if (!ort)
        ort = output ? api->SessionGetOutputName(session->session, i, allocator, &name)
                     : api->SessionGetInputName(session->session, i, allocator, &name);
    if (ort)
        return failed(api, ort, VULTUS_ERR_MODEL, session->name, error);
    *out = mem_string(name);
    ort = api->AllocatorFree(allocator, name);
    if (ort)
        api->ReleaseStatus(ort);
    return *out ? VULTUS_OK : status_memory(error, "a network");
}

/* Finds a named input or output among the network's and reads its shape. */
static vultus_status find_port(const struct session *session, bool output, const char *wanted,
                               struct session_shape *shape, vultus_error *error)
{
    const OrtApi *api = session->runtime->api;
    OrtTypeInfo *type = NULL;
    size_t count = 0, found = 0;
    vultus_status status = count_ports(session, output, &count, error);
    for (bool same = false; !status && !same && found < count; found += !same) {
        char *name = NULL;
        status = name_port(session, output, found, &name, error);
        same = !status && !strcmp(name, wanted);
        mem_free(name);
    }
    if (status)
        return status;
    if (found == count)
        return status_set(error, VULTUS_ERR_MODEL, "%s: has no %s named \"%s\"", session->name,
                          output ? "output" : "input", wanted);
    OrtStatus *ort = output ? api->SessionGetOutputTypeInfo(session->session, found, &type)
                            : api->SessionGetInputTypeInfo(session->session, found, &type);
    if (ort)
        return failed(api, ort, VULTUS_ERR_MODEL, session->name, error);
    status = read_shape(api, type, session->name, wanted, shape, error);
    api->ReleaseTypeInfo(type);
    return status;
}

static bool copy_names(struct session *session, const struct session_config *config)
{
    session->input = config->input ? mem_string(config->input) : NULL;
    bool complete = session->input || !config->input;
    for (size_t i = 0; i < config->output_count; i++) {
        session->outputs[i] = mem_string(config->outputs[i]);
        complete = complete && session->outputs[i];
    }
    session->output_count = config->output_count;
    return complete;
}

/* The file's own names where the caller gave none. */
static vultus_status take_names(struct session *session, vultus_error *error)
{
    size_t count = 0;
    vultus_status status = count_ports(session, false, &count, error);
    if (!status && !session->input)
        status = name_port(session, false, 0, &session->input, error);
    if (status || session->output_count)
        return status;
    status = count_ports(session, true, &count, error);
    if (!status && (count < 1 || count > SESSION_OUTPUTS_MAX))
        status = status_set(error, VULTUS_ERR_MODEL, "%s: has %zu outputs, 1 to %d are expected",
                            session->name, count, SESSION_OUTPUTS_MAX);
    for (; !status && session->output_count < count; session->output_count++)
        status = name_port(session, true, session->output_count,
                           &session->outputs[session->output_count], error);
    return status;
}

vultus_status session_open(struct session_runtime *runtime, const void *bytes, size_t size,
                           const struct session_config *config, struct session **out,
                           vultus_error *error)
{
    struct session *session = mem_zalloc(1, sizeof *session);
    vultus_status status = VULTUS_OK;
    if (!session)
        return status_memory(error, "a network");
    session->runtime = runtime;
    session->name = mem_string(config->name);
    status = session->name && copy_names(session, config)
                 ? onnx_check(bytes, size, config->name, error)
                 : status_memory(error, "a network");
    if (status)
        goto out;
    uint64_t mode = denormals_begin();
    OrtStatus *ort = runtime->api->CreateSessionFromArray(runtime->env, bytes, size,
                                                          runtime->options, &session->session);
    denormals_end(mode);
    status = failed(runtime->api, ort, VULTUS_ERR_MODEL, config->name, error);
    if (!status)
        status = take_names(session, error);
    if (!status)
        status = find_port(session, false, session->input, &session->input_shape, error);
    for (size_t i = 0; !status && i < session->output_count; i++)
        status = find_port(session, true, session->outputs[i], &session->output_shapes[i], error);
out:
    if (status)
        session_close(session);
    else
        *out = session;
    return status;
}

void session_close(struct session *session)
{
    if (!session)
        return;
    if (session->session)
        session->runtime->api->ReleaseSession(session->session);
    for (size_t i = 0; i < session->output_count; i++)
        mem_free(session->outputs[i]);
    room_clear(&session->room);
    mem_free(session->input);
    mem_free(session->name);
    mem_free(session);
}

struct room *session_room(struct session *session)
{
    return &session->room;
}

struct session_shape session_input_shape(const struct session *session)
{
    return session->input_shape;
}

struct session_shape session_output_shape(const struct session *session, size_t output)
{
    return session->output_shapes[output];
}

const char *session_input_name(const struct session *session)
{
    return session->input;
}

const char *session_output_name(const struct session *session, size_t output)
{
    return session->outputs[output];
}

size_t session_output_count(const struct session *session)
{
    return session->output_count;
}

/* ------------------------------------------------------------------ running */

static vultus_status take_output(const struct session *session, size_t i, OrtValue *value,
                                 struct session_result *out, vultus_error *error)
{
    const OrtApi *api = session->runtime->api;
    OrtTypeInfo *type = NULL;
    void *data = NULL;
    OrtStatus *ort = api->GetTypeInfo(value, &type);
    if (ort)
        return failed(api, ort, VULTUS_ERR_MODEL, session->name, error);
    vultus_status status =
        read_shape(api, type, session->name, session->outputs[i], &out->shapes[i], error);
    api->ReleaseTypeInfo(type);
    if (!status)
        status = failed(api, api->GetTensorMutableData(value, &data), VULTUS_ERR_MODEL,
                        session->name, error);
    out->data[i] = data;
    return status;
}

vultus_status session_run(struct session *session, const float *input,
                          const struct session_shape *shape, struct session_result *out,
                          vultus_error *error)
{
    const OrtApi *api = session->runtime->api;
    OrtValue *tensor = NULL, *values[SESSION_OUTPUTS_MAX] = {0};
    size_t floats = 1;
    for (size_t i = 0; i < shape->rank; i++)
        floats *= (size_t)shape->sizes[i];
    /* ONNX Runtime's C API has no tensor over const memory; inputs are never written */
    OrtStatus *ort = api->CreateTensorWithDataAsOrtValue(
        session->runtime->memory, (void *)(uintptr_t)input, floats * sizeof *input, shape->sizes,
        shape->rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &tensor);
    if (ort)
        return failed(api, ort, VULTUS_ERR_INTERNAL, session->name, error);
    uint64_t begin = clock_ns(), mode = denormals_begin();
    ort = api->Run(session->session, NULL, (const char *const *)&session->input,
                   (const OrtValue *const *)&tensor, 1, (const char *const *)session->outputs,
                   session->output_count, values);
    denormals_end(mode);
    struct session_result result = {.count = session->output_count,
                                    .nanoseconds = clock_ns() - begin};
    api->ReleaseValue(tensor);
    vultus_status status = failed(api, ort, VULTUS_ERR_MODEL, session->name, error);
    for (size_t i = 0; i < result.count; i++)
        result.values[i] = values[i];
    for (size_t i = 0; !status && i < result.count; i++)
        status = take_output(session, i, values[i], &result, error);
    if (status)
        session_result_clear(&result);
    else
        *out = result;
    return status;
}

void session_result_clear(struct session_result *result)
{
    const OrtApi *api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    for (size_t i = 0; i < result->count; i++)
        if (result->values[i])
            api->ReleaseValue(result->values[i]);
    *result = (struct session_result){0};
}
