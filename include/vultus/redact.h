/*
 * vultus, redaction: faces made unrecognisable in pictures and films. Included by vultus.h, whose contract holds
 * here too.
 *
 * Nothing of a face survives but a few means: every method covers the box that a detector gave, enlarged by a
 * quarter of its sides (a half above, for hair), and leaves at most VULTUS_REDACT_CELLS colours across the shorter
 * side of that, however large the face is. Blurring draws those colours smoothly: unlike a filter, it cannot be
 * undone.
 */
#ifndef VULTUS_REDACT_H
#define VULTUS_REDACT_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_REDACT_CELLS 5

typedef enum vultus_redaction {
    VULTUS_REDACT_BLUR = 0,
    VULTUS_REDACT_PIXELATE,
    VULTUS_REDACT_FILL /* black */
} vultus_redaction;

/* Draws over the faces with these boxes. A picture that wraps the caller's pixels is copied first. ARGUMENT: a
 * box that is no number, an unknown method. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_redact(vultus_image *image,
                                                             const vultus_box *boxes, size_t count,
                                                             vultus_redaction method,
                                                             vultus_error *error);

typedef struct vultus_film_redaction {
    vultus_redaction method;
    vultus_detect_options detect;
    vultus_embed_options embed;
    double timeout; /* seconds without a frame that end a source; 0: 10 */
    /* True: this face stays as it is, in this frame. Asked of every face that was found in a frame; wherever a face is
     * only thought to be, it is redacted. NULL: no face stays. */
    bool (*keep)(void *context, const vultus_face *face, const float *embedding);
    /* Asked often, from several threads: true ends the film there. What was done so far is a whole film, counts
     * are set, and the result is CANCELLED. May be NULL. */
    bool (*stop)(void *context);
    /* After each frame; `total` is 0 where it is not known. May be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
} vultus_film_redaction;

typedef struct vultus_film_counts {
    uint64_t frames;
    uint64_t faces;    /* tracks: a face that goes and comes again is counted again */
    uint64_t redacted; /* of these, those that were redacted all the time */
} vultus_film_counts;

/*
 * Reads moving pictures (docs/video.md has what `source` may be) and writes a film (.mp4, .mov, .mkv) without sound and
 * without other data, in which every face is redacted. Every frame is searched. Faces are followed, and a face
 * that the detector misses for a moment is redacted where it is thought to be, also before it was first found.
 * The film appears at its place when it is whole. IO, FORMAT, LIMIT: as the source says. NOT_FOUND: FFmpeg is
 * needed; the message says what to install.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_film_redact(vultus_engine *engine,
                                                            const char *source, const char *film,
                                                            const vultus_film_redaction *redaction,
                                                            vultus_film_counts *counts,
                                                            vultus_error *error);

/* The address of a source without user, password and query, for messages: at most size - 1 bytes. */
VULTUS_API void vultus_source_show(const char *address, char *out, size_t size);

/* True for names of films that can be written: .mp4, .mov, .mkv. */
VULTUS_API bool vultus_film_name(const char *path);

#ifdef __cplusplus
}
#endif
#endif
