/* Searching frames for faces: at once, or, for live sources, aside, so that no frame waits for it. */
#ifndef VIDEO_WATCH_SEARCH_H
#define VIDEO_WATCH_SEARCH_H

#include "base/status.h"

struct watch_line;
struct watch_shot;

/* Finds the faces of the part that is to be searched. */
void watch_search(struct watch_line *line, struct watch_shot *shot);

/* A thread that searches one frame at a time. MEMORY, INTERNAL. */
struct watch_aside;
vultus_status watch_aside_open(struct watch_line *line, struct watch_aside **out,
                               vultus_error *error) VULTUS_MUST_USE;
/* Waits for the search that is under way. */
void watch_aside_close(struct watch_aside *aside);
/* True when it could take a frame. */
bool watch_aside_idle(struct watch_aside *aside);
/* Begins to search a copy of the frame; nobody else may do so meanwhile. MEMORY. */
vultus_status watch_aside_begin(struct watch_aside *aside, const struct watch_shot *shot,
                                vultus_error *error) VULTUS_MUST_USE;
/* Hands over the frame that was searched; NULL: none is ready, or its scene is over. */
struct watch_shot *watch_aside_take(struct watch_aside *aside);
/* The scene is another one: what is searched is not wanted. */
void watch_aside_forget(struct watch_aside *aside);
/* Frees a frame with what was found. */
void watch_shot_free(struct watch_shot *shot);

#endif
