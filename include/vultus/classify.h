/*
 * vultus, chapter classifiers: who a face is, learnt from embeddings with names, and whether two faces are
 * one person, learnt from pairs. Included by vultus.h, whose contract holds here too.
 *
 *     vultus_classifier_options options = {.method = "softmax", .parameters = "C=10"};
 *     vultus_classifier *classifier = NULL;
 *     vultus_classifier_report report = {0};
 *     if (!vultus_classifier_train(&labelled, &options, &classifier, &report, &error))
 *         printf("accuracy %.3f\n", report.accuracy);
 *     ...
 *     vultus_prediction who;
 *     if (!vultus_classifier_predict(classifier, engine, probe, &who, &error))
 *         puts(who.match ? who.name : "unknown");
 *
 * Methods and their parameters (defaults first; names and meanings are scikit-learn's; its C of 1 holds the weights of
 * unit vectors back too much):
 *
 *   knn         n-neighbors=5; weights=distance|uniform. A tie goes to the nearer neighbours.
 *   softmax     C=10; tol=0.001; max-iter=1000; class-weight=none|balanced. Multinomial logistic regression.
 *   logistic    the same; one regression for each person against the others.
 *   svm-linear  C=10; tol; max-iter; class-weight. One machine for each pair of people.
 *   svm-rbf     the same; gamma=scale|auto|X.
 *   forest      n-estimators=100; max-depth=none|N; class-weight.
 *   centroid    no parameters.
 *
 * tol is, for softmax and logistic, the part of its first size that the steepest derivative may keep; for
 * machines the violation of the optimality conditions.
 *
 * Strangers. A probability says who of the known people is likeliest, not that it is one of them. Every method
 * rejects by the same score: how near the probe is to the mean face of the likeliest person (the cosine; where
 * embeddings keep their length, 1 - squared distance / (2 x mean squared length)), plus 0.3 x the probability.
 * The threshold is the score that only a share `far` of strangers reaches. Strangers are people who were
 * left out: the training is repeated with a fifth of the people missing, and their faces are scored (each fifth
 * in turn, until there are 10 / far scores).
 */
#ifndef VULTUS_CLASSIFY_H
#define VULTUS_CLASSIFY_H

#include <vultus/evaluate.h>
#include <vultus/galleries.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_PARAMETERS_MAX 255 /* bytes of "C=1;gamma=scale" */

/* The name of a method, by number from 0; NULL at the end. Static storage. */
VULTUS_API const char *vultus_classifier_method(size_t index);

typedef struct vultus_training { /* how a training is watched; all zero: not at all */
    /* On the caller's thread: so many of so many steps are done. */
    void (*progress)(void *context, size_t done, size_t total);
    /* On any thread, often: true stops the training, which then returns CANCELLED. */
    bool (*stop)(void *context);
    void *context;
} vultus_training;

typedef struct vultus_classifier_fold { /* one part of the pictures, held out and tested */
    const char *parameters;             /* of the training; lives as long as the call */
    unsigned fold, folds;               /* from 1 */
    size_t tested;                      /* pictures */
    double accuracy, log_loss;          /* of this part alone */
} vultus_classifier_fold;

typedef struct vultus_classifier_options {
    const char *method;     /* NULL: "softmax" */
    const char *parameters; /* "C=10;gamma=scale"; NULL: the defaults */
    const char *
        grid; /* "C=0.1,1,10;gamma=scale,0.01": all combinations are cross-validated, and the one with
                         the highest accuracy (then the least log-loss, then the first) is taken; NULL: none */
    unsigned folds; /* of the cross-validation, at most 100; 0: 5; 1: none */
    float far;      /* of strangers that get a name; 0: 0.01 */
    const vultus_labelled
        *strangers;   /* more faces that are nobody's; NULL: none. The threshold is the stricter of
                                         theirs and that of the people who were left out */
    uint64_t seed;    /* the same seed gives the same classifier, on any number of threads */
    unsigned threads; /* 0: one for each processor */
    vultus_training training;
    /* On the caller's thread, with training.context: a part of the cross-validation was tested. NULL: nobody asks. */
    void (*fold)(void *context, const vultus_classifier_fold *fold);
} vultus_classifier_options;

typedef struct vultus_classifier_trial { /* one combination of parameters, cross-validated */
    char parameters[VULTUS_PARAMETERS_MAX + 1];
    double accuracy;  /* of held-out pictures; NaN: nothing could be held out */
    double deviation; /* of the folds' accuracies */
    double macro_f1;  /* mean over people */
    double log_loss;  /* mean of -log(probability of the right person), at most 34.5 each */
} vultus_classifier_trial;

typedef struct vultus_classifier_report {
    const char *method; /* static storage */
    size_t people, pictures;
    size_t single;  /* people with one picture: they are learnt, and never tested */
    size_t tested;  /* pictures that were held out once; 0: all people have one picture */
    unsigned folds; /* fewer than asked for when nobody has so many pictures */
    vultus_classifier_trial chosen;
    double accuracy_low,
        accuracy_high; /* of the chosen one: 95 of 100 draws of the people (vultus_bootstrap) lie
                                           between, or, where all are recognised alike, Wilson's interval of the
                                           pictures; NaN: nothing was tested */
    vultus_confusion *
        confusion; /* of the chosen one: the cells that are not 0, by truth, then by answer, with people
                                    as vultus_classifier_name numbers them */
    size_t confusion_count;
    size_t strangers; /* scores of people who were left out */
    bool
        estimated; /* fewer than 1 / far - 1 of them: the threshold is where a normal distribution of their scores
                          would have it, or above all of them */
    double threshold;       /* the least score of a match */
    double false_positives; /* share of the strangers at the threshold; NaN: there were none */
    double
        recognised; /* share of held-out pictures that get the right name at the threshold; NaN as above */
    vultus_classifier_trial *trials; /* of the grid, in its order */
    size_t trial_count;
} vultus_classifier_report;

typedef struct vultus_classifier vultus_classifier;

/*
 * Learns the people of `labelled`; rows of VULTUS_NOBODY are left out. ARGUMENT: fewer than two people, no names, an
 * unknown method or parameter. CANCELLED: `stop` said so. `report` may be NULL; clear it with
 * vultus_classifier_report_clear. Free the classifier with vultus_classifier_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_classifier_train(
    const vultus_labelled *labelled, const vultus_classifier_options *options,
    vultus_classifier **out, vultus_classifier_report *report, vultus_error *error);
/* What a training with these options would find wrong with them, whatever it learns from: ARGUMENT, LIMIT. */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_classifier_check(const vultus_classifier_options *options, vultus_error *error);
VULTUS_API void vultus_classifier_report_clear(vultus_classifier_report *report);
VULTUS_API void vultus_classifier_free(vultus_classifier *classifier);

/* A safetensors file; it holds numbers and texts, nothing that is executed. knn and the machines keep embeddings
 * of the people in it, every method a mean of each person's: treat it as you treat the pictures. */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_classifier_write(const vultus_classifier *classifier, const char *path, vultus_error *error);
/* FORMAT: not such a file, or damaged. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_classifier_read(const char *path,
                                                                vultus_classifier **out,
                                                                vultus_error *error);

/*
 * The same for its owner only, and sealed by the key that `key_file` names (NULL: VULTUS_KEY_FILE or VULTUS_KEYRING), as
 * an encrypted gallery is; without a key it is a file like any other. Whoever reads it needs that key. DATABASE: it is
 * sealed with another one, or none is named.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_classifier_write_sealed(const vultus_classifier *classifier, const char *path,
                               const char *key_file, vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_classifier_read_sealed(const char *path,
                                                                       const char *key_file,
                                                                       vultus_classifier **out,
                                                                       vultus_error *error);

VULTUS_API size_t vultus_classifier_people(const vultus_classifier *classifier);
/* NULL when there is no such person. Lives as long as the classifier. */
VULTUS_API const char *vultus_classifier_name(const vultus_classifier *classifier, size_t person);
VULTUS_API size_t vultus_classifier_dimension(const vultus_classifier *classifier);
/* The id of the model whose embeddings it learnt from; "": not known. */
VULTUS_API const char *vultus_classifier_embedder(const vultus_classifier *classifier);
/* Such as "softmax". Static storage. */
VULTUS_API const char *vultus_classifier_used_method(const vultus_classifier *classifier);
/* The false accept rate that its threshold was made for. */
VULTUS_API float vultus_classifier_far(const vultus_classifier *classifier);

typedef struct vultus_likelihood { /* of one person */
    char name[VULTUS_NAME_MAX + 1];
    float probability; /* that it is this one, if it is one of them */
} vultus_likelihood;

typedef struct vultus_prediction {
    bool match;             /* score >= threshold; false: unknown */
    vultus_likelihood best; /* also when unknown */
    vultus_likelihood second;
    float margin;    /* of the two probabilities */
    float closeness; /* to the mean face of `best`, see above */
    float score, threshold;
} vultus_prediction;

/*
 * Who a probe is. From any number of threads. `engine` (may be NULL: the caller knows) is what made the probe;
 * MISMATCH: its embedder is another one than the classifier's.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_classifier_predict(const vultus_classifier *classifier, const vultus_engine *engine,
                          const float *probe, vultus_prediction *out, vultus_error *error);
/* The same as a ranked list: up to `capacity` people, the likeliest first; *count says how many. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_classifier_rank(
    const vultus_classifier *classifier, const vultus_engine *engine, const float *probe,
    vultus_likelihood *out, size_t capacity, size_t *count, vultus_error *error);

/* ------------------------------------------------------------------ a learnt comparison */

typedef struct vultus_siamese vultus_siamese;

typedef struct vultus_pair_list { /* pairs of rows */
    const uint32_t *a, *b;
    const bool *same;
    size_t count;
} vultus_pair_list;

typedef struct vultus_siamese_options {
    double c; /* how little the weights are held back; 0: 0.3 */
    double
        hard; /* of the different pairs, the share that are nearest strangers, up to 1; 0: a half; < 0: none */
    double
        held; /* share of the people who are held out for the report, under 1; 0: 0.3; < 0: nobody, and no
                       report */
    double tolerance;    /* as `tol` above; 0: 0.001 */
    unsigned iterations; /* at most; 0: 1000 */
    const vultus_pair_list
        *pairs; /* to learn from; NULL: same pairs of every person, and as many different ones */
    uint64_t seed;
    vultus_training training;
} vultus_siamese_options;

typedef struct vultus_siamese_report {
    size_t people, pairs;           /* that the comparison was learnt from */
    size_t held_people, held_pairs; /* that nothing was learnt from; 0: none could be held out */
    vultus_report
        plain; /* of the held pairs, by the cosine, or minus the distance where embeddings keep
                                       their length; not measured at a threshold */
    vultus_report
        siamese; /* of the same pairs, by the learnt comparison; threshold: a probability of 0.5 */
} vultus_siamese_report;

/*
 * Learns when two embeddings are one person: sigmoid of a weighted sum of |a - b|, the end of a Siamese network, by logistic
 * regression whose weights are held back towards their mean. What the report measures was trained without the held-out
 * people; the comparison that is handed out is trained on everybody. A good embedder's own cosine is
 * hard to beat: read the report before you use one. ARGUMENT: nobody has two pictures, or there is one
 * person only. Free with vultus_siamese_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_siamese_train(const vultus_labelled *labelled,
                                                              const vultus_siamese_options *options,
                                                              vultus_siamese **out,
                                                              vultus_siamese_report *report,
                                                              vultus_error *error);
VULTUS_API void vultus_siamese_free(vultus_siamese *siamese);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_siamese_write(const vultus_siamese *siamese,
                                                              const char *path,
                                                              vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_siamese_read(const char *path, vultus_siamese **out,
                                                             vultus_error *error);
/* The id of the model whose embeddings it learnt from; "": not known. */
VULTUS_API const char *vultus_siamese_embedder(const vultus_siamese *siamese);

/* The probability that both are one person, where half of all pairs are. From any number of threads. `engine` (may be
 * NULL) is what made them; MISMATCH: its embedder is another one. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_siamese_compare(const vultus_siamese *siamese,
                                                                const vultus_engine *engine,
                                                                const float *a, const float *b,
                                                                float *probability,
                                                                vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
