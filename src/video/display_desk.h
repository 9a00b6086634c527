/* What keys mean: which of a display's states they lead to, and what is to be done then. */
#ifndef VIDEO_DISPLAY_DESK_H
#define VIDEO_DISPLAY_DESK_H

#include "video/display_screen.h"

enum display_mode { DISPLAY_WATCHING, DISPLAY_HELP, DISPLAY_NAMING };

enum display_act {
    DISPLAY_ACT_NONE,
    DISPLAY_ACT_QUIT,
    DISPLAY_ACT_FULLSCREEN, /* as the desk says now */
    DISPLAY_ACT_SNAPSHOT,
    DISPLAY_ACT_FREEZE, /* find a face to be named; where there is one, set the mode to DISPLAY_NAMING */
    DISPLAY_ACT_ENROLL /* the face that was found, under the name */
};

struct display_desk {
    enum display_mode mode;
    bool paused, fullscreen;
    bool enrolls; /* e is a key */
    char name[VULTUS_NAME_MAX + 1];
};

enum display_act display_desk_key(struct display_desk *desk, const struct display_key *key);

struct display_help {
    const char *key, *text;
};
/* What the keys do; ends in a NULL key. The first is that of enrolment. */
extern const struct display_help display_helps[];

#endif
