/* Which bodies a route takes, by the content type that they come with. */
#ifndef SERVER_MEDIA_H
#define SERVER_MEDIA_H

#include "request.h"

bool media_is(const char *content_type, const char *type);
/* NULL: the body may be of this type; else what it has to be, in words. */
const char *media_refused(const char *content_type, enum body_kind kind);

#endif
