/* What the files of vultus cluster share. */
#ifndef CLI_CLUSTER_COMMANDS_H
#define CLI_CLUSTER_COMMANDS_H

#include "cli_session.h"

/* How the options want faces grouped; the threshold of the session's engine, where it is open. */
vultus_cluster_options cluster_options(const struct session *session);
/* A bar while faces are grouped, which a signal ends; progress_end() has to follow. */
bool cluster_progress(void *context, size_t done, size_t total);

/* --truth: how well the faces of known people are grouped. */
int cluster_truth(const struct options *options);

#endif
