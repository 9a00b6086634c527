/*
 * vultus, chapter calibration: what scores mean. A calibration is fitted to pairs of faces that are known to
 * be one person or two, belongs to one embedder, and turns its scores into a probability and into false
 * accept rates. Included by vultus.h, whose contract holds here too.
 *
 * Scores are in the unit of the embedder: the cosine, or the Euclidean distance where embeddings keep their
 * length and were trained for distances (`by_distance`).
 */
#ifndef VULTUS_CALIBRATE_H
#define VULTUS_CALIBRATE_H

#include <vultus/labelled.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_CALIBRATION_DATA_MAX 200 /* bytes of the name of the data */

typedef struct vultus_calibration vultus_calibration;

typedef struct vultus_calibration_options {
    const char *data; /* the name of the data, for people; NULL: none */
    /* Where the data have no two faces of one person, what same pairs say is taken from here, if it is of
     * the same embedder; NULL: then there is no similarity */
    const vultus_calibration *base;
} vultus_calibration_options;

/*
 * From embeddings of known people. Every two people weigh alike, however many faces they have. ARGUMENT:
 * `set` has no embedder, or fewer than 15 people. Free with vultus_calibration_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_calibration_fit(const vultus_labelled *set, const vultus_calibration_options *options,
                       vultus_calibration **out, vultus_error *error);

typedef struct vultus_calibration_scores {
    const float *score; /* cosines, or distances */
    const bool *same;
    size_t count;
    const char *embedder; /* the id of the model */
    bool by_distance;
} vultus_calibration_scores;

/* From the scores of pairs. How strangers and galleries differ cannot be seen in them, so for identification
 * what is usual is assumed. ARGUMENT: fewer than 100 different pairs, or a score that is not finite. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_calibration_fit_scores(
    const vultus_calibration_scores *scores, const vultus_calibration_options *options,
    vultus_calibration **out, vultus_error *error);

/* A JSON file. FORMAT names the field that is wrong; LIMIT: larger than 64 KiB. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_calibration_read(const char *path,
                                                                 vultus_calibration **out,
                                                                 vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_calibration_write(
    const vultus_calibration *calibration, const char *path, vultus_error *error);
VULTUS_API void vultus_calibration_free(vultus_calibration *calibration);

/* Where the user's calibration of an embedder is, and is looked for: in the user's data folder,
 * calibrations/<id>.json. ARGUMENT: no such id can be a file's name. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_calibration_path(const char *embedder, char *path,
                                                                 size_t size, vultus_error *error);

/* What the engine decides by; NULL: it has none. Lives as long as the engine. */
VULTUS_API const vultus_calibration *vultus_engine_calibration(const vultus_engine *engine);

typedef struct vultus_calibration_facts {
    const char *embedder, *data; /* live as long as the calibration */
    bool by_distance;
    bool has_similarity;
    size_t people, faces;               /* that it rests on; 0: only pairs were given */
    size_t same_pairs, different_pairs; /* different: each two people count once */
    double finest_far; /* rates below are extrapolated: fewer than 30 such pairs can be expected */
} vultus_calibration_facts;

VULTUS_API vultus_calibration_facts vultus_calibration_about(const vultus_calibration *calibration);

/* The probability 0..1 that it is one person, both being equally likely beforehand; NaN without
 * has_similarity. */
VULTUS_API double vultus_calibration_similarity(const vultus_calibration *calibration,
                                                double score);
/* The share of pairs of one person that are accepted with a threshold; NaN without has_similarity. */
VULTUS_API double vultus_calibration_tar(const vultus_calibration *calibration, double threshold);
/* The false accept rate of a score, and the score with a false accept rate, 0 < far < 1. People 0: of one
 * comparison; else of a stranger and a gallery of so many people, who have so many faces in all (0: one
 * each). Never under 1e-12. */
VULTUS_API double vultus_calibration_far(const vultus_calibration *calibration, double score,
                                         size_t people, size_t faces);
VULTUS_API double vultus_calibration_threshold(const vultus_calibration *calibration, double far,
                                               size_t people, size_t faces);
/* True when the rate of one comparison that a threshold has is smaller than the data can show. */
VULTUS_API bool vultus_calibration_extrapolates(const vultus_calibration *calibration,
                                                double threshold);

#ifdef __cplusplus
}
#endif
#endif
