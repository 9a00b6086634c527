/*
 * vultus, chapter evaluation: how good detectors, landmarks and decisions are, from data with known
 * answers. Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_EVALUATE_H
#define VULTUS_EVALUATE_H

#include <vultus/labelled.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vultus_pair {
    char *a, *b; /* paths of the two pictures */
    bool same;
    unsigned fold;               /* from the file, else 0 */
    uint32_t person_a, person_b; /* numbers from 0, by name; VULTUS_NOBODY: the file has no names */
} vultus_pair;

typedef struct vultus_pairs {
    vultus_pair *items;
    size_t count;
    unsigned folds; /* of the file; 1 when it has none */
    size_t people;  /* whose names are in it; 0: it has none */
} vultus_pairs;

/*
 * Reads LFW's pairs format (pairs.txt with folds, pairsDevTest.txt without), or CSV with the columns
 * file_x,file_y,Decision (Yes or No). Pictures are ROOT/<name>/<name>_<number>.jpg, or ROOT/<file>.
 * FORMAT names the line.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_pairs_read(const char *path, const char *root,
                                                           vultus_pairs *out, vultus_error *error);
VULTUS_API void vultus_pairs_clear(vultus_pairs *pairs);

/*
 * Confidence intervals, by the bootstrap: the people are drawn again with replacement, as many as there
 * are, and every figure is computed anew; the interval is what lies between the quantiles of all draws.
 * Whole people are drawn because faces of one person are not independent.
 */
typedef struct vultus_bootstrap {
    unsigned resamples; /* 0: no intervals; 1000 are usual */
    double confidence;  /* 0: 0.95 */
    uint64_t seed;
} vultus_bootstrap;

#define VULTUS_RESAMPLES_MAX 100000

#define VULTUS_FARS 6   /* false accept rates 1e-1, 1e-2 .. 1e-6 */
#define VULTUS_BARS 100 /* of a histogram */

typedef struct vultus_roc_point { /* of accepting all scores of at least the threshold */
    double threshold;             /* infinite at the first point */
    double far, tar;
} vultus_roc_point;

typedef struct vultus_histogram { /* of scores; what lies outside counts for the outermost bars */
    double from, to;
    uint64_t same[VULTUS_BARS], different[VULTUS_BARS];
} vultus_histogram;

typedef struct vultus_scores {
    const float *similarity; /* or another score: larger is more alike */
    bool distances;          /* scores are negated distances */
    const bool *same;
    const unsigned *fold; /* NULL: split into `folds` parts in the order given, same and different
                             pairs each for themselves, as LFW's own folds are made */
    size_t count;
    unsigned folds;                      /* at least 2 */
    float threshold;                     /* the contract's */
    const uint32_t *person_a, *person_b; /* of each pair, for intervals; NULL, or a person that is
                                            VULTUS_NOBODY: pairs are drawn instead of people */
    vultus_bootstrap bootstrap;
    bool curve; /* the report has the ROC curve */
} vultus_scores;

typedef struct vultus_pair_figures {
    double accuracy;              /* mean over folds; the threshold of each chosen on the others */
    double accuracy_at_threshold; /* at the contract's threshold */
    double far_at_threshold, frr_at_threshold;
    double auc, eer;
    double tar_at_far[VULTUS_FARS]; /* NaN: fewer than 1 / FAR different pairs */
} vultus_pair_figures;

typedef struct vultus_report {
    size_t same, different;
    double accuracy, deviation;   /* mean and standard deviation over folds */
    double threshold;             /* mean of the folds' thresholds */
    double accuracy_at_threshold; /* these as in vultus_pair_figures */
    double far_at_threshold, frr_at_threshold;
    double auc, eer;
    double tar_at_far_1e2, tar_at_far_1e3;
    double tar_at_far[VULTUS_FARS];
    double threshold_at_far
        [VULTUS_FARS];             /* where it is reached; infinite: only by accepting nothing */
    vultus_pair_figures low, high; /* intervals; NaN: there is none. The thresholds of folds stay */
    size_t people;                 /* who were drawn for them; 0: pairs were */
    vultus_histogram histogram;
    vultus_roc_point *roc; /* from (0, 0) to (1, 1), without the points on straight lines */
    size_t roc_count;
} vultus_report;

/* ARGUMENT: no same or no different pair, or fewer of them than folds, or a score that is NaN. Clear with
 * vultus_report_clear where a curve was asked for. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_evaluate(const vultus_scores *scores,
                                                         vultus_report *out, vultus_error *error);
VULTUS_API void vultus_report_clear(vultus_report *report);

/* ---- identification: probes against a gallery, as vultus_gallery_identify decides ---- */

typedef struct vultus_trial {
    uint32_t row;           /* of the set: the probe */
    uint32_t person;        /* who it is; VULTUS_NOBODY: not known */
    bool mated;             /* they are enrolled; false: a stranger, who should be unknown */
    bool match;             /* the answer is `best`; false: unknown */
    bool own_match;         /* the true person is near enough, whether nearest or not */
    bool copy;              /* best_row is the very same embedding: the picture is on both sides */
    uint32_t best, second;  /* the nearest people; VULTUS_NOBODY: there is none */
    uint32_t best_row;      /* the nearest face of best */
    uint32_t own_row;       /* the nearest face of the true person; VULTUS_NOBODY for strangers */
    uint32_t rank;          /* of the true person, 1: the nearest; 0 for strangers */
    float cosine, distance; /* to best */
    float second_cosine, second_distance;
    float margin;    /* as in vultus_identity */
    float score;     /* that people are ranked by, larger is nearer: the cosine, or the negated
                        distance where embeddings keep their length and the metric is Euclidean */
    float own_score; /* to the true person; NaN for strangers */
} vultus_trial;

typedef struct vultus_trials {
    vultus_trial *items; /* in the order of the probes */
    size_t count;
    size_t people;   /* numbers of persons are below this */
    size_t enrolled; /* of them have a face in the gallery */
    bool distances;  /* scores are negated distances */
    vultus_metric metric;
    float threshold; /* in its unit */
    struct vultus_tally
        *tally; /* all comparisons of probes with people, counted; NULL: not known */
} vultus_trials;

typedef struct vultus_trials_request {
    const vultus_labelled *set;
    const uint32_t *known; /* rows that are enrolled; each has a person */
    size_t known_count;
    const uint32_t *probes; /* rows that are looked up */
    size_t probe_count;
    vultus_template
        templates; /* what stands for a person with several rows; means weigh by quality */
    vultus_decision decision; /* with a threshold: a set has none of its own */
    unsigned threads;         /* 0: one for each processor */
    /* Told now and then, on the calling thread, how many of the people of the probes are done; false ends
     * the work with CANCELLED. May be NULL. */
    bool (*progress)(void *context, size_t done, size_t all);
    void *context;
} vultus_trials_request;

/*
 * Looks up every probe among the people of the known rows. Scores of probes to people are counted while
 * they are made and not kept, so that memory grows with probes + people and not with their product.
 * ARGUMENT: nobody is enrolled, there is no probe, no threshold, a row without a person among the known, an
 * embedding that is none. Clear with vultus_trials_clear.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_trials_run(const vultus_trials_request *request,
                                                           vultus_trials *out, vultus_error *error);
VULTUS_API void vultus_trials_clear(vultus_trials *trials);

#define VULTUS_RANKS 20
#define VULTUS_FPIRS 3 /* false positive identification rates 1e-1, 1e-2, 1e-3 */

typedef struct vultus_rates {
    double precision, recall, specificity, f1;
} vultus_rates;

typedef struct vultus_class { /* an answer that is true or was given at least once */
    uint32_t person;          /* VULTUS_NOBODY: `unknown` */
    size_t support;           /* faces whose right answer it is */
    size_t answered;          /* times it was given */
    size_t right;             /* times it was given and right */
    vultus_rates rates;       /* NaN where there is nothing to divide by */
} vultus_class;

typedef struct vultus_confusion { /* how often an answer was given for a face */
    uint32_t truth, answer;       /* places in the list of classes */
    size_t count;
} vultus_confusion;

typedef struct vultus_open_point { /* of open-set identification, at a threshold */
    double threshold;              /* infinite at the first point */
    double fpir, dir;
} vultus_open_point;

typedef struct vultus_identification_figures { /* NaN: the data cannot tell */
    double accuracy;        /* answers that are right, `unknown` for a stranger among them */
    double names_precision; /* of the names that were given, those that are right */
    double names_recall;    /* of the faces of enrolled people, those named right: TPIR, 1 - FNIR */
    double fpir, fnir;      /* strangers given a name; enrolled people not named right */
    vultus_rates micro;     /* over all classes, `unknown` among them: counts are added up */
    vultus_rates macro;     /* the plain mean over classes; what is NaN of a class counts as 0 */
    vultus_rates weighted;  /* the mean weighted by support */
    double cmc[VULTUS_RANKS]; /* enrolled people whose own name is among the k nearest */
    double dir_at_fpir
        [VULTUS_FPIRS]; /* rank 1 and over the threshold; NaN: fewer than 1 / FPIR strangers */
    double auc, eer;    /* verification: each probe with each enrolled person */
    double tar_at_far[VULTUS_FARS]; /* NaN: fewer than 1 / FAR comparisons of different people */
} vultus_identification_figures;

typedef struct vultus_identification_report {
    size_t probes, mated, strangers; /* strangers: of the probes */
    size_t enrolled;                 /* people */
    size_t copies;                   /* probes that are in the gallery as well */
    uint64_t same, different;        /* comparisons */
    vultus_identification_figures value;
    vultus_identification_figures low,
        high;     /* intervals: people of the probes are drawn, the gallery
                                                stays; NaN: there is none */
    size_t drawn; /* people; a probe whose person is not known stands for itself */
    double threshold_at_fpir[VULTUS_FPIRS], threshold_at_far[VULTUS_FARS]; /* scores */
    double far_at_threshold, frr_at_threshold; /* verification at the threshold of the trials */
    vultus_class *classes;                     /* by person, `unknown` last */
    size_t class_count;
    vultus_confusion *confusion; /* the cells that are not 0, by truth, then by answer */
    size_t confusion_count;
    vultus_open_point
        *open; /* DIR over FPIR, from (0, 0) on; empty without strangers or mated probes */
    size_t open_count;
    vultus_roc_point *roc; /* empty where there is no tally, or one kind of comparison only */
    size_t roc_count;
    vultus_histogram histogram; /* of the comparisons' scores */
} vultus_identification_report;

/* ARGUMENT: no trials, or some that cannot be: a person that is not below `people`, a score that is NaN.
 * `bootstrap` may be NULL: no intervals. Clear with vultus_identification_report_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_evaluate_identification(const vultus_trials *trials, const vultus_bootstrap *bootstrap,
                               vultus_identification_report *out, vultus_error *error);
VULTUS_API void vultus_identification_report_clear(vultus_identification_report *report);

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
    size_t true_positives, false_positives,
        neutral; /* of what was found; neutral: an ignored face */
    double precision,
        recall; /* of all that was found, so at the detector's threshold; NaN: of none */
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
VULTUS_API VULTUS_MUST_USE vultus_status vultus_evaluate_detection(const vultus_findings *findings,
                                                                   vultus_detection_report *out,
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
VULTUS_API VULTUS_MUST_USE vultus_status vultus_evaluate_landmarks(const vultus_findings *findings,
                                                                   vultus_landmark_report *out,
                                                                   vultus_error *error);
VULTUS_API void vultus_landmark_report_clear(vultus_landmark_report *report);

#ifdef __cplusplus
}
#endif
#endif
