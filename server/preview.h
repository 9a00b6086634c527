/*
 * The newest picture of a camera, made once for all who look. Who takes pictures slower than they come gets the newest
 * each time, and misses those between. It lives as long as its camera or somebody who looks.
 */
#ifndef SERVER_PREVIEW_H
#define SERVER_PREVIEW_H

#include "base/buffer.h"
#include "stream.h"

#include <stdatomic.h>
#include <stdint.h>

#define PREVIEW_STREAMS_MAX 64 /* of all cameras: each has a connection */
#define PREVIEW_BOUNDARY "frame"
#define PREVIEW_TYPE "multipart/x-mixed-replace; boundary=" PREVIEW_BOUNDARY
#define PREVIEW_JPEG_MAX ((size_t)8 << 20)

struct preview;

/* `open`: how many streams there are, of all previews that share it; it outlives them. */
vultus_status preview_new(atomic_uint *open, struct preview **out,
                          vultus_error *error) VULTUS_MUST_USE;
/* Its camera is gone: whoever looks has seen the last. */
void preview_leave(struct preview *preview);

/* Whether a picture is worth being made now (clock_ns): ten a second for streams, five for those who ask for one again and
 * again, one where nobody looks. */
bool preview_wants(struct preview *preview, uint64_t now);
/* A JPEG, which is copied. */
vultus_status preview_put(struct preview *preview, const uint8_t *jpeg, size_t size,
                          vultus_error *error) VULTUS_MUST_USE;
/* The camera is started: who looks waits for its first picture. */
void preview_begin(struct preview *preview);
/* It was stopped: the picture is forgotten, and streams end. */
void preview_end(struct preview *preview);

/* BUSY: PREVIEW_STREAMS_MAX are open. */
vultus_status preview_stream(struct preview *preview, struct stream **out,
                             vultus_error *error) VULTUS_MUST_USE;
/* A copy of the picture. NOT_FOUND: there is none now. */
vultus_status preview_copy(struct preview *preview, struct buffer *out,
                           vultus_error *error) VULTUS_MUST_USE;
/* Now and then: the picture once more for those who have had none for long. */
void preview_beat(struct preview *preview, uint64_t now, unsigned seconds);

#endif
