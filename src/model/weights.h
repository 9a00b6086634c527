/*
 * Weights of classical methods: safetensors files (a JSON header that names tensors, then their
 * bytes), mapped and read in place. Only the header is parsed; it is untrusted and has limits.
 */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "base/hash.h"
#include "base/status.h"

#define WEIGHTS_BYTES_MAX ((size_t)1 << 30)
#define WEIGHTS_HEADER_MAX ((size_t)1 << 20)
#define WEIGHTS_TENSORS_MAX 1024
#define WEIGHTS_NAME_MAX 63
#define WEIGHTS_RANK_MAX 4

enum weights_type {
    WEIGHTS_F32,
    WEIGHTS_F16,
    WEIGHTS_I32,
    WEIGHTS_I16,
    WEIGHTS_U16,
    WEIGHTS_I8,
    WEIGHTS_U8
};

/* "F32" and the like, and the bytes of one element. */
const char *weights_type_name(enum weights_type type);
size_t weights_type_size(enum weights_type type);

struct weights;

/*
 * Maps a file. Its hash must be `hash`, the one in the contract of `pack` (both NULL: not checked): small files are hashed at once,
 * large ones on a thread of their own until weights_check is called. MODEL: damaged, or the hash differs.
 */
vultus_status weights_map(const char *path, const uint8_t *hash, const char *pack,
                          struct weights **out, vultus_error *error) VULTUS_MUST_USE;
/* Before anything that the weights say goes to a user: waits for the hash. MODEL: it differs. From any
 * number of threads. */
vultus_status weights_check(const struct weights *weights, vultus_error *error) VULTUS_MUST_USE;
/* The same over the caller's bytes, aligned to 8, which must outlive it. */
vultus_status weights_wrap(const void *bytes, size_t size, const char *name, struct weights **out,
                           vultus_error *error) VULTUS_MUST_USE;
void weights_close(struct weights *weights);

struct weights_shape {
    size_t rank;
    size_t sizes[WEIGHTS_RANK_MAX];
};

/*
 * The little-endian elements of a tensor, aligned to its elements, alive as long as the weights.
 * `shape` says what is expected, 0 where any size will do, and receives the sizes. MODEL names the
 * tensor that is missing or of another type or shape.
 */
vultus_status weights_tensor(const struct weights *weights, const char *name,
                             enum weights_type type, struct weights_shape *shape, const void **out,
                             vultus_error *error) VULTUS_MUST_USE;

/* One file of a model, as a method gets it: one of both is set. */
struct session;
struct model_part {
    struct session *session;
    struct weights *weights;
};

#endif
