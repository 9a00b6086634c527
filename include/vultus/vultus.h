/*
 * vultus: find faces, say who they are, and say how sure that is.
 *
 *   detect -> landmarks -> align -> embed -> search -> decide
 *
 * A complete program: enrol one person, name the faces of another picture.
 *
 *     #include <stdio.h>
 *     #include <vultus/vultus.h>
 *
 *     int main(void)
 *     {
 *         vultus_error error = {0};
 *         vultus_engine *engine = NULL;
 *         vultus_gallery *gallery = NULL;
 *         vultus_image *ada = NULL, *party = NULL;
 *         vultus_sample *sample = NULL;
 *         vultus_faces faces = {0};
 *         float *embeddings = NULL;
 *         int result = 1;
 *
 *         if (vultus_engine_open(NULL, &engine, &error) ||
 *             vultus_gallery_open("people.db", NULL, &gallery, &error) ||
 *             vultus_image_read("ada.jpg", NULL, &ada, &error) ||
 *             vultus_sample_take(engine, ada, NULL, &sample, &error) ||
 *             vultus_gallery_enroll(gallery, "Ada Lovelace", "ada.jpg", sample, NULL, &error) ||
 *             vultus_image_read("party.jpg", NULL, &party, &error) ||
 *             vultus_detect(engine, party, NULL, &faces, &error) ||
 *             vultus_embed(engine, party, faces.items, faces.count, NULL, &embeddings, &error))
 *             goto out;
 *         for (size_t i = 0; i < faces.count; i++) {
 *             vultus_identity who;
 *             const float *probe = embeddings + i * vultus_engine_dimension(engine);
 *             if (vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error))
 *                 goto out;
 *             printf("%s (cosine %.3f, false accept rate %.1e)\n",
 *                    who.match ? who.best.name : "unknown", who.best.cosine, who.best.far);
 *         }
 *         result = 0;
 *     out:
 *         if (result)
 *             fprintf(stderr, "%s\n", error.message);
 *         vultus_embeddings_free(embeddings, faces.count * vultus_engine_dimension(engine));
 *         vultus_faces_clear(&faces);
 *         vultus_sample_free(sample);
 *         vultus_image_free(party);
 *         vultus_image_free(ada);
 *         vultus_gallery_close(gallery);
 *         vultus_engine_close(engine);
 *         return result;
 *     }
 *
 * THE CONTRACT, for every function below
 *
 * Errors     What can fail returns a vultus_status (0 is success; the compiler warns when it is
 *            dropped) and, when `error` is not NULL, writes one line that names the thing and the
 *            mend. After a failure outputs are untouched and there is nothing to free.
 * Ownership  What an `out` parameter hands over is the caller's, and is given back to the function
 *            named beside it. Every free, close and clear accepts NULL or a cleared struct.
 * Options    A NULL pointer or an all-zero struct means the defaults.
 * Threads    An engine may be used from many threads at once. Every other object is used from one
 *            thread at a time; different objects are independent. There are no globals.
 * Text       Strings are UTF-8 and end in NUL.
 * Pictures   Pixels are upright: EXIF orientation is applied while decoding. Coordinates are pixels,
 *            x to the right and y down, (0, 0) is the top left pixel.
 * Left/right As seen in the picture, not as the person has them.
 * Privacy    Pictures, chips and embeddings are overwritten before their memory is given back.
 * Limits     Everything read from outside has a limit that is checked before memory is taken; the
 *            limits are the VULTUS_*_MAX constants.
 *
 * This is the header to include; those beside it are its further chapters: labelled.h (embeddings with
 * names), evaluate.h (how good detectors and decisions are), calibrate.h (what scores mean), classify.h
 * (classifiers of people), metric.h (projections of embeddings that are learnt), cluster.h (faces grouped
 * into people), people.h (what is known of people, and the history of changes), upkeep.h (copies and checks of
 * galleries), review.h (what to look at in a gallery), index.h
 * (search without one).
 */
#ifndef VULTUS_VULTUS_H
#define VULTUS_VULTUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VULTUS_API __attribute__((visibility("default")))
#define VULTUS_MUST_USE __attribute__((warn_unused_result))
#else
#define VULTUS_API
#define VULTUS_MUST_USE
#endif

#define VULTUS_VERSION_MAJOR 0
#define VULTUS_VERSION_MINOR 1
#define VULTUS_VERSION_PATCH 0

/* The version of the library at run time, for instance "0.1.0". Static storage. */
VULTUS_API const char *vultus_version(void);

/* ------------------------------------------------------------------ status and errors */

typedef enum vultus_status {
    VULTUS_OK = 0,
    VULTUS_ERR_MEMORY,    /* an allocation failed */
    VULTUS_ERR_ARGUMENT,  /* the call is wrong: a bad value, a bad name */
    VULTUS_ERR_IO,        /* a file or folder cannot be read or written */
    VULTUS_ERR_FORMAT,    /* the bytes are damaged or of an unknown kind */
    VULTUS_ERR_LIMIT,     /* larger than a limit allows */
    VULTUS_ERR_MODEL,     /* a model is missing, damaged, or does not fit its contract */
    VULTUS_ERR_DATABASE,  /* the gallery cannot be opened, read or written */
    VULTUS_ERR_MISMATCH,  /* embeddings of different models are never compared */
    VULTUS_ERR_NOT_FOUND, /* no such person, face, model */
    VULTUS_ERR_EXISTS,    /* the name is taken */
    VULTUS_ERR_BUSY,      /* another process holds the gallery; try again */
    VULTUS_ERR_CANCELLED, /* the caller asked to stop */
    VULTUS_ERR_INTERNAL   /* a library below failed in a way that has no better name */
} vultus_status;

typedef struct vultus_error {
    vultus_status code;
    char message[252]; /* one line, without a full stop or line feed at its end */
} vultus_error;

/* A short name such as "damaged or unknown format". Static storage. */
VULTUS_API const char *vultus_status_text(vultus_status status);

/* ------------------------------------------------------------------ pictures */

#define VULTUS_FILE_BYTES_MAX ((size_t)256 << 20) /* an encoded picture */
#define VULTUS_PIXELS_MAX ((size_t)100000000)     /* 100 megapixels: 300 MB of RGB */
#define VULTUS_SIDE_MAX 65500                     /* JPEG's own limit */

typedef struct vultus_image vultus_image;

typedef enum vultus_pixel_format { /* bytes of one pixel, in the order of memory */
                                   VULTUS_PIXELS_RGB = 0,
                                   VULTUS_PIXELS_BGR,
                                   VULTUS_PIXELS_RGBA, /* alpha is ignored */
                                   VULTUS_PIXELS_BGRA,
                                   VULTUS_PIXELS_GREY
} vultus_pixel_format;

typedef struct vultus_pixels {
    const uint8_t *data;
    uint32_t width, height;
    size_t stride; /* bytes from one row to the next; 0: rows are packed */
    vultus_pixel_format format;
} vultus_pixels;

typedef struct vultus_decode_options {
    size_t max_bytes;  /* 0: VULTUS_FILE_BYTES_MAX */
    size_t max_pixels; /* 0: VULTUS_PIXELS_MAX */
} vultus_decode_options;

/*
 * Decodes a JPEG, PNG or WebP, told by its first bytes, to upright 8-bit RGB: 16 bits are reduced,
 * grey and palette are expanded, transparency is laid over white, CMYK is converted.
 * FORMAT: unknown or damaged; LIMIT: too large. `name` (may be NULL) stands in messages.
 * Free with vultus_image_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_decode(const void *bytes, size_t size,
                                                             const char *name,
                                                             const vultus_decode_options *options,
                                                             vultus_image **out,
                                                             vultus_error *error);

/* The same from a file. IO: the file cannot be read. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_read(const char *path,
                                                           const vultus_decode_options *options,
                                                           vultus_image **out, vultus_error *error);

/*
 * A picture over the caller's pixels. RGB is used in place: `data` must outlive the picture and
 * stay as it is. The other formats are copied.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_wrap(const vultus_pixels *pixels,
                                                           vultus_image **out, vultus_error *error);

VULTUS_API uint32_t vultus_image_width(const vultus_image *image);
VULTUS_API uint32_t vultus_image_height(const vultus_image *image);
/* The pixels, RGB. They live as long as the picture. */
VULTUS_API vultus_pixels vultus_image_pixels(const vultus_image *image);
/* SHA-256 of the file that it was decoded from, else of its pixels: what makes two pictures the same one. */
#define VULTUS_IMAGE_HASH 32
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_hash(const vultus_image *image,
                                                           uint8_t out[VULTUS_IMAGE_HASH],
                                                           vultus_error *error);
VULTUS_API void vultus_image_free(vultus_image *image);

/* Writes a JPEG (quality 92) or PNG, by the ending of `path`, through a temporary file. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_write(const vultus_image *image,
                                                            const char *path, vultus_error *error);

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
    float occlusion; /* likelihood that the eyes or the mouth are covered, 0..1: a mask, sunglasses, a
                        thing before them; a beard, hair or hard shadows may look so too */
    float score; /* the sum of it all, 0..1: how often a picture like this is recognised beside a good
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
    VULTUS_METRIC_OWN = 0,   /* the embedder's: what vultus_engine_metric says */
    VULTUS_METRIC_COSINE,    /* the cosine is compared: match if cosine >= threshold */
    VULTUS_METRIC_EUCLIDEAN  /* distance is compared: match if distance <= threshold */
} vultus_metric;

typedef struct vultus_engine_options {
    const char *models; /* folder of model packs; NULL: VULTUS_MODELS, else the user's data folder */
    const char *detector; /* "PACK", "PACK/MODEL" or "MODEL"; NULL: the pipeline's */
    const char *embedder; /* the same for the embedder; "A+B" or "A:0.7+B:0.3" puts several together: the cosine
                             is then the weighted mean of theirs */
    unsigned threads; /* threads one call may use; 0 or 1: only the caller's own */
    const char *pipeline; /* a name that vultus_pipeline lists, or a pack; NULL: the default, "mobile" */
    const char *landmarks; /* finder of shapes, named like a detector; NULL: the pipeline's, else what
                              the detector needs, else none */
    const char *attributes; /* pack that tells age, gender and expression; NULL: none */
    bool detect_only; /* load no embedder: faces are found and not embedded, and a detector that gives
                         boxes only goes without landmarks (NaN) where no finder of shapes is installed */
    const char *calibration; /* a file of vultus_calibration_write, or "none"; NULL: the user's file for this
                                embedder, else the model pack's, else none */
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
    float min_face; /* shorter side of the smallest face looked for, pixels (a network of fixed input
                            may still give smaller ones); 0: from the picture */
    float thresholds[3];  /* of the detector's stages, in its own units; 0: the contract's. A detector
                            of one stage takes the first, or the last where the first is 0 */
    size_t max_faces;   /* keep only the largest; 0: VULTUS_FACES_MAX */
    unsigned upsample;  /* double the picture so many times first, for small faces; sliding-window
                            detectors only; at most VULTUS_UPSAMPLE_MAX */
    float scale_factor; /* cascades: between sizes of the window, over 1; 0: the contract's */
    unsigned min_neighbors; /* cascades: windows that must agree, less one; 0: the contract's */
} vultus_detect_options;

#define VULTUS_UPSAMPLE_MAX 4

/* What calls would find wrong, before the first: waits until all weights are hashed. `options` may be NULL.
 * MODEL: a file is not the one of its contract. ARGUMENT: an option that the detector has no use for. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_engine_check(const vultus_engine *engine,
                                                             const vultus_detect_options *options,
                                                             vultus_error *error);

/* Finds faces with their five landmarks; none is a success with count 0. Clear with
 * vultus_faces_clear. Limit: VULTUS_FACES_MAX. ARGUMENT: an option that the detector has no use for. */
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
    unsigned jitter; /* mean of so many slightly turned, scaled and shifted chips instead of one; at most
                        VULTUS_JITTER_MAX; 0: the chip itself */
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
typedef enum vultus_why {
    VULTUS_WHY_NONE = 0,    /* it is yes */
    VULTUS_WHY_FAR,         /* not near enough: different people, or nobody that is known */
    VULTUS_WHY_AMBIGUOUS,   /* near enough, but not told apart by min_margin */
    VULTUS_WHY_LOW_QUALITY, /* the face is worse than min_quality: nothing is decided */
    VULTUS_WHY_EMPTY        /* nobody is in the gallery */
} vultus_why;

/* "far", "ambiguous", "low quality", "empty gallery"; "" for none. Static storage. */
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
    float far;        /* false accept rate: the share of different people who are as near or nearer */
    float threshold;  /* what was applied, in the unit of the metric */
    float threshold_far;  /* the false accept rate of that threshold */
    float margin;         /* by how much it is nearer than the threshold, in its unit; below 0: farther */
    vultus_metric metric; /* what was applied, never VULTUS_METRIC_OWN */
    bool match;
    vultus_why why; /* when it is no match */
} vultus_comparison;

typedef struct vultus_decision {
    vultus_metric metric;
    float threshold;    /* used when has_threshold is set */
    bool has_threshold; /* false: by `far`, else the default */
    size_t top;         /* identify: how many people to rank; 0: 2 */
    float far; /* the threshold with this false accept rate, 0 < far < 1: of one comparison, or for identify
                  of a stranger and the whole gallery; 0: not given. Not together with a threshold */
    float min_margin; /* nearer to another answer than that is VULTUS_WHY_AMBIGUOUS: for identify the best
                         and the second person, else the score and the threshold; in the unit of margin.
                         0: never */
    float min_quality; /* 0..1; 0: any */
    float quality;     /* of the face, or of the worse of two; only looked at with min_quality */
    const vultus_image *picture; /* identify: where the probe is from; people whom it was noted not to show
                                    (vultus_gallery_refuse) are left out; NULL: nobody is */
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
    bool among_others; /* with face: the picture shows other people too, and is known by this face's place as
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

/* ------------------------------------------------------------------ gallery */

#define VULTUS_NAME_MAX 255    /* bytes of a person's name */
#define VULTUS_SOURCE_MAX 4095 /* bytes of a source's path */
#define VULTUS_TOP_MAX 100     /* people ranked for one probe */

typedef struct vultus_gallery vultus_gallery;

/* How a probe is compared with a person who has several faces. */
typedef enum vultus_template {
    VULTUS_TEMPLATE_BEST = 0, /* with the face that is nearest */
    VULTUS_TEMPLATE_MEAN, /* with the mean of the embeddings, weighted by vultus_quality.score */
    VULTUS_TEMPLATE_SET /* with the nearest three: the mean of the three similarities or distances */
} vultus_template;

typedef struct vultus_gallery_options {
    bool read_only; /* never creates or writes */
    bool must_exist;
    const char *actor; /* who changes something, for the history; NULL: the user of the process */
    vultus_template templates;
} vultus_gallery_options;

/*
 * Opens the gallery, making it where there is none. `location`: a path, or "sqlite:PATH"; NULL:
 * VULTUS_DB, else gallery.db in the user's data folder. DATABASE: not a gallery, damaged, of a
 * newer version, or not permitted. Close with vultus_gallery_close.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_open(const char *location,
                                                             const vultus_gallery_options *options,
                                                             vultus_gallery **out,
                                                             vultus_error *error);
VULTUS_API void vultus_gallery_close(vultus_gallery *gallery);
/* Where it is. Lives as long as the gallery. */
VULTUS_API const char *vultus_gallery_location(const vultus_gallery *gallery);

typedef struct vultus_enrolled {
    int64_t person, face; /* ids */
    bool new_person;
    bool duplicate;                 /* the same file was enrolled before: nothing was added */
    char name[VULTUS_NAME_MAX + 1]; /* of a duplicate: the person who has it */
} vultus_enrolled;

/* ARGUMENT: nobody can be stored under this name: it is empty, too long, not UTF-8 or has control characters. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_name_check(const char *name, vultus_error *error);

/*
 * Stores a sample under a name, making the person if need be. When this returns, it is on the disk.
 * The same picture (by content) is one face: a second time is a success with `duplicate` set.
 * ARGUMENT: the name is empty, too long, not UTF-8 or has control characters, or the verdict is not
 * OK. `source` (may be NULL) is kept to tell people where the face came from. `out` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_enroll(vultus_gallery *gallery,
                                                               const char *name, const char *source,
                                                               const vultus_sample *sample,
                                                               vultus_enrolled *out,
                                                               vultus_error *error);

/* True when this picture (by content) is already enrolled with the engine's embedder. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_has(vultus_gallery *gallery,
                                                            const vultus_engine *engine,
                                                            const vultus_image *image,
                                                            vultus_enrolled *out, bool *has,
                                                            vultus_error *error);

typedef struct vultus_match {
    int64_t person, face; /* the person, and their face that is nearest */
    float similarity;     /* as of a comparison, whoever else is in the gallery */
    float cosine;
    float distance;       /* in the metric */
    float far;            /* the share of strangers for whom somebody in this gallery is as near */
    char name[VULTUS_NAME_MAX + 1];
} vultus_match;

typedef struct vultus_identity {
    bool match;          /* best is near enough to be the name; false: unknown */
    vultus_why why;      /* when unknown */
    size_t people;       /* how many people were compared */
    size_t faces;        /* that they have in all */
    vultus_match best;   /* the nearest person, also when unknown; name "" in an empty gallery */
    vultus_match second; /* the second nearest person; name "" where there is none */
    float margin;        /* by how much best is nearer than second: difference of cosines, or of
                            distances where embeddings keep their length; with one person: against
                            cosine -1 or distance 2 */
    float threshold;     /* what was applied, in the unit of the metric */
    float threshold_far; /* the share of strangers who would get a name with it */
    vultus_metric metric; /* what was applied, never VULTUS_METRIC_OWN */
} vultus_identity;

/*
 * The nearest people to a probe. Every person counts once, by the nearest of their faces.
 * MISMATCH: the gallery has faces, but none by this engine's embedder.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_identify(vultus_gallery *gallery, const vultus_engine *engine, const float *probe,
                        const vultus_decision *decision, vultus_identity *out, vultus_error *error);

/* The same as a ranked list: up to `capacity` matches, the nearest first; *count says how many. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_rank(vultus_gallery *gallery,
                                                             const vultus_engine *engine,
                                                             const float *probe,
                                                             const vultus_decision *decision,
                                                             vultus_match *matches, size_t capacity,
                                                             size_t *count, vultus_error *error);

typedef struct vultus_person {
    int64_t id;
    char *name;
    size_t faces;
    char created[32]; /* UTC, ISO 8601 */
} vultus_person;

typedef struct vultus_people { /* by name */
    vultus_person *items;
    size_t count;
} vultus_people;

VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_people(vultus_gallery *gallery,
                                                               vultus_people *out,
                                                               vultus_error *error);
VULTUS_API void vultus_people_clear(vultus_people *people);

typedef struct vultus_face_record {
    int64_t id;
    char *source;   /* NULL: not known */
    char *embedder; /* the id of the model that made the embedding */
    vultus_face face;
    float *embedding;
    size_t dimension;
    uint8_t *thumbnail; /* a JPEG */
    size_t thumbnail_size;
    uint8_t picture[32]; /* SHA-256 of the picture file, or of the pixels */
    char created[32];
} vultus_face_record;

typedef struct vultus_face_records {
    vultus_face_record *items;
    size_t count;
} vultus_face_records;

/* All faces of a person, in the order of enrolment. NOT_FOUND: nobody has this name. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_faces(vultus_gallery *gallery,
                                                              const char *name,
                                                              vultus_face_records *out,
                                                              vultus_error *error);
VULTUS_API void vultus_face_records_clear(vultus_face_records *records);

/* EXISTS: somebody else has the new name (merge instead). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_rename(vultus_gallery *gallery,
                                                               const char *name,
                                                               const char *new_name,
                                                               vultus_error *error);
/* Moves all faces of `from` to `into` and removes `from`. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_merge(vultus_gallery *gallery,
                                                              const char *from, const char *into,
                                                              vultus_error *error);
/* Removes a person with all faces; the freed pages are overwritten. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_delete(vultus_gallery *gallery,
                                                               const char *name,
                                                               vultus_error *error);

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

/* ------------------------------------------------------------------ model packs */

typedef struct vultus_model {
    char *pack, *id, *kind,
        *method; /* for instance mobile, mobilefacenet, embedder, mobilefacenet */
    char *licence, *provenance;
    char *files; /* "pnet.onnx rnet.onnx" */
    char *landmarks; /* of a detector: the finder of shapes that goes with it, "PACK/MODEL"; else "" */
    uint64_t bytes;
    size_t dimension; /* embedders */
    char *metric;     /* embedders */
    float threshold;  /* embedders */
    bool installed;
    bool is_default;
    char *base; /* of an embedder that projects another one: that one, "PACK/MODEL"; else "" */
} vultus_model;

typedef struct vultus_models {
    vultus_model *items;
    size_t count;
} vultus_models;

/* All models of all packs in the folder (NULL: the default folder). A damaged pack is left out and
 * named in `error->message` while the call succeeds. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_list(const char *folder, vultus_models *out,
                                                            vultus_error *error);
/* The models that a pack manifest (pack.json) describes, installed or not. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_read(const char *manifest,
                                                            vultus_models *out,
                                                            vultus_error *error);
VULTUS_API void vultus_models_clear(vultus_models *models);
/* Reads a pack, checks every hash, loads every network and runs it once. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_check(const char *folder, const char *pack,
                                                             vultus_error *error);
/*
 * Adds a pack: `path` is a folder with pack.json, or a network whose contract is the JSON file
 * `contract`. It is checked as vultus_models_check does before it is copied. `name`: the pack's new
 * name, NULL: its own. EXISTS: that name is taken.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_add(const char *folder, const char *path,
                                                           const char *contract, const char *name,
                                                           vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_remove(const char *folder, const char *pack,
                                                              vultus_error *error);
/* The default folder, or what VULTUS_MODELS says; written to `path`. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_models_folder(char *path, size_t size,
                                                              vultus_error *error);

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

/* The rest of the library, each part in a header that this one includes. */
#include <vultus/labelled.h>
#include <vultus/metric.h>
#include <vultus/evaluate.h>
#include <vultus/cluster.h>
#include <vultus/classify.h>
#include <vultus/upkeep.h>
#include <vultus/review.h>
#include <vultus/calibrate.h>
#include <vultus/people.h>
#include <vultus/index.h>
#endif
