/* See vultus/video.h: what stands at the box of whoever is visible. */
#include <vultus/video.h>

#include <stdio.h>

void vultus_visitor_label(const vultus_visitor *visitor, char text[VULTUS_VISITOR_TEXT],
                          vultus_label *out)
{
    text[0] = '\0';
    if (visitor->recognition == VULTUS_RECOGNITION_DOUBT)
        (void)snprintf(text, VULTUS_VISITOR_TEXT, "%s or %s?", visitor->name, visitor->second);
    else if (visitor->recognition == VULTUS_RECOGNITION_UNKNOWN)
        (void)snprintf(text, VULTUS_VISITOR_TEXT, "unknown");
    else if (visitor->recognition == VULTUS_RECOGNITION_NOT_LIVE)
        (void)snprintf(text, VULTUS_VISITOR_TEXT, "not live");
    else if (visitor->recognition == VULTUS_RECOGNITION_NAMED)
        (void)snprintf(text, VULTUS_VISITOR_TEXT, "%s", visitor->name);
    *out = (vultus_label){.face = {.box = visitor->box},
                          .text = text[0] ? text : NULL,
                          .match = visitor->recognition == VULTUS_RECOGNITION_NAMED};
}
