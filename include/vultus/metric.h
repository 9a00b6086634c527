/*
 * vultus, chapter metric learning: a projection of an embedder's embeddings, learnt so that one's own people
 * are told apart better. What is learnt is a pack like any other: galleries, verify and identify use it by
 * name. Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_METRIC_H
#define VULTUS_METRIC_H

#include <vultus/labelled.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vultus_metric_loss {
    VULTUS_LOSS_TRIPLET = 0, /* Schroff 2015: anchor, positive, negative; squared distances */
    VULTUS_LOSS_CONTRASTIVE, /* Hadsell 2006: pairs; the mean over same and over different ones */
    VULTUS_LOSS_ARCFACE      /* Deng 2019: a class for each person, an additive angle */
} vultus_metric_loss;

typedef enum vultus_metric_mining { /* which triplets of a batch count */
    VULTUS_MINING_BATCH_HARD = 0,   /* Hermans 2017: of each anchor the worst positive and negative */
    VULTUS_MINING_SEMI_HARD,        /* Schroff 2015: of each pair the nearest negative beyond it */
    VULTUS_MINING_ALL               /* the mean of all that are above 0 */
} vultus_metric_mining;

typedef enum vultus_metric_start {
    VULTUS_START_CENTRED = 0, /* the identity, less what all training faces have in common */
    VULTUS_START_IDENTITY
} vultus_metric_start;

/* How the held-out people are told apart, from pairs of their pictures. All NaN: nobody was held out. */
typedef struct vultus_metric_figures {
    double auc, eer;
    double tar_at_far_1e2; /* NaN as well with fewer than 100 different pairs */
    double accuracy;       /* over two folds, the threshold of each chosen on the other */
} vultus_metric_figures;

typedef struct vultus_metric_epoch {
    unsigned epoch;    /* 0: before the first step */
    double loss;       /* mean over the epoch's batches; NaN for epoch 0 */
    vultus_metric_figures figures;
    bool best;         /* better than all before */
} vultus_metric_epoch;

typedef struct vultus_metric_options {
    vultus_metric_loss loss;
    vultus_metric_mining mining; /* of triplets */
    vultus_metric_start start;
    size_t dimension;    /* of the projection; 0: the embeddings' own. Not more than that */
    size_t hidden;       /* numbers of a hidden layer beside the linear way; 0: none */
    float margin;        /* 0: 0.2 (triplet), 1 (contrastive), 0.5 radians (arcface) */
    float rate;          /* Adam's step; 0: 0.001 */
    float identity;      /* pull of the linear way to where it started; 0: 3; < 0: none */
    float weight_decay;  /* of the hidden layer, as a part of the rate; 0: 0.01; < 0: none */
    float validation;    /* part of the people who are held out; 0: 0.2; < 0: none */
    unsigned epochs;     /* at most; 0: 100 */
    unsigned batch;      /* faces of a batch, four of each person; 0: 64 */
    unsigned patience;   /* epochs without a better one that end it; 0: 20 */
    uint64_t seed;
    unsigned threads;    /* 0 or 1: only the caller's own. The numbers are the same on any */
    bool (*progress)(void *context, const vultus_metric_epoch *epoch); /* false: stop; may be NULL */
    void *context;
} vultus_metric_options;

typedef struct vultus_metric_report {
    size_t people, faces;           /* learnt from */
    size_t held_people, held_faces; /* held out */
    unsigned epochs, best;          /* how many were made, and which was kept; 0: the start */
    vultus_metric_figures embedder; /* the held-out people by the embeddings as they were given */
    vultus_metric_figures start, kept;
    float threshold; /* cosine, of equal error rates on the held-out people (without such: on those
                        learnt from, which is too good) */
    float identify_threshold; /* of a false accept rate of 1e-3: counted from 1,000 different pairs on,
                                 else by a normal distribution; not below the other */
} vultus_metric_report;

typedef struct vultus_projection vultus_projection;

/*
 * Learns from the rows whose person is known; there must be two people, and one of them twice. The epoch
 * that is kept is the one with the greatest AUC on people who are held out; the start is one of them.
 * CANCELLED: progress returned false. ARGUMENT names what is wrong. Free with vultus_projection_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_projection_train(
    const vultus_labelled *labelled, const vultus_metric_options *options, vultus_projection **out,
    vultus_error *error);
VULTUS_API void vultus_projection_free(vultus_projection *projection);
/* Lives as long as the projection. */
VULTUS_API const vultus_metric_report *vultus_projection_report(
    const vultus_projection *projection);
VULTUS_API size_t vultus_projection_dimension(const vultus_projection *projection);
/* `count` embeddings of the embedder, of any length but 0, to as many of unit length in `out`. */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_projection_apply(const vultus_projection *projection, const float *embeddings, size_t count,
                        float *out, vultus_error *error);

/*
 * Writes a pack that vultus_models_add takes into `path`, a folder that is made: pack.json and
 * projection.safetensors. The pack and its model are called `name`. `models` is the folder of model packs
 * (NULL: the default), where the embedder is looked for so that the contract can name its pack.
 * ARGUMENT: the name is none, or the embeddings did not say which embedder made them, or it is a
 * projection itself. EXISTS: the folder has a pack already.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_projection_write(const vultus_projection *projection, const char *path, const char *name,
                        const char *models, vultus_error *error);

/* The id of what the engine's embedder projects; NULL: it is no projection. */
VULTUS_API const char *vultus_engine_base(const vultus_engine *engine);
/* Turns embeddings of that base (`base_dimension` numbers each, as a check) into the engine's own, in
 * `out`. ARGUMENT: the engine's embedder is no projection, or of another dimension. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_engine_project(const vultus_engine *engine,
                                                               const float *embeddings,
                                                               size_t count, size_t base_dimension,
                                                               float *out, vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
