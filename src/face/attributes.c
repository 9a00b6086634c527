/* The table of methods that describe faces. A new one is a new file and a new line here. */
#include "face/attributes.h"

#include <string.h>

static const struct attributes_method *const methods[] = {NULL};

const struct attributes_method *attributes_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i] && !strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}

const char *vultus_expression_name(vultus_expression expression)
{
    static const char *const names[VULTUS_EXPRESSIONS] = {
        "neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"};
    return expression < VULTUS_EXPRESSIONS ? names[expression] : "";
}
