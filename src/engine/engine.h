/* What the engine is made of; the public header calls it vultus_engine. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/pool.h"
#include "face/detect.h"
#include "face/attributes.h"
#include "face/embed.h"
#include "face/landmark.h"
#include "model/pack.h"

#include <pthread.h>
#include <stdatomic.h>

struct engine_model { /* a model of a pack, with its networks loaded */
    struct contract_pack pack;
    const struct contract_model *contract;          /* inside pack */
    struct model_part parts[CONTRACT_NETWORKS_MAX]; /* as contract->networks */
    char id[CONTRACT_NAME_MAX + 16];                /* name "@" eight digits of a hash */
};

struct engine_detector {
    const struct detect_method *method;
    void *state;
};

struct engine_landmarks {
    const struct landmark_method *method;
    void *state;
    size_t count; /* points of its shape */
};

struct engine_attributes {
    const struct attributes_method *method;
    void *state;
};

#define ENGINE_ATTRIBUTES_MAX 4 /* models of attributes in one pack */

struct vultus_engine {
    struct session_runtime *runtime;
    const struct kernel_table *kernels;
    struct pool *pool;         /* NULL: one thread */
    pthread_mutex_t pool_lock; /* calls take turns with the pool; who does not get it works alone */
    struct engine_model detector, embedder;
    struct engine_detector detect;
    struct engine_model landmark_model; /* without contract: there is none */
    struct engine_landmarks landmarks;
    struct engine_model attribute_models[ENGINE_ATTRIBUTES_MAX];
    struct engine_attributes attributes[ENGINE_ATTRIBUTES_MAX];
    size_t attribute_count;
    atomic_uint_fast64_t pictures, faces, detect_ns, detect_network_ns, align_ns, embed_ns,
        embed_network_ns;
};

/* Loads the model that `name` ("PACK" or "PACK/MODEL") says, of a kind, and checks an embedder
 * against its contract. After a failure `out` is to be unloaded all the same. */
vultus_status engine_load(struct session_runtime *runtime, struct pool *pool, const char *folder,
                          const char *name, enum contract_kind kind, struct engine_model *out,
                          vultus_error *error) VULTUS_MUST_USE;
/* The method of a loaded model, and its state; give that to the method's close. */
vultus_status engine_open_detector(const struct engine_model *model, struct engine_detector *out,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_open_landmarks(const struct engine_model *model, struct engine_landmarks *out,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_open_attributes(const struct engine_model *model,
                                     struct engine_attributes *out,
                                     vultus_error *error) VULTUS_MUST_USE;
/* Before a model is used, each time: weights may still be hashed. MODEL: they are not what they should be. */
vultus_status engine_check_model(const struct engine_model *model,
                                 vultus_error *error) VULTUS_MUST_USE;
void engine_unload(struct engine_model *model);

/* The pool if nobody uses it, else NULL; give it back. */
struct pool *engine_take_pool(vultus_engine *engine);
void engine_return_pool(vultus_engine *engine, struct pool *pool);

/* Detection and embedding on a mip chain that exists already. */
vultus_status engine_find(vultus_engine *engine, const vultus_image *image, const struct mips *mips,
                          const vultus_detect_options *options, vultus_faces *out,
                          vultus_error *error) VULTUS_MUST_USE;
/* ARGUMENT: the engine has no embedder. */
vultus_status engine_check_embedder(const vultus_engine *engine,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_embed(vultus_engine *engine, const struct mips *mips, const vultus_face *faces,
                           size_t count, const vultus_embed_options *options, float *out,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
