/*
 * Classifiers on embeddings: whose face is this, learnt from faces with names. A method turns a probe into
 * probabilities of the people; what is common to all of them, the people's means and the rule that
 * rejects strangers, is here. Methods are the rows of one table; adding one is a file and a line.
 */
#ifndef DECIDE_CLASSIFIER_H
#define DECIDE_CLASSIFIER_H

#include "base/pool.h"
#include "base/status.h"

#define CLASSIFIER_PEOPLE_MAX 100000u
#define CLASSIFIER_ROWS_MAX 1000000u
#define CLASSIFIER_FLOATS_MAX ((size_t)1 << 27) /* of one tensor: half a gigabyte */
#define CLASSIFIER_TENSORS_MAX 8
#define CLASSIFIER_TEXT_MAX 255 /* bytes of parameters as text */

#define CLASSIFIER_GAMMA_SCALE 0.0   /* 1 / (dimension x variance), as scikit-learn has it */
#define CLASSIFIER_GAMMA_AUTO (-1.0) /* 1 / dimension */

struct classifier_parameters { /* under scikit-learn's names, see classifier_parameters.c */
    double c, gamma, tolerance;
    unsigned neighbors, trees, depth, iterations; /* depth 0: no limit */
    unsigned uniform, balanced;                   /* flags */
};

struct classifier_rows { /* what is learnt from; everybody below `people` has a row */
    const float *rows;   /* count x dimension */
    const uint32_t *person;
    const double *weight; /* of each row; their sum is count */
    size_t count, dimension, people;
};

struct classifier_task {
    struct classifier_rows data;
    struct classifier_parameters parameters;
    uint64_t seed;
    struct pool *pool; /* NULL: the caller's thread only */
    bool raw;
    bool (*stop)(void *context); /* from any thread; may be NULL */
    void *context;
};

struct classifier_tensor { /* what a method has learnt; its name is also the file's */
    const char *name;
    bool whole; /* int32_t, else float */
    size_t rows, columns;
    void *data;
};

struct classifier_model {
    const struct classifier_method *method;
    struct classifier_parameters parameters;
    size_t dimension, people;
    bool raw;
    float *means;     /* people x dimension, of unit length unless raw */
    double spread;    /* mean squared length of the rows */
    double slope;     /* of a method whose probabilities are fitted on held-out pictures */
    double threshold; /* the least score of a match; -INFINITY: nobody is rejected */
    struct classifier_tensor tensors[CLASSIFIER_TENSORS_MAX];
    size_t tensor_count;
};

enum { /* which parameters a method listens to */
       CLASSIFIER_C = 1,
       CLASSIFIER_GAMMA = 2,
       CLASSIFIER_TOL = 4,
       CLASSIFIER_NEIGHBORS = 8,
       CLASSIFIER_TREES = 16,
       CLASSIFIER_DEPTH = 32,
       CLASSIFIER_ITERATIONS = 64,
       CLASSIFIER_WEIGHTS = 128,
       CLASSIFIER_BALANCED = 256
};

struct classifier_layout { /* the type of a tensor */
    const char *name;
    bool whole;
};

struct classifier_method {
    const char *name;
    unsigned uses;
    bool has_slope;
    const struct classifier_layout
        *layout; /* of what it learns, in this order; ends in a NULL name */
    /* Adds tensors to the model. */
    vultus_status (*train)(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error);
    /* Tensors from a file: true when predict may use them. */
    bool (*check)(const struct classifier_model *model);
    size_t (*room)(const struct classifier_model *model); /* bytes that predict works in */
    /* probability[people], sum 1. `room` is aligned to 64. */
    void (*predict)(const struct classifier_model *model, const float *probe, void *room,
                    double *probability);
};

extern const struct classifier_method classifier_knn, classifier_softmax, classifier_logistic,
    classifier_svm_linear, classifier_svm_rbf, classifier_forest, classifier_centroid;
/* In the order of the help; ends in NULL. */
extern const struct classifier_method *const classifier_methods[];
const struct classifier_method *classifier_find(const char *name);

/* Trains one model. Clear it with classifier_clear, also after a failure. */
vultus_status classifier_fit(const struct classifier_method *method,
                             const struct classifier_task *task, struct classifier_model *out,
                             vultus_error *error) VULTUS_MUST_USE;
void classifier_clear(struct classifier_model *model);
/* True when everything fits together; for models from files. */
bool classifier_sound(const struct classifier_model *model);

/* A tensor of the model, zeroed. MEMORY, LIMIT. */
vultus_status classifier_add(struct classifier_model *model, const char *name, bool whole,
                             size_t rows, size_t columns, vultus_error *error) VULTUS_MUST_USE;
/* NULL when there is none with this name, type and sizes (0: any). */
const struct classifier_tensor *classifier_tensor(const struct classifier_model *model,
                                                  const char *name, bool whole, size_t rows,
                                                  size_t columns);

/* Bytes that the next two work in. */
size_t classifier_room(const struct classifier_model *model);
struct classifier_verdict {
    size_t person;      /* the likeliest */
    double probability; /* of that person */
    double closeness; /* to the person's mean: the cosine, else 1 - squared distance / (2 spread) */
    double score;     /* closeness + CLASSIFIER_SHARE x probability: what strangers lack */
};
/* How much of the score is the probability's: it says that nobody else is as near, closeness that the
 * person is. Measured, see docs/decisions.md. */
#define CLASSIFIER_SHARE 0.3
/* probability[people] receives all. */
void classifier_predict(const struct classifier_model *model, const float *probe, void *room,
                        double *probability, struct classifier_verdict *out);
double classifier_closeness(const struct classifier_model *model, const float *probe,
                            size_t person);

/* classifier_parameters.c: parameters as text, "C=10;gamma=scale". */
void classifier_defaults(struct classifier_parameters *out);
/* ARGUMENT: a name that the method does not listen to, or a bad value. */
vultus_status classifier_parse(const struct classifier_method *method, const char *text,
                               struct classifier_parameters *inout,
                               vultus_error *error) VULTUS_MUST_USE;
/* Those that the method listens to. */
void classifier_print(const struct classifier_method *method,
                      const struct classifier_parameters *parameters, char *out, size_t size);
#define CLASSIFIER_GRID_MAX 1000 /* combinations */
/* All combinations of "C=0.1,1;gamma=scale,0.01" over `base`; mem_free them. NULL gives base alone. */
vultus_status classifier_grid(const struct classifier_method *method, const char *text,
                              const struct classifier_parameters *base,
                              struct classifier_parameters **out, size_t *count,
                              vultus_error *error) VULTUS_MUST_USE;

/* What methods share: turns logarithms into probabilities with sum 1. */
void classifier_normalise(double *logarithms, size_t count);

#endif
