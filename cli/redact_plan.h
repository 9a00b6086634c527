/* What vultus redact reads, and where it writes. */
#ifndef CLI_REDACT_PLAN_H
#define CLI_REDACT_PLAN_H

#include "base/file.h"
#include "options.h"

struct redact_plan {
    struct file_list pictures, picture_copies; /* one for one */
    struct file_list films, film_copies;
};

/* Folders give their pictures; what is named and has no name of a picture is a film, or a source of one. Returns an exit
 * code; what failed was said. */
int redact_plan_make(const struct options *options, struct redact_plan *out);
void redact_plan_clear(struct redact_plan *plan);

#endif
