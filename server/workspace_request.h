/* Requests that are about a workspace, which is the first value of their path. */
#ifndef SERVER_WORKSPACE_REQUEST_H
#define SERVER_WORKSPACE_REQUEST_H

#include "request.h"
#include "workspaces.h"

#include <jansson.h>

/* Holds it; false: the reply says what is wrong. Leave it afterwards. */
bool workspace_take(struct request *request, enum workspace_use use, struct workspace *out);
/* The same with its gallery open, in the name of who asks. */
bool workspace_take_gallery(struct request *request, struct workspace *out,
                            vultus_gallery **gallery);
void workspace_give_gallery(struct workspace *workspace, vultus_gallery *gallery);
/* The number of a run or a job in a path; false: the reply says that there is none. */
bool workspace_number(struct request *request, int64_t *out);
/* Without what only files need; a short one also without what is long. Takes the record. */
json_t *workspace_record(json_t *record, bool brief);
/* So much of the runs as learnt from an image that goes, or a later one: they are erased, and their numbers added to
 * `removed`, an array; trainings are ended first. */
vultus_status workspace_unlearn(struct request *request, const struct workspace *workspace,
                                int64_t image, json_t *removed,
                                vultus_error *error) VULTUS_MUST_USE;

#endif
