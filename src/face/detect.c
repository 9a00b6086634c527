/* The table of detectors. A new one is a new file and a new line here. */
#include "face/detect.h"

#include <string.h>

static const struct detect_method *const methods[] = {&detect_mtcnn};

const struct detect_method *detect_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}
