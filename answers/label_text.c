/* See label_text.h. */
#include "answers/label_text.h"

#include <math.h>
#include <stdio.h>

void label_text(char out[LABEL_TEXT_SIZE], const char *name, float probability)
{
    if (!name)
        snprintf(out, LABEL_TEXT_SIZE, "unknown");
    else if (probability > 0.99f) /* never "100 %": nothing is certain */
        snprintf(out, LABEL_TEXT_SIZE, "%s >99%%", name);
    else if (isfinite(probability))
        snprintf(out, LABEL_TEXT_SIZE, "%s %.0f%%", name, 100 * (double)probability);
    else
        snprintf(out, LABEL_TEXT_SIZE, "%s", name);
}
