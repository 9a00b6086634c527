/* Embeddings: aligned chips through the embedder's network, made unit length unless its contract says
 * that they keep their length. One chip a run: on one thread batches are slower (4.8 against 3.8 ms a
 * face at 8), and many networks that people bring take no other. */
#ifndef FACE_EMBED_H
#define FACE_EMBED_H

#include "base/pool.h"
#include "image/resample.h"
#include "model/contract.h"

struct embed_call {
    const struct contract_model *contract;
    struct session *network;
    const struct mips *mips;
    const vultus_face *faces;
    size_t count;
    bool flip;
    unsigned jitter; /* 0: the chip itself */
    struct pool *pool;
    const vultus_stop *stop;
    float *out;          /* count x dimension */
    uint64_t align_ns;   /* out: cutting and turning chips, over all threads */
    uint64_t network_ns; /* out: inside the network */
};

/* MODEL: the network gave NaN, zeros or another shape. ARGUMENT: landmarks that coincide. */
vultus_status embed_faces(struct embed_call *call, vultus_error *error) VULTUS_MUST_USE;

/* The box and the landmarks that make an aligned chip of the whole picture. */
void embed_whole(const struct contract_model *contract, uint32_t width, uint32_t height,
                 vultus_face *out);

#endif
