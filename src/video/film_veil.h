/*
 * A film in which faces are redacted: frames wait in the shadow (film_shadow.h), are covered where it says so, and go
 * into the sink, which opens with the first one.
 */
#ifndef VIDEO_FILM_VEIL_H
#define VIDEO_FILM_VEIL_H

#include "base/status.h"

#include <vultus/redact.h>

struct veil;

/* `path`, which has to outlive the veil, as of sink_open; `rate`: frames a second, about. */
vultus_status veil_open(const char *path, vultus_redaction method, double rate, struct veil **out,
                        vultus_error *error) VULTUS_MUST_USE;
/* Takes the next frame, also when it fails, with all that was found in it. */
vultus_status veil_add(struct veil *veil, vultus_image *image, int64_t time,
                       const vultus_faces *found, vultus_error *error) VULTUS_MUST_USE;
/* Which of the faces of the newest frame stay as they are: as many as were found. */
void veil_keep(struct veil *veil, const bool *kept);
/* Covers and writes the frames that have waited long enough, or all. */
vultus_status veil_write(struct veil *veil, bool all, vultus_error *error) VULTUS_MUST_USE;
/* Faces so far, and those that were covered all the time. */
void veil_counts(const struct veil *veil, uint64_t *faces, uint64_t *redacted);
/* Writes what waits and puts the film in its place; nothing where there was no frame. Close it all the same. */
vultus_status veil_commit(struct veil *veil, vultus_error *error) VULTUS_MUST_USE;
/* What was not committed is no film. NULL is allowed. */
void veil_close(struct veil *veil);

#endif
