/* What the files of vultus cluster share. */
#ifndef CLI_CLUSTER_COMMANDS_H
#define CLI_CLUSTER_COMMANDS_H

#include "cli_session.h"

/* How the options want faces grouped; the threshold of the session's engine, where it is open. */
vultus_cluster_options cluster_options(const struct session *session);
/* What the threshold of a grouping rests on, in a word for JSON and in words for people. */
const char *cluster_basis_word(vultus_cluster_basis basis);
void cluster_basis_text(const struct session *session, const vultus_clustering *made, char *text,
                        size_t size);
/* A bar while faces are grouped, which a signal ends; progress_end() has to follow. */
bool cluster_progress(void *context, size_t done, size_t total);

/* --truth: how well the faces of known people are grouped. */
int cluster_truth(const struct options *options);

#endif
