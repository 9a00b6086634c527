/*
 * vultus, chapter evaluation: how good detectors, landmarks and decisions are, from data with known
 * answers. Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_EVALUATE_H
#define VULTUS_EVALUATE_H

#include <vultus/vultus.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vultus_pair {
    char *a, *b; /* paths of the two pictures */
    bool same;
    unsigned fold; /* from the file, else 0 */
} vultus_pair;

typedef struct vultus_pairs {
    vultus_pair *items;
    size_t count;
    unsigned folds; /* of the file; 1 when it has none */
} vultus_pairs;

/*
 * Reads LFW's pairs format (pairs.txt with folds, pairsDevTest.txt without), or CSV with the columns
 * file_x,file_y,Decision (Yes or No). Pictures are ROOT/<name>/<name>_<number>.jpg, or ROOT/<file>.
 * FORMAT names the line.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_pairs_read(const char *path, const char *root,
                                                           vultus_pairs *out, vultus_error *error);
VULTUS_API void vultus_pairs_clear(vultus_pairs *pairs);

typedef struct vultus_scores {
    const float *similarity;
    const bool *same;
    const unsigned *fold; /* NULL: split into `folds` parts in the order given, same and different
                             pairs each for themselves, as LFW's own folds are made */
    size_t count;
    unsigned folds;  /* at least 2 */
    float threshold; /* the contract's */
} vultus_scores;

typedef struct vultus_report {
    size_t same, different;
    double accuracy, deviation;   /* mean and standard deviation over folds; the threshold of each
                                     fold is chosen on the others */
    double threshold;             /* mean of the folds' thresholds */
    double accuracy_at_threshold; /* at the contract's threshold */
    double far_at_threshold, frr_at_threshold;
    double auc, eer;
    double tar_at_far_1e2, tar_at_far_1e3; /* NaN: too few different pairs to tell */
} vultus_report;

/* ARGUMENT: no same or no different pair, or fewer of them than folds, or a score that is NaN. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_evaluate(const vultus_scores *scores,
                                                         vultus_report *out, vultus_error *error);

/* Where faces truly are: one face of a picture. */
typedef struct vultus_true_face {
    vultus_box box;
    bool ignored;       /* too bad to be judged: finding it, or not, counts for nothing */
    bool has_landmarks; /* without them a face counts for detection only */
    vultus_point landmarks[VULTUS_LANDMARKS];
    size_t shape_count; /* 0, or 68: as iBUG 300-W numbers them */
    vultus_point *shape;
} vultus_true_face;

typedef struct vultus_true_picture {
    char *path;
    vultus_true_face *faces;
    size_t count;
} vultus_true_picture;

typedef struct vultus_truth {
    vultus_true_picture *items;
    size_t count;
} vultus_truth;

/*
 * Reads ground truth in one of three formats, told by the first line:
 *   WIDER FACE's   a line with the file, one with the number of faces, then for each of them "x y width
 *                  height blur expression illumination invalid occlusion pose"; what is invalid is ignored
 *   dlib's XML     <image file> with <box top left width height ignore>, and in it 68 <part name x y>
 *                  (boxes with another number of parts have no landmarks)
 *   landmarks      a line for each face: FILE x1 y1 x2 y2, then x and y of landmarks[]
 * Pictures are ROOT/<file>. FORMAT names the line.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_truth_read(const char *path, const char *root,
                                                           vultus_truth *out, vultus_error *error);
VULTUS_API void vultus_truth_clear(vultus_truth *truth);

/* What was found, beside the truth. */
typedef struct vultus_findings {
    const vultus_truth *truth;
    const vultus_faces *faces; /* for each picture of the truth; they need a score and a box */
    const bool *left_out;      /* pictures that could not be looked at; NULL: none */
    float overlap;             /* intersection over union that makes box and face one; 0: 0.5 */
    float min_height;          /* true faces of fewer pixels are ignored too; 0: none */
} vultus_findings;

typedef struct vultus_height_recall {
    float from, to; /* pixels of the true box's height: from <= height < to; the last is infinite */
    size_t faces, found;
} vultus_height_recall;

#define VULTUS_HEIGHTS 7 /* 0, 10, 20, 30, 50, 80, 160 pixels and more */

typedef struct vultus_curve_point { /* of all that was found with at least this score */
    float score;
    size_t true_positives, false_positives;
    double precision, recall;
} vultus_curve_point;

typedef struct vultus_detection_report {
    size_t pictures, faces, ignored; /* of the truth, where pictures were looked at */
    size_t true_positives, false_positives, neutral; /* of what was found; neutral: an ignored face */
    double precision, recall; /* of all that was found, so at the detector's threshold; NaN: of none */
    double false_per_picture;
    double average_precision;
    vultus_height_recall heights[VULTUS_HEIGHTS];
    vultus_curve_point *curve; /* the highest score first, one for each score that occurs */
    size_t curve_count;
} vultus_detection_report;

/*
 * WIDER FACE's protocol: from the highest score down, each box that was found goes to the true face that
 * it overlaps most. It is a true positive when the overlap is enough and the face has no box yet, neutral
 * when the face is ignored, and a false positive else. Average precision is the area under the curve of
 * precision (the best at this recall or a higher one) over recall, exactly, at all points, as PASCAL VOC has
 * it since 2010; WIDER's own program tries 1,000 thresholds instead, adds a pixel to the sides of boxes,
 * and passes over pictures without a face, where here false positives count too. What the detector's
 * threshold withholds cannot add to it: a lower threshold gives a longer curve.
 * ARGUMENT: a score that is NaN. Clear with vultus_detection_report_clear.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_evaluate_detection(const vultus_findings *findings, vultus_detection_report *out,
                          vultus_error *error);
VULTUS_API void vultus_detection_report_clear(vultus_detection_report *report);

/* Normalised errors: the mean distance of points to the true ones, divided by the true distance of the
 * eyes. Quantiles lie linearly between the two faces beside them; all are NaN for no faces. */
typedef struct vultus_point_errors {
    size_t faces;
    double mean, median, p90, p95, worst;
    double failures; /* share of the faces with an error over 0.1 */
} vultus_point_errors;

typedef struct vultus_face_error { /* of one true face; NaN: not found, or without such points */
    size_t picture, face;
    double five, shape;
} vultus_face_error;

typedef struct vultus_landmark_report {
    size_t pictures, faces, missed; /* true faces with landmarks that are not ignored */
    vultus_point_errors five;       /* landmarks[], by the distance of the eyes' centres */
    vultus_point_errors shape;      /* by the distance of the outer corners of the eyes; dlib's five
                                       points against those of the 68 that they are */
    vultus_face_error *items;       /* one for each true face that counts */
    size_t count;
} vultus_landmark_report;

/* Compares landmarks of faces that were found with those of the true faces that they are, by the rules of
 * vultus_evaluate_detection. ARGUMENT: a score is NaN, or a point has no finite place. Clear with
 * vultus_landmark_report_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_evaluate_landmarks(const vultus_findings *findings, vultus_landmark_report *out,
                          vultus_error *error);
VULTUS_API void vultus_landmark_report_clear(vultus_landmark_report *report);

#ifdef __cplusplus
}
#endif
#endif
