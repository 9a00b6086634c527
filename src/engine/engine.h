/* What the engine is made of; the public header calls it vultus_engine. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/pool.h"
#include "face/detect.h"
#include "face/attributes.h"
#include "face/embed.h"
#include "face/landmark.h"
#include "face/live_face.h"
#include "decide/metric_projection.h"
#include "model/pack.h"

#include <pthread.h>
#include <stdatomic.h>

struct engine_model { /* a model of a pack, with its networks loaded */
    struct contract_pack pack;
    const struct contract_model *contract;          /* inside pack */
    struct model_part parts[CONTRACT_NETWORKS_MAX]; /* as contract->networks */
    char id[CONTRACT_ID_SIZE];                      /* name "@" eight digits of a hash */
};

/* One way from a face to numbers: a network, and a projection of what it gives where there is one. */
struct engine_part {
    struct engine_model network;
    struct engine_model projection; /* without contract: there is none */
    struct projection map;
    float weight; /* of a fusion; else 1 */
};

#define ENGINE_PARTS_MAX 4

/* How a face becomes an embedding, and what that means. */
struct engine_embedder {
    const struct contract_model *contract; /* chips, dimension, metric and thresholds; NULL: none */
    char id[CONTRACT_ID_SIZE];
    struct engine_part parts[ENGINE_PARTS_MAX];
    size_t part_count;
    struct contract_model *made; /* of a fusion (fusion.h); else NULL */
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

struct engine_liveness {
    const struct liveness_method *method;
    void *state;
    float threshold; /* scores from there on count as live */
};

#define ENGINE_ATTRIBUTES_MAX 4 /* models of attributes in one pack */

struct vultus_engine {
    struct session_runtime *runtime;
    const struct kernel_table *kernels;
    struct pool *pool;         /* NULL: one thread */
    pthread_mutex_t pool_lock; /* calls take turns with the pool; who does not get it works alone */
    struct engine_model detector;
    struct engine_embedder embedder;
    struct engine_detector detect;
    struct engine_model landmark_model; /* without contract: there is none */
    struct engine_landmarks landmarks;
    struct engine_model attribute_models[ENGINE_ATTRIBUTES_MAX];
    struct engine_attributes attributes[ENGINE_ATTRIBUTES_MAX];
    size_t attribute_count;
    struct engine_model liveness_model; /* without contract: there is none */
    struct engine_liveness liveness;
    struct vultus_calibration *calibration; /* NULL: none */
    atomic_uint_fast64_t pictures, faces, detect_ns, detect_network_ns, align_ns, embed_ns,
        embed_network_ns;
};

/* Loads the model that `name` ("PACK" or "PACK/MODEL") says, of a kind, and checks an embedder's
 * network against its contract. After a failure `out` is to be unloaded all the same. */
vultus_status engine_load(struct session_runtime *runtime, struct pool *pool, const char *folder,
                          const char *name, enum contract_kind kind, struct engine_model *out,
                          vultus_error *error) VULTUS_MUST_USE;
/* Only its contract and its id. */
vultus_status engine_load_contract(const char *folder, const char *name, enum contract_kind kind,
                                   struct engine_model *out, vultus_error *error) VULTUS_MUST_USE;

/* embedder.c: where an embedder is loaded from. */
struct engine_source {
    struct session_runtime *runtime;
    struct pool *pool;
    const char *folder; /* of its pack */
    const char *bases;  /* of the packs of what it is based on; as a rule the same */
};
/* After a failure `out` is to be closed all the same. */
vultus_status engine_open_embedder(const struct engine_source *source, const char *name,
                                   struct engine_embedder *out,
                                   vultus_error *error) VULTUS_MUST_USE;
/* What gives a part's embeddings: its projection, else its network. */
const struct engine_model *engine_part_model(const struct engine_part *part);
void engine_close_embedder(struct engine_embedder *embedder);
/* Embeds faces by all parts. Of the call the picture, the faces and how to look at them are given. */
struct embed_call;
vultus_status engine_run_embedder(const struct engine_embedder *embedder, struct embed_call *call,
                                  vultus_error *error) VULTUS_MUST_USE;
/* The installed embedder whose embeddings have this id, as "PACK/MODEL". NOT_FOUND: none has. */
vultus_status engine_find_embedder(const char *folder, const char *id,
                                   char out[2 * CONTRACT_NAME_MAX + 2],
                                   vultus_error *error) VULTUS_MUST_USE;
/* trained_projection.c: the tensors of a file as a projection of a size. MODEL: they are not that. */
vultus_status engine_read_projection(const struct weights *weights, const char *name, size_t in,
                                     size_t out, struct projection *projection,
                                     vultus_error *error) VULTUS_MUST_USE;
/* models_check.c: checks a pack in a folder while bases are looked for in another. */
vultus_status engine_check_pack(const char *folder, const char *bases, const char *pack,
                                vultus_error *error) VULTUS_MUST_USE;
/* The method of a loaded model, and its state; give that to the method's close. */
vultus_status engine_open_detector(const struct engine_model *model, struct engine_detector *out,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_open_landmarks(const struct engine_model *model, struct engine_landmarks *out,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_open_attributes(const struct engine_model *model,
                                     struct engine_attributes *out,
                                     vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_open_liveness(const struct engine_model *model, struct engine_liveness *out,
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
/* True for a face whose box is somewhere. */
bool engine_has_place(const vultus_face *face);
/* ARGUMENT: the engine has no embedder. */
vultus_status engine_check_embedder(const vultus_engine *engine,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status engine_embed(vultus_engine *engine, const struct mips *mips, const vultus_face *faces,
                           size_t count, const vultus_embed_options *options, float *out,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
