/* Faces that are covered while watching (vultus_watch_options.redact). */
#ifndef VIDEO_WATCH_COVER_H
#define VIDEO_WATCH_COVER_H

#include "base/status.h"

#include <vultus/core.h>

struct track;
struct watch_line;
struct watch_shot;

/* Asks of every face that was found in the frame whether it stays. */
vultus_status watch_keep(struct watch_line *line, struct watch_shot *shot,
                         vultus_error *error) VULTUS_MUST_USE;
/* Whether whoever the track follows is covered in the frame. */
bool watch_covers(const struct watch_line *line, const struct watch_shot *shot,
                  const struct track *track);
/* The frame as others may see it. It is the shot's. */
vultus_status watch_shown(struct watch_line *line, struct watch_shot *shot, vultus_image **out,
                          vultus_error *error) VULTUS_MUST_USE;

#endif
