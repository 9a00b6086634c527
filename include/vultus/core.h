/*
 * vultus, the core that the chapters build on: faces, the engine, samples, tagged pictures, measuring.
 * Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_CORE_H
#define VULTUS_CORE_H

#include <vultus/basics.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ faces */

#define VULTUS_FACES_MAX 4096 /* faces kept per picture, the best first */

typedef struct vultus_point {
    float x, y;
} vultus_point;

typedef struct vultus_box { /* may reach over the edge of the picture */
    float x, y, width, height;
} vultus_box;

typedef struct vultus_quality {
    float size;       /* pixels of the shorter side of the box */
    float sharpness;  /* 0 blurred .. 1 sharp, of the aligned chip */
    float brightness; /* mean luma of the aligned chip, 0 black .. 1 white */
    float roll;       /* degrees, the line of the eyes against the horizontal, clockwise positive */
    float yaw;        /* rough, -1 turned to the picture's left .. 0 frontal .. 1 to its right */
    float pitch;      /* rough, -1 bowed .. 0 frontal .. 1 raised */
    float contrast;   /* deviation of the chip's luma, 0 flat .. 1 */
    float
        occlusion; /* likelihood that the eyes or the mouth are covered, 0..1: a mask, sunglasses, a
                        thing before them; a beard, hair or hard shadows may look so too */
    float
        score; /* the sum of it all, 0..1: how often a picture like this is recognised beside a good
                        one, where strangers pass one time in 1,000. Meant for ranking pictures */
} vultus_quality; /* NaN: not known (a face without landmarks; occlusion and contrast of stored faces) */

enum { /* order of landmarks[], left and right as seen in the picture */
       VULTUS_LEFT_EYE,
       VULTUS_RIGHT_EYE,
       VULTUS_NOSE,
       VULTUS_LEFT_MOUTH,
       VULTUS_RIGHT_MOUTH,
       VULTUS_LANDMARKS
};

/* Points of a finer shape, in the order of the tool that found them: 5 as dlib has them (outer and
 * inner corner of the right eye, of the left eye, and the base of the nose; the first eye is the one at the
 * picture's right), 68 as iBUG 300-W numbers them. */
#define VULTUS_SHAPE_MAX 68

typedef struct vultus_face {
    vultus_box box;
    vultus_point landmarks[VULTUS_LANDMARKS];
    float score; /* the detector's confidence, 0..1 */
    vultus_quality quality;
    size_t shape_count; /* points of shape; 0: the engine has no finder of shapes, or needs none */
    vultus_point shape[VULTUS_SHAPE_MAX];
} vultus_face;

typedef struct vultus_faces { /* the largest face first */
    vultus_face *items;
    size_t count;
} vultus_faces;

VULTUS_API void vultus_faces_clear(vultus_faces *faces);

/* ------------------------------------------------------------------ engine */

typedef struct vultus_engine vultus_engine;

typedef enum vultus_metric {
    VULTUS_METRIC_OWN = 0,  /* the embedder's: what vultus_engine_metric says */
    VULTUS_METRIC_COSINE,   /* the cosine is compared: match if cosine >= threshold */
    VULTUS_METRIC_EUCLIDEAN /* distance is compared: match if distance <= threshold */
} vultus_metric;

typedef struct vultus_engine_options {
    const char
        *models; /* folder of model packs; NULL: VULTUS_MODELS, else the user's data folder */
    const char *detector; /* "PACK", "PACK/MODEL" or "MODEL"; NULL: the pipeline's */
    const char *
        embedder; /* the same for the embedder; "A+B" or "A:0.7+B:0.3" puts several together: the cosine
                             is then the weighted mean of theirs */
    unsigned threads; /* threads one call may use; 0 or 1: only the caller's own */
    const char
        *pipeline; /* a name that vultus_pipeline lists, or a pack; NULL: the default, "mobile" */
    const char
        *landmarks; /* finder of shapes, named like a detector; NULL: the pipeline's, else what
                              the detector needs, else none */
    const char *attributes; /* pack that tells age, gender and expression; NULL: none */
    bool
        detect_only; /* load no embedder: faces are found and not embedded, and a detector that gives
                         boxes only goes without landmarks (NaN) where no finder of shapes is installed */
    const char *
        calibration; /* a file of vultus_calibration_write, or "none"; NULL: the user's file for this
                                embedder, else the model pack's, else none */
    const char
        *liveness; /* model that tells live faces (vultus/liveness.h), named like a detector; NULL:
                             none */
} vultus_engine_options;

/*
 * Loads the networks and checks every file against the hash in its contract. Weights of over 4 MiB are
 * hashed meanwhile on a thread of their own; the first call that needs them waits for it, and it and all later
 * ones return MODEL where the file was changed. Nothing that such a file says is ever handed out.
 * vultus_engine_check waits at once. MODEL: a pack is missing, damaged or does not fit. MISMATCH: the
 * calibration is of another embedder. Close with vultus_engine_close.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_engine_open(const vultus_engine_options *options,
                                                            vultus_engine **out,
                                                            vultus_error *error);
VULTUS_API void vultus_engine_close(vultus_engine *engine);

/* The name of a pipeline that --pipeline and the options know, by number from 0; NULL at the end. `summary`
 * (may be NULL) receives a line for people. Static storage. */
VULTUS_API const char *vultus_pipeline(size_t index, const char **summary);

/* The id stored with every embedding: the model's name, "@", the start of a hash of the weights that
 * were published and of how they are fed (colours, mean, scale, template). A better conversion of the
 * same weights keeps the id. */
VULTUS_API const char *vultus_engine_embedder(const vultus_engine *engine);
VULTUS_API const char *vultus_engine_detector(const vultus_engine *engine);
/* The finder of shapes; NULL: the engine has none. */
VULTUS_API const char *vultus_engine_landmarks(const vultus_engine *engine);
/* How many points its shapes have: 5 or 68; 0 without. */
VULTUS_API size_t vultus_engine_shape_count(const vultus_engine *engine);
/* Floats per embedding; 0 for NULL. */
VULTUS_API size_t vultus_engine_dimension(const vultus_engine *engine);
/* The metric that the embedder was trained for; VULTUS_METRIC_OWN for NULL. */
VULTUS_API vultus_metric vultus_engine_metric(const vultus_engine *engine);
/* True when embeddings keep the length that the network gives them, as dlib's do; else they are of unit
 * length, and both metrics rank alike. */
VULTUS_API bool vultus_engine_raw(const vultus_engine *engine);
/* The contract's thresholds, in the unit of the metric; NaN for NULL, and for the other metric where
 * embeddings keep their length and thresholds cannot be converted. The first is for comparing two
 * faces (1:1). Among many people the nearest stranger is nearer by chance: identification (1:N) has
 * its own, stricter one. */
VULTUS_API float vultus_engine_threshold(const vultus_engine *engine, vultus_metric metric);
VULTUS_API float vultus_engine_identify_threshold(const vultus_engine *engine,
                                                  vultus_metric metric);

typedef struct vultus_detect_options {
    float
        min_face; /* shorter side of the smallest face looked for, pixels (a network of fixed input
                            may still give smaller ones); 0: from the picture */
    float
        thresholds[3];  /* of the detector's stages, in its own units; 0: the contract's. A detector
                            of one stage takes the first, or the last where the first is 0 */
    size_t max_faces;   /* keep only the largest; 0: VULTUS_FACES_MAX */
    unsigned upsample;  /* double the picture so many times first, for small faces; sliding-window
                            detectors only; at most VULTUS_UPSAMPLE_MAX */
    float scale_factor; /* cascades: between sizes of the window, over 1; 0: the contract's */
    unsigned min_neighbors; /* cascades: windows that must agree, less one; 0: the contract's */
    const vultus_stop
        *stop; /* asked before each part of the picture; NULL: nothing ends the call */
} vultus_detect_options;

#define VULTUS_UPSAMPLE_MAX 4

/* What calls would find wrong, before the first: waits until all weights are hashed. `options` may be NULL.
 * MODEL: a file is not the one of its contract. ARGUMENT: an option that the detector has no use for. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_engine_check(const vultus_engine *engine,
                                                             const vultus_detect_options *options,
                                                             vultus_error *error);

/* Finds faces with their five landmarks; none is a success with count 0. Clear with
 * vultus_faces_clear. Limit: VULTUS_FACES_MAX. ARGUMENT: an option that the detector has no use for. CANCELLED: see
 * vultus_stop. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_detect(vultus_engine *engine,
                                                       const vultus_image *image,
                                                       const vultus_detect_options *options,
                                                       vultus_faces *out, vultus_error *error);

/*
 * Finds the shape in a box from elsewhere, and the five landmarks by the shape; sets both in `face`. The
 * box is taken as it is, so it has to be as the finder was trained with: dlib's finders expect the squares
 * of dlib's HOG detector, from the brows to the chin. ARGUMENT: the engine has no finder, or the box no
 * place.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_find_shape(vultus_engine *engine,
                                                           const vultus_image *image,
                                                           vultus_face *face, vultus_error *error);

/* The whole picture taken as one face, with the landmarks where alignment would put them: for
 * chips that were cut and aligned before. */
VULTUS_API vultus_face vultus_face_whole(const vultus_engine *engine, const vultus_image *image);

typedef struct vultus_embed_options {
    bool flip; /* add the mirrored chip's embedding before normalising: slower, a little better */
    unsigned
        jitter; /* mean of so many slightly turned, scaled and shifted chips instead of one; at most
                        VULTUS_JITTER_MAX; 0: the chip itself */
    const vultus_stop *stop; /* asked before each chip; NULL: nothing ends the call */
} vultus_embed_options;

#define VULTUS_JITTER_MAX 1000

/*
 * Aligns every face and computes its embedding. *out has count x dimension floats, row by row,
 * each row of unit length, unless vultus_engine_raw. Free with vultus_embeddings_free(*out, count * dimension).
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_embed(vultus_engine *engine,
                                                      const vultus_image *image,
                                                      const vultus_face *faces, size_t count,
                                                      const vultus_embed_options *options,
                                                      float **out, vultus_error *error);
VULTUS_API void vultus_embeddings_free(float *embeddings, size_t floats);

typedef enum vultus_expression {
    VULTUS_NEUTRAL,
    VULTUS_HAPPY,
    VULTUS_SAD,
    VULTUS_ANGRY,
    VULTUS_FEARFUL,
    VULTUS_DISGUSTED,
    VULTUS_SURPRISED,
    VULTUS_EXPRESSIONS
} vultus_expression;

typedef struct vultus_attributes { /* estimates by networks; nobody should be judged by them */
    float age;                     /* years; NaN: not known */
    float female;                  /* probability that the face looks female; NaN: not known */
    float expression[VULTUS_EXPRESSIONS]; /* probabilities, sum 1; NaN: not known */
} vultus_attributes;

/* Tells what an engine that was opened with `attributes` thinks of each face: count structs.
 * ARGUMENT: the engine was opened without, or a face's box has no place. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_describe(vultus_engine *engine,
                                                         const vultus_image *image,
                                                         const vultus_face *faces, size_t count,
                                                         vultus_attributes *out,
                                                         vultus_error *error);

/* A word for an expression, such as "happy". Static storage. */
VULTUS_API const char *vultus_expression_name(vultus_expression expression);

/* Why an answer is not yes. */
/* How a probe is compared with a person who has several faces. */
typedef enum vultus_template {
    VULTUS_TEMPLATE_BEST = 0, /* with the face that is nearest */
    VULTUS_TEMPLATE_MEAN, /* with the mean of the embeddings, weighted by vultus_quality.score */
    VULTUS_TEMPLATE_SET /* with the nearest three: the mean of the three similarities or distances */
} vultus_template;

typedef enum vultus_why {
    VULTUS_WHY_NONE = 0,    /* it is yes */
    VULTUS_WHY_FAR,         /* not near enough: different people, or nobody that is known */
    VULTUS_WHY_AMBIGUOUS,   /* near enough, but not told apart by min_margin */
    VULTUS_WHY_LOW_QUALITY, /* the face is worse than min_quality: nothing is decided */
    VULTUS_WHY_EMPTY,       /* nobody is in the gallery */
    VULTUS_WHY_NOT_LIVE     /* the face is less surely live than min_live: nothing is decided */
} vultus_why;

/* "far", "ambiguous", "low quality", "empty gallery", "not live"; "" for none. Static storage. */
VULTUS_API const char *vultus_why_text(vultus_why why);

/*
 * What a score means is told by the engine's calibration (calibrate.h). Without one, similarity and the
 * rates are NaN.
 */
typedef struct vultus_comparison {
    float similarity; /* 0..1: the probability that it is one person, where both are equally likely
                         beforehand */
    float cosine;     /* -1..1 */
    float distance;   /* in the metric: 1 - cosine, or Euclidean (0..2 for unit lengths) */
    float far; /* false accept rate: the share of different people who are as near or nearer */
    float threshold;     /* what was applied, in the unit of the metric */
    float threshold_far; /* the false accept rate of that threshold */
    float margin; /* by how much it is nearer than the threshold, in its unit; below 0: farther */
    vultus_metric metric; /* what was applied, never VULTUS_METRIC_OWN */
    bool match;
    vultus_why why; /* when it is no match */
} vultus_comparison;

typedef struct vultus_decision {
    vultus_metric metric;
    float threshold;    /* used when has_threshold is set */
    bool has_threshold; /* false: by `far`, else the default */
    size_t top;         /* identify: how many people to rank; 0: 2 */
    float
        far; /* the threshold with this false accept rate, 0 < far < 1: of one comparison, or for identify
                  of a stranger and the whole gallery; 0: not given. Not together with a threshold */
    float
        min_margin; /* nearer to another answer than that is VULTUS_WHY_AMBIGUOUS: for identify the best
                         and the second person, else the score and the threshold; in the unit of margin.
                         0: never */
    float min_quality; /* 0..1; 0: any */
    float quality;     /* of the face, or of the worse of two; only looked at with min_quality */
    const vultus_image
        *picture; /* identify: where the probe is from; people whom it was noted not to show
                                    (vultus_gallery_refuse) are left out; NULL: nobody is */
    const struct vultus_filter
        *filter;    /* identify: among whom (vultus/galleries.h); NULL: everybody */
    float min_live; /* 0..1; a face that is less surely live gets no name; 0: any */
    float
        live; /* of the face, or of the worse of two (vultus_live_scores); only looked at with min_live */
} vultus_decision;

/* The false accept rate of identification where nothing else is asked for and there is a calibration: one
 * stranger in a hundred gets a name, however many people are in the gallery. Without a calibration it is
 * the contract's threshold. Comparisons keep the contract's. */
#define VULTUS_IDENTIFY_FAR 0.01f

/* MODEL: a false accept rate is asked for and there is no calibration. */
/* Compares two embeddings of this engine's embedder. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_compare(const vultus_engine *engine, const float *a,
                                                        const float *b,
                                                        const vultus_decision *decision,
                                                        vultus_comparison *out,
                                                        vultus_error *error);

/* ------------------------------------------------------------------ samples: pictures for enrolment */

typedef enum vultus_verdict {
    VULTUS_SAMPLE_OK = 0,
    VULTUS_SAMPLE_NO_FACE,
    VULTUS_SAMPLE_SEVERAL_FACES,
    VULTUS_SAMPLE_TINY,
    VULTUS_SAMPLE_BLURRED,
    VULTUS_SAMPLE_DARK, /* of a score under min_quality: what counts most against it */
    VULTUS_SAMPLE_COVERED,
    VULTUS_SAMPLE_POSE,
    VULTUS_SAMPLE_POOR /* anything else */
} vultus_verdict;

typedef struct vultus_sample vultus_sample;

typedef struct vultus_sample_options {
    vultus_detect_options detect;
    vultus_embed_options embed;
    bool largest;        /* of several faces take the largest instead of refusing */
    bool whole_picture;  /* do not detect: the picture is an aligned face */
    float min_size;      /* smaller faces are VULTUS_SAMPLE_TINY; 0: 32 pixels; < 0: any */
    float min_sharpness; /* less is VULTUS_SAMPLE_BLURRED; 0: 0.15; < 0: any */
    float min_quality;   /* a score of less is _DARK, _COVERED, _POSE or _POOR; 0: 0.4; < 0: any */
    const vultus_face
        *face; /* do not detect: the picture's face is this one, as vultus_detect found it; NULL:
                                detect */
    bool
        among_others; /* with face: the picture shows other people too, and is known by this face's place as
                          well, so that each of them can be enrolled from it */
} vultus_sample_options;

/*
 * Looks at a picture as enrolment does: finds the face, measures it, embeds it, cuts a thumbnail.
 * A picture that cannot be used is a success whose verdict says why; such a sample is refused by
 * vultus_gallery_enroll. Free with vultus_sample_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_sample_take(vultus_engine *engine,
                                                            const vultus_image *image,
                                                            const vultus_sample_options *options,
                                                            vultus_sample **out,
                                                            vultus_error *error);
VULTUS_API void vultus_sample_free(vultus_sample *sample);
VULTUS_API vultus_verdict vultus_sample_verdict(const vultus_sample *sample);
/* Faces found in the picture, also those that were not taken. */
VULTUS_API size_t vultus_sample_face_count(const vultus_sample *sample);
/* The face that was taken or refused; NULL where none was found. Lives as long as the sample. */
VULTUS_API const vultus_face *vultus_sample_face(const vultus_sample *sample);
/* dimension floats, or NULL unless the verdict is OK. Lives as long as the sample. */
VULTUS_API const float *vultus_sample_embedding(const vultus_sample *sample);
/* "no face found", "2 faces found, one expected", ... */
VULTUS_API const char *vultus_sample_reason(const vultus_sample *sample);

/* ------------------------------------------------------------------ tagged pictures */

typedef struct vultus_label {
    vultus_face face;
    const char *text; /* NULL: only the box */
    bool match;       /* colour: a known person, or not */
    bool landmarks;   /* draw the shape, or the five points where there is none */
} vultus_label;

/* Draws boxes and text into the picture, in sizes that suit it. A picture that wraps the caller's
 * pixels is copied first. MODEL is never returned; NOT_FOUND: no font (see vultus doctor). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_annotate(vultus_image *image,
                                                               const vultus_label *labels,
                                                               size_t count, vultus_error *error);

/* Cuts a face with a margin around its box, its longer side at most `side` pixels (0: 160), as a JPEG.
 * ARGUMENT: nothing of the box lies in the picture. Free with vultus_thumbnail_free(*out, *size). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_thumbnail(const vultus_image *image,
                                                                const vultus_face *face,
                                                                uint32_t side, uint8_t **out,
                                                                size_t *size, vultus_error *error);
VULTUS_API void vultus_thumbnail_free(uint8_t *thumbnail, size_t size);

/* ------------------------------------------------------------------ measuring */

typedef struct vultus_timings { /* nanoseconds, summed over all threads since the last reset */
    uint64_t pictures, faces;
    uint64_t detect, detect_networks; /* the second is the part inside ONNX Runtime */
    uint64_t align;
    uint64_t embed, embed_networks;
} vultus_timings;

VULTUS_API void vultus_engine_timings(const vultus_engine *engine, vultus_timings *out);
VULTUS_API void vultus_engine_timings_reset(vultus_engine *engine);
/* The version of ONNX Runtime ("1.30.0"), and "avx512", ...: what this process runs on. Static storage, or the engine's. */
VULTUS_API const char *vultus_runtime_version(void);
VULTUS_API const char *vultus_simd(void);

#ifdef __cplusplus
}
#endif

#endif
