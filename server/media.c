/* A picture's own bytes say of which kind it is; any image/... that is named will do. */
#include "media.h"

#include <string.h>
#include <strings.h>

bool media_is(const char *content_type, const char *type)
{
    size_t length = strlen(type);
    if (strncasecmp(content_type, type, length) != 0)
        return false;
    return type[length - 1] == '/' || strchr("; \t", content_type[length]);
}

const char *media_refused(const char *content_type, enum body_kind kind)
{
    bool image = media_is(content_type, "image/"),
         json = media_is(content_type, "application/json");
    bool form = media_is(content_type, "multipart/form-data");
    switch (kind) {
    case BODY_NONE: return NULL;
    case BODY_PICTURE:
        return image || form || json ? NULL : "image/*, multipart/form-data or application/json";
    case BODY_FORM: return form || json ? NULL : "multipart/form-data or application/json";
    case BODY_JSON: return json ? NULL : "application/json";
    case BODY_ANY: return image || json ? NULL : "image/* or application/json";
    }
    return NULL;
}
