/*
 * Neural networks, run by ONNX Runtime. A session may be run from many threads at once; each run
 * uses the calling thread only, so that parallelism is over pictures and faces.
 */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "base/room.h"
#include "base/status.h"

#define SESSION_RANK_MAX 4
#define SESSION_OUTPUTS_MAX 16                /* YuNet has twelve */
#define SESSION_NETWORK_MAX ((size_t)1 << 30) /* bytes of a network's file */

struct session_runtime; /* the library and what all sessions share */

vultus_status session_runtime_open(struct session_runtime **out,
                                   vultus_error *error) VULTUS_MUST_USE;
/* After all of its sessions. */
void session_runtime_close(struct session_runtime *runtime);
/* For instance "ONNX Runtime 1.30.0". Static storage. */
const char *session_runtime_version(void);

struct session;

struct session_shape {
    size_t rank;
    int64_t sizes[SESSION_RANK_MAX]; /* -1: free */
};

struct session_config {
    const char *name;  /* stands in messages */
    const char *input; /* its one input, of float32; NULL: whatever its name */
    const char *outputs[SESSION_OUTPUTS_MAX]; /* in the order in which runs give them */
    size_t output_count;                      /* 0: all, in the order of the file */
};

/* Checks a network (onnx_check.h) and loads it from memory (not needed afterwards). MODEL: it is
 * none, or its input and outputs are not those named. */
vultus_status session_open(struct session_runtime *runtime, const void *bytes, size_t size,
                           const struct session_config *config, struct session **out,
                           vultus_error *error) VULTUS_MUST_USE;
void session_close(struct session *session);

struct session_shape session_input_shape(const struct session *session);
struct session_shape session_output_shape(const struct session *session, size_t output);
const char *session_input_name(const struct session *session);
const char *session_output_name(const struct session *session, size_t output);
size_t session_output_count(const struct session *session);

/* Room for inputs that goes with the session, and is cleared with it. */
struct room *session_room(struct session *session);

struct session_result {
    struct session_shape shapes[SESSION_OUTPUTS_MAX];
    const float *data[SESSION_OUTPUTS_MAX];
    void *values[SESSION_OUTPUTS_MAX];
    size_t count;
    uint64_t nanoseconds; /* inside ONNX Runtime */
};

/* Runs once. `input` has the floats of `shape` and is only read. Clear the result afterwards. */
vultus_status session_run(struct session *session, const float *input,
                          const struct session_shape *shape, struct session_result *out,
                          vultus_error *error) VULTUS_MUST_USE;
void session_result_clear(struct session_result *result);

#endif
