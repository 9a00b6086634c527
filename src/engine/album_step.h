/* One change of an album: begun, filled, and finished as a step that can be taken back. */
#ifndef ENGINE_ALBUM_STEP_H
#define ENGINE_ALBUM_STEP_H

#include "engine/album.h"

struct album_edit {
    vultus_album *album;
    struct album_step step;
};

/* The format says what it is, for people. ARGUMENT: the album is not open for changes. After a success
 * step_finish has to follow, or album_step_clear of its step where nothing was moved or said. */
vultus_status step_begin(struct album_edit *edit, vultus_album *album, vultus_error *error,
                         const char *format, ...) VULTUS_MUST_USE
    __attribute__((format(printf, 4, 5)));
/* These cannot fail. A face that is moved is taken to be where a person said. */
void step_move(struct album_edit *edit, struct album_face *face, uint32_t cluster);
void step_say(struct album_edit *edit, uint32_t a, uint32_t b, bool same);
/* Where the album holds it becomes a step, else all is as it was (ARGUMENT, LIMIT, MEMORY). */
vultus_status step_finish(struct album_edit *edit, vultus_error *error) VULTUS_MUST_USE;

#endif
