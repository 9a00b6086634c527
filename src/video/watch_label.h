/* What stands at the box of whoever is visible: a name, "?" behind a name in doubt, "unknown", "not live", nothing while it is open. */
#ifndef VIDEO_WATCH_LABEL_H
#define VIDEO_WATCH_LABEL_H

#include <vultus/video.h>

#include <stdio.h>

#define WATCH_LABEL_SIZE (2 * VULTUS_NAME_MAX + 16)

static inline void watch_label(vultus_label *label, char text[WATCH_LABEL_SIZE],
                               const vultus_visitor *visitor)
{
    text[0] = '\0';
    if (visitor->recognition == VULTUS_RECOGNITION_DOUBT)
        (void)snprintf(text, WATCH_LABEL_SIZE, "%s or %s?", visitor->name, visitor->second);
    else if (visitor->recognition == VULTUS_RECOGNITION_UNKNOWN)
        (void)snprintf(text, WATCH_LABEL_SIZE, "unknown");
    else if (visitor->recognition == VULTUS_RECOGNITION_NOT_LIVE)
        (void)snprintf(text, WATCH_LABEL_SIZE, "not live");
    else if (visitor->recognition == VULTUS_RECOGNITION_NAMED)
        (void)snprintf(text, WATCH_LABEL_SIZE, "%s", visitor->name);
    *label = (vultus_label){.face = {.box = visitor->box},
                            .text = text[0] ? text : NULL,
                            .match = visitor->recognition == VULTUS_RECOGNITION_NAMED};
}

#endif
