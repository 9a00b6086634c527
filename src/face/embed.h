/* Embeddings: aligned chips through the embedder's network, made unit length. */
#ifndef FACE_EMBED_H
#define FACE_EMBED_H

#include "base/pool.h"
#include "image/resample.h"
#include "model/contract.h"

#define EMBED_BATCH                                                                                \
    1 /* faces per run: on one thread larger batches are slower (4.8 against 3.8 ms a face at 8) */

struct embed_call {
    const struct contract_model *contract;
    struct session *network;
    const struct mips *mips;
    const vultus_face *faces;
    size_t count;
    bool flip;
    struct pool *pool;
    float *out;          /* count x dimension */
    uint64_t align_ns;   /* out: cutting and turning chips, over all threads */
    uint64_t network_ns; /* out: inside the network */
};

/* MODEL: the network gave NaN, zeros or another shape. ARGUMENT: landmarks that coincide. */
vultus_status embed_faces(struct embed_call *call, vultus_error *error) VULTUS_MUST_USE;

/* Where the landmarks lie when the whole picture is an aligned chip. */
void embed_whole(const struct contract_model *contract, uint32_t width, uint32_t height,
                 vultus_point out[VULTUS_LANDMARKS]);

#endif
