/* What the subcommands of train share: where their faces come from, the progress bar, and how a signal stops them. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "gather.h"

/* Faces of folders of people, or of files by embed. Returns an exit code; clear `out` in every case. */
int training_gather(struct session *session, char *const *operands, size_t count,
                    enum gather_faces faces, struct gathering *out);
/* False: there is no --output, and it was said. */
bool training_has_output(const struct options *options);

/* `begun` is the bar's, and false before. */
vultus_training training_watch(bool *begun);
void training_end(const bool *begun);

#endif
