/* Networks for tests, written by hand as ONNX files: no importer, no weights. */
#ifndef TEST_NETWORK_H
#define TEST_NETWORK_H

#include "base/buffer.h"
#include "model/session.h"

struct network_tensor {
    const char *name;
    struct session_shape shape; /* sizes of -1 are free */
    const float *data;          /* outputs: what the network always answers; NULL: its input */
};

/* The bytes of a network with these outputs. Clear with buffer_clear. */
struct buffer network_bytes(const struct network_tensor *input,
                            const struct network_tensor *outputs, size_t count);
/* The same, opened. */
struct session *network_open(struct session_runtime *runtime, const struct network_tensor *input,
                             const struct network_tensor *outputs, size_t count);

#endif
